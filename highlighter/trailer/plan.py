"""What is heard when: fragments, transitions, rates, gains. Pure: numbers about tracks, no sound.

The cut of a fragment lies in the middle of its transition, so what it lies on (a phrase, a bar, a
beat) is heard exactly where the chapter starts; the transition's first half plays what comes before
the cut, and its second half what comes after the previous one's end.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise

import numpy as np

from highlighter.trailer.cuts import REACH, Cut, Wish, cut_out
from highlighter.trailer.gains import gain_for
from highlighter.trailer.material import Material
from highlighter.trailer.model import Order
from highlighter.trailer.objective import Ground, step_cost
from highlighter.trailer.order import cheapest_path
from highlighter.trailer.sides import Side, side_of
from highlighter.trailer.transitions.kinds import Kind, Style, Verdict, fallback, verdict
from highlighter.trailer.transitions.lengths import LONGEST_MATCH, Shape, shape_of
from highlighter.trailer.transitions.offsets import apart
from highlighter.trailer.transitions.tempi import common_tempi

SHORTEST, LONGEST = 2.0, 60.0
"""Seconds per track that can be asked for."""

_FADE_IN, _LONGEST_FADE_OUT, _FADE_SHARE = 0.25, 3.0, 0.2
_DECLICK = 0.01  # seconds of fade for what is not to be changed
_MOST_CORRECTIONS = 8
_EXACT = 0.01  # seconds by which the whole may miss the length asked for
_FEWEST_MATCHED = 2  # beats that a match may be cut down to where a fragment turned out short


@dataclass(frozen=True, slots=True)
class Fragment:
    """The part of one track that is heard.

    Parameters
    ----------
    track
        Index of its `Material`.
    start, end
        Seconds of the trailer between the middles of its transitions.
    source_start, source_end
        The same span in seconds of the file.
    rate
        Seconds of the file per second of the trailer: ``source_start + (t - start) · rate`` is
        heard at time t.
    lead, tail
        Seconds of the trailer in which it sounds before and after that span.
    gain
        dB.
    starts_on, ends_on
        What the two cuts lie on.
    """

    track: int
    start: float
    end: float
    source_start: float
    source_end: float
    rate: float
    lead: float
    tail: float
    gain: float
    starts_on: Ground
    ends_on: Ground


@dataclass(frozen=True, slots=True)
class Join:
    """How one fragment passes into the next; see `Shape` for what is not said here.

    Parameters
    ----------
    kind, style, reason
        Which way, and why, in one clause.
    middle
        Seconds of the trailer.
    seconds
        How long it lasts, half of it on each side of `middle`.
    beats, beat_seconds, fade, gap
        See `Shape`.
    """

    kind: Kind
    style: Style
    middle: float
    seconds: float
    reason: str
    beats: int = 0
    beat_seconds: float = 0.0
    fade: float = 0.0
    gap: float = 0.0


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole trailer, ready to be rendered.

    Parameters
    ----------
    fragments
        In order of time, at least one.
    joins
        One between each two neighbours.
    fade_in, fade_out
        Seconds at the very start and end.
    """

    fragments: tuple[Fragment, ...]
    joins: tuple[Join, ...]
    fade_in: float
    fade_out: float

    @property
    def duration(self) -> float:
        """Seconds of the whole trailer."""
        return self.fragments[-1].end


def excerpt_reach(seconds: float) -> float:
    """Return the seconds around a highlight's cut that a plan can come to use."""
    return min(0.5 * LONGEST_MATCH, max(1.5, 0.25 * seconds)) + REACH


def make_plan(
    tracks: Sequence[Material],
    *,
    seconds: float,
    order: Order = "keep",
    total_seconds: float | None = None,
    mixing: bool = True,
    can_stretch: bool = True,
) -> Plan:
    """Return what is heard when.

    Parameters
    ----------
    tracks
        At least one.
    seconds
        From one chapter to the next, `SHORTEST` to `LONGEST`; less where a track has less.
    order
        ``"keep"`` the given one, or ``"flow"``: the one whose steps cost least
        (`highlighter.trailer.objective`).
    total_seconds
        Length of the whole; `seconds` is not looked at then. Shorter where there is not as much.
    mixing
        Whether tracks may sound together.
    can_stretch
        Whether the tempo of a track can be changed.

    Returns
    -------
    The same plan for the same arguments, always.
    """
    sides = [side_of(track) for track in tracks]
    usual = seconds if total_seconds is None else total_seconds / len(sides)
    sequence = _sequence(sides, order, usual)
    ordered = [sides[index] for index in sequence]
    verdicts = [
        verdict(before, after, mixing=mixing, can_stretch=can_stretch)
        for before, after in pairwise(ordered)
    ]
    spans = [side.material.span for side in ordered]

    def planned(lengths: Sequence[float], exact: bool) -> Plan:
        return _Planner(ordered, sequence, list(verdicts), tuple(lengths), exact).plan()

    if total_seconds is None:
        return planned([min(seconds, span) for span in spans], exact=False)
    return _of_length(planned, spans, total_seconds)


def shares(spans: Sequence[float], total: float) -> tuple[float, ...]:
    """Return lengths that sum to `total`, all alike but where a span is shorter than that.

    Where the spans together are shorter than `total`, the spans.
    """
    left, lengths = total, list(spans)
    shortest_first = sorted(range(len(spans)), key=lambda place: (spans[place], place))
    for done, place in enumerate(shortest_first):
        lengths[place] = max(0.0, min(spans[place], left / (len(spans) - done)))
        left -= lengths[place]
    return tuple(lengths)


def _of_length(
    planned: Callable[[Sequence[float], bool], Plan], spans: Sequence[float], total: float
) -> Plan:
    """Return a plan that lasts `total` seconds, or as long as there is material for."""
    asked = total
    best: Plan | None = None
    for _ in range(_MOST_CORRECTIONS):
        lengths = shares([min(span, LONGEST) for span in spans], asked)
        plan = planned(lengths, True)
        if best is None or abs(plan.duration - total) < abs(best.duration - total):
            best = plan
        missing = total - plan.duration
        if abs(missing) <= _EXACT or (missing > 0.0 and asked > sum(lengths) + _EXACT):
            break
        asked += missing
    assert best is not None  # noqa: S101 - the loop runs at least once
    return best


def _sequence(sides: Sequence[Side], order: Order, seconds: float) -> tuple[int, ...]:
    if order == "keep" or len(sides) < 3:
        return tuple(range(len(sides)))
    characters = [side.character(seconds) for side in sides]
    costs = np.array([[step_cost(one, other) for other in characters] for one in characters])
    np.fill_diagonal(costs, 0.0)
    return cheapest_path(costs)


class _Planner:
    """Places tracks whose order is settled, giving up matches that turn out not to fit."""

    def __init__(
        self,
        sides: Sequence[Side],
        sequence: Sequence[int],
        verdicts: list[Verdict],
        lengths: tuple[float, ...],
        exact: bool,
    ) -> None:
        self._sides = sides
        self._sequence = sequence
        self._verdicts = verdicts
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
            gain=gain_for(self._sides[place].material.loudness, self._sides[place].material.peak),
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
    return Plan(
        fragments=tuple(
            replace(one, lead=halves[place], tail=halves[place + 1])
            for place, one in enumerate(fragments)
        ),
        joins=joins,
        fade_in=_edge(sides[0], _FADE_IN, first.end - first.start),
        fade_out=_edge(sides[-1], _LONGEST_FADE_OUT, last.end - last.start),
    )


def _edge(side: Side, longest: float, length: float) -> float:
    longest = _DECLICK if side.material.no_derivatives else longest
    return min(longest, _FADE_SHARE * length)
