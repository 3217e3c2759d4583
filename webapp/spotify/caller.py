"""One call to the Web API, with everything around it that spotipy does wrongly or not at all.

In order: a good token, the remembered cooldown, our budget, the circuit breaker, the bounded
request, then what the answer means: repeat (reads only), renew the token (once), or say what is
wrong. ``docs/spotify.md`` lists spotipy's defaults that this replaces.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from typing import Any, Protocol

from webapp.spotify.breaker import Breaker
from webapp.spotify.budget import Budget
from webapp.spotify.config import SpotifyConfig
from webapp.spotify.connections import Connections
from webapp.spotify.deadline import Deadline
from webapp.spotify.errors import (
    SpotifyError,
    SpotifyQuotaExceeded,
    SpotifyRateLimited,
    SpotifyReconnect,
    SpotifyUnavailable,
    tally_name,
)
from webapp.spotify.refusals import too_many
from webapp.spotify.web_api import Call, TokenRefused, WebApi
from webapp.store.cooldowns import Cooldown

LOG = logging.getLogger(__name__)

COOLDOWN = "spotify"
"""One for the whole Web API: which calls share a limit is not published, and going on after a 429
makes the pause longer."""

TRIES = 3


class CooldownStore(Protocol):
    """Where cooldowns are kept: `webapp.store.Cooldowns`."""

    def get(self, name: str) -> Cooldown | None:
        """Return it if it still lasts."""

    def set(self, name: str, until: float, reason: str) -> Cooldown:
        """Begin it."""


class Caller:
    """Makes calls.

    Parameters
    ----------
    config
        Hosts and bounds.
    web_api
        Asks.
    connections
        Tokens.
    cooldowns
        Until when Spotify wants to be left alone; kept over restarts and shared by all processes.
    budget, breaker
        Of this process.
    clock, sleep
        Seconds since the epoch; waits.
    tally
        Told the code of every failure.
    """

    def __init__(
        self,
        config: SpotifyConfig,
        web_api: WebApi,
        connections: Connections,
        cooldowns: CooldownStore,
        budget: Budget,
        breaker: Breaker,
        *,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
        tally: Callable[[str], None] | None = None,
    ) -> None:
        self._tally = tally
        self._config = config
        self._web_api = web_api
        self._connections = connections
        self._cooldowns = cooldowns
        self._budget = budget
        self._breaker = breaker
        self._clock = clock
        self._sleep = sleep

    def call(self, user_id: str, call: Call) -> Any:
        """Ask for a user, and return the parsed answer; None if it is empty.

        Raises
        ------
        SpotifyReconnect, SpotifyScopeMissing
            If the user has to log in again, or agree to more.
        SpotifyRateLimited, SpotifyQuotaExceeded, SpotifyBudgetSpent
            If it must wait for longer than a call may; `until` says when. While that lasts, further
            calls fail at once without a request.
        SpotifyUnavailable
            If Spotify does not answer, or its answer is no good. What was to be written may have
            been written.
        SpotifyError
            If it is refused.
        """
        try:
            return self._call(user_id, call)
        except SpotifyError as error:
            if self._tally is not None:
                self._tally(tally_name(error))
            raise

    def _call(self, user_id: str, call: Call) -> Any:
        deadline = Deadline(self._config.deadline)
        # Before the token: renewing it would be a request too.
        self._respect_cooldown(call, deadline)
        token = self._connections.access(user_id, deadline, needs=call.needs, what=call.what)
        renewed = False
        tries = 0
        while True:
            tries += 1
            try:
                return self._try(user_id, token.access_token, call, deadline)
            except TokenRefused:
                if renewed:
                    raise SpotifyReconnect(
                        call.what,
                        why="Spotify refuses the connection to your account",
                        next_step="log in with Spotify again",
                    ) from None
                # A request that was refused was not carried out: also a write may be asked again.
                token = self._connections.renew(user_id, token.access_token, deadline)
                renewed = True
                tries -= 1
            except (SpotifyRateLimited, SpotifyQuotaExceeded) as error:
                wait = error.retry_after or 0.0
                patient = wait <= min(self._config.patience, deadline.left)
                if not call.repeatable or tries >= TRIES or not patient:
                    raise
            except SpotifyUnavailable as error:
                if not call.repeatable or tries >= TRIES or self._breaker.is_open:
                    raise
                pause = random.uniform(0.0, self._config.pause * 2**tries)  # noqa: S311 - jitter
                if pause >= deadline.left:
                    raise
                LOG.info("asked again in %.1f s: %s", pause, error)
                self._sleep(pause)

    def cooldown(self) -> Cooldown | None:
        """Return until when Spotify wants to be left alone, or None."""
        return self._cooldowns.get(COOLDOWN)

    def _try(self, user_id: str, access_token: str, call: Call, deadline: Deadline) -> Any:
        self._respect_cooldown(call, deadline)
        self._budget.spend(user_id, patience=min(self._config.patience, deadline.left))
        try:
            with self._breaker.guard():
                return self._web_api.ask(access_token, call, deadline)
        except (SpotifyRateLimited, SpotifyQuotaExceeded) as error:
            until = error.until or self._clock()
            self._cooldowns.set(COOLDOWN, until, error.code)
            LOG.warning("%s: %s", error.code, error)
            raise

    def _respect_cooldown(self, call: Call, deadline: Deadline) -> None:
        patience = min(self._config.patience, deadline.left)
        wait = check_cooldown(self._cooldowns, call.what, self._clock(), patience=patience)
        if wait > 0:
            self._sleep(wait + 0.01)


def check_cooldown(
    cooldowns: CooldownStore, what: str, now: float, *, patience: float = 0.0
) -> float:
    """Return how long to wait before Spotify may be asked; 0 if it may be asked now.

    Raises
    ------
    SpotifyRateLimited, SpotifyQuotaExceeded
        If that is longer than `patience` seconds.
    """
    cooldown = cooldowns.get(COOLDOWN)
    if cooldown is None:
        return 0.0
    wait = cooldown.until - now
    if wait > patience:
        quota = cooldown.reason == SpotifyQuotaExceeded.code
        raise too_many(what, wait, cooldown.until, quota=quota)
    return max(0.0, wait)
