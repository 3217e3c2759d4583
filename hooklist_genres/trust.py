"""Who is believed about a track's genre: a table before a tag before a classifier."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from hooklist_genres.labels import resolve, says_nothing

TABLE, TAG, MODEL, GIVEN = "table", "tag", "model", "given"
"""Where a genre is from; ``given`` is what somebody says for the moment (a command's option)."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """A track's genre and how it is known.

    Attributes
    ----------
    genre
        As it was written, or the classifier's label; empty where unknown.
    source
        `TABLE`, `TAG`, `MODEL`, `GIVEN`, or empty where unknown.
    confidence
        0 to 1: a classifier's probability; 1 where somebody stated the genre; 0 where unknown.
    """

    genre: str = ""
    source: str = ""
    confidence: float = 0.0

    @classmethod
    def of_row(cls, row: Mapping[str, Any]) -> Labelled:
        """Return what a track kept as plain data says of its genre.

        Parameters
        ----------
        row
            With ``genre``, ``genre_source`` and ``genre_confidence``. One that was kept before
            there were sources has the first alone, and states it.
        """
        genre = str(row.get("genre") or "")
        if not genre:
            return cls()
        source = str(row.get("genre_source") or TABLE)
        stated = source != MODEL
        return cls(genre, source, 1.0 if stated else float(row.get("genre_confidence") or 0.0))

    @property
    def estimated(self) -> float | None:
        """The confidence where the genre was estimated, None where it was stated."""
        return self.confidence if self.source == MODEL else None

    def to_json(self) -> dict[str, Any]:
        """Return plain values: the genre as written, its name and family in the vocabulary."""
        found = resolve(self.genre)
        return {
            "genre": self.genre or None,
            "genre_name": None if found is None else found.name,
            "genre_family": None if found is None else found.family,
            "genre_confidence": round(self.confidence, 4),
            "genre_source": self.source,
        }


UNKNOWN = Labelled()

Guess = Callable[[], Labelled | None]
"""Asks a classifier; None where it is not sure enough to say anything."""


def most_trusted(
    *, given: str = "", table: str = "", tag: str = "", guess: Guess | None = None
) -> Labelled:
    """Return the genre of whoever is believed most and says something.

    Parameters
    ----------
    given, table, tag
        What each states; "Other" and the like state nothing.
    guess
        Asked only if nobody states anything.
    """
    for source, text in ((GIVEN, given), (TABLE, table), (TAG, tag)):
        if not says_nothing(text):
            return Labelled(text.strip(), source, 1.0)
    return (guess() if guess is not None else None) or UNKNOWN
