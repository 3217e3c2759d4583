"""What seeds are picked from, read for one user."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any, Literal, Protocol, TypeAlias

from webapp.spotify.caller import Caller
from webapp.spotify.config import SpotifyConfig
from webapp.spotify.errors import (
    SpotifyBudgetSpent,
    SpotifyNotFound,
    SpotifyQuotaExceeded,
    SpotifyRateLimited,
    SpotifyUnavailable,
)
from webapp.spotify.flights import Flights
from webapp.spotify.objects import (
    Item,
    Page,
    Profile,
    Reader,
    SpotifyPlaylist,
    SpotifyTrack,
    contained,
    is_id,
    page_from,
    to_plain,
    unique,
)
from webapp.spotify.web_api import Call
from webapp.store.values import plain_text

TimeRange: TypeAlias = Literal["short_term", "medium_term", "long_term"]

MOST = 50
MOST_FOUND = 10
LAST_FOUND = 1000
LONGEST_QUERY = 250
_PROFILE_SECONDS = 3600.0


class Cache(Protocol):
    """A cache that may forget: `webapp.store.Ephemeral`."""

    def get(self, key: str) -> Any:
        """Return what is kept, or None."""

    def set(self, key: str, value: Any, *, ttl: float) -> bool:
        """Keep plain data."""

    def delete(self, key: str) -> None:
        """Forget it."""


class UserReading:
    """Reads for one user.

    Parameters
    ----------
    user_id
        Ours; part of every key of the cache, because answers are personal.
    caller
        Makes the calls.
    cache
        Keeps answers for a minute, and for a quarter of an hour in case Spotify goes away.
    flights
        Shared by all users.
    config
        For how long.
    clock
        Seconds since the epoch.
    """

    def __init__(
        self,
        user_id: str,
        caller: Caller,
        cache: Cache,
        flights: Flights,
        config: SpotifyConfig,
        clock: Callable[[], float],
    ) -> None:
        self._user_id = user_id
        self._caller = caller
        self._cache = cache
        self._flights = flights
        self._config = config
        self._clock = clock
        self._reader = Reader(config)

    def me(self) -> Profile:
        """Return who the user is at Spotify.

        Raises
        ------
        SpotifyError
            As every method here: see `Caller.call`.
        """
        what = "Your profile could not be read"
        call = Call(what, lambda client: client.me())
        plain, _ = self._cached(
            ("me",),
            lambda: asdict(self._reader.profile(self._ask(call))),
            fresh=_PROFILE_SECONDS,
        )
        return Profile(**plain)

    def top_tracks(
        self, time_range: TimeRange = "medium_term", offset: int = 0, limit: int = MOST
    ) -> Page[SpotifyTrack]:
        """Return the tracks heard most: about 4 weeks, 6 months, or a year."""
        limit, offset = _bounded(limit, MOST), max(0, offset)
        return self._tracks(
            ("top", time_range, str(offset), str(limit)),
            offset,
            Call(
                "Your top tracks could not be read",
                lambda client: client.current_user_top_tracks(limit, offset, time_range),
                needs=("user-top-read",),
            ),
            lambda entry: entry,
        )

    def recently_played(self) -> Page[SpotifyTrack]:
        """Return the last tracks heard, each once, the latest first; Spotify tells 50 plays."""
        page = self._tracks(
            ("recent",),
            0,
            Call(
                "Your recently played tracks could not be read",
                lambda client: client.current_user_recently_played(limit=MOST),
                needs=("user-read-recently-played",),
            ),
            contained,
        )
        # Its pages hang together by moments, not by numbers; the first is all that is shown.
        tracks = unique(page.items)
        return replace(page, items=tracks, total=len(tracks), next_offset=None)

    def liked(self, offset: int = 0) -> Page[SpotifyTrack]:
        """Return 50 of the user's liked songs, the latest first."""
        offset = max(0, offset)
        return self._tracks(
            ("liked", str(offset)),
            offset,
            Call(
                "Your liked songs could not be read",
                lambda client: client.current_user_saved_tracks(limit=MOST, offset=offset),
                needs=("user-library-read",),
            ),
            contained,
        )

    def playlists(self, offset: int = 0) -> Page[SpotifyPlaylist]:
        """Return 50 of the playlists in the user's library; some are others' (`own` is False)."""
        offset = max(0, offset)
        my_id = self.me().id
        return self._page(
            ("playlists", str(offset)),
            offset,
            self._playlists_call(offset),
            lambda entry: self._reader.playlist(entry, my_id),
            SpotifyPlaylist,
        )

    def playlist_items(self, playlist_id: str, offset: int = 0) -> Page[SpotifyTrack]:
        """Return 50 tracks of a playlist of the user's.

        Raises
        ------
        SpotifyForeignPlaylist
            If it is somebody else's.
        SpotifyNotFound
            If there is none.
        """
        _check_id(playlist_id, "The playlist could not be read")
        offset = max(0, offset)
        return self._tracks(
            ("playlist", playlist_id, str(offset)),
            offset,
            Call(
                "The playlist could not be read",
                lambda client: client.playlist_items(playlist_id, limit=MOST, offset=offset),
                needs=("playlist-read-private",),
                playlist=playlist_id,
            ),
            contained,
        )

    def search(self, query: str, offset: int = 0) -> Page[SpotifyTrack]:
        """Return ten tracks that fit a query; an empty query finds nothing without being asked."""
        text = " ".join(plain_text(query, 4 * LONGEST_QUERY).split())[:LONGEST_QUERY]
        offset = max(0, offset)
        if not text or offset > LAST_FOUND:
            return Page((), 0, offset, None, 0)
        return self._tracks(
            ("search", text, str(offset)),
            offset,
            Call(
                "The search failed",
                lambda client: _tracks_of(client.search(text, MOST_FOUND, offset, "track")),
            ),
            lambda entry: entry,
            last_offset=LAST_FOUND,
        )

    def track(self, track_id: str) -> SpotifyTrack:
        """Return one track.

        Raises
        ------
        SpotifyNotFound
            If there is none of this id.
        """
        what = "The track could not be read"
        _check_id(track_id, what)
        page = self._tracks(
            ("track", track_id),
            0,
            Call(what, lambda client: {"items": [client.track(track_id)], "next": None}),
            lambda entry: entry,
        )
        if not page.items:
            raise SpotifyNotFound(what, which=track_id, why="it is no track")
        return page.items[0]

    def _playlists_call(self, offset: int) -> Call:
        return Call(
            "Your playlists could not be read",
            lambda client: client.current_user_playlists(limit=MOST, offset=offset),
            needs=("playlist-read-private",),
        )

    def _tracks(
        self,
        key: tuple[str, ...],
        offset: int,
        call: Call,
        inside: Callable[[Any], Any],
        **more: int,
    ) -> Page[SpotifyTrack]:
        return self._page(
            key,
            offset,
            call,
            lambda entry: self._reader.track(inside(entry)),
            SpotifyTrack,
            **more,
        )

    def _page(
        self,
        key: tuple[str, ...],
        offset: int,
        call: Call,
        read: Callable[[Any], Item | None],
        kind: Callable[..., Item],
        **more: int,
    ) -> Page[Item]:
        plain, stale = self._cached(
            key, lambda: to_plain(self._reader.page(self._ask(call), offset, read, **more))
        )
        page = page_from(plain, kind)
        return page.old() if stale else page

    def _ask(self, call: Call) -> Any:
        return self._caller.call(self._user_id, call)

    def _cached(
        self,
        key: tuple[str, ...],
        ask: Callable[[], dict[str, Any]],
        *,
        fresh: float | None = None,
    ) -> tuple[dict[str, Any], bool]:
        """Return an answer, from the cache if it is fresh, and whether it is an earlier one."""
        fresh = self._config.fresh if fresh is None else fresh
        name = cache_key(self._user_id, key)
        kept = self._cache.get(name)
        # What is in the cache was written by us, but a shared server may hold anything.
        usable = isinstance(kept, dict) and isinstance(kept.get("value"), dict)
        age = self._clock() - kept["at"] if usable else float("inf")
        if 0 <= age < fresh:
            return kept["value"], False
        try:
            value = self._flights.share(name, ask, wait=self._config.deadline)
        except _TEMPORARY:
            if 0 <= age < self._config.stale:
                return kept["value"], True
            raise
        entry = {"at": self._clock(), "value": value}
        self._cache.set(name, entry, ttl=max(fresh, self._config.stale))
        return value, False


_TEMPORARY = (
    SpotifyUnavailable,
    SpotifyRateLimited,
    SpotifyQuotaExceeded,
    SpotifyBudgetSpent,
)


def cache_key(user_id: str, question: tuple[str, ...]) -> str:
    """Return the key of a user's answer; the question itself may hold private text."""
    text = json.dumps(question)
    return f"spotify:{user_id}:{hashlib.sha256(text.encode()).hexdigest()[:32]}"


def _tracks_of(answer: Any) -> Any:
    return answer.get("tracks") if isinstance(answer, dict) else None


def _bounded(limit: int, most: int) -> int:
    return min(max(1, limit), most)


def _check_id(given: str, what: str) -> None:
    if not is_id(given):
        raise SpotifyNotFound(
            what, which=given[:60], why="this is no id of Spotify's", next_step="check the link"
        )
