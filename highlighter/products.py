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


def weighted_sums(rows: Float32, weights: Float32) -> Float32:
    """Return (n,): each of (n, k) `rows` times (k,) `weights`, summed."""
    sums: Float32 = np.einsum("ij,j->i", rows, weights)
    return sums


def sum_of_squares(values: Float32) -> float:
    """Return the sum of the squares of (n,)."""
    return float(np.einsum("i,i->", values, values))
