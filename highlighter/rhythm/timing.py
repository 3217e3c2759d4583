"""When exactly beats are: from frames of the network to milliseconds.

Beats are first placed at the top of the network's activation, then moved together by what the
steepest rises of level near them say, and last laid on a smooth curve: neighbouring beats tell
more about a beat's time than its own onset does, and a mix is stretched evenly anyway.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from highlighter.analysis.frames import Float32

Float64 = NDArray[np.float64]

FINE_RATE = 441.0
"""Values per second of the fine onset curve."""

_REACH = 0.045
"""Seconds around a beat in which onsets are looked for."""

_NEIGHBOURS = 4
"""Beats on either side that a beat's time is smoothed over."""

_ASIDE = 0.012
"""Seconds from the curve at which a beat counts half."""

_OWN_REACH = 0.02
"""Seconds by which a beat may be moved by its own onset alone."""

_CLEAR = 0.25
"""Steepness, of the steepest, from which a beat's own onset counts."""

_SHORT, _LONG = 4, 12
"""Values before and after a moment whose levels are compared."""


def fine_onsets(samples: Float32, rate: int) -> Float64:
    """Return (m,) how steeply the level rises, `FINE_RATE` values per second, ≥ 0.

    The signal is differentiated first, so that a drum's attack outweighs a bass note that goes on.
    """
    size = round(rate / FINE_RATE)
    count = samples.size // size
    if count < _LONG + _SHORT:
        return np.zeros(count)
    sharp = np.diff(samples, prepend=samples[:1])[: count * size]
    power = np.square(sharp.reshape(count, size).astype(np.float64)).mean(axis=1)
    floor = 1e-4 * float(np.quantile(power, 0.95)) + 1e-12
    summed = np.concatenate([[0.0], np.cumsum(power)])
    index = np.arange(_LONG, count - _SHORT)
    before = (summed[index] - summed[index - _LONG]) / _LONG
    after = (summed[index + _SHORT] - summed[index]) / _SHORT
    curve = np.zeros(count)
    # A rise counts by its ratio and, less, by how loud it becomes.
    ratio = np.log((after + floor) / (before + floor))
    curve[index] = np.maximum(ratio, 0.0) * np.power(after / (after.max() + 1e-12), 0.25)
    return curve


def summit(activation: Float64, frames: NDArray[np.int64], reach: int) -> Float64:
    """Return (b,) frames, in parts, of the top of an activation near each of `frames`."""
    last = activation.size - 1
    around = np.clip(frames[:, None] + np.arange(-reach, reach + 1), 0, last)
    top = around[np.arange(frames.size), activation[around].argmax(axis=1)]
    low, mid, high = (activation[np.clip(top + d, 0, last)] for d in (-2, 0, 2))
    bend = low - 2.0 * mid + high
    shift = np.where(bend < 0.0, (low - high) / np.where(bend < 0.0, bend, 1.0), 0.0)
    return np.asarray(top + np.clip(shift, -1.0, 1.0), dtype=np.float64)


def on_onsets(times: Float64, fine: Float64) -> Float64:
    """Return (b,) seconds: beats moved together to their onsets, then each to its own, smoothed.

    Parameters
    ----------
    times
        (b,) seconds of beats.
    fine
        `fine_onsets` of the same sound.
    """
    together = smoothed(times)
    for _ in range(2):
        late, weight = _lateness(together, fine, _REACH)
        together = together + _weighted_median(late, weight)
    late, weight = _lateness(together, fine, _OWN_REACH)
    clear = weight > _CLEAR * float(weight.max(initial=0.0))
    return smoothed(together + np.where(clear, late, 0.0))


def _lateness(times: Float64, fine: Float64, seconds: float) -> tuple[Float64, Float64]:
    """Return by how much the steepest rise near each beat is later, and how steep it is."""
    reach = round(seconds * FINE_RATE)
    if fine.size < 2 * reach + 1:
        return np.zeros(times.size), np.zeros(times.size)
    places = np.round(times * FINE_RATE).astype(np.int64)
    around = places[:, None] + np.arange(-reach, reach + 1)
    seen = np.where(
        (around >= 0) & (around < fine.size), fine[np.clip(around, 0, fine.size - 1)], 0
    )
    top = seen.argmax(axis=1)
    steep = seen[np.arange(times.size), top]
    late = np.where(steep > 0.0, (places + top - reach) / FINE_RATE - times, 0.0)
    return late, steep


def _weighted_median(values: Float64, weight: Float64) -> float:
    order = np.argsort(values)
    reached = np.cumsum(weight[order])
    if not reached.size or reached[-1] <= 0.0:
        return 0.0
    return float(values[order][np.searchsorted(reached, 0.5 * reached[-1])])


def smoothed(times: Float64) -> Float64:
    """Return (b,) times on a locally straight line, outliers counting little.

    Local regression, W. S. Cleveland, *Robust locally weighted regression*, JASA 74 (1979).
    """
    count = times.size
    if count < 4:
        return times
    number = np.arange(count)
    away = np.arange(-_NEIGHBOURS, _NEIGHBOURS + 1)
    place = number[:, None] + away
    inside = (place >= 0) & (place < count)
    seen = times[np.clip(place, 0, count - 1)]
    near = np.where(inside, (1.0 - np.abs(away / (_NEIGHBOURS + 1.0)) ** 3) ** 3, 0.0)
    curve = times
    weight = near
    for _ in range(3):
        total = weight.sum(axis=1)
        middle = (weight * away).sum(axis=1) / total
        mean = (weight * seen).sum(axis=1) / total
        spread = (weight * (away - middle[:, None]) ** 2).sum(axis=1)
        slope = (weight * (away - middle[:, None]) * seen).sum(axis=1) / np.maximum(spread, 1e-9)
        curve = mean - slope * middle
        residual = (times - curve) / _ASIDE
        robust = 1.0 / (1.0 + residual**2)
        weight = near * robust[np.clip(place, 0, count - 1)]
    return np.asarray(curve, dtype=np.float64)
