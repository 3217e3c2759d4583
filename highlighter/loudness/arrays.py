"""Sound as arrays: frames of samples, and products that stay on one core."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]

_GROUP = 48  # rows of a product; larger ones BLAS would share among threads, see `product`


def as_frames(samples: ArrayLike) -> Float32:
    """Return `samples`, (n,) or (n, channels), as (n, channels).

    Raises
    ------
    ValueError
        They have another shape.
    """
    frames = np.asarray(samples, dtype=np.float32)
    if frames.ndim == 1:
        frames = frames[:, None]
    if frames.ndim != 2 or frames.shape[1] == 0:
        raise ValueError(f"samples must be (n,) or (n, channels), not {frames.shape}")
    return frames


def product(rows: Float32, matrix: Float32) -> Float32:
    """Return (n, k) `rows` times (k, m) `matrix`, on the caller's own processor core.

    OpenBLAS shares products of more than 2¹⁸ multiplications among its threads, which then wait for
    each other in a loop: on a machine that is busy anyway that triples the time. So it is given
    a stack of smaller ones.
    """
    whole = rows.shape[0] // _GROUP * _GROUP
    result = np.empty((rows.shape[0], matrix.shape[1]), dtype=np.float32)
    np.matmul(
        rows[:whole].reshape(-1, _GROUP, rows.shape[1]),
        matrix,
        out=result[:whole].reshape(-1, _GROUP, matrix.shape[1]),
    )
    np.matmul(rows[whole:], matrix, out=result[whole:])
    return result
