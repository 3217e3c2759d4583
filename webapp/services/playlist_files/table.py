"""CSV (RFC 4180): a table for people and programs, with its columns named in the first row."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping

from webapp.services.playlist_files.errors import unreadable
from webapp.services.playlist_files.listing import (
    ListedTrack,
    Listing,
    ListLine,
    artists_of,
    isrc_of,
    one_line,
    seconds_of,
    spotify_id_of,
    text_of,
)

COLUMNS = (
    "position", "title", "artists", "album", "duration_seconds", "year", "genre", "isrc",
    "spotify_uri", "licence",
)  # fmt: skip

_FORMULA = re.compile(r"'*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]")
"""How a cell begins that a spreadsheet would calculate (CWE-1236), guarded ones included."""

_NAMES: Mapping[str, tuple[str, ...]] = {
    "title": ("title", "trackname", "track", "name", "song", "songtitle"),
    "artists": ("artists", "artist", "artistnames", "artistname", "creator"),
    "album": ("album", "albumname"),
    "seconds": ("durationseconds", "duration", "seconds", "length", "time"),
    "milliseconds": ("durationms", "trackdurationms", "milliseconds"),
    "isrc": ("isrc",),
    "uri": ("spotifyuri", "trackuri", "uri", "spotifyid", "trackid", "spotifyurl", "url", "id"),
}
"""What other exporters call the columns, in small letters without spaces and signs."""


def write(listing: Listing) -> bytes:
    """Return the list as CSV with a byte order mark, without which Excel guesses the encoding."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for number, track in enumerate(listing.tracks, start=1):
        writer.writerow([guarded(cell) for cell in _cells(track, number)])
    return out.getvalue().encode("utf-8-sig", "replace")


def read(text: str, name: str) -> list[ListLine]:
    """Return the rows of a table, whatever it calls its columns.

    Raises
    ------
    ListUnreadable
        If the first row names no column that says which track a row is.
    """
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=False)
    try:
        head = next(rows, [])
        places = _places(head)
        if "uri" not in places and "isrc" not in places and not {"title", "artists"} <= set(places):
            raise unreadable(
                name, "its first row names neither title and artist nor an id of its columns"
            )
        return [
            _line(rows.line_num, [unguarded(cell) for cell in row], places)
            for row in rows
            if any(cell.strip() for cell in row)
        ]
    except csv.Error as error:
        raise unreadable(name, f"its table is damaged in line {rows.line_num}: {error}") from None


def guarded(cell: str) -> str:
    """Return a cell that no spreadsheet calculates; `unguarded` gives back what it was.

    >>> guarded("=1+1"), guarded("'=1"), guarded("1+1")
    ("'=1+1", "''=1", '1+1')
    """
    return f"'{cell}" if _FORMULA.match(cell) else cell


def unguarded(cell: str) -> str:
    """Return what a guarded cell was."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def _cells(track: ListedTrack, number: int) -> list[str]:
    # A semicolon within a name is told from those between names by the sign before it.
    artists = "; ".join(
        artist.replace("\\", "\\\\").replace(";", "\\;") for artist in track.artists
    )
    return [
        str(number),
        one_line(track.title),
        one_line(artists),
        one_line(track.album),
        "" if track.duration is None else f"{track.duration:.3f}".rstrip("0").rstrip("."),
        "" if track.year is None else str(track.year),
        one_line(track.genre),
        track.isrc,
        track.uri,
        one_line(track.licence),
    ]


def _delimiter(text: str) -> str:
    first = text.partition("\n")[0]
    return max(",;\t", key=first.count)


def _places(head: list[str]) -> dict[str, int]:
    plain = [re.sub(r"[^a-z]", "", unguarded(cell).casefold()) for cell in head]
    return {
        what: plain.index(next(name for name in names if name in plain))
        for what, names in _NAMES.items()
        if any(name in plain for name in names)
    }


def _line(number: int, row: list[str], places: dict[str, int]) -> ListLine:
    def cell(what: str) -> str:
        place = places.get(what)
        return row[place] if place is not None and place < len(row) else ""

    duration = seconds_of(cell("milliseconds"), 0.001) or seconds_of(cell("seconds"))
    track = ListedTrack(
        title=text_of(cell("title")),
        artists=_artists(cell("artists")),
        album=text_of(cell("album")),
        duration=duration,
        isrc=isrc_of(cell("isrc")),
        spotify_id=spotify_id_of(cell("uri")),
    )
    shown = track.name or text_of(" ".join(row))[:200]
    named = track.spotify_id or track.isrc or (track.title and track.artists)
    return ListLine(number, shown, track if named else None)


def _artists(cell: str) -> tuple[str, ...]:
    parts = re.findall(r"(?:\\.|[^;\\])+", cell)
    return artists_of([re.sub(r"\\(.)", r"\1", part) for part in parts])
