"""The form ``reference``: what an earlier system did, kept to be measured against.

Unknown features count as 0, all 13 are standardised, the genre is one-hot (an unknown one all
zeros), and principal components rotate both into 141 dimensions, in which Manhattan distance is
used. Almost nothing is cut off, but a rotation is no neutral act under Manhattan distance: it
spreads the difference of two one-hot columns over all axes, so the genre outweighs the sound.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from recommender.space.base import principal_axes
from recommender.space.form import Fitted, Metric, room_for, stored_arrays
from recommender.space.measures import (
    Doubles,
    Floats,
    distance_quantiles,
    feature_quantiles,
    percentile,
)
from recommender.space.rows import Rows, normalised_genres, table_features

if TYPE_CHECKING:
    import pyarrow as pa

COMPONENTS = 141
NEIGHBOURS_PER_SEED = 3
"""What the earlier system returned for each seed."""

_PIECE = 16_384
_ARRAYS = ("means", "scales", "centre", "axes", "feature_quantiles", "distance_quantiles")


@dataclass(frozen=True)
class ReferenceSpace:
    """A fitted space of the form ``reference``.

    Attributes
    ----------
    means, scales
        Shape (13,), of the features with 0 for unknown.
    genres
        The genres that have a column, normalised, rising.
    centre
        Shape (13 + g,), the mean row, which the components are centred on.
    axes
        Shape (13 + g, at most 141).
    feature_quantiles
        Shape (13, 1001): each feature's quantiles, NaN where unknown everywhere.
    distance_quantiles
        Shape (1001,): quantiles of the Manhattan distance between two random tracks.
    """

    means: Doubles
    scales: Doubles
    genres: tuple[str, ...]
    centre: Floats
    axes: Floats
    feature_quantiles: Floats
    distance_quantiles: Floats

    @property
    def name(self) -> str:
        """``reference``."""
        return "reference"

    @property
    def metric(self) -> Metric:
        """Manhattan."""
        return "l1"

    @property
    def artist_affinity(self) -> float:
        """None: this form knows nothing of who made a track."""
        return 0.0

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        return int(self.axes.shape[1])

    def transform(self, features: np.ndarray[Any, Any], genres: Sequence[str]) -> Floats:
        """Return the vectors of tracks with these features and normalised genres."""
        rows = _joined(features, genres, self.means, self.scales, self.genres)
        rows -= self.centre
        result: Floats = rows @ self.axes
        return result

    def encode_rows(self, table: pa.Table, means: Floats | None = None) -> tuple[Rows, Floats]:
        """Place new rows; see `TasteSpace.encode_rows`. Here every row has a place."""
        vectors = self.transform(table_features(table), normalised_genres(table))
        return np.arange(table.num_rows), vectors

    def percentile(self, distances: np.ndarray[Any, Any]) -> Doubles:
        """Return for each distance how many of 100 random pairs of tracks are further apart."""
        return percentile(self.distance_quantiles, distances)

    def facts(self) -> dict[str, Any]:
        """Return what the manifest says about the fit."""
        return {"genres": len(self.genres)}

    def save(self, path: Path) -> None:
        """Write the space as plain arrays."""
        np.savez(
            path,
            allow_pickle=False,
            name=np.array(self.name),
            genres=np.array(self.genres, dtype=np.str_),
            **{name: getattr(self, name) for name in _ARRAYS},
        )

    @classmethod
    def load(cls, path: Path) -> ReferenceSpace:
        """Read a space back.

        Raises
        ------
        CatalogueCorrupt
            The file is missing or does not hold such a space.
        """
        with stored_arrays(path) as stored:
            arrays = {name: stored[name] for name in _ARRAYS}
            return cls(genres=tuple(str(genre) for genre in stored["genres"]), **arrays)


def fit_reference(
    table: pa.Table, playlists: Sequence[Rows] = (), folder: Path | None = None
) -> Fitted:
    """Fit the form ``reference`` on a stored table; playlists are not used."""
    features = table_features(table)
    genres = normalised_genres(table)
    known = np.nan_to_num(features)
    means, scales = known.mean(axis=0, dtype=np.float64), known.std(axis=0, dtype=np.float64)
    scales[scales < 1e-9] = 1.0
    names = tuple(sorted({genre for genre in genres if genre}))
    pieces = [slice(at, at + _PIECE) for at in range(0, len(features), _PIECE)]
    width = features.shape[1] + len(names)
    total, products = np.zeros(width), np.zeros((width, width))
    for piece in pieces:
        rows = _joined(features[piece], genres[piece], means, scales, names)
        total += rows.sum(axis=0)
        products += rows.T @ rows
    count = max(len(features), 1)
    centre = total / count
    axes = principal_axes(products / count - np.outer(centre, centre))[1][:, :COMPONENTS]
    fitted = ReferenceSpace(
        means=means,
        scales=scales,
        genres=names,
        centre=centre.astype(np.float32),
        axes=np.ascontiguousarray(axes, dtype=np.float32),
        feature_quantiles=feature_quantiles(features),
        distance_quantiles=np.zeros(0, dtype=np.float32),
    )
    vectors = room_for(len(features), fitted.dimensions, folder)
    for piece in pieces:
        vectors[piece] = fitted.transform(features[piece], genres[piece])
    space = replace(fitted, distance_quantiles=distance_quantiles(vectors, "l1"))
    return Fitted(space, np.arange(len(features), dtype=np.int32), vectors)


def _joined(
    features: np.ndarray[Any, Any],
    genres: Sequence[str],
    means: Doubles,
    scales: Doubles,
    names: Sequence[str],
) -> Floats:
    column = {genre: len(means) + at for at, genre in enumerate(names)}
    rows = np.zeros((len(features), len(means) + len(names)), dtype=np.float32)
    rows[:, : len(means)] = (np.nan_to_num(features) - means) / scales
    at = np.array([column.get(genre, -1) for genre in genres], dtype=np.int64)
    known = np.flatnonzero(at >= 0)
    rows[known, at[known]] = 1.0
    return rows
