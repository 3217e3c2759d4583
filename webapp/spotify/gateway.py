"""The gateway: the only way from Hooklist to Spotify's Web API."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from webapp.spotify.breaker import Breaker
from webapp.spotify.budget import Budget
from webapp.spotify.caller import Caller, CooldownStore
from webapp.spotify.config import SpotifyConfig, config_from
from webapp.spotify.connections import Connection
from webapp.spotify.deadline import Deadline
from webapp.spotify.flights import Flights
from webapp.spotify.oauth import OAuth
from webapp.spotify.playing import UserPlaying
from webapp.spotify.reading import Cache
from webapp.spotify.scopes import PLAY_SCOPES, missing_scopes
from webapp.spotify.web_api import Call, WebApi
from webapp.store.cooldowns import Cooldown

if TYPE_CHECKING:
    from webapp.settings import Settings


class UserSpotify(UserPlaying):
    """Spotify as one user sees it: reading, writing and playing, each in a module of its own."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How much this process may ask of Spotify just now.

    Attributes
    ----------
    left, burst
        Requests that may be made at once, and at most.
    rate
        Requests per second by which `left` grows.
    stopped
        Seconds for which nothing is asked because it failed several times in a row; 0 if it is.
    cooldown
        Until when Spotify wants to be left alone, or None.
    """

    left: float
    burst: float
    rate: float
    stopped: float
    cooldown: Cooldown | None


class Gateway:
    """One per process; may be used from many threads.

    Parameters
    ----------
    settings
        Bounds and budget.
    oauth
        The connections.
    ephemeral
        Keeps answers for a while; may forget at any time.
    cooldowns
        Until when Spotify wants to be left alone.
    clock, sleep
        Seconds since the epoch; waits.
    monotonic
        Seconds since any start.
    tally
        Told the code of every failure (`webapp.store.tallies`).
    """

    def __init__(
        self,
        settings: Settings | SpotifyConfig,
        *,
        oauth: OAuth,
        ephemeral: Cache,
        cooldowns: CooldownStore,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
        tally: Callable[[str], None] | None = None,
    ) -> None:
        config = self._config = config_from(settings)
        self._cache = ephemeral
        self._clock = clock
        self._connections = oauth.connections
        self._budget = Budget(
            rate=config.rate,
            burst=config.burst,
            user_rate=config.user_rate,
            user_burst=config.user_burst,
            monotonic=monotonic,
            sleep=sleep,
        )
        self._breaker = Breaker(config.breaker_failures, config.breaker_seconds, monotonic)
        self._caller = Caller(
            config,
            WebApi(config, oauth.transport, clock),
            oauth.connections,
            cooldowns,
            self._budget,
            self._breaker,
            clock=clock,
            sleep=sleep,
            tally=tally,
        )
        self._flights = Flights()

    def for_user(self, user_id: str) -> UserSpotify:
        """Return Spotify as this user sees it; costs nothing and asks nothing."""
        return UserSpotify(
            user_id, self._caller, self._cache, self._flights, self._config, self._clock
        )

    def playing_token(self, user_id: str) -> tuple[str, float]:
        """Return an access token for Spotify's own player in the user's browser, and its end.

        Handed out to the user whose it is, and only if they agreed to playing.

        Raises
        ------
        SpotifyScopeMissing
            If they did not.
        SpotifyReconnect
            If the connection has ended.
        """
        token = self._connections.access(
            user_id,
            Deadline(self._config.deadline),
            needs=tuple(sorted(PLAY_SCOPES)),
            what="Spotify's player was not started",
        )
        return token.access_token, token.expires_at

    def connection(self, user_id: str) -> Connection | None:
        """Return how the user is connected, without asking Spotify; None if not at all."""
        return self._connections.state(user_id)

    def missing_scopes(self, user_id: str, needed: Iterable[str]) -> tuple[str, ...]:
        """Return what the user has not agreed to yet, to be asked for before it is tried."""
        state = self.connection(user_id)
        return missing_scopes(state.scopes if state else (), needed)

    def pace(self) -> Pace:
        """Return how much may be asked just now, for the operator."""
        return Pace(
            left=self._budget.left(),
            burst=self._config.burst,
            rate=self._config.rate,
            stopped=self._breaker.seconds_open(),
            cooldown=self.cooldown(),
        )

    def probe(self, user_id: str) -> None:
        """Ask Spotify who the user is, now and not from the cache, as any call would.

        Raises
        ------
        SpotifyError
            See `Caller.call`.
        """
        self._caller.call(
            user_id, Call("Spotify was asked who you are", lambda client: client.me())
        )

    def cooldown(self) -> Cooldown | None:
        """Return until when Spotify wants to be left alone, or None; for a notice on every page."""
        return self._caller.cooldown()
