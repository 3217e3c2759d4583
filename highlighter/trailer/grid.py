"""Beats as a grid: one period and one anchor, and how far the real beats lie from it.

Tracked beats jitter by a frame or two. A line through all of them (least squares over their
numbers) knows the period some ten times better than any two of them, which is what lets two tracks
run side by side for sixteen beats without drifting apart. Where the beats do not lie on a line,
they are no ground to match anything on.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

FEWEST_BEATS = 8
"""From which a grid is told."""

STEADY = 0.020
"""Seconds, root mean square, that beats may lie off their grid to be matched with others."""

_ODD_STEP = 0.2  # of a period by which a gap may differ from a whole number of them
_BAR_AGREEMENT = 0.75  # of the downbeats that have to agree on one place in the bar
_LONGEST_BAR = 7
_BEYOND = 2.0  # periods that a grid is trusted to go on before its first and after its last beat


@dataclass(frozen=True, slots=True)
class BeatGrid:
    """Beats at ``anchor + n · period``.

    Parameters
    ----------
    period
        Seconds from beat to beat.
    anchor
        Seconds of the file; beat 0.
    deviation
        Seconds, root mean square, between the tracked beats and the grid.
    low, high
        Seconds of the file between which the grid is trusted.
    bar
        Beats to a bar; 0 where that is not known.
    first_downbeat
        Number of a beat, below `bar`, that a bar starts with.
    """

    period: float
    anchor: float
    deviation: float
    low: float
    high: float
    bar: int = 0
    first_downbeat: int = 0

    @property
    def tempo(self) -> float:
        """Beats per minute."""
        return 60.0 / self.period

    @property
    def steady(self) -> bool:
        """Whether the beats lie on the grid closely enough to match them with another's."""
        return self.deviation <= STEADY

    def beats(self, low: float, high: float) -> tuple[float, ...]:
        """Return the grid's beats within [low, high], seconds of the file."""
        return tuple(self.anchor + number * self.period for number in self._numbers(low, high))

    def downbeats(self, low: float, high: float) -> tuple[float, ...]:
        """Return those of `beats` that start a bar; none where bars are not known."""
        if not self.bar:
            return ()
        return tuple(
            self.anchor + number * self.period
            for number in self._numbers(low, high)
            if number % self.bar == self.first_downbeat
        )

    def nearest(self, time: float) -> float:
        """Return the grid's beat nearest to `time`, seconds of the file."""
        return self.anchor + round((time - self.anchor) / self.period) * self.period

    def _numbers(self, low: float, high: float) -> range:
        low, high = max(low, self.low), min(high, self.high)
        first = math.ceil((low - self.anchor) / self.period - 1e-6)
        return range(first, math.floor((high - self.anchor) / self.period + 1e-6) + 1)


def beat_grid(beats: Sequence[float], low: float, high: float) -> BeatGrid | None:
    """Return the grid through the `beats` within [low, high]; None where they make none.

    Parameters
    ----------
    beats
        Seconds of the file, in order. A missed beat is stepped over; one too many makes none.
    low, high
        Seconds of the file.
    """
    near = np.array([beat for beat in beats if low <= beat <= high])
    if near.size < FEWEST_BEATS:
        return None
    gaps = np.diff(near)
    usual = float(np.median(gaps))
    if usual <= 0.0:
        return None
    steps = np.round(gaps / usual)
    if steps.min() < 1.0 or float(np.abs(gaps / usual - steps).max()) > _ODD_STEP:
        return None
    number = np.concatenate([[0.0], np.cumsum(steps)])
    off = number - number.mean()
    period = float((off * near).sum() / (off * off).sum())
    anchor = float(near.mean() - number.mean() * period)
    deviation = float(np.sqrt(np.mean((near - anchor - number * period) ** 2)))
    return BeatGrid(
        period=period,
        anchor=anchor,
        deviation=deviation,
        low=float(near[0]) - _BEYOND * period,
        high=float(near[-1]) + _BEYOND * period,
    )


def with_bars(grid: BeatGrid, downbeats: Sequence[float]) -> BeatGrid:
    """Return `grid` with the bars that `downbeats` tell, or as it is where they do not agree."""
    places = [(time - grid.anchor) / grid.period for time in downbeats]
    numbers = [
        round(place)
        for place, time in zip(places, downbeats, strict=True)
        if grid.low <= time <= grid.high and abs(place - round(place)) < 0.25
    ]
    if len(numbers) < 3:
        return grid
    steps = Counter(after - before for before, after in pairwise(numbers))
    bar, _ = min(steps.most_common(), key=lambda found: (-found[1], found[0]))
    if not 2 <= bar <= _LONGEST_BAR:
        return grid
    phases = Counter(number % bar for number in numbers)
    phase, agreeing = min(phases.most_common(), key=lambda found: (-found[1], found[0]))
    if agreeing < _BAR_AGREEMENT * len(numbers):
        return grid
    return replace(grid, bar=bar, first_downbeat=phase)
