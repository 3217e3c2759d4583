"""What the beat network is shown: levels, what rises in them, and how harmony moves."""

from __future__ import annotations

import numpy as np

from highlighter.analysis.frames import Float32
from highlighter.rhythm.spectrum import BANDS, CHROMA_STRIDE

POOLED = BANDS // 2
"""Bands after neighbours were averaged."""

CHANGES = (8, 26)
"""Rows of chroma before and behind a moment that are compared: a third of a second, and one."""

WIDTH = 2 * POOLED + len(CHANGES)
"""Columns."""

LAG = 2
"""Frames over which a rise is taken."""

RANGE = 4.0
"""Decades under the loudest moments that are heard, 40 dB."""

_RISE_SCALE = 6.0


def compressed(levels: Float32) -> Float32:
    """Return (n, 64), 0 for silence to about 1 for the loudest, whatever the recording's level."""
    if not levels.size:
        return levels
    reference = np.quantile(levels.max(axis=1), 0.95)
    relative = np.clip(levels - np.float32(reference - RANGE), -6.0, 6.0)
    soft: Float32 = np.log10(1.0 + np.power(np.float32(10.0), relative, dtype=np.float32))
    return soft / np.float32(RANGE)


def rises(soft: Float32) -> Float32:
    """Return (n, 64) how much each band rises above its neighbourhood of `LAG` frames before.

    The maximum over neighbouring bands keeps vibrato from counting as onsets: S. Böck and
    G. Widmer, *Maximum filter vibrato suppression for onset detection*, DAFx 2013.
    """
    if soft.shape[0] <= LAG:
        return np.zeros_like(soft)
    wide = np.maximum(soft[:, 1:], soft[:, :-1])
    before = soft.copy()
    before[:, 1:] = np.maximum(before[:, 1:], wide)
    before[:, :-1] = np.maximum(before[:, :-1], wide)
    flux = np.zeros_like(soft)
    np.maximum(soft[LAG:] - before[:-LAG], np.float32(0.0), out=flux[LAG:])
    return flux


def harmonic_changes(chroma: Float32, rows: int) -> Float32:
    """Return (rows, 2): distance of the pitch classes before and behind each moment, 0 to 1."""
    changes = np.zeros((rows, len(CHANGES)), dtype=np.float32)
    count = chroma.shape[0]
    if not count or not rows:
        return changes
    total = np.sqrt(np.square(chroma).sum(axis=1, keepdims=True))
    unit = chroma / np.maximum(total, 1e-3 * float(total.max()) + 1e-9)
    summed = np.concatenate([np.zeros((1, 12)), np.cumsum(unit, axis=0, dtype=np.float64)])
    index = np.arange(count)
    for column, width in enumerate(CHANGES):
        low, high = np.maximum(index - width, 0), np.minimum(index + width, count)
        before = (summed[index] - summed[low]) / np.maximum(index - low, 1)[:, None]
        behind = (summed[high] - summed[index]) / (high - index)[:, None]
        distance = np.sqrt(np.square(behind - before).sum(axis=1))
        distance[0] = 0.0
        changes[:, column] = np.interp(np.arange(rows), index * CHROMA_STRIDE, distance)
    return changes


def features(levels: Float32, chroma: Float32) -> Float32:
    """Return (n, `WIDTH`) at `spectrum.FRAME_RATE`.

    Parameters
    ----------
    levels, chroma
        Of a `Spectrum`.
    """
    soft = compressed(levels)
    rows = soft.shape[0]
    pooled = soft.reshape(rows, POOLED, 2).mean(axis=2)
    rising = rises(soft).reshape(rows, POOLED, 2).mean(axis=2) * np.float32(_RISE_SCALE)
    return np.concatenate([pooled, rising, harmonic_changes(chroma, rows)], axis=1)
