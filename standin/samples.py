"""A plain fictional library, where a test needs tracks but no audio."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from standin.identifiers import base62, stable_number

_FIRST = ("Amber", "Blue", "Cold", "Distant", "Early", "Faded", "Golden", "Hidden", "Inner", "June")
_SECOND = ("Avenue", "Bridge", "Coast", "Dream", "Engine", "Field", "Garden", "Harbour", "Island")
_GENRES = ("ambient", "bossa nova", "drum and bass", "folk", "house", "indie pop", "jazz", "metal")
_ARTISTS = 60
_PER_ALBUM = 5


@cache
def sample_tracks(count: int = 300) -> tuple[Mapping[str, Any], ...]:
    """Return `count` rows in the library's schema, always the same ones.

    Some lack an ISRC, a year or a genre, as real ones do.
    """
    return tuple(_row(number) for number in range(count))


def _row(number: int) -> Mapping[str, Any]:
    draw = stable_number("sample", number)
    artist = number // _PER_ALBUM % _ARTISTS
    name = f"{_FIRST[artist % 10]} {_SECOND[artist // 10 % 9]}"
    guest = f"{_FIRST[draw % 10]} {_SECOND[artist % 9]} Trio"
    return {
        "id": base62("sample track", number),
        "title": f"{_SECOND[draw // 10 % 9]} of {_FIRST[draw // 90 % 10]} {number}",
        "artists": [name, guest] if draw % 7 == 0 else [name],
        "album": f"{_FIRST[number // _PER_ALBUM % 10]} Letters {number // _PER_ALBUM}",
        "duration_ms": 120_000 + draw // 1000 % 180_000,
        "isrc": "" if draw % 11 == 0 else f"QZHKL26{number:05d}",
        "explicit": draw % 9 == 0,
        "year": None if draw % 13 == 0 else 1970 + draw % 57,
        "genre": "" if draw % 17 == 0 else _GENRES[artist % 8],
    }
