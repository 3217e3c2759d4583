"""The order in which tracks flow into each other: a shortest open path over what steps cost.

A step may cost something else backwards. Up to `EXACT_LIMIT` tracks the path is the best there is
(M. Held and R. Karp, *A dynamic programming approach to sequencing problems*, 1962). Beyond, the
best nearest-neighbour paths are improved by 2-opt (G. A. Croes, 1958) and Or-opt moves (I. Or,
1976), with a bound on their number.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Costs = NDArray[np.float64]

EXACT_LIMIT = 12
MOST_STARTS = 64
"""Of the nearest-neighbour search; with more tracks than that, evenly spaced ones are tried."""

_MOST_IMPROVED = 4  # of those paths, the cheapest
_MOST_ROUNDS = 5  # of both kinds of moves


def cheapest_path(costs: Costs) -> tuple[int, ...]:
    """Return the order in which all of `costs` (n, n) are visited most cheaply.

    Of two paths that cost the same, as a path and its reverse do where all steps cost the same
    both ways, the one that starts with the lower index.
    """
    count = costs.shape[0]
    if count < 2:
        return tuple(range(count))
    path = best_path(costs) if count <= EXACT_LIMIT else good_path(costs)
    back = path[::-1]
    cost, cost_back = path_cost(costs, path), path_cost(costs, back)
    if abs(cost - cost_back) <= 1e-9:
        return min(path, back)
    return path if cost < cost_back else back


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

    Each move is the best of all; at most ten per node are made. The result never costs more, steps
    that cost something else backwards included.
    """
    order = np.array(path)
    count = order.size
    first, last = np.triu_indices(count, k=1)
    for _ in range(10 * count):
        # Reversing order[first..last] changes the two edges at its ends, and turns those between.
        walled = np.zeros((count + 2, count + 2))
        walled[1:-1, 1:-1] = costs[np.ix_(order, order)]
        forth = np.concatenate([[0.0], np.cumsum(np.diagonal(walled, 1)[1:-1])])
        back = np.concatenate([[0.0], np.cumsum(np.diagonal(walled, -1)[1:-1])])
        before = walled[first, first + 1] + walled[last + 1, last + 2]
        before += forth[last] - forth[first]
        after = walled[first, last + 1] + walled[first + 1, last + 2]
        after += back[last] - back[first]
        gain = before - after
        best = int(gain.argmax())
        if gain[best] <= 1e-9:
            break
        low, high = first[best], last[best] + 1
        order[low:high] = order[low:high][::-1].copy()
    return tuple(int(node) for node in order)


def or_opt(costs: Costs, path: Sequence[int]) -> tuple[int, ...]:
    """Return `path` after moving stretches of one to three to where they fit best (I. Or, 1976).

    At most two moves per node are made. The result never costs more.
    """
    order = list(path)
    for _ in range(2 * len(order)):
        moved = _best_move(costs, order)
        if moved is None:
            break
        order = moved
    return tuple(order)


def _best_move(costs: Costs, order: list[int]) -> list[int] | None:
    """Return `order` with the first stretch moved that gains by it; None where none does."""
    count = len(order)
    walled = np.zeros((count + 1, count + 1))
    walled[:count, :count] = costs
    wall = count  # a node that costs nothing to come from or to go to
    for size in (1, 2, 3):
        for start in range(count - size + 1 if size < count else 0):
            part = order[start : start + size]
            rest = order[:start] + order[start + size :]
            ends = np.array([wall, *rest, wall])
            before = order[start - 1] if start else wall
            after = order[start + size] if start + size < count else wall
            freed = walled[before, part[0]] + walled[part[-1], after] - walled[before, after]
            open_edges = walled[ends[:-1], ends[1:]]
            price = walled[ends[:-1], part[0]] + walled[part[-1], ends[1:]] - open_edges
            place = int(price.argmin())
            if price[place] < freed - 1e-9:
                return rest[:place] + part + rest[place:]
    return None


def good_path(costs: Costs) -> tuple[int, ...]:
    """Return a short open path through all of `costs` (n, n), in time that stays bounded."""
    count = costs.shape[0]
    starts = np.unique(np.linspace(0, count - 1, min(count, MOST_STARTS)).astype(int))
    paths = [nearest_neighbour_path(costs, int(start)) for start in starts]
    paths.sort(key=lambda path: path_cost(costs, path))
    improved = [_improved(costs, path) for path in paths[:_MOST_IMPROVED]]
    return min(improved, key=lambda path: path_cost(costs, path))


def _improved(costs: Costs, path: tuple[int, ...]) -> tuple[int, ...]:
    for _ in range(_MOST_ROUNDS):
        better = or_opt(costs, two_opt(costs, path))
        if path_cost(costs, better) >= path_cost(costs, path) - 1e-9:
            break
        path = better
    return path
