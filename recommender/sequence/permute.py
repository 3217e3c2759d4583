"""Better orders of the same tracks: swaps, moves and reversals, all weighed at once.

The neighbourhoods are those of the open travelling-salesman path: 2-opt (G. A. Croes, 1958),
Or-opt with segments of one to three (I. Or, 1976) and the exchange of two, here with costs that
may also depend on the place. Moves stay within a run of places without a kept track.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from recommender.sequence.line import Line

EPSILON = 1e-5
"""A gain smaller than this may be rounding."""

_SEGMENTS = (1, 2, 3)
_CANDIDATES = 40

Costs = np.ndarray[Any, np.dtype[np.float32]]


@dataclass(frozen=True)
class _Move:
    """A rearrangement of the places from `low` to `high`."""

    gain: float
    low: int
    high: int
    apply: Callable[[list[int]], list[int]]


def permute(line: Line, rounds: int, out_of_time: Callable[[], bool]) -> bool:
    """Rearrange a full line while that makes it cheaper; say whether anything changed."""
    if line.terms.same_everywhere and line.steps is None:
        return False
    runs = _runs(line)
    before = line.order
    # Between the tracks that stand here; the rounds below only change which is where.
    between = None if line.steps is None else line.steps[1:-1].take(before, axis=1)
    unary = None if line.terms.same_everywhere else line.terms.unary.take(before, axis=1)
    now = list(range(len(before)))
    for _ in range(rounds):
        if out_of_time():
            break
        better = _round(line, runs, now, between, unary)
        if better is None:
            break
        now = better
    if now == list(range(len(before))):
        return False
    line.reorder([before[at] for at in now])
    return True


def _round(
    line: Line,
    runs: list[tuple[int, int]],
    now: list[int],
    between: Costs | None,
    unary: Costs | None,
) -> list[int] | None:
    """Return the order after all good moves that do not touch each other, None without any.

    Parameters
    ----------
    line
        As it stood before the first round.
    runs
        Where tracks may be moved.
    now
        Per place, where its track stands in the line.
    between
        (places, places): what the step between two of the line's tracks costs; None for nothing.
    unary
        (places, places): what the track of the second place costs at the first; None if equal.
    """
    size = len(now) + 2
    at = np.array(now, dtype=np.intp)
    steps: Costs = np.zeros((size, size), dtype=np.float32)
    if between is not None:
        steps[1:-1, 1:-1] = between.take(at, axis=0).take(at, axis=1)
    here = None if unary is None else unary.take(at, axis=1)
    moves = [
        move
        for low, high in runs
        if high - low > 1
        for move in _moves(
            steps[low : high + 2, low : high + 2],
            None if here is None else here[low:high, low:high],
            low,
        )
    ]
    moves.sort(key=lambda move: (move.gain, move.low, move.high))
    touched = [False] * size
    better: list[int] | None = None
    for move in moves:
        # A step is shared by two moves when their places touch.
        if any(touched[move.low : move.high + 3]):
            continue
        tried = move.apply(better if better is not None else now)
        if line.may_stand_as([line.order[at] for at in tried]):
            better = tried
            touched[move.low + 1 : move.high + 2] = [True] * (move.high - move.low + 1)
    return better


def _moves(steps: Costs, unary: Costs | None, offset: int) -> Iterator[_Move]:
    """Yield the best moves that gain within a run.

    Parameters
    ----------
    steps
        (places + 2, places + 2): between the run's tracks, bordered by its two neighbours.
    unary
        (places, places): what the track of the second place costs at the first; None if equal.
    offset
        The run's first place.
    """
    places = len(steps) - 2
    edges = steps.diagonal(1)
    shift = None if unary is None else unary - unary.diagonal()[None, :]
    for gains, make in (
        (_reversals(steps, edges, shift), _reverse),
        (_swaps(steps, edges, shift), _swap),
    ):
        for gain, low, high in _best(gains):
            yield _Move(gain, low + offset, high + offset, make(low + offset, high + offset))
    for length in _SEGMENTS:
        if length + 1 >= places:
            break
        for turned in (False, True)[: 1 + (length > 1)]:
            gains = _shifts(steps, edges, shift, length, turned)
            for gain, start, target in _best(gains):
                low, high = min(start, target), max(start, target) + length - 1
                yield _Move(
                    gain,
                    low + offset,
                    high + offset,
                    _shift(start + offset, target + offset, length, turned),
                )


def _best(gains: Costs) -> list[tuple[float, int, int]]:
    """Return the lowest entries below zero with where they stand."""
    flat = gains.ravel()
    good = np.flatnonzero(flat < -EPSILON)
    if len(good) > _CANDIDATES:
        good = good[np.argpartition(flat[good], _CANDIDATES)[:_CANDIDATES]]
    width = gains.shape[1]
    return [(float(flat[at]), int(at) // width, int(at) % width) for at in good]


def _reversals(steps: Costs, edges: Costs, shift: Costs | None) -> Costs:
    """Return what turning round places i to j changes, (places, places), 0 unless i < j."""
    places = len(steps) - 2
    gains: Costs = steps[:-2, 1:-1] + steps[1:-1, 2:]
    gains -= edges[:-1, None]
    gains -= edges[None, 1:]
    if shift is not None:
        # Turning i to j puts i and j in each other's place, and turns what lies between.
        turned = (shift + shift.T).ravel()
        for width in range(3, places):
            turned[_diagonal(places, width)] += turned[_diagonal(places, width - 2)][1:-1]
        gains += turned.reshape(places, places)
    gains *= _above(places, 1)
    return gains


def _swaps(steps: Costs, edges: Costs, shift: Costs | None) -> Costs:
    """Return what exchanging places i and j changes, (places, places), 0 unless i + 1 < j."""
    places = len(steps) - 2
    inner = slice(1, -1)
    gains: Costs = steps[:-2, inner] + steps[2:, inner]
    gains += steps[inner, :-2]
    gains += steps[inner, 2:]
    around = edges[:-1] + edges[1:]
    gains -= around[:, None]
    gains -= around[None, :]
    if shift is not None:
        gains += shift
        gains += shift.T
    gains *= _above(places, 2)
    return gains


def _shifts(steps: Costs, edges: Costs, shift: Costs | None, length: int, turned: bool) -> Costs:
    """Return what moving the segment from i on such that it starts at j changes.

    (places − length + 1, the same), 0 on the diagonal; `turned` also turns the segment round.
    """
    places = len(steps) - 2
    count = places - length + 1
    # In the bordered numbers of `steps` the segment from place i on is i + 1 … i + length.
    out = steps.diagonal(length + 1) - edges[:count] - edges[length : length + count]
    first, last = slice(1, count + 1), slice(length, length + count)
    head, tail = (last, first) if turned else (first, last)
    # To the left it comes between the tracks before and on its new place, to the right after
    # the tracks that moved up.
    left = steps[head, :count] + steps[tail, 1 : count + 1]
    left -= edges[:count]
    right = steps[head, length : length + count] + steps[tail, length + 1 : length + 1 + count]
    right -= edges[length : length + count]
    if shift is not None:
        # What stands between gives way by `length` places.
        up = np.zeros(count, dtype=np.float32)
        down = np.zeros(count, dtype=np.float32)
        np.cumsum(shift.diagonal(length)[: count - 1], out=up[1:])
        np.cumsum(shift.diagonal(-length)[: count - 1], out=down[1:])
        right += up
        right -= up[:, None]
        left -= down
        left += down[:, None]
    gains: Costs = np.where(_above(count, 1) > 0, right, left)
    gains += out[:, None]
    if shift is not None:
        for part in range(length):
            lands = length - 1 - part if turned else part
            # Of `shift` the rows are where a track lands, the columns where it comes from.
            gains += shift[lands : lands + count, part : part + count].T
    gains.ravel()[:: count + 1] = 0.0
    return gains


@lru_cache(maxsize=64)
def _above(size: int, by: int) -> Costs:
    """Return 1 at and above the given diagonal and 0 below it, float32 (size, size)."""
    return np.triu(np.ones((size, size), dtype=np.float32), by)


def _diagonal(size: int, by: int) -> slice:
    """Return where a square's diagonal above its main one lies in its flat form."""
    return slice(by, (size - by) * size, size + 1)


def _reverse(low: int, high: int) -> Callable[[list[int]], list[int]]:
    return lambda order: order[:low] + order[low : high + 1][::-1] + order[high + 1 :]


def _swap(low: int, high: int) -> Callable[[list[int]], list[int]]:
    def apply(order: list[int]) -> list[int]:
        swapped = list(order)
        swapped[low], swapped[high] = order[high], order[low]
        return swapped

    return apply


def _shift(start: int, target: int, length: int, turned: bool) -> Callable[[list[int]], list[int]]:
    def apply(order: list[int]) -> list[int]:
        segment = order[start : start + length]
        rest = order[:start] + order[start + length :]
        return rest[:target] + (segment[::-1] if turned else segment) + rest[target:]

    return apply


def _runs(line: Line) -> list[tuple[int, int]]:
    """Return the stretches of places without a kept track, as (first, one after the last)."""
    runs = []
    start = 0
    for place in [*sorted(line.kept), line.places]:
        if place > start:
            runs.append((start, place))
        start = place + 1
    return runs
