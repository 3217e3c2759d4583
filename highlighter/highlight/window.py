"""From a curve of interest to the window of the asked length."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SECTION_SHARE = 0.35
"""Weight of a rise at the start beside the interest inside, where sections are looked for."""

PEAK_SHARE = 0.05
"""The same where a peak is looked for, which need not begin suddenly."""

_BEFORE_SECONDS = 6.0


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
    """
    length = max(1, round(seconds * rate))
    before = max(1, round(_BEFORE_SECONDS * rate))
    summed = np.concatenate([[0.0], np.cumsum(values)])
    starts = np.arange(max(1, values.size - length + 1))
    ends = np.minimum(starts + length, values.size)
    inside = (summed[ends] - summed[starts]) / np.maximum(1, ends - starts)
    lead = np.maximum(starts - before, 0)
    ahead = np.minimum(starts + before, values.size)
    rise = (summed[ahead] - summed[starts]) / np.maximum(1, ahead - starts) - (
        summed[starts] - summed[lead]
    ) / np.maximum(1, starts - lead)
    score = inside + rise_share * np.where(starts >= before, rise, 0.0)
    best = int(score.argmax())
    spread = float(score[best] - np.median(score))
    return Choice(
        start=float(min(best / rate, max(0.0, total - seconds))),
        margin=float(np.clip(spread / 0.5, 0.0, 1.0)),
    )


def snapped(start: float, beats: tuple[float, ...], latest: float, reach: float) -> float:
    """Return the beat nearest to `start` within `reach` seconds, or `start` where there is none.

    No beat after `latest` is taken, so that the window stays inside the track.
    """
    near = [beat for beat in beats if abs(beat - start) <= reach and beat <= latest]
    return min(near, key=lambda beat: abs(beat - start)) if near else start
