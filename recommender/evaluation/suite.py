"""The rankings that a report compares, made from one table of tracks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from recommender.affinity import ArtistAffinity
from recommender.catalogue.keys import name_keys
from recommender.evaluation.data import EvaluationData
from recommender.evaluation.protocol import Case, training_playlists
from recommender.evaluation.rankers import (
    ArtistsFirst,
    Blend,
    ByFold,
    Centroid,
    MostPopular,
    NearestToAny,
    NearestToEach,
    RandomOrder,
    Ranker,
    SameGenre,
    WithPopularity,
    popularity_of,
    standardised,
)
from recommender.space import fit_space, table_features
from recommender.space.artists import Artists
from recommender.space.form import Fitted
from recommender.space.learned import LearnedSpace, among, settle
from recommender.space.measures import distance_quantiles
from recommender.space.rows import normalised_genres
from recommender.space.weighing import Tags
from recommender.weights import RankingWeights

if TYPE_CHECKING:
    import pyarrow as pa

RANDOM = "random"
POPULAR = "most popular"
SAME_GENRE = "same-genre random"
CENTROID = "centroid L2, 13 features"
EACH = "nearest to each seed, L1"
EARLIER = "earlier kNN, by distance"
EARLIER_TURNS = "earlier kNN, seeds in turn"
ARTISTS_FIRST = "seeds' artists first, then L1"
BASE = "base"
LEARNED = "learned, catalogue alone"
LISTENED = "learned, with playlists"
POPULARITY = "learned, with popularity"
SERVED = "learned, catalogue alone, as served"

POPULARITY_WEIGHT = 0.1

Floats = np.ndarray[Any, np.dtype[np.float32]]
Rows = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True)
class Ground:
    """What all rankings of one table share; made once, since fitting takes most of the time.

    Attributes
    ----------
    data
        Tracks and playlists, the genres as given or blanked.
    features
        Shape (n, 13), standardised, unknown values on the mean.
    popularity
        Shape (n,), NaN unknown.
    songs
        Shape (n,), which song each row is.
    nearness
        Finds the rows of the seeds' artists.
    tags
        Years, genres and artists.
    """

    data: EvaluationData
    features: Floats = field(repr=False)
    popularity: Floats = field(repr=False)
    songs: Rows = field(repr=False)
    nearness: ArtistAffinity = field(repr=False)
    tags: Tags = field(repr=False)

    @classmethod
    def of(cls, data: EvaluationData) -> Ground:
        """Return the ground of a table."""
        return cls(
            data,
            standardised(table_features(data.table)),
            popularity_of(data),
            name_keys(data.table).songs.astype(np.int64),
            ArtistAffinity(data.artists.offsets, data.artists.codes),
            Tags.of(data.table, np.arange(len(data)), data.artists),
        )


def without_genres(data: EvaluationData) -> EvaluationData:
    """Return the same tracks with genre and subgenre blanked: what a label cannot leak from."""
    import pyarrow as pa

    table = data.table
    blank = pa.array([""] * table.num_rows, pa.string())
    for name in ("genre", "subgenre"):
        table = table.set_column(table.schema.get_field_index(name), name, blank)
    return EvaluationData(table, data.artists, data.playlists)


def simple_baselines(ground: Ground) -> dict[str, Ranker]:
    """Return what needs no fit."""
    count = len(ground.data)
    _, genres = np.unique(["", *normalised_genres(ground.data.table)], return_inverse=True)
    return {
        RANDOM: RandomOrder(count),
        POPULAR: MostPopular(ground.popularity),
        SAME_GENRE: SameGenre(genres[1:].astype(np.int64) - 1),
        CENTROID: Centroid(ground.features),
        EACH: NearestToEach(ground.features),
        ARTISTS_FIRST: ArtistsFirst(ground.features, ground.data.artists),
    }


def earlier_system(table: pa.Table) -> dict[str, Ranker]:
    """Return the earlier system's neighbours, sorted and, as it gave them, seed by seed."""
    vectors = fit_space(table, "reference").vectors
    return {EARLIER: NearestToAny(vectors), EARLIER_TURNS: NearestToEach(vectors)}


def base_form(ground: Ground) -> dict[str, Ranker]:
    """Return our base form's ranking."""
    fitted = fit_space(ground.data.table, "base")
    vectors = _all_rows(fitted, len(ground.data))
    return {BASE: _blend(ground, vectors, RankingWeights(), 1.0)}


@dataclass(frozen=True)
class Learned:
    """The learned form over a table, trained once, ready to be placed with any playlists.

    Attributes
    ----------
    space
        What encoded them.
    placed, encoded, artists
        The rows with a place, what each is alone, and who made them.
    tags
        What the ranking's weights are learned with.
    """

    ground: Ground
    space: LearnedSpace = field(repr=False)
    placed: Rows = field(repr=False)
    encoded: Floats = field(repr=False)
    artists: Artists = field(repr=False)
    tags: Tags = field(repr=False)

    @classmethod
    def of(cls, ground: Ground) -> Learned:
        """Train the form on the catalogue alone."""
        table = ground.data.table
        fitted = fit_space(table, "learned")
        if not isinstance(fitted.space, LearnedSpace):
            raise TypeError("the form learned gave another space")
        placed = fitted.placed.astype(np.int64)
        titles = [text or "" for text in table.column("title").take(placed).to_pylist()]
        encoded = fitted.space.encode(table_features(table)[placed], titles)
        artists = ground.data.artists.of_each(placed)
        tags = Tags.of(table, placed, artists)
        return cls(ground, fitted.space, placed, encoded, artists, tags)

    def ranking(self, playlists: Sequence[Rows] = ()) -> Blend:
        """Return the ranking after learning from playlists, or from the catalogue alone."""
        vectors = self.encoded.copy()
        listened = among(self.placed, playlists)
        weights = settle(self.space, vectors, self.artists, listened, self.tags)
        if weights is None:
            weights = RankingWeights(artist_affinity=self.space.artist_affinity)
        median = float(np.median(distance_quantiles(vectors)))
        everywhere = np.full((len(self.ground.data), vectors.shape[1]), np.nan, dtype=np.float32)
        everywhere[self.placed] = vectors
        return _blend(self.ground, everywhere, weights, median)

    def by_fold(self, cases: Sequence[Case]) -> ByFold:
        """Return the cross-validated ranking: no question's playlist was learned from."""
        data = self.ground.data
        return ByFold(
            {
                fold: self.ranking(training_playlists(data, cases, fold))
                for fold in sorted({case.fold for case in cases})
            }
        )

    def popular(self) -> WithPopularity:
        """Return the catalogue's ranking with popularity mixed in."""
        return WithPopularity(self.ranking(), self.ground.popularity, POPULARITY_WEIGHT)


def fixed_rankers(ground: Ground) -> dict[str, Ranker]:
    """Return the rankings that learn nothing from playlists, in a report's order."""
    return simple_baselines(ground) | earlier_system(ground.data.table) | base_form(ground)


def learned_rankers(learned: Learned, cases: Sequence[Case]) -> dict[str, Ranker]:
    """Return the learned form's rankings for some questions, cross-validated."""
    return {
        LEARNED: learned.ranking(),
        LISTENED: learned.by_fold(cases),
        POPULARITY: learned.popular(),
    }


def _blend(ground: Ground, vectors: Floats, weights: RankingWeights, median: float) -> Blend:
    return Blend(vectors, ground.nearness, ground.songs, ground.tags, weights, median)


def _all_rows(fitted: Fitted, count: int) -> Floats:
    vectors = np.full((count, fitted.vectors.shape[1]), np.nan, dtype=np.float32)
    vectors[fitted.placed] = fitted.vectors
    return vectors
