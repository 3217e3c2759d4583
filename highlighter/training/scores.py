"""How well curves find choruses: the scores that select and compare networks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from highlighter.evaluation import metrics
from highlighter.training.batches import Example

Floats = NDArray[np.float64]

SECONDS = 30.0
START_SHARE = 0.25
"""Weight of the curve of starts beside the mean interest inside a window."""

NAMES = ("P", "hit50", "IoU", "st3", "AUC", "F1")


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """What a network says of one song.

    Attributes
    ----------
    interest, starts
        (n,) 0 to 1: chorus; a chorus beginning there (zeros where a network has no such output).
    rate
        Values per second.
    duration
        Seconds of the song.
    """

    interest: Floats
    starts: Floats
    rate: float
    duration: float


def window_start(
    prediction: Prediction, seconds: float = SECONDS, share: float = START_SHARE
) -> float:
    """Return where the window with the most interest begins, in seconds.

    Interest counts most at the beginning of the window and least at its end, so that of all windows
    that hold a short chorus the one is taken that begins with it.

    Parameters
    ----------
    prediction
        A song's curves.
    seconds
        Length of the window.
    share
        Weight of the curve of starts beside the mean interest inside.
    """
    values, rate = prediction.interest, prediction.rate
    length = max(1, round(seconds * rate))
    if values.size <= length:
        return 0.0
    weights = np.linspace(2.0, 0.0, length)
    inside = np.correlate(values, weights / weights.sum(), mode="valid")
    score = inside + share * prediction.starts[: inside.size]
    latest = max(0.0, prediction.duration - seconds)
    return float(min((int(score.argmax()) + 0.5) / rate, latest))


def scores_of(
    prediction: Prediction, choruses: Sequence[tuple[float, float]], share: float = START_SHARE
) -> Floats:
    """Return (6,): P, hit50, IoU, st3 of the window of 30 s; AUC and F1 of the curve.

    Parameters
    ----------
    prediction
        A song's curves.
    choruses
        Pairs (start, end) in seconds, one at least.
    share
        As in `window_start`.
    """
    seconds = min(SECONDS, prediction.duration)
    start = window_start(prediction, seconds, share)
    clip = metrics.scores(start, start + seconds, choruses).as_array()
    inside = metrics.seconds_of_chorus(choruses, prediction.duration)
    curve = metrics.each_second(prediction.interest, prediction.rate, prediction.duration)
    frames = [metrics.frame_auc(curve, inside), metrics.frame_f1(curve, inside)]
    return np.concatenate([clip, frames])


def scores_table(
    said: Sequence[Prediction], songs: Sequence[Example], share: float = START_SHARE
) -> Floats:
    """Return (songs, 6): `scores_of` each song, in their order."""
    rows = [scores_of(one, song.choruses, share) for one, song in zip(said, songs, strict=True)]
    return np.array(rows)


def selection(mean: Floats) -> float:
    """Return the one number by which the best pass is kept: P + IoU + ½ st3 + ½ AUC."""
    return float(mean[0] + mean[2] + 0.5 * mean[3] + 0.5 * mean[4])


def told(mean: Floats) -> str:
    """Return mean scores as a line."""
    return "  ".join(f"{name} {value:.3f}" for name, value in zip(NAMES, mean, strict=True))
