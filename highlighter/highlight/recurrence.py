"""How a passage relates to the rest of its track: how well, how often and how far it comes back.

The self-similarity matrix is M. Cooper and J. Foote, *Automatic music summarization via similarity
analysis*, ISMIR 2002; passages are compared by sums along its diagonals, and a last chorus in a
higher key is found by rotated chroma, as in M. Goto, *A chorus section detection method for musical
audio signals*, IEEE TASLP 14(5), 2006.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from highlighter.highlight.similarity import along_diagonals
from highlighter.products import product

Float32 = NDArray[np.float32]

_EPSILON = np.float32(1e-6)
_MATCHES = 3


@dataclass(frozen=True, slots=True, eq=False)
class Recurrence:
    """What is known of the passages of one length; zeros where the track is too short for two.

    Attributes
    ----------
    best
        (n,) how much more alike the best match of a passage over each row is than is usual between
        passages of the track: 0 (not at all) to 1 (the same sound).
    several
        (n,) the same, mean of the three best matches that do not overlap.
    often
        (n,) share of the track that resembles the passage, about 0 to 1.
    lag
        (n,) distance to the best match, log₂ of its ratio to 16 s, clipped to ±3; 0 for none.
    begins, ends
        (n,) `several` of the passage that begins, and that ends, at each row.
    matches
        (n, 3) rows where the three best matches of the passage around each row lie.
    usual
        Median similarity of passages that are apart.
    """

    best: Float32
    several: Float32
    often: Float32
    lag: Float32
    begins: Float32
    ends: Float32
    matches: NDArray[np.intp]
    usual: float


def recurrence(matrix: Float32, context: int, nearest: int, rate: float) -> Recurrence:
    """Return how the passages of `context` rows of (n, n) similarity come back.

    Parameters
    ----------
    matrix
        (n, n) cosine similarity, row by row.
    context
        Rows per passage, ≥ 1.
    nearest
        Rows under which two passages count as one.
    rate
        Rows per second.
    """
    rows = matrix.shape[0]
    if rows < context + nearest + 1:
        return _none(rows)
    passages = along_diagonals(matrix, context)
    count = passages.shape[0]
    index = np.arange(count)
    usual = usual_between(passages, nearest)
    gain: Float32 = (passages - np.float32(usual)) / np.float32(max(0.05, 1.0 - usual))
    reach = np.arange(-nearest + 1, nearest)
    gain[index[:, None], np.clip(index[:, None] + reach, 0, count - 1)] = -1.0
    often = np.maximum(gain - np.float32(0.4), 0.0).mean(axis=1) * np.float32(5.0)
    places = np.zeros((count, _MATCHES), dtype=np.intp)
    values = np.zeros((count, _MATCHES), dtype=np.float32)
    for turn in range(_MATCHES):
        match = gain.argmax(axis=1)
        places[:, turn] = match
        values[:, turn] = np.maximum(gain[index, match], 0.0)
        columns = np.clip(match[:, None] + reach, 0, count - 1)
        gain[index[:, None], columns] = -1.0
    several = values.mean(axis=1)
    lag = np.log2(np.maximum(np.abs(places[:, 0] - index), 1) / np.float32(rate * 16.0))
    lag[values[:, 0] <= 0.0] = 0.0
    before = (context - 1) // 2
    around = np.clip(np.arange(rows) - before, 0, count - 1)
    return Recurrence(
        best=covering(values[:, 0], context, rows),
        several=covering(several, context, rows),
        often=covering(often.astype(np.float32), context, rows),
        lag=np.clip(lag, -3.0, 3.0).astype(np.float32)[around],
        begins=several[np.clip(np.arange(rows), 0, count - 1)],
        ends=several[np.clip(np.arange(rows) - context, 0, count - 1)],
        matches=np.minimum(places[around] + before, rows - 1),
        usual=usual,
    )


def _none(rows: int) -> Recurrence:
    zero = np.zeros(rows, dtype=np.float32)
    matches = np.repeat(np.arange(rows)[:, None], _MATCHES, axis=1)
    return Recurrence(zero, zero, zero, zero, zero, zero, matches, 0.0)


def usual_between(passages: Float32, nearest: int) -> float:
    """Return the median of (m, m) `passages` that lie at least `nearest` apart, of a sample."""
    count = passages.shape[0]
    step = max(1, count // 128)
    some = np.arange(0, count, step)
    apart = np.abs(some[:, None] - some[None, :]) >= nearest
    sample = passages[::step, ::step][apart]
    return float(np.median(sample)) if sample.size else 0.0


def covering(values: Float32, context: int, rows: int) -> Float32:
    """Return (rows,): the greatest of the passages of `context` rows that cover each row."""
    padded = np.zeros(rows + context - 1, dtype=np.float32)
    padded[context - 1 : context - 1 + values.size] = values
    best: Float32 = np.lib.stride_tricks.sliding_window_view(padded, context).max(axis=1)
    return best


def around_each(matrix: Float32, context: int) -> Float32:
    """Return (n, n): means of (n, n) along diagonals over `context` cells around each.

    At the edges over those that exist.
    """
    rows = matrix.shape[0]
    half = min(context // 2, rows - 1)
    if half < 1:
        return matrix
    index = np.arange(rows, dtype=np.float32)
    before = np.minimum(index, np.float32(half))
    behind = before[::-1]
    cells = np.minimum(before[:, None], before) + np.minimum(behind[:, None], behind)
    cells += np.float32(1.0)
    sums = _diagonal_sums(np.pad(matrix, half), 2 * half + 1)
    sums /= cells
    return sums


def _diagonal_sums(matrix: Float32, length: int) -> Float32:
    """Return (m, m), m = n − length + 1: sums over `length` steps down each diagonal of (n, n).

    Of sums over powers of two, each built from the one before.
    """
    count = matrix.shape[0] - length + 1
    total = np.zeros((count, count), dtype=np.float32)
    part, size, done = matrix, 1, 0
    while True:
        if length & size:
            total += part[done : done + count, done : done + count]
            done += size
        if 2 * size > length:
            return total
        part = part[:-size, :-size] + part[size:, size:]
        size *= 2


def transposed(harmony: Float32, semitones: int = 2) -> Float32:
    """Return (n, n): similarity of harmonies, either of them raised by up to `semitones`.

    Parameters
    ----------
    harmony
        (n, 12) square roots of chroma shares.
    semitones
        The largest transposition.
    """
    mean = harmony.mean(axis=0)
    still = np.ascontiguousarray(unit_rows(harmony - mean).T)
    best: Float32 | None = None
    for shift in range(-semitones, semitones + 1):
        raised = product(unit_rows(np.roll(harmony, shift, axis=1) - mean), still)
        best = raised if best is None else np.maximum(best, raised, out=best)
    assert best is not None  # noqa: S101 - the loop runs at least once
    return best


def novelty(features: Float32, half: int) -> Float32:
    """Return (n,) ≥ 0: how unlike the `half` rows before and after each row are.

    Equals the checkerboard kernel of J. Foote, *Automatic audio segmentation using a measure of
    audio novelty*, ICME 2000, on the matrix of inner products of (n, d) `features`.
    """
    rows = features.shape[0]
    before, after = sides(features, half)
    distance: Float32 = np.square(after - before).sum(axis=1).astype(np.float32)
    edge = np.minimum(np.arange(rows), rows - 1 - np.arange(rows))
    distance *= np.minimum(1.0, edge / max(1.0, half / 2.0)).astype(np.float32)
    return distance


def sides(values: Float32, half: int) -> tuple[Float32, Float32]:
    """Return means of (n, d) over the `half` rows before each row, and from it on, edges cut."""
    rows = values.shape[0]
    summed = np.concatenate(
        [np.zeros((1, values.shape[1])), np.cumsum(values, axis=0, dtype=np.float64)]
    )
    index = np.arange(rows)
    low, high = np.maximum(index - half, 0), np.minimum(index + half, rows)
    after = (summed[high] - summed[index]) / (high - index)[:, None]
    before = (summed[index] - summed[low]) / np.maximum(index - low, 1)[:, None]
    before[0] = after[0]
    return before.astype(np.float32), after.astype(np.float32)


def unit_rows(table: Float32) -> Float32:
    """Return (n, d) scaled to rows of length 1; rows of zeros stay."""
    norm = np.sqrt(np.einsum("ij,ij->i", table, table))[:, None]
    unit: Float32 = table / (norm + _EPSILON)
    return unit
