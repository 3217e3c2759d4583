"""Who made which row."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from recommender.catalogue.names import normalise_artist

if TYPE_CHECKING:
    import pyarrow as pa
    from scipy.sparse import csr_matrix

_PIECE = 65_536

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
    def of(cls, names: Iterable[Sequence[str] | None]) -> Artists:
        """Return the artists of rows with these credits, told apart by normalised name."""
        numbers: dict[str, int] = {}
        as_written: dict[str, int] = {}
        codes, offsets = array("q"), array("q", [0])
        for credited in names:
            if credited:
                row = []
                for name in credited:
                    code = as_written.get(name)
                    if code is None:
                        code = numbers.setdefault(normalise_artist(name), len(numbers))
                        as_written[name] = code
                    row.append(code)
                codes.extend(row if len(row) == 1 else dict.fromkeys(row))
            offsets.append(len(codes))
        found = np.array(codes, dtype=np.int64)
        return cls(np.array(offsets, dtype=np.int64), found, len(numbers))

    @classmethod
    def of_table(cls, table: pa.Table) -> Artists:
        """Return the artists of a stored table's rows, read in pieces."""
        batches = table.select(["artists"]).to_batches(max_chunksize=_PIECE)
        return cls.of(names for batch in batches for names in batch.column(0).to_pylist())

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

    def credits(self) -> csr_matrix:
        """Return who made what, shape (rows, artists), 1 for each credit."""
        from scipy.sparse import csr_matrix

        ones = np.ones(len(self.codes), dtype=np.float32)
        shape = (len(self.offsets) - 1, self.count)
        return csr_matrix((ones, self.codes, self.offsets), shape=shape)

    def tracks(self) -> Rows:
        """Return how many rows each artist has, shape (count,)."""
        return np.bincount(self.codes, minlength=self.count)

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
