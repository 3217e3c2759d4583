"""From a curve of interest to the seconds that are played."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from highlighter.highlight.phrases import Phrases

SECTION_SHARE = 0.1
"""Weight of a rise at the start beside the interest inside, where sections are looked for."""

PEAK_SHARE = 0.05
"""The same where a peak is looked for, which need not begin suddenly."""

LENGTH_TOLERANCE = 0.05
"""How far a highlight's length may be from what was asked, so that it ends with a phrase."""

_BEFORE_SECONDS = 6.0
_FADING = 3
"""Share of the window, as its inverse, over which weights fall to 0 where sections are sought."""

_BEAT_NEEDS = 0.35
_DOWNBEAT_NEEDS = 0.3
_PHRASE_NEEDS = 0.2
_PHRASE_REACH = 2.0
"""Seconds from the best start to a phrase's start at most."""

_END_NEEDS = 0.1


@dataclass(frozen=True, slots=True)
class Choice:
    """The best window.

    Attributes
    ----------
    start
        Seconds.
    margin
        0 to 1: how far its score lies above the track's middling windows.
    """

    start: float
    margin: float


def best_window(
    values: NDArray[np.float64],
    rate: float,
    seconds: float,
    total: float,
    rise_share: float = SECTION_SHARE,
    *,
    fading: bool = True,
    begins: NDArray[np.float64] | None = None,
) -> Choice:
    """Return the window with the most interest, that begins where interest rises.

    Parameters
    ----------
    values
        (n,) interest, 0 to 1.
    rate
        Values per second.
    seconds
        Length of the window, below `total`.
    total
        Length of the track in seconds.
    rise_share
        Weight of the rise of interest at the start.
    fading
        Whether the last third counts less and less. Of two windows with the same chorus inside,
        the one that begins with it, or with what leads up to it, is then preferred.
    begins
        (n,) what a window is worth for beginning at each value, beside what is inside.
    """
    length = min(values.size, max(1, round(seconds * rate)))
    before = max(1, round(_BEFORE_SECONDS * rate))
    weights = np.ones(length)
    if fading and length >= _FADING:
        weights[-(length // _FADING) :] = np.linspace(1.0, 0.0, length // _FADING + 1)[1:]
    inside = np.convolve(values, weights[::-1] / weights.sum(), mode="valid")
    summed = np.concatenate([[0.0], np.cumsum(values)])
    starts = np.arange(inside.size)
    lead = np.maximum(starts - before, 0)
    ahead = np.minimum(starts + before, values.size)
    rise = (summed[ahead] - summed[starts]) / np.maximum(1, ahead - starts) - (
        summed[starts] - summed[lead]
    ) / np.maximum(1, starts - lead)
    score = inside + rise_share * np.where(starts >= before, rise, 0.0)
    if begins is not None:
        score = score + begins[: score.size]
    best = int(score.argmax())
    spread = float(score[best] - np.median(score))
    return Choice(
        start=float(min(best / rate, max(0.0, total - seconds))),
        margin=float(np.clip(spread / 0.5, 0.0, 1.0)),
    )


def settled(
    start: float,
    seconds: float,
    total: float,
    grid: Phrases,
    reach: float = _PHRASE_REACH,
) -> tuple[float, float]:
    """Return start and end moved to where the music itself begins and ends, if that is known.

    The start goes to a phrase's start within `reach` seconds if bars are sure enough, else to the
    nearest beat within one beat if beats are. Choruses begin on a beat in 99.6 % of songs and on
    a downbeat in 70 % only, so that an unsure downbeat would do harm. The end goes to the end of a
    phrase, if the length then stays within `LENGTH_TOLERANCE` of `seconds`.

    Parameters
    ----------
    start
        Seconds: the best place without regard to beats.
    seconds
        Length that was asked for, below `total`.
    total
        Length of the track.
    grid
        Its beats and phrases.
    reach
        How far the start may be moved to a phrase.
    """
    latest = total - seconds
    begin = min(max(0.0, start), latest)
    sure = grid.downbeat_confidence >= _DOWNBEAT_NEEDS
    phrase = _phrase_near(begin, latest, grid, reach) if sure else None
    if phrase is not None:
        begin = phrase
    elif grid.beat_confidence >= _BEAT_NEEDS and grid.beats.size > 1:
        step = min(1.0, float(np.median(np.diff(grid.beats))))
        begin = snapped(begin, tuple(grid.beats.tolist()), latest, step)
    return begin, _end(begin, seconds, total, grid) if sure else begin + seconds


def _phrase_near(start: float, latest: float, grid: Phrases, reach: float) -> float | None:
    away = np.abs(grid.starts - start)
    fit = np.flatnonzero(
        (away <= reach) & (grid.strengths >= _PHRASE_NEEDS) & (grid.starts <= latest)
    )
    if fit.size == 0:
        return None
    worth = grid.strengths[fit] - away[fit] / max(reach, 1e-6)
    return float(grid.starts[fit[int(worth.argmax())]])


def _end(begin: float, seconds: float, total: float, grid: Phrases) -> float:
    usual = begin + seconds
    away = np.abs(grid.starts - usual)
    # A hair less than the tolerance, so that rounding to milliseconds stays within it.
    fit = np.flatnonzero(
        (away <= LENGTH_TOLERANCE * seconds - 0.002)
        & (grid.strengths >= _END_NEEDS)
        & (grid.starts <= total)
    )
    return float(grid.starts[fit[int(away[fit].argmin())]]) if fit.size else usual


def snapped(start: float, beats: tuple[float, ...], latest: float, reach: float) -> float:
    """Return the beat nearest to `start` within `reach` seconds, or `start` where there is none.

    No beat after `latest` is taken, so that the window stays inside the track.
    """
    near = [beat for beat in beats if abs(beat - start) <= reach and beat <= latest]
    return min(near, key=lambda beat: abs(beat - start)) if near else start
