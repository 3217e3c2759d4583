"""How much of each moment is held tone, and how much is stroke."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from highlighter.analysis.frames import Float32
from highlighter.analysis.running_median import WINDOW, UInt16, medians_of_pairs, running_median

EVERY = 2
"""Of the frames that come, which are separated; they overlap by three quarters."""

_REACH = WINDOW // 2
_AROUND = WINDOW + 1
"""Frames needed around those that are separated; the last is not in their windows."""

_AT_ONCE = 1 << 15
"""Values that a running median is taken of together: all its networks then stay in the cache."""

_FRAMES = 480
"""Frames taken together; each such group hears 32 frames of its neighbours again."""


class SeparationMeter:
    """Splits the power of every second frame into harmonic and percussive.

    D. Fitzgerald, *Harmonic/percussive separation using median filtering*, DAFx 2010, with the soft
    masks of its equation 7, as `librosa.decompose.hpss` does by default: the median over 31 frames
    keeps what is held, that over 31 bins what is broad, and the square of each is its weight in the
    mask that magnitudes are multiplied with. The medians are taken of powers (they are the same
    elements as of magnitudes), in the upper half of their 32 bits, which is ordered as the numbers
    are and within 0.8 % of them. Edges are mirrored.

    Parameters
    ----------
    bins
        Of each frame's spectrum, at least 16.
    """

    def __init__(self, bins: int) -> None:
        self._magnitude = np.zeros((0, bins), dtype=np.float32)
        self._coarse = np.zeros((0, bins), dtype=np.uint16)
        self._begun = False
        self._shares: list[Float32] = []

    def push(self, power: Float32, magnitude: Float32) -> None:
        """Take the next (n, bins) spectra; `power` is the square of `magnitude`."""
        coarse = (power.view(np.uint32) >> 16).astype(np.uint16)
        self._magnitude = np.concatenate([self._magnitude, magnitude])
        self._coarse = np.concatenate([self._coarse, coarse])
        if not self._begun and self._magnitude.shape[0] > _REACH:
            self._mirror(before=_REACH, behind=0)
            self._begun = True
        while self._begun and self._magnitude.shape[0] >= _FRAMES + _AROUND:
            self._separate(_FRAMES)

    def finish(self) -> Float32:
        """Return (m, 2) sums over the bins of harmonic and percussive power."""
        if self._magnitude.shape[0]:
            # A signal of less than 15 frames is mirrored several times.
            self._mirror(before=0 if self._begun else _REACH, behind=_REACH)
            count = self._magnitude.shape[0] - 2 * _REACH
            odd = count % EVERY
            self._mirror(before=0, behind=2 - odd)
            self._separate(count + odd)
        return np.concatenate(self._shares) if self._shares else np.zeros((0, 2), np.float32)

    def _mirror(self, before: int, behind: int) -> None:
        width = ((before, behind), (0, 0))
        self._magnitude = np.pad(self._magnitude, width, mode="symmetric")
        self._coarse = np.pad(self._coarse, width, mode="symmetric")

    def _separate(self, count: int) -> None:
        """Take every second of the `count` frames, an even number, behind the first 15."""
        wanted = slice(_REACH, _REACH + count, EVERY)
        magnitude = self._magnitude[wanted]
        mask = _numbers(_medians_over_time(self._coarse[: count + _AROUND - 2]))
        both = _numbers(_medians_over_bins(self._coarse[wanted]))
        # Where both are silent the mask is one half.
        mask += np.finfo(np.float32).tiny
        both += mask
        both += np.finfo(np.float32).tiny
        mask /= both
        mask *= magnitude
        rest = np.subtract(magnitude, mask, out=both)
        shares = [np.einsum("ij,ij->i", part, part) for part in (mask, rest)]
        self._shares.append(np.stack(shares, axis=1))
        self._magnitude = self._magnitude[count:]
        self._coarse = self._coarse[count:]


def _numbers(coarse: UInt16) -> Float32:
    """Return the numbers whose upper halves these are."""
    numbers: NDArray[np.uint32] = coarse.astype(np.uint32)
    numbers <<= 16
    return numbers.view(np.float32)


def _medians_over_time(coarse: UInt16) -> UInt16:
    """Return (n / 2 − 15, bins) of (n, bins): around each second row from the sixteenth on."""
    rows, bins = coarse.shape
    medians = np.empty((rows // 2 - _REACH, bins), dtype=np.uint16)
    columns = max(1, _AT_ONCE // (rows // 2))
    for first in range(0, bins, columns):
        part = coarse[:, first : first + columns]
        width = part.shape[1]
        found = medians_of_pairs(part[0::2].ravel(), part[1::2].ravel(), width)
        medians[:, first : first + width] = found.reshape(-1, width)
    return medians


def _medians_over_bins(coarse: UInt16) -> UInt16:
    """Return (n, bins) of (n, bins): around each bin."""
    rows, bins = coarse.shape
    medians = np.empty((rows, bins), dtype=np.uint16)
    width = bins + _AROUND
    group = max(1, _AT_ONCE // width)
    for first in range(0, rows, group):
        part = coarse[first : first + group]
        padded = np.pad(part, ((0, 0), (_REACH, _AROUND - _REACH)), mode="symmetric")
        flat = np.empty(padded.size, dtype=np.uint16)
        # Windows that run from one row into the next are computed and thrown away.
        flat[: padded.size - WINDOW] = running_median(padded.ravel())
        medians[first : first + part.shape[0]] = flat.reshape(-1, width)[:, :bins]
    return medians
