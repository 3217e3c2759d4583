"""Which tracks may come at all: hard filters as one mask over rows, and what each alone bars."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from recommender.facets import Facets
from recommender.genre_names import AskedGenres
from recommender.wishes import Filters

MASKS_KEPT = 16
"""So many masks are kept for the next request that asks the same."""

Mask = np.ndarray[Any, np.dtype[np.bool_]]
Placed = np.ndarray[Any, np.dtype[np.int32]]


@dataclass(frozen=True, eq=False)
class Passing:
    """Which tracks pass.

    Attributes
    ----------
    rows
        Shape (n,), by row.
    places
        The same by position in the index.
    count, placed
        How many rows pass, and how many of them have a position.
    """

    rows: Mask
    places: Mask
    count: int
    placed: int

    @classmethod
    def of(cls, rows: Mask, placed: Placed) -> Passing:
        """Count what passes; from then on the masks are read-only."""
        places = rows[placed]
        for mask in (rows, places):
            mask.flags.writeable = False
        return cls(rows, places, int(np.count_nonzero(rows)), int(np.count_nonzero(places)))


class FilterMasks:
    """Turns filters into masks over a catalogue's rows; safe to share between threads.

    Parameters
    ----------
    facets
        The catalogue's columns.
    placed
        The row of each position in the index.
    """

    def __init__(self, facets: Facets, placed: Placed) -> None:
        self._facets = facets
        self._placed = placed
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[Filters, bool], Passing] = OrderedDict()

    def passing(self, filters: Filters, *, titled_only: bool) -> Passing:
        """Return which rows pass."""
        asked = (filters, titled_only)
        with self._lock:
            if asked in self._kept:
                self._kept.move_to_end(asked)
                return self._kept[asked]
        mask = np.ones(len(self._facets), dtype=bool)
        for _, passes in self._each(filters, titled_only):
            mask &= passes
        found = Passing.of(mask, self._placed)
        with self._lock:
            self._kept[asked] = found
            while len(self._kept) > MASKS_KEPT:
                self._kept.popitem(last=False)
        return found

    def bars(self, filters: Filters, *, titled_only: bool) -> dict[str, int]:
        """Return how many rows each active filter alone bars, by the filter's name."""
        return {
            name: int(len(passes) - np.count_nonzero(passes))
            for name, passes in self._each(filters, titled_only)
        }

    def _each(self, filters: Filters, titled_only: bool) -> Iterator[tuple[str, Mask]]:
        facets = self._facets
        if titled_only:
            yield "titled_only", facets.titled
        if not filters.explicit:
            yield "explicit", facets.explicit != 1
        if filters.years != (None, None):
            yield "years", _between(facets.year, filters.years)
        if filters.tempo != (None, None):
            yield "tempo", _between(facets.tempo, filters.tempo)
        if filters.genres:
            asked = AskedGenres(filters.genres)
            yield "genres", facets.genre.where(asked.have) | facets.subgenre.where(asked.have)
        if filters.sources:
            yield "sources", facets.source.having(filters.sources)
        if filters.avoid_words:
            clean = np.ones(len(facets), dtype=bool)
            for phrase in filters.avoid_words:
                clean[facets.worded(phrase)] = False
            yield "avoid_words", clean
        if filters.avoid_artists:
            others = np.ones(len(facets), dtype=bool)
            others[facets.by_artists(filters.avoid_artists)] = False
            yield "avoid_artists", others


def _between(values: Any, ends: tuple[float | None, float | None]) -> Mask:
    """Return which values lie in a range; NaN does not, whatever the range."""
    first, last = ends
    mask: Mask = ~np.isnan(values)
    if first is not None:
        mask &= values >= np.float32(first)
    if last is not None:
        mask &= values <= np.float32(last)
    return mask
