"""What listeners tell about a track: which of the seconds they were offered they skip or replay.

A trailer plays a few seconds of each track, so most seconds of a track are offered to nobody,
and how often a second was *heard* says where trailers begin, not what is liked. Therefore nothing
here counts hearings. What is estimated is the **net liking** of a second: the share of its offers
that ended in a replay, minus the share that ended in a skip, less what is usual for all tracks.

* Each share is the posterior mean of a Beta–binomial: the usual share is the mean of the prior,
  which weighs as much as `PRIOR_OFFERS` offers (empirical Bayes; C. Morris, "Parametric empirical
  Bayes inference", JASA 78, 1983). One replay after one offer is no love for ever.
* Seconds lend each other their counts within a passage (a Gaussian kernel over offers and outcomes
  alike, Nadaraya 1964, Watson 1964): what is heard at its beginning speaks for the passage.
* Evidence grows with offers and is nothing for the first `LEAST_OFFERS`: a listener counts a second
  once, so nobody moves a highlight alone.

The model's curve keeps its say everywhere in proportion to what is not known there. Where listeners
like what they are offered less than usual, the window moves to what the model holds for next best,
which is then offered: the loop explores by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from highlighter.highlight.model import Curve
from highlighter.highlight.window import best_window

PRIOR_OFFERS = 4.0
"""Offers that the usual shares weigh as much as."""
LEAST_OFFERS = 4.0
"""Offers of a second up to which it has no evidence."""
HALF_OFFERS = 8.0
"""Offers beyond those at which listeners and model weigh the same."""
FULL_LIKING = 1 / 3
"""Net liking above or below what is usual that a curve shows in full height."""
PASSAGE_SECONDS = 6.0
"""Standard deviation of the kernel: how far what is said of a second speaks for others."""
LEAST_GAIN = 0.03
"""A window must be better than the model's own by so much of the curve's height to replace it."""

_KERNEL_REACH = 3.0
_USUAL_WEIGHT = 2_000.0
_RATE = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """What became of each second that was offered.

    Attributes
    ----------
    heard, skipped, replayed
        (n,) from second 0 on. An offer is either heard or skipped; hearing it again replays it.
    chosen
        (n,) how many listeners put their highlight so that it holds this second: an offer to each,
        replayed.
    """

    heard: NDArray[np.float64]
    skipped: NDArray[np.float64]
    replayed: NDArray[np.float64]
    chosen: NDArray[np.float64]

    @property
    def offers(self) -> NDArray[np.float64]:
        """(n,) to how many listeners each second was offered."""
        return self.heard + self.skipped + self.chosen


@dataclass(frozen=True, slots=True)
class Usual:
    """How listeners treat any second they are offered.

    Attributes
    ----------
    skipped, replayed
        Shares of the offers, 0 to 1.
    """

    skipped: float = 0.25
    replayed: float = 0.05


@dataclass(frozen=True, slots=True, eq=False)
class Listened:
    """What listeners say of a track.

    Attributes
    ----------
    curve
        The most replayed curve: 0.5 where a second is liked as much as any, 1 where everybody
        replays it, towards 0 where everybody skips it. One value per second.
    evidence
        (n,) 0 to 1: how much of the say listeners have at each second.
    offers
        (n,) to how many listeners each second was offered, not smoothed.
    """

    curve: Curve
    evidence: NDArray[np.float64]
    offers: NDArray[np.float64]

    @property
    def total_evidence(self) -> float:
        """0 to 1: how much of the say they have where they have the most."""
        return float(self.evidence.max(initial=0.0))


@dataclass(frozen=True, slots=True)
class Decided:
    """Where listeners put the highlight.

    Attributes
    ----------
    start, end
        Seconds.
    confidence
        0 to 1: the evidence for and against inside the windows that were compared.
    gain
        How much better the window is than the model's because of listeners, in heights of the
        curve.
    """

    start: float
    end: float
    confidence: float
    gain: float


def counts_of(
    heard: Sequence[int] = (),
    skipped: Sequence[int] = (),
    replayed: Sequence[int] = (),
    *,
    chosen: Iterable[tuple[float, float]] = (),
    duration: float,
) -> Counts:
    """Return counts over the whole of a track.

    Parameters
    ----------
    heard, skipped, replayed
        Counts per second from second 0 on, of any length; what lies beyond the end is dropped.
    chosen
        Start and end in seconds of the highlights that listeners have chosen.
    duration
        Seconds of the track.
    """
    size = max(1, int(np.ceil(duration)))
    votes = np.zeros(size)
    for start, end in chosen:
        first = min(size, max(0, round(start)))
        votes[first : max(first, min(size, round(end)))] += 1.0
    return Counts(_sized(heard, size), _sized(skipped, size), _sized(replayed, size), votes)


def usual_of(heard: float, skipped: float, replayed: float) -> Usual:
    """Return what is usual among listeners, from the seconds of all tracks together.

    Few seconds say little: `Usual`'s own shares weigh as much as 2,000 of them.
    """
    start = Usual()
    offers = max(0.0, heard) + max(0.0, skipped) + _USUAL_WEIGHT
    return Usual(
        skipped=(max(0.0, skipped) + _USUAL_WEIGHT * start.skipped) / offers,
        replayed=min(1.0, (max(0.0, replayed) + _USUAL_WEIGHT * start.replayed) / offers),
    )


def listened(counts: Counts, usual: Usual | None = None) -> Listened:
    """Return the most replayed curve of a track, and how much is known of it.

    Parameters
    ----------
    counts
        From `counts_of`.
    usual
        What is usual among listeners; `Usual` if None.
    """
    usual = usual or Usual()
    plain = counts.offers
    offers = _within_passages(plain)
    skipped = _within_passages(counts.skipped)
    # A listener may hear a second many times; it is one listener all the same.
    replayed = _within_passages(np.minimum(counts.replayed + counts.chosen, plain))
    whole = offers + PRIOR_OFFERS
    skips = (skipped + PRIOR_OFFERS * usual.skipped) / whole
    replays = (replayed + PRIOR_OFFERS * usual.replayed) / whole
    liking = (replays - skips) - (usual.replayed - usual.skipped)
    beyond = np.maximum(0.0, offers - LEAST_OFFERS)
    curve = Curve(np.clip(0.5 + 0.5 * liking / FULL_LIKING, 0.0, 1.0), _RATE)
    return Listened(curve, beyond / (beyond + HALF_OFFERS), plain)


def blended(curve: Curve, listened: Curve, evidence: NDArray[np.float64]) -> Curve:
    """Return a curve of interest in which listeners have their say.

    Parameters
    ----------
    curve
        The model's.
    listened
        `Listened.curve`.
    evidence
        `Listened.evidence`.

    Returns
    -------
    Curve
        At the model's rate. Where there is no evidence it is the model's, to the last bit.
    """
    if curve.values.size == 0 or not np.any(evidence > 0.0):
        return curve
    at = (np.arange(curve.values.size) + 0.5) / curve.rate
    middles = (np.arange(evidence.size) + 0.5) / listened.rate
    weight = np.interp(at, middles, evidence)
    liking = 2.0 * np.interp(at, middles, listened.values) - 1.0
    said = np.clip(curve.values + weight * liking, 0.0, 1.0)
    return Curve(np.where(weight > 0.0, said, curve.values), curve.rate)


def decided(
    curve: Curve, start: float, end: float, said: Listened, duration: float
) -> Decided | None:
    """Return where listeners put the highlight, or None if they leave it to the model.

    Parameters
    ----------
    curve
        The model's.
    start, end
        Seconds of the model's own window.
    said
        From `listened`.
    duration
        Seconds of the track.
    """
    seconds = end - start
    if curve.values.size < 2 or seconds <= 0 or seconds >= duration or said.total_evidence <= 0.0:
        return None
    together = blended(curve, said.curve, said.evidence)
    first = best_window(together.values, together.rate, seconds, duration).start
    # A strategy may have left a higher window of its own for a reason; that is no listeners' gain.
    left = _mean(curve, first, seconds) - _mean(curve, start, seconds)
    gain = _mean(together, first, seconds) - _mean(together, start, seconds) - max(0.0, left)
    if gain < LEAST_GAIN:
        return None
    evidence = Curve(said.evidence, _RATE)
    sure = max(_mean(evidence, first, seconds), _mean(evidence, start, seconds))
    return Decided(round(first, 3), round(first + seconds, 3), round(min(1.0, sure), 4), gain)


def _mean(curve: Curve, start: float, seconds: float) -> float:
    first = min(curve.values.size - 1, max(0, round(start * curve.rate)))
    inside = curve.values[first : first + max(1, round(seconds * curve.rate))]
    return float(inside.mean())


def _sized(values: Sequence[int], size: int) -> NDArray[np.float64]:
    row = np.zeros(size)
    some = np.asarray(values[:size], dtype=np.float64)
    row[: some.size] = np.maximum(some, 0.0)
    return row


def _within_passages(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the values as their neighbourhood has them; a track's ends have fewer neighbours."""
    reach = int(np.ceil(_KERNEL_REACH * PASSAGE_SECONDS * _RATE))
    steps = np.arange(-reach, reach + 1) / (PASSAGE_SECONDS * _RATE)
    kernel = np.exp(-0.5 * steps**2)
    kernel /= kernel.sum()

    def around(row: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.convolve(row, kernel)[reach : reach + row.size]

    smoothed: NDArray[np.float64] = around(values) / around(np.ones(values.size))
    return smoothed
