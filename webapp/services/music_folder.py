"""A folder of audio files as rows for the catalogue: what the tags say, or else the file name."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hooklist_genres import Labelled, most_trusted

AUDIO_SUFFIXES = frozenset({".mp3", ".flac", ".wav", ".ogg", ".oga", ".opus", ".m4a", ".aac"})
MOST_FILES = 2_000_000

_YEAR = re.compile(r"(?<!\d)(1[89]\d\d|20\d\d)(?!\d)")
_UPLOAD_NUMBER = re.compile(r"^\d{4,}__")
_QUALITY = re.compile(r"\.(hq|lq|orig)$", re.IGNORECASE)
_ISRC = re.compile(r"^[A-Z]{2}[A-Z0-9]{3}\d{7}$")


@dataclass(frozen=True)
class Tags:
    """What is known of a file before it is heard.

    Empty strings, empty tuples and None stand for unknown.
    """

    title: str = ""
    artists: tuple[str, ...] = ()
    album: str = ""
    year: int | None = None
    genre: str = ""
    isrc: str = ""
    licence: str = ""


def audio_files(folder: Path) -> Iterator[Path]:
    """Yield the audio files below `folder` in a stable order; hidden ones and links left out."""
    count = 0
    for parent, folders, names in os.walk(folder, followlinks=False):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if name.startswith(".") or Path(name).suffix.lower() not in AUDIO_SUFFIXES:
                continue
            yield Path(parent) / name
            count += 1
            if count >= MOST_FILES:
                return


def read_tags(path: Path) -> Tags:
    """Return the tags of a file; where it has none or they are broken, what its name tells.

    Parameters
    ----------
    path
        An audio file; its content is not decoded.
    """
    named = tags_from_name(path.stem)
    try:
        import mutagen

        found = mutagen.File(path, easy=True)
    except Exception:  # tags are decoration: whatever mutagen trips over, the name still serves
        found = None
    if found is None or not found.tags:
        return named
    tags: Mapping[str, Any] = found.tags
    artists = _all(tags, "artist") or _all(tags, "albumartist") or named.artists
    isrc = _first(tags, "isrc").upper().replace("-", "")
    return Tags(
        title=_without_artist(_first(tags, "title"), artists) or named.title,
        artists=artists,
        album=_first(tags, "album"),
        year=_year(_first(tags, "date") or _first(tags, "originaldate")),
        genre="; ".join(dict.fromkeys(_all(tags, "genre"))),
        isrc=isrc if _ISRC.match(isrc) else "",
        licence=_first(tags, "license") or _first(tags, "copyright"),
    )


def tags_from_name(stem: str) -> Tags:
    """Return artist and title from a file name such as ``Artist_-_Title`` or ``03 Title``.

    >>> tags_from_name("Jonathan_Coulton_-_Better")
    Tags(title='Better', artists=('Jonathan Coulton',), album='', year=None, genre='', isrc='', \
licence='')
    """
    name = _UPLOAD_NUMBER.sub("", _QUALITY.sub("", stem))
    artist, separator, title = name.partition("_-_")
    if not separator:
        artist, separator, title = name.partition(" - ")
    if not separator:
        artist, separator, title = name.partition("__")
    if not separator:
        artist, title = "", name
    if artist.strip().isdigit() and len(artist.strip()) <= 3:  # "07 - Title": a track number
        artist = ""
    title = re.sub(r"^\d{1,3}[ ._-]+(?=\D)", "", title) or title
    return Tags(title=_words(title), artists=(_words(artist),) if _words(artist) else ())


def row_of(
    path: Path,
    tags: Tags,
    features: Mapping[str, float | None],
    duration: float,
    genre: Labelled | None = None,
) -> dict[str, Any]:
    """Return one catalogue row for an analysed file.

    Parameters
    ----------
    path
        The file; its absolute path becomes the ``audio`` column.
    tags
        From `read_tags`.
    features
        The analysis in the catalogue's names and scales; None where unknown.
    duration
        Seconds.
    genre
        With who says so; what the tags say if None.
    """
    genre = genre or most_trusted(tag=tags.genre)
    absolute = path.absolute()
    return {
        "id": "file-" + hashlib.sha256(os.fsencode(absolute)).hexdigest()[:20],
        "title": tags.title or path.stem,
        "artists": tags.artists,
        "album": tags.album,
        "year": tags.year,
        "duration": duration,
        "explicit": None,
        "isrc": tags.isrc,
        "spotify_id": "",
        "genre": genre.genre,
        "genre_source": genre.source,
        "genre_confidence": genre.confidence,
        "popularity": None,
        **{name: value for name, value in features.items() if name != "duration"},
        "source": "folder",
        "licence": tags.licence,
        "audio": str(absolute),
    }


def _without_artist(title: str, artists: tuple[str, ...]) -> str:
    """Return a title that repeats its artist ("Artist - Title") without the artist."""
    for artist in artists:
        if title.casefold().startswith(f"{artist} - ".casefold()):
            return title[len(artist) + 3 :].strip()
    return title


def _words(text: str) -> str:
    return " ".join(text.replace("_", " ").split())


def _all(tags: Mapping[str, Any], key: str) -> tuple[str, ...]:
    try:
        values = tags.get(key) or []
    except (KeyError, ValueError):
        return ()
    if isinstance(values, str):
        values = [values]
    return tuple(text for value in values if (text := " ".join(str(value).split())))


def _first(tags: Mapping[str, Any], key: str) -> str:
    values = _all(tags, key)
    return values[0] if values else ""


def _year(text: str) -> int | None:
    found = _YEAR.search(text)
    return int(found.group()) if found else None
