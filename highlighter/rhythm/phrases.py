"""Where phrases begin: the bars at which the music changes most, four or eight apart.

Bars are given. Change is the distance between the mean spectra before and behind a bar, over one,
four and eight bars (J. Foote, *Automatic audio segmentation using a measure of audio novelty*, ICME
2000, on bars). The chain of bars with the most change in the usual steps is found by dynamic
programming. Harmony was tried and made phrases of known songs worse.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from highlighter.analysis.frames import Float32
from highlighter.rhythm.spectrum import FRAME_RATE

Float64 = NDArray[np.float64]

_STEPS = {4: 0.0, 8: -0.2, 2: -1.3, 6: -1.3, 3: -2.0, 5: -2.0, 12: -0.8, 16: -0.8, 1: -3.0, 7: -2.2}
"""Bars from phrase to phrase, and what an unusual number costs, in standard deviations."""

_FEWEST = 4
_GROUP = 4
_WIDTHS = {8: 0.5, 4: 1.0, 1: 0.3}
"""Bars on either side that are compared, and what each comparison counts."""

_CLEAR = 1.2
"""Standard deviations by which one of four bars leads the others where phrases are clear."""


@dataclass(frozen=True, slots=True, eq=False)
class PhraseStarts:
    """Which bars begin phrases.

    Attributes
    ----------
    bars
        (p,) indices of bars, rising.
    strengths
        (p,) 0 to 1: how much the music changes there, against the other bars.
    confidence
        0 to 1: by how much one of each four bars stands out from the other three.
    """

    bars: NDArray[np.int64]
    strengths: Float64
    confidence: float


def phrase_starts(levels: Float32, downbeats: Float64) -> PhraseStarts:
    """Return the phrases of a fragment; none where it has fewer than four bars.

    Parameters
    ----------
    levels
        (n, 64) compressed levels at `FRAME_RATE`.
    downbeats
        (b,) seconds at which bars begin.
    """
    count = downbeats.size
    if count < _FEWEST:
        return PhraseStarts(np.zeros(0, dtype=np.int64), np.zeros(0), 0.0)
    novelty = np.zeros(count)
    for width, share in _WIDTHS.items():
        novelty += share * _standard(_change(levels, downbeats, width))
    novelty = _standard(novelty)
    chosen = _chain(novelty)
    strengths = 1.0 / (1.0 + np.exp(-1.5 * (novelty[chosen] - 0.5)))
    return PhraseStarts(chosen, strengths, _clarity(novelty))


def _change(table: Float32, downbeats: Float64, bars: int) -> Float64:
    """Return (b,) distance of the means over so many bars before and behind each bar's start."""
    summed = np.concatenate(
        [np.zeros((1, table.shape[1])), np.cumsum(table, axis=0, dtype=np.float64)]
    )
    long = float(np.median(np.diff(downbeats))) * bars
    low, at, high = (
        np.clip(np.round((downbeats + move) * FRAME_RATE).astype(np.int64), 0, table.shape[0])
        for move in (-long, 0.0, long)
    )
    before = (summed[at] - summed[low]) / np.maximum(at - low, 1)[:, None]
    behind = (summed[high] - summed[at]) / np.maximum(high - at, 1)[:, None]
    # At the fragment's ends there is nothing to compare with.
    heard = np.minimum(at - low, high - at) / max(1.0, long * FRAME_RATE)
    distance = np.sqrt(np.square(behind - before).sum(axis=1))
    return np.asarray(distance * np.sqrt(np.clip(2.0 * heard, 0.0, 1.0)), dtype=np.float64)


def _standard(curve: Float64) -> Float64:
    standard: Float64 = (curve - curve.mean()) / (curve.std() + 1e-9)
    return standard


def _chain(novelty: Float64) -> NDArray[np.int64]:
    """Return the chain of bars with the most novelty; it may begin and end anywhere."""
    count = novelty.size
    score, origin = novelty.copy(), np.full(count, -1, dtype=np.int64)
    for bar in range(count):
        for step, cost in _STEPS.items():
            if step <= bar and score[bar - step] + novelty[bar] + cost > score[bar]:
                score[bar] = score[bar - step] + novelty[bar] + cost
                origin[bar] = bar - step
    at = int(score.argmax())
    chosen = []
    while at >= 0:
        chosen.append(at)
        at = int(origin[at])
    return np.array(chosen[::-1], dtype=np.int64)


def _clarity(novelty: Float64) -> float:
    """Return 0 to 1: how far the best of four bars leads the next best, on average."""
    means = np.sort([float(novelty[first::_GROUP].mean()) for first in range(_GROUP)])
    return float(np.clip((means[-1] - means[-2]) / _CLEAR, 0.0, 1.0))
