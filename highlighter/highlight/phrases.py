"""Bars and phrases: where a highlight may begin and end without cutting music in two.

Beats are given. Which of four beats begins a bar is read from harmony, which changes there more
often than elsewhere (M. Goto, *An audio-based real-time beat tracking system for music with or
without drum-sounds*, JNMR 30(2), 2001), helped by timbre. Phrases are the chain of bars, mostly
four or eight apart, at which the music before and after differs most. Both carry how sure they
are: a wrong downbeat is worse than none.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from highlighter.analysis import Analysis, Sound
from highlighter.analysis.hearing import TABLE_RATE
from highlighter.highlight.force import relative

Float64 = NDArray[np.float64]

METRE = 4
"""Beats to the bar: 96.5 % of popular songs; other metres show as unsure downbeats."""

_HALF_BAR, _BAR, _FOUR_BARS = 2, METRE, 4 * METRE
_FEWEST_BEATS = 8 * METRE
_CLEAR_BARS = 0.6
"""Standard deviations between the best and the second beat of the bar that make it certain."""

_PARTS = 4
_STEPS = {4: 0.0, 8: -0.3, 16: -0.6, 12: -0.8, 6: -1.0, 2: -1.2, 3: -1.8, 5: -1.8, 7: -2.0, 1: -2.5}
"""Bars from phrase to phrase, and what an unusual number costs, in standard deviations."""

_STRONGEST = 3.0


@dataclass(frozen=True, slots=True, eq=False)
class Phrases:
    """The grid of a track.

    Attributes
    ----------
    beats, downbeats, starts
        Seconds, rising: of beats, of bars, of phrases; a phrase ends where the next begins.
    strengths
        0 to 1 for each of `starts`: how much the music changes there.
    beat_confidence, downbeat_confidence
        0 to 1. That of beats is the analysis's.
    """

    beats: Float64
    downbeats: Float64
    starts: Float64
    strengths: Float64
    beat_confidence: float
    downbeat_confidence: float


def phrases(sound: Sound, analysis: Analysis) -> Phrases:
    """Return bars and phrases of what was heard; empty where there are too few beats."""
    beats = np.asarray(analysis.beats, dtype=np.float64)
    nothing = np.zeros(0)
    sure = analysis.bpm_confidence if analysis.bpm is not None else 0.0
    if beats.size < _FEWEST_BEATS or sound.chroma.shape[0] < _FEWEST_BEATS:
        return Phrases(beats, nothing, nothing, nothing, sure, 0.0)
    harmony, colour = _by_beat(sound, beats)
    first, clear = _first_of_bar(harmony, colour)
    bars = np.arange(first, harmony.shape[0], METRE)
    novelty = (
        0.5 * _standard(_change(harmony, _FOUR_BARS)[bars])
        + 0.5 * _standard(_change(harmony, _BAR)[bars])
        + _standard(_change(colour, _FOUR_BARS)[bars])
        + 0.5 * _standard(_change(colour, _BAR)[bars])
    )
    chosen = _chain(novelty)
    return Phrases(
        beats,
        beats[bars],
        beats[bars[chosen]],
        np.clip(novelty[chosen] / _STRONGEST, 0.0, 1.0),
        sure,
        clear * sure,
    )


def _by_beat(sound: Sound, beats: Float64) -> tuple[Float64, Float64]:
    """Return (n − 1, 12) harmony and (n − 1, 40) level in dB, means from beat to beat."""
    rows = min(sound.chroma.shape[0], sound.bands.shape[0])
    chroma, bands = relative(sound.chroma[:rows]), relative(sound.bands[:rows])
    shares = np.sqrt(chroma / (chroma.sum(axis=1, keepdims=True) + np.float32(1e-6)))
    level = np.float32(10.0) * np.log10(np.maximum(bands, np.float32(1e-6)))
    return beat_means(shares, beats), beat_means(level, beats)


def beat_means(table: NDArray[np.float32], beats: Float64) -> Float64:
    """Return (n − 1, d): means of (rows, d), `TABLE_RATE` rows per second, from beat to beat."""
    summed = np.concatenate(
        [np.zeros((1, table.shape[1])), np.cumsum(table, axis=0, dtype=np.float64)]
    )
    places = np.clip(beats * TABLE_RATE, 0.0, table.shape[0])
    whole = np.minimum(places.astype(np.intp), table.shape[0] - 1)
    part = (places - whole)[:, None]
    at = summed[whole] * (1.0 - part) + summed[whole + 1] * part
    return np.asarray(np.diff(at, axis=0) / np.maximum(np.diff(places), 1e-3)[:, None])


def _change(table: Float64, width: int) -> Float64:
    """Return (n,) distance between the means of the `width` rows before and from each row on."""
    rows = table.shape[0]
    summed = np.concatenate([np.zeros((1, table.shape[1])), np.cumsum(table, axis=0)])
    index = np.arange(rows)
    low, high = np.maximum(index - width, 0), np.minimum(index + width, rows)
    before = (summed[index] - summed[low]) / np.maximum(index - low, 1)[:, None]
    after = (summed[high] - summed[index]) / (high - index)[:, None]
    distance: Float64 = np.sqrt(np.square(after - before).sum(axis=1))
    distance[0] = 0.0
    return distance


def _standard(curve: Float64) -> Float64:
    standard: Float64 = (curve - curve.mean()) / (curve.std() + 1e-9)
    return standard


def _first_of_bar(harmony: Float64, colour: Float64) -> tuple[int, float]:
    """Return which beat of `METRE` begins a bar, and how sure that is, 0 to 1.

    Sure is what stands out over the whole track, and in each quarter of it.
    """
    change = _standard(_change(harmony, _HALF_BAR)) + 0.5 * _standard(_change(colour, _BAR))
    means = np.array([change[beat::METRE].mean() for beat in range(METRE)])
    best = int(means.argmax())
    lead = float(means[best] - np.delete(means, best).max())
    size = change.size // (_PARTS * METRE) * METRE
    votes = [
        int(change[at : at + size].reshape(-1, METRE).mean(axis=0).argmax())
        for at in range(0, _PARTS * size, size)
    ]
    agreed = votes.count(best) / len(votes)
    return best, float(np.clip(lead / _CLEAR_BARS, 0.0, 1.0)) * agreed


def _chain(novelty: Float64) -> NDArray[np.intp]:
    """Return the bars that phrases begin with: the chain with the most novelty, evenly spaced."""
    count = novelty.size
    score = novelty.copy()
    origin = np.full(count, -1, dtype=np.intp)
    for bar in range(count):
        for step, cost in _STEPS.items():
            if step <= bar and score[bar - step] + novelty[bar] + cost > score[bar]:
                score[bar] = score[bar - step] + novelty[bar] + cost
                origin[bar] = bar - step
    last = max(0, count - 8)
    at = last + int(score[last:].argmax())
    chosen = []
    while at >= 0:
        chosen.append(at)
        at = int(origin[at])
    return np.array(chosen[::-1], dtype=np.intp)
