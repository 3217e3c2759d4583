"""One tempo for tracks that follow each other beat upon beat.

A fragment is stretched as a whole, at one rate: nothing bends while it sounds. So all fragments of
a run of beat-matched transitions share one tempo, and the run goes on only while, at each of its
transitions, the two sides together stay within what may be stretched.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from highlighter.trailer.transitions.kinds import MOST_STRETCH

UNHEARD = 0.0005
"""Change of tempo that is not worth a stretch: 2 ms in 4 seconds."""

_BOUND = math.log1p(MOST_STRETCH) * 0.998  # of both sides together; logarithms are a little smaller


@dataclass(frozen=True, slots=True)
class Tempi:
    """How fast each fragment is played.

    Parameters
    ----------
    rates
        One per fragment: seconds of the file per second of the trailer.
    matched
        One per transition: whether both sides have the same beat.
    """

    rates: tuple[float, ...]
    matched: tuple[bool, ...]


def common_tempi(periods: Sequence[float | None], wanted: Sequence[bool]) -> Tempi:
    """Return rates that make as many of the wanted transitions beat-matched as can be.

    Of the ways to do so, one with the least stretch in all.

    Parameters
    ----------
    periods
        Seconds from beat to beat, one per fragment; None where there is no sure beat.
    wanted
        One per transition: whether it may be beat-matched.
    """
    count = len(periods)
    best: list[tuple[int, float]] = [(0, 0.0)]  # runs, stretch, of the first n fragments
    came_from: list[int] = [0]
    chosen: list[_Run] = []
    for end in range(1, count + 1):
        options = []
        run: _Run | None = None
        for start in range(end - 1, -1, -1):
            run = _grown(run, start, periods, wanted)
            if run is None:
                break
            runs, stretch = best[start]
            options.append((runs + 1, stretch + run.stretch, start, run))
        runs, stretch, start, run = min(options, key=lambda one: (one[0], round(one[1], 9), one[2]))
        best.append((runs, stretch))
        came_from.append(start)
        chosen.append(run)
    rates: list[float] = []
    matched: list[bool] = []
    end = count
    while end > 0:
        start, run = came_from[end], chosen[end - 1]
        rates[:0] = run.rates()
        matched[:0] = ([False] if start else []) + [True] * (end - start - 1)
        end = start
    return Tempi(tuple(rates), tuple(matched))


@dataclass(frozen=True, slots=True)
class _Run:
    places: tuple[float, ...]  # logarithms of the periods, octaves folded away from the last on
    low: float  # bounds of the common one
    high: float

    @property
    def common(self) -> float:
        ordered = sorted(self.places)
        half = len(ordered) // 2
        middle = ordered[half]
        if len(ordered) % 2 == 0:
            middle = 0.5 * (middle + ordered[half - 1])
        return min(max(middle, self.low), self.high)

    @property
    def stretch(self) -> float:
        common = self.common
        return sum(abs(place - common) for place in self.places)

    def rates(self) -> list[float]:
        if len(self.places) == 1:
            return [1.0]
        found = [math.exp(place - self.common) for place in self.places]
        return [1.0 if abs(rate - 1.0) < UNHEARD else rate for rate in found]


def _grown(
    run: _Run | None, start: int, periods: Sequence[float | None], wanted: Sequence[bool]
) -> _Run | None:
    """Return `run` with fragment `start` before it; None where that cannot be."""
    period = periods[start]
    if run is None:
        return _Run((0.0 if period is None else math.log(period),), -math.inf, math.inf)
    if period is None or not wanted[start] or periods[start + 1] is None:
        return None
    next_place = run.places[0]
    place = math.log(period)
    place -= round((place - next_place) / math.log(2.0)) * math.log(2.0)
    middle, room = 0.5 * (place + next_place), 0.5 * _BOUND
    low, high = max(run.low, middle - room), min(run.high, middle + room)
    if abs(place - next_place) > _BOUND or low > high:
        return None
    return _Run((place, *run.places), low, high)
