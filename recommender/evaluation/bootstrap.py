"""Intervals by resampling playlists: what another draw of listeners could have shown.

Efron, "Bootstrap methods: another look at the jackknife", 1979; percentile intervals. A playlist
with several draws of seeds is one unit: its draws are averaged before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

RESAMPLES = 2_000
LEVEL = 0.95

Doubles = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class Interval:
    """A mean (or a ratio of means) with the bounds of its 95 % interval."""

    value: float
    low: float
    high: float


def mean_interval(values: Doubles, seed: int = 0) -> Interval:
    """Return the mean of one value per playlist; NaN values are left out."""
    known = values[~np.isnan(values)]
    if len(known) == 0:
        return Interval(float("nan"), float("nan"), float("nan"))
    means = _resample(len(known), seed) @ known
    return _interval(float(known.mean()), means)


def ratio_interval(ours: Doubles, theirs: Doubles, seed: int = 0) -> Interval:
    """Return mean(ours) / mean(theirs), both measured on the same playlists.

    Raises
    ------
    ValueError
        The two are not of one length.
    """
    if ours.shape != theirs.shape:
        raise ValueError("both must have one value per playlist")
    known = ~np.isnan(ours) & ~np.isnan(theirs)
    ours, theirs = ours[known], theirs[known]
    if len(ours) == 0 or theirs.mean() == 0.0:
        return Interval(float("nan"), float("nan"), float("nan"))
    weights = _resample(len(ours), seed)
    above, below = weights @ ours, weights @ theirs
    ratios = np.divide(above, below, out=np.full_like(above, np.inf), where=below > 0.0)
    return _interval(float(ours.mean() / theirs.mean()), ratios)


def _resample(count: int, seed: int) -> Doubles:
    """Return the weights of the playlists in each resample, shape (2000, count), rows sum to 1."""
    random = np.random.default_rng(seed)
    drawn = random.multinomial(count, np.full(count, 1.0 / count), size=RESAMPLES)
    return drawn / count


def _interval(value: float, values: Doubles) -> Interval:
    tail = (1.0 - LEVEL) / 2.0
    low, high = np.quantile(values, [tail, 1.0 - tail], method="nearest")
    return Interval(value, float(low), float(high))
