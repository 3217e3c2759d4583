"""The curve of interest that needs no model: what comes back, and what is played with force."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from highlighter.analysis.hearing import TABLE_RATE, Sound
from highlighter.highlight.force import busyness, level, ranks, relative, scaled, smooth
from highlighter.highlight.model import Interest
from highlighter.highlight.recurrence import recurrence, transposed, unit_rows
from highlighter.highlight.similarity import (
    CONTEXT_SECONDS,
    along_diagonals,
    cepstra,
    pooled,
)
from highlighter.products import product

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]

FINE, COARSE = 2, 4
"""Rows of the tables per value of the curve: 2.69 values a second, or 1.35 for long tracks."""

LONG_SECONDS = 600.0
"""Beyond this, repetition is looked for inside blocks: what matters in a set of many tracks."""

BLOCK_SECONDS = 600.0

_REPETITION_SHARE = 0.5
_LEVEL_SHARE = 0.4
_ONSET_SHARE = 0.1
_NEAREST_SECONDS = 14.0
_SQUARED = 2
"""How often likeness is squared, to weigh passages by it: only those that are much alike count."""
_EDGE_SHARE = 0.5
_OPENING, _ENDING = 0.25, 0.06
_SMOOTH_SECONDS = 4.0
_LEVEL_SECONDS = 10.0
_LEVEL_RANGE = 4.0
_AUDIBLE_RANGE = 40.0
_SILENT = 1e-7
_FAINTEST = 1e-5
"""Mel power under which timbre is not told, as a share of the track's loud moments."""


def interest(sound: Sound) -> Interest:
    """Return the curve of interest of what was heard, 1.3 to 2.7 values per second.

    Repetition is taken from harmony in any of five keys and from timbre, each ranked; force from
    level and onsets, ranked. Each moment is then given what the passages like it have on average,
    so that one chorus speaks for all. Matrices have at most 1,615 rows.
    """
    factor = FINE if sound.duration <= LONG_SECONDS else COARSE
    rate = TABLE_RATE / factor
    silent = float(sound.bands.max(initial=0.0)) <= _SILENT
    chroma = relative(pooled(sound.chroma, factor))
    bands = relative(pooled(sound.bands, factor))
    rows = chroma.shape[0]
    if rows < 2:
        nothing = np.zeros(max(1, rows))
        return Interest(nothing, rate, nothing, nothing, 0.0, 0.0)
    loud = level(bands)
    contrast = float(np.percentile(loud, 90) - np.percentile(loud, 20))
    energy = _loudness(smooth(loud, rate, _LEVEL_SECONDS))
    onsets = ranks(smooth(busyness(sound.onsets, rows, factor), rate, _SMOOTH_SECONDS))
    force = (_LEVEL_SHARE * energy + _ONSET_SHARE * onsets) / (_LEVEL_SHARE + _ONSET_SHARE)
    if silent:
        nothing = np.zeros(rows)
        return Interest(0.5 * energy, rate, nothing, energy, 0.0, contrast)
    size = math.ceil(rows / max(1, math.ceil(rows / (BLOCK_SECONDS * rate))))
    blocks = (
        [(0, rows)]
        if factor == FINE
        else [(at, min(at + size, rows)) for at in range(0, rows, size)]
    )
    kept = np.float32 if len(blocks) == 1 else np.float16
    ways = [_Passages(chroma[low:high], bands[low:high], rate, kept) for low, high in blocks]
    harmony = np.concatenate([way.harmony for way in ways])
    timbre = np.concatenate([way.timbre for way in ways])
    # Silences are all alike, and nobody calls that a repeat.
    audible = smooth((loud > -_AUDIBLE_RANGE).astype(np.float64), rate, CONTEXT_SECONDS)
    harmony, timbre = harmony * audible, timbre * audible
    strength = float(np.percentile(np.maximum(harmony, timbre), 80))
    repetition = 0.5 * (
        ranks(smooth(harmony, rate, _SMOOTH_SECONDS)) + ranks(smooth(timbre, rate, _SMOOTH_SECONDS))
    )
    values = _REPETITION_SHARE * repetition + (1.0 - _REPETITION_SHARE) * force
    values *= 1.0 - _EDGE_SHARE + _EDGE_SHARE * _inner(rows)
    parts = [way.shared(values[low:high]) for way, (low, high) in zip(ways, blocks, strict=True)]
    return Interest(scaled(np.concatenate(parts)), rate, repetition, energy, strength, contrast)


def _loudness(loud: Float64) -> Float64:
    """Return how loud each moment is within its track, 0 to 1: half rank, half distance in dB.

    Ranks tell loud from quiet where the range is small; decibels keep a difference that nobody
    hears from deciding.
    """
    distance = np.clip(0.5 + (loud - np.median(loud)) / (2.0 * _LEVEL_RANGE), 0.0, 1.0)
    return 0.5 * (ranks(loud) + distance)


class _Passages:
    """Which passages of a track, or of a block of one, are alike."""

    def __init__(
        self, chroma: Float32, bands: Float32, rate: float, kept: type[np.floating] = np.float32
    ) -> None:
        rows = chroma.shape[0]
        context = max(2, round(CONTEXT_SECONDS * rate))
        nearest = max(2, round(_NEAREST_SECONDS * rate))
        shares = np.sqrt(chroma / (chroma.sum(axis=1, keepdims=True) + np.float32(1e-6)))
        colour = cepstra(np.maximum(bands, np.float32(_FAINTEST)))
        colour = unit_rows((colour - colour.mean(axis=0)) / (colour.std(axis=0) + np.float32(1e-6)))
        any_key = transposed(shares)
        same_colour = product(colour, np.ascontiguousarray(colour.T))
        self.harmony = recurrence(any_key, context, nearest, rate).several.astype(np.float64)
        self.timbre = recurrence(same_colour, context, nearest, rate).several.astype(np.float64)
        self._rows, self._before = rows, context // 2
        self._weights: NDArray[np.floating] | None = None
        if rows > context + nearest:
            both = along_diagonals(np.float32(0.5) * (any_key + same_colour), context)
            weights = np.maximum(both, np.float32(0.0), out=both)
            for _ in range(_SQUARED):
                np.square(weights, out=weights)
            weights /= weights.sum(axis=1, keepdims=True) + np.float32(1e-9)
            # Hours leave many blocks, and half precision is more than a weight needs.
            self._weights = weights.astype(kept)

    def shared(self, values: Float64) -> Float64:
        """Return (rows,): at each row the mean of `values` over the passages like the one there."""
        if self._weights is None:
            return values
        count = self._weights.shape[0]
        centre = values[self._before : self._before + count]
        mean = product(self._weights.astype(np.float32), centre.astype(np.float32)[:, None])[:, 0]
        places = np.arange(count) + self._before
        return np.asarray(np.interp(np.arange(self._rows), places, mean), dtype=np.float64)


def _inner(rows: int) -> Float64:
    """Return 1 inside a track, falling to 0 over its first quarter and its last 6 %."""
    place = (np.arange(rows) + 0.5) / rows
    inner: Float64 = np.minimum(np.minimum(place / _OPENING, (1.0 - place) / _ENDING), 1.0)
    return inner
