"""A playlist as files hold it, whatever their format."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SPOTIFY_ID = re.compile(r"[0-9A-Za-z]{22}\Z")
_SPOTIFY = re.compile(r"(?:spotify:track:|https?://[^/\s]+/(?:[^?#\s]*/)?track/)([0-9A-Za-z]{22})")
_ISRC = re.compile(r"[A-Z]{2}[0-9A-Z]{3}[0-9]{7}\Z")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")

LONGEST_TEXT = 500
MOST_ARTISTS = 50
LONGEST_SECONDS = 86_400.0


@dataclass(frozen=True, slots=True)
class ListedTrack:
    """A track of a list; what is not known is empty.

    Attributes
    ----------
    title, album, genre, licence
        Texts.
    artists
        In their credited order.
    duration
        Seconds, or None.
    isrc
        Twelve characters, or empty.
    spotify_id
        22 characters, or empty.
    id
        Of the catalogue's row it was.
    year
        Of release, or None.
    path
        The operator's own file, where lists may name it.
    """

    title: str = ""
    artists: tuple[str, ...] = ()
    album: str = ""
    duration: float | None = None
    isrc: str = ""
    spotify_id: str = ""
    id: str = ""
    year: int | None = None
    genre: str = ""
    licence: str = ""
    path: str = ""

    @property
    def uri(self) -> str:
        """Its address at Spotify, or empty."""
        return f"spotify:track:{self.spotify_id}" if self.spotify_id else ""

    @property
    def milliseconds(self) -> int | None:
        """Its duration as XSPF and JSPF count it."""
        return None if self.duration is None else round(1000 * self.duration)

    @property
    def name(self) -> str:
        """Artists and title on one line."""
        return " - ".join(part for part in (", ".join(self.artists), self.title) if part)


@dataclass(frozen=True, slots=True)
class Listing:
    """A playlist.

    Attributes
    ----------
    title
        Of the playlist.
    tracks
        In order.
    seeds
        What it was made from.
    made
        ISO 8601 in UTC, or empty.
    """

    title: str
    tracks: tuple[ListedTrack, ...]
    seeds: tuple[ListedTrack, ...] = field(default=())
    made: str = ""


@dataclass(frozen=True, slots=True)
class ListLine:
    """One entry of a file that was read.

    Attributes
    ----------
    number
        From 1: the track's place, or the line for formats that have lines.
    text
        As people know it.
    track
        What it names; None where it names none.
    """

    number: int
    text: str
    track: ListedTrack | None


def listed(data: Mapping[str, Any], *, paths: bool = False) -> ListedTrack:
    """Return a track of a stored playlist, or a seed.

    Parameters
    ----------
    data
        As playlists keep them.
    paths
        Whether the list may name the operator's own files.
    """
    audio, year = str(data.get("audio") or ""), data.get("year")
    own = paths and Path(audio).is_absolute() and not _UNPRINTABLE.search(audio)
    return ListedTrack(
        title=str(data.get("title") or ""),
        artists=tuple(str(name) for name in data.get("artists") or ()),
        album=str(data.get("album") or ""),
        duration=seconds_of(data.get("duration")),
        isrc=isrc_of(data.get("isrc")),
        spotify_id=spotify_id_of(data.get("spotify_id")),
        id=str(data.get("id") or ""),
        year=year if isinstance(year, int) and not isinstance(year, bool) else None,
        genre=str(data.get("genre") or ""),
        licence=str(data.get("licence") or ""),
        path=audio if own else "",
    )


def one_line(text: str) -> str:
    """Return text that fits on one line of any file: what breaks lines or files is a space."""
    return _UNPRINTABLE.sub(" ", text).strip()


def text_of(value: Any) -> str:
    """Return a text somebody sent, shortened, or an empty one for anything else."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    return one_line(value)[:LONGEST_TEXT] if isinstance(value, str) else ""


def spotify_id_of(value: Any) -> str:
    """Return the id in a Spotify id, URI or link to a track, or an empty text.

    >>> spotify_id_of("https://open.spotify.com/intl-de/track/11dFghVXANMlKmJXsNCbNl?si=1")
    '11dFghVXANMlKmJXsNCbNl'
    """
    text = value.strip() if isinstance(value, str) else ""
    if SPOTIFY_ID.match(text):
        return text
    found = _SPOTIFY.match(text)
    return found.group(1) if found else ""


def isrc_of(value: Any) -> str:
    """Return an ISRC without hyphens, or an empty text.

    >>> isrc_of("urn:isrc:gb-aye-06-01498")
    'GBAYE0601498'
    """
    text = value.strip().upper() if isinstance(value, str) else ""
    text = re.sub(r"\A(?:URN:)?ISRC:", "", text).replace("-", "").replace(" ", "")
    return text if _ISRC.match(text) else ""


def seconds_of(value: Any, unit: float = 1.0) -> float | None:
    """Return a length in seconds, or None where it is none.

    Parameters
    ----------
    value
        A number, a text that is one, or ``m:ss``.
    unit
        Seconds that the number counts by: 0.001 for milliseconds.
    """
    if isinstance(value, str):
        clock = re.fullmatch(r"(?:(\d{1,2}):)?(\d{1,3}):(\d{2})", value.strip())
        if clock:
            hours, minutes, seconds = (int(part or 0) for part in clock.groups())
            value, unit = 3600 * hours + 60 * minutes + seconds, 1.0
        else:
            try:
                value = float(value)
            except ValueError:
                return None
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    seconds_ = float(value) * unit
    return seconds_ if 0 < seconds_ <= LONGEST_SECONDS else None


def artists_of(value: Any) -> tuple[str, ...]:
    """Return names from a list of texts, or from one text."""
    names = value if isinstance(value, list | tuple) else [value]
    found = (text_of(name) for name in names[:MOST_ARTISTS])
    return tuple(name[:200] for name in found if name)
