"""The accounts service: codes and refresh tokens for access tokens (RFC 6749, RFC 7636).

Written out instead of taken from a library (Authlib): it is two POSTs, and every library for it
brings a session of its own, which would go round the bounds of `webapp.spotify.transport`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from webapp.spotify.config import SpotifyConfig
from webapp.spotify.deadline import Deadline
from webapp.spotify.errors import (
    LoginFailed,
    SpotifyAppInvalid,
    SpotifyError,
    SpotifyReconnect,
    SpotifyUnreadable,
)
from webapp.spotify.refusals import refusal
from webapp.spotify.transport import Answer, Transport

ACCESS_SECONDS = 3600.0
_CLIENT_ERRORS = {"invalid_client", "unauthorized_client", "unsupported_grant_type"}


@dataclass(frozen=True, slots=True)
class Granted:
    """What the accounts service gave.

    Attributes
    ----------
    access_token, refresh_token
        Secrets; `refresh_token` is empty if none was sent, and the old one stays good then.
    scopes
        What the user agreed to; None if it was not told.
    expires_at
        Of the access token, seconds since the epoch.
    """

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    scopes: frozenset[str] | None
    expires_at: float


class TokenEndpoint(Protocol):
    """Where tokens come from."""

    def exchange(self, code: str, verifier: str, deadline: Deadline) -> Granted:
        """Return the tokens for an authorisation code."""

    def refresh(self, refresh_token: str, deadline: Deadline) -> Granted:
        """Return a new access token."""


class Accounts:
    """Spotify's token endpoint.

    Parameters
    ----------
    config
        Which app asks: with a secret as a confidential client (HTTP Basic), without as a public
        one. PKCE is used either way.
    transport
        The way out.
    clock
        Seconds since the epoch.
    """

    def __init__(
        self, config: SpotifyConfig, transport: Transport, clock: Callable[[], float] = time.time
    ) -> None:
        self._config = config
        self._transport = transport
        self._clock = clock

    def exchange(self, code: str, verifier: str, deadline: Deadline) -> Granted:
        """Return the tokens for an authorisation code.

        Raises
        ------
        LoginFailed
            If the code is not good (used, too old, another app's).
        SpotifyAppInvalid
            If Spotify does not know the client id, secret or redirect address.
        SpotifyUnavailable, SpotifyRateLimited
            If it cannot be asked just now.
        """
        answer = self._post(
            {
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": self._config.redirect_uri,
                "code_verifier": verifier,
            },
            deadline,
        )
        if _oauth_error(answer) == "invalid_grant":
            if "redirect" in answer.json()["oauth"]["description"].lower():
                raise SpotifyAppInvalid(
                    "The login could not be completed",
                    why="Spotify knows another redirect address for this installation's app",
                    next_step="the operator registers the redirect address, letter by letter",
                    details={"oauth": "redirect_uri"},
                )
            raise LoginFailed(
                "The login could not be completed",
                why="Spotify no longer accepts this login's code",
                next_step="log in again",
            )
        granted = self._granted(answer, "The login could not be completed")
        if not granted.refresh_token:
            raise _incomplete("The login could not be completed")
        return granted

    def refresh(self, refresh_token: str, deadline: Deadline) -> Granted:
        """Return a new access token.

        Raises
        ------
        SpotifyReconnect
            If the refresh token is revoked or has expired: never try again, log in.
        SpotifyAppInvalid, SpotifyUnavailable, SpotifyRateLimited
            If the app is not set up, or Spotify cannot be asked just now; the token stays good.
        """
        answer = self._post(
            {"grant_type": "refresh_token", "refresh_token": refresh_token}, deadline
        )
        if _oauth_error(answer) == "invalid_grant":
            raise reconnect("your connection to Spotify was revoked or has expired")
        return self._granted(answer, "Your connection to Spotify could not be renewed")

    def check_client(self, deadline: Deadline) -> str:
        """Return how Spotify refuses this app's id and secret; empty if it knows them.

        A refresh token that cannot exist is offered: whose id and secret are wrong is told so
        (``invalid_client``), everybody else that the token is not good (RFC 6749 §5.2).

        Raises
        ------
        SpotifyUnavailable, SpotifyRateLimited
            If it cannot be asked just now.
        """
        answer = self._post(
            {"grant_type": "refresh_token", "refresh_token": "hooklist-set-up-check"}, deadline
        )
        error = _oauth_error(answer)
        if error == "invalid_grant" or answer.status_code < 400:
            return ""
        if error in _CLIENT_ERRORS or answer.status_code in {400, 401, 403}:
            return error or "invalid_client"
        raise self._refused(answer, "The app could not be checked")

    def _post(self, form: Mapping[str, str], deadline: Deadline) -> Answer:
        config = self._config
        secret = config.client_secret
        return self._transport.session(deadline).request(
            "POST",
            config.token_url,
            data={**form} if secret else {**form, "client_id": config.client_id},
            auth=(config.client_id, secret) if secret else None,
            headers={"Accept": "application/json"},
        )

    def _granted(self, answer: Answer, what: str) -> Granted:
        if answer.status_code >= 400:
            raise self._refused(answer, what)
        try:
            body: Any = answer.json()
        except ValueError:
            body = None
        access = body.get("access_token") if isinstance(body, dict) else None
        if not isinstance(access, str) or not access.isascii() or not access.isprintable():
            raise _incomplete(what)
        refresh, scope = body.get("refresh_token"), body.get("scope")
        return Granted(
            access_token=access,
            refresh_token=refresh if isinstance(refresh, str) else "",
            scopes=frozenset(scope.split()) if isinstance(scope, str) else None,
            expires_at=self._clock() + _lifetime(body.get("expires_in")),
        )

    def _refused(self, answer: Answer, what: str) -> SpotifyError:
        error = _oauth_error(answer)
        if error in _CLIENT_ERRORS or answer.status_code in {400, 401, 403}:
            return SpotifyAppInvalid(
                what,
                why=f"Spotify does not accept this installation's app ({error or 'no reason'})",
                next_step="the operator checks client id, secret and redirect address",
                details={"oauth": error or "refused"},
            )
        parts = answer.json()["error"]
        return refusal(
            answer.status_code,
            parts["message"],
            parts["reason"],
            answer.headers,
            what=what,
            now=self._clock(),
        )


def reconnect(why: str) -> SpotifyReconnect:
    """Return the failure that only a login mends."""
    return SpotifyReconnect(
        "Hooklist is no longer connected to your Spotify account",
        why=why,
        kept="your playlists are kept",
        next_step="log in with Spotify again",
    )


def _oauth_error(answer: Answer) -> str:
    if answer.status_code < 400:
        return ""
    return str(answer.json()["oauth"]["error"])


def _lifetime(told: Any) -> float:
    plain = isinstance(told, int | float) and not isinstance(told, bool)
    return float(told) if plain and 0 < told <= 86_400 else ACCESS_SECONDS


def _incomplete(what: str) -> SpotifyUnreadable:
    return SpotifyUnreadable(
        what, why="the answer holds no token", next_step="try again in a minute", retry_after=15.0
    )
