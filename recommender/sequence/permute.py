"""Better orders of the same tracks: swaps, moves and reversals, all weighed at once.

The neighbourhoods are those of the open travelling-salesman path: 2-opt (G. A. Croes, 1958),
Or-opt with segments of one to three (I. Or, 1976) and the exchange of two, here with costs that
may also depend on the place. Moves stay within a run of places without a kept track.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from recommender.sequence.line import Line
from recommender.sequence.spacing import keeps_rules

EPSILON = 1e-5
"""A gain smaller than this may be rounding."""

_REVERSAL, _SWAP = 0, 1
_KINDS = ((0, False), (0, False), (1, False), (2, False), (2, True), (3, False), (3, True))
"""Tracks of the segment that is moved, and whether it is turned round; the first two move none."""

_WIDER = np.array([max(length - 1, 0) for length, _ in _KINDS])
_CANDIDATES = 280

Costs = np.ndarray[Any, np.dtype[np.float32]]


class _Move(NamedTuple):
    """A rearrangement of the places from `low` to `high`; they sort by what they gain.

    Attributes
    ----------
    gain
        What it changes, below zero.
    low, high
        The first and the last place that may change.
    kind
        Which of `_KINDS`.
    first, second
        The ends of what is turned round or swapped; where a segment begins before and after.
    """

    gain: float
    low: int
    high: int
    kind: int
    first: int
    second: int

    def apply(self, order: list[int]) -> list[int]:
        """Return an order after the move."""
        first, second = self.first, self.second
        if self.kind == _REVERSAL:
            return order[:first] + order[first : second + 1][::-1] + order[second + 1 :]
        if self.kind == _SWAP:
            swapped = list(order)
            swapped[first], swapped[second] = order[second], order[first]
            return swapped
        length, turned = _KINDS[self.kind]
        segment = order[first : first + length]
        rest = order[:first] + order[first + length :]
        return rest[:second] + (segment[::-1] if turned else segment) + rest[second:]


def permute(line: Line, rounds: int, out_of_time: Callable[[], bool]) -> bool:
    """Rearrange a full line while that makes it cheaper; say whether anything changed."""
    if line.terms.same_everywhere and line.steps is None:
        return False
    runs = [(low, high) for low, high in _runs(line) if high - low > 1]
    before = line.order
    # Between the tracks that stand here; the rounds below only change which is where.
    between = None if line.steps is None else line.steps[1:-1].take(before, axis=1)
    unary = None if line.terms.same_everywhere else line.terms.unary.take(before, axis=1)
    several = line.places_of_several()
    first = now = list(range(len(before)))
    for _ in range(rounds):
        if out_of_time():
            break
        better = _round(line, several, runs, now, between, unary)
        if better is None:
            break
        now = better
    if now == first:
        return False
    line.reorder([before[at] for at in now])
    return True


def _round(
    line: Line,
    several: list[list[int]],
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
    several
        Of each artist who stands on several places of the line, these places.
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
    moves: list[_Move] = []
    for low, high in runs:
        inside = None if here is None else here[low:high, low:high]
        moves += _moves(steps[low : high + 2, low : high + 2], inside, low)
    moves.sort()
    touched = 0
    better: list[int] | None = None
    for move in moves:
        width = move.high - move.low
        # A step is shared by two moves when their places touch.
        if touched >> move.low & (1 << width + 3) - 1:
            continue
        tried = move.apply(better if better is not None else now)
        if _keep_rules(tried, several, line):
            better = tried
            touched |= (1 << width + 1) - 1 << move.low + 1
    return better


def _keep_rules(order: list[int], several: list[list[int]], line: Line) -> bool:
    """Say whether the artists who come several times may stand so; see `_round`."""
    if not several:
        return True
    place_of = [0] * len(order)
    for place, came_from in enumerate(order):
        place_of[came_from] = place
    spacing, kept = line.spacing, line.kept
    for places in several:
        stand = [place_of[at] for at in places]
        if len(stand) == 2 and spacing.cap != 1 and not kept:
            if abs(stand[0] - stand[1]) <= spacing.gap:
                return False
        elif not keeps_rules(sorted(stand), spacing, kept):
            return False
    return True


def _moves(steps: Costs, unary: Costs | None, offset: int) -> list[_Move]:
    """Return the best moves that gain within a run.

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
    tables = [_reversals(steps, edges, shift), _swaps(steps, edges, shift)]
    for length, turned in _KINDS[_SWAP + 1 :]:
        if length + 1 < places:
            tables.append(_shifts(steps, edges, shift, length, turned))
    gains = np.concatenate([table.ravel() for table in tables])
    good = np.flatnonzero(gains < -EPSILON)
    if len(good) > _CANDIDATES:
        good = good[np.argpartition(gains[good], _CANDIDATES)[:_CANDIDATES]]
    if not len(good):
        return []
    starts = np.cumsum([0, *(table.size for table in tables[:-1])])
    widths = np.array([table.shape[1] for table in tables])
    kind = np.searchsorted(starts, good, side="right") - 1
    first, second = np.divmod(good - starts[kind], widths[kind])
    first, second = first + offset, second + offset
    high = np.maximum(first, second) + _WIDER[kind]
    columns = (gains[good], np.minimum(first, second), high, kind, first, second)
    return list(map(_Move._make, zip(*(column.tolist() for column in columns), strict=True)))


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
    gains: Costs = np.where(_to_the_right(count), right, left)
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


@lru_cache(maxsize=64)
def _to_the_right(size: int) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Return where the second of two places comes after the first, bool (size, size)."""
    return np.triu(np.ones((size, size), dtype=bool), 1)


def _diagonal(size: int, by: int) -> slice:
    """Return where a square's diagonal above its main one lies in its flat form."""
    return slice(by, (size - by) * size, size + 1)


def _runs(line: Line) -> list[tuple[int, int]]:
    """Return the stretches of places without a kept track, as (first, one after the last)."""
    runs = []
    start = 0
    for place in [*sorted(line.kept), line.places]:
        if place > start:
            runs.append((start, place))
        start = place + 1
    return runs
