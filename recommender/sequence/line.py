"""A playlist being worked on: what stands where, what else may, and what that would cost."""

from __future__ import annotations

from bisect import insort
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from recommender.sequence.model import Floats, Spacing
from recommender.sequence.spacing import (
    Bars,
    Conflicts,
    Positions,
    artists_wanted,
    barred_places,
    keeps_rules,
)
from recommender.sequence.terms import Terms

EMPTY = -1
_SPARE_ARTISTS = 4

Mask = np.ndarray[Any, np.dtype[np.bool_]]


class Line:
    """An order of tracks with, for every place and track, the cost and whether it is allowed.

    Parameters
    ----------
    terms
        The objective for as many places as the line has.
    conflicts
        Who is in whose way.
    spacing
        The rules that hold.
    places
        How many there are.
    kept
        Place → track that stands there whatever else.

    Attributes
    ----------
    order
        Track per place, `EMPTY` where none stands.
    costs
        float32 (places, P): what a track at a place costs with its neighbours as they are.
    """

    def __init__(
        self,
        terms: Terms,
        conflicts: Conflicts,
        spacing: Spacing,
        places: int,
        kept: Mapping[int, int],
    ) -> None:
        size = terms.unary.shape[1]
        self.terms = terms
        self.conflicts = conflicts
        self.spacing = spacing
        self.places = places
        self.kept = frozenset(kept)
        self.free = [place for place in range(places) if place not in kept]
        self.order = [EMPTY] * places
        self.steps: Floats | None = (
            np.zeros((places + 2, size), dtype=np.float32) if terms.flow is not None else None
        )
        self.costs: Floats = terms.unary if terms.flow is None else np.empty((0, size), np.float32)
        self._bars: Bars = np.zeros((places, len(conflicts.tracks_of) + 1), dtype=np.int16)
        self._blocked: Bars = np.zeros((places, size), dtype=np.int16)
        self._used: Bars = np.zeros(size, dtype=np.int16)
        self._where: dict[int, list[int]] = {}
        self._came = np.zeros(size + 1, dtype=np.int16)
        self.variety = artists_wanted(places, spacing.cap)
        self._nobody_came()
        self.artists = 0
        for place, track in kept.items():
            self.put(place, track)

    def put(self, place: int, track: int) -> None:
        """Stand a track on an empty place; `refresh` before `costs` is read again."""
        self.order[place] = track
        self._use(track, 1)
        for artist in self.conflicts.artists[track]:
            taken = self._where.setdefault(artist, [])
            insort(taken, place)
            if len(taken) == 1 and self.spacing.cap != 1:
                self._bar_around(place, artist)
            else:
                self._rebar(artist)
        if self.steps is not None and self.terms.flow is not None:
            self.steps[place + 1] = self.terms.flow.steps_from(track)

    def take(self, place: int) -> None:
        """Empty a place; `refresh` before `costs` is read again."""
        track = self.order[place]
        self.order[place] = EMPTY
        self._use(track, -1)
        for artist in self.conflicts.artists[track]:
            self._where[artist].remove(place)
            self._rebar(artist)
        if self.steps is not None:
            self.steps[place + 1] = 0.0

    def exchange(self, place: int, track: int) -> None:
        """Stand another track on a place."""
        old = self.order[place]
        self._use(old, -1)
        self._use(track, 1)
        self.order[place] = track
        gone, come = self.conflicts.artists[old], self.conflicts.artists[track]
        for artist in gone:
            if artist not in come:
                self._where[artist].remove(place)
                self._rebar(artist)
        for artist in come:
            if artist not in gone:
                insort(self._where.setdefault(artist, []), place)
                self._rebar(artist)
        if self.steps is None or self.terms.flow is None:
            return
        self.steps[place + 1] = self.terms.flow.steps_from(track)
        for near in (place - 1, place + 1):
            if 0 <= near < self.places:
                np.add(self.steps[near], self.steps[near + 2], out=self.costs[near])
                self.costs[near] += self.terms.unary[near]

    def reorder(self, order: Sequence[int]) -> None:
        """Let the tracks that stand here stand in another order."""
        if self.steps is not None:
            came_from = {track: place for place, track in enumerate(self.order)}
            rows = np.array([came_from[track] for track in order], dtype=np.intp)
            self.steps[1:-1] = self.steps[1:-1][rows]
        self.order = list(order)
        self._where = {}
        for place, track in enumerate(order):
            for artist in self.conflicts.artists[track]:
                self._where.setdefault(artist, []).append(place)
        self._bars[:] = 0
        for artist, taken in self._where.items():
            self._bars[:, artist] = barred_places(taken, self.places, self.spacing)
        self._blocked[:] = 0
        for codes in self.conflicts.slots:
            self._blocked += self._bars.take(codes, axis=1)
        self.refresh()

    def become(self, order: Sequence[int]) -> None:
        """Let other tracks stand here."""
        self._bars[:] = 0
        self._blocked[:] = 0
        self._used[:] = 0
        self._came[:] = 0
        self._nobody_came()
        self._where = {}
        self.artists = 0
        for place, track in enumerate(order):
            self.put(place, track)
        self.refresh()

    def refresh(self) -> None:
        """Bring `costs` up to date with what was put."""
        if self.steps is not None:
            self.costs = self.steps[:-2] + self.steps[2:]
            self.costs += self.terms.unary

    def current(self) -> Floats:
        """Return what the track on each place costs there, float32 (places,)."""
        now: Floats = self.costs[np.arange(self.places), self.order]
        return now

    def costs_to_put(self, place: int) -> Floats:
        """Return what each track would cost on an empty place, float32 (P,)."""
        unary: Floats = self.terms.unary[place]
        if self.steps is None:
            return unary
        costs: Floats = unary + self.steps[place]
        if place + 1 < self.places and self.order[place + 1] != EMPTY:
            costs += self.steps[place + 2]
        return costs

    def barred_from(self, place: int) -> Mask:
        """Return which tracks may not stand on an empty place, bool (P,)."""
        barred: Mask = (self._blocked[place] + self._used) != 0
        return barred

    def repeats(self) -> Mask:
        """Return which tracks' first artist has come already, bool (P,)."""
        come: Mask = self._came[self.conflicts.first] > 0
        return come

    def barred_instead(self, place: int) -> Mask:
        """Return which tracks may not stand on a place instead of the one there, bool (P,)."""
        track = self.order[place]
        counts = self._blocked[place] + self._used
        mates = self.conflicts.mates[track]
        if mates is not None:
            counts[mates] -= 1
        barred: Mask = counts != 0
        if self.artists <= self.variety:
            first = self.conflicts.first
            if self._came[first[track]] == 1:
                barred |= (self._came[first] > 0) & (first != first[track])
        return barred

    def barred_everywhere(self) -> Mask:
        """Return `barred_instead` of every place, bool (places, P); all of a kept place's."""
        counts = self._blocked + self._used
        order = self.order
        for place, track in enumerate(order):
            mates = self.conflicts.mates[track]
            if mates is not None:
                counts[place, mates] -= 1
        barred: Mask = counts != 0
        if self.artists <= self.variety:
            first = self.conflicts.first
            here = first[order]
            alone = self._came[here] == 1
            come = self._came[first] > 0
            barred[alone] |= come & (first != here[alone][:, None])
        if self.kept:
            barred[sorted(self.kept)] = True
        return barred

    def places_of_several(self) -> list[list[int]]:
        """Return of each artist who stands on several places these places, rising."""
        return [taken for taken in self._where.values() if len(taken) > 1]

    def may_stand_as(self, order: Sequence[int]) -> bool:
        """Say whether another order of the same tracks keeps the rules."""
        several = self.places_of_several()
        if not several:
            return True
        place_of = {track: place for place, track in enumerate(order)}
        for places in several:
            taken = sorted(place_of[self.order[place]] for place in places)
            if not keeps_rules(taken, self.spacing, self.kept):
                return False
        return True

    def _nobody_came(self) -> None:
        """Let unknown artists add nothing to the variety where there are enough known ones."""
        if self.conflicts.known_artists >= self.variety + _SPARE_ARTISTS:
            self._came[self.conflicts.nameless] = 1

    def _use(self, track: int, by: int) -> None:
        self._used[track] += by
        mates: Positions | None = self.conflicts.mates[track]
        if mates is not None:
            self._used[mates] += by
        first = self.conflicts.first[track]
        before = self._came[first]
        self._came[first] = before + by
        self.artists += int(before + by > 0) - int(before > 0)

    def _bar_around(self, place: int, artist: int) -> None:
        """Bar the places near to the only one where an artist stands."""
        tracks, gap = self.conflicts.tracks_of[artist], self.spacing.gap
        for near in (slice(max(place - gap, 0), place), slice(place + 1, place + gap + 1)):
            self._bars[near, artist] = 1
            self._blocked[near, tracks] += 1

    def _rebar(self, artist: int) -> None:
        bars = barred_places(self._where[artist], self.places, self.spacing)
        change = bars - self._bars[:, artist]
        changed = np.flatnonzero(change)
        if not len(changed):
            return
        self._bars[changed, artist] = bars[changed]
        tracks = self.conflicts.tracks_of[artist]
        self._blocked[changed[:, None], tracks] += change[changed, None]
