"""The form ``reference``: what an earlier system did, kept to be measured against.

Unknown features count as 0, all 13 are standardised, the genre is one-hot (an unknown one all
zeros), and principal components rotate both into 141 dimensions, in which Manhattan distance is
used. Almost nothing is cut off, but a rotation is no neutral act under Manhattan distance: it
spreads the difference of two one-hot columns over all axes, so the genre outweighs the sound.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from recommender.space.base import principal_axes
from recommender.space.measures import Floats
from recommender.space.rows import normalised_genres, table_features

if TYPE_CHECKING:
    import pyarrow as pa

COMPONENTS = 141
NEIGHBOURS_PER_SEED = 3
"""What the earlier system returned for each seed."""


def reference_vectors(table: pa.Table) -> Floats:
    """Return the earlier system's vectors of all rows, shape (n, at most 141), float32."""
    features = np.nan_to_num(table_features(table).astype(np.float64))
    scales = features.std(axis=0)
    scales[scales < 1e-9] = 1.0
    numbers = ((features - features.mean(axis=0)) / scales).astype(np.float32)
    genres = normalised_genres(table)
    hot = _one_hot(genres)
    rows = np.concatenate([numbers, hot], axis=1)
    rows -= rows.mean(axis=0)
    covariance = (rows.T @ rows).astype(np.float64) / max(len(rows), 1)
    axes = principal_axes(covariance)[1][:, :COMPONENTS]
    return np.ascontiguousarray(rows @ axes.astype(np.float32))


def _one_hot(genres: Sequence[str]) -> Floats:
    column = {genre: at for at, genre in enumerate(sorted({genre for genre in genres if genre}))}
    hot = np.zeros((len(genres), len(column)), dtype=np.float32)
    for row, genre in enumerate(genres):
        if genre:
            hot[row, column[genre]] = 1.0
    return hot
