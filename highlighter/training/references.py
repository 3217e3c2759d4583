"""What stands beside every trained network: chance, the best possible, and no training at all."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from highlighter.evaluation import metrics
from highlighter.evaluation.baselines import highest_mean, random_starts
from highlighter.highlight.model import Curve
from highlighter.highlight.window import best_window
from highlighter.training.architectures import similarity_baseline
from highlighter.training.batches import Recording
from highlighter.training.scores import SECONDS

BASELINE = "similarity_baseline"
CHANCE, BEST = "chance: random clips", "best possible"

Table = dict[str, list[float]]
"""Song → P, hit50, IoU, st3, AUC, F1."""


def references(songs: Sequence[Recording]) -> dict[str, Table]:
    """Return the scores of chance, of the best possible clip and curve, and of the baseline."""
    return {
        CHANCE: {one.name: chance(one) for one in songs},
        BEST: {one.name: best(one) for one in songs},
        BASELINE: {one.name: baseline(one) for one in songs},
    }


def chance(song: Recording) -> list[float]:
    """Return the mean of 100 random clips, and what a curve without knowledge gets.

    F1 is that of calling every second a chorus, the most that can be had without listening.
    """
    seconds = min(SECONDS, song.duration)
    starts = random_starts(song.name, song.duration, seconds)
    clip = metrics.mean_of_starts(starts, seconds, song.choruses).as_array()
    share = float(metrics.seconds_of_chorus(song.choruses, song.duration).mean())
    return [*clip.tolist(), 0.5, 2.0 * share / (1.0 + share)]


def best(song: Recording) -> list[float]:
    """Return the greatest P and hit50, and the greatest IoU, of any clip; the rest can be 1."""
    seconds = min(SECONDS, song.duration)
    inside = metrics.best_precision(song.duration, seconds, song.choruses)
    fits = metrics.best_iou(song.duration, seconds, song.choruses)
    right = metrics.scores(inside, inside + seconds, song.choruses)
    overlap = metrics.scores(fits, fits + seconds, song.choruses)
    return [right.precision, right.hit50, overlap.iou, 1.0, 1.0, 1.0]


def baseline(song: Recording) -> list[float]:
    """Return the scores of the curve that needs no training, its window chosen as ever."""
    curve = _curve(song)
    seconds = min(SECONDS, song.duration)
    start = 0.0
    if song.duration > seconds:
        start = best_window(curve.values, curve.rate, seconds, song.duration).start
    start = min(start, song.duration - seconds)
    clip = metrics.scores(start, start + seconds, song.choruses).as_array()
    inside = metrics.seconds_of_chorus(song.choruses, song.duration)
    read = metrics.each_second(curve.values, curve.rate, song.duration)
    return [*clip.tolist(), metrics.frame_auc(read, inside), metrics.frame_f1(read, inside)]


def even_baseline(song: Recording) -> list[float]:
    """Return P, hit50, IoU, st3 of the 30 s in which that curve is highest in the mean."""
    curve = _curve(song)
    seconds = min(SECONDS, song.duration)
    start = highest_mean(curve.values, curve.rate, seconds, song.duration)
    return [float(one) for one in metrics.scores(start, start + seconds, song.choruses).as_array()]


def _curve(song: Recording) -> Curve:
    power = np.power(np.float32(10.0), song.bands.astype(np.float32))
    return similarity_baseline.curve(song.chroma.astype(np.float32), power, song.duration)
