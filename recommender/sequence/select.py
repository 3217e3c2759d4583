"""The first draft of a playlist: place by place the best that may stand there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from recommender.sequence.line import EMPTY, Line
from recommender.sequence.model import WINDOW

SMALL = 40
"""Up to so many tracks in a pool searching for an order that keeps the rules is worth it."""

_NODES = 1_500


def fill_greedily(line: Line, among: Sequence[int] | None = None) -> bool:
    """Fill the empty places from the first on, each with the cheapest track that may stand there.

    When only as many places are left as there are artists to come (`Line.variety`), artists who
    have come already wait, as long as there are others.

    Parameters
    ----------
    line
        With its kept tracks standing and nothing else.
    among
        The only tracks to take; None for the whole pool.

    Returns
    -------
    bool
        Whether every place was filled.
    """
    left = len(line.free)
    outside = None
    if among is not None:
        outside = np.ones(line.terms.unary.shape[1], dtype=bool)
        outside[list(among)] = False
    for place in line.free:
        costs = np.where(line.barred_from(place), np.inf, line.costs_to_put(place))
        if outside is not None:
            costs[outside] = np.inf
        elif line.variety - line.artists >= left:
            fresh = np.where(line.repeats(), np.inf, costs)
            if fresh.min() < np.inf:
                costs = fresh
        track = int(costs.argmin())
        if costs[track] == np.inf:
            return False
        line.put(place, track)
        left -= 1
    line.refresh()
    return True


def fill_spread(line: Line, ranked: Sequence[int]) -> bool:
    """Fill the places such that the rules for artists are the least in the way.

    Tracks are taken best ranked first, but each artist's second only when every first is taken
    and so on; then the artist with most tracks left comes first, which is how tasks with a rest
    between two of a kind are scheduled.

    Parameters
    ----------
    line
        With its kept tracks standing and nothing else.
    ranked
        All tracks, best first.
    """
    chosen = _evenly(line, ranked, len(line.free))
    if len(chosen) < len(line.free):
        return False
    artists = line.conflicts.artists
    left = Counter(artist for track in chosen for artist in artists[track])
    waiting = np.array(chosen, dtype=np.intp)
    for place in line.free:
        may = waiting[~line.barred_from(place)[waiting]]
        if not len(may):
            return False
        costs = line.costs_to_put(place)[may].tolist()
        urgency = [max((left[artist] for artist in artists[track]), default=0) for track in may]
        best = min(range(len(may)), key=lambda at: (-urgency[at], costs[at]))
        track = int(may[best])
        line.put(place, track)
        left.subtract(artists[track])
        waiting = waiting[waiting != track]
    line.refresh()
    return True


def fill_by_search(line: Line) -> bool:
    """Fill the places depth first, cheapest first, going back where no track may stand.

    It gives up after `_NODES` tracks put, which is enough for a small pool to be gone through.
    """
    nodes = 0
    waiting: list[list[int]] = []
    while len(waiting) < len(line.free):
        waiting.append(_that_may_stand(line, line.free[len(waiting)]))
        while waiting and not waiting[-1]:
            waiting.pop()
            if not waiting:
                return False
            line.take(line.free[len(waiting) - 1])
        nodes += 1
        if nodes > _NODES:
            return False
        line.put(line.free[len(waiting) - 1], waiting[-1].pop())
    line.refresh()
    return True


def may_fill(line: Line) -> bool:
    """Say whether there are enough artists: False only if no order can keep the rules."""
    spacing, places = line.spacing, line.places
    most = -(-places // (spacing.gap + 1))
    if spacing.cap is not None:
        whole, rest = divmod(places, WINDOW)
        most = min(most, spacing.cap * whole + min(spacing.cap, rest))
    if line.kept:
        return True
    nobody = len(line.conflicts.tracks_of)
    for codes in line.conflicts.slots:
        counts = np.bincount(codes, minlength=nobody + 1)
        if int(np.minimum(counts[:nobody], most).sum() + counts[nobody]) < places:
            return False
    return True


def _that_may_stand(line: Line, place: int) -> list[int]:
    """Return the tracks for an empty place, dearest first."""
    may = np.flatnonzero(~line.barred_from(place))
    rising = may[np.argsort(line.costs_to_put(place)[may], kind="stable")]
    falling: list[int] = rising[::-1].tolist()
    return falling


def _evenly(line: Line, ranked: Sequence[int], wanted: int) -> list[int]:
    """Return the best tracks of different songs with each artist's count as even as can be."""
    conflicts = line.conflicts
    gone: set[int] = set()
    count: Counter[int] = Counter()
    for track in line.order:
        if track != EMPTY:
            count.update(conflicts.artists[track])
            gone.add(track)
            gone.update(_mates(line, track))
    chosen: list[int] = []
    often = 0
    waiting = list(ranked)
    while len(chosen) < wanted and waiting:
        later = []
        for track in waiting:
            if len(chosen) == wanted:
                break
            if track in gone:
                continue
            if any(count[artist] > often for artist in conflicts.artists[track]):
                later.append(track)
                continue
            chosen.append(track)
            count.update(conflicts.artists[track])
            gone.add(track)
            gone.update(_mates(line, track))
        waiting = later
        often += 1
    return chosen


def _mates(line: Line, track: int) -> list[int]:
    mates = line.conflicts.mates[track]
    return [] if mates is None else [int(mate) for mate in mates]
