"""A playlist of a given time: how many tracks, and which to exchange so that the total fits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from recommender.sequence.line import Line
from recommender.sequence.model import LENGTH_TOLERANCE, Floats
from recommender.sequence.permute import EPSILON

_SLACK = 0.01
_PAIR_ROUNDS = 8
_PAIR_TRIES = 40
_PER_PLACE = 48
_BUCKET = 10.0
_PER_BUCKET = 5
_MOST = 500

Seconds = np.ndarray[Any, np.dtype[np.float64]]
Mask = np.ndarray[Any, np.dtype[np.bool_]]


def has_length(seconds: Floats) -> Mask:
    """Return where a length is known: a number above 0, bool (P,)."""
    known: Mask = np.isfinite(seconds) & (seconds > 0)
    return known


class Time:
    """The time a playlist should take.

    Parameters
    ----------
    seconds
        float64 (P,): every track's length, unknown ones filled.
    asked
        Seconds in total.
    """

    def __init__(self, seconds: Seconds, asked: float) -> None:
        self.seconds = seconds
        self.asked = asked
        self.tolerance = LENGTH_TOLERANCE - _SLACK

    def over(self, line: Line) -> float:
        """Return by how many seconds a full line is too long; less than 0 if it is too short."""
        return float(self.seconds[line.order].sum()) - self.asked

    def fits(self, line: Line) -> bool:
        """Say whether a full line takes the time asked."""
        return abs(self.over(line)) <= self.tolerance

    def forbids(self, line: Line, place: int) -> Mask:
        """Return which tracks on a place would make the line miss the time, bool (P,)."""
        over = self.over(line) - self.seconds[line.order[place]]
        missed: Mask = np.abs(self.seconds + over) > self.tolerance
        return missed

    def forbids_everywhere(self, line: Line) -> Mask:
        """Return `forbids` of every place, bool (places, P)."""
        over = self.over(line) - self.seconds[line.order]
        missed: Mask = np.abs(self.seconds[None, :] + over[:, None]) > self.tolerance
        return missed


def fitting_counts(seconds: Seconds, ranked: list[int], asked: float, least: int) -> list[int]:
    """Return how many tracks to try for a time, likeliest first; none if none can fit.

    Parameters
    ----------
    seconds
        float64 (P,).
    ranked
        Tracks of different songs, best first: those that may come together.
    asked
        Seconds in total.
    least
        So many there must be, for the kept ones.
    """
    likely = likely_count(seconds, ranked, asked)
    # Any track may be among them, not only the best of those that are the same song.
    rising = np.sort(seconds)
    most = int(np.searchsorted(np.cumsum(rising), asked + LENGTH_TOLERANCE, side="right"))
    most = min(most, len(ranked))
    fewest = int(np.searchsorted(np.cumsum(rising[::-1]), asked - LENGTH_TOLERANCE)) + 1
    counts = range(max(fewest, least, 1), max(most, least, 1) + 1)
    return sorted(counts, key=lambda count: (abs(count - likely), count))


def likely_count(seconds: Seconds, ranked: list[int], asked: float) -> float:
    """Return how many of the best ranked tracks take a time, by their mean length."""
    lengths = seconds[ranked]
    guess = asked / max(float(lengths.mean()), 1.0)
    best = lengths[: max(int(2 * guess), 8)]
    return asked / max(float(best.mean()), 1.0)


def fit(line: Line, time: Time, out_of_time: Callable[[], bool]) -> bool:
    """Exchange as few tracks as it takes, at the least cost, so that a full line fits the time.

    One exchange if one is enough, else two; where even two are not, first the one that comes
    nearest, and again.

    Returns
    -------
    bool
        Whether it fits.
    """
    for _ in range(line.places + 2):
        if time.fits(line):
            return True
        if _one(line, time) or _two(line, time):
            return True
        if out_of_time() or not _nearer(line, time):
            return False
    return time.fits(line)


def improve_by_pairs(line: Line, time: Time, out_of_time: Callable[[], bool]) -> bool:
    """Exchange two at once where that is cheaper and the time stays right; say whether any was."""
    changed = False
    for _ in range(_PAIR_ROUNDS):
        if out_of_time() or not _two(line, time, at_most=-EPSILON):
            break
        changed = True
    return changed


def _one(line: Line, time: Time) -> bool:
    prices = np.where(
        line.barred_everywhere() | time.forbids_everywhere(line),
        np.inf,
        line.costs - line.current()[:, None],
    )
    place, track = divmod(int(prices.argmin()), prices.shape[1])
    if prices[place, track] == np.inf:
        return False
    line.exchange(place, track)
    return True


def _nearer(line: Line, time: Time) -> bool:
    """Make the one exchange that leaves least to fit; False if none comes nearer."""
    over = time.over(line)
    after = np.abs(over + time.seconds[None, :] - time.seconds[line.order][:, None])
    after = np.where(line.barred_everywhere(), np.inf, after)
    place, track = divmod(int(after.argmin()), after.shape[1])
    if after[place, track] >= abs(over) - 1e-6:
        return False
    line.exchange(place, track)
    return True


def _two(line: Line, time: Time, at_most: float = np.inf) -> bool:
    """Make the cheapest two exchanges that fit the time together, if they cost little enough."""
    places, tracks, changes, prices = _offers(line, time, at_most)
    over = time.over(line)
    both = changes[:, None] + changes[None, :]
    cost = prices[:, None] + prices[None, :]
    may = np.abs(both + over) <= time.tolerance
    may &= (places[:, None] < places[None, :]) & (tracks[:, None] != tracks[None, :])
    may &= cost < at_most
    rows, columns = np.nonzero(may)
    if not len(rows):
        return False
    total = cost[rows, columns]
    cheapest = np.argsort(total, kind="stable")[:_PAIR_TRIES]
    for at in cheapest.tolist():
        one, other = rows[at], columns[at]
        first, second = int(places[one]), int(places[other])
        was_first, was_second = line.order[first], line.order[second]
        before = float(line.costs[first, was_first])
        price = float(line.costs[first, tracks[one]]) - before
        line.exchange(first, int(tracks[one]))
        if not line.barred_instead(second)[tracks[other]]:
            # Neighbours share a step, so the second is weighed only now.
            price += float(line.costs[second, tracks[other]] - line.costs[second, was_second])
            if price < at_most:
                line.exchange(second, int(tracks[other]))
                return True
        line.exchange(first, was_first)
    return False


def _offers(
    line: Line, time: Time, at_most: float
) -> tuple[
    np.ndarray[Any, np.dtype[np.intp]],
    np.ndarray[Any, np.dtype[np.intp]],
    Seconds,
    np.ndarray[Any, np.dtype[np.float64]],
]:
    """Return places, tracks, changes in seconds and prices of cheap exchanges of all sizes.

    Only such that can be one of two that cost less than `at_most` together.
    """
    prices = np.where(line.barred_everywhere(), np.inf, line.costs - line.current()[:, None])
    # With the best of all it must still cost little enough.
    cheapest = float(prices.min())
    places, tracks = np.nonzero(prices < (at_most - cheapest if cheapest < np.inf else cheapest))
    if len(places) > _PER_PLACE * line.places:
        few = min(_PER_PLACE, prices.shape[1])
        columns = np.argpartition(prices, few - 1, axis=1)[:, :few]
        places, tracks = np.repeat(np.arange(line.places), few), columns.ravel()
    price = prices[places, tracks].astype(np.float64)
    there = price < np.inf
    places, tracks, price = places[there], tracks[there], price[there]
    change = time.seconds[tracks] - time.seconds[np.array(line.order, dtype=np.intp)[places]]
    bucket = np.floor(change / _BUCKET)
    order = np.lexsort((price, bucket))
    starts = np.flatnonzero(np.diff(bucket[order], prepend=np.inf) != 0)
    rank = np.arange(len(order)) - np.repeat(starts, np.diff(np.append(starts, len(order))))
    order = order[rank < _PER_BUCKET]
    if len(order) > _MOST:
        order = order[np.argsort(price[order], kind="stable")[:_MOST]]
    return places[order], tracks[order], change[order], price[order]
