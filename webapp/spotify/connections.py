"""Each user's connection to Spotify: an access token that is good, refreshed by one at a time."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from webapp.spotify.accounts import TokenEndpoint, reconnect
from webapp.spotify.deadline import Deadline
from webapp.spotify.errors import (
    SpotifyRateLimited,
    SpotifyReconnect,
    SpotifyScopeMissing,
    SpotifyUnavailable,
)
from webapp.spotify.scopes import missing_scopes
from webapp.store.tokens import Token

EARLY_SECONDS = 60.0
"""An access token is renewed so long before it dies, so that it does not die on its way."""

MONTHS = 6
"""Refresh tokens die so long after the user agreed; refreshing does not extend it (June 2026)."""

WARN_SECONDS = 30 * 86_400.0


class TokenStore(Protocol):
    """Where tokens are kept: `webapp.store.Tokens`."""

    def get(self, user_id: str) -> Token | None:
        """Return the user's token."""

    def put(self, user_id: str, token: Token) -> None:
        """Keep it."""

    def mark_needs_reconnect(self, user_id: str) -> None:
        """Wipe it, and remember that a login is needed."""

    def refreshing(
        self, user_id: str, *, wait: float = ...
    ) -> AbstractContextManager[Token | None]:
        """Be the only one who refreshes it."""


@dataclass(frozen=True, slots=True)
class Connection:
    """How a user is connected, for the settings page.

    Attributes
    ----------
    scopes
        What the user agreed to.
    authorized_at, ends_at
        When the user agreed, and when Spotify will ask again; seconds since the epoch.
    ends_soon
        Whether that is less than 30 days away.
    needs_reconnect
        Whether it has ended already.
    """

    scopes: frozenset[str]
    authorized_at: float
    ends_at: float
    ends_soon: bool
    needs_reconnect: bool


class Connections:
    """The connections of all users.

    Parameters
    ----------
    tokens
        Where tokens are kept.
    endpoint
        Where they come from.
    clock
        Seconds since the epoch.
    """

    def __init__(
        self, tokens: TokenStore, endpoint: TokenEndpoint, clock: Callable[[], float] = time.time
    ) -> None:
        self._tokens = tokens
        self._endpoint = endpoint
        self._clock = clock

    def state(self, user_id: str) -> Connection | None:
        """Return how the user is connected; None if never, or disconnected."""
        token = self._tokens.get(user_id)
        if token is None:
            return None
        ends_at = months_later(token.authorized_at, MONTHS)
        now = self._clock()
        return Connection(
            scopes=token.scopes,
            authorized_at=token.authorized_at,
            ends_at=ends_at,
            ends_soon=now >= ends_at - WARN_SECONDS,
            needs_reconnect=token.needs_reconnect or now >= ends_at,
        )

    def access(
        self, user_id: str, deadline: Deadline, *, needs: tuple[str, ...] = (), what: str = ""
    ) -> Token:
        """Return a token whose access token is good for a while yet.

        Raises
        ------
        SpotifyReconnect
            If there is none, or Spotify no longer accepts it.
        SpotifyScopeMissing
            If the user has not agreed to what is needed; Spotify is not asked then.
        SpotifyUnavailable
            If it had to be renewed and could not be.
        """
        token = self._tokens.get(user_id)
        self._check(token)
        if token is None or token.expires_at <= self._clock() + EARLY_SECONDS:
            token = self._renewed(user_id, token.access_token if token else "", deadline)
        missing = missing_scopes(token.scopes, needs)
        if missing:
            raise SpotifyScopeMissing(
                what or "Spotify was not asked",
                why="you have not agreed to this yet",
                next_step="log in again and agree",
                scopes=missing,
            )
        return token

    def renew(self, user_id: str, refused: str, deadline: Deadline) -> Token:
        """Return a token other than the one that Spotify just refused."""
        return self._renewed(user_id, refused, deadline, refused=True)

    def _renewed(
        self, user_id: str, known: str, deadline: Deadline, *, refused: bool = False
    ) -> Token:
        with self._tokens.refreshing(user_id, wait=deadline.left) as token:
            self._check(token)
            if token is None:
                raise reconnect("it was disconnected")
            if token.access_token != known:
                # Somebody else has renewed it while we waited for our turn.
                return token
            try:
                return self._refresh(user_id, token, deadline)
            except (SpotifyUnavailable, SpotifyRateLimited):
                if not refused and token.expires_at > self._clock():
                    # Not dead yet; the next call tries again.
                    return token
                raise

    def _refresh(self, user_id: str, token: Token, deadline: Deadline) -> Token:
        try:
            granted = self._endpoint.refresh(token.refresh_token, deadline)
        except SpotifyReconnect:
            self._tokens.mark_needs_reconnect(user_id)
            raise
        renewed = Token(
            access_token=granted.access_token,
            refresh_token=granted.refresh_token or token.refresh_token,
            scopes=token.scopes if granted.scopes is None else granted.scopes,
            authorized_at=token.authorized_at,
            expires_at=granted.expires_at,
        )
        self._tokens.put(user_id, renewed)
        return renewed

    def _check(self, token: Token | None) -> None:
        if token is None:
            raise reconnect("this account was never connected, or was disconnected")
        if token.needs_reconnect or not token.refresh_token:
            raise reconnect("your connection to Spotify was revoked or has expired")


def months_later(at: float, months: int) -> float:
    """Return the same day and time so many calendar months later, the last day if there is none.

    >>> from datetime import datetime, UTC
    >>> august = datetime(2026, 8, 31, tzinfo=UTC).timestamp()
    >>> datetime.fromtimestamp(months_later(august, 6), UTC).date().isoformat()
    '2027-02-28'
    """
    start = datetime.fromtimestamp(at, UTC)
    index = start.month - 1 + months
    year, month = start.year + index // 12, index % 12 + 1
    for day in range(start.day, 27, -1):
        try:
            return start.replace(year=year, month=month, day=day).timestamp()
        except ValueError:
            continue
    return start.replace(year=year, month=month).timestamp()
