"""Beats as a drummer without ears for style would find them: a second opinion.

Where the network and plain spectral flux agree, beats are nearly always right; so how far they do
is most of what makes a confidence worth its name.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from highlighter.analysis.frames import Float32
from highlighter.rhythm.bar_pointer import BeatPath, beat_path
from highlighter.rhythm.features import rises
from highlighter.rhythm.spectrum import FRAME_RATE

Float64 = NDArray[np.float64]

_SMOOTH = 3
_LOCAL = 101
_HIGH = 0.98
_MOST = 0.7


def flux_activation(soft: Float32) -> Float64:
    """Return (n,) 0 to 0.9: how much begins at each frame of (n, 64) compressed levels."""
    flux = rises(soft).mean(axis=1, dtype=np.float64)
    if flux.size < _LOCAL:
        return np.zeros(flux.size)
    smooth = np.convolve(flux, np.full(_SMOOTH, 1.0 / _SMOOTH), mode="same")
    above = np.maximum(smooth - np.convolve(smooth, np.full(_LOCAL, 1.0 / _LOCAL), "same"), 0.0)
    scaled: Float64 = np.clip(_MOST * above / (np.quantile(above, _HIGH) + 1e-6), 0.01, 0.9)
    return scaled


def second_opinion(soft: Float32) -> BeatPath | None:
    """Return the beats of the flux alone."""
    return beat_path(flux_activation(soft), FRAME_RATE)


def between(soft: Float32, places: Float64) -> float:
    """Return how much begins half-way between beats, against the stronger half of the beats.

    Parameters
    ----------
    soft
        (n, 64) compressed levels.
    places
        (b,) frames of beats, at least 4.
    """
    return risen_between(rises(soft).mean(axis=1, dtype=np.float64), places)


def risen_between(rising: Float64, places: Float64) -> float:
    """Return the same of (n,) rises of level."""

    def risen(at: Float64) -> Float64:
        around = np.round(at).astype(np.int64)[:, None] + np.arange(-3, 5)
        total: Float64 = rising[np.clip(around, 0, rising.size - 1)].sum(axis=1)
        return total

    on, off = risen(places), risen(0.5 * (places[1:] + places[:-1]))
    stronger = max(float(on[::2].mean()), float(on[1::2].mean()))
    return max(float(off[::2].mean()), float(off[1::2].mean())) / (stronger + 1e-6)


def agreement(first: Float64, second: Float64, within: float) -> float:
    """Return the F-measure of two rising series of seconds, alike where nearer than `within`."""
    if not first.size or not second.size:
        return 0.0
    place = np.clip(np.searchsorted(second, first), 1, max(1, second.size - 1))
    last = np.minimum(place, second.size - 1)
    nearest = np.minimum(np.abs(second[last] - first), np.abs(second[place - 1] - first))
    return float(2.0 * np.count_nonzero(nearest <= within) / (first.size + second.size))
