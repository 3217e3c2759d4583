"""Give tracks whose order is settled their place in time, giving up matches that do not fit."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate, pairwise

from highlighter.trailer.cuts import Cut, Wish, cut_out
from highlighter.trailer.gains import Played, boost_bound, gain_for
from highlighter.trailer.sides import Side
from highlighter.trailer.timeline import Fragment, Join, Plan
from highlighter.trailer.transitions.kinds import Verdict, fallback
from highlighter.trailer.transitions.lengths import Shape, shape_of
from highlighter.trailer.transitions.offsets import apart
from highlighter.trailer.transitions.tempi import common_tempi

_FADE_IN, _LONGEST_FADE_OUT, _FADE_SHARE = 0.25, 3.0, 0.2
_DECLICK = 0.01  # seconds of fade for what is not to be changed
_FEWEST_MATCHED = 2  # beats that a match may be cut down to where a fragment turned out short


class Placer:
    """Places tracks whose order is settled, giving up matches that turn out not to fit.

    Parameters
    ----------
    sides
        In the order in which they are heard.
    sequence
        Indices of their `Material`.
    verdicts
        How each is to pass into the next.
    lengths
        Seconds of the trailer that each is to last.
    exact
        Whether the whole is to last as long as `lengths` together.
    """

    def __init__(
        self,
        sides: Sequence[Side],
        sequence: Sequence[int],
        verdicts: Sequence[Verdict],
        lengths: tuple[float, ...],
        exact: bool,
    ) -> None:
        self._sides = sides
        self._sequence = sequence
        self._verdicts = list(verdicts)
        self._lengths = lengths
        self._exact = exact

    def plan(self) -> Plan:
        """Return the plan; each round that fails gives up at least one match."""
        while True:
            shapes, rates = self._shapes()
            fragments = self._placed(shapes, rates)
            if fragments is None:
                continue
            shapes = _fitting(shapes, fragments)
            if self._drifting(shapes, fragments):
                continue
            return _finished(fragments, shapes, self._sides)

    def _shapes(self) -> tuple[list[Shape], tuple[float, ...]]:
        while True:
            periods = [side.grid.period if side.grid else None for side in self._sides]
            wanted = [one.kind == "beat-matched" for one in self._verdicts]
            tempi = common_tempi(periods, wanted)
            shapes: list[Shape] = []
            for place, found in enumerate(self._verdicts):
                if wanted[place] and not tempi.matched[place]:
                    self._give_up(place, "the neighbours' tempi leave nothing to stretch by")
                    break
                shape = shape_of(
                    found,
                    self._sides[place],
                    self._sides[place + 1],
                    (tempi.rates[place], tempi.rates[place + 1]),
                    (self._lengths[place], self._lengths[place + 1]),
                )
                if shape is None:
                    self._give_up(place, "four beats would take up too much of a fragment")
                    break
                shapes.append(shape)
            else:
                return shapes, tempi.rates

    def _give_up(self, place: int, why: str) -> None:
        self._verdicts[place] = fallback(self._sides[place], self._sides[place + 1], why)

    def _placed(self, shapes: Sequence[Shape], rates: Sequence[float]) -> list[Fragment] | None:
        """Return the fragments; None where a match had to be given up."""
        ends = list(accumulate(self._lengths))
        fragments: list[Fragment] = []
        now = 0.0
        for place, side in enumerate(self._sides):
            before = shapes[place - 1] if place else None
            after = shapes[place] if place < len(shapes) else None
            length = self._lengths[place]
            if self._exact:
                # What one fragment is too long by, to end on a bar, the next is shorter by.
                length = min(max(ends[place] - now, 0.6 * length), 1.4 * length)
            wish = Wish(
                seconds=length,
                rate=rates[place],
                lead=before.overlap / 2.0 if before else 0.0,
                tail=after.overlap / 2.0 if after else 0.0,
                enters=before.ground if before else "free",
                leaves=after.ground if after else "free",
                exact=self._exact and after is None,
            )
            cut = cut_out(side, wish)
            if cut is None:
                self._give_up_around(place, wish)
                return None
            fragments.append(self._fragment(place, wish, now, *cut))
            now = fragments[-1].end
        return fragments

    def _give_up_around(self, place: int, wish: Wish) -> None:
        """Give up the match whose cut has nothing to lie on."""
        entering = wish.enters != "free"
        if entering and wish.leaves != "free":
            entering = cut_out(self._sides[place], replace(wish, leaves="free")) is None
        self._give_up(place - 1 if entering else place, "no beat lies where the cut has to be")

    def _fragment(self, place: int, wish: Wish, now: float, first: Cut, last: Cut) -> Fragment:
        return Fragment(
            track=self._sequence[place],
            start=now,
            end=now + (last.time - first.time) / wish.rate,
            source_start=first.time,
            source_end=last.time,
            rate=wish.rate,
            lead=wish.lead,
            tail=wish.tail,
            gain=0.0,
            starts_on=first.ground,
            ends_on=last.ground,
        )

    def _drifting(self, shapes: Sequence[Shape], fragments: Sequence[Fragment]) -> bool:
        """Give up the first match whose tracked beats would not meet; return whether there is."""
        for place, shape in enumerate(shapes):
            if shape.kind != "beat-matched":
                continue
            before, after = fragments[place], fragments[place + 1]
            problem = apart(
                [
                    (time - before.source_end) / before.rate
                    for time in self._sides[place].material.beats
                ],
                [
                    (time - after.source_start) / after.rate
                    for time in self._sides[place + 1].material.beats
                ],
                shape.seconds / 2.0,
            )
            if problem:
                self._give_up(place, problem)
                return True
        return False


def _fitting(shapes: Sequence[Shape], fragments: Sequence[Fragment]) -> list[Shape]:
    """Return the shapes, shortened where a fragment became so short that three would sound."""
    fitting = []
    for shape, (before, after) in zip(shapes, pairwise(fragments), strict=True):
        most = min(before.end - before.start, after.end - after.start)
        if shape.seconds <= most:
            fitting.append(shape)
        elif shape.beats:
            beats = max(_FEWEST_MATCHED, math.floor(most / shape.beat_seconds))
            seconds = min(most, beats * shape.beat_seconds)
            fitting.append(replace(shape, beats=beats, seconds=seconds))
        else:
            share = most / shape.seconds
            fitting.append(
                replace(shape, seconds=most, fade=shape.fade * share, gap=shape.gap * share)
            )
    return fitting


def _finished(
    fragments: Sequence[Fragment], shapes: Sequence[Shape], sides: Sequence[Side]
) -> Plan:
    joins = tuple(
        Join(
            kind=shape.kind,
            style=shape.style,
            middle=after.start,
            seconds=shape.seconds,
            reason=shape.reason,
            beats=shape.beats,
            beat_seconds=shape.beat_seconds,
            fade=shape.fade,
            gap=shape.gap,
        )
        for shape, after in zip(shapes, fragments[1:], strict=True)
    )
    halves = [0.0, *(shape.overlap / 2.0 for shape in shapes), 0.0]
    first, last = fragments[0], fragments[-1]
    sounds = [
        Played(one.end - one.start, side.material.loudness, side.material.peak)
        for one, side in zip(fragments, sides, strict=True)
    ]
    bound = boost_bound(sounds)
    return Plan(
        fragments=tuple(
            replace(
                one,
                lead=halves[place],
                tail=halves[place + 1],
                gain=gain_for(sounds[place].loudness, sounds[place].peak, bound),
            )
            for place, one in enumerate(fragments)
        ),
        joins=joins,
        fade_in=_edge(sides[0], _FADE_IN, first.end - first.start),
        fade_out=_edge(sides[-1], _LONGEST_FADE_OUT, last.end - last.start),
        most_boost=bound,
    )


def _edge(side: Side, longest: float, length: float) -> float:
    longest = _DECLICK if side.material.no_derivatives else longest
    return min(longest, _FADE_SHARE * length)
