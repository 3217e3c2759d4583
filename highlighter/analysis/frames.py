"""Cutting a stream of samples into overlapping frames, and frames into spectra."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from highlighter.analysis.transform import rfft

Float32 = NDArray[np.float32]

_AT_ONCE = 128
"""Frames transformed together: few enough that they stay in the processor's cache."""


class Framer:
    """Cuts a mono signal that comes in blocks into frames whose centres are `hop` samples apart.

    Frame i is centred on sample i · hop; silence is assumed before the first and behind the last
    sample, so a signal of n samples has n // hop + 1 frames.

    Parameters
    ----------
    size
        Samples per frame.
    hop
        Samples between frames, at most `size`.
    """

    def __init__(self, size: int, hop: int) -> None:
        self.size = size
        self.hop = hop
        self._rest = np.zeros(size // 2, dtype=np.float32)

    def push(self, samples: Float32) -> Iterator[Float32]:
        """Yield (≤ 128, size) views of frames as they become whole; copy what is to be kept."""
        signal = np.concatenate([self._rest, samples])
        count = max(0, (signal.size - self.size) // self.hop + 1)
        if count:
            windows = np.lib.stride_tricks.sliding_window_view(signal, self.size)[:: self.hop]
            for first in range(0, count, _AT_ONCE):
                yield windows[first : min(first + _AT_ONCE, count)]
        self._rest = signal[count * self.hop :].copy()

    def finish(self) -> Iterator[Float32]:
        """Yield the frames that reach beyond the end."""
        yield from self.push(np.zeros(self.size - self.size // 2, dtype=np.float32))


@lru_cache(maxsize=16)
def hann(size: int) -> Float32:
    """Return a periodic Hann window of unit sum: a full-scale sine then has magnitude 0.5."""
    window = 0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(size) / size)
    unit: Float32 = (window / window.sum()).astype(np.float32)
    return unit


def power_spectra(frames: Float32, first: int = 0, last: int | None = None) -> Float32:
    """Return (n, bins) |X|² of Hann-windowed frames, for frames (n, size).

    Parameters
    ----------
    frames
        (n, size).
    first, last
        The bins wanted, `last` left out; by default all size // 2 + 1.
    """
    spectra = rfft(frames * hann(frames.shape[1]))[:, first:last]
    power: Float32 = np.square(spectra.real)
    power += np.square(spectra.imag)
    return power


def hertz_to_mel(hertz: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return Slaney's mel scale (Auditory Toolbox, 1998): linear to 1 kHz, then logarithmic."""
    linear = hertz / (200.0 / 3.0)
    logarithmic = 15.0 + np.log(np.maximum(hertz, 1e-9) / 1000.0) / (np.log(6.4) / 27.0)
    return np.where(hertz < 1000.0, linear, logarithmic)


def mel_to_hertz(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the inverse of `hertz_to_mel`."""
    linear = mel * (200.0 / 3.0)
    logarithmic = 1000.0 * np.exp((np.log(6.4) / 27.0) * (mel - 15.0))
    return np.where(mel < 15.0, linear, logarithmic)


@lru_cache(maxsize=8)
def mel_filters(sample_rate: int, size: int, bands: int, lowest: float, highest: float) -> Float32:
    """Return (size // 2 + 1, bands): triangles of equal area on Slaney's mel scale.

    Parameters
    ----------
    sample_rate
        Hz.
    size
        Samples per frame.
    bands
        Number of triangles.
    lowest, highest
        Hz: where the first begins and the last ends.
    """
    ends = hertz_to_mel(np.array([lowest, highest]))
    edges = mel_to_hertz(np.linspace(ends[0], ends[1], bands + 2))
    bins = np.fft.rfftfreq(size, 1.0 / sample_rate)[:, None]
    rising = (bins - edges[:-2]) / np.diff(edges)[:-1]
    falling = (edges[2:] - bins) / np.diff(edges)[1:]
    triangles = np.maximum(0.0, np.minimum(rising, falling))
    filters: Float32 = (triangles * (2.0 / (edges[2:] - edges[:-2]))).astype(np.float32)
    return filters
