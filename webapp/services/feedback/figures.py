"""The operator's figures: opinions and events in, estimates out. Pure functions."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, TypeVar

from webapp.services.feedback.statistics import (
    HIGHEST,
    LOWEST,
    Estimate,
    mean_opinion,
    satisfaction,
    wilson,
)
from webapp.store import ListenerEvent, Opinion, UserCount

LEAST_SHOWN = 10
"""People or visits that a figure must rest on to be shown; below that only how many there are."""

Measure: TypeAlias = Literal[
    "satisfaction", "highlight", "trailer", "full_play", "saved", "trailer_end"
]
By: TypeAlias = Literal["all", "strategy", "variant"]
_One = TypeVar("_One", Opinion, ListenerEvent)

SCALES: Mapping[Measure, tuple[float, float]] = {
    "satisfaction": (0.0, 100.0),
    "highlight": (LOWEST, HIGHEST),
    "trailer": (LOWEST, HIGHEST),
    "full_play": (0.0, 1.0),
    "saved": (0.0, 1.0),
    "trailer_end": (0.0, 1.0),
}
"""From where to where each measure goes."""


@dataclass(frozen=True)
class Figure:
    """One estimate.

    Parameters
    ----------
    measure
        ``satisfaction`` (index, 0–100), ``highlight`` and ``trailer`` (mean opinion scores, 1–5),
        or the share of visits that, having heard a highlight, went on to play the whole track
        (``full_play``), to save the playlist (``saved``), or to the trailer's end
        (``trailer_end``).
    by, of
        Over ``all``; or over those of one ``strategy``, or one ``variant`` (``mixing: off``).
    estimate
        Value, 95 % interval, and what it rests on.
    """

    measure: Measure
    by: By
    of: str
    estimate: Estimate

    @property
    def shown(self) -> bool:
        """Whether it rests on enough to be shown."""
        return self.estimate.n >= LEAST_SHOWN


@dataclass(frozen=True)
class KindCount:
    """How often something happened, and in how many visits."""

    kind: str
    times: int
    visits: int


def opinion_figures(opinions: Sequence[Opinion]) -> tuple[Figure, ...]:
    """Return satisfaction and mean opinion scores, over all, by strategy and by variant."""
    figures = [
        Figure(
            "satisfaction",
            "all",
            "",
            satisfaction((one.rater, one.kind, one.value) for one in opinions),
        )
    ]
    for measure in ("highlight", "trailer"):
        for by, of, some in _groups([one for one in opinions if one.kind == measure]):
            scores = ((one.rater, one.value) for one in some)
            figures.append(Figure(measure, by, of, mean_opinion(scores)))
    for name, some in _by_variant(opinions):
        index = satisfaction((one.rater, one.kind, one.value) for one in some)
        figures.append(Figure("satisfaction", "variant", name, index))
    return tuple(sorted(figures, key=_place))


def conversion_figures(events: Iterable[ListenerEvent]) -> tuple[Figure, ...]:
    """Return what share of visits went on from a highlight they heard.

    The unit is a visit: those of one visit hang together, so they count once. A visit counts for a
    strategy if it heard a highlight found so, and as gone on if the same track was then played
    whole, or a playlist with such a highlight saved, in that visit.
    """
    visits: dict[str, list[ListenerEvent]] = {}
    for event in events:
        visits.setdefault(event.visit, []).append(event)
    outcomes: dict[tuple[Measure, By, str], list[bool]] = {}
    for happened in visits.values():
        heard = [event for event in happened if event.kind == "highlight_heard"]
        for by, of, some in _groups(heard):
            for measure, done in _went_on(some, happened).items():
                if by == "strategy" and measure == "trailer_end":
                    continue  # a trailer has highlights of several strategies
                outcomes.setdefault((measure, by, of), []).append(done)
    for measure in ("full_play", "saved", "trailer_end"):
        outcomes.setdefault((measure, "all", ""), [])
    figures = [Figure(*what, wilson(sum(done), len(done))) for what, done in outcomes.items()]
    return tuple(sorted(figures, key=_place))


def kind_counts(events: Iterable[ListenerEvent]) -> tuple[KindCount, ...]:
    """Return how often each kind of event happened, the most frequent first."""
    times: dict[str, int] = {}
    visits: dict[str, set[str]] = {}
    for event in events:
        times[event.kind] = times.get(event.kind, 0) + 1
        visits.setdefault(event.kind, set()).add(event.visit)
    ordered = sorted(times, key=lambda kind: (-times[kind], kind))
    return tuple(KindCount(kind, times[kind], len(visits[kind])) for kind in ordered)


def as_csv(
    figures: Iterable[Figure], kinds: Iterable[KindCount], users: Iterable[UserCount]
) -> str:
    """Return everything as a table (RFC 4180); what rests on too little has no value in it."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\r\n")
    table.writerow(["figure", "by", "of", "value", "low", "high", "n"])
    for one in figures:
        shown = one.estimate if one.shown else Estimate(math.nan, math.nan, math.nan, 0)
        numbers = [_number(shown.value), _number(shown.low), _number(shown.high)]
        table.writerow([one.measure, one.by, one.of, *numbers, one.estimate.n])
    for kind in kinds:
        table.writerow(["events", "kind", kind.kind, kind.times, "", "", kind.visits])
    for count in users:
        for period in ("in_day", "in_week", "in_month"):
            value = getattr(count, period)
            table.writerow(["users", period, count.day, value, "", "", value])
    return out.getvalue()


def cell(text: str) -> str:
    """Return text that no spreadsheet takes for a formula (OWASP, CSV injection)."""
    return f"'{text}" if text[:1] in set("=+-@\t\r") else text


def _went_on(
    heard: Sequence[ListenerEvent], happened: Sequence[ListenerEvent]
) -> dict[Measure, bool]:
    tracks = {(event.playlist, event.subject) for event in heard}
    playlists = {event.playlist for event in heard}
    return {
        "full_play": any(
            event.kind == "full_play" and (event.playlist, event.subject) in tracks
            for event in happened
        ),
        "saved": any(event.kind == "saved" and event.playlist in playlists for event in happened),
        "trailer_end": any(
            event.kind == "trailer_end" and event.playlist in playlists for event in happened
        ),
    }


def _groups(
    ones: Sequence[_One],
) -> Iterator[tuple[By, str, Sequence[_One]]]:
    if not ones:
        return
    yield "all", "", ones
    by_strategy: dict[str, list[_One]] = {}
    for one in ones:
        if one.strategy:
            by_strategy.setdefault(one.strategy, []).append(one)
    for strategy, some in by_strategy.items():
        yield "strategy", strategy, some
    for name, varied in _by_variant(ones):
        yield "variant", name, varied


def _by_variant(ones: Sequence[_One]) -> Iterator[tuple[str, Sequence[_One]]]:
    found: dict[str, list[_One]] = {}
    for one in ones:
        for name, variant in one.variants.items():
            found.setdefault(f"{name}: {variant}", []).append(one)
    yield from sorted(found.items())


def _place(figure: Figure) -> tuple[int, int, str]:
    return (
        list(SCALES).index(figure.measure),
        ("all", "strategy", "variant").index(figure.by),
        figure.of,
    )


def _number(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.4f}"
