"""Rankings to compare: each gives distances from seeds to all tracks, less is better."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from recommender.affinity import ArtistAffinity
from recommender.evaluation.data import EvaluationData
from recommender.evaluation.metrics import LIST_LENGTH
from recommender.evaluation.protocol import Case
from recommender.ranking import genres_apart, years_apart
from recommender.space.artists import Artists
from recommender.space.weighing import Tags
from recommender.weights import RankingWeights

Rows = np.ndarray[Any, np.dtype[np.int64]]
Floats = np.ndarray[Any, np.dtype[np.float32]]
Mask = np.ndarray[Any, np.dtype[np.bool_]]


class Ranker(Protocol):
    """Something that orders all tracks for some seeds."""

    def distances(self, case: Case) -> Floats:
        """Return distances of all n tracks.

        Shape (1, n) for one ranking, or (s, n) for one per seed, whose tracks are then taken in
        turn, as an earlier system that answers each seed apart does. What is infinitely far is
        never taken.
        """


def ranked_list(distances: Floats, excluded: Mask, length: int = LIST_LENGTH) -> Rows:
    """Return the nearest tracks of one ranking, or those of several taken in turn, each once.

    Parameters
    ----------
    distances
        Shape (s, n).
    excluded
        Shape (n,), tracks that may not come.
    length
        Tracks wanted; fewer come when fewer are allowed.
    """
    lists = [_nearest(row, excluded, length) for row in distances]
    if len(lists) == 1:
        return lists[0]
    places = np.concatenate([np.arange(len(rows)) for rows in lists])
    turns = np.concatenate([np.full(len(rows), turn) for turn, rows in enumerate(lists)])
    rows = np.concatenate(lists)[np.lexsort((turns, places))]
    _, first = np.unique(rows, return_index=True)
    return rows[np.sort(first)][:length]


def _nearest(distances: Floats, excluded: Mask, length: int) -> Rows:
    apart = np.where(excluded, np.float32(np.inf), distances)
    count = min(length, len(apart))
    limit = np.partition(apart, count - 1)[count - 1]
    inside = np.flatnonzero((apart <= limit) & (apart < np.inf))
    return inside[np.argsort(apart[inside], kind="stable")][:count].astype(np.int64)


@dataclass(frozen=True)
class RandomOrder:
    """Chance itself: a new random order for each question."""

    count: int
    seed: int = 0

    def distances(self, case: Case) -> Floats:
        """Return uniform noise."""
        random = np.random.default_rng([self.seed, case.playlist, int(case.seeds[0])])
        return random.random((1, self.count), dtype=np.float32)


@dataclass(frozen=True)
class MostPopular:
    """The same tracks for everybody: the most popular ones; unknown popularity comes last."""

    popularity: Floats = field(repr=False)

    def distances(self, case: Case) -> Floats:
        """Return how much less than 100 each track's popularity is."""
        return (100.0 - np.nan_to_num(self.popularity, nan=-1.0))[None, :]


@dataclass(frozen=True)
class SameGenre:
    """Random tracks of the seeds' genres; then any; without a known genre plain chance."""

    genres: Rows = field(repr=False)
    seed: int = 0

    def distances(self, case: Case) -> Floats:
        """Return noise, one further away for other genres; genre -1 is unknown."""
        random = np.random.default_rng([self.seed, case.playlist, int(case.seeds[0])])
        wanted = self.genres[case.seeds]
        other = ~np.isin(self.genres, wanted[wanted >= 0])
        noise = random.random((1, len(self.genres)), dtype=np.float32)
        return noise + other.astype(np.float32)


@dataclass(frozen=True)
class Centroid:
    """Nearest to the seeds' mean, L2."""

    vectors: Floats = field(repr=False)

    def distances(self, case: Case) -> Floats:
        """Return distances to the centre."""
        return euclidean(self.vectors, self.vectors[case.seeds].mean(axis=0))[None, :]


@dataclass(frozen=True)
class NearestToEach:
    """Neighbours of each seed by L1 (Manhattan), taken in turn."""

    vectors: Floats = field(repr=False)

    def distances(self, case: Case) -> Floats:
        """Return one row per seed."""
        return np.stack([manhattan(self.vectors, self.vectors[seed]) for seed in case.seeds])


@dataclass(frozen=True)
class NearestToAny:
    """Neighbours by L1 (Manhattan) to the nearest seed: what per-seed answers come to, sorted."""

    vectors: Floats = field(repr=False)

    def distances(self, case: Case) -> Floats:
        """Return distances to the nearest seed."""
        apart = [manhattan(self.vectors, self.vectors[seed]) for seed in case.seeds]
        result: Floats = np.min(apart, axis=0)[None, :]
        return result


@dataclass(frozen=True)
class Blend:
    """Our ranking over a space: the centre and the nearest seed blended, seeds' artists nearer.

    Attributes
    ----------
    vectors
        Shape (n, d), NaN for rows that have no place.
    nearness
        Finds the rows of the seeds' artists.
    songs
        Which song each row is (0 unknown): a seed's other versions never come.
    tags
        Years and genres, which cost where the weights say so.
    weights
        What counts how much, in median distances.
    median
        The distance of two random tracks.
    """

    vectors: Floats = field(repr=False)
    nearness: ArtistAffinity = field(repr=False)
    songs: Rows = field(repr=False)
    tags: Tags = field(repr=False)
    weights: RankingWeights
    median: float

    def distances(self, case: Case) -> Floats:
        """Return blended distances, infinite for rows without a place."""
        seeds = self.vectors[case.seeds]
        seeds = seeds[~np.isnan(seeds).any(axis=1)]
        if not len(seeds):
            return np.zeros((1, len(self.vectors)), dtype=np.float32)
        to_centre = euclidean(self.vectors, seeds.mean(axis=0))
        to_nearest = np.min([euclidean(self.vectors, seed) for seed in seeds], axis=0)
        centre = self.weights.centre
        apart = centre * to_centre + (1.0 - centre) * to_nearest
        if self.weights.artist_affinity:
            own = self.nearness.nearness(case.seeds)
            apart[own.rows] -= self.weights.artist_affinity * self.median * own.shares
        if self.weights.era:
            years = np.unique(self.tags.years[case.seeds])
            known = years[~np.isnan(years)]
            apart += self.weights.era * self.median * years_apart(self.tags.years, known)
        if self.weights.genre:
            every = np.arange(len(apart))
            other = genres_apart(self.tags.genre, self.tags.subgenre, every, case.seeds)
            apart += self.weights.genre * self.median * other
        songs = self.songs[case.seeds]
        apart[np.isin(self.songs, songs[songs != 0])] = np.inf
        result: Floats = np.nan_to_num(apart, nan=np.inf, posinf=np.inf, neginf=-np.inf)
        return result[None, :].astype(np.float32)


@dataclass(frozen=True)
class WithPopularity:
    """A ranking that also prefers the popular, to be shown apart."""

    ranker: Ranker = field(repr=False)
    popularity: Floats = field(repr=False)
    weight: float

    def distances(self, case: Case) -> Floats:
        """Take off `weight` per standard deviation of popularity; an unknown one is the mean."""
        scores = standardised(self.popularity[:, None])[:, 0]
        result: Floats = self.ranker.distances(case) - np.float32(self.weight) * scores
        return result


@dataclass(frozen=True)
class ArtistsFirst:
    """The seeds' artists' tracks first, then the rest, both by L1 to the nearest seed."""

    vectors: Floats = field(repr=False)
    artists: Artists = field(repr=False)

    def distances(self, case: Case) -> Floats:
        """Return L1 distances, those of other artists beyond all of the seeds' artists."""
        apart = np.min([manhattan(self.vectors, self.vectors[seed]) for seed in case.seeds], axis=0)
        own = self.artists.mask(self.artists.of_rows(case.seeds))
        result: Floats = np.where(own, apart, apart + apart.max() + 1.0)[None, :]
        return result


@dataclass(frozen=True)
class ByFold:
    """One ranker per fold: what answers a question never saw its playlist."""

    rankers: Mapping[int, Ranker] = field(repr=False)

    def distances(self, case: Case) -> Floats:
        """Ask the ranker of the case's fold."""
        return self.rankers[case.fold].distances(case)


def euclidean(vectors: Floats, point: Floats) -> Floats:
    """Return L2 distances of the rows to a point, shape (n,)."""
    squares = np.einsum("ij,ij->i", vectors, vectors) - 2.0 * (vectors @ point) + point @ point
    result: Floats = np.sqrt(np.maximum(squares, 0.0)).astype(np.float32)
    return result


def manhattan(vectors: Floats, point: Floats) -> Floats:
    """Return L1 distances of the rows to a point, shape (n,)."""
    import faiss

    faiss.omp_set_num_threads(1)
    query = np.ascontiguousarray(point[None, :], dtype=np.float32)
    result: Floats = faiss.pairwise_distances(query, vectors, metric=faiss.METRIC_L1)[0]
    return result


def standardised(features: np.ndarray[Any, Any]) -> Floats:
    """Return features with mean 0 and deviation 1, unknown values on the mean; float32."""
    values = np.asarray(features, dtype=np.float64)
    known = ~np.isnan(values)
    counts = np.maximum(known.sum(axis=0), 1)
    means = np.where(known, values, 0.0).sum(axis=0) / counts
    centred = np.where(known, values - means, 0.0)
    scales = np.sqrt((centred * centred).mean(axis=0))
    scales[scales < 1e-9] = 1.0
    return np.ascontiguousarray(centred / scales, dtype=np.float32)


def popularity_of(data: EvaluationData) -> Floats:
    """Return each row's popularity 0–100, NaN where unknown."""
    column = data.table.column("popularity").fill_null(float("nan"))
    result: Floats = column.to_numpy().astype(np.float32)
    return result
