"""From a pool and a shape to a playlist: draft, fit the time, improve, and say what was missed."""

from __future__ import annotations

import time as clock
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from recommender.sequence.checks import MOST_PLACES, check
from recommender.sequence.flow import Flow
from recommender.sequence.improve import improve, kick
from recommender.sequence.line import Line
from recommender.sequence.minutes import (
    Time,
    fit,
    fitting_counts,
    has_length,
    improve_by_pairs,
    likely_count,
)
from recommender.sequence.model import (
    CURVE_TOLERANCE,
    Arranged,
    Objective,
    Pool,
    Shape,
    Unmet,
)
from recommender.sequence.permute import EPSILON
from recommender.sequence.select import (
    SMALL,
    fill_by_search,
    fill_greedily,
    fill_spread,
    may_fill,
)
from recommender.sequence.spacing import NO_RULES, Conflicts, relaxed
from recommender.sequence.terms import Terms, flow_over

_COUNTS_TRIED = 7
_KICK_WORK = 4_000
"""Places × tracks that kicks may go through: many for a small pool, none for a large one."""
_MOST_KICKS = 24

USUAL_SECONDS = 210.0
"""What a track counts as when no length in the pool is known."""


def arrange(
    pool: Pool, shape: Shape, *, time_limit: float = 0.25, kicks: int | None = None
) -> Arranged:
    """Choose tracks of a pool and their order such that the stated objective is small.

    Hard: no track and no song twice, kept tracks on their places, the rules for artists, the time
    within 15 s. Where they cannot all hold, the gap gives way first (to 2, 1, 0), then the cap
    (doubled up to 16, then none); what then still cannot be had, the time or the number of tracks,
    is missed. `Arranged.unmet` says so.
    The same arguments give the same answer, unless the time limit cuts in (`Arranged.settled`).

    Parameters
    ----------
    pool
        The tracks that may come.
    shape
        What is wanted.
    time_limit
        Seconds after which improving ends. A first draft is always finished, and fitting a time
        may take as long again.
    kicks
        How often what was found is shaken and improved again, the better one kept; None for as
        often as costs milliseconds: up to 24 times for a few tracks, never for hundreds.

    Raises
    ------
    BadRequest
        Arrays of different lengths, a cost that is no number, a kept track that is not in the
        pool or stands twice, or a shape out of range.
    """
    check(pool, shape)
    if not len(pool):
        return Arranged((), Objective(), _of_nothing(shape))
    task = _Task.of(pool, shape, time_limit, kicks)
    line = task.by_count() if task.time is None else task.by_time(task.time)
    task.settle(line)
    return task.told(line)


@dataclass(frozen=True)
class _Task:
    """What stays the same however many tracks are tried."""

    pool: Pool
    shape: Shape
    deadline: float
    limit: float
    kicks: int | None
    conflicts: Conflicts
    flow: Flow | None
    ranked: list[int]
    seconds: np.ndarray[Any, np.dtype[np.float64]]
    songs: list[int]
    middle: float
    time: Time | None

    @classmethod
    def of(cls, pool: Pool, shape: Shape, limit: float, kicks: int | None) -> _Task:
        cost = pool.cost if pool.cost.ndim == 1 else pool.cost.mean(axis=0)
        ranked = cost.argsort(kind="stable").tolist()
        conflicts = Conflicts(pool)
        most = len(pool) if shape.seconds is not None else (shape.length or 0)
        known = has_length(pool.seconds)
        middle = float(np.median(pool.seconds[known])) if known.any() else USUAL_SECONDS
        seconds = np.where(known, pool.seconds, middle).astype(np.float64)
        return cls(
            pool,
            shape,
            clock.monotonic() + limit,
            limit,
            kicks,
            conflicts,
            flow_over(pool, shape.flow),
            ranked,
            seconds,
            conflicts.songs(ranked, list(shape.kept.values()), most),
            middle,
            None if shape.seconds is None else Time(seconds, shape.seconds),
        )

    def out_of_time(self) -> bool:
        return clock.monotonic() >= self.deadline

    def out_of_grace(self) -> bool:
        """Say whether the time is up for what was asked, which may take as long again."""
        return clock.monotonic() >= self.deadline + self.limit

    def kept(self, places: int) -> Mapping[int, int]:
        """Return what stands where; tracks kept beyond the end close up to it."""
        kept = self.shape.kept
        if not kept or max(kept) < places:
            return kept
        inside: dict[int, int] = {}
        end = places
        for place in sorted(kept, reverse=True):
            end = min(place, end - 1)
            inside[end] = kept[place]
        return inside

    def by_count(self, most: int = MOST_PLACES) -> Line:
        """Return a line of as many tracks as there are and may be, as cheap as could be found."""
        line = self.draft(min(most, len(self.songs)))
        improve(line, self.out_of_time)
        return self.kicked(line)

    def by_time(self, time: Time) -> Line:
        """Return a line that takes the time asked, or else comes nearest to it."""
        least = max(self.shape.kept, default=-1) + 1
        counts = fitting_counts(self.seconds, self.songs, time.asked, least)
        if not counts:
            likely = round(likely_count(self.seconds, self.songs, time.asked))
            return self.by_count(max(likely, least, 1))
        tries = [(places, 0) for places in counts[:_COUNTS_TRIED]]
        if len(self.pool) <= SMALL:
            tries += [(places, shakes) for shakes in (2, 6) for places, _ in tries]
        found: Line | None = None
        for places, shakes in tries:
            line = self.draft(min(places, len(self.songs)))
            improve(line, self.out_of_time)
            fits = self.fitted(line, time, shakes)
            if fits and line.spacing == self.shape.spacing:
                return self.kicked(line)
            if found is None or self._misses(line, time) < self._misses(found, time):
                found = line
            if self.out_of_time():
                break
        if found is None:
            raise AssertionError("there is always a count to try")
        return found

    def _misses(self, line: Line, time: Time) -> tuple[bool, bool, float]:
        """Return how far a line is from what was asked: the time first, then the rules."""
        over = abs(time.over(line))
        fits = time.fits(line)
        return not fits, line.spacing != self.shape.spacing, 0.0 if fits else over

    def fitted(self, line: Line, time: Time, shakes: int) -> bool:
        """Make a line fit the time and as cheap as it can be then; say whether it fits."""
        for turn in range(shakes + 1):
            if fit(line, time, self.out_of_grace):
                improve(line, self.out_of_time, time)
                if improve_by_pairs(line, time, self.out_of_time):
                    improve(line, self.out_of_time, time)
                return True
            if turn < shakes and line.free:
                kick(line, turn)
        return False

    def draft(self, most: int) -> Line:
        """Return a full line by the strictest rules, of so many places or as many as can be."""
        for places in range(most, 0, -1):
            terms = Terms(self.pool, places, self.shape.curve, self.flow)
            kept = self.kept(places)
            for spacing in relaxed(self.shape.spacing):
                if self.out_of_grace() and spacing != NO_RULES:
                    continue
                for fill in self.fillings():
                    line = Line(terms, self.conflicts, spacing, places, kept)
                    if not may_fill(line):
                        break
                    if fill(line):
                        return line
        raise AssertionError("one track always fits")

    def fillings(self) -> Iterator[Callable[[Line], bool]]:
        """Yield ways to fill a line, each harder to fail and dearer than the one before."""
        yield fill_greedily
        yield lambda line: fill_spread(line, self.ranked)
        if len(self.pool) <= SMALL:
            yield fill_by_search

    def kicked(self, line: Line) -> Line:
        """Return the best of what a small line becomes when shaken and improved again."""
        kicks = self.kicks
        if kicks is None:
            kicks = min(_MOST_KICKS, _KICK_WORK // max(line.places * len(self.pool), 1))
        if not line.free:
            return line
        best, cost = list(line.order), line.terms.objective(line.order).total
        for turn in range(kicks):
            if self.out_of_time():
                break
            kick(line, turn, self.time)
            improve(line, self.out_of_time, self.time)
            now = line.terms.objective(line.order).total
            if now < cost - EPSILON:
                best, cost = list(line.order), now
            else:
                line.become(best)
        return line

    def settle(self, line: Line) -> None:
        """Choose among orders of equal cost the one with the best tracks first."""
        if not line.terms.same_everywhere:
            return
        if line.steps is None:
            again = Line(
                line.terms, self.conflicts, line.spacing, line.places, self.kept(line.places)
            )
            if fill_greedily(again, among=line.order):
                line.order = again.order
        elif not line.kept:
            cost = self.pool.cost[line.order]
            if cost @ np.arange(len(cost)) < cost[::-1] @ np.arange(len(cost)):
                line.order.reverse()

    def told(self, line: Line) -> Arranged:
        """Return the line's order with what it costs and what it misses."""
        order = line.order
        total = float(self.seconds[order].sum())
        objective = line.terms.objective(order)
        return Arranged(
            tuple(order),
            objective,
            tuple(self.unmet(line, total)),
            round(total, 3),
            not self.out_of_time(),
        )

    def unmet(self, line: Line, total: float) -> Iterator[Unmet]:
        """Yield what a line misses, the hardest first."""
        shape, order = self.shape, line.order
        if self.time is None and len(order) < (shape.length or 0):
            yield Unmet("too_few_tracks", {"asked": shape.length, "found": len(order)})
        if self.time is not None:
            if not self.time.fits(line):
                yield Unmet(
                    "length_missed",
                    {"asked_seconds": self.time.asked, "got_seconds": round(total, 1)},
                )
            assumed = int((~has_length(self.pool.seconds[order])).sum())
            if assumed:
                yield Unmet(
                    "lengths_assumed", {"tracks": assumed, "seconds": round(self.middle, 1)}
                )
        asked, held = shape.spacing, line.spacing
        if held.cap != asked.cap:
            yield Unmet("artist_cap_relaxed", {"asked": asked.cap, "cap": held.cap})
        if held.gap != asked.gap:
            yield Unmet("spacing_relaxed", {"asked": asked.gap, "gap": held.gap})
        deviation = line.terms.mean_deviation(order)
        if deviation > CURVE_TOLERANCE:
            yield Unmet("curve_missed", {"deviation": round(deviation, 3)})


def _of_nothing(shape: Shape) -> tuple[Unmet, ...]:
    if shape.seconds is None:
        return (Unmet("too_few_tracks", {"asked": shape.length, "found": 0}),)
    return (Unmet("length_missed", {"asked_seconds": shape.seconds, "got_seconds": 0.0}),)
