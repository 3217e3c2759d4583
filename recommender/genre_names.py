"""Genres that were asked for, and whether a label is one of them."""

from __future__ import annotations

from collections.abc import Iterable

from hooklist_genres import FAMILIES, Genre, is_broad, resolve, resolve_all
from recommender.catalogue.names import normalise
from recommender.facets import parts_of


class AskedGenres:
    """What passes a filter by genre.

    A family's name, in any of its spellings ("Hip-Hop", "rap & hip hop"), asks for all its genres;
    a fine name for that genre, however a row spells it; any other name for rows that have it
    literally, as a whole or as one of several.

    Parameters
    ----------
    names
        As a listener wrote them.
    """

    def __init__(self, names: Iterable[str]) -> None:
        names = tuple(names)
        self._literal = frozenset(normalise(name) for name in names)
        families = {normalise(family): family for family in FAMILIES}
        self._families = {families[name] for name in self._literal if name in families}
        self._genres: set[Genre] = set()
        for name in names:
            found = resolve(name)
            if found is not None and is_broad(found):
                self._families.add(found.family)
            elif found is not None:
                self._genres.add(found)

    def have(self, label: str) -> bool:
        """Return whether a row with this label, or list of labels, was asked for."""
        if not self._literal.isdisjoint(parts_of(label)):
            return True
        return any(
            genre in self._genres or genre.family in self._families for genre in resolve_all(label)
        )
