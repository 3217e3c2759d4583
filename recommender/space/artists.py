"""Who made which row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from recommender.catalogue.names import normalise_artist

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

Rows = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True)
class Artists:
    """Who made which row, as codes.

    Attributes
    ----------
    offsets, codes
        Row i's artists are ``codes[offsets[i]:offsets[i + 1]]``.
    count
        How many artists there are.
    """

    offsets: Rows
    codes: Rows
    count: int

    @classmethod
    def of(cls, names: Sequence[Sequence[str] | None]) -> Artists:
        """Return the artists of rows with these credits, told apart by normalised name."""
        numbers: dict[str, int] = {}
        spelt = lru_cache(maxsize=None)(normalise_artist)
        codes: list[int] = []
        offsets = [0]
        for credited in names:
            codes += dict.fromkeys(
                numbers.setdefault(spelt(name), len(numbers)) for name in credited or ()
            )
            offsets.append(len(codes))
        return cls(np.array(offsets), np.array(codes, dtype=np.int64), len(numbers))

    def of_rows(self, rows: Rows) -> Rows:
        """Return the artists of some rows, each once, rising."""
        parts = [self.codes[self.offsets[row] : self.offsets[row + 1]] for row in rows]
        return np.unique(np.concatenate(parts)) if parts else np.zeros(0, dtype=np.int64)

    def mask(self, artists: Rows) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Return for each row whether one of the artists made it, shape (n,)."""
        made = np.zeros(self.count + 1, dtype=bool)
        made[artists] = True
        sums = np.concatenate([[0], np.cumsum(made[self.codes])])
        return np.asarray(sums[self.offsets[1:]] > sums[self.offsets[:-1]])

    def matrix(self) -> csr_matrix:
        """Return who made what, shape (artists, rows), 1 for each credit."""
        from scipy.sparse import csr_matrix

        rows = np.repeat(np.arange(len(self.offsets) - 1), np.diff(self.offsets))
        ones = np.ones(len(rows), dtype=np.float32)
        return csr_matrix((ones, (self.codes, rows)), shape=(self.count, len(self.offsets) - 1))

    def of_each(self, rows: Rows) -> Artists:
        """Return the artists of some rows only, under the same codes."""
        counts = np.diff(self.offsets)[rows]
        starts = np.repeat(self.offsets[rows] - np.cumsum(counts) + counts, counts)
        codes = self.codes[starts + np.arange(counts.sum())]
        return Artists(np.concatenate([[0], np.cumsum(counts)]), codes, self.count)

    def first(self) -> Rows:
        """Return each row's first artist, -1 where none is known."""
        first = np.full(len(self.offsets) - 1, -1, dtype=np.int64)
        known = np.flatnonzero(np.diff(self.offsets) > 0)
        first[known] = self.codes[self.offsets[known]]
        return first
