"""The one schema of a catalogue row: names, units, ranges and limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from hooklist_genres import Labelled

SCHEMA_VERSION = 2
"""Raised whenever artefacts of an older build can no longer be read."""

FEATURES = (
    "danceability",
    "energy",
    "key",
    "loudness",
    "mode",
    "speechiness",
    "acousticness",
    "instrumentalness",
    "liveness",
    "valence",
    "tempo",
    "duration",
    "time_signature",
)
"""The 13 numbers that describe a track; `duration` is the row's own duration in seconds."""

STORED_FEATURES = tuple(name for name in FEATURES if name != "duration")
"""The features that have a column of their own."""

FEATURE_RANGES: Mapping[str, tuple[float, float]] = {
    "danceability": (0.0, 1.0),
    "energy": (0.0, 1.0),
    "key": (0.0, 11.0),
    "loudness": (-100.0, 10.0),
    "mode": (0.0, 1.0),
    "speechiness": (0.0, 1.0),
    "acousticness": (0.0, 1.0),
    "instrumentalness": (0.0, 1.0),
    "liveness": (0.0, 1.0),
    "valence": (0.0, 1.0),
    "tempo": (20.0, 400.0),
    "time_signature": (1.0, 16.0),
}
"""Closed ranges.

Key is a pitch class (0 = C), mode 0 minor and 1 major, loudness dBFS or LUFS, tempo BPM.
"""

UNKNOWN_AT_OR_BELOW: Mapping[str, float] = {
    "key": -1.0,
    "mode": -1.0,
    "tempo": 0.0,
    "time_signature": 0.0,
}
"""Values at or below these are how the common tables write "not known", so they are no error."""

DURATION_RANGE = (0.5, 86_400.0)
"""Seconds: anything else is not a track's length."""

YEAR_RANGE = (1860, 2100)
POPULARITY_RANGE = (0.0, 100.0)

TEXT_LIMITS: Mapping[str, int] = {
    "id": 200,
    "title": 500,
    "album": 500,
    "genre": 100,
    "subgenre": 100,
    "genre_source": 10,
    "source": 200,
    "licence": 200,
    "audio": 4096,
}
"""Characters kept of each text; an id that is longer makes its row unusable."""

ARTIST_LIMIT = 200
"""Characters kept of one artist's name."""

ARTISTS_LIMIT = 50
"""Artists kept per track."""


@dataclass(frozen=True)
class Track:
    """One row of the catalogue.

    Attributes
    ----------
    id
        Unique in the catalogue; the Spotify id where the source gave one.
    title, album, genre, subgenre, source, licence
        Texts, empty where unknown.
    artists
        Names in their credited order, empty where unknown.
    year
        Year of release, or None.
    duration
        Seconds, or None.
    explicit
        Whether the lyrics are marked explicit, or None.
    isrc
        12 characters, or empty.
    spotify_id
        22 characters, or empty.
    popularity
        0–100, or None.
    features
        The 13 names of `FEATURES`; None where unknown.
    audio
        Absolute path of a file, ``demo:<track id>``, or empty.
    genre_source
        Who says what the genre is: ``table``, ``tag``, ``model``, or empty where it is unknown.
    genre_confidence
        0–1: the model's probability; 1 where the genre was stated; 0 where it is unknown.
    """

    id: str
    title: str = ""
    artists: tuple[str, ...] = ()
    album: str = ""
    year: int | None = None
    duration: float | None = None
    explicit: bool | None = None
    isrc: str = ""
    spotify_id: str = ""
    genre: str = ""
    subgenre: str = ""
    popularity: float | None = None
    features: Mapping[str, float | None] = field(default_factory=dict, hash=False)
    source: str = ""
    licence: str = ""
    audio: str = ""
    genre_source: str = ""
    genre_confidence: float = 0.0

    @property
    def labelled(self) -> Labelled:
        """The genre with how it is known."""
        return Labelled(self.genre, self.genre_source, self.genre_confidence)

    def to_row(self) -> dict[str, Any]:
        """Return the track as plain values, ready for JSON; `artists` becomes a list."""
        row = asdict(self)
        row["artists"] = list(self.artists)
        row["features"] = dict(self.features)
        return row
