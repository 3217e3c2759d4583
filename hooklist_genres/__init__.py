"""The names of genres: what people write in tables and tags, brought to one vocabulary.

``vocabulary.toml`` beside this file lists every genre with its family and its other names. Nothing
here fails for what somebody wrote: what is no genre is None. Families named ``mood`` and ``world``
hold labels that tell an occasion or a place, not a style.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hooklist_genres.labels import MOST_LABELS, resolve, resolve_all, says_nothing
from hooklist_genres.trust import GIVEN, MODEL, TABLE, TAG, UNKNOWN, Labelled, most_trusted
from hooklist_genres.vocabulary import Genre, id3v1_names, is_broad, vocabulary

if TYPE_CHECKING:
    FAMILIES: tuple[str, ...]
    """Every family, in the order of the table."""
    GENRES: tuple[Genre, ...]
    """Every genre, by family, in the order of the table."""
    ID3V1_NAMES: tuple[str, ...]
    """What the numbers 0 to 191 mean in ID3v1 tags and Winamp."""

__all__ = [
    "FAMILIES",
    "GENRES",
    "GIVEN",
    "ID3V1_NAMES",
    "MODEL",
    "MOST_LABELS",
    "TABLE",
    "TAG",
    "UNKNOWN",
    "Genre",
    "Labelled",
    "is_broad",
    "most_trusted",
    "resolve",
    "resolve_all",
    "says_nothing",
]


def __getattr__(name: str) -> Any:
    """Read the table when it is first asked for, so that importing this costs nothing."""
    if name == "GENRES":
        return vocabulary().genres
    if name == "FAMILIES":
        return vocabulary().families
    if name == "ID3V1_NAMES":
        return id3v1_names()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
