"""Authorisation codes, access tokens and refresh tokens."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import asdict, dataclass, replace
from typing import Literal

from standin.clock import Clock, months_later
from standin.state import State

ACCESS_SECONDS = 3600
CODE_SECONDS = 600
REFRESH_MONTHS = 6
"""A refresh token dies this long after the user's consent; refreshing does not extend it."""


@dataclass(frozen=True)
class Code:
    """An authorisation code, bound to what it was asked for with."""

    value: str
    client_id: str
    redirect_uri: str
    challenge: str
    person: str
    scopes: tuple[str, ...]
    expires_at: float
    authorized_at: float


@dataclass(frozen=True)
class Access:
    """An access token."""

    value: str
    refresh: str
    person: str
    scopes: tuple[str, ...]
    expires_at: float


@dataclass(frozen=True)
class Refresh:
    """A refresh token and what became of it."""

    value: str
    client_id: str
    person: str
    scopes: tuple[str, ...]
    authorized_at: float
    revoked: bool = False


RefreshVerdict = Literal["valid", "unknown", "revoked", "expired"]


def challenge_of(verifier: str) -> str:
    """Return the S256 challenge of a verifier (RFC 7636 §4.2)."""
    digest = hashlib.sha256(verifier.encode("ascii", "replace")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def same(one: str, other: str) -> bool:
    """Compare two secrets in constant time."""
    return hmac.compare_digest(one.encode(), other.encode())


class Grants:
    """Everything the accounts service has handed out. Callers hold the world's lock.

    Codes live in memory only: a restart within the seconds of a login asks for another login,
    as a real deployment of the accounts service might.
    """

    def __init__(self, state: State, clock: Clock) -> None:
        self._state = state
        self._clock = clock
        self._codes: dict[str, Code] = {}
        self._access = {
            key: Access(**{**body, "scopes": tuple(body["scopes"])})
            for key, body in state.load("access").items()
        }
        self._refresh = {
            key: Refresh(**{**body, "scopes": tuple(body["scopes"])})
            for key, body in state.load("refresh").items()
        }
        self._past: list[str] = []

    # -- codes -------------------------------------------------------------------------------

    def issue_code(
        self,
        client_id: str,
        redirect_uri: str,
        challenge: str,
        person: str,
        scopes: tuple[str, ...],
    ) -> str:
        """Return a new code, valid once and for `CODE_SECONDS`."""
        now = self._clock.now()
        code = Code(
            value="AQD-standin-code-" + secrets.token_urlsafe(48),
            client_id=client_id,
            redirect_uri=redirect_uri,
            challenge=challenge,
            person=person,
            scopes=scopes,
            expires_at=now + CODE_SECONDS,
            authorized_at=now,
        )
        self._codes = {key: old for key, old in self._codes.items() if old.expires_at > now}
        self._codes[code.value] = code
        return code.value

    def take_code(self, value: str) -> Code | None:
        """Return the code and make it unusable; None if unknown, used or expired."""
        code = self._codes.pop(value, None)
        if code is None:
            return None
        self._past.append(value)
        return code if code.expires_at > self._clock.now() else None

    # -- tokens ------------------------------------------------------------------------------

    def open_session(self, code: Code) -> tuple[Access, Refresh]:
        """Turn a code into an access token and a refresh token."""
        refresh = Refresh(
            value="AQD-standin-refresh-" + secrets.token_urlsafe(48),
            client_id=code.client_id,
            person=code.person,
            scopes=code.scopes,
            authorized_at=code.authorized_at,
        )
        with self._state.together():
            self._keep_refresh(refresh)
            return self.issue_access(refresh), refresh

    def issue_access(self, refresh: Refresh) -> Access:
        """Return a new access token for the session of a refresh token."""
        now = self._clock.now()
        access = Access(
            value="BQD-standin-access-" + secrets.token_urlsafe(48),
            refresh=refresh.value,
            person=refresh.person,
            scopes=refresh.scopes,
            expires_at=now + ACCESS_SECONDS,
        )
        with self._state.together():
            for stale in [a for a in self._access.values() if a.expires_at < now - ACCESS_SECONDS]:
                self._drop_access(stale)
            self._access[access.value] = access
            self._state.put("access", access.value, asdict(access))
        return access

    def judge_refresh(self, value: str, client_id: str) -> tuple[RefreshVerdict, Refresh | None]:
        """Say whether a refresh token may be used by a client, and return it if so."""
        refresh = self._refresh.get(value)
        if refresh is None or refresh.client_id != client_id:
            return "unknown", None
        if refresh.revoked:
            return "revoked", None
        if self._clock.now() >= months_later(refresh.authorized_at, REFRESH_MONTHS):
            return "expired", None
        return "valid", refresh

    def rotate(self, old: Refresh) -> Refresh:
        """Replace a refresh token; the old one is revoked, its age goes on counting."""
        new = replace(old, value="AQD-standin-refresh-" + secrets.token_urlsafe(48))
        with self._state.together():
            self._keep_refresh(replace(old, revoked=True))
            self._keep_refresh(new)
        return new

    def find_access(self, value: str) -> Access | None:
        """Return a live access token; None if unknown, revoked or expired."""
        access = self._access.get(value)
        if access is None or access.expires_at <= self._clock.now():
            return None
        return access

    def revoke(self, person: str) -> int:
        """Take back everything `person` has granted; return how many tokens that ended."""
        ended = 0
        with self._state.together():
            for access in [a for a in self._access.values() if a.person == person]:
                self._drop_access(access)
                ended += 1
            for refresh in list(self._refresh.values()):
                if refresh.person == person and not refresh.revoked:
                    self._keep_refresh(replace(refresh, revoked=True))
                    ended += 1
        return ended

    def expire(self, person: str | None) -> int:
        """End the access tokens of a person, or of all; return how many."""
        chosen = [a for a in self._access.values() if person is None or a.person == person]
        with self._state.together():
            for access in chosen:
                self._drop_access(access)
        return len(chosen)

    def secrets(self) -> list[str]:
        """Return every code and token handed out, dead ones included as far as remembered."""
        return [*self._past, *self._codes, *self._access, *self._refresh]

    def _keep_refresh(self, refresh: Refresh) -> None:
        self._refresh[refresh.value] = refresh
        self._state.put("refresh", refresh.value, asdict(refresh))

    def _drop_access(self, access: Access) -> None:
        self._past.append(access.value)
        del self._access[access.value]
        self._state.delete("access", access.value)
