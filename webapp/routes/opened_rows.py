"""Which rows of a result page come whole; the others leave out what only an open row shows.

A page asks for a row by its number (``?open=3``), never by a word somebody could choose, so that
the answer may be packed (`webapp.compression`). A form names its rows by the tracks' ids
(``open``), as the list may be another one after it; the way back has their new numbers.
"""

from __future__ import annotations

import re

from flask import request

from webapp.store import Playlist

_NUMBER = re.compile(r"[0-9]{1,3}\Z")
_MINIMAL = re.compile(r"(?:^|,)\s*return\s*=\s*\"?minimal\"?\s*(?:[;,]|$)", re.IGNORECASE)


def opened_rows(playlist: Playlist) -> frozenset[str]:
    """Return the ids of the tracks whose rows this request asks for whole."""
    ids = [str(track.get("id") or "") for track in playlist.tracks]
    numbers = {int(value) for value in request.args.getlist("open") if _NUMBER.match(value)}
    asked = {ids[number - 1] for number in numbers if 1 <= number <= len(ids)}
    return frozenset(asked | (set(ids) & set(request.form.getlist("open"))))


def opened_after(playlist: Playlist) -> list[int]:
    """Return where the rows of a form's ``open`` stand in a list, counted from 1."""
    opened = set(request.form.getlist("open"))
    return [
        number
        for number, track in enumerate(playlist.tracks, start=1)
        if opened and str(track.get("id") or "") in opened
    ]


def only_the_row() -> bool:
    """Whether the row is enough, without the page around it (RFC 7240, 4.2)."""
    return _MINIMAL.search(request.headers.get("Prefer", "")[:100]) is not None
