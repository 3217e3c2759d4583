"""Tracks to begin with, for accounts that Spotify knows nothing of yet: from the catalogue."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np

from hooklist_genres import resolve
from webapp.services.seeds import Candidate, Recommenders, Seed

if TYPE_CHECKING:
    from recommender.catalogue.schema import Track
    from recommender.catalogue.store import Catalogue

STARTERS = 8
LOOKED_AT = 600
"""Of the best known tracks, from which the first of each genre is taken."""


class Starters:
    """The best known track of each of the best known genres.

    Nobody is asked for them, and they are chosen once per version of the catalogue.

    Parameters
    ----------
    recommenders
        Holder of the recommender, whose catalogue they come from.
    open_url
        Where Spotify's pages are, or the stand-in's.
    """

    def __init__(self, recommenders: Recommenders, open_url: str) -> None:
        self._recommenders = recommenders
        self._open_url = open_url.rstrip("/")
        self._lock = threading.Lock()
        self._chosen: tuple[str, tuple[Candidate, ...]] = ("", ())

    def get(self) -> tuple[Candidate, ...]:
        """Return up to `STARTERS` tracks that Spotify knows, each of another genre and artist.

        Raises
        ------
        hooklist_errors.HooklistError
            If there is no catalogue (``catalogue.…``).
        """
        catalogue = self._recommenders.get().catalogue
        with self._lock:
            if self._chosen[0] != catalogue.version:
                tracks = choose(catalogue)
                found = tuple(Candidate(self._seed(track), True) for track in tracks)
                self._chosen = (catalogue.version, found)
            return self._chosen[1]

    def _seed(self, track: Track) -> Seed:
        return Seed(
            spotify_id=track.spotify_id,
            title=track.title,
            artists=track.artists,
            album=track.album,
            duration=track.duration,
            isrc=track.isrc,
            cover="",
            url=f"{self._open_url}/track/{track.spotify_id}",
        )


def choose(catalogue: Catalogue) -> list[Track]:
    """Return the best known tracks, one per genre and artist; where popularity is unknown, any."""
    known = np.nan_to_num(catalogue.numbers("popularity"), nan=-1.0)
    best = np.argsort(-known, kind="stable")[:LOOKED_AT]
    genres: set[str] = set()
    artists: set[str] = set()
    chosen: list[Track] = []
    for track in catalogue.rows(best):
        genre = resolve(track.genre)
        name = genre.name if genre is not None else track.genre
        usable = track.spotify_id and track.title and track.artists and track.explicit is not True
        if not usable or name in genres or track.artists[0] in artists:
            continue
        genres.add(name)
        artists.add(track.artists[0])
        chosen.append(track)
        if len(chosen) == STARTERS:
            break
    return chosen
