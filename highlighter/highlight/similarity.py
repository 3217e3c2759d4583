"""How alike the moments of a track are, and which passages come back."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from highlighter.products import product

Float32 = NDArray[np.float32]

CONTEXT_SECONDS = 8.0
"""Length of the passages that are compared: about four bars."""

NEAREST_SECONDS = 16.0
"""Passages closer than this are the same passage, or a loop rather than a repeat."""

MOST_ROWS = 2_048
"""Rows of the similarity matrix at most (16 MB); longer tracks get coarser rows."""

_CHROMA_SHARE = 0.5
_CEPSTRA = 12


def pooled(table: Float32, factor: int) -> Float32:
    """Return (n // factor, d): means over `factor` rows of (n, d)."""
    whole = table.shape[0] // factor * factor
    mean: Float32 = table[:whole].reshape(-1, factor, table.shape[1]).mean(axis=1)
    return mean


def pool_factor(rows: int) -> int:
    """Return how many rows to average so that two remain per 0.37 s, or `MOST_ROWS` in all."""
    return max(2, math.ceil(rows / MOST_ROWS))


def similarity(chroma: Float32, bands: Float32) -> Float32:
    """Return (n, n) cosine similarity of harmony and timbre together, −1 to 1.

    Harmony is chroma with its mean over the track removed, so that what all moments share does not
    make them alike; timbre is mel cepstra without the level, standardised.
    """
    harmony = np.sqrt(chroma / (chroma.sum(axis=1, keepdims=True) + 1e-6))
    harmony = _unit_rows(harmony - harmony.mean(axis=0))
    colour = _unit_rows(_standardised(cepstra(bands)))
    both = np.concatenate(
        [harmony * math.sqrt(_CHROMA_SHARE), colour * math.sqrt(1.0 - _CHROMA_SHARE)], axis=1
    ).astype(np.float32)
    return product(both, np.ascontiguousarray(both.T))


def cepstra(bands: Float32) -> Float32:
    """Return (n, 12) mel cepstra, the level left out, of mel power (n, 40)."""
    level = 10.0 * np.log10(np.maximum(bands, 1e-8))
    count = bands.shape[1]
    order = np.arange(1, _CEPSTRA + 1)[None, :]
    basis = np.cos(np.pi / count * (np.arange(count)[:, None] + 0.5) * order)
    return product(level.astype(np.float32), basis.astype(np.float32))


def along_diagonals(matrix: Float32, length: int) -> Float32:
    """Return (m, m), m = n − length + 1: the mean over `length` steps down each diagonal.

    The mean over a power of two is built by doubling; others from two that overlap.
    """
    total, reach = matrix, 1
    while reach * 2 <= length:
        total = total[:-reach, :-reach] + total[reach:, reach:]
        reach *= 2
    rest = length - reach
    mean: Float32
    if rest:
        mean = (total[:-rest, :-rest] + total[rest:, rest:]) / np.float32(2 * reach)
    else:
        mean = total / np.float32(reach)
    return mean


def repeats(matrix: Float32, context: int, nearest: int, most: int = 3) -> NDArray[np.float64]:
    """Return (n,) how well the passage around each row comes back elsewhere, about 0 to 1.

    For each passage of `context` rows, the mean of its `most` best matches at least `nearest` rows
    away and from each other, above what the track's passages have in common anyway.
    """
    rows = matrix.shape[0]
    if rows < context + nearest + 1:
        return np.zeros(rows)
    sequences = along_diagonals(matrix, context)
    count = sequences.shape[0]
    index = np.arange(count)
    far = np.abs(index[:, None] - index[None, :]) >= nearest
    usual = float(np.median(sequences[far])) if far.any() else 0.0
    free = np.where(far, sequences, np.float32(-1.0))
    gains = np.zeros((count, most))
    for turn in range(most):
        match = free.argmax(axis=1)
        value = free[index, match]
        gains[:, turn] = np.maximum(0.0, value - usual)
        taken = np.abs(index[None, :] - match[:, None]) < nearest
        free[taken] = -1.0
    weights = np.array([1.0, 0.8, 0.6, 0.4, 0.3])[:most]
    passages = gains @ (weights / weights.sum()) / max(1e-6, 1.0 - usual)
    return _spread(passages, context, rows)


def _spread(passages: NDArray[np.float64], context: int, rows: int) -> NDArray[np.float64]:
    """Return (rows,): the best of the passages that cover each row.

    The best, not the mean: a section that comes back is then level to its ends.
    """
    padded = np.zeros(rows + context - 1)
    padded[context - 1 : context - 1 + passages.size] = passages
    best: NDArray[np.float64] = np.lib.stride_tricks.sliding_window_view(padded, context).max(
        axis=1
    )
    return best


def _standardised(table: Float32) -> Float32:
    result: Float32 = (table - table.mean(axis=0)) / (table.std(axis=0) + np.float32(1e-6))
    return result


def _unit_rows(table: Float32) -> Float32:
    unit: Float32 = table / (np.linalg.norm(table, axis=1, keepdims=True) + np.float32(1e-6))
    return unit
