"""Tracks of a list that somebody brings, as seeds: known here, or found at Spotify, or neither."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from hooklist_errors import HooklistError
from webapp.services.playlist_files.listing import ListedTrack, ListLine
from webapp.services.saving.links import find_on_spotify
from webapp.services.seeds import Accounts, Recommenders, Seed

if TYPE_CHECKING:
    from recommender import Recommender
    from recommender.catalogue.schema import Track
    from webapp.spotify.objects import SpotifyTrack
    from webapp.spotify.reading import UserReading

Outcome: TypeAlias = Literal[
    "id", "isrc", "name", "spotify", "duplicate", "unreadable", "unknown", "not_asked", "failed"
]

MOST_LINES = 200
"""Lines of a list that get a verdict; ten of them can become seeds."""
MOST_QUESTIONS = 30
"""Questions to Spotify for one list: its quota is everybody's."""
MOST_SECONDS = 20.0
"""After which nothing more is asked for one list: somebody waits, and a thread of the server."""

_NOT_THERE = frozenset({"spotify.not_found", "spotify.refused"})


@dataclass(frozen=True, slots=True)
class Brought:
    """What became of a line.

    Attributes
    ----------
    line
        As it was read.
    outcome
        ``id``, ``isrc`` or ``name``: the catalogue has it, known by that. ``spotify``: only Spotify
        has it. Else why it cannot be a seed: ``duplicate``, ``unreadable``, ``unknown`` to both,
        ``not_asked`` because enough was asked already, ``failed`` because Spotify could not answer.
    seed
        The track, where it can be one.
    error
        Of Spotify's, where it failed.
    """

    line: ListLine
    outcome: Outcome
    seed: Seed | None = None
    error: HooklistError | None = None


class BringingService:
    """Finds the tracks of a list.

    Parameters
    ----------
    accounts
        The gateway.
    recommenders
        Holder of the recommender, whose catalogue is asked first.
    open_url
        Where Spotify's pages are, or the stand-in's.
    monotonic
        Seconds since any start.
    """

    def __init__(
        self,
        accounts: Accounts,
        recommenders: Recommenders,
        open_url: str,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._accounts = accounts
        self._recommenders = recommenders
        self._open_url = open_url.rstrip("/")
        self._monotonic = monotonic

    def verdicts(self, user_id: str, lines: Sequence[ListLine]) -> tuple[Brought, ...]:
        """Return what becomes of each line, at most `MOST_LINES` of them.

        The catalogue is asked for the id, the ISRC, and else artist, title and length, in that
        order; what it has is a seed, at Spotify or not. Spotify is asked only for what it does not
        have, at most `MOST_QUESTIONS` times and for `MOST_SECONDS`. Once it cannot be asked any
        more, it is not asked again.
        """
        try:
            recommender: Recommender | None = self._recommenders.get()
        except HooklistError:
            recommender = None
        spotify = _Questions(self._accounts.for_user(user_id), self._monotonic)
        seen: set[str] = set()
        found: list[Brought] = []
        for line in lines[:MOST_LINES]:
            brought = self._verdict(line, recommender, spotify)
            if brought.seed is not None and brought.seed.key in seen:
                brought = Brought(line, "duplicate")
            elif brought.seed is not None:
                seen.add(brought.seed.key)
            found.append(brought)
        return tuple(found)

    def _verdict(
        self, line: ListLine, recommender: Recommender | None, spotify: _Questions
    ) -> Brought:
        if line.track is None:
            return Brought(line, "unreadable")
        row, how = _row_of(line.track, recommender)
        if row is not None:
            return Brought(line, how, self._seed(row, row.spotify_id or line.track.spotify_id))
        try:
            there = spotify.track(line.track)
        except _EnoughAsked:
            return Brought(line, "not_asked")
        except HooklistError as error:
            return Brought(line, "failed", error=error)
        if there is None:
            return Brought(line, "unknown")
        return Brought(line, "spotify", Seed.of(there))

    def _seed(self, row: Track, spotify_id: str) -> Seed:
        return Seed(
            spotify_id=spotify_id,
            title=row.title,
            artists=row.artists,
            album=row.album,
            duration=row.duration,
            isrc=row.isrc,
            cover="",
            url=f"{self._open_url}/track/{spotify_id}" if spotify_id else "",
        )


class _EnoughAsked(Exception):
    """So many questions were asked that the rest is left; never leaves this module."""


class _Questions:
    """Questions to Spotify, counted; after a failure that concerns all, none is asked any more."""

    def __init__(self, reading: UserReading, monotonic: Callable[[], float]) -> None:
        self._reading = reading
        self._monotonic = monotonic
        self._until = monotonic() + MOST_SECONDS
        self._left = MOST_QUESTIONS
        self._broken: HooklistError | None = None

    def track(self, track: ListedTrack) -> SpotifyTrack | None:
        """Return the same recording at Spotify, or None where there is none."""
        if self._broken is not None:
            raise self._broken
        try:
            if track.spotify_id:
                self._count()
                return self._reading.track(track.spotify_id)
            wanted = {
                "title": track.title,
                "artists": track.artists,
                "duration": track.duration,
                "isrc": track.isrc,
            }
            found = find_on_spotify(wanted, self._search)
        except HooklistError as error:
            if error.code in _NOT_THERE:
                return None
            self._broken = error
            raise
        return self._reading.track(found.id) if found is not None else None

    def _search(self, query: str) -> Iterable[SpotifyTrack]:
        self._count()
        return self._reading.search(query).items

    def _count(self) -> None:
        if self._left == 0 or self._monotonic() > self._until:
            raise _EnoughAsked
        self._left -= 1


def _row_of(
    track: ListedTrack, recommender: Recommender | None
) -> tuple[Track | None, Literal["id", "isrc", "name"]]:
    if recommender is None:
        return None, "name"
    from recommender import ForeignTrack

    match = recommender.catalogue.match(
        ForeignTrack(
            spotify_id=track.spotify_id,
            isrc=track.isrc,
            title=track.title,
            artists=track.artists,
            duration=track.duration,
        )
    )
    if match is None:
        return None, "name"
    how: Literal["id", "isrc", "name"] = (
        "id" if match.how == "id" else "isrc" if match.how == "isrc" else "name"
    )
    return match.track, how
