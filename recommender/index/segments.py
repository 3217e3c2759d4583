"""What all indexes share: a main segment, a tail of vectors added since, and marks of removal.

Neither adding nor removing touches the main segment: added vectors are compared one by one beside
it, removed positions are marked and passed over. The next build makes one main segment of it all.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from recommender.index.exact import joined, nearest, nearest_of
from recommender.index.protocol import (
    Allowed,
    Floats,
    Metric,
    Positions,
    checked_allowed,
    checked_k,
    checked_positions,
    checked_queries,
    checked_vectors,
)

REMOVED = "index_removed.npy"
"""The file of removed positions, where there are any."""


@dataclass(frozen=True)
class _State:
    """An instant of the index: what a search reads, replaced as a whole.

    Attributes
    ----------
    tail
        Shape (t, d): the vectors after the main segment's.
    alive
        Shape (capacity,), or None while nothing is removed.
    live
        How many vectors can be found.
    """

    tail: Floats
    alive: Allowed | None
    live: int


class SegmentedIndex:
    """The common half of every index; a subclass searches the main segment.

    Parameters
    ----------
    vectors
        Shape (n, d), float32, C order; memory-mapped or not, never copied and never changed.
    main
        How many of them, from the first on, are the main segment; all when None.
    removed
        Positions removed earlier.
    metric
        Which distance.
    """

    kind: ClassVar[str]

    def __init__(
        self,
        vectors: Floats,
        *,
        main: int | None = None,
        removed: Positions | None = None,
        metric: Metric = "l2",
    ) -> None:
        checked_vectors(vectors)
        main = len(vectors) if main is None else main
        if not 0 <= main <= len(vectors):
            raise ValueError("the main segment is larger than the vectors")
        self._metric: Metric = metric
        self._main = vectors[:main]
        self._given = vectors
        self._state = _State(vectors[main:], None, len(vectors))
        self._writing = threading.Lock()
        if removed is not None and len(removed):
            self.remove(removed)

    @property
    def metric(self) -> Metric:
        """Which distance is measured."""
        return self._metric

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        return int(self._main.shape[1])

    @property
    def capacity(self) -> int:
        """How many positions were ever given."""
        return len(self._main) + len(self._state.tail)

    def __len__(self) -> int:
        return self._state.live

    @property
    def vectors(self) -> Floats:
        """Shape (capacity, d): every vector by its position, removed ones too."""
        state = self._state
        if len(self._main) + len(state.tail) == len(self._given):
            return self._given
        return np.concatenate([self._main, state.tail])

    def search(
        self, queries: Floats, k: int, allowed: Allowed | None = None
    ) -> tuple[Floats, Positions]:
        """Return the `k` nearest vectors of each query; see `Index.search`."""
        state = self._state
        main = len(self._main)
        queries = checked_queries(queries, self.dimensions)
        k = checked_k(k)
        passing = checked_allowed(allowed, main + len(state.tail))
        if state.alive is not None:
            passing = state.alive if passing is None else passing & state.alive
        distances = np.full((len(queries), k), np.inf, dtype=np.float32)
        positions = np.full((len(queries), k), -1, dtype=np.int64)
        parts = []
        if len(queries):
            if main:
                parts.append(
                    self._search_main(queries, k, None if passing is None else passing[:main])
                )
            if len(state.tail):
                beyond = None if passing is None else passing[main:]
                found, at = search_exactly(queries, state.tail, k, self._metric, beyond)
                parts.append((found, at + main))
        if parts:
            found, at = parts[0] if len(parts) == 1 else joined(parts, k)
            distances[:, : found.shape[1]] = found
            positions[:, : at.shape[1]] = at
        return distances, positions

    def _search_main(
        self, queries: Floats, k: int, passing: Allowed | None
    ) -> tuple[Floats, Positions]:
        """Return the nearest of the main segment, sorted, as many as pass and at most `k`."""
        raise NotImplementedError

    def add(self, vectors: Floats) -> Positions:
        """Add vectors at the end, rebuilding nothing; see `Index.add`."""
        vectors = np.ascontiguousarray(vectors, dtype=np.float32)
        checked_vectors(vectors, self.dimensions)
        if not np.isfinite(vectors).all():
            raise ValueError("vectors must be finite")
        with self._writing:
            state = self._state
            start = self.capacity
            alive = state.alive
            if alive is not None:
                alive = np.concatenate([alive, np.ones(len(vectors), dtype=bool)])
            tail = np.concatenate([state.tail, vectors])
            self._state = _State(tail, alive, state.live + len(vectors))
        return np.arange(start, start + len(vectors))

    def remove(self, positions: Positions) -> None:
        """Let positions never come again; see `Index.remove`."""
        with self._writing:
            state = self._state
            gone = checked_positions(positions, self.capacity)
            if not len(gone):
                return
            alive = (
                np.ones(self.capacity, dtype=bool) if state.alive is None else state.alive.copy()
            )
            alive[gone] = False
            self._state = _State(state.tail, alive, int(np.count_nonzero(alive)))

    def save(self, folder: Path) -> dict[str, Any]:
        """Write what `open_index` needs besides the vectors; see `Index.save`."""
        alive = self._state.alive
        removed = 0 if alive is None else int(len(alive) - np.count_nonzero(alive))
        if alive is not None and removed:
            gone = np.flatnonzero(~alive).astype(np.int32)
            np.save(folder / REMOVED, gone, allow_pickle=False)
        return {
            "kind": self.kind,
            "metric": self._metric,
            "main": len(self._main),
            "removed": removed,
        }


def search_exactly(
    queries: Floats, vectors: Floats, k: int, metric: Metric, passing: Allowed | None
) -> tuple[Floats, Positions]:
    """Return the nearest vectors that pass, sorted, as many as there are and at most `k`.

    Parameters
    ----------
    queries, vectors, metric
        As in `recommender.index.exact.nearest`; n may be 0.
    k
        At least 1.
    passing
        Shape (n,), or None for all.

    Returns
    -------
    distances, positions
        Shape (q, min(k, passing)).
    """
    at = None if passing is None else np.flatnonzero(passing)
    count = len(vectors) if at is None else len(at)
    if not count:
        return np.zeros((len(queries), 0), np.float32), np.zeros((len(queries), 0), np.int64)
    if at is None or count == len(vectors):
        return nearest(queries, vectors, min(k, count), metric)
    return nearest_of(queries, vectors, min(k, count), metric, at)
