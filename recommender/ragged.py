"""Lists of small numbers, one per row, in two flat arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

Numbers = np.ndarray[Any, np.dtype[np.int32]]
Rows = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True, eq=False)
class Ragged:
    """Row r has the numbers ``values[starts[r]:starts[r + 1]]``.

    Attributes
    ----------
    starts
        Shape (n + 1,), rising from 0.
    values
        Shape (starts[n],).
    """

    starts: Numbers
    values: Numbers

    @classmethod
    def of_pairs(cls, rows: Rows, values: Numbers, count: int) -> Ragged:
        """Return the lists of `count` rows from pairs in any order."""
        order = np.argsort(rows, kind="stable")
        starts = np.searchsorted(rows[order], np.arange(count + 1)).astype(np.int32)
        return cls(starts, values[order])

    def of_row(self, row: int) -> tuple[int, ...]:
        """Return one row's numbers."""
        return tuple(self.values[self.starts[row] : self.starts[row + 1]].tolist())

    def of_rows(self, rows: Rows) -> list[tuple[int, ...]]:
        """Return the numbers of many rows at once."""
        first = self.starts[rows].astype(np.int64)
        sizes = self.starts[rows + 1].astype(np.int64) - first
        ends = np.cumsum(sizes)
        at = np.arange(int(ends[-1]) if len(ends) else 0)
        flat = self.values[at + np.repeat(first - (ends - sizes), sizes)].tolist()
        bounds = [0, *ends.tolist()]
        return [tuple(flat[bounds[i] : bounds[i + 1]]) for i in range(len(rows))]

    def first(self, rows: Rows) -> Numbers:
        """Return each row's first number, -1 where it has none."""
        if not len(self.values):
            return np.full(len(rows), -1, dtype=np.int32)
        start = self.starts[rows]
        found = self.values[np.minimum(start, len(self.values) - 1)]
        result: Numbers = np.where(self.starts[rows + 1] > start, found, -1).astype(np.int32)
        return result
