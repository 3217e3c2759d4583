"""Chroma from short spectra as librosa defines it, with the tuning found while listening.

The filters that fold a spectrum into pitch classes depend on the tuning, and that is known only at
the end. So each frame is folded at seven tunings, and the chroma at any other follows by polynomial
interpolation between them: the filters are smooth, and what that costs is below 0.4 % of a filter's
height.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from highlighter.analysis.frames import Float32
from highlighter.products import product

Float64 = NDArray[np.float64]

CLASSES = 12

_NODES = 0.5 * np.cos(np.pi * (np.arange(7) + 0.5) / 7)
"""Tunings in semitones: Chebyshev's, at which the error is spread evenly over −0.5 to 0.5."""

FOLDED = CLASSES * _NODES.size
"""Width of what `fold` returns."""

_PART = 257
"""Bins folded at once."""

_CENTRE_OCTAVE, _OCTAVE_WIDTH = 5.0, 2.0
_LOWEST, _HIGHEST = 150.0, 4_000.0
_AUDIBLE = 0.1
_STEPS = 100  # per semitone


def _octaves(hertz: NDArray[np.floating], tuning: float = 0.0) -> Float64:
    """Return octaves above A0, the 440 Hz of A4 being `tuning` semitones higher."""
    octaves: Float64 = np.log2(hertz / (27.5 * 2.0 ** (tuning / CLASSES))).astype(np.float64)
    return octaves


def chroma_filters(sample_rate: float, size: int, tuning: float) -> Float64:
    """Return (size // 2 + 1, 12), C first: `librosa.filters.chroma`.

    Bumps of a semitone's width around each pitch class, of unit energy per bin, under a bump of two
    octaves around 880 Hz (D. Ellis, *Chroma feature analysis and synthesis*, 2007).

    Parameters
    ----------
    sample_rate
        Hz.
    size
        Samples per frame.
    tuning
        Semitones above A4 = 440 Hz.
    """
    hertz = np.arange(1, size) * (sample_rate / size)
    place = CLASSES * _octaves(hertz, tuning)
    place = np.concatenate([[place[0] - 1.5 * CLASSES], place])  # no octave holds 0 Hz
    width = np.concatenate([np.maximum(np.diff(place), 1.0), [1.0]])[:, None]
    half = CLASSES / 2
    distance = np.mod(place[:, None] - np.arange(CLASSES) + half, CLASSES) - half
    bumps = np.exp(-0.5 * (2.0 * distance / width) ** 2)
    bumps /= np.linalg.norm(bumps, axis=1, keepdims=True)
    bumps *= np.exp(-0.5 * ((place / CLASSES - _CENTRE_OCTAVE) / _OCTAVE_WIDTH) ** 2)[:, None]
    # Places count from A.
    filters: Float64 = np.roll(bumps, -3, axis=1)[: size // 2 + 1]
    return filters


@lru_cache(maxsize=4)
def _folding(sample_rate: float, size: int) -> Float32:
    filters = [chroma_filters(sample_rate, size, tuning) for tuning in _NODES]
    return np.ascontiguousarray(np.concatenate(filters, axis=1), dtype=np.float32)


def fold(power: Float32, sample_rate: float) -> Float32:
    """Return (n, 84): the chroma of (n, bins) power spectra at each of seven tunings."""
    filters = _folding(sample_rate, 2 * (power.shape[1] - 1))
    # In parts, so that more rows are multiplied at once: see `highlighter.products`.
    total = np.zeros((power.shape[0], FOLDED), dtype=np.float32)
    for first in range(0, filters.shape[0], _PART):
        part = np.ascontiguousarray(power[:, first : first + _PART])
        total += product(part, filters[first : first + _PART])
    return total


def chroma(folded: Float32, tuning: float) -> Float32:
    """Return (n, 12) chroma, C first, the strongest class of each frame 1, silent frames 0.

    Parameters
    ----------
    folded
        (n, 84) from `fold`.
    tuning
        Semitones, −0.5 to 0.5.
    """
    weights = np.ones(_NODES.size)
    for node, place in enumerate(_NODES):
        others = np.delete(_NODES, node)
        weights[node] = np.prod((tuning - others) / (place - others))
    raw = np.einsum(
        "ijk,j->ik", folded.reshape(-1, _NODES.size, CLASSES), weights.astype(np.float32)
    )
    np.maximum(raw, 0.0, out=raw)
    loudest = raw.max(axis=1, keepdims=True)
    normal: Float32 = raw / np.where(loudest > np.finfo(np.float32).tiny, loudest, 1.0)
    return normal.astype(np.float32)


def spectral_peaks(power: Float32, spacing: float) -> Float32:
    """Return (m, 2): semitones off the nearest of A4 = 440 Hz's scale, and height, of each peak.

    `librosa.piptrack` with its defaults: local maxima between 150 and 4,000 Hz, no more than 10 dB
    under the frame's strongest, placed between bins by a parabola.
    """
    low = max(1, int(np.ceil(_LOWEST / spacing)))
    high = min(power.shape[1] - 1, int(np.ceil(_HIGHEST / spacing)))
    left, centre, right = (power[:, low + d : high + d] for d in (-1, 0, 1))
    least = _AUDIBLE * power.max(axis=1, keepdims=True)
    is_peak = (centre > least) & (centre > left) & (centre >= right)
    row, column = np.nonzero(is_peak)
    before, peak, behind = (part[row, column].astype(np.float64) for part in (left, centre, right))
    slope, bend = 0.5 * (behind - before), before + behind - 2.0 * peak
    shift = np.where(np.abs(slope) < np.abs(bend), -slope / np.where(bend == 0.0, 1.0, bend), 0.0)
    semitones = CLASSES * _octaves((column + low + shift) * spacing)
    residual = np.mod(semitones + 0.5, 1.0) - 0.5
    found: Float32 = np.stack([residual, peak + 0.5 * slope * shift], axis=1).astype(np.float32)
    return found


def common_tuning(peaks: Float32) -> float:
    """Return the tuning most peaks share, −0.5 to 0.49 semitones; 0 where there are none.

    `librosa.estimate_tuning`: the fullest hundredth of a semitone, among the stronger half.

    Parameters
    ----------
    peaks
        (m, 2) from `spectral_peaks`.
    """
    if not peaks.shape[0]:
        return 0.0
    strong = peaks[peaks[:, 1] >= np.median(peaks[:, 1]), 0]
    edges = np.linspace(-0.5, 0.5, _STEPS + 1)
    counts, _ = np.histogram(strong, edges)
    return float(edges[np.argmax(counts)])


def tonnetz(normal: Float32) -> Float32:
    """Return (n, 6): circles of fifths, minor and major thirds, sine and cosine each.

    C. Harte, M. Sandler and M. Gasser, *Detecting harmonic change in musical audio*, AMCMM 2006, as
    `librosa.feature.tonnetz(chroma=…)`.

    Parameters
    ----------
    normal
        (n, 12) chroma, C first.
    """
    angle = np.outer([7 / 6, 7 / 6, 3 / 2, 3 / 2, 2 / 3, 2 / 3], np.arange(CLASSES))
    angle[::2] -= 0.5
    circles = np.array([1.0, 1.0, 1.0, 1.0, 0.5, 0.5])[:, None] * np.cos(np.pi * angle)
    total = normal.sum(axis=1, keepdims=True)
    shares: Float32 = (
        normal / np.where(total > np.finfo(np.float32).tiny, total, np.float32(1.0))
    ).astype(np.float32)
    return product(shares, np.ascontiguousarray(circles.T, dtype=np.float32))
