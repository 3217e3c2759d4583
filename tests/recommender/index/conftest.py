"""A plain index to compare with, and makers of every kind by name."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recommender.index import Index, build_index, open_index

KINDS = ("flat", "flat-l1", "ivf", "brute", "brute-l1")


class BruteForce:
    """The reference: every distance in double precision, one plain sort."""

    kind = "brute"

    def __init__(self, vectors: np.ndarray, metric: str = "l2", removed: Any = None) -> None:
        self.metric = metric
        self.vectors = vectors
        self._alive = np.ones(len(vectors), dtype=bool)
        if removed is not None:
            self._alive[removed] = False
        self._lock = threading.Lock()

    @property
    def dimensions(self) -> int:
        return self.vectors.shape[1]

    @property
    def capacity(self) -> int:
        return len(self.vectors)

    def __len__(self) -> int:
        return int(self._alive.sum())

    def search(self, queries, k, allowed=None):
        if queries.ndim != 2 or queries.shape[1] != self.dimensions:
            raise ValueError("queries must have another shape")
        if not np.isfinite(queries).all():
            raise ValueError("queries must be finite")
        if k < 1:
            raise ValueError("k must be at least 1")
        with self._lock:
            vectors, passing = self.vectors, self._alive.copy()
        if allowed is not None:
            if allowed.dtype != bool or allowed.shape != passing.shape:
                raise ValueError("allowed must be bool and have another shape")
            passing &= allowed
        at = np.flatnonzero(passing)
        distances = np.full((len(queries), k), np.inf, dtype=np.float32)
        positions = np.full((len(queries), k), -1, dtype=np.int64)
        for row, query in enumerate(queries.astype(np.float64)):
            apart = vectors[at].astype(np.float64) - query
            far = (
                np.abs(apart).sum(axis=1)
                if self.metric == "l1"
                else np.sqrt((apart * apart).sum(axis=1))
            )
            order = np.lexsort((at, far))[:k]
            distances[row, : len(order)] = far[order]
            positions[row, : len(order)] = at[order]
        return distances, positions

    def add(self, vectors):
        vectors = np.asarray(vectors, dtype=np.float32)
        if vectors.ndim != 2 or vectors.shape[1] != self.dimensions:
            raise ValueError("vectors must have another shape")
        if not np.isfinite(vectors).all():
            raise ValueError("vectors must be finite")
        with self._lock:
            start = len(self.vectors)
            self.vectors = np.concatenate([self.vectors, vectors])
            self._alive = np.concatenate([self._alive, np.ones(len(vectors), dtype=bool)])
        return np.arange(start, start + len(vectors))

    def remove(self, positions):
        positions = np.asarray(positions, dtype=np.int64)
        if len(positions) and (positions.min() < 0 or positions.max() >= self.capacity):
            raise ValueError("positions go from 0")
        with self._lock:
            self._alive[positions] = False

    def compact(self):
        with self._lock:
            kept = np.flatnonzero(self._alive)
            self.vectors, self._alive = self.vectors[kept], np.ones(len(kept), dtype=bool)
        return kept

    def save(self, folder: Path) -> dict[str, Any]:
        return {"metric": self.metric, "removed": np.flatnonzero(~self._alive).tolist()}


@pytest.fixture(params=KINDS)
def kind(request) -> str:
    return request.param


@pytest.fixture(scope="session")
def built(tmp_path_factory) -> Callable[..., tuple[Path, dict[str, Any]]]:
    """Return what builds an index of some vectors, once for all tests that ask for the same."""
    done: dict[tuple[str, str, bytes, int], tuple[Path, dict[str, Any]]] = {}

    def of(vectors: np.ndarray, kind: str, metric: str) -> tuple[Path, dict[str, Any]]:
        key = (kind, metric, vectors.tobytes(), vectors.shape[1])
        if key not in done:
            folder = tmp_path_factory.mktemp("index")
            done[key] = folder, build_index(vectors, folder, kind=kind, metric=metric)
        return done[key]

    return of


@pytest.fixture
def make(kind: str, built) -> Callable[[np.ndarray], Index]:
    """Return a maker of the kind of index under test."""

    def of(vectors: np.ndarray) -> Index:
        name, _, metric = kind.partition("-")
        if name == "brute":
            return BruteForce(vectors, metric or "l2")
        folder, facts = built(vectors, name, metric or "l2")
        return open_index(folder, vectors, facts)

    return of


@pytest.fixture
def reopen(kind: str, tmp_path: Path) -> Callable[[Index], Index]:
    """Return what saves an index into another folder and opens it from there."""

    def again(index: Index) -> Index:
        folder = tmp_path / f"saved-{len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        facts = index.save(folder)
        np.save(folder / "vectors.npy", index.vectors)
        vectors = np.asarray(np.load(folder / "vectors.npy", mmap_mode="r"))
        if kind.startswith("brute"):
            return BruteForce(vectors, facts["metric"], facts["removed"])
        return open_index(folder, vectors, facts)

    return again


@pytest.fixture
def reference(kind: str) -> Callable[..., BruteForce]:
    """Return the maker of the reference with the same metric."""
    metric = kind.partition("-")[2] or "l2"
    return lambda vectors, removed=None: BruteForce(vectors, metric, removed)
