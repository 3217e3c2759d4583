"""Making an inverted file, and measuring how far it has to look for what exact search finds."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from recommender.index.exact import nearest
from recommender.index.ivf import CODES, IvfIndex, Tuning
from recommender.index.protocol import Allowed, Floats
from recommender.index.segments import search_exactly

RECALL = 0.985
"""What the measured recall must reach; above the .98 promised, for what other queries may ask."""

NEIGHBOURS = (30, 300, 3_000)
"""Numbers of neighbours for which the lists to probe are measured."""

_EACH_NTH = {30: 1, 300: 2, 3_000: 2}
"""Which queries those numbers are measured with: a query for 3,000 tells 100 times as much."""

FILTER_SHARES = (0.1, 0.3, 0.6, 0.9)
"""Shares of the vectors that pass the filters measured with."""

_QUERIES = 200
_MIXED = 5
_TRAINING_PER_LIST = 64
_ROUNDS = 10
_DEPTHS = (1.25, 1.5, 2.0, 3.0)
_WIDENINGS = (0.25, 0.35, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 5.0, 1e9)
_GROWTH = 1.25
_ALIKE = 1e-5
_SEED = 20_261_121


def lists_of(count: int) -> int:
    """Return how many lists an inverted file of so many vectors has: twice the square root."""
    return min(count, round(2.0 * math.sqrt(count)))


def write_lists(vectors: Floats, path: Path) -> None:
    """Learn the lists and codes of some vectors and write them; the same vectors, the same bytes.

    Parameters
    ----------
    vectors
        Shape (n, d), float32; at least 1.
    path
        The file to write.
    """
    import faiss

    faiss.omp_set_num_threads(1)
    lists = lists_of(len(vectors))
    index = faiss.IndexIVFScalarQuantizer(
        faiss.IndexFlatL2(vectors.shape[1]),
        vectors.shape[1],
        lists,
        faiss.ScalarQuantizer.QT_8bit,
        faiss.METRIC_L2,
    )
    index.cp.niter = _ROUNDS
    index.cp.max_points_per_centroid = _TRAINING_PER_LIST
    index.cp.min_points_per_centroid = 1
    random = np.random.default_rng(_SEED)
    sample = random.permutation(len(vectors))[: _TRAINING_PER_LIST * lists]
    index.train(vectors[np.sort(sample)])
    for start in range(0, len(vectors), 65_536):
        index.add(vectors[start : start + 65_536])
    faiss.write_index(index, str(path))


def tuned(vectors: Floats, folder: Path) -> dict[str, Any]:
    """Write the inverted file of some vectors; return its facts, measured recall among them.

    Recall is measured for vectors of the catalogue, as a single seed is one, and for means of
    `_MIXED` random ones, as the centre of a basket is one; the lower of the two counts. With
    filters it is measured where random vectors pass and where those on one side of a random
    direction do, which are far from most queries.

    Parameters
    ----------
    vectors
        Shape (n, d), float32.
    folder
        Where the file goes.
    """
    write_lists(vectors, folder / CODES)
    queries = _queries(vectors)
    everything = Tuning(((len(vectors), lists_of(len(vectors))),), _DEPTHS[0], 1.0)
    index = IvfIndex(vectors, codes=folder / CODES, tuning=everything, facts={})
    largest = min(NEIGHBOURS[-1], len(vectors))
    truth = _truth(queries, vectors, largest)
    depth = _depth(index, queries, truth)
    probes, recalls = _probes(index, queries, truth, depth)
    tuning = Tuning(probes, depth, _WIDENINGS[0])
    widen, filtered = _widening(index, tuning, vectors, queries)
    facts: dict[str, Any] = {
        "lists": lists_of(len(vectors)),
        "probes": [list(pair) for pair in probes],
        "depth": depth,
        "widen": widen,
        "filtered_recall_at_30": filtered,
        "measured_queries": len(queries),
    }
    for k, recall in recalls.items():
        facts[f"recall_at_{k}"] = recall
    return facts


def _truth(queries: Floats, vectors: Floats, k: int) -> Floats:
    """Return the distances of the true neighbours; of queries that need fewer, infinity after."""
    few = min(NEIGHBOURS[1], k)
    truth = np.full((len(queries), k), np.inf, dtype=np.float32)
    truth[:, :few] = nearest(queries, vectors, few, "l2")[0]
    some = slice(None, None, _EACH_NTH[NEIGHBOURS[-1]])
    truth[some] = nearest(np.ascontiguousarray(queries[some]), vectors, k, "l2")[0]
    return truth


def _queries(vectors: Floats) -> Floats:
    """Return the queries to measure with: first vectors, then as many means of random ones."""
    random = np.random.default_rng(_SEED + 1)
    half = _QUERIES // 2
    single = vectors[random.integers(0, len(vectors), half)]
    mixed = vectors[random.integers(0, len(vectors), (half, _MIXED))].mean(axis=1)
    return np.ascontiguousarray(np.concatenate([single, mixed]), dtype=np.float32)


def recall_of(found: Floats, truth: Floats) -> float:
    """Return the recall of what was found against what exact search finds.

    One that is as near as the last of the exact ones is as good: where many vectors are the same,
    which of them come is chance. (Aumüller, Bernhardsson, Faithfull, "ANN-Benchmarks", Information
    Systems 87, 2020.)

    Parameters
    ----------
    found, truth
        Shape (q, k): the distances found, and the true ones, rising.
    """
    return float(np.mean(found <= truth[:, -1:] * (1.0 + _ALIKE) + _ALIKE))


def _worst(found: Floats, truth: Floats) -> float:
    half = len(truth) // 2
    return min(recall_of(found[:half], truth[:half]), recall_of(found[half:], truth[half:]))


def _search(index: IvfIndex, tuning: Tuning, queries: Floats, k: int, lists: int) -> Floats:
    index.retune(tuning)
    return index.probe(queries, k, lists)[0]


def _depth(index: IvfIndex, queries: Floats, truth: Floats) -> float:
    """Return the least depth at which the codes alone lose almost nothing."""
    some = slice(0, None, 8)
    k = min(NEIGHBOURS[0], truth.shape[1])
    for depth in _DEPTHS[:-1]:
        all_lists = Tuning((), depth, 1.0)
        found = _search(index, all_lists, queries[some], k, index.lists)
        if recall_of(found, truth[some, :k]) >= 0.998:
            return depth
    return _DEPTHS[-1]


def _probes(
    index: IvfIndex, queries: Floats, truth: Floats, depth: float
) -> tuple[tuple[tuple[int, int], ...], dict[int, float]]:
    """Return for each number of neighbours how many lists give the recall, and which it is.

    A number for which half the lists would not do is left out, with all above it.
    """
    chosen: list[tuple[int, int]] = []
    recalls: dict[int, float] = {}
    steps = _steps(index.lists // 2)
    for k in NEIGHBOURS:
        if k > truth.shape[1] or not steps:
            break

        some = slice(None, None, _EACH_NTH[k])
        measured: dict[int, float] = {}

        def recall_of_step(
            lists: int, k: int = k, some: slice = some, measured: dict[int, float] = measured
        ) -> float:
            found = _search(index, Tuning((), depth, 1.0), queries[some], k, lists)
            measured[lists] = _worst(found, truth[some, :k])
            return measured[lists]

        # Recall rises with the lists, so the first step that gives it is found by halving.
        at = bisect_left(steps, RECALL, key=recall_of_step)
        if at == len(steps):
            break
        chosen.append((k, steps[at]))
        recalls[k] = round(measured[steps[at]], 4)
        steps = steps[at:]
    return tuple(chosen), recalls


def _steps(most: int) -> list[int]:
    """Return numbers of lists to try, each a quarter more than the last, up to the most."""
    steps = [1]
    while steps[-1] < most:
        steps.append(min(most, max(steps[-1] + 1, int(steps[-1] * _GROWTH))))
    return steps if most else []


def _widening(
    index: IvfIndex, tuning: Tuning, vectors: Floats, queries: Floats
) -> tuple[float, float | None]:
    """Return the least widening that keeps the recall under filters, and that recall."""
    if not tuning.probes:
        return _WIDENINGS[0], None
    k, lists = tuning.probes[0]
    some = np.ascontiguousarray(queries[::4])
    cases = [
        (passing, search_exactly(some, vectors, k, "l2", passing)[0])
        for passing in _filters(vectors)
        if np.count_nonzero(passing) >= k
    ]
    if not cases:
        return _WIDENINGS[-1], None
    recall = 0.0
    for widen in _WIDENINGS:
        index.retune(replace(tuning, widen=widen))
        found = [index.probe(some, k, lists, passing)[0] for passing, _ in cases]
        recall = min(_worst(f, truth) for f, (_, truth) in zip(found, cases, strict=True))
        if recall >= RECALL:
            break
    return widen, round(recall, 4)


def _filters(vectors: Floats) -> Sequence[Allowed]:
    random = np.random.default_rng(_SEED + 2)
    filters: list[Allowed] = []
    for share in FILTER_SHARES:
        filters.append(random.random(len(vectors)) < share)
        along = vectors @ random.standard_normal(vectors.shape[1]).astype(np.float32)
        filters.append(along <= np.quantile(along, share))
    return filters
