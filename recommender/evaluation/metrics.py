"""How well a ranked list meets what was held back: one pure function per metric.

Conventions: `ranked` holds distinct track numbers, best first; `targets` the distinct tracks that
were held back, at least one. All but `clicks` lie in [0, 1] and more is better. `chance_…` gives
what a uniformly random order of `candidates` tracks gets in the mean.

R-precision, NDCG and clicks are those of Chen, Lamere, Schedl, Zamani, "RecSys Challenge 2018:
Automatic Music Playlist Continuation", RecSys 2018 (R-precision by tracks, without the challenge's
later partial credit for artists).
"""

from __future__ import annotations

from typing import Any

import numpy as np

LIST_LENGTH = 500
"""Tracks recommended per playlist, as in the challenge."""

CLICK_PAGE = 10
"""Tracks shown at a time, before somebody has to click for more."""

NO_HIT_CLICKS = LIST_LENGTH // CLICK_PAGE + 1
"""What a list without any hit counts as: one click more than there are pages."""

Tracks = np.ndarray[Any, np.dtype[np.int64]]


def hits(ranked: Tracks, targets: Tracks) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Return for each place whether a target stands there, shape (len(ranked),).

    Raises
    ------
    ValueError
        There is no target: no metric here is defined then.
    """
    if len(targets) == 0:
        raise ValueError("there must be at least one target")
    return np.isin(ranked, targets)


def r_precision(ranked: Tracks, targets: Tracks) -> float:
    """Return the share of the targets found in the first R places, R being their number."""
    found = hits(ranked[: len(targets)], targets)
    return float(found.sum() / len(targets))


def ndcg(ranked: Tracks, targets: Tracks, length: int = LIST_LENGTH) -> float:
    """Return the normalised discounted cumulative gain of the first `length` places.

    A hit at place i (from 1) counts 1 / log2(i + 1); the sum is divided by that of a list that
    begins with all targets (Järvelin, Kekäläinen 2002).
    """
    found = hits(ranked[:length], targets)
    ideal = _discounts(min(len(targets), length)).sum()
    return float(_discounts(len(found))[found].sum() / ideal)


def clicks(ranked: Tracks, targets: Tracks) -> float:
    """Return how often "show ten others" is clicked before the first hit: 0–50, or 51 for no hit.

    Less is better.
    """
    places = np.flatnonzero(hits(ranked[:LIST_LENGTH], targets))
    return float(places[0] // CLICK_PAGE) if len(places) else float(NO_HIT_CLICKS)


def recall(ranked: Tracks, targets: Tracks, length: int = LIST_LENGTH) -> float:
    """Return the share of the targets found in the first `length` places."""
    return float(hits(ranked[:length], targets).sum() / len(targets))


def chance_recall(candidates: int, length: int = LIST_LENGTH) -> float:
    """Return the recall of a random order: the share of the candidates that fit on the list."""
    return min(length / candidates, 1.0)


def chance_r_precision(candidates: int, targets: int) -> float:
    """Return the R-precision of a random order."""
    return min(targets / candidates, 1.0)


def chance_ndcg(candidates: int, targets: int, length: int = LIST_LENGTH) -> float:
    """Return the NDCG of a random order: every place is a hit with the same chance."""
    length = min(length, candidates)
    share = min(targets / candidates, 1.0)
    return float(share * _discounts(length).sum() / _discounts(min(targets, length)).sum())


def chance_clicks(candidates: int, targets: int) -> float:
    """Return the mean clicks of a random order.

    The chance of no hit on the first m places is the hypergeometric
    C(candidates - targets, m) / C(candidates, m).
    """
    places = min(LIST_LENGTH, candidates)
    steps = np.arange(places)
    left = np.maximum(candidates - targets - steps, 0) / (candidates - steps)
    none_after = np.concatenate([[1.0], np.cumprod(left)])
    pages = np.arange(CLICK_PAGE, places + 1, CLICK_PAGE)
    missed = none_after[pages]
    # The mean of a count is the sum over m >= 1 of the chance to reach at least m.
    return float(missed.sum() + none_after[places] * (NO_HIT_CLICKS - len(pages)))


def _discounts(places: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.asarray(1.0 / np.log2(np.arange(2, places + 2)), dtype=np.float64)
