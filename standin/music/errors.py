"""What can go wrong in the generated library."""

from __future__ import annotations

from standin.errors import StandinError


class TrackUnknown(StandinError):
    """The generated library has no track with this id."""

    code = "standin.music.track_unknown"

    def __init__(self, track_id: str) -> None:
        super().__init__(
            "no such track in the generated library",
            which=track_id[:40],
            next_step="`python -m standin.music table --out FILE.csv` lists the ids",
        )


class CacheUnusable(StandinError):
    """Generated audio cannot be written to the folder that was given."""

    code = "standin.music.cache_unusable"


class TableUnusable(StandinError):
    """The shipped table of features is missing, broken, or older than the library."""

    code = "standin.music.table_unusable"
