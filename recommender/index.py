"""Nearest neighbours: one protocol, so that another engine can take FAISS's place."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

Floats = np.ndarray[Any, np.dtype[np.float32]]
Positions = np.ndarray[Any, np.dtype[np.int64]]


class Index(Protocol):
    """Vectors that can be asked which of them are nearest.

    What every implementation promises (`tests/recommender/test_index.py` holds them to it):
    distances are Euclidean (L2, not squared) and rise along a row; equal distances come in rising
    position; where fewer than `k` vectors exist the rest is position -1 at distance infinity.
    """

    @property
    def dimensions(self) -> int:
        """Length of a vector."""

    def __len__(self) -> int: ...

    def search(self, queries: Floats, k: int) -> tuple[Floats, Positions]:
        """Return the `k` nearest vectors of each query.

        Parameters
        ----------
        queries
            Shape (q, d), float32.
        k
            At least 1.

        Returns
        -------
        distances, positions
            Both of shape (q, k).
        """


class FlatIndex:
    """Exact search by FAISS over vectors that stay where they are, memory-mapped or not.

    Johnson, Douze, Jégou, "Billion-scale similarity search with GPUs", 2019 (the library); flat
    search compares with every vector, on one thread.

    Parameters
    ----------
    vectors
        Shape (n, d), float32, C order; not copied.
    """

    def __init__(self, vectors: Floats) -> None:
        import faiss

        if vectors.ndim != 2 or vectors.dtype != np.float32 or not vectors.flags.c_contiguous:
            raise ValueError("vectors must be float32, two-dimensional and in C order")
        self._faiss = faiss
        self._vectors = vectors

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        return int(self._vectors.shape[1])

    def __len__(self) -> int:
        return len(self._vectors)

    def search(self, queries: Floats, k: int) -> tuple[Floats, Positions]:
        """Return the `k` nearest vectors of each query; see `Index.search`."""
        queries = np.ascontiguousarray(queries, dtype=np.float32)
        if queries.ndim != 2 or queries.shape[1] != self.dimensions:
            raise ValueError(f"queries must have shape (q, {self.dimensions})")
        if k < 1:
            raise ValueError("k must be at least 1")
        distances = np.full((len(queries), k), np.inf, dtype=np.float32)
        positions = np.full((len(queries), k), -1, dtype=np.int64)
        found = min(k, len(self))
        if found and len(queries):
            # A request already has its thread; more of them per search only make requests wait.
            # OpenMP keeps this number per calling thread, so it is set at every call.
            self._faiss.omp_set_num_threads(1)
            squared, near = self._faiss.knn(queries, self._vectors, found)
            near_distances = np.sqrt(np.maximum(squared, 0.0))
            order = np.lexsort((near, near_distances), axis=1)
            distances[:, :found] = np.take_along_axis(near_distances, order, axis=1)
            positions[:, :found] = np.take_along_axis(near, order, axis=1)
        return distances, positions
