"""Exact search by FAISS: compare with every vector, on one thread."""

from __future__ import annotations

import numpy as np

from recommender.index.protocol import Floats, Metric, Positions

_LOW = 0xFFFFFFFF

_GATHERED = 65_536
"""Vectors copied at a time when only some are compared: bounds the memory a filter takes."""


def nearest(queries: Floats, vectors: Floats, k: int, metric: Metric) -> tuple[Floats, Positions]:
    """Return the `k` nearest vectors of each query, sorted by distance, then position.

    Johnson, Douze, Jégou, "Billion-scale similarity search with GPUs", IEEE Transactions on Big
    Data, 2019 (the library).

    Parameters
    ----------
    queries, vectors
        Shapes (q, d) and (n, d), float32, C order.
    k
        From 1 to n.
    metric
        Which distance.

    Returns
    -------
    distances, positions
        Shape (q, k).
    """
    import faiss

    # A request already has its thread; more of them per search only make requests wait. OpenMP
    # keeps this number per calling thread, so it is set at every call.
    faiss.omp_set_num_threads(1)
    if metric == "l1":
        found, at = faiss.knn(queries, vectors, k, metric=faiss.METRIC_L1)
    else:
        squared, at = faiss.knn(queries, vectors, k)
        found = np.sqrt(np.maximum(squared, 0.0))
    return ordered(found, at, k)


def nearest_of(
    queries: Floats, vectors: Floats, k: int, metric: Metric, passing: Positions
) -> tuple[Floats, Positions]:
    """Return the `k` nearest of some of the vectors, sorted by distance, then position.

    Parameters
    ----------
    queries, vectors, metric
        As in `nearest`.
    k
        From 1 to the number of `passing`.
    passing
        Rising positions to compare with.
    """
    parts: list[tuple[Floats, Positions]] = []
    for start in range(0, len(passing), _GATHERED):
        piece = passing[start : start + _GATHERED]
        found, at = nearest(queries, vectors[piece], min(k, len(piece)), metric)
        parts.append((found, piece[at]))
        if len(parts) > 1:
            parts = [joined(parts, k)]
    return parts[0]


def joined(parts: list[tuple[Floats, Positions]], k: int) -> tuple[Floats, Positions]:
    """Return the `k` best of several results for the same queries."""
    return ordered(
        np.concatenate([distances for distances, _ in parts], axis=1),
        np.concatenate([positions for _, positions in parts], axis=1),
        k,
    )


def ordered(distances: Floats, positions: Positions, k: int) -> tuple[Floats, Positions]:
    """Return the first `k` of each row by distance, then position.

    Parameters
    ----------
    distances
        Shape (q, m), float32, none below zero or NaN.
    positions
        Shape (q, m), from 0 to 2³² - 2; -1, at distance infinity, for none.
    k
        At most m are returned.
    """
    # The bits of floats from zero up rise as the numbers do, so one sort of whole numbers orders
    # by both; that is several times faster than sorting by two keys.
    bits = (distances.astype(np.float32) + np.float32(0.0)).view(np.uint32)
    keys = (bits.astype(np.uint64) << np.uint64(32)) | (positions & _LOW).astype(np.uint64)
    keys.sort(axis=1)
    keys = keys[:, :k]
    at = (keys & np.uint64(_LOW)).astype(np.int64)
    at[at == _LOW] = -1
    return (keys >> np.uint64(32)).astype(np.uint32).view(np.float32), at
