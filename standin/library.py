"""The tracks that this Spotify has, read from a library JSON or from the generated library."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from standin.errors import LibraryInvalid
from standin.identifiers import base62, is_id, stable_number

MAX_FILE_BYTES = 256 * 1024 * 1024


@dataclass(frozen=True)
class Artist:
    """An artist, known by name."""

    id: str
    name: str


@dataclass(frozen=True)
class Album:
    """An album: one title by one first artist."""

    id: str
    title: str
    artists: tuple[Artist, ...]
    year: int | None


@dataclass(frozen=True, eq=False)
class Track:
    """One recording.

    Attributes
    ----------
    id
        22 base-62 characters.
    artists
        At least one name.
    duration_ms
        Length in milliseconds, ≥ 0.
    isrc, genre
        Empty where unknown.
    """

    id: str
    title: str
    artists: tuple[str, ...]
    album: str
    duration_ms: int
    isrc: str = ""
    explicit: bool = False
    year: int | None = None
    genre: str = ""

    @property
    def uri(self) -> str:
        """Its Spotify URI."""
        return f"spotify:track:{self.id}"

    @cached_property
    def number(self) -> int:
        """Return a 64-bit number made of the id, to draw lots with."""
        return stable_number(self.id) % 2**64

    @cached_property
    def artist_objects(self) -> tuple[Artist, ...]:
        """Its artists with their ids."""
        return tuple(Artist(base62("artist", name.casefold()), name) for name in self.artists)

    @cached_property
    def album_object(self) -> Album:
        """Its album with its id."""
        first = self.artist_objects[0]
        title = self.album or self.title
        return Album(base62("album", first.id, title.casefold()), title, (first,), self.year)

    @cached_property
    def folded(self) -> tuple[str, str, str]:
        """Title, artists and album, folded for searching."""
        return fold(self.title), fold(" ".join(self.artists)), fold(self.album)


def fold(text: str) -> str:
    """Fold case and accents, and turn everything but letters and digits into single spaces."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(mark for mark in plain if not unicodedata.combining(mark))
    return " ".join(re.findall(r"\w+", kept))


class Library:
    """All tracks, in a fixed order, with look-up by id.

    Parameters
    ----------
    tracks
        The tracks; ids must differ.
    generated
        Whether `standin.music` can make their audio.
    """

    def __init__(self, tracks: Iterable[Track], *, generated: bool = False) -> None:
        self.tracks = tuple(tracks)
        self.generated = generated
        self._by_id = {track.id: track for track in self.tracks}

    def __len__(self) -> int:
        return len(self.tracks)

    def __iter__(self) -> Iterator[Track]:
        return iter(self.tracks)

    def get(self, track_id: str) -> Track | None:
        """Return the track with this id, or None."""
        return self._by_id.get(track_id)

    @cached_property
    def artists(self) -> Mapping[str, Artist]:
        """Every artist by id."""
        return {artist.id: artist for track in self.tracks for artist in track.artist_objects}

    @cached_property
    def albums(self) -> Mapping[str, tuple[Track, ...]]:
        """Every album's tracks by album id, in library order."""
        found: dict[str, list[Track]] = {}
        for track in self.tracks:
            found.setdefault(track.album_object.id, []).append(track)
        return {album: tuple(tracks) for album, tracks in found.items()}


def open_library(source: Path | Iterable[Mapping[str, Any]] | None) -> Library:
    """Open a library.

    Parameters
    ----------
    source
        A library JSON file, its rows, or None for the generated library.

    Raises
    ------
    LibraryInvalid
        Naming the file, the row and the field.
    """
    if source is None:
        return _generated_library()
    if isinstance(source, Path):
        return Library(_read_rows(source))
    return Library(_parse_rows(source, "the given tracks"))


def _generated_library() -> Library:
    try:
        from standin import music
    except ImportError as error:
        raise LibraryInvalid(
            "The generated library is not available",
            which="standin.music",
            why=str(error),
            next_step="give a library file with --library",
        ) from error
    rows = ({name: getattr(spec, name, None) for name in _FIELDS} for spec in music.library())
    return Library(_parse_rows(rows, "the generated library"), generated=True)


_FIELDS = ("id", "title", "artists", "album", "duration_ms", "isrc", "explicit", "year", "genre")


def _read_rows(path: Path) -> tuple[Track, ...]:
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise LibraryInvalid(
                "The library file is too large",
                which=str(path),
                why=f"more than {MAX_FILE_BYTES // 2**20} MiB",
                next_step="give a smaller file",
            )
        document = json.loads(path.read_bytes())
    except OSError as error:
        raise LibraryInvalid(
            "The library file cannot be read",
            which=str(path),
            why=error.strerror or str(error),
            next_step="check the path given to --library",
        ) from error
    except ValueError as error:
        raise LibraryInvalid(
            "The library file is no JSON",
            which=str(path),
            why=str(error),
            next_step='write {"tracks": [{"id": …, "title": …, "artists": […], …}]}',
        ) from error
    rows = document.get("tracks") if isinstance(document, dict) else None
    if not isinstance(rows, list):
        raise LibraryInvalid(
            "The library file has no list of tracks",
            which=str(path),
            next_step='write {"tracks": [{"id": …, "title": …, "artists": […], …}]}',
        )
    return _parse_rows(rows, str(path))


def _parse_rows(rows: Iterable[object], source: str) -> tuple[Track, ...]:
    tracks: list[Track] = []
    seen: set[str] = set()
    for number, row in enumerate(rows):
        where = f"{source}, track {number}"
        track = _parse_row(row, where)
        if track.id in seen:
            raise _broken(where, f"the id {track.id} is used twice")
        seen.add(track.id)
        tracks.append(track)
    return tuple(tracks)


def _parse_row(row: object, where: str) -> Track:
    if not isinstance(row, Mapping):
        raise _broken(where, "it is no object")
    track_id, title, artists = row.get("id"), row.get("title"), row.get("artists")
    if not isinstance(track_id, str) or not is_id(track_id):
        raise _broken(where, f"id must be 22 base-62 characters, not {track_id!r:.60}")
    if not isinstance(title, str):
        raise _broken(where, "title must be text")
    if not isinstance(artists, (list, tuple)) or not all(isinstance(a, str) for a in artists):
        raise _broken(where, "artists must be a list of names")
    return Track(
        id=track_id,
        title=title,
        artists=tuple(artists) or ("Unknown artist",),
        album=_text(row, "album", where),
        duration_ms=_duration(row, where),
        isrc=_text(row, "isrc", where),
        explicit=bool(row.get("explicit")),
        year=_year(row, where),
        genre=_text(row, "genre", where),
    )


def _text(row: Mapping[Any, Any], name: str, where: str) -> str:
    value = row.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _broken(where, f"{name} must be text")
    return value


def _duration(row: Mapping[Any, Any], where: str) -> int:
    value = row.get("duration_ms")
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 2**31:
        raise _broken(where, "duration_ms must be a number of milliseconds")
    return round(value)


def _year(row: Mapping[Any, Any], where: str) -> int | None:
    value = row.get("year")
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 9999:
        raise _broken(where, "year must be a year or null")
    return value or None


def _broken(where: str, why: str) -> LibraryInvalid:
    return LibraryInvalid(
        "The library breaks its schema",
        which=where,
        why=why,
        next_step="correct that track; docs/standin.md gives the schema",
    )
