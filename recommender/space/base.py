"""The taste space: a track's features and genre become a vector; near means alike.

The form ``base``: the 13 features with unknown values set to their mean, standardised; the genre as
one-hot, centred, an unknown genre in the middle; both rotated and cut by principal components
(Pearson 1901; Hotelling 1933) to the share `KEPT_VARIANCE` of their variance. Fitting takes two
passes over the rows in pieces; applying a space needs numpy alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from recommender.catalogue.names import normalise
from recommender.catalogue.schema import FEATURES
from recommender.space.form import Fitted, Metric, room_for, stored_arrays
from recommender.space.measures import (
    Doubles,
    Floats,
    distance_quantiles,
    feature_quantiles,
    percentile,
)
from recommender.space.rows import Rows, normalised_genres, placed_rows, table_features

if TYPE_CHECKING:
    import pyarrow as pa

KEPT_VARIANCE = 0.99
MAX_DIMENSIONS = 64
MAX_GENRES = 512
_PIECE = 16_384


@dataclass(frozen=True)
class Space:
    """A fitted space.

    Attributes
    ----------
    name
        Which form it is.
    means, scales
        Shape (13,): mean and standard deviation of each feature over the rows that know it;
        a feature that is unknown everywhere or never varies has mean 0 or scale 1.
    genres
        The genres that have a column, normalised.
    genre_shares
        Shape (g,): the share of each among the rows with a known genre.
    components
        Shape (13 + g, d): what turns a centred row into its vector.
    feature_quantiles
        Shape (13, 1001): each feature's quantiles, NaN where unknown everywhere.
    distance_quantiles
        Shape (1001,): quantiles of the distance between two random tracks.
    explained
        The share of variance that the components keep.
    """

    name: str
    means: Doubles
    scales: Doubles
    genres: tuple[str, ...]
    genre_shares: Doubles
    components: Doubles
    feature_quantiles: Floats
    distance_quantiles: Floats
    explained: float

    @property
    def artist_affinity(self) -> float:
        """None: this form knows nothing of who made a track."""
        return 0.0

    @property
    def metric(self) -> Metric:
        """Euclidean."""
        return "l2"

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        return int(self.components.shape[1])

    def transform(self, features: np.ndarray[Any, Any], genres: Sequence[str]) -> Floats:
        """Return the vectors of some tracks.

        Parameters
        ----------
        features
            Shape (n, 13) in the order of `FEATURES`, NaN where unknown.
        genres
            n genres, empty where unknown.

        Returns
        -------
        ndarray
            float32, shape (n, d).
        """
        rows = _centred(features, genres, self.means, self.scales, self.genres, self.genre_shares)
        return (rows @ self.components).astype(np.float32)

    def encode_rows(self, table: pa.Table, means: Floats | None = None) -> tuple[Rows, Floats]:
        """Place new rows; see `TasteSpace.encode_rows`. Artists do not matter in this form."""
        features, genres = table_features(table), normalised_genres(table)
        rows = placed_rows(features, genres)
        return rows, self.transform(features[rows], [genres[row] for row in rows])

    def percentile(self, distances: np.ndarray[Any, Any]) -> Doubles:
        """Return for each distance how many of 100 random pairs of tracks are further apart."""
        return percentile(self.distance_quantiles, distances)

    def facts(self) -> dict[str, Any]:
        """Return what the manifest says about the fit."""
        return {"explained": round(self.explained, 6), "genres": len(self.genres)}

    def save(self, path: Path) -> None:
        """Write the space as plain arrays."""
        np.savez(
            path,
            allow_pickle=False,
            name=np.array(self.name),
            means=self.means,
            scales=self.scales,
            genres=np.array(self.genres, dtype=np.str_),
            genre_shares=self.genre_shares,
            components=self.components,
            feature_quantiles=self.feature_quantiles,
            distance_quantiles=self.distance_quantiles,
            explained=np.array(self.explained),
        )

    @classmethod
    def load(cls, path: Path) -> Space:
        """Read a space back.

        Raises
        ------
        CatalogueCorrupt
            The file is missing or does not hold a space.
        """
        with stored_arrays(path) as stored:
            return cls(
                name=str(stored["name"]),
                means=stored["means"],
                scales=stored["scales"],
                genres=tuple(str(genre) for genre in stored["genres"]),
                genre_shares=stored["genre_shares"],
                components=stored["components"],
                feature_quantiles=stored["feature_quantiles"],
                distance_quantiles=stored["distance_quantiles"],
                explained=float(stored["explained"]),
            )


def fit_base(table: pa.Table, playlists: Sequence[Rows] = (), folder: Path | None = None) -> Fitted:
    """Fit the form ``base`` on a stored table; playlists are not used."""
    features = table_features(table)
    genres = normalised_genres(table)
    placed = placed_rows(features, genres)
    means, scales = _moments(features[placed])
    names, shares = _genre_shares([genres[row] for row in placed])

    def pieces() -> Iterator[Doubles]:
        for start in range(0, len(placed), _PIECE):
            rows = placed[start : start + _PIECE]
            yield _centred(
                features[rows], [genres[row] for row in rows], means, scales, names, shares
            )

    components, explained = _principal_components(pieces, len(FEATURES) + len(names))
    vectors = room_for(len(placed), components.shape[1], folder)
    start = 0
    for piece in pieces():
        vectors[start : start + len(piece)] = piece @ components
        start += len(piece)
    space = Space(
        name="base",
        means=means,
        scales=scales,
        genres=names,
        genre_shares=shares,
        components=components,
        feature_quantiles=feature_quantiles(features[placed]),
        distance_quantiles=distance_quantiles(vectors),
        explained=explained,
    )
    return Fitted(space, placed.astype(np.int32), vectors)


def _moments(features: Floats) -> tuple[Doubles, Doubles]:
    known = ~np.isnan(features)
    counts = known.sum(axis=0)
    values = np.where(known, features, 0.0).astype(np.float64)
    means = values.sum(axis=0) / np.maximum(counts, 1)
    squares = (np.where(known, values - means, 0.0) ** 2).sum(axis=0)
    # As after imputation: an unknown value sits on the mean, so it narrows the spread.
    scales = np.sqrt(squares / max(len(features), 1))
    scales[scales < 1e-9] = 1.0
    return means, scales


def _genre_shares(genres: Sequence[str]) -> tuple[tuple[str, ...], Doubles]:
    counts: dict[str, int] = {}
    for genre in genres:
        if genre:
            counts[genre] = counts.get(genre, 0) + 1
    frequent = sorted(counts, key=lambda genre: (-counts[genre], genre))[:MAX_GENRES]
    names = tuple(sorted(frequent))
    known = sum(counts[name] for name in names)
    return names, np.array([counts[name] / known for name in names], dtype=np.float64)


def _centred(
    features: np.ndarray[Any, Any],
    genres: Sequence[str],
    means: Doubles,
    scales: Doubles,
    names: Sequence[str],
    shares: Doubles,
) -> Doubles:
    numbers = (np.asarray(features, dtype=np.float64) - means) / scales
    numbers[np.isnan(numbers)] = 0.0
    hot = np.zeros((len(numbers), len(names)), dtype=np.float64)
    column = {name: at for at, name in enumerate(names)}
    at = np.array([column.get(normalise(genre), -1) for genre in genres], dtype=np.int64)
    known = np.flatnonzero(at >= 0)
    hot[known] = -shares
    hot[known, at[known]] += 1.0
    return np.concatenate([numbers, hot], axis=1)


def _principal_components(
    pieces: Callable[[], Iterator[Doubles]], width: int
) -> tuple[Doubles, float]:
    """Return the leading eigenvectors of the covariance, shape (width, d), and their share."""
    total = np.zeros(width)
    products = np.zeros((width, width))
    count = 0
    for piece in pieces():
        total += piece.sum(axis=0)
        products += piece.T @ piece
        count += len(piece)
    mean = total / max(count, 1)
    covariance = products / max(count, 1) - np.outer(mean, mean)
    values, vectors = principal_axes(covariance)
    whole = float(values.sum())
    if whole <= 0.0:
        return np.eye(width, 1), 1.0
    shares = np.cumsum(values) / whole
    kept = min(int(np.searchsorted(shares, KEPT_VARIANCE)) + 1, MAX_DIMENSIONS, width)
    return np.ascontiguousarray(vectors[:, :kept]), float(shares[kept - 1])


def principal_axes(covariance: Doubles) -> tuple[Doubles, Doubles]:
    """Return a covariance's eigenvalues, falling, and its eigenvectors as columns.

    An eigenvector's sign is arbitrary; its largest entry is made positive, so that it is not.
    """
    values, vectors = np.linalg.eigh(covariance)
    values, vectors = np.maximum(values[::-1], 0.0), vectors[:, ::-1]
    largest = np.abs(vectors).argmax(axis=0)
    signs = np.sign(vectors[largest, np.arange(len(covariance))])
    return values, vectors * signs
