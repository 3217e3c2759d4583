"""From playlists to figures: every join of every system, and what they come to."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from highlighter.evaluation.metrics import Floats
from highlighter.evaluation.trailers import fit
from highlighter.evaluation.trailers.draws import Playlist
from highlighter.evaluation.trailers.fit import Offset, Rightness
from highlighter.evaluation.trailers.learning import Known
from highlighter.evaluation.trailers.mixture import CROSSFADES, Mixture, of_plan
from highlighter.evaluation.trailers.peers import cut_mixture, sigmoid_mixture
from highlighter.evaluation.trailers.sounding import Sounding
from highlighter.trailer import Order
from highlighter.trailer.plan import make_plan
from highlighter.trailer.stretch import can_stretch

FLOW, KEEP = "hooklist, flow", "hooklist, as it is"
SIGMOID_ROW, CUTS_ROW = "sigmoid (Audio-Highlight)", "hard cuts"
RANDOM_ROW, TEMPO_ROW = "random order", "tempo alone"
SYSTEMS = (FLOW, KEEP, SIGMOID_ROW, CUTS_ROW)
ROWS = (*SYSTEMS, RANDOM_ROW, TEMPO_ROW)
SOUNDED = (FLOW, SIGMOID_ROW, CUTS_ROW)
"""Systems whose trailers are made and heard; the order changes no level."""

SHUFFLES = 20
CLOSE = 0.04
"""Tempo gap up to which two tracks can be matched."""


@dataclass(frozen=True, slots=True)
class Join:
    """One join as planned.

    Attributes
    ----------
    first, second
        The tracks.
    kind
        Of the join; empty where only an order is looked at.
    gap
        Folded tempo gap as heard, NaN where a tempo is not known.
    compatible
        Of the keys as heard.
    truly
        Of the keys as they are; None where nobody said.
    offset
        Of true beats, for crossfades.
    right
        How right the beats of both fragments are; None without truth, or where beats did not
        matter.
    """

    first: Known
    second: Known
    kind: str
    gap: float
    compatible: bool
    truly: bool | None
    offset: Offset | None = None
    right: tuple[Rightness, Rightness] | None = None

    @property
    def sources(self) -> tuple[str, str]:
        """Where the two tracks come from."""
        return self.first.pool.source, self.second.pool.source


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """What one system made of one playlist.

    Attributes
    ----------
    playlist
        Whose.
    system
        One of `ROWS`.
    joins
        In order of time; of `RANDOM_ROW` those of all shuffles.
    possible
        Joins that could be compatible in the best order there is.
    orders
        How many orders the joins are of.
    mixture
        None where only an order is looked at.
    kept
        Share of each highlight that is heard; empty where only an order is looked at.
    sounding
        None where it was not made.
    """

    playlist: Playlist
    system: str
    joins: tuple[Join, ...]
    possible: int
    orders: int = 1
    mixture: Mixture | None = None
    kept: tuple[float, ...] = ()
    sounding: Sounding | None = None

    @property
    def gap(self) -> float:
        """Median tempo gap of its joins."""
        gaps = np.array([join.gap for join in self.joins])
        return float(np.nanmedian(gaps)) if (~np.isnan(gaps)).any() else math.nan

    @property
    def close(self) -> float:
        """Share of joins whose tempi can be matched; unknown ones cannot."""
        return _mean([join.gap <= CLOSE for join in self.joins])

    @property
    def compatible(self) -> float:
        """Share of compatible joins."""
        return _mean([join.compatible for join in self.joins])

    @property
    def of_possible(self) -> float:
        """Compatible joins, of the most that any order has; NaN where none has one."""
        if not self.possible:
            return math.nan
        return sum(join.compatible for join in self.joins) / (self.orders * self.possible)

    @property
    def step(self) -> float:
        """Median step in loudness between neighbours, LU; NaN where it was not made."""
        steps = self.steps
        return float(np.median(steps)) if steps.size else math.nan

    @property
    def steps(self) -> Floats:
        """Steps in loudness between neighbours, LU."""
        if self.sounding is None:
            return np.zeros(0)
        levels = np.array(self.sounding.loudnesses)
        steps: Floats = np.abs(np.diff(levels[np.isfinite(levels)]))
        return steps


def planned(playlist: Playlist, seconds: float, seed: int) -> Iterator[Result]:
    """Yield what each row of `ROWS` makes of a playlist, from what is known of its tracks alone."""
    tracks = playlist.tracks
    possible = fit.most_compatible([one.key for one in tracks])
    mixtures = {
        FLOW: our_mixture(tracks, seconds, "flow"),
        KEEP: our_mixture(tracks, seconds, "keep"),
        SIGMOID_ROW: sigmoid_mixture(tracks, seconds),
        CUTS_ROW: cut_mixture(tracks, seconds),
    }
    for system, mixture in mixtures.items():
        joins = tuple(_join(tracks, mixture, place) for place in range(len(mixture.seams)))
        kept = tuple(fit.kept_share(mixture, tracks, seconds).tolist())
        yield Result(playlist, system, joins, possible, mixture=mixture, kept=kept)
    rng = np.random.default_rng([seed, playlist.number])
    shuffles = [rng.permutation(len(tracks)) for _ in range(SHUFFLES)]
    joins = tuple(join for order in shuffles for join in _ordered(tracks, order.tolist()))
    yield Result(playlist, RANDOM_ROW, joins, possible, SHUFFLES)
    closest = fit.smallest_gaps([one.tempo for one in tracks])
    yield Result(playlist, TEMPO_ROW, tuple(_ordered(tracks, closest)), possible)


def our_mixture(tracks: Sequence[Known], seconds: float, order: Order) -> Mixture:
    """Return what the product plans."""
    materials = [one.learnt.material for one in tracks]
    plan = make_plan(materials, seconds=seconds, order=order, can_stretch=can_stretch())
    return of_plan(plan)


def of_system(results: Sequence[Result], system: str) -> list[Result]:
    """Return one system's results, playlist by playlist."""
    return [one for one in results if one.system == system]


def values(results: Sequence[Result], value: Callable[[Result], float]) -> Floats:
    """Return one number per playlist."""
    return np.array([value(one) for one in results], dtype=np.float64)


def joins_of(results: Sequence[Result], kind: str = "") -> list[Join]:
    """Return all joins, or those of one kind."""
    return [join for one in results for join in one.joins if not kind or join.kind == kind]


def share(flags: Sequence[bool]) -> float:
    """Return the share that is true; NaN of none."""
    return _mean(flags)


def _join(tracks: Sequence[Known], mixture: Mixture, place: int) -> Join:
    one, other = (tracks[number] for number in mixture.order[place : place + 2])
    kind = mixture.seams[place].kind
    offset = fit.join_offset(mixture, place, tracks) if kind in CROSSFADES else None
    right = None
    if kind == "beat-matched":
        judged = [_rightness(mixture, at, tracks) for at in (place, place + 1)]
        if judged[0] is not None and judged[1] is not None:
            right = (judged[0], judged[1])
    return _pair(one, other, kind, offset, right)


def _rightness(mixture: Mixture, place: int, tracks: Sequence[Known]) -> Rightness | None:
    part = mixture.parts[place]
    first, last = mixture.edges(place)
    low = part.source_start - (part.start - first) * part.rate
    high = part.source_end + (last - part.end) * part.rate
    return fit.rightness(tracks[part.track], low, high)


def _ordered(tracks: Sequence[Known], order: Sequence[int]) -> Iterator[Join]:
    for one, other in pairwise(order):
        yield _pair(tracks[one], tracks[other], "", None, None)


def _pair(
    one: Known,
    other: Known,
    kind: str,
    offset: Offset | None,
    right: tuple[Rightness, Rightness] | None,
) -> Join:
    keys = [known.pool.truth.key if known.pool.truth else None for known in (one, other)]
    return Join(
        first=one,
        second=other,
        kind=kind,
        gap=fit.gap_or(one.tempo, other.tempo, math.nan),
        compatible=fit.compatible(one.key, other.key),
        truly=fit.compatible(*keys) if None not in keys else None,
        offset=offset,
        right=right,
    )


def _mean(flags: Sequence[bool]) -> float:
    return float(np.mean(flags)) if len(flags) else math.nan
