"""From seeds to ranked candidates: one question asked of all seeds together.

Several seeds are one request, so they give one ranking. Candidates are the neighbours of the seeds'
centre *and* of each seed; each candidate's distance is a blend of its distance to the centre (it
suits the whole basket) and to the nearest seed (it really is like something in it). The centre
alone drifts to bland tracks between two tastes; the seeds alone forget that they were picked
together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from recommender.index import Index

MAX_REPRESENTATIVES = 16
"""Up to so many seeds ask for themselves; more are represented by as many group centres."""

CENTRE_WEIGHT = 0.5
"""Share of the distance to the centre in the blend; measured in docs/recommender.md."""

_ROUNDS = 8

Floats = np.ndarray[Any, np.dtype[np.float32]]
Positions = np.ndarray[Any, np.dtype[np.int64]]


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


def distances(left: Floats, right: Floats) -> Floats:
    """Return Euclidean distances, shape (len(left), len(right))."""
    squares = (
        (left * left).sum(axis=1)[:, None]
        + (right * right).sum(axis=1)[None, :]
        - 2.0 * (left @ right.T)
    )
    result: Floats = np.sqrt(np.maximum(squares, 0.0))
    return result


@dataclass(frozen=True)
class Favoured:
    """Tracks that are candidates in any case, and by how much nearer they count.

    Attributes
    ----------
    positions
        Shape (f,), rising, each once.
    nearer
        Shape (f,), taken off the blended distance.
    """

    positions: Positions
    nearer: Floats


def rank(
    index: Index,
    vectors: Floats,
    seeds: Floats,
    k: int,
    centre_weight: float = CENTRE_WEIGHT,
    favoured: Favoured | None = None,
) -> tuple[Positions, Floats]:
    """Return candidates for a set of seeds, nearest first.

    Parameters
    ----------
    index
        Searches `vectors`.
    vectors
        Shape (n, d).
    seeds
        Shape (s, d), the seeds' vectors.
    k
        Neighbours asked of the centre and of each representative.
    centre_weight
        0 counts only the nearest seed, 1 only the centre.
    favoured
        Tracks by the seeds' artists, for instance.

    Returns
    -------
    positions, distances
        Shape (m,), each candidate once; the seeds themselves are among them. Distances of favoured
        tracks may be below zero.
    """
    centre = seeds.mean(axis=0, keepdims=True)
    asked = representatives(seeds)
    # One seed is its own centre.
    queries = asked if len(seeds) == 1 else np.concatenate([centre, asked])
    _, near = index.search(queries, k)
    positions = np.unique(near[near >= 0])
    if favoured is not None:
        positions = np.union1d(positions, favoured.positions)
    found = np.ascontiguousarray(vectors[positions])
    to_centre = distances(found, centre)[:, 0]
    to_nearest = distances(found, asked).min(axis=1)
    blend = centre_weight * to_centre + (1.0 - centre_weight) * to_nearest
    if favoured is not None:
        blend[np.searchsorted(positions, favoured.positions)] -= favoured.nearer
    order = np.lexsort((positions, blend))
    return positions[order], blend[order]
