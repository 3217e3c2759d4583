"""What is heard when, from numbers about tracks alone: order, transitions, cuts. Pure: no sound."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np

from highlighter.trailer.cuts import REACH
from highlighter.trailer.material import Material
from highlighter.trailer.model import Order
from highlighter.trailer.objective import step_cost
from highlighter.trailer.order import cheapest_path
from highlighter.trailer.placing import Placer
from highlighter.trailer.sides import Side, side_of
from highlighter.trailer.timeline import Fragment, Join, Plan
from highlighter.trailer.transitions.kinds import verdict
from highlighter.trailer.transitions.lengths import LONGEST_MATCH

__all__ = [
    "LONGEST",
    "SHORTEST",
    "Fragment",
    "Join",
    "Plan",
    "excerpt_reach",
    "make_plan",
    "shares",
]

SHORTEST, LONGEST = 2.0, 60.0
"""Seconds per track that can be asked for."""

_MOST_CORRECTIONS = 8
_EXACT = 0.01  # seconds by which the whole may miss the length asked for


def excerpt_reach(seconds: float) -> float:
    """Return the seconds around a highlight's cut that a plan can come to use."""
    return min(0.5 * LONGEST_MATCH, max(1.5, 0.25 * seconds)) + REACH


def make_plan(
    tracks: Sequence[Material],
    *,
    seconds: float,
    order: Order = "keep",
    total_seconds: float | None = None,
    mixing: bool = True,
    can_stretch: bool = True,
) -> Plan:
    """Return what is heard when.

    Parameters
    ----------
    tracks
        At least one.
    seconds
        From one chapter to the next, `SHORTEST` to `LONGEST`; less where a track has less.
    order
        ``"keep"`` the given one, or ``"flow"``: the one whose steps cost least
        (`highlighter.trailer.objective`).
    total_seconds
        Length of the whole; `seconds` is not looked at then. Shorter where there is not as much.
    mixing
        Whether tracks may sound together.
    can_stretch
        Whether the tempo of a track can be changed.

    Returns
    -------
    The same plan for the same arguments, always.
    """
    sides = [side_of(track) for track in tracks]
    usual = seconds if total_seconds is None else total_seconds / len(sides)
    sequence = _sequence(sides, order, usual)
    ordered = [sides[index] for index in sequence]
    verdicts = [
        verdict(before, after, mixing=mixing, can_stretch=can_stretch)
        for before, after in pairwise(ordered)
    ]
    spans = [side.material.span for side in ordered]

    def planned(lengths: Sequence[float], exact: bool) -> Plan:
        return Placer(ordered, sequence, verdicts, tuple(lengths), exact).plan()

    if total_seconds is None:
        return planned([min(seconds, span) for span in spans], exact=False)
    return _of_length(planned, spans, total_seconds)


def shares(spans: Sequence[float], total: float) -> tuple[float, ...]:
    """Return lengths that sum to `total`, all alike but where a span is shorter than that.

    Where the spans together are shorter than `total`, the spans.
    """
    left, lengths = total, list(spans)
    shortest_first = sorted(range(len(spans)), key=lambda place: (spans[place], place))
    for done, place in enumerate(shortest_first):
        lengths[place] = max(0.0, min(spans[place], left / (len(spans) - done)))
        left -= lengths[place]
    return tuple(lengths)


def _of_length(
    planned: Callable[[Sequence[float], bool], Plan], spans: Sequence[float], total: float
) -> Plan:
    """Return a plan that lasts `total` seconds, or as long as there is material for."""
    asked = total
    best: Plan | None = None
    for _ in range(_MOST_CORRECTIONS):
        lengths = shares([min(span, LONGEST) for span in spans], asked)
        plan = planned(lengths, True)
        if best is None or abs(plan.duration - total) < abs(best.duration - total):
            best = plan
        missing = total - plan.duration
        if abs(missing) <= _EXACT or (missing > 0.0 and asked > sum(lengths) + _EXACT):
            break
        asked += missing
    assert best is not None  # noqa: S101 - the loop runs at least once
    return best


def _sequence(sides: Sequence[Side], order: Order, seconds: float) -> tuple[int, ...]:
    if order == "keep" or len(sides) < 3:
        return tuple(range(len(sides)))
    characters = [side.character(seconds) for side in sides]
    costs = np.array([[step_cost(one, other) for other in characters] for one in characters])
    np.fill_diagonal(costs, 0.0)
    return cheapest_path(costs)
