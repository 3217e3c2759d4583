"""The order in which tracks flow into each other: a shortest open path over musical distances.

Up to `EXACT_LIMIT` tracks the path is the best there is (M. Held and R. Karp, *A dynamic
programming approach to sequencing problems*, 1962). Beyond, the best nearest-neighbour paths are
improved by 2-opt moves (G. A. Croes, 1958), with a bound on their number.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Costs = NDArray[np.float64]

EXACT_LIMIT = 12
MOST_STARTS = 64
"""Of the nearest-neighbour search; with more tracks than that, evenly spaced ones are tried."""

_UNKNOWN = 0.5
_WORST_TEMPO_GAP = 0.12  # beyond it no listener hears one tempo in the other
_WORST_LOUDNESS_STEP = 9.0  # LU
_KEY_COSTS = (0.0, 0.25, 0.6, 0.8, 1.0)  # by steps on the wheel of fifths, the last for all beyond
_TEMPO_WEIGHT, _KEY_WEIGHT, _LOUDNESS_WEIGHT = 1.0, 0.6, 0.5


@dataclass(frozen=True, slots=True)
class Character:
    """What makes one track sit well beside another; None where it is not known.

    Parameters
    ----------
    tempo
        Beats per minute, > 0.
    key, mode
        Pitch class 0 to 11, and 1 for major or 0 for minor.
    loudness
        LUFS of the part that is played.
    """

    tempo: float | None = None
    key: int | None = None
    mode: int | None = None
    loudness: float | None = None


def tempo_gap(first: float, second: float) -> float:
    """Return how much faster one tempo is than the other, octaves folded away: 0 to 0.414.

    60 and 121 BPM are 0.8 % apart, because every second beat of the one is a beat of the other.
    """
    octaves = abs(math.log2(first / second))
    return float(2.0 ** abs(octaves - round(octaves)) - 1.0)


def key_steps(first: tuple[int, int], second: tuple[int, int]) -> int:
    """Return the steps between two (pitch class, mode) on the Camelot wheel: 0 to 7.

    0 for the same key, 1 for a fifth up or down and for the relative key, one more for each
    further fifth; a change of mode counts one.
    """
    places = [((key + 3 * (1 - mode)) * 7 % 12, mode) for key, mode in (first, second)]
    around = abs(places[0][0] - places[1][0])
    return min(around, 12 - around) + abs(places[0][1] - places[1][1])


def step_cost(first: Character, second: Character) -> float:
    """Return how badly `second` follows `first` (or the reverse), ≥ 0; unknowns cost half."""
    tempo = key = loudness = _UNKNOWN
    if first.tempo and second.tempo:
        tempo = min(1.0, tempo_gap(first.tempo, second.tempo) / _WORST_TEMPO_GAP)
    if (
        first.key is not None
        and first.mode is not None
        and second.key is not None
        and second.mode is not None
    ):
        steps = key_steps((first.key, first.mode), (second.key, second.mode))
        key = _KEY_COSTS[min(steps, len(_KEY_COSTS) - 1)]
    if first.loudness is not None and second.loudness is not None:
        loudness = min(1.0, abs(first.loudness - second.loudness) / _WORST_LOUDNESS_STEP)
    return _TEMPO_WEIGHT * tempo + _KEY_WEIGHT * key + _LOUDNESS_WEIGHT * loudness


def flow_order(tracks: Sequence[Character]) -> tuple[int, ...]:
    """Return the indices of `tracks` in the order that flows best.

    Of a path and its reverse, which cost the same, the one that starts with the lower index.
    """
    if len(tracks) < 3:
        return tuple(range(len(tracks)))
    costs = np.array([[step_cost(a, b) for b in tracks] for a in tracks])
    np.fill_diagonal(costs, 0.0)
    path = best_path(costs) if len(tracks) <= EXACT_LIMIT else good_path(costs)
    return path if path[0] < path[-1] else path[::-1]


def path_cost(costs: Costs, path: Sequence[int]) -> float:
    """Return the sum of `costs` (n, n) along `path`."""
    return float(sum(costs[a, b] for a, b in pairwise(path)))


def best_path(costs: Costs) -> tuple[int, ...]:
    """Return a cheapest open path through all of `costs` (n, n), exactly; time and memory 2ⁿ·n²."""
    count = costs.shape[0]
    if count < 2:
        return tuple(range(count))
    cheapest = np.full((1 << count, count), np.inf)
    came_from = np.full((1 << count, count), -1, dtype=np.int8)
    for node in range(count):
        cheapest[1 << node, node] = 0.0
    bits = 1 << np.arange(count)
    for visited in range(1, 1 << count):
        inside = np.flatnonzero(visited & bits)
        outside = np.flatnonzero(~visited & bits)
        if not outside.size:
            continue
        through = cheapest[visited, inside][:, None] + costs[np.ix_(inside, outside)]
        best = through.argmin(axis=0)
        for column, node in enumerate(outside.tolist()):
            value = through[best[column], column]
            after = visited | (1 << node)
            if value < cheapest[after, node]:
                cheapest[after, node] = value
                came_from[after, node] = inside[best[column]]
    visited = (1 << count) - 1
    node = int(cheapest[visited].argmin())
    path = [node]
    while came_from[visited, node] >= 0:
        visited, node = visited ^ (1 << node), int(came_from[visited, node])
        path.append(node)
    return tuple(path[::-1])


def nearest_neighbour_path(costs: Costs, start: int) -> tuple[int, ...]:
    """Return the path that always goes on to the cheapest unvisited node of `costs` (n, n)."""
    path = [start]
    left = np.ones(costs.shape[0], dtype=bool)
    left[start] = False
    while left.any():
        node = int(np.where(left, costs[path[-1]], np.inf).argmin())
        path.append(node)
        left[node] = False
    return tuple(path)


def two_opt(costs: Costs, path: Sequence[int]) -> tuple[int, ...]:
    """Return `path` after the best reversals of a stretch of it, until none helps.

    Each move is the best of all; at most ten per node are made. The result never costs more.
    """
    order = np.array(path)
    count = order.size
    first, last = np.triu_indices(count, k=1)
    for _ in range(10 * count):
        # Reversing order[first..last] changes only the two edges at its ends.
        walled = np.zeros((count + 2, count + 2))
        walled[1:-1, 1:-1] = costs[np.ix_(order, order)]
        before = walled[first, first + 1] + walled[last + 1, last + 2]
        after = walled[first, last + 1] + walled[first + 1, last + 2]
        gain = before - after
        best = int(gain.argmax())
        if gain[best] <= 1e-12:
            break
        low, high = first[best], last[best] + 1
        order[low:high] = order[low:high][::-1].copy()
    return tuple(int(node) for node in order)


def good_path(costs: Costs) -> tuple[int, ...]:
    """Return a short open path through all of `costs` (n, n), in time that stays bounded."""
    count = costs.shape[0]
    starts = np.unique(np.linspace(0, count - 1, min(count, MOST_STARTS)).astype(int))
    paths = [nearest_neighbour_path(costs, int(start)) for start in starts]
    paths.sort(key=lambda path: path_cost(costs, path))
    improved = [two_opt(costs, path) for path in paths[:4]]
    return min(improved, key=lambda path: path_cost(costs, path))
