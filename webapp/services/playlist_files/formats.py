"""Which formats there are, what a file is, and what it is called."""

from __future__ import annotations

import codecs
import json
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from webapp.services.playlist_files import document, jspf, m3u, table, xspf
from webapp.services.playlist_files.errors import ListEmpty, ListTooLarge, unreadable
from webapp.services.playlist_files.listing import Listing, ListLine, one_line

MOST_BYTES = 1_000_000
MOST_LINES = 500
"""Entries that are read of a file: as many as a save may have."""
LONGEST_NAME = 80


@dataclass(frozen=True)
class Format:
    """A format to export to.

    Parameters
    ----------
    name
        As addresses have it.
    label
        As people call it.
    suffix
        Of the file's name.
    mimetype
        As the answer's type.
    write
        Makes the file.
    """

    name: str
    label: str
    suffix: str
    mimetype: str
    write: Callable[[Listing], bytes]


FORMATS = {
    one.name: one
    for one in (
        Format("m3u8", "M3U8", "m3u8", "audio/x-mpegurl; charset=utf-8", m3u.write),
        Format("xspf", "XSPF", "xspf", "application/xspf+xml; charset=utf-8", xspf.write),
        Format("jspf", "JSPF", "jspf", "application/json", jspf.write),
        Format("csv", "CSV", "csv", "text/csv; charset=utf-8; header=present", table.write),
        Format("json", "JSON", "json", "application/json", document.write),
    )
}


def disposition(title: str, suffix: str) -> str:
    """Return the header that names a file: ASCII for old programs, and UTF-8 (RFC 6266, 8187).

    >>> disposition("Zoë / live", "csv").partition("; filename*=")[2]
    "UTF-8''Zo%C3%AB%20live.csv"
    """
    # Signs that a file system reads as its own, and those that turn the direction of writing.
    plain = re.sub(r'[\\/:*?"<>|%;\u200e\u200f\u202a-\u202e\u2066-\u2069]', " ", one_line(title))
    name = " ".join(plain.split()).strip(" .")[:LONGEST_NAME].strip(" .") or "Hooklist"
    ascii_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().strip(" .")
    short = " ".join(ascii_name.split()) or "Hooklist"
    whole = quote(f"{name}.{suffix}", safe="")
    return f"attachment; filename=\"{short}.{suffix}\"; filename*=UTF-8''{whole}"


def read(content: bytes, name: str) -> tuple[ListLine, ...]:
    """Return the entries of a file that somebody brings, at most `MOST_LINES` of them.

    What it is, its content tells; its name only decides where that could be two things.

    Raises
    ------
    ListTooLarge
        If it has more than a million bytes.
    ListUnreadable
        If it is none of the known kinds, is damaged, or declares XML entities.
    ListEmpty
        If it names no track at all.
    """
    shown = one_line(name)[:100]
    if len(content) > MOST_BYTES:
        raise ListTooLarge(
            "The list was not read",
            which=shown,
            why=f"it is larger than {MOST_BYTES // 1000} kB",
            kept="the seeds in the basket",
            next_step="bring a shorter one",
        )
    lines = _read(_text(content, shown), shown)
    if not lines:
        raise ListEmpty(
            "There is nothing to add",
            which=shown,
            why="the list names no track",
            kept="the seeds in the basket",
            next_step="bring another one",
        )
    return tuple(lines[:MOST_LINES])


def _read(text: str, name: str) -> list[ListLine]:
    first, suffix = text.lstrip()[:20], name.rpartition(".")[2].lower()
    if first.startswith("<"):
        return xspf.read(text, name)
    if first.startswith(("{", "[")):
        return _read_json(text, name)
    if first.upper().startswith("#EXTM3U") or suffix in {"m3u", "m3u8"}:
        return m3u.read(text, name)
    return table.read(text, name)


def _read_json(text: str, name: str) -> list[ListLine]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise unreadable(name, "its JSON is damaged") from None
    if isinstance(found, dict) and "playlist" in found:
        return jspf.read(found, name)
    return document.read(found, name)


def _text(content: bytes, name: str) -> str:
    """Return the text of a file: UTF-8, UTF-16 that says so, or else Windows-1252 as in old M3U."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    else:
        encoding = "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace")
    if "\x00" in text:
        raise unreadable(name, "it is no text")
    return text
