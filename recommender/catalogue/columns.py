"""Which column of a foreign table is which of ours: the names the common public tables use."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from recommender.catalogue.schema import STORED_FEATURES

ALIASES: Mapping[str, tuple[str, ...]] = {
    "id": ("id", "track_id", "song_id", "trackid", "instance_id", "filename", "file_name"),
    "spotify_id": (
        "spotify_id", "spotify_track_id", "spotifyid", "uri", "track_uri", "spotify_uri",
        "track_href", "track_url", "spotify_url", "external_url",
    ),
    "title": (
        "title", "track_name", "name", "song_name", "song_title", "track_title", "song", "track",
        "trackname",
    ),
    "artists": (
        "artists", "artist_names", "artist_name", "artist", "track_artist", "track_artists",
        "artist_s", "artists_name", "artist_name_s", "artistname", "performer", "band",
    ),
    "album": ("album", "album_name", "track_album_name", "album_title", "albumname", "release"),
    "year": (
        "year", "release_year", "released_year", "release_date", "track_album_release_date",
        "album_release_date", "date", "album_date_released", "date_recorded",
    ),
    "duration": (
        "duration_ms", "track_duration_ms", "durationms", "length_ms", "duration_s",
        "duration_sec", "duration_seconds", "duration_in_sec", "duration", "length",
        "track_duration", "time",
    ),
    "explicit": ("explicit", "is_explicit", "track_explicit", "parental_advisory"),
    "isrc": ("isrc", "track_isrc", "external_ids_isrc"),
    "genre": (
        "genre", "track_genre", "playlist_genre", "music_genre", "genre_top", "top_genre",
        "main_genre", "label", "genres",
    ),
    "genre_source": ("genre_source",),
    "genre_confidence": ("genre_confidence",),
    "subgenre": ("subgenre", "sub_genre", "playlist_subgenre", "track_subgenre"),
    "popularity": ("popularity", "track_popularity", "song_popularity"),
    "tempo": ("tempo", "bpm"),
    "energy": ("energy", "nrgy"),
    "danceability": ("danceability", "dance", "dnce"),
    "loudness": ("loudness", "loudness_db", "loudness_lufs", "db"),
    "liveness": ("liveness", "live"),
    "valence": ("valence", "val"),
    "acousticness": ("acousticness", "acous"),
    "speechiness": ("speechiness", "spch"),
    "instrumentalness": ("instrumentalness",),
    "key": ("key",),
    "mode": ("mode",),
    "time_signature": ("time_signature", "timesignature", "time_sig"),
    "source": ("source",),
    "licence": ("licence", "license", "track_license"),
    "audio": ("audio", "audio_path", "audio_file", "path", "file_path", "filepath"),
}  # fmt: skip
"""For each of our columns the names it goes by; of several in one table the first here wins."""

_SEPARATORS = re.compile(r"[^a-z0-9%]+")


def plain_name(header: str) -> str:
    """Return a header in lower case, words joined by one underscore ("Track Name" too)."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", header.strip().lstrip("\ufeff"))
    return _SEPARATORS.sub("_", spaced.lower()).strip("_")


@dataclass(frozen=True)
class ColumnMap:
    """Where each of our columns is found in a table.

    Attributes
    ----------
    positions
        Our column's name → position in the table, from 0.
    headers
        Our column's name → the table's own name for it.
    percent
        Our features that the table writes as 0–100 (their header ends in ``%``).
    ignored
        The table's columns that mean nothing here.
    """

    positions: Mapping[str, int]
    headers: Mapping[str, str]
    percent: frozenset[str]
    ignored: tuple[str, ...]

    @property
    def names_tracks(self) -> bool:
        """Whether the table has any column that tells one track from another."""
        return bool({"id", "spotify_id", "title", "isrc"} & set(self.positions))


def map_columns(headers: Sequence[str]) -> ColumnMap:
    """Recognise a table's columns by their names; a name met twice counts once."""
    first_at: dict[str, int] = {}
    percent_names: set[str] = set()
    for position, header in enumerate(headers):
        name = plain_name(header)
        if name.endswith("%"):
            name = name.rstrip("%").rstrip("_")
            percent_names.add(name)
        first_at.setdefault(name, position)
    positions: dict[str, int] = {}
    percent: set[str] = set()
    for ours, names in ALIASES.items():
        for name in names:
            if name in first_at and first_at[name] not in positions.values():
                positions[ours] = first_at[name]
                if name in percent_names and ours in STORED_FEATURES:
                    percent.add(ours)
                break
    used = set(positions.values())
    return ColumnMap(
        positions=positions,
        headers={ours: headers[position] for ours, position in positions.items()},
        percent=frozenset(percent),
        ignored=tuple(header for at, header in enumerate(headers) if at not in used),
    )
