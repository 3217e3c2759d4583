"""Loudness in LUFS and amplitudes in decibels, from powers and back."""

from __future__ import annotations

import math

import numpy as np

from highlighter.loudness.arrays import Float64

SILENCE = -math.inf
"""What a measure answers where there is nothing to hear, in LUFS or dBTP."""

_OFFSET = -0.691  # LUFS of a full-scale 997 Hz sine in one channel, made −3.01


def decibels(amplitude: float) -> float:
    """Return 20·log10 of an amplitude ≥ 0, `SILENCE` for zero."""
    return 20.0 * math.log10(amplitude) if amplitude > 0.0 else SILENCE


def to_lufs(powers: Float64) -> Float64:
    """Return the loudness of mean squares after the K-weighting; `SILENCE` for zero."""
    with np.errstate(divide="ignore"):
        return np.asarray(_OFFSET + 10.0 * np.log10(powers), dtype=np.float64)


def from_lufs(loudness: Float64) -> Float64:
    """Return the mean squares that `to_lufs` makes a loudness of."""
    return np.asarray(10.0 ** ((loudness - _OFFSET) / 10.0), dtype=np.float64)
