"""What all indexes share: a main segment, a tail of vectors added since, and marks of removal.

Neither adding nor removing touches the main segment: added vectors are compared one by one beside
it, removed positions are marked and passed over, or compacted away while the main segment is told
where its vectors are now. The next build makes one main segment of it all.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from recommender.index.exact import joined, nearest, nearest_of
from recommender.index.protocol import (
    Allowed,
    Floats,
    Metric,
    Moved,
    Positions,
    checked_allowed,
    checked_k,
    checked_positions,
    checked_queries,
    checked_vectors,
)

REMOVED = "index_removed.npy"
"""The file of removed positions, where there are any."""

MOVED = "index_moved.npy"
"""The file of where the main segment's vectors are now, where they are not where they were."""


@dataclass(frozen=True)
class State:
    """An instant of the index: what a search reads, replaced as a whole.

    Attributes
    ----------
    main
        Shape (n, d): the vectors that the main segment was made of, less those compacted away.
    tail
        Shape (t, d): the vectors added since.
    alive
        Shape (n + t,), or None while nothing is removed.
    live
        How many vectors can be found.
    moved
        Shape (as many as the main segment was made of,): where each is now, -1 for one that is
        gone; None while all are where they were.
    """

    main: Floats
    tail: Floats
    alive: Allowed | None
    live: int
    moved: Moved | None = None

    @property
    def capacity(self) -> int:
        """How many positions there are."""
        return len(self.main) + len(self.tail)


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
    moved
        As in `State`.
    metric
        Which distance.
    """

    kind: ClassVar[str]

    def __init__(
        self,
        vectors: Floats,
        *,
        main: int | None = None,
        removed: Positions | Moved | None = None,
        moved: Moved | None = None,
        metric: Metric = "l2",
    ) -> None:
        checked_vectors(vectors)
        main = len(vectors) if main is None else main
        if not 0 <= main <= len(vectors):
            raise ValueError("the main segment is larger than the vectors")
        if moved is not None and not np.array_equal(np.sort(moved[moved >= 0]), np.arange(main)):
            raise ValueError("the main segment has moved elsewhere")
        self._metric: Metric = metric
        self._given = vectors
        self._state = State(vectors[:main], vectors[main:], None, len(vectors), moved)
        self._as_given = self._state
        self._writing = threading.Lock()
        if removed is not None and len(removed):
            self.remove(removed.astype(np.int64))

    @property
    def metric(self) -> Metric:
        """Which distance is measured."""
        return self._metric

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        return int(self._given.shape[1])

    @property
    def capacity(self) -> int:
        """How many positions there are."""
        return self._state.capacity

    def __len__(self) -> int:
        return self._state.live

    @property
    def vectors(self) -> Floats:
        """Shape (capacity, d): every vector by its position, removed ones too."""
        state = self._state
        if state.main is self._as_given.main and state.tail is self._as_given.tail:
            return self._given
        return np.concatenate([state.main, state.tail])

    def search(
        self, queries: Floats, k: int, allowed: Allowed | None = None
    ) -> tuple[Floats, Positions]:
        """Return the `k` nearest vectors of each query; see `Index.search`."""
        state = self._state
        main = len(state.main)
        queries = checked_queries(queries, self.dimensions)
        k = checked_k(k)
        passing = checked_allowed(allowed, state.capacity)
        if state.alive is not None:
            passing = state.alive if passing is None else passing & state.alive
        distances = np.full((len(queries), k), np.inf, dtype=np.float32)
        positions = np.full((len(queries), k), -1, dtype=np.int64)
        parts = []
        if len(queries):
            if main:
                within = None if passing is None else passing[:main]
                parts.append(self._search_main(state, queries, k, within))
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
        self, state: State, queries: Floats, k: int, passing: Allowed | None
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
            start = state.capacity
            if len(vectors):
                alive = state.alive
                if alive is not None:
                    alive = np.concatenate([alive, np.ones(len(vectors), dtype=bool)])
                tail = np.concatenate([state.tail, vectors])
                live = state.live + len(vectors)
                self._state = replace(state, tail=tail, alive=alive, live=live)
        return np.arange(start, start + len(vectors))

    def remove(self, positions: Positions) -> None:
        """Let positions never come again; see `Index.remove`."""
        with self._writing:
            state = self._state
            gone = checked_positions(positions, state.capacity)
            if not len(gone):
                return
            alive = np.ones(state.capacity, dtype=bool)
            if state.alive is not None:
                alive[:] = state.alive
            alive[gone] = False
            self._state = replace(state, alive=alive, live=int(np.count_nonzero(alive)))

    def compact(self) -> Positions:
        """Give what is left positions from 0 on; see `Index.compact`."""
        with self._writing:
            state = self._state
            if state.alive is None:
                return np.arange(state.capacity)
            kept = np.flatnonzero(state.alive)
            of_main = state.alive[: len(state.main)]
            number = np.where(of_main, np.cumsum(of_main) - 1, -1).astype(np.int32)
            if state.moved is not None:
                number = np.where(state.moved >= 0, number[state.moved], -1).astype(np.int32)
            self._state = State(
                main=state.main[of_main],
                tail=state.tail[state.alive[len(state.main) :]],
                alive=None,
                live=state.live,
                moved=number,
            )
        return kept

    def save(self, folder: Path) -> dict[str, Any]:
        """Write what `open_index` needs besides the vectors; see `Index.save`."""
        state = self._state
        removed = 0 if state.alive is None else state.capacity - state.live
        if state.alive is not None and removed:
            gone = np.flatnonzero(~state.alive).astype(np.int32)
            np.save(folder / REMOVED, gone, allow_pickle=False)
        if state.moved is not None:
            np.save(folder / MOVED, state.moved, allow_pickle=False)
        return {
            "kind": self.kind,
            "metric": self._metric,
            "main": len(state.main),
            "removed": removed,
            "moved": 0 if state.moved is None else len(state.moved),
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
