"""The earlier system's six metrics, by its definitions, on seed → neighbours.

They compare each query track with each of its recommended tracks. The first four are shares in
[0, 1], more is nearer; the last two are differences, less is nearer. They ask whether neighbours
look like the query, not whether anybody would play them: a label that was an input (genre in the
earlier system) answers for itself, so read them beside the leakage check.

Our reading, where the definitions leave room: a pair of which either side is unknown is left out
(the earlier tables had no unknown values), and each is the mean over pairs; NaN without any.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np

Floats = np.ndarray[Any, np.dtype[np.floating[Any]]]

SOUND_PARAMETERS = (
    "danceability",
    "energy",
    "loudness",
    "speechiness",
    "acousticness",
    "instrumentalness",
    "valence",
    "tempo",
)
"""What `sound_parameters_diff` compares, in the columns' own units."""


def correct_genre_share(queries: Sequence[str], found: Sequence[Sequence[str]]) -> float:
    """Return how many recommended tracks have the query's genre; empty means unknown.

    Chance: the sum of the genres' squared shares.
    """
    return _equal_share(queries, found)


def correct_album_share(queries: Sequence[str], found: Sequence[Sequence[str]]) -> float:
    """Return how many recommended tracks are of the query's album; empty means unknown."""
    return _equal_share(queries, found)


def correct_multiple_genre_share(
    queries: Sequence[Collection[str]], found: Sequence[Sequence[Collection[str]]]
) -> float:
    """Return how many recommended tracks share at least one of the query's genres."""
    return _overlap_share(queries, found)


def correct_artist_share(
    queries: Sequence[Collection[str]], found: Sequence[Sequence[Collection[str]]]
) -> float:
    """Return how many recommended tracks share at least one of the query's artists."""
    return _overlap_share(queries, found)


def year_mean_diff(queries: Floats, found: Sequence[Floats]) -> float:
    """Return the mean absolute difference of the years of release, in years; NaN is unknown."""
    apart = [np.abs(np.asarray(years) - query) for query, years in zip(queries, found, strict=True)]
    return _mean(np.concatenate(apart) if apart else np.zeros(0))


def sound_parameters_diff(queries: Floats, found: Sequence[Floats]) -> float:
    """Return the mean length of the vector of relative differences of the sound parameters.

    Per parameter |a − b| / |max(a, b)|, as the earlier system has it (so loudness, which is below
    zero, is divided by the louder's absolute value); two equal values differ by 0 even at zero,
    and an unknown one is left out of its pair's sum.

    Parameters
    ----------
    queries
        Shape (q, p).
    found
        q arrays of shape (m, p).
    """
    lengths = [
        _relative_lengths(query, np.atleast_2d(others))
        for query, others in zip(queries, found, strict=True)
    ]
    return _mean(np.concatenate(lengths) if lengths else np.zeros(0))


def _relative_lengths(query: Floats, others: Floats) -> Floats:
    apart = np.abs(others - query)
    over = np.abs(np.maximum(others, query))
    relative = np.divide(apart, over, out=np.zeros_like(apart), where=over > 0.0)
    relative = np.where(apart == 0.0, 0.0, relative)
    unknown = np.isnan(apart)
    lengths = np.sqrt(np.square(np.where(unknown, 0.0, relative)).sum(axis=1))
    return np.where(unknown.all(axis=1), np.nan, lengths)


def _equal_share(queries: Sequence[str], found: Sequence[Sequence[str]]) -> float:
    same = [
        float(other == query)
        for query, others in zip(queries, found, strict=True)
        for other in others
        if query and other
    ]
    return _mean(np.array(same))


def _overlap_share(
    queries: Sequence[Collection[str]], found: Sequence[Sequence[Collection[str]]]
) -> float:
    same = [
        float(not query.isdisjoint(other))
        for query, others in zip(map(frozenset, queries), found, strict=True)
        for other in others
        if query and other
    ]
    return _mean(np.array(same))


def _mean(values: Floats) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float("nan")
