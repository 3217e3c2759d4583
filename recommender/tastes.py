"""How many tastes a basket holds: seeds that are clearly apart stay apart.

Techno and piano sonatas in one basket mean both, and nothing between them. So seeds are grouped by
average-linkage clustering (Sokal and Michener 1958) in the space, and groups are tastes of their
own where they lie nearly as far from one another as two random tracks do. Each taste ranks for
itself, and has the share of the list that it has of the seeds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from recommender.candidates import distances
from recommender.index import Metric

APART = 0.9
"""Groups so many median distances apart on average are two tastes; measured in
docs/recommender.md."""

MOST_TASTES = 8
MAX_GROUPED = 200
"""Of more seeds than this only so many, evenly taken, say where the tastes lie."""

Floats = np.ndarray[Any, np.dtype[np.float32]]
Members = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True)
class Taste:
    """Seeds that belong together.

    Attributes
    ----------
    members
        Which of the seeds, rising.
    share
        Their share of all seeds, above 0 to 1.
    """

    members: Members
    share: float


def tastes_of(
    seeds: Floats, median: float, *, apart: float = APART, metric: Metric = "l2"
) -> tuple[Taste, ...]:
    """Return the tastes in a basket, the one with the first seed first.

    Parameters
    ----------
    seeds
        Shape (s, d), s at least 1.
    median
        Distance of two random tracks.
    apart
        In median distances; infinity puts all seeds into one taste.
    metric
        How distance is measured.

    Returns
    -------
    tuple
        At most `MOST_TASTES`; every seed is in exactly one.
    """
    count = len(seeds)
    if count == 1 or not np.isfinite(apart):
        return (Taste(np.arange(count), 1.0),)
    sample = np.unique(np.linspace(0, count - 1, min(count, MAX_GROUPED)).round().astype(int))
    groups = _linked(distances(seeds[sample], seeds[sample], metric), apart * median)
    if len(groups) == 1:
        return (Taste(np.arange(count), 1.0),)
    if len(sample) < count:
        centres = np.stack([seeds[sample[group]].mean(axis=0) for group in groups])
        nearest = distances(seeds, centres, metric).argmin(axis=1)
        groups = [np.flatnonzero(nearest == one) for one in range(len(centres))]
    found = [Taste(group, len(group) / count) for group in groups if len(group)]
    return tuple(sorted(found, key=lambda taste: int(taste.members[0])))


def _linked(apart: Floats, limit: float) -> list[Members]:
    """Merge the two groups with the least average distance until it exceeds the limit."""
    groups = [np.array([one]) for one in range(len(apart))]
    between = apart.astype(np.float64)
    np.fill_diagonal(between, np.inf)
    while len(groups) > 1:
        left, right = divmod(int(between.argmin()), len(groups))
        if between[left, right] > limit and len(groups) <= MOST_TASTES:
            break
        left, right = min(left, right), max(left, right)
        sizes = len(groups[left]), len(groups[right])
        joined = (sizes[0] * between[left] + sizes[1] * between[right]) / sum(sizes)
        between[left], between[:, left] = joined, joined
        between[left, left] = np.inf
        between = np.delete(np.delete(between, right, axis=0), right, axis=1)
        groups[left] = np.sort(np.concatenate([groups[left], groups.pop(right)]))
    return groups
