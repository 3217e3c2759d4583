"""The curve of interest: what comes back, and what is played with force."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from highlighter.analysis.hearing import TABLE_RATE, Sound
from highlighter.highlight.model import Interest
from highlighter.highlight.similarity import (
    CONTEXT_SECONDS,
    NEAREST_SECONDS,
    pool_factor,
    pooled,
    repeats,
    similarity,
)

_REPETITION_SHARE = 0.5
_SMOOTH_SECONDS = 4.0
_FLOOR_DB = 80.0


def interest(sound: Sound) -> Interest:
    """Return the curve of interest of what was heard, about three values per second."""
    factor = pool_factor(sound.chroma.shape[0])
    rate = TABLE_RATE / factor
    chroma, bands = pooled(sound.chroma, factor), pooled(sound.bands, factor)
    if chroma.shape[0] < 2:
        nothing = np.zeros(max(1, chroma.shape[0]))
        return Interest(nothing, rate, nothing, nothing, 0.0, 0.0)
    level = 10.0 * np.log10(bands.sum(axis=1).astype(np.float64) + 10.0 ** (-_FLOOR_DB / 10.0))
    energy = _ranks(_smooth(level, rate))
    contrast = float(np.percentile(level, 90) - np.percentile(level, 20))
    if float(bands.max()) <= 1e-7:
        repetition = np.zeros(level.size)
    else:
        repetition = repeats(
            similarity(chroma, bands),
            max(2, round(CONTEXT_SECONDS * rate)),
            max(2, round(NEAREST_SECONDS * rate)),
        )
    strength = float(np.percentile(repetition, 80)) if repetition.any() else 0.0
    scaled = _ranks(_smooth(repetition, rate)) if strength > 0.0 else repetition
    values = _REPETITION_SHARE * scaled + (1.0 - _REPETITION_SHARE) * energy
    return Interest(values, rate, scaled, energy, strength, contrast)


def _smooth(curve: NDArray[np.float64], rate: float) -> NDArray[np.float64]:
    half = max(1, round(_SMOOTH_SECONDS * rate / 2.0))
    kernel = np.hanning(2 * half + 1)[1:-1]
    padded = np.pad(curve, kernel.size // 2, mode="edge")
    return np.convolve(padded, kernel / kernel.sum(), mode="valid")[: curve.size]


def _ranks(curve: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the share of the track that lies below each value, 0 to 1; equal values share."""
    if float(np.ptp(curve)) < 1e-9:
        return np.full(curve.size, 0.5)
    ordered = np.sort(curve)
    low = np.searchsorted(ordered, curve, side="left")
    high = np.searchsorted(ordered, curve, side="right")
    return (low + high) / (2.0 * curve.size)
