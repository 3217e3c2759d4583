"""Intervals by resampling songs: what another draw of songs could have shown.

Efron, "Bootstrap methods: another look at the jackknife", 1979; percentile intervals. Two rows are
compared on the same songs, so differences are resampled, and what makes a song hard for all of them
falls out (paired bootstrap).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from highlighter.evaluation.metrics import Floats

RESAMPLES = 10_000
LEVEL = 0.95

_TURNS = 10
_FEW = 200
"""Songs up to which the draws are kept: 16 MB."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean with the bounds of its 95 % interval; NaN where there is nothing to resample."""

    value: float
    low: float
    high: float

    @property
    def excludes_zero(self) -> bool:
        """Whether all of the interval lies on one side of 0."""
        return self.low > 0.0 or self.high < 0.0


def mean_interval(values: Floats, seed: int = 0) -> Interval:
    """Return the mean over songs of (n,) values; songs without one (NaN) are left out."""
    known = values[~np.isnan(values)]
    if known.size == 0:
        return Interval(math.nan, math.nan, math.nan)
    if known.size <= _FEW:
        means = _counts(known.size, seed) @ known / known.size
    else:
        rng = np.random.default_rng(seed)
        means = np.concatenate([_drawn(rng, known.size) @ known for _ in range(_TURNS)])
        means /= known.size
    tail = (1.0 - LEVEL) / 2.0
    low, high = np.quantile(means, [tail, 1.0 - tail])
    return Interval(float(known.mean()), float(low), float(high))


def _drawn(rng: np.random.Generator, songs: int) -> Floats:
    """Return how often each song is drawn, (resamples / turns, songs)."""
    drawn = rng.multinomial(songs, np.full(songs, 1.0 / songs), size=RESAMPLES // _TURNS)
    return drawn.astype(np.float64)


@lru_cache(maxsize=4)
def _counts(songs: int, seed: int) -> Floats:
    """Return the draws of all resamples; the same for every row and score of a data set."""
    rng = np.random.default_rng(seed)
    return np.concatenate([_drawn(rng, songs) for _ in range(_TURNS)])


def paired_interval(ours: Floats, theirs: Floats, seed: int = 0) -> Interval:
    """Return the mean of ours less theirs on the same songs, (n,) each; NaN on either is left out.

    Raises
    ------
    ValueError
        The two are not of one length.
    """
    if ours.shape != theirs.shape:
        raise ValueError("both must have one value per song")
    return mean_interval(ours - theirs, seed)
