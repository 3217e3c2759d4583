"""What a network sees of a track: about 2.7 tokens a second of spectrum, level and repetition.

Everything is relative to the track itself: a gain, an equaliser or another recording level leaves
the tokens as they are. Nothing tells where in the track a token lies, since where choruses lie in
one collection says little about another; what is told is where its repeats lie, as a passage that
was there from the beginning is rarely the chorus, and one that also ends the track often is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from highlighter.analysis.hearing import ONSET_RATE, TABLE_RATE, Sound
from highlighter.highlight.recurrence import (
    Recurrence,
    around_each,
    novelty,
    recurrence,
    sides,
    transposed,
    unit_rows,
    usual_between,
)
from highlighter.highlight.similarity import cepstra, pool_factor, pooled
from highlighter.products import product

Float32 = NDArray[np.float32]

VERSION = 2
"""Raised whenever the values change: a network answers only for the version it was trained on."""

_LOWEST = 1e-6
"""Power under which nothing counts, as a share of the track's loudest tokens: −60 dB."""

_ALIKE = 0.3
"""Relation from which passages count as alike."""

_COLOURS = 20
_NEAREST_SECONDS = 10.0


@dataclass(frozen=True, slots=True, eq=False)
class Tokens:
    """A track as networks see it.

    Attributes
    ----------
    values
        (n, `WIDTH`) float32, finite, mostly within ±3; `GROUPS` names the columns.
    rate
        Tokens per second: `TABLE_RATE` / 2 ≈ 2.69, less for tracks above 12.7 minutes.
    relations
        (3, m, m) float32, m = ⌈n / 2⌉, at half the rate, −1 to 1, 0 = as alike as is usual in the
        track: harmony and timbre over 8 s; harmony in any of five transpositions over 8 s; both at
        the moment.
    duration
        Seconds of the track.
    """

    values: Float32
    rate: float
    relations: Float32
    duration: float


def tokens(sound: Sound) -> Tokens:
    """Return the tokens of what was heard."""
    return tokens_of(sound.bands, sound.chroma, sound.onsets, sound.duration)


def tokens_of(bands: Float32, chroma: Float32, onsets: Float32, duration: float) -> Tokens:
    """Return tokens from the tables of `highlighter.analysis.hearing.Sound`.

    Parameters
    ----------
    bands
        (k, 40) mel power, 5.38 rows per second.
    chroma
        (k, 12) ≥ 0.
    onsets
        (m,) onset strength, 86.13 per second.
    duration
        Seconds.
    """
    factor = pool_factor(bands.shape[0])
    rate = TABLE_RATE / factor
    power, classes = pooled(_finite(bands), factor), pooled(_finite(chroma), factor)
    if power.shape[0] < 2:
        power, classes = np.zeros((2, bands.shape[1]), np.float32), np.zeros((2, 12), np.float32)
    rows = power.shape[0]
    loudest = float(np.percentile(power.sum(axis=1), 95))
    power = power / np.float32(max(loudest, 1e-20)) + np.float32(_LOWEST)
    level = (10.0 * np.log10(power)).astype(np.float32)
    blows = _blows(_finite(onsets), rows, factor)
    harmony = np.sqrt(classes / (classes.sum(axis=1, keepdims=True) + np.float32(1e-6)))
    embedding = _embedding(harmony, power)
    columns = [
        _spectrum(level, harmony, rate),
        _force(level, power, blows, rate),
        _changes(level, power, blows, embedding, rate),
    ]
    matrix = product(embedding, np.ascontiguousarray(embedding.T))
    half_harmony = _halved(harmony)
    eight = recurrence(matrix, *_lengths(8.0, rate), rate)
    columns.append(_repetition(matrix, eight, embedding, half_harmony, rate))
    columns.append(_against_repeats(eight.matches, level, power, blows, rate))
    relations = _relations(_halved(embedding), half_harmony, rate / 2.0)
    columns.append(_order(relations, rows))
    values = np.concatenate(columns, axis=1)
    return Tokens(
        values=np.clip(np.nan_to_num(values), -4.0, 4.0).astype(np.float32),
        rate=rate,
        relations=relations,
        duration=duration,
    )


GROUPS: dict[str, slice] = {
    "mel": slice(0, 20),
    "spread": slice(20, 24),
    "chroma": slice(24, 36),
    "force": slice(36, 47),
    "changes": slice(47, 60),
    "repetition": slice(60, 86),
    "against": slice(86, 92),
    "order": slice(92, 100),
}
"""Columns of `Tokens.values`, by what they tell of."""

WIDTH = 100


def _finite(table: Float32) -> Float32:
    clean: Float32 = np.maximum(
        np.nan_to_num(np.asarray(table, dtype=np.float32), posinf=0.0, neginf=0.0), 0.0
    )
    return clean


def _embedding(harmony: Float32, power: Float32) -> Float32:
    """Return (n, 24) unit rows: harmony less what all share, and timbre, with equal weight."""
    colour = cepstra(power)
    colour = (colour - colour.mean(axis=0)) / (colour.std(axis=0) + np.float32(0.5))
    both = [unit_rows(harmony - harmony.mean(axis=0)), unit_rows(colour)]
    return np.ascontiguousarray(np.concatenate(both, axis=1) * np.float32(math.sqrt(0.5)))


def _spectrum(level: Float32, harmony: Float32, rate: float) -> Float32:
    offset = level - level.mean(axis=0)
    scale = max(3.0, float(offset.std()))
    colours = offset.reshape(level.shape[0], _COLOURS, -1).mean(axis=2) / np.float32(scale)
    quarter = offset.reshape(level.shape[0], 4, -1).mean(axis=2)
    window = max(2, round(1.5 * rate))
    variance = _smooth(np.square(quarter), window) - np.square(_smooth(quarter, window))
    spread = np.sqrt(np.maximum(variance, 0.0)) / np.float32(6.0)
    classes = harmony * np.float32(2.0)
    return np.concatenate([colours, spread, classes], axis=1)


def _summed(level_power: Float32) -> Float32:
    total: Float32 = (10.0 * np.log10(level_power.sum(axis=1, keepdims=True))).astype(np.float32)
    return total


def _brightness(power: Float32) -> Float32:
    share = np.sqrt(power)
    place = np.arange(power.shape[1], dtype=np.float32)
    centre: Float32 = (share @ place / share.sum(axis=1))[:, None].astype(np.float32)
    return centre


def _fullness(level: Float32) -> Float32:
    high = np.percentile(level, 95, axis=0).astype(np.float32)
    full: Float32 = np.clip((level - high + 24.0) / 24.0, 0.0, 1.0).mean(axis=1, keepdims=True)
    return full.astype(np.float32)


def _force(level: Float32, power: Float32, blows: Float32, rate: float) -> Float32:
    total = _summed(power)
    second, four, twelve = (max(1, round(length * rate)) for length in (1.0, 4.0, 12.0))
    relative = np.clip((_smooth(total, second) - np.median(total)) / 6.0, -4.0, 2.0)
    parts = [
        relative,
        _ranks(_smooth(total, second)),
        _ranks(_smooth(total, four)),
        _ranks(_smooth(total, twelve)),
        _ranks(_smooth(_summed(power[:, :6]), four)),
        _ranks(_smooth(_summed(power[:, 8:26]), four)),
        _ranks(_smooth(_summed(power[:, 28:]), four)),
        _ranks(_smooth(_brightness(power), four)),
        _ranks(_smooth(_fullness(level), four)),
        _ranks(_smooth(blows[:, :1], four)),
        np.clip((blows[:, 1:] - blows[:, 1:].mean()) / (blows[:, 1:].std() + 0.5), -3.0, 3.0),
    ]
    return np.concatenate(parts, axis=1).astype(np.float32)


def _changes(
    level: Float32, power: Float32, blows: Float32, embedding: Float32, rate: float
) -> Float32:
    total, bright, full = _summed(power), _brightness(power), _fullness(level)
    parts: list[Float32] = []
    for seconds in (2.0, 4.0, 8.0, 16.0):
        before, after = sides(total, max(1, round(seconds * rate)))
        parts.append((after - before) / np.float32(4.0))
    eight = max(1, round(8.0 * rate))
    for curve in (bright, full, blows[:, :1]):
        before, after = sides(curve, eight)
        parts.append((after - before) / np.float32(2.0 * float(curve.std()) + 1e-3))
    for features in (embedding, embedding[:, :12], embedding[:, 12:]):
        for seconds in (6.0, 14.0):
            found = novelty(features, max(1, round(seconds * rate)))
            high = float(np.percentile(found, 98)) if found.size else 0.0
            parts.append((found / np.float32(high + 1e-3))[:, None])
    return np.concatenate(parts, axis=1).astype(np.float32)


def _repetition(
    matrix: Float32, eight: Recurrence, embedding: Float32, half_harmony: Float32, rate: float
) -> Float32:
    rows = matrix.shape[0]
    parts = [*_told(eight), eight.begins, eight.ends]
    halved = _halved(embedding)
    coarse = product(halved, _turned(halved))
    for seconds in (4.0, 16.0):
        found = recurrence(coarse, *_lengths(seconds, rate / 2), rate / 2)
        parts += [_doubled(part, rows) for part in _told(found)]
    colour = unit_rows(halved[:, 12:])
    timbre = recurrence(product(colour, _turned(colour)), *_lengths(8.0, rate / 2), rate / 2)
    parts += [_doubled(part, rows) for part in (timbre.several, _ranked(timbre.several))]
    raised = transposed(half_harmony)
    plain = transposed(half_harmony, 0)
    for seconds in (8.0, 16.0):
        lengths = _lengths(seconds, rate / 2)
        any_key = recurrence(raised, *lengths, rate / 2)
        same_key = recurrence(plain, *lengths, rate / 2)
        moved = any_key.best - same_key.best
        some = (any_key.several, _ranked(any_key.several), moved)
        parts += [_doubled(part, rows) for part in some]
    typical = matrix.mean(axis=1)
    parts.append(_ranked(_smooth(typical[:, None], max(1, round(8.0 * rate)))[:, 0]))
    return np.stack(parts, axis=1).astype(np.float32)


def _told(found: Recurrence) -> list[Float32]:
    return [found.best, found.several, _ranked(found.several), found.often, found.lag]


def _lengths(seconds: float, rate: float) -> tuple[int, int]:
    nearest = max(seconds, _NEAREST_SECONDS)
    return max(2, round(seconds * rate)), max(2, round(nearest * rate))


def _against_repeats(
    matches: NDArray[np.intp], level: Float32, power: Float32, blows: Float32, rate: float
) -> Float32:
    """Return (n, 6): how much louder, brighter, fuller and busier than its matches each row is."""
    eight = max(1, round(8.0 * rate))
    parts: list[Float32] = []
    for curve, scale in (
        (_summed(power), 4.0),
        (_brightness(power), 2.0),
        (_fullness(level), 0.1),
        (blows[:, :1], float(blows[:, 0].std()) + 1e-3),
    ):
        smooth = _smooth(curve, eight)[:, 0]
        parts.append((smooth - smooth[matches].mean(axis=1)) / np.float32(scale))
    loud = _smooth(_summed(power), eight)[:, 0]
    parts.append((loud - loud[matches].max(axis=1)) / np.float32(4.0))
    rest, _ = sides(_summed(power), max(1, round(20.0 * rate)))
    parts.append((loud - rest[:, 0]) / np.float32(4.0))
    return np.clip(np.stack(parts, axis=1), -3.0, 3.0).astype(np.float32)


def _order(relations: Float32, rows: int) -> Float32:
    """Return (n, 8): where the passages like each row's lie, itself among them.

    By both of the smoothed relations: the mean place, −1 to 1; the shares of likeness in the first
    and in the last quarter, and how much of it there is in the last.
    """
    places = np.linspace(-1.0, 1.0, relations.shape[1], dtype=np.float32)[:, None]
    sums = np.concatenate([places, places < -0.5, places > 0.5], axis=1).astype(np.float32)
    parts: list[Float32] = []
    for matrix in relations[:2]:
        alike = np.maximum(matrix - np.float32(_ALIKE), 0.0)
        np.fill_diagonal(alike, 1.0 - _ALIKE)
        mean, first, last = (product(alike, sums) / alike.sum(axis=1, keepdims=True)).T
        amount = np.log1p(product(alike, sums)[:, 2])
        amount = amount / (np.abs(amount).mean() + np.float32(1e-3)) - np.float32(1.0)
        parts += [2.0 * mean, 2.0 * first, 2.0 * last, np.clip(amount, -2.0, 2.0)]
    table = np.stack([_doubled(part.astype(np.float32), rows) for part in parts], axis=1)
    if float(np.ptp(relations)) < 1e-6:  # silence
        return np.zeros_like(table)
    return table


def _relations(embedding: Float32, harmony: Float32, rate: float) -> Float32:
    context = max(1, round(8.0 * rate))
    nearest = max(2, round(_NEAREST_SECONDS * rate))
    now = product(embedding, _turned(embedding))
    channels = []
    for matrix in (around_each(now, context), around_each(transposed(harmony), context), now):
        usual = usual_between(matrix, nearest)
        channels.append(np.clip((matrix - usual) / max(0.05, 1.0 - usual), -1.0, 1.0))
    return np.stack(channels).astype(np.float32)


def _blows(onsets: Float32, rows: int, factor: int) -> Float32:
    """Return (rows, 2): mean and greatest onset strength within each token."""
    step = round(ONSET_RATE / TABLE_RATE) * factor
    padded = np.zeros(rows * step, dtype=np.float32)
    padded[: min(padded.size, onsets.size)] = onsets[: padded.size]
    table = padded.reshape(rows, step)
    return np.stack([table.mean(axis=1), table.max(axis=1)], axis=1)


def _halved(table: Float32) -> Float32:
    """Return (⌈n / 2⌉, d): means of pairs of rows."""
    even = table if table.shape[0] % 2 == 0 else np.concatenate([table, table[-1:]])
    mean: Float32 = np.float32(0.5) * (even[0::2] + even[1::2])
    return np.ascontiguousarray(mean)


def _doubled(values: Float32, rows: int) -> Float32:
    return np.repeat(values, 2)[:rows]


def _turned(table: Float32) -> Float32:
    return np.ascontiguousarray(table.T)


def _smooth(table: Float32, width: int) -> Float32:
    """Return (n, d): means over `width` rows around each, edges cut."""
    rows = table.shape[0]
    summed = np.concatenate(
        [np.zeros((1, table.shape[1])), np.cumsum(table, axis=0, dtype=np.float64)]
    )
    index = np.arange(rows)
    low = np.maximum(index - width // 2, 0)
    high = np.minimum(index + (width + 1) // 2, rows)
    mean: Float32 = ((summed[high] - summed[low]) / (high - low)[:, None]).astype(np.float32)
    return mean


def _ranked(curve: Float32) -> Float32:
    """Return (n,) −1 (least of the track) to 1 (greatest); equal values share."""
    if float(np.ptp(curve)) < 1e-6:
        return np.zeros(curve.size, dtype=np.float32)
    ordered = np.sort(curve)
    low = np.searchsorted(ordered, curve, side="left")
    high = np.searchsorted(ordered, curve, side="right")
    return ((low + high) / np.float32(curve.size) - 1.0).astype(np.float32)


def _ranks(table: Float32) -> Float32:
    return _ranked(table[:, 0])[:, None]
