"""Bring a whole mix to its loudness and under its ceiling."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from highlighter.loudness import LoudnessMeter, decibels
from highlighter.trailer.gains import (
    MOST_MASTER_BOOST,
    PEAK_CEILING,
    TARGET_LUFS,
    mean_loudness,
)
from highlighter.trailer.limiter import Limiter

Float32 = NDArray[np.float32]

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


class Mastered:
    """The gain and the limiter, over a stream of (n, 2) blocks: as many samples leave as came in.

    Parameters
    ----------
    sample_rate
        Hz.
    how
        The gain and the ceiling.
    """

    def __init__(self, sample_rate: int, how: Mastering) -> None:
        self._how = how
        self._factor = np.float32(10.0 ** (how.gain / 20.0))
        self._limiter = Limiter(sample_rate, how.ceiling)

    def push(self, block: Float32) -> Float32:
        """Take the next samples, return those that are now decided."""
        return self._limiter.push(block * self._factor)

    def flush(self) -> Float32:
        """Return what is still inside; nothing may be pushed afterwards."""
        return self._limiter.flush()

    @property
    def done(self) -> Mastering:
        """What was done so far: with the peak that was reached, and the share that was limited."""
        limiter = self._limiter
        return replace(
            self._how,
            peak=min(self._how.ceiling, decibels(limiter.highest)),
            limited=limiter.limited / max(1, limiter.passed),
        )


def mastered(chain: Mastered, blocks: Iterable[Float32]) -> Iterator[Float32]:
    """Yield what `chain` makes of all `blocks`, its rest at the end."""
    for block in blocks:
        yield chain.push(block)
    yield chain.flush()


def expected(fragments: Sequence[tuple[float, float]], start: Mastering) -> Mastering:
    """Return `start` with the gain that a mix will need, told before it is mixed.

    Fragments are levelled one by one, what the limiter takes off them included, so nothing is
    missing but what some of them could not be raised by.

    Parameters
    ----------
    fragments
        Seconds and LUFS of each, after its own gain.
    start
        With the ceiling and the target.
    """
    missing = TARGET_LUFS - mean_loudness(fragments)
    if not math.isfinite(missing):
        return start
    headroom = start.target - TARGET_LUFS
    return replace(start, gain=round(min(missing + headroom, MOST_MASTER_BOOST), 2))


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
    done = start
    for _ in range(_MOST_PASSES):
        meter = LoudnessMeter(sample_rate, 2)
        chain = Mastered(sample_rate, replace(start, gain=gain))
        for block in mastered(chain, mix()):
            meter.push(block)
        done = chain.done
        missing = start.target - meter.integrated()
        if not math.isfinite(missing) or abs(missing) <= _CLOSE_ENOUGH:
            break
        next_gain = round(min(gain + missing, MOST_MASTER_BOOST), 2)
        if next_gain == gain:
            break
        gain = next_gain
    return replace(done, gain=gain)


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
