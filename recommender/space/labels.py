"""Genres as soft labels: what a track's artist tells where the track itself does not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from recommender.space.artists import Artists
from recommender.space.rows import Rows

_PRIOR = 1.0

Doubles = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class SoftLabels:
    """Classes of rows with how sure each is; a row may have several.

    Attributes
    ----------
    rows, classes
        Shape (m,).
    confidence
        Shape (m,), above 0, at most 1; a row's own label has 1.
    """

    rows: Rows
    classes: Rows
    confidence: Doubles


def soft_labels(classes: Rows, artists: Artists) -> SoftLabels:
    """Return each row's own class, and for rows without one those that their artists' rows have.

    An artist with n labelled rows, k of them of one class, gives its other rows that class with
    confidence k / (n + 1): one row is half a proof, many agreeing rows are nearly a whole one.

    Parameters
    ----------
    classes
        Shape (n,), -1 where unknown.
    artists
        Who made which of the rows.
    """
    from scipy.sparse import csr_matrix

    own = np.flatnonzero(classes >= 0)
    count = int(classes.max(initial=-1)) + 1
    ones = np.ones(len(own), dtype=np.float64)
    labelled = csr_matrix((ones, (own, classes[own])), shape=(len(classes), count))
    made = artists.credits().astype(np.float64)
    by_artist = (made.T @ labelled).tocsr()
    shares = 1.0 / (np.asarray(by_artist.sum(axis=1)).ravel() + _PRIOR)
    by_artist = by_artist.multiply(shares[:, None]).tocsr()
    unknown = np.flatnonzero(classes < 0)
    credits = np.maximum(np.diff(made.indptr)[unknown], 1)
    told = (made[unknown] @ by_artist).multiply(1.0 / credits[:, None]).tocoo()
    return SoftLabels(
        rows=np.concatenate([own, unknown[told.row]]),
        classes=np.concatenate([classes[own], told.col.astype(np.int64)]),
        confidence=np.concatenate([ones, told.data]),
    )
