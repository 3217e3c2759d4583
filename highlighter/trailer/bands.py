"""Low and high part of a sound, that add up to it again, sample by sample.

The low part is filtered by a windowed sinc without phase shift, the high part is the rest. So where
both parts are played at one level nothing is heard of the division, whatever the filter does.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]

CROSSOVER = 180.0
"""Hz: kick and bass below, nearly everything else above."""

_STEEPNESS = 0.5  # width of the crossover as a share of its frequency


def low_pass(samples: Float32, cutoff: float, sample_rate: int) -> Float32:
    """Return (n, channels) `samples` without what is above `cutoff` Hz, not shifted in time.

    The response is 6 dB down at `cutoff` and some 70 dB a quarter of it further up. Silence is
    assumed on both sides.
    """
    frames = samples.shape[0]
    if not frames:
        return samples.copy()
    taps = _taps(cutoff, sample_rate)
    size = _fast_size(frames + taps.size - 1)
    response = np.fft.rfft(taps, size)
    half = taps.size // 2
    found = np.empty_like(samples)
    for channel in range(samples.shape[1]):
        whole = np.fft.irfft(np.fft.rfft(samples[:, channel], size) * response, size)
        found[:, channel] = whole[half : half + frames]
    return found


def split(
    samples: Float32, sample_rate: int, crossover: float = CROSSOVER
) -> tuple[Float32, Float32]:
    """Return (n, channels) `samples` below and above `crossover` Hz; the two add up to them."""
    low = low_pass(samples, crossover, sample_rate)
    return low, samples - low


@lru_cache(maxsize=16)
def _taps(cutoff: float, sample_rate: int) -> Float64:
    # A Blackman window's transition is 5.5 / length of the sample rate wide.
    half = round(0.5 * 5.5 * sample_rate / (_STEEPNESS * cutoff))
    place = np.arange(-half, half + 1)
    taps = np.sinc(2.0 * cutoff / sample_rate * place) * np.blackman(2 * half + 1)
    return np.asarray(taps / taps.sum(), dtype=np.float64)


def _fast_size(least: int) -> int:
    """Return the smallest 2ⁿ, 3·2ⁿ or 5·2ⁿ that is not below `least`."""
    sizes = []
    for factor in (1, 3, 5):
        size = factor
        while size < least:
            size *= 2
        sizes.append(size)
    return min(sizes)
