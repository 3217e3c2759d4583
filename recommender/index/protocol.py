"""What every index promises, and the checks that all of them make."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np

Floats = np.ndarray[Any, np.dtype[np.float32]]
Positions = np.ndarray[Any, np.dtype[np.int64]]
Moved = np.ndarray[Any, np.dtype[np.int32]]
Allowed = np.ndarray[Any, np.dtype[np.bool_]]

Metric = Literal["l2", "l1"]
"""Euclidean or Manhattan distance."""


class Index(Protocol):
    """Vectors that can be asked which of them are nearest.

    What every implementation promises (`tests/recommender/index/test_contract.py` holds them to
    it): distances rise along a row; equal distances come in rising position; where fewer than `k`
    vectors pass, the rest is position -1 at distance infinity; what was removed never comes.
    Searches may run in any number of threads, also while vectors are added and removed: each sees
    the index as it was at one instant.
    """

    @property
    def kind(self) -> str:
        """``flat`` or ``ivf``."""

    @property
    def metric(self) -> Metric:
        """Which distance is measured."""

    @property
    def dimensions(self) -> int:
        """Length of a vector."""

    @property
    def capacity(self) -> int:
        """How many positions there are; positions go from 0 to one less."""

    def __len__(self) -> int:
        """How many vectors can be found: the capacity less what was removed."""

    @property
    def vectors(self) -> Floats:
        """Shape (capacity, d): every vector by its position, removed ones too."""

    def search(
        self, queries: Floats, k: int, allowed: Allowed | None = None
    ) -> tuple[Floats, Positions]:
        """Return the `k` nearest vectors of each query.

        Parameters
        ----------
        queries
            Shape (q, d), float32.
        k
            At least 1.
        allowed
            Shape (capacity,), bool: the positions that may come; all when None.

        Returns
        -------
        distances, positions
            Both of shape (q, k), float32 and int64.

        Raises
        ------
        ValueError
            A shape or `k` is wrong, or a query is not finite.
        """

    def add(self, vectors: Floats) -> Positions:
        """Add vectors of shape (m, d) at the end, rebuilding nothing; return their positions.

        Raises
        ------
        ValueError
            The shape is wrong, or a number is not finite.
        """

    def remove(self, positions: Positions) -> None:
        """Let positions never come again; one that is removed already does no harm.

        Raises
        ------
        ValueError
            A position was never given.
        """

    def compact(self) -> Positions:
        """Give what is left positions from 0 on in the same order, rebuilding nothing.

        Returns
        -------
        ndarray
            Shape (len(self),), rising: the former position of each.
        """

    def save(self, folder: Path) -> dict[str, Any]:
        """Write what `open_index` needs besides the vectors; return the facts to give it.

        Files that have not changed are linked rather than copied where the file system can.
        """


def checked_vectors(vectors: Floats, dimensions: int | None = None) -> Floats:
    """Return vectors as they are, or raise ValueError unless float32, (n, d) and in C order."""
    if vectors.ndim != 2 or vectors.dtype != np.float32 or not vectors.flags.c_contiguous:
        raise ValueError("vectors must be float32, two-dimensional and in C order")
    if dimensions is not None and vectors.shape[1] != dimensions:
        raise ValueError(f"vectors must have shape (n, {dimensions})")
    return vectors


def checked_queries(queries: Floats, dimensions: int) -> Floats:
    """Return queries as float32 in C order.

    Raises
    ------
    ValueError
        They are not of shape (q, dimensions), or a number is not finite.
    """
    queries = np.ascontiguousarray(queries, dtype=np.float32)
    if queries.ndim != 2 or queries.shape[1] != dimensions:
        raise ValueError(f"queries must have shape (q, {dimensions})")
    if not np.isfinite(queries).all():
        raise ValueError("queries must be finite")
    return queries


def checked_k(k: int) -> int:
    """Return `k`, or raise ValueError unless it is at least 1."""
    if k < 1:
        raise ValueError("k must be at least 1")
    return int(k)


def checked_allowed(allowed: Allowed | None, capacity: int) -> Allowed | None:
    """Return a filter as it is, or raise ValueError unless it is bool and (capacity,)."""
    if allowed is not None and (allowed.dtype != np.bool_ or allowed.shape != (capacity,)):
        raise ValueError(f"allowed must be bool and have shape ({capacity},)")
    return allowed


def checked_positions(positions: Positions, capacity: int) -> Positions:
    """Return positions rising and each once, or raise ValueError if one was never given."""
    unique = np.unique(np.asarray(positions, dtype=np.int64))
    if len(unique) and (unique[0] < 0 or unique[-1] >= capacity):
        raise ValueError(f"positions go from 0 to {capacity - 1}")
    return unique
