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

_BASS = 4
"""Mel bands up to about 190 Hz."""

NEAR = 4
"""Frames around a beat in which a bass drum is looked for."""

_DRUM_MORE, _DRUM_FAINT = 1.5, 0.1
"""How many times what begins between beats a drum is, and of the strongest what more at least."""


def flux_activation(soft: Float32) -> Float64:
    """Return (n,) 0 to 0.9: how much begins at each frame of (n, 64) compressed levels."""
    return onset_activation(rises(soft).mean(axis=1, dtype=np.float64))


def bass_rises(soft: Float32) -> Float64:
    """Return (n,) how much begins in the bass, as bass drums do, of (n, 64) compressed levels."""
    rising: Float64 = rises(soft[:, :_BASS]).mean(axis=1, dtype=np.float64)
    return rising


def bass_level(soft: Float32) -> Float64:
    """Return (n,) level of the bass, 0 for silence to about 1, of (n, 64) compressed levels."""
    level: Float64 = soft[:, :_BASS].mean(axis=1, dtype=np.float64)
    return level


def drummed(rising: Float64, places: Float64) -> float:
    """Return the share of (b,) frames of beats with a bass drum, and none half a beat behind it.

    Parameters
    ----------
    rising
        (n,) `bass_rises`.
    places
        (b,) frames of beats, at least 2.
    """
    on, off = highest(rising, places[:-1]), highest(rising, half_way(places))
    faint = _DRUM_FAINT * float(np.quantile(rising, _HIGH))
    return float(np.mean(on > _DRUM_MORE * off + faint))


def half_way(places: Float64) -> Float64:
    """Return (b - 1,) places between (b,) places."""
    return 0.5 * (places[1:] + places[:-1])


def highest(curve: Float64, places: Float64) -> Float64:
    """Return (b,) the highest of (n,) values within `NEAR` frames of each place."""
    around = np.round(places).astype(np.int64)[:, None] + np.arange(-NEAR, NEAR + 1)
    top: Float64 = curve[np.clip(around, 0, curve.size - 1)].max(axis=1)
    return top


def onset_activation(flux: Float64) -> Float64:
    """Return (n,) 0 to 0.9: how much of (n,) rises stands out from the second around it."""
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
