"""From what a track sounds like to where it stands: beside its artist, near its playlists.

A track's own vector is noisy; its artist's other tracks tell more about who listens to it, and
playlists more still. So each vector is drawn towards its artist's mean, then towards the middle of
the playlists that have its artist, then of those that have the track itself: steps of propagation
on the graph of artists, tracks and playlists (He et al., "LightGCN", SIGIR 2020). Rows whose artist
is unknown and that no playlist has keep their own vector.
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
"""Weight of the middle of the playlists that have its artist, likewise."""

TRACK_WEIGHT = 6.0
"""Weight of the middle of the playlists that have the track itself, likewise."""

SETTLED_WEIGHT, LISTENED_WEIGHT = 1.4, 3.0
"""Weight of where an artist's tracks stand, for a track added later, without and with playlists.

Chosen so that a track held back stands where it would have stood: 0.03 and 0.09 median distances
away in the mean, where its own sound alone is 0.31 and 0.45 away (237,380 tracks).
"""

_ARTIST_PRIOR = 1.0
_PLAYLIST_PRIOR = 0.1
_PIECE = 65_536

Rows = np.ndarray[Any, np.dtype[np.int64]]


def place(encoded: Floats, artists: Artists, playlists: Sequence[Rows] = ()) -> Floats:
    """Return where tracks stand; see `place_in`, which needs no second array."""
    placed = np.array(encoded, dtype=np.float32)
    place_in(placed, artists, playlists)
    return placed


def place_in(vectors: Floats, artists: Artists, playlists: Sequence[Rows] = ()) -> None:
    """Draw vectors to their artists and playlists, in place and in pieces.

    Parameters
    ----------
    vectors
        Shape (n, d), unit vectors of what each track is alone; unit vectors of where it stands
        afterwards. May be a memory-mapped file.
    artists
        Who made which of the n rows.
    playlists
        Rows that people put together; none is fine.
    """
    made = artists.credits()
    sums = _sums(vectors, made)
    means: Floats = sums / (artists.tracks()[:, None] + np.float32(_ARTIST_PRIOR))
    _draw(vectors, made, means, ARTIST_WEIGHT)
    if playlists:
        drawn = _towards_playlists(vectors, made, playlists)
        _draw(vectors, made, drawn, PLAYLIST_WEIGHT)
        _draw_listed(vectors, playlists)


def drawn_to(encoded: Floats, means: Floats, *, listened: bool) -> Floats:
    """Return where new tracks stand beside those that their artists already have.

    Parameters
    ----------
    encoded
        Shape (n, d), unit vectors of what each new track is alone.
    means
        Shape (n, d), the mean of where its artists' tracks stand, zero where they have none.
    listened
        Whether those were placed by playlists too.
    """
    return unit(encoded + (LISTENED_WEIGHT if listened else SETTLED_WEIGHT) * means)


def artist_means(new: Artists, old: Artists, vectors: Floats, rows: Rows | None = None) -> Floats:
    """Return for each new row the mean of its artists' vectors, shape (n, d), zero without any.

    Parameters
    ----------
    new, old
        Who made the new and the existing rows, by the same codes.
    vectors
        Shape (m, d), where existing rows stand.
    rows
        Shape (m,), which of the existing rows the vectors are of; all when None.
    """
    made = (old if rows is None else old.of_each(rows)).credits()
    tracks = np.asarray(made.sum(axis=0), dtype=np.float32).reshape(-1, 1)
    means: Floats = _sums(vectors, made) / (tracks + np.float32(_ARTIST_PRIOR))
    wanted = new.codes < len(means)
    counts = np.diff(np.concatenate([[0], np.cumsum(wanted)])[new.offsets])
    offsets = np.concatenate([[0], np.cumsum(counts)])
    return _per_row(means, Artists(offsets, new.codes[wanted], len(means)).credits())


def unit(vectors: Floats) -> Floats:
    """Return vectors of length 1; those of length 0 stay."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    result: Floats = (vectors / np.maximum(lengths, 1e-6)).astype(np.float32)
    return result


def _sums(vectors: Floats, made: csr_matrix) -> Floats:
    """Return the sum of each column's rows, shape (columns of `made`, d)."""
    sums = np.zeros((made.shape[1], vectors.shape[1]), dtype=np.float32)
    for start in range(0, len(vectors), _PIECE):
        piece = slice(start, start + _PIECE)
        sums += made[piece].T @ vectors[piece]
    return sums


def _draw(vectors: Floats, made: csr_matrix, means: Floats, weight: float) -> None:
    for start in range(0, len(vectors), _PIECE):
        piece = slice(start, start + _PIECE)
        vectors[piece] = unit(vectors[piece] + np.float32(weight) * _per_row(means, made[piece]))


def _draw_listed(vectors: Floats, playlists: Sequence[Rows]) -> None:
    """Draw the tracks that are in playlists themselves to these playlists' middles.

    A playlist of many tracks says less about each, so it counts by one over their root.
    """
    from scipy.sparse import csr_matrix

    listed, at = np.unique(np.concatenate(playlists), return_inverse=True)
    lengths = np.array([len(rows) for rows in playlists])
    numbers = np.repeat(np.arange(len(playlists)), lengths)
    shares = (1.0 / np.sqrt(lengths + 1.0))[numbers].astype(np.float32)
    within = csr_matrix((shares, (at, numbers)), shape=(len(listed), len(playlists)))
    whole = np.asarray(within.sum(axis=1)) + _PLAYLIST_PRIOR
    drawn = (within @ _middles(vectors, playlists)) / whole
    vectors[listed] = unit(vectors[listed] + TRACK_WEIGHT * drawn)


def _middles(placed: Floats, playlists: Sequence[Rows]) -> Floats:
    """Return the mean of each playlist's vectors, from the mean of all, shape (playlists, d)."""
    middles: Floats = np.stack([placed[rows].mean(axis=0) for rows in playlists])
    middles -= placed.mean(axis=0)
    return middles


def _towards_playlists(placed: Floats, made: csr_matrix, playlists: Sequence[Rows]) -> Floats:
    """Return for each artist the mean of the middles of its playlists, shape (artists, d).

    A playlist of many artists says less about each, so it counts by one over their root.
    """
    from scipy.sparse import csr_matrix

    rows = np.concatenate(playlists)
    lengths = [len(rows) for rows in playlists]
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    ones = np.ones(len(rows), dtype=np.float32)
    has = csr_matrix((ones, rows, offsets), shape=(len(playlists), len(placed)))
    middles = _middles(placed, playlists)
    of_artists = (has @ made).T.tocsr()
    of_artists.data = np.ones_like(of_artists.data)
    share = 1.0 / np.sqrt(np.asarray(of_artists.sum(axis=0)).ravel() + 1.0)
    weighted = of_artists.multiply(share[None, :].astype(np.float32)).tocsr()
    whole = np.asarray(weighted.sum(axis=1)) + _PLAYLIST_PRIOR
    result: Floats = ((weighted @ middles) / whole).astype(np.float32)
    return result


def _per_row(of_artists: Floats, made: csr_matrix) -> Floats:
    """Return the mean over each row's artists, zero where none is known."""
    counts = np.maximum(np.diff(made.indptr), 1)[:, None]
    result: Floats = ((made @ of_artists) / counts).astype(np.float32)
    return result
