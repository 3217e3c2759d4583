"""How well a clip, and a curve of interest, meet the choruses that people marked.

All of it is pure. Times are seconds, choruses are pairs (start, end). Every score is in [0, 1] and
more is better. What chance gets depends on the songs: it is measured beside every score by
`highlighter.evaluation.baselines`, and given here for the two sets of the documentation (49 songs
rendered from RWC Popular; ten songs with a free licence), clips of 30 s.

=======  ==========================================================  ==============================
score    what                                                        chance, by random clips
=======  ==========================================================  ==============================
P        share of the clip inside a chorus (precision; Huang, Chou   .38; .37. By formula: the share
         and Yang, "Pop Music Highlighter", TISMIR 2018)             of the song that is chorus
hit50    1 where P ≥ 0.5                                             .37; .34
IoU      overlap of the clip with the chorus it meets best, over     .28; .31
         what the two cover together (Jaccard 1912)
st3      1 where the clip starts within 3 s of a chorus (the wide    .08; .10
         window of boundary scores: Turnbull et al., ISMIR 2007)
AUC      chance that a second inside a chorus lies higher on the     .5, by definition
         curve than one outside (Mann and Whitney 1947; Fawcett
         2006)
F1       of seconds called chorus, as in He et al., "DeepChorus",    2c / (1 + c) where everything
         ICASSP 2022 (arXiv 2202.06338)                              is called chorus, c its share
=======  ==========================================================  ==============================
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass

import numpy as np
from numpy.typing import NDArray

MERGE_SECONDS = 2.0
"""Choruses with less than this between them are heard as one."""

HIT_SHARE = 0.5
START_SECONDS = 3.0
MEDIAN_SECONDS = 9
THRESHOLD = 0.5
STEP_SECONDS = 0.25
"""Distance of the clips among which the best possible one is sought."""

_BEYOND_SECONDS = 1.0
"""How far a clip may reach beyond the song: decoders differ by that much about its length."""

Span = tuple[float, float]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Scores:
    """How well one clip meets a song's choruses; each in [0, 1], see this module.

    Attributes
    ----------
    precision
        P.
    hit50
        1 or 0; the mean over songs is the share of songs.
    iou
        With the best merged chorus.
    st3
        1 or 0.
    """

    precision: float
    hit50: float
    iou: float
    st3: float

    def as_array(self) -> Floats:
        """Return (4,): P, hit50, IoU, st3."""
        return np.array(astuple(self), dtype=np.float64)


def merged(choruses: Sequence[Sequence[float]]) -> tuple[Span, ...]:
    """Return the choruses in order, those less than `MERGE_SECONDS` apart as one.

    Parameters
    ----------
    choruses
        Pairs (start, end) in seconds, in any order, overlapping or not.

    Raises
    ------
    ValueError
        A chorus is not two finite numbers of which the first is smaller.
    """
    spans: list[Span] = []
    for start, end in sorted(_span(one) for one in choruses):
        if spans and start - spans[-1][1] < MERGE_SECONDS:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        else:
            spans.append((start, end))
    return tuple(spans)


def scores(
    start: float,
    end: float,
    choruses: Sequence[Sequence[float]],
    duration: float | None = None,
) -> Scores:
    """Return how well the clip from `start` to `end` meets the choruses.

    Parameters
    ----------
    start, end
        Seconds.
    choruses
        Pairs (start, end); merged here.
    duration
        Seconds of the song, where known: a clip outside it is no answer.

    Raises
    ------
    ValueError
        There is no chorus, a chorus is no interval, or the clip is none or not in the song.
    """
    if not (math.isfinite(start) and math.isfinite(end) and 0.0 <= start < end):
        raise ValueError(f"from {start} to {end} s is no clip")
    if duration is not None and end > duration + _BEYOND_SECONDS:
        raise ValueError(f"the clip ends at {end} s, and the song at {duration} s")
    spans = merged(choruses)
    if not spans:
        raise ValueError("a song without a chorus has no scores")
    return Scores(*_scores_of(np.array([start]), end - start, spans)[0].tolist())


def best_precision(duration: float, seconds: float, choruses: Sequence[Sequence[float]]) -> float:
    """Return the start of the clip with the largest P, the earliest of equal ones (an oracle).

    Parameters
    ----------
    duration
        Seconds of the song.
    seconds
        Length of the clip.
    choruses
        Pairs (start, end), one at least.
    """
    return _best_start(duration, seconds, choruses, column=0)


def best_iou(duration: float, seconds: float, choruses: Sequence[Sequence[float]]) -> float:
    """Return the start of the clip with the largest IoU; see `best_precision`."""
    return _best_start(duration, seconds, choruses, column=2)


def mean_of_starts(
    starts: Sequence[float] | Floats, seconds: float, choruses: Sequence[Sequence[float]]
) -> Scores:
    """Return the mean scores of clips of one length at several starts, as of random ones."""
    table = _scores_of(np.asarray(starts, dtype=np.float64), seconds, merged(choruses))
    return Scores(*table.mean(axis=0).tolist())


def _best_start(
    duration: float, seconds: float, choruses: Sequence[Sequence[float]], column: int
) -> float:
    starts = np.arange(0.0, max(STEP_SECONDS / 2.0, duration - seconds), STEP_SECONDS)
    table = _scores_of(starts, seconds, merged(choruses))
    # Rounded, so that of equal clips the first is taken and not the one with the luckiest rounding.
    return float(starts[int(np.round(table[:, column], 9).argmax())])


def _scores_of(starts: Floats, seconds: float, spans: Sequence[Span]) -> Floats:
    """Return (n, 4): P, hit50, IoU, st3 of clips that begin at (n,) `starts`."""
    first = np.array([one for one, _ in spans])[None, :]
    last = np.array([one for _, one in spans])[None, :]
    begins = starts[:, None]
    overlap = np.maximum(0.0, np.minimum(begins + seconds, last) - np.maximum(begins, first))
    inside = overlap.sum(axis=1) / seconds
    together = seconds + (last - first) - overlap
    near = (np.abs(begins - first) <= START_SECONDS).any(axis=1)
    return np.stack(
        # A clip that is half inside may come out as 0.49999…, for the rounding of its ends.
        [inside, inside >= HIT_SHARE - 1e-9, (overlap / together).max(axis=1), near],
        axis=1,
    ).astype(np.float64)


def seconds_of_chorus(choruses: Sequence[Sequence[float]], duration: float) -> NDArray[np.bool_]:
    """Return (n,): whether the middle of each whole second of the song lies inside a chorus."""
    middles = np.arange(math.floor(duration)) + 0.5
    inside = np.zeros(middles.size, dtype=np.bool_)
    for start, end in merged(choruses):
        inside |= (middles >= start) & (middles < end)
    return inside


def each_second(values: Sequence[float] | Floats, rate: float, duration: float) -> Floats:
    """Return a curve at 1 Hz, read in the middle of each whole second.

    Parameters
    ----------
    values
        (n,), value i standing for the time from i / `rate` to (i + 1) / `rate`.
    rate
        Values per second.
    duration
        Seconds of the song; the ends of a curve that is shorter are held.
    """
    curve = np.asarray(values, dtype=np.float64)
    middles = np.arange(math.floor(duration)) + 0.5
    read: Floats = np.interp(middles, (np.arange(curve.size) + 0.5) / rate, curve)
    return read


def frame_auc(values: Floats, inside: NDArray[np.bool_]) -> float:
    """Return the area under the ROC curve; equal values count half; NaN where all is one class.

    Parameters
    ----------
    values, inside
        (n,) each: the curve, and the truth.
    """
    order, inverse = np.unique(values, return_inverse=True)
    counts = np.bincount(inverse, minlength=order.size)
    above = np.cumsum(counts)
    ranks = (above - (counts - 1) / 2.0)[inverse]
    chorus, rest = int(inside.sum()), int((~inside).sum())
    if not chorus or not rest:
        return math.nan
    return float((ranks[inside].sum() - chorus * (chorus + 1) / 2.0) / (chorus * rest))


def frame_f1(values: Floats, inside: NDArray[np.bool_]) -> float:
    """Return F1 of the seconds at or above ½ of the curve's range, after a median over 9 s.

    The curve is stretched to [0, 1]; at its ends its last values are held for the median. A curve
    that does not change calls nothing a chorus, and gets 0. NaN where there is no chorus.
    """
    if not inside.any():
        return math.nan
    called = smoothed_to_unit(values) >= THRESHOLD
    right = int((called & inside).sum())
    return 2.0 * right / (int(called.sum()) + int(inside.sum()))


def smoothed_to_unit(values: Floats) -> Floats:
    """Return the curve stretched to [0, 1], then its running median over 9 values."""
    low, high = float(values.min()), float(values.max())
    unit = (values - low) / (high - low) if high > low else np.zeros(values.size)
    half = MEDIAN_SECONDS // 2
    padded = np.pad(unit, half, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, MEDIAN_SECONDS)
    median: Floats = np.median(windows, axis=1)
    return median


def share_of(ours: float, best: float) -> float:
    """Return what share of the best possible score was reached; NaN where nothing is possible."""
    return ours / best if best > 0.0 else math.nan


ORACLES: dict[str, Callable[[float, float, Sequence[Sequence[float]]], float]] = {
    "best possible P": best_precision,
    "best possible IoU": best_iou,
}


def _span(chorus: Sequence[float]) -> Span:
    try:
        start, end = (float(one) for one in chorus)
    except (TypeError, ValueError):
        raise ValueError(f"{chorus!r} is not a pair of seconds") from None
    if not (math.isfinite(start) and math.isfinite(end) and start < end):
        raise ValueError(f"from {start} to {end} s is no chorus")
    return start, end
