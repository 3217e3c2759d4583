"""Which tracks of the catalogue somebody has liked at Spotify, so that they can be left out.

Spotify tells 50 Liked Songs a call, and the quota is everybody's: the latest `MOST_LOOKED_AT` are
read, at most once in `KEPT_SECONDS`, and what is found goes into the playlist that asked, so that
changing it costs no call. (The other way, asking of picked tracks whether they are liked, takes a
call for each 40 picks and each round of new ones, and whoever changes a list waits for it.)
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Protocol

from hooklist_errors import HooklistError
from webapp.services.generation import match_seeds

if TYPE_CHECKING:
    from recommender import Recommender
    from webapp.services.seeds import Accounts

MOST_LOOKED_AT = 1_000
"""The latest Liked Songs; 20 calls."""
MOST_SECONDS = 10.0
"""After which no further page is asked for: other playlists wait meanwhile."""
KEPT_SECONDS = 900.0


class Cache(Protocol):
    """A cache that may forget: `webapp.store.Ephemeral`."""

    def get(self, key: str) -> Any:
        """Return what is kept, or None."""

    def set(self, key: str, value: Any, *, ttl: float) -> bool:
        """Keep plain data."""


@dataclass(frozen=True, slots=True)
class Liked:
    """What was found out.

    Parameters
    ----------
    ids
        Of the catalogue.
    looked_at
        Liked Songs that were read.
    all
        How many there are; None where nothing could be read.
    """

    ids: tuple[str, ...]
    looked_at: int
    all: int | None

    def notes(self) -> list[dict[str, Any]]:
        """Return what the listener has to know: that not all were looked at."""
        if self.all is None:
            return [{"kind": "liked_unread"}]
        if self.looked_at < self.all:
            return [{"kind": "liked_partly", "looked_at": self.looked_at, "all": self.all}]
        return []


class LikedSongs:
    """Reads Liked Songs.

    Parameters
    ----------
    accounts
        The gateway.
    cache
        Keeps what was found for a while.
    monotonic
        Seconds since any start.
    """

    def __init__(
        self, accounts: Accounts, cache: Cache, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._accounts = accounts
        self._cache = cache
        self._monotonic = monotonic

    def known(self, user_id: str, recommender: Recommender, check: Callable[[], object]) -> Liked:
        """Return which tracks of the catalogue are liked.

        Where Spotify cannot answer, what was read until then counts: a playlist with a track too
        many is better than none, and `Liked.notes` says so.

        Parameters
        ----------
        user_id
            Whose.
        recommender
            With the catalogue.
        check
            Called before each page; raises if the work is to stop.
        """
        key = f"liked-in-catalogue:{user_id}:{recommender.catalogue.version}"
        kept = self._cache.get(key)
        if isinstance(kept, Mapping):
            return Liked(tuple(kept["ids"]), kept["looked_at"], kept["all"])
        found, whole = self._read(user_id, recommender, check)
        if whole:
            self._cache.set(key, asdict(found), ttl=KEPT_SECONDS)
        return found

    def _read(
        self, user_id: str, recommender: Recommender, check: Callable[[], object]
    ) -> tuple[Liked, bool]:
        """Return what was found, and whether as much was read as may be."""
        reading = self._accounts.for_user(user_id)
        until = self._monotonic() + MOST_SECONDS
        ids: dict[str, None] = {}
        looked_at, total, offset = 0, None, 0
        while True:
            check()
            try:
                page = reading.liked(offset)
            except HooklistError:
                return Liked(tuple(ids), looked_at, total), False
            songs = [
                {
                    "spotify_id": song.id,
                    "isrc": song.isrc,
                    "title": song.title,
                    "artists": song.artists,
                    "duration": song.duration,
                }
                for song in page.items
            ]
            ids |= {one.track.id: None for one in match_seeds(recommender, songs) if one}
            looked_at += len(page.items) + page.skipped
            total = max(page.total or 0, looked_at)
            if page.next_offset is None or page.next_offset >= MOST_LOOKED_AT:
                return Liked(tuple(ids), looked_at, total), not page.stale
            if self._monotonic() > until:
                return Liked(tuple(ids), looked_at, total), False
            offset = page.next_offset
