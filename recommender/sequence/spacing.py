"""Which tracks are in each other's way: artists too often or too close, songs that come twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence
from itertools import accumulate, chain, pairwise
from typing import Any

import numpy as np

from recommender.sequence.model import WINDOW, Pool, Spacing

Positions = np.ndarray[Any, np.dtype[np.intp]]
Bars = np.ndarray[Any, np.dtype[np.int16]]


NO_RULES = Spacing(None, 0)


class Conflicts:
    """Who shares artists and songs with whom in a pool.

    Attributes
    ----------
    artists
        Per track the codes, from 0, of those of its artists who have another track in the pool;
        the others are in nobody's way.
    tracks_of
        Per such code the tracks, rising.
    slots
        intp (most artists of a track, P): those codes again, padded with ``len(tracks_of)``.
    first
        intp (P,): one number for all tracks with the same first artist.
    nameless
        Those numbers of tracks whose artist nobody knows, one each.
    known_artists
        How many the other numbers are.
    mates
        Per track the others that are the same song, or None.
    """

    def __init__(self, pool: Pool) -> None:
        size = len(pool)
        shared = _shared(pool.artists)
        self.artists: list[list[int]] = [[] for _ in range(size)]
        for code, tracks in enumerate(shared.values()):
            for track in tracks:
                self.artists[track].append(code)
        flat = np.fromiter(chain.from_iterable(shared.values()), dtype=np.intp)
        ends = list(accumulate(map(len, shared.values())))
        self.tracks_of: list[Positions] = [flat[low:high] for low, high in pairwise([0, *ends])]
        self.slots = _slots(self.artists, len(shared))
        numbers: dict[Hashable, int] = {}
        self.first: Positions = np.array(
            [
                numbers.setdefault(artists[0] if artists else ("none", track), len(numbers))
                for track, artists in enumerate(pool.artists)
            ],
            dtype=np.intp,
        )
        nameless = [track for track, artists in enumerate(pool.artists) if not artists]
        self.nameless: Positions = self.first[nameless]
        self.known_artists = len(numbers) - len(self.nameless)
        self.mates = _mates(pool.songs)

    def songs(self, ranked: Sequence[int], kept: Sequence[int], most: int) -> list[int]:
        """Return up to `most` tracks, first the kept, then the best ranked, no song twice."""
        chosen = list(kept)
        gone = set(kept)
        for track in kept:
            gone.update(_listed(self.mates[track]))
        for track in ranked:
            if len(chosen) >= most:
                break
            if track not in gone:
                chosen.append(track)
                gone.add(track)
                gone.update(_listed(self.mates[track]))
        return chosen


def _slots(artists: Sequence[Sequence[int]], nobody: int) -> Positions:
    """Return the codes of each track's artists below one another, padded with `nobody`."""
    widest = max(map(len, artists), default=0)
    slots: Positions = np.full((widest, len(artists)), nobody, dtype=np.intp)
    for track, codes in enumerate(artists):
        for slot, code in enumerate(codes):
            slots[slot, track] = code
    return slots


def barred_places(taken: Sequence[int], places: int, spacing: Spacing) -> Bars:
    """Return 1 for each place where an artist's track would break a rule, int16 (places,).

    Parameters
    ----------
    taken
        Rising places where the artist stands. At one of these it is said whether a track of
        theirs may stand there instead.
    places
        How many there are.
    spacing
        The rules.
    """
    bars: Bars = np.zeros(places, dtype=np.int16)
    if spacing.cap is None and not spacing.gap:
        return bars
    if len(taken) == 1 and spacing.cap != 1:
        # Most artists stand on one place, and only the gap binds them.
        place = taken[0]
        bars[max(place - spacing.gap, 0) : place + spacing.gap + 1] = 1
        bars[place] = 0
        return bars
    _bar(bars, taken, spacing)
    if taken:
        alone = len(taken) == 1
        for place in taken:
            if alone:
                bars[place] = 0
                continue
            others: Bars = np.zeros(places, dtype=np.int16)
            _bar(others, [other for other in taken if other != place], spacing)
            bars[place] = others[place]
    return bars


def _bar(bars: Bars, taken: Sequence[int], spacing: Spacing) -> None:
    gap, cap = spacing.gap, spacing.cap
    if gap:
        for place in taken:
            bars[max(place - gap, 0) : place + gap + 1] = 1
    if cap is None:
        return
    # One more breaks the cap where it would share a window with as many as the cap allows.
    for at in range(len(taken) - cap + 1):
        low, high = taken[at], taken[at + cap - 1]
        if high - low < WINDOW:
            bars[max(high - WINDOW + 1, 0) : low + WINDOW] = 1


def keeps_rules(taken: Sequence[int], spacing: Spacing, kept: frozenset[int]) -> bool:
    """Say whether an artist's rising places keep the rules; kept ones are free among themselves."""
    gap, cap = spacing.gap, spacing.cap
    for low, high in pairwise(taken):
        if high - low <= gap and not (low in kept and high in kept):
            return False
    if cap is not None:
        for at in range(len(taken) - cap):
            if taken[at + cap] - taken[at] < WINDOW and not kept.issuperset(
                taken[at : at + cap + 1]
            ):
                return False
    return True


def relaxed(spacing: Spacing) -> Iterator[Spacing]:
    """Yield the rules as asked and then ever looser ones: first the gap, then the cap."""
    yield spacing
    for gap in (2, 1, 0):
        if gap < spacing.gap:
            yield Spacing(spacing.cap, gap)
    cap = spacing.cap
    while cap is not None:
        cap = cap * 2 if cap < 16 else None
        if spacing.gap and cap is not None:
            yield Spacing(cap, 1)
        yield Spacing(cap, 0)


def artists_wanted(places: int, cap: int | None) -> int:
    """Return how many first artists a playlist should have at least: each (1 + cap)/2 times.

    Without it a cap of 2 could be used up by everyone, and 30 tracks would have 15 artists.
    """
    return 0 if cap is None else -(-2 * min(places, WINDOW) // (1 + cap))


def _shared(values: Sequence[Sequence[Hashable]]) -> dict[Hashable, list[int]]:
    """Return each value that several tracks have, with these tracks, rising."""
    seen: dict[Hashable, int] = {}
    shared: dict[Hashable, list[int]] = {}
    for track, own in enumerate(values):
        for value in own:
            first = seen.setdefault(value, track)
            if first != track:
                tracks = shared.setdefault(value, [first])
                if tracks[-1] != track:
                    tracks.append(track)
    return shared


def _mates(songs: Sequence[Sequence[Hashable]]) -> list[Positions | None]:
    together: defaultdict[int, set[int]] = defaultdict(set)
    for tracks in _shared(songs).values():
        for track in tracks:
            together[track].update(tracks)
    mates: list[Positions | None] = [None] * len(songs)
    for track, same in together.items():
        same.discard(track)
        if same:
            mates[track] = np.array(sorted(same), dtype=np.intp)
    return mates


def _listed(mates: Positions | None) -> list[int]:
    return [] if mates is None else [int(track) for track in mates]
