"""Matrix products on the caller's own processor core.

OpenBLAS shares larger products among its threads, which then wait for each other in a busy loop: on
a machine that has other work, that made a song five times slower. These are small enough not to be
shared, so that songs run side by side instead.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]

_MOST_MULTIPLICATIONS = 1 << 18
"""Above this, OpenBLAS uses threads."""

_BLOCK_AREA = _MOST_MULTIPLICATIONS // 128
"""Values in a block of a banded matrix, so that 128 rows are multiplied with it at once."""


def product(rows: Float32, matrix: Float32) -> Float32:
    """Return (n, m): (n, k) `rows` times (k, m) `matrix`, both float32."""
    count, depth = rows.shape
    width = matrix.shape[1]
    group = max(1, min(count, _MOST_MULTIPLICATIONS // max(1, depth * width)))
    whole = count // group * group
    result = np.empty((count, width), dtype=np.float32)
    if whole:
        np.matmul(
            np.ascontiguousarray(rows[:whole]).reshape(-1, group, depth),
            matrix,
            out=result[:whole].reshape(-1, group, width),
        )
    if whole < count:
        np.matmul(rows[whole:], matrix, out=result[whole:])
    return result


class BandedMatrix:
    """A matrix whose columns are zero but for a few neighbouring rows, as of a filter bank.

    Parameters
    ----------
    matrix
        (k, m).
    """

    def __init__(self, matrix: Float32) -> None:
        self._width = matrix.shape[1]
        self._blocks: list[tuple[slice, slice, Float32]] = []
        used = [np.flatnonzero(column) for column in matrix.T]
        starts = [int(rows[0]) if rows.size else 0 for rows in used]
        ends = [int(rows[-1]) + 1 if rows.size else 0 for rows in used]
        first = 0
        while first < self._width:
            last = first + 1
            while last < self._width and self._area(starts, ends, first, last + 1) <= _BLOCK_AREA:
                last += 1
            rows = slice(min(starts[first:last]), max(ends[first:last]))
            block = np.ascontiguousarray(matrix[rows, first:last], dtype=np.float32)
            self._blocks.append((rows, slice(first, last), block))
            first = last

    @staticmethod
    def _area(starts: list[int], ends: list[int], first: int, last: int) -> int:
        return (max(ends[first:last]) - min(starts[first:last])) * (last - first)

    def product(self, rows: Float32) -> Float32:
        """Return (n, m): (n, k) `rows` times the matrix."""
        result = np.zeros((rows.shape[0], self._width), dtype=np.float32)
        for taken, columns, block in self._blocks:
            if block.shape[0]:
                result[:, columns] = product(np.ascontiguousarray(rows[:, taken]), block)
        return result


def weighted_sums(rows: Float32, weights: Float32) -> Float32:
    """Return (n,): each of (n, k) `rows` times (k,) `weights`, summed."""
    sums: Float32 = np.einsum("ij,j->i", rows, weights)
    return sums


def sum_of_squares(values: Float32) -> float:
    """Return the sum of the squares of (n,)."""
    return float(np.einsum("i,i->", values, values))
