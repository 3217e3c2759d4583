"""Which rows suit a request, best first, each with its cost; wider when asked again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from recommender.affinity import surplus
from recommender.candidates import distances, gather, squared_lengths
from recommender.filters import Passing
from recommender.parts import Parts
from recommender.ranking import Factors, TasteCost, merged, nearness_to
from recommender.request import Request
from recommender.sequence import WINDOW
from recommender.tags import rank_by_tags
from recommender.tastes import APART, tastes_of

MOST_SEARCHED = 3_000
"""More neighbours than this are not searched for: then every row that may come is compared."""

_GROWTH = 8

BRIDGE_POINTS = 24
_SUITING = 8
"""So many of the nearest say what is near at a point of the bridge."""

_PIECE = 65_536
_USUAL_MINUTES = 3.5
_SPARE = 4
_NEARLY_ALL = 0.9
_BEHIND = 0.5
"""Median distances by which the first track without a vector comes after the last with one."""

Rows = np.ndarray[Any, np.dtype[np.int64]]
Floats = np.ndarray[Any, np.dtype[np.float32]]
Mask = np.ndarray[Any, np.dtype[np.bool_]]


@dataclass(frozen=True)
class Ranked:
    """Rows in the order in which they suit.

    Attributes
    ----------
    rows
        Best first.
    cost
        Shape (n,), rising, in median distances.
    along
        Shape (points, n), the costs along a bridge; None without one.
    all_there
        Whether no wider search would find more.
    """

    rows: Rows
    cost: Floats
    along: Floats | None
    all_there: bool


class Ranking:
    """Ranks a catalogue's rows for one request.

    Parameters
    ----------
    parts
        The catalogue.
    request
        What is asked.
    seeds
        Those of its seeds that have vectors, in their order.
    vectors
        Their vectors, shape (s, d).
    """

    def __init__(self, parts: Parts, request: Request, seeds: list[int], vectors: Floats) -> None:
        self._parts = parts
        self._request = request
        self.passing = _passing(parts, request)
        wishes = request.wishes
        factors = Factors.of(wishes, parts.weights)
        self._away = parts.vectors_of(request.less)[1]
        self._away_factor = np.float32(factors.away)
        apart = np.inf if wishes.ranked or wishes.bridge else APART
        tastes = (
            tastes_of(vectors, parts.median, apart=apart, metric=parts.index.metric)
            if seeds
            else ()
        )
        self.shares = [taste.share for taste in tastes]
        self.costs = [
            TasteCost(
                [seeds[member] for member in taste.members],
                vectors[taste.members],
                factors,
                parts.median,
                parts.facets,
                parts.affinity,
                parts.index.metric,
            )
            for taste in tastes
        ]
        corners = parts.vectors_of(request.way)[1] if wishes.bridge else vectors[:0]
        places = wishes.length if wishes.minutes is None else int(wishes.minutes / _USUAL_MINUTES)
        cap = wishes.artist_cap
        self._quota = None if cap is None else cap * -(-max(places, 1) // WINDOW)
        self._points = _polyline(corners, BRIDGE_POINTS) if len(corners) > 1 else None

    @property
    def has_place(self) -> bool:
        """Whether any seed has a vector to measure from."""
        return bool(self.costs)

    @property
    def leads(self) -> bool:
        """Whether it is a bridge."""
        return self._points is not None

    def best(self, k: int) -> Ranked:
        """Return the neighbours of all seeds, `k` of each, best first."""
        if not self.has_place:
            return self._by_tags(np.zeros(0, dtype=np.int64), 0.0)
        everything = (
            k > MOST_SEARCHED or k >= self.passing.placed or self.passing.placed <= MOST_SEARCHED
        )
        positions = self._everything() if everything else self._near(k)
        cost, along = self._cost(positions)
        # Positions rise, so equal costs keep the rows' order.
        order = np.argsort(cost, kind="stable")
        if self._request.wishes.ranked:
            order = self._without_crowding(positions, order)
        return Ranked(
            self._parts.placed[positions[order]].astype(np.int64),
            cost[order],
            None if along is None else along[:, order],
            everything,
        )

    def with_unplaced(self, ranked: Ranked) -> Ranked:
        """Return the same with the rows that have no vector behind, by what tags they share."""
        worst = float(ranked.cost[-1]) + _BEHIND if len(ranked.cost) else 0.0
        others = self._by_tags(ranked.rows, worst)
        along = ranked.along
        if along is not None:
            behind = np.broadcast_to(others.cost, (len(along), len(others.cost)))
            along = np.concatenate([along, behind], axis=1)
        return Ranked(
            np.concatenate([ranked.rows, others.rows]),
            np.concatenate([ranked.cost, others.cost]),
            along,
            True,
        )

    def of_rows(self, rows: Rows) -> Floats:
        """Return the cost of any rows, shape (n,) or (points, n); infinite without a vector."""
        at, there = self._parts.positions_of(rows)
        shape = len(rows) if self._points is None else (len(self._points), len(rows))
        result: Floats = np.full(shape, np.inf, dtype=np.float32)
        if self.has_place and there.any():
            ordered, back = np.unique(at[there], return_inverse=True)
            cost, along = self._cost(ordered)
            result[..., there] = (cost if along is None else along)[..., back]
        return result

    def _near(self, k: int) -> Rows:
        anyway = []
        for cost in self.costs:
            if cost.own is not None:
                at, there = self._parts.positions_of(cost.own.rows)
                anyway.append(at[there])
        asked = [cost.queries for cost in self.costs] if self._points is None else [self._points]
        queries, index = np.concatenate(asked), self._parts.index
        share = self.passing.placed / len(self._parts.placed)
        if share < _NEARLY_ALL or self._request.barred_artists:
            return gather(index, queries, k, self.passing.places, anyway)
        # Leaving out few afterwards costs less than asking of each whether it passes, unless it is
        # the nearest that do not.
        found = gather(index, queries, int(np.ceil(k / share)), None, anyway)
        return found if share == 1.0 else found[self.passing.places[found]]

    def _everything(self) -> Rows:
        return np.flatnonzero(self.passing.places)

    def _cost(self, positions: Rows) -> tuple[Floats, Floats | None]:
        """Return the cost of rising positions, and that along a bridge."""
        pieces = [
            self._cost_of_piece(positions[start : start + _PIECE])
            for start in range(0, max(len(positions), 1), _PIECE)
        ]
        if self._points is None:
            table = list(np.concatenate(pieces, axis=1))
            artists = self._parts.artists.first(self._parts.placed[positions].astype(np.int64))
            return merged(table, self.shares, artists, self._quota), None
        along = np.concatenate(pieces, axis=1)
        if not along.shape[1]:
            return along[0], along
        suiting = min(_SUITING, along.shape[1]) - 1
        usual = np.partition(along, suiting, axis=1)[:, suiting]
        slack: Floats = (along - usual[:, None]).min(axis=0)
        return slack, along

    def _cost_of_piece(self, positions: Rows) -> Floats:
        """Return the cost by taste, or along the bridge; shape (tastes or points, n)."""
        parts = self._parts
        vectors = parts.vectors[positions]
        rows = parts.placed[positions].astype(np.int64)
        if self._points is None:
            squares = squared_lengths(vectors)
            table = np.stack([cost.of(rows, vectors, squares) for cost in self.costs])
        else:
            table = distances(vectors, self._points, parts.index.metric).T / np.float32(
                parts.median
            )
            table += self.costs[0].besides(rows)
        if self._away_factor:
            table += self._away_factor * nearness_to(
                vectors, self._away, parts.median, parts.index.metric
            )
        result: Floats = table
        return result

    def _without_crowding(self, positions: Rows, order: Rows) -> Rows:
        """Put behind what a seed's artist has more of than the cap lets in."""
        wishes, own = self._request.wishes, self.costs[0].own
        if own is None or wishes.artist_cap is None:
            return order
        rows = self._parts.placed[positions[order]]
        at = np.searchsorted(own.rows, rows).clip(max=max(len(own.rows) - 1, 0))
        theirs = len(own.rows) > 0
        artists = np.where(own.rows[at] == rows, own.artists[at], -1) if theirs else rows * 0 - 1
        late = surplus(artists, _SPARE * wishes.artist_cap * -(-wishes.length // WINDOW))
        return np.concatenate([order[~late], order[late]])

    def _by_tags(self, inside: Rows, worst: float) -> Ranked:
        rows = rank_by_tags(self._parts.catalogue, self._request.seeds)
        rows = rows[self.passing.rows[rows]]
        rows = rows[~np.isin(rows, inside)]
        steps = np.arange(len(rows), dtype=np.float32) / np.float32(max(len(rows), 1))
        return Ranked(rows.astype(np.int64), np.float32(worst) + steps, None, True)


def wider(k: int) -> int:
    """Return how many neighbours to ask for next: all tracks only after the most searched for."""
    return min(k * _GROWTH, MOST_SEARCHED) if k < MOST_SEARCHED else MOST_SEARCHED + k


def _passing(parts: Parts, request: Request) -> Passing:
    """Return which rows may come; seeds and the like are left to the picking."""
    wishes = request.wishes
    passing = parts.masks.passing(wishes.filters, titled_only=wishes.titled_only)
    if not request.barred_artists and request.lasting is None:
        return passing
    rows = passing.rows.copy()
    if request.barred_artists:
        rows[parts.affinity.rows_of(request.barred_artists)] = False
    if request.lasting is not None:
        least, most = request.lasting
        rows &= (parts.facets.seconds >= least) & (parts.facets.seconds <= most)
    return Passing.of(rows, parts.placed)


def _polyline(corners: Floats, points: int) -> Floats:
    """Return points evenly spaced by length along straight lines through the corners."""
    steps = np.linalg.norm(np.diff(corners, axis=0), axis=1)
    at = np.concatenate([[0.0], np.cumsum(steps)])
    wanted = np.linspace(0.0, at[-1], points)
    if not at[-1]:
        return np.repeat(corners[:1], points, axis=0)
    columns = [np.interp(wanted, at, corners[:, one]) for one in range(corners.shape[1])]
    result: Floats = np.stack(columns, axis=1).astype(np.float32)
    return result
