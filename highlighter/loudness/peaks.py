"""True peaks by ITU-R BS.1770-4 annex 2: between the samples, on an oversampled signal."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike

from highlighter.loudness.arrays import Float32, as_frames, product
from highlighter.loudness.scale import SILENCE, decibels

_PEAK_ROW = 32
_PEAK_TAPS = 24  # of each of the interpolator's phases; even
_PEAK_CHUNK = 1 << 17
_KAISER_BETA = 6.0


@lru_cache(maxsize=8)
def _interpolator(factor: int) -> Float32:
    """Return (row + taps − 1, row · (factor − 1)): a row's samples → the values between them."""
    half = _PEAK_TAPS // 2
    place = np.arange(_PEAK_TAPS) - (half - 1)
    matrix = np.zeros((_PEAK_ROW + _PEAK_TAPS - 1, _PEAK_ROW, factor - 1))
    for phase in range(1, factor):
        distance = place - phase / factor
        window = np.i0(_KAISER_BETA * np.sqrt(np.maximum(0.0, 1.0 - (distance / half) ** 2)))
        taps = np.sinc(distance) * window / np.i0(_KAISER_BETA)
        taps /= taps.sum()
        for index in range(_PEAK_ROW):
            matrix[index : index + _PEAK_TAPS, index, phase - 1] = taps
    return matrix.reshape(matrix.shape[0], -1).astype(np.float32)


def oversampling_factor(sample_rate: int) -> int:
    """Return how many times BS.1770-4 annex 2 has a signal of `sample_rate` oversampled."""
    if sample_rate < 96_000:
        return 4
    return 2 if sample_rate < 192_000 else 1


def peak_envelope(samples: ArrayLike, sample_rate: int) -> Float32:
    """Return the largest magnitude at and just after each sample, between the samples too.

    Parameters
    ----------
    samples
        (n,) or (n, channels), full scale at ±1. Silence is assumed on both sides.
    sample_rate
        Hz; decides how many values are interpolated between two samples (3 below 96 kHz).

    Returns
    -------
    (n,) float32, over all channels, ≥ 0.
    """
    signal = as_frames(samples)
    frames, channels = signal.shape
    envelope = np.zeros(frames, dtype=np.float32)
    factor = oversampling_factor(sample_rate)
    before = _PEAK_TAPS // 2 - 1
    for channel in range(channels):
        for start in range(0, frames, _PEAK_CHUNK):
            stop = min(start + _PEAK_CHUNK, frames)
            rows = -(-(stop - start) // _PEAK_ROW)
            padded = np.zeros(rows * _PEAK_ROW + _PEAK_TAPS - 1, dtype=np.float32)
            low, high = max(0, start - before), min(frames, start - before + padded.size)
            padded[low - start + before : high - start + before] = signal[low:high, channel]
            own = np.abs(padded[before : before + stop - start])
            if factor > 1:
                windows = np.lib.stride_tricks.sliding_window_view(
                    padded, _PEAK_ROW + _PEAK_TAPS - 1
                )[::_PEAK_ROW]
                between = product(np.ascontiguousarray(windows), _interpolator(factor))
                np.abs(between, out=between)
                between = between.reshape(-1, factor - 1)[: stop - start]
                for phase in range(factor - 1):
                    np.maximum(own, between[:, phase], out=own)
            np.maximum(envelope[start:stop], own, out=envelope[start:stop])
    return envelope


def true_peak(samples: ArrayLike, sample_rate: int) -> float:
    """Return the true peak in dBTP (0 = full scale); `SILENCE` where every sample is zero.

    Parameters
    ----------
    samples
        (n,) or (n, channels), full scale at ±1.
    sample_rate
        Hz.
    """
    envelope = peak_envelope(samples, sample_rate)
    return decibels(float(envelope.max())) if envelope.size else SILENCE
