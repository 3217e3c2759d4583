"""One linear cost: how far a track is from what is wished, in median distances.

::

    cost =   blend of the distances to a taste's centre and to its nearest seed
           - affinity × share of a seed's artist        (knob: familiarity)
           + era      × years from the nearest seed's, at most `ERA_YEARS`, over `ERA_YEARS`
           + genre    × no genre of a seed's
           - popularity × rank in the catalogue, −1 … 1
           + AWAY     × nearness to the nearest of what there should be less of

Every knob is a factor of one term. Of a fixed pool the tracks of least cost therefore have, term by
term, the lower (or higher) a mean the further its knob is turned: if two factors w < v pick sets
W and V of equal size, summing both picks' optimality gives (v − w) × (term(V) − term(W)) ≤ 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from recommender.affinity import ArtistAffinity, surplus
from recommender.candidates import distances, representatives
from recommender.facets import Coded, Facets
from recommender.index import Metric
from recommender.weights import ERA_YEARS, RankingWeights
from recommender.wishes import Wishes

if TYPE_CHECKING:
    pass

FAMILIAR = 2.0
"""Median distances that the seeds' artists come nearer at familiarity 1: further than any track
of another artist is near."""

UNFAMILIAR = 1.0
"""Median distances that they move away just before −1, where they may not come at all."""

HITS = 1.0
"""Median distances between the catalogue's middle and its most popular track at popularity 1."""

AWAY = 1.0
"""Median distances added to a twin of what there should be less of; none from one median on."""

Rows = np.ndarray[Any, np.dtype[np.int64]]
Artists = np.ndarray[Any, np.dtype[np.int32]]
Floats = np.ndarray[Any, np.dtype[np.float32]]


@dataclass(frozen=True)
class Factors:
    """What each term of the cost is multiplied by; all in median distances.

    Attributes
    ----------
    centre
        Share of the distance to the centre in the blend.
    affinity
        Taken off per share of a seed's artist.
    familiar
        Taken off every track by a seed's artist; below zero it is added.
    era, genre, popularity, away
        As in the module's formula.
    """

    centre: float
    affinity: float
    familiar: float
    era: float
    genre: float
    popularity: float
    away: float

    @classmethod
    def of(cls, wishes: Wishes, weights: RankingWeights) -> Factors:
        """Return the factors that wishes and a catalogue's weights come to."""
        knob = wishes.familiarity
        return cls(
            centre=weights.centre,
            affinity=weights.artist_affinity * min(1.0, 1.0 + knob),
            familiar=FAMILIAR * knob if knob > 0 else UNFAMILIAR * knob,
            era=weights.era if wishes.era is None else wishes.era,
            genre=weights.genre if wishes.genre is None else wishes.genre,
            popularity=HITS * wishes.popularity,
            away=AWAY if wishes.less_like else 0.0,
        )

    @property
    def of_artists(self) -> bool:
        """Whether it matters that a track is by a seed's artist."""
        return bool(self.affinity or self.familiar)


class TasteCost:
    """The cost of tracks for seeds that belong together.

    Parameters
    ----------
    rows
        The seeds' rows.
    seeds
        Their vectors, shape (s, d).
    factors
        What counts how much.
    median
        Distance of two random tracks.
    facets, affinity
        The catalogue's columns and who made what.
    metric
        How distance is measured.
    """

    def __init__(
        self,
        rows: Sequence[int],
        seeds: Floats,
        factors: Factors,
        median: float,
        facets: Facets,
        affinity: ArtistAffinity,
        metric: Metric = "l2",
    ) -> None:
        self.centre: Floats = seeds.mean(axis=0, keepdims=True)
        self.asked = representatives(seeds)
        self._factors = factors
        self._median = np.float32(median)
        self._facets = facets
        self._metric: Metric = metric
        self._rows = np.asarray(rows, dtype=np.int64)
        self.own = affinity.nearness(rows) if factors.of_artists else None

    @property
    def queries(self) -> Floats:
        """What to search for: the centre and the seeds, or groups of them; shape (q, d)."""
        if len(self._rows) == 1:
            return self.asked
        return np.concatenate([self.centre, self.asked])

    def of(self, rows: Rows, vectors: Floats, squares: Floats | None = None) -> Floats:
        """Return the cost of rising rows with their vectors, shape (n,)."""
        blend = self.blend(vectors, squares)
        return (blend / self._median + self.besides(rows)).astype(np.float32)

    def blend(self, vectors: Floats, squares: Floats | None = None) -> Floats:
        """Return the distance from the taste, half to its centre and half to a seed, (n,).

        Parameters
        ----------
        vectors
            Shape (n, d).
        squares
            Shape (n,): their squared lengths, where several tastes ask of the same vectors.
        """
        to_nearest: Floats = distances(vectors, self.asked, self._metric, squares).min(axis=1)
        if len(self._rows) == 1:
            return to_nearest
        centre = np.float32(self._factors.centre)
        to_centre = distances(vectors, self.centre, self._metric, squares)[:, 0]
        result: Floats = centre * to_centre + (1 - centre) * to_nearest
        return result

    def besides(self, rows: Rows) -> Floats:
        """Return what rising rows cost besides their distance from the seeds, shape (n,)."""
        factors, facets = self._factors, self._facets
        cost = np.zeros(len(rows), dtype=np.float32)
        if self.own is not None and len(self.own.rows):
            at = np.searchsorted(self.own.rows, rows).clip(max=len(self.own.rows) - 1)
            theirs = self.own.rows[at] == rows
            nearer = factors.affinity * self.own.shares[at] + factors.familiar
            cost -= np.where(theirs, nearer, 0.0).astype(np.float32)
        if factors.era:
            cost += np.float32(factors.era) * years_apart(facets.year[rows], self._years())
        if factors.genre:
            cost += np.float32(factors.genre) * genres_apart(
                facets.genre, facets.subgenre, rows, self._rows
            )
        if factors.popularity:
            centred = 2.0 * np.nan_to_num(facets.popularity[rows], nan=0.5) - 1.0
            cost -= np.float32(factors.popularity) * centred.astype(np.float32)
        return cost

    def _years(self) -> Floats:
        years = self._facets.year[self._rows]
        result: Floats = np.unique(years[~np.isnan(years)])
        return result


def years_apart(years: Floats, seeds: Floats) -> Floats:
    """Return how far years are from the nearest of the seeds', over `ERA_YEARS`, at most 1.

    Parameters
    ----------
    years
        Shape (n,), NaN where unknown, which counts as 0.
    seeds
        Rising, none unknown; without any all years are alike.
    """
    if not len(seeds):
        return np.zeros(len(years), dtype=np.float32)
    known = np.nan_to_num(years, nan=seeds[0])
    after = np.searchsorted(seeds, known).clip(max=len(seeds) - 1)
    before = (after - 1).clip(min=0)
    apart = np.minimum(np.abs(known - seeds[after]), np.abs(known - seeds[before]))
    result: Floats = np.minimum(apart / np.float32(ERA_YEARS), 1.0).astype(np.float32)
    return result


def genres_apart(genre: Coded, subgenre: Coded, rows: Rows, seeds: Rows) -> Floats:
    """Return 0 for rows that share a genre with a seed, 1 for others, 0 where either is unknown.

    One that shares a subgenre alone, or one genre of several that it lists, counts ½.
    """
    wanted = set(genre.codes[seeds].tolist()) - {-1}
    if not wanted:
        return np.zeros(len(rows), dtype=np.float32)
    names: frozenset[str] = frozenset().union(*(genre.parts[code] for code in wanted))
    apart = np.array(
        [
            0.0 if whole in names else 1.0 if names.isdisjoint(parts) else 0.5
            for whole, parts in zip(genre.wholes, genre.parts, strict=True)
        ]
        + [0.0],
        dtype=np.float32,
    )
    result: Floats = apart[genre.codes[rows]]
    finer = subgenre.codes[seeds]
    alike = np.isin(subgenre.codes[rows], finer[finer >= 0])
    return np.where(alike, np.minimum(result, 0.5), result).astype(np.float32)


def nearness_to(vectors: Floats, away: Floats, median: float, metric: Metric = "l2") -> Floats:
    """Return 1 for a twin of any of some points, falling to 0 one median distance away, (n,)."""
    if not len(away):
        return np.zeros(len(vectors), dtype=np.float32)
    nearest = distances(vectors, away, metric).min(axis=1)
    result: Floats = np.maximum(0.0, 1.0 - nearest / np.float32(median)).astype(np.float32)
    return result


def merged(
    costs: Sequence[Floats], shares: Sequence[float], artists: Artists, quota: int | None
) -> Floats:
    """Return one cost for tracks that several tastes rank, so that each has its share of any start.

    A track belongs to the taste for which it costs least. Its place in that taste's own ranking,
    over the taste's share, is its place in the whole; it costs what tracks at that place cost on
    average over the tastes, each by its share. One taste's costs stay as they are.

    What an artist has beyond the quota takes up no place: one prolific artist would else fill a
    taste's share with tracks that the cap does not let in.

    Parameters
    ----------
    costs
        Per taste the cost of the same n tracks.
    shares
        Per taste, above 0, together 1.
    artists
        Shape (n,), each track's first artist, -1 where unknown.
    quota
        Tracks by one artist that can come; None for all.
    """
    if len(costs) == 1:
        return costs[0]
    table = np.stack(costs)
    belongs = table.argmin(axis=0)
    place = np.zeros(table.shape[1])
    ladders = []
    for taste, share in enumerate(shares):
        members = np.flatnonzero(belongs == taste)
        if not len(members):
            continue
        order = members[np.argsort(table[taste, members], kind="stable")]
        counts = np.ones(len(order), dtype=bool)
        if quota is not None:
            counts = ~surplus(artists[order], quota)
        before = np.cumsum(counts) - counts
        place[order] = (before + 0.5) / share
        ladders.append((share, place[order], table[taste, order]))
    if not ladders:
        return costs[0]
    # Looking up rising places is several times faster.
    rising_places = np.argsort(place)
    asked = place[rising_places]
    level = np.empty(len(place))
    level[rising_places] = sum(share * np.interp(asked, at, cost) for share, at, cost in ladders)
    total = sum(share for share, _, _ in ladders)
    # Costs that do not rise from one place to the next would lose the order.
    rising = np.asarray(level / total) + 1e-6 * place / max(place.max(), 1.0)
    result: Floats = rising.astype(np.float32)
    return result
