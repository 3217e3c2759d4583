"""The form ``learned``: fitted to who made what, of which album and genre, in which playlist.

An encoder learns from the operator's own catalogue that tracks of one artist, album or genre belong
nearer than chance; then each track is placed near its artist and, where playlists are given, near
those it is in (`placement`). Nothing about popularity goes in, and no absence of metadata.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np

from recommender.space import encoder as network
from recommender.space.artists import Artists
from recommender.space.encoder import Encoder
from recommender.space.form import Fitted, Metric, room_for, stored_arrays
from recommender.space.inputs import Inputs, SoundScale, version_flags
from recommender.space.labels import soft_labels
from recommender.space.measures import (
    Doubles,
    Floats,
    distance_quantiles,
    feature_quantiles,
    percentile,
)
from recommender.space.pairs import ClassPairs, mixture
from recommender.space.placement import drawn_to, place_in
from recommender.space.rows import (
    Rows,
    codes_of,
    normalised_genres,
    placed_rows,
    table_features,
    texts_of,
)
from recommender.space.weighing import LEAST_PLAYLISTS, Tags, learn_weights
from recommender.weights import RankingWeights

if TYPE_CHECKING:
    import pyarrow as pa

ARTIST_AFFINITY = 0.4
"""By how much nearer the seeds' own artists count, in median distances of random tracks."""

VERSIONS_APART = 0.6
"""How far versions stand beside plain recordings: who picks the one seldom wants the other."""

TRAINING_ROWS = 400_000
"""Rows the encoder is trained on at most; of larger tables as many artists as fill them."""

SHARES = {"artist": 0.85, "album": 0.1, "genre": 0.05}
"""How the training's pairs are divided; kinds that the catalogue cannot give fall to the others."""

_PIECE = 16_384
_SEED = 20_261_121
_NO_QUANTILES = np.zeros(0, dtype=np.float32)
_WEIGHTS = ("tokens", "hidden", "bias", "out", "direct")


@dataclass(frozen=True)
class LearnedSpace:
    """A fitted space of the form ``learned``.

    Attributes
    ----------
    encoder
        Puts a track where its sound and title belong.
    scale
        How features become the encoder's inputs; holds the features' quantiles.
    versions_apart
        By how much live recordings, remixes and other versions stand beside the plain recordings,
        in a dimension of their own; 0 for no such dimension.
    distance_quantiles
        Shape (1001,): quantiles of the distance between two random tracks.
    playlists
        How many playlists were learned from.
    """

    encoder: Encoder
    scale: SoundScale
    distance_quantiles: Floats
    playlists: int = 0
    versions_apart: float = 0.0

    @property
    def name(self) -> str:
        """``learned``."""
        return "learned"

    @property
    def metric(self) -> Metric:
        """Euclidean."""
        return "l2"

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        return self._encoded + (self.versions_apart > 0.0)

    @property
    def _encoded(self) -> int:
        return int(self.encoder.weights["out"].shape[1])

    @property
    def artist_affinity(self) -> float:
        """How much nearer the seeds' own artists count by default."""
        return ARTIST_AFFINITY

    @property
    def feature_quantiles(self) -> Floats:
        """Shape (13, 1001): each feature's quantiles, NaN where unknown everywhere."""
        return self.scale.quantiles

    def percentile(self, distances: np.ndarray[Any, Any]) -> Doubles:
        """Return for each distance how many of 100 random pairs of tracks are further apart."""
        return percentile(self.distance_quantiles, distances)

    def encode(self, features: np.ndarray[Any, Any], titles: Sequence[str]) -> Floats:
        """Return what tracks are alone, before they are drawn to their artists.

        Parameters
        ----------
        features
            Shape (n, 13) in the order of `FEATURES`, NaN where unknown.
        titles
            n titles, empty where unknown.

        Returns
        -------
        ndarray
            float32, shape (n, d); unit vectors but for the versions' dimension, the last.
        """
        vectors = np.empty((len(features), self.dimensions), dtype=np.float32)
        for start in range(0, len(features), _PIECE):
            piece = slice(start, start + _PIECE)
            inputs = Inputs.of(self.scale, features[piece], titles[piece])
            vectors[piece] = self.joined(inputs, titles[piece])
        return vectors

    def joined(self, inputs: Inputs, titles: Sequence[str]) -> Floats:
        """Return what `encode` does of tracks whose inputs are made."""
        encoded = self.encoder.encode(inputs.sounds, inputs.titles)
        if not self.versions_apart:
            return encoded
        beside = np.float32(self.versions_apart) * version_flags(titles)
        return np.concatenate([encoded, beside[:, None]], axis=1)

    def tastes(self, vectors: Floats) -> Floats:
        """Return the part of vectors that artists and playlists draw, as a view."""
        return vectors[:, : self._encoded]

    def encode_rows(self, table: pa.Table, means: Floats | None = None) -> tuple[Rows, Floats]:
        """Place new rows; see `TasteSpace.encode_rows`.

        A row whose artists are new is drawn to their other new tracks, as when fitting.
        """
        features = table_features(table)
        rows = placed_rows(features, normalised_genres(table))
        encoded = self.encode(features[rows], texts_of(table, "title", rows))
        vectors = encoded.copy()
        place_in(self.tastes(vectors), Artists.of_table(table).of_each(rows))
        if means is not None:
            theirs = self.tastes(means)[rows]
            settled = theirs.any(axis=1)
            alone = self.tastes(encoded)[settled]
            drawn = drawn_to(alone, theirs[settled], listened=self.playlists > 0)
            self.tastes(vectors)[settled] = drawn
        return rows, vectors

    def facts(self) -> dict[str, Any]:
        """Return what the manifest says about the fit."""
        return {"playlists": self.playlists, "artist_affinity": self.artist_affinity}

    def save(self, path: Path) -> None:
        """Write the space as plain arrays."""
        np.savez(
            path,
            allow_pickle=False,
            name=np.array(self.name),
            playlists=np.array(self.playlists),
            versions_apart=np.array(self.versions_apart),
            mode_mean=np.array(self.scale.mode_mean),
            feature_quantiles=self.scale.quantiles,
            distance_quantiles=self.distance_quantiles,
            **{f"encoder_{name}": self.encoder.weights[name] for name in _WEIGHTS},
        )

    @classmethod
    def load(cls, path: Path) -> LearnedSpace:
        """Read a space back.

        Raises
        ------
        CatalogueCorrupt
            The file is missing or does not hold such a space.
        """
        with stored_arrays(path) as stored:
            weights = {name: stored[f"encoder_{name}"] for name in _WEIGHTS}
            return cls(
                encoder=Encoder(weights),
                scale=SoundScale(stored["feature_quantiles"], float(stored["mode_mean"])),
                distance_quantiles=stored["distance_quantiles"],
                playlists=int(stored["playlists"]),
                versions_apart=float(stored["versions_apart"]),
            )


def fit_learned(
    table: pa.Table, playlists: Sequence[Rows] = (), folder: Path | None = None
) -> Fitted:
    """Fit the form ``learned`` on a stored table and, where given, playlists of its rows."""
    table = _with_whole_titles(table)
    features = table_features(table)
    placed = placed_rows(features, normalised_genres(table))
    if len(placed) < len(features):
        features = features[placed]
    artists = Artists.of_table(table).of_each(placed)
    scale = SoundScale.of(features, feature_quantiles(features))
    sample = _sample(artists, len(placed))
    titles = texts_of(table, "title", placed[sample])
    inputs = Inputs.of(scale, features[sample], titles)
    trained = train_encoder(
        inputs,
        artists.of_each(sample),
        albums=codes_of(table, "album", placed[sample]),
        genres=codes_of(table, "genre", placed[sample]),
    )
    alone = LearnedSpace(trained, scale, _NO_QUANTILES, len(playlists), VERSIONS_APART)
    vectors = room_for(len(placed), alone.dimensions, folder)
    for start in range(0, len(placed), _PIECE):
        piece = slice(start, start + _PIECE)
        if len(sample) == len(placed):
            these = Inputs(inputs.sounds[piece], inputs.titles[piece])
            vectors[piece] = alone.joined(these, titles[piece])
        else:
            named = texts_of(table, "title", placed[piece])
            vectors[piece] = alone.encode(features[piece], named)
    del features, inputs, titles
    listened = among(placed, playlists)
    tags = Tags.of(table, placed, artists) if listened else None
    weights = settle(alone, vectors, artists, listened, tags, folder)
    space = replace(alone, distance_quantiles=distance_quantiles(vectors))
    return Fitted(space, placed.astype(np.int32), vectors, weights)


def train_encoder(inputs: Inputs, artists: Artists, *, albums: Rows, genres: Rows) -> Encoder:
    """Train an encoder on what belongs together in n tracks.

    Parameters
    ----------
    inputs
        What it is told of each.
    artists
        Who made which.
    albums, genres
        Shape (n,), the number of each track's album and genre, -1 where unknown.
    """
    credited = np.repeat(np.arange(len(inputs.sounds)), np.diff(artists.offsets))
    kinds = [(SHARES["artist"], ClassPairs(credited, artists.codes))]
    known = np.flatnonzero(albums >= 0)
    kinds.append((SHARES["album"], ClassPairs(known, albums[known])))
    soft = soft_labels(genres, artists)
    kinds.append((SHARES["genre"], ClassPairs(soft.rows, soft.classes, soft.confidence)))
    if not any(len(pairs) for _, pairs in kinds):
        return Encoder(network.initial(_SEED))
    return network.train(inputs.sounds, inputs.titles, mixture(kinds), seed=_SEED)


def settle(
    space: LearnedSpace,
    vectors: Floats,
    artists: Artists,
    playlists: Sequence[Rows],
    tags: Tags | None = None,
    folder: Path | None = None,
) -> RankingWeights | None:
    """Draw encoded tracks to their artists and playlists, in place, and learn the weights.

    Parameters
    ----------
    space
        What encoded them.
    vectors
        Shape (n, d), from `LearnedSpace.encode`.
    artists
        Who made which.
    playlists
        Rows that people put together, as `among` gives them.
    tags
        What the ranking's weights are learned with; None learns none.
    folder
        Where copies of the vectors may be kept meanwhile; None keeps them in memory.
    """
    weights = None
    if tags is not None and len(playlists) >= LEAST_PLAYLISTS:
        weights = _weights(space, vectors, playlists, tags, folder)
    place_in(space.tastes(vectors), artists, playlists)
    return weights


def _weights(
    space: LearnedSpace,
    encoded: Floats,
    playlists: Sequence[Rows],
    tags: Tags,
    folder: Path | None,
) -> RankingWeights | None:
    defaults = RankingWeights(artist_affinity=ARTIST_AFFINITY)
    with TemporaryDirectory(prefix="fold-", dir=folder) as beside:

        def by(some: Sequence[Rows]) -> Floats:
            vectors = room_for(len(encoded), encoded.shape[1], Path(beside) if folder else None)
            for start in range(0, len(encoded), _PIECE):
                vectors[start : start + _PIECE] = encoded[start : start + _PIECE]
            place_in(space.tastes(vectors), tags.artists, some)
            return vectors

        return learn_weights(defaults, playlists, tags, by)


def _with_whole_titles(table: pa.Table) -> pa.Table:
    """Return the table with its titles in one piece, so that taking some copies no more."""
    import pyarrow as pa

    at = table.schema.get_field_index("title")
    whole = pa.chunked_array([table.column("title").combine_chunks()])
    return table.set_column(at, "title", whole)


def _sample(artists: Artists, count: int) -> Rows:
    """Return the rows to train on: all, or those of random artists, so that pairs stay whole."""
    if count <= TRAINING_ROWS:
        return np.arange(count)
    order = np.random.default_rng(_SEED).permutation(artists.count)
    rank = np.empty(artists.count + 1, dtype=np.int64)
    rank[order] = np.arange(artists.count)
    rank[-1] = artists.count
    by_artist = np.argsort(rank[artists.first()], kind="stable")
    return np.sort(by_artist[:TRAINING_ROWS])


def among(placed: Rows, playlists: Sequence[Rows]) -> list[Rows]:
    """Return playlists as places among the placed rows, without those of fewer than two."""
    found = []
    for rows in playlists:
        at = np.minimum(np.searchsorted(placed, rows), max(len(placed) - 1, 0))
        inside = at[placed[at] == rows] if len(placed) else at[:0]
        if len(inside) >= 2:
            found.append(inside)
    return found
