"""How loud, how full and how busy each moment of a track is, all relative to the track itself."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from highlighter.analysis.hearing import ONSET_RATE, TABLE_RATE

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]

LOW_BANDS = 4
"""Mel bands of kick and bass: below about 210 Hz."""

_FLOOR = 1e-7
"""Power under which nothing counts, as a share of the track's loud moments: −70 dB."""

_SILENT = 1e-7
_FULL_RANGE = 24.0
_STEP = round(ONSET_RATE / TABLE_RATE)


def relative(table: Float32) -> Float32:
    """Return a table of powers, (n, d), as shares of its loud rows, so that its level is gone."""
    loud = float(np.percentile(table.sum(axis=1), 95)) if table.size else 0.0
    return np.asarray(table / np.float32(loud), dtype=np.float32) if loud > _SILENT else table


def level(bands: Float32) -> Float64:
    """Return (n,) decibels of mel power (n, d) summed over its bands."""
    total = bands.sum(axis=1, dtype=np.float64)
    return np.asarray(10.0 * np.log10(total + _FLOOR), dtype=np.float64)


def fullness(bands: Float32) -> Float64:
    """Return (n,) 0 to 1: the share of the spectrum that sounds, of mel power (n, d).

    A band sounds wholly where it is as loud as in the loudest twentieth of the track, and not at
    all 24 dB below.
    """
    levels = 10.0 * np.log10(bands.astype(np.float64) + _FLOOR)
    high = np.percentile(levels, 95, axis=0)
    return np.asarray(np.clip(1.0 + (levels - high) / _FULL_RANGE, 0.0, 1.0).mean(axis=1))


def busyness(onsets: Float32, rows: int, factor: int) -> Float64:
    """Return (rows,) mean onset strength over `factor` rows of the tables each."""
    step = _STEP * factor
    padded = np.zeros(rows * step)
    padded[: min(padded.size, onsets.size)] = onsets[: padded.size]
    return np.asarray(padded.reshape(rows, step).mean(axis=1), dtype=np.float64)


def smooth(curve: Float64, rate: float, seconds: float) -> Float64:
    """Return the curve under a Hann window of `seconds`, its ends held."""
    half = max(1, round(seconds * rate / 2.0))
    kernel = np.hanning(2 * half + 1)[1:-1]
    padded = np.pad(curve, kernel.size // 2, mode="edge")
    return np.convolve(padded, kernel / kernel.sum(), mode="valid")[: curve.size]


def ranks(curve: Float64) -> Float64:
    """Return the share of the track that lies below each value, 0 to 1; equal values share."""
    if float(np.ptp(curve)) < 1e-9:
        return np.full(curve.size, 0.5)
    ordered = np.sort(curve)
    low = np.searchsorted(ordered, curve, side="left")
    high = np.searchsorted(ordered, curve, side="right")
    return (low + high) / (2.0 * curve.size)


def scaled(curve: Float64) -> Float64:
    """Return the curve from 0 at its lowest to 1 at its highest; a flat one is ½."""
    low, high = float(curve.min()), float(curve.max())
    if high - low < 1e-6:
        return np.full(curve.size, 0.5)
    return (curve - low) / (high - low)


def at_rate(curve: Float64, rate: float, wanted: float, rows: int) -> Float64:
    """Return (rows,) values of a curve at another rate, straight lines between its values.

    Value `i` of either stands for the time from `i / rate` to `(i + 1) / rate`.
    """
    places = (np.arange(rows) + 0.5) / wanted
    own = (np.arange(curve.size) + 0.5) / rate
    return np.asarray(np.interp(places, own, curve), dtype=np.float64)
