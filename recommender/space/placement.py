"""From what a track sounds like to where it stands: beside its artist, near its playlists.

A track's own vector is noisy; its artist's other tracks tell more about who listens to it, and
playlists more still. So each vector is drawn towards its artist's mean, and towards the middle of
the playlists that have its artist: one step of propagation on the graph of artists and playlists
(He et al., "LightGCN", SIGIR 2020). Rows whose artist is unknown keep their own vector.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from recommender.space.artists import Artists
from recommender.space.measures import Floats

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

ARTIST_WEIGHT = 2.0
"""Weight of the artist's mean beside the track's own vector; measured in docs/evaluation.md."""

PLAYLIST_WEIGHT = 4.0
"""Weight of the playlists' middle, likewise."""

_ARTIST_PRIOR = 1.0
_PLAYLIST_PRIOR = 0.1

Rows = np.ndarray[Any, np.dtype[np.int64]]


def place(encoded: Floats, artists: Artists, playlists: Sequence[Rows] = ()) -> Floats:
    """Return where tracks stand.

    Parameters
    ----------
    encoded
        Shape (n, d), unit vectors of what each track is alone.
    artists
        Who made which of the n rows.
    playlists
        Rows that people put together; none is fine.

    Returns
    -------
    ndarray
        float32, shape (n, d), unit vectors.
    """
    made = artists.matrix()
    tracks = np.bincount(artists.codes, minlength=artists.count)[:, None]
    means = (made @ encoded) / (tracks + _ARTIST_PRIOR)
    placed = unit(encoded + ARTIST_WEIGHT * _per_row(means, artists, made))
    if playlists:
        drawn = _towards_playlists(placed, made, playlists)
        placed = unit(placed + PLAYLIST_WEIGHT * _per_row(drawn, artists, made))
    return placed


def unit(vectors: Floats) -> Floats:
    """Return vectors of length 1; those of length 0 stay."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    result: Floats = (vectors / np.maximum(lengths, 1e-6)).astype(np.float32)
    return result


def _towards_playlists(placed: Floats, made: csr_matrix, playlists: Sequence[Rows]) -> Floats:
    """Return for each artist the mean of the middles of its playlists, shape (artists, d).

    A playlist of many artists says less about each, so it counts by one over their root.
    """
    from scipy.sparse import csr_matrix

    rows = np.concatenate(playlists)
    numbers = np.repeat(np.arange(len(playlists)), [len(rows) for rows in playlists])
    ones = np.ones(len(rows), dtype=np.float32)
    has = csr_matrix((ones, (rows, numbers)), shape=(len(placed), len(playlists)))
    lengths = np.maximum(np.asarray(has.sum(axis=0)).ravel(), 1.0)
    middles = (has.T @ placed) / lengths[:, None] - placed.mean(axis=0)
    of_artists = (made @ has).tocsr()
    of_artists.data = np.ones_like(of_artists.data)
    share = 1.0 / np.sqrt(np.asarray(of_artists.sum(axis=0)).ravel() + 1.0)
    weighted = of_artists.multiply(share[None, :].astype(np.float32)).tocsr()
    whole = np.asarray(weighted.sum(axis=1)) + _PLAYLIST_PRIOR
    result: Floats = ((weighted @ middles) / whole).astype(np.float32)
    return result


def _per_row(of_artists: Floats, artists: Artists, made: csr_matrix) -> Floats:
    """Return the mean over each row's artists, zero where none is known."""
    credits = np.maximum(np.diff(artists.offsets), 1)[:, None]
    result: Floats = ((made.T @ of_artists) / credits).astype(np.float32)
    return result
