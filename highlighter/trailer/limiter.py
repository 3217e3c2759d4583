"""A look-ahead limiter for a stream of blocks, on true peaks.

The reduction that each sample needs, in dB, is held over the look-ahead, released exponentially and
then smoothed over the look-ahead twice. An average of values that each suffice suffices itself, so
the gain is down in full when a peak arrives, having moved without a step. The release's recursion
r[n] = max(h[n], a·r[n−1]) is a running maximum of h[n]·a⁻ⁿ, so nothing loops over samples.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from highlighter.loudness import peak_envelope

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]

_LOOK_AHEAD = 0.004  # seconds, in two smoothings of half that
_RELEASE = 0.050  # seconds until a reduction of 10 dB has shrunk to 3.7 dB
_CONTEXT = 32  # samples that the peak interpolation sees on each side, at least
_MOST_AT_ONCE = 1 << 16


class Limiter:
    """Holds a stereo stream under a true-peak ceiling.

    What goes in comes out later but unshifted: as many samples leave in all as went in, `flush`
    gives the last.

    Parameters
    ----------
    sample_rate
        Hz.
    ceiling
        dBTP, below 0.
    channels
        All are turned down alike.
    """

    def __init__(self, sample_rate: int, ceiling: float, channels: int = 2) -> None:
        self._rate = sample_rate
        self._ceiling = ceiling
        half = max(2, round(_LOOK_AHEAD * sample_rate / 2.0))
        self._half = half
        self._ahead = 2 * half + _CONTEXT  # samples that must be known beyond those let out
        self._decay = float(np.exp(-1.0 / (_RELEASE * sample_rate)))
        # The gain must be down already where the first sample peaks: silence goes before it.
        self._silence = 2 * half
        self._buffer: Float32 = np.zeros((_CONTEXT + self._silence, channels), dtype=np.float32)
        self._released = 0.0
        self._history: Float64 = np.zeros(2 * half)
        self.limited = 0
        """Samples so far that were turned down by more than 0.1 dB."""
        self.passed = 0
        """Samples that have left so far."""
        self.highest = 0.0
        """Largest true peak that came in so far, full scale at 1."""

    def push(self, block: Float32) -> Float32:
        """Take the next (n, channels), return those that are now decided, (m, channels)."""
        self._buffer = np.concatenate([self._buffer, block])
        ready = self._buffer.shape[0] - _CONTEXT - self._ahead
        return self._let_out(ready) if ready > 0 else block[:0]

    def flush(self) -> Float32:
        """Return what is still inside, (m, channels); nothing may be pushed afterwards."""
        rest = self._buffer.shape[0] - _CONTEXT
        self._buffer = np.pad(self._buffer, ((0, self._ahead), (0, 0)))
        return self._let_out(rest)

    def _let_out(self, count: int) -> Float32:
        parts = []
        for start in range(0, count, _MOST_AT_ONCE):
            take = min(_MOST_AT_ONCE, count - start)
            window = self._buffer[start : start + _CONTEXT + take + self._ahead]
            parts.append(self._limit(window, take))
        self._buffer = self._buffer[count:].copy()
        let_out = np.concatenate(parts) if parts else self._buffer[:0]
        dropped = min(self._silence, count)
        self._silence -= dropped
        self.passed += count - dropped
        return let_out[dropped:]

    def _limit(self, window: Float32, count: int) -> Float32:
        """Return the `count` samples after the context at the start of `window`, turned down."""
        reach = 2 * self._half
        envelope = peak_envelope(window, self._rate)[_CONTEXT : _CONTEXT + count + reach]
        self.highest = max(self.highest, float(envelope.max()))
        needed = 20.0 * np.log10(np.maximum(envelope.astype(np.float64), 1e-9)) - self._ceiling
        np.maximum(needed, 0.0, out=needed)
        own = window[_CONTEXT : _CONTEXT + count]
        if not needed.any() and self._released < 1e-6 and not self._history.any():
            self._released = 0.0
            return own
        held = sliding_maximum(needed, reach)[:count]
        released = self._release(held)
        reduction = np.concatenate([self._history, released])
        self._history = reduction[-reach:].copy()
        for _ in range(2):
            reduction = _average(reduction, self._half)
        reduction = reduction[-count:]
        self.limited += int(np.count_nonzero(reduction > 0.1))
        gain = np.power(10.0, reduction / -20.0).astype(np.float32)
        return own * gain[:, None]

    def _release(self, held: Float64) -> Float64:
        steps = np.arange(1, held.size + 1)
        growth = self._decay ** (-steps.astype(np.float64))
        top = np.maximum.accumulate(np.concatenate([[self._released], held * growth]))[1:]
        released = top / growth
        released[released < 1e-6] = 0.0
        self._released = float(released[-1])
        return np.asarray(released, dtype=np.float64)


def sliding_maximum(values: Float64, width: int) -> Float64:
    """Return max(values[n : n + width]) for every n, (n,); the end is padded with zeros.

    M. van Herk, *A fast algorithm for local minimum and maximum filters*, 1992: two running maxima
    per stretch of `width`, whatever the width.
    """
    count = values.size
    padded = np.zeros((-(-count // width) + 1) * width)
    padded[:count] = values
    rows = padded.reshape(-1, width)
    from_left = np.maximum.accumulate(rows, axis=1).ravel()
    from_right = np.maximum.accumulate(rows[:, ::-1], axis=1)[:, ::-1].ravel()
    return np.maximum(from_right[:count], from_left[width - 1 : width - 1 + count])


def _average(values: Float64, width: int) -> Float64:
    """Return the mean of each `width` neighbours, (n − width + 1,)."""
    total = np.concatenate([[0.0], np.cumsum(values)])
    mean = (total[width:] - total[:-width]) / width
    return np.asarray(np.maximum(mean, 0.0), dtype=np.float64)
