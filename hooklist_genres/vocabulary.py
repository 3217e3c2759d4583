"""The table of genres, read once."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from hooklist_genres.spelling import key, words

_TABLE = Path(__file__).with_name("vocabulary.toml")
_NUMBERS = Path(__file__).with_name("id3v1.csv")
_WHOLE_ONLY, _ALSO_INSIDE, _NOTHING = "ordinary_words", "also_inside", "nothing"


@dataclass(frozen=True, slots=True)
class Genre:
    """A genre of the vocabulary.

    Attributes
    ----------
    name
        Its canonical, fine name in lower case, such as ``deep house``.
    family
        One of `FAMILIES`, such as ``house``.
    """

    name: str
    family: str


@dataclass(frozen=True)
class Vocabulary:
    """Every genre, and what finds it.

    Attributes
    ----------
    genres
        In the order of the table, by family.
    by_key
        From every spelling, folded by `hooklist_genres.spelling`, to its genre.
    inside
        Those spellings that also count with words around them ("swedish indie rock").
    heads
        The genre of a family's own name, which says no more than the family.
    nothing
        Folded spellings of what is written where nobody knows ("Other").
    """

    genres: tuple[Genre, ...]
    by_key: Mapping[str, Genre]
    inside: frozenset[str]
    heads: frozenset[Genre]
    nothing: frozenset[str]

    @cached_property
    def families(self) -> tuple[str, ...]:
        """The families, in the order of the table."""
        return tuple(dict.fromkeys(genre.family for genre in self.genres))


def _read(text: str) -> Vocabulary:
    table: dict[str, Any] = tomllib.loads(text)
    whole_only = set(table.pop(_WHOLE_ONLY)["names"])
    also_inside = set(table.pop(_ALSO_INSIDE)["names"])
    nothing = frozenset(key(words(name)) for name in table.pop(_NOTHING)["names"])
    genres: list[Genre] = []
    by_key: dict[str, Genre] = {}
    inside: set[str] = set()
    heads: set[Genre] = set()
    for family, lines in table.items():
        for name, others in lines.items():
            genre = Genre(name, family)
            genres.append(genre)
            if name == family:
                heads.add(genre)
            for spelling in (name, *map(str.strip, others.split(","))):
                parts = words(spelling)
                if not parts:
                    continue
                known = by_key.setdefault(key(parts), genre)
                if known != genre:
                    raise ValueError(f"{spelling!r} names {known.name} and {name}")
                if spelling in whole_only or family == "mood":
                    continue
                # One ASCII word that is only another name is often an ordinary word ("cool").
                telling = spelling == name or len(parts) > 1 or not spelling.isascii()
                if telling or spelling in also_inside:
                    inside.add(key(parts))
    return Vocabulary(
        genres=tuple(genres),
        by_key=MappingProxyType(by_key),
        inside=frozenset(inside),
        heads=frozenset(heads),
        nothing=nothing,
    )


@lru_cache(maxsize=1)
def vocabulary() -> Vocabulary:
    """Return the vocabulary; the table is read when it is first asked for (about 50 ms)."""
    return _read(_TABLE.read_text(encoding="utf-8"))


def is_broad(genre: Genre) -> bool:
    """Return whether a genre has its family's name, and says no more than the family."""
    return genre in vocabulary().heads


@lru_cache(maxsize=1)
def id3v1_names() -> tuple[str, ...]:
    """Return what the numbers 0 to 191 mean in ID3v1 tags and Winamp."""
    with _NUMBERS.open(encoding="utf-8", newline="") as rows:
        return tuple(row["name"] for row in csv.DictReader(rows))
