"""Ranking without features: by shared artist, genre and era, when nothing else is known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from recommender.catalogue.schema import Track
from recommender.catalogue.store import Catalogue
from recommender.playlist import Shared

ARTIST_POINTS = 2.0
GENRE_POINTS = 1.5
ERA_POINTS = 1.0
ERA_YEARS = 10.0
"""Tracks so many years apart share no era."""
POPULARITY_POINTS = 0.25

Rows = np.ndarray[Any, np.dtype[np.int64]]


def rank_by_tags(catalogue: Catalogue, seeds: Sequence[int]) -> Rows:
    """Return all rows, those that share most with the seeds first.

    Points are given for a shared artist, a shared genre, nearness in years to the nearest seed,
    and a little for popularity; equal points keep the rows' order.

    Parameters
    ----------
    catalogue
        The tracks.
    seeds
        Row numbers.
    """
    tracks = catalogue.rows(seeds)
    points = np.zeros(len(catalogue), dtype=np.float32)
    artists = {code for seed in seeds for code in catalogue.artists_of(seed)}
    points[catalogue.rows_by_artists(artists)] += ARTIST_POINTS
    points[catalogue.rows_where("genre", (t.genre for t in tracks if t.genre))] += GENRE_POINTS
    years = catalogue.numbers("year")
    era = np.zeros(len(catalogue), dtype=np.float32)
    for year in {track.year for track in tracks if track.year is not None}:
        near = np.nan_to_num(1.0 - np.abs(years - year) / ERA_YEARS, nan=0.0)
        era = np.maximum(era, near)
    points += ERA_POINTS * era
    points += POPULARITY_POINTS * np.nan_to_num(catalogue.numbers("popularity"), nan=0.0) / 100.0
    return np.argsort(-points, kind="stable")


def shared_tags(seed: Track, track: Track) -> tuple[Shared, ...]:
    """Return what two tracks share: "artist", "genre", "year" (within three years)."""
    shared = []
    own = {name.casefold() for name in seed.artists}
    artists = [name for name in track.artists if name.casefold() in own]
    if artists:
        shared.append(Shared("artist", artists[0], artists[0]))
    if seed.genre and seed.genre.casefold() == track.genre.casefold():
        shared.append(Shared("genre", seed.genre, track.genre))
    if seed.year is not None and track.year is not None and abs(seed.year - track.year) <= 3:
        shared.append(Shared("year", float(seed.year), float(track.year)))
    return tuple(shared)
