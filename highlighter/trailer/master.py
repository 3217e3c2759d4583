"""Bring a whole mix to its loudness and under its ceiling."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from highlighter.loudness import LoudnessMeter, decibels
from highlighter.trailer.gains import PEAK_CEILING, TARGET_LUFS
from highlighter.trailer.limiter import Limiter

Float32 = NDArray[np.float32]

MOST_MASTER_BOOST = 3.0
"""dB; with the fragments' own, no sound is raised by more than 15 dB."""

HIGHEST_PEAK = -1.0
"""dBTP that a decoded trailer may reach."""

_CLOSE_ENOUGH = 0.1  # LU
_WRITTEN_CLOSE_ENOUGH = 0.3  # LU, measured on the decoded file
_AGAIN_CLOSE_ENOUGH = 0.45  # LU, rather than to have the peaks rise again
_PEAK_MARGIN = 0.1  # dB
_MOST_PASSES = 4


@dataclass(frozen=True, slots=True)
class Mastering:
    """What is done to the sum of all fragments.

    Parameters
    ----------
    gain
        dB, before the limiter.
    ceiling
        dBTP, of the limiter. A lossy encoder adds some tenths of a dB to it.
    target
        LUFS before the encoder. It takes nothing away but from noise up to the highest octave.
    peak
        dBTP that the limited mix reaches with this, once it is settled: at most the ceiling.
    limited
        Share of its samples, 0 to 1, that the limiter then turns down by more than 0.1 dB.
    """

    gain: float = 0.0
    ceiling: float = PEAK_CEILING
    target: float = TARGET_LUFS
    peak: float = math.inf
    limited: float = 0.0


def mastered(
    blocks: Iterable[Float32], sample_rate: int, mastering: Mastering
) -> Iterator[Float32]:
    """Yield (n, 2) `blocks` with the gain and the limiter applied; as many samples as came in."""
    return _limited(blocks, Limiter(sample_rate, mastering.ceiling), mastering.gain)


def _limited(blocks: Iterable[Float32], limiter: Limiter, gain: float) -> Iterator[Float32]:
    factor = np.float32(10.0 ** (gain / 20.0))
    for block in blocks:
        yield limiter.push(block * factor)
    yield limiter.flush()


def settle(mix: Callable[[], Iterable[Float32]], sample_rate: int, start: Mastering) -> Mastering:
    """Return `start` with the gain that brings the limited mix to its target.

    Parameters
    ----------
    mix
        Called once per pass; gives the same blocks each time.
    sample_rate
        Hz, of the mix.
    start
        Where to begin, with the ceiling and the target.

    Returns
    -------
    A gain in steps of 0.01 dB, so that rounding elsewhere cannot change the result; it is bounded
    by `MOST_MASTER_BOOST`, which very quiet or very peaky music may not get by with.
    """
    gain = start.gain
    peak, limited = start.ceiling, 0.0
    for _ in range(_MOST_PASSES):
        meter = LoudnessMeter(sample_rate, 2)
        limiter = Limiter(sample_rate, start.ceiling)
        for block in _limited(mix(), limiter, gain):
            meter.push(block)
        peak = min(start.ceiling, decibels(limiter.highest))
        limited = limiter.limited / max(1, limiter.passed)
        missing = start.target - meter.integrated()
        if not math.isfinite(missing) or abs(missing) <= _CLOSE_ENOUGH:
            break
        next_gain = round(min(gain + missing, MOST_MASTER_BOOST), 2)
        if next_gain == gain:
            break
        gain = next_gain
    return replace(start, gain=gain, peak=peak, limited=limited)


def corrected(done: Mastering, lufs: float, true_peak: float, *, again: bool) -> Mastering:
    """Return what to try instead of `done`, which the encoder made `lufs` and `true_peak` of.

    The same as `done` where both are as they should be. Where a lower ceiling did not help before
    (`again`), because the encoder's highest peak grew out of a lower one, all is turned down a
    little as well.
    """
    target, ceiling = done.target, done.ceiling
    missing = TARGET_LUFS - lufs
    excess = true_peak - HIGHEST_PEAK
    close = _AGAIN_CLOSE_ENOUGH if again else _WRITTEN_CLOSE_ENOUGH
    if excess > 0.0:
        # From where the peaks were: a ceiling they did not reach would change nothing.
        ceiling = min(ceiling, done.peak) - excess - _PEAK_MARGIN
        if again:
            target -= min(excess + _PEAK_MARGIN, close)
    elif close < abs(missing) < math.inf and done.gain < MOST_MASTER_BOOST:
        # A gain at its bound could not follow: quiet music is not tried again in vain.
        target += missing
    return replace(done, target=round(target, 2), ceiling=round(ceiling, 2))
