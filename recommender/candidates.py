"""From seeds to candidates: near the centre of a taste, near one of its seeds, or by its artist.

Candidates are the neighbours of a taste's centre *and* of each of its seeds: the centre alone
drifts to bland tracks between the seeds, the seeds alone forget that they were picked together.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from recommender.index import Index, Metric

MAX_REPRESENTATIVES = 16
"""Up to so many seeds ask for themselves; more are represented by as many group centres."""

_ROUNDS = 8
_AT_ONCE = 32
"""Queries searched together, so that many seeds do not take much memory."""

Floats = np.ndarray[Any, np.dtype[np.float32]]
Positions = np.ndarray[Any, np.dtype[np.int64]]
Mask = np.ndarray[Any, np.dtype[np.bool_]]


def representatives(seeds: Floats) -> Floats:
    """Return the seeds themselves, or the centres of `MAX_REPRESENTATIVES` groups of them.

    The groups are those of Lloyd's k-means (1982), started from seeds evenly spaced along the
    direction in which the seeds spread most, so the same seeds always give the same groups.

    Parameters
    ----------
    seeds
        Shape (s, d).

    Returns
    -------
    ndarray
        Shape (min(s, 16), d).
    """
    if len(seeds) <= MAX_REPRESENTATIVES:
        return seeds
    centred = seeds - seeds.mean(axis=0)
    _, axes = np.linalg.eigh(centred.T.astype(np.float64) @ centred)
    along = np.argsort(centred @ axes[:, -1], kind="stable")
    spaced = np.linspace(0, len(seeds) - 1, MAX_REPRESENTATIVES).round().astype(int)
    centres: Floats = seeds[along[spaced]].astype(np.float32)
    for _ in range(_ROUNDS):
        nearest = distances(seeds, centres).argmin(axis=1)
        for group in range(len(centres)):
            members = seeds[nearest == group]
            if len(members):
                centres[group] = members.mean(axis=0)
    return centres


def distances(
    left: Floats, right: Floats, metric: Metric = "l2", squares: Floats | None = None
) -> Floats:
    """Return distances of all pairs, shape (len(left), len(right)).

    Parameters
    ----------
    left, right
        Shape (n, d) and (m, d).
    metric
        "l2" for Euclidean, "l1" for Manhattan: what the index measures.
    squares
        Shape (n,): the squared lengths of `left`, where they are known already.
    """
    if metric == "l1":
        columns = [np.abs(left - point).sum(axis=1) for point in right]
        return np.stack(columns, axis=1) if columns else np.zeros((len(left), 0), np.float32)
    if squares is None:
        squares = squared_lengths(left)
    apart = squares[:, None] + squared_lengths(right)[None, :] - 2.0 * (left @ right.T)
    result: Floats = np.sqrt(np.maximum(apart, 0.0))
    return result


def squared_lengths(vectors: Floats) -> Floats:
    """Return each vector's squared length, shape (n,)."""
    result: Floats = (vectors * vectors).sum(axis=1)
    return result


def gather(
    index: Index,
    queries: Floats,
    k: int,
    allowed: Mask | None = None,
    anyway: Sequence[Positions] = (),
) -> Positions:
    """Return the neighbours of all queries together, rising, each once.

    Parameters
    ----------
    index
        What to search.
    queries
        Shape (q, d).
    k
        Neighbours asked of each query.
    allowed
        Shape (capacity,): what may come; all when None.
    anyway
        Positions that are candidates however far they are, where allowed.
    """
    found = []
    for start in range(0, len(queries), _AT_ONCE):
        _, near = index.search(np.ascontiguousarray(queries[start : start + _AT_ONCE]), k, allowed)
        found.append(near[near >= 0])
    for positions in anyway:
        found.append(positions if allowed is None else positions[allowed[positions]])
    if not found:
        return np.zeros(0, dtype=np.int64)
    every = np.concatenate(found)
    every.sort()
    new = np.ones(len(every), dtype=bool)
    np.not_equal(every[1:], every[:-1], out=new[1:])
    return every[new]
