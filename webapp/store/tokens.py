"""Spotify tokens, encrypted at rest, refreshed by one at a time."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import Engine, RowMapping, bindparam, delete, select, update

from webapp.store.clock import Clock
from webapp.store.engine import once_more, reading, writing
from webapp.store.errors import StoreMisconfigured
from webapp.store.leases import Leases, token_lease
from webapp.store.schema import TOKEN

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet

REFRESH_LEASE = 25.0
"""Seconds; longer than the 20 s that one call to Spotify may take in all."""


# Asked with almost each request: putting a statement together takes longer than asking it.
_OF_USER = select(TOKEN).where(TOKEN.c.user_id == bindparam("user"))


@dataclass(frozen=True, slots=True)
class Token:
    """What Spotify gave for a user. Its text form does not show the secrets.

    Attributes
    ----------
    access_token, refresh_token
        Secrets. Empty in a token that needs to be reconnected.
    scopes
        What the user agreed to.
    authorized_at
        When the user agreed; refresh tokens die six months after it. Seconds since the epoch.
    expires_at
        When the access token dies.
    needs_reconnect
        True if the user must log in again: Spotify refused the token, or no key opens it.
    """

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    scopes: frozenset[str]
    authorized_at: float
    expires_at: float
    needs_reconnect: bool = False


class Tokens:
    """The tokens, one per user.

    Parameters
    ----------
    engine
        From `webapp.store.open_engine`.
    keys
        Secret strings, the newest first: it encrypts, all of them decrypt. A Fernet key is derived
        from each by HKDF-SHA256 (RFC 5869).
    clock, monotonic
        Seconds since the epoch; seconds since any start.

    Raises
    ------
    StoreMisconfigured
        If there is no key.
    """

    def __init__(
        self,
        engine: Engine,
        keys: Sequence[str],
        clock: Clock = time.time,
        *,
        monotonic: Clock = time.monotonic,
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._box = _box(keys)
        self._newest = _box([key for key in keys if key][:1])
        self._leases = Leases(engine, clock, lease=REFRESH_LEASE, monotonic=monotonic)

    def put(self, user_id: str, token: Token) -> None:
        """Keep `token` for the user instead of what was there."""
        now = self._clock()
        values = {
            "ciphertext": self._seal(user_id, token),
            "scopes": " ".join(sorted(token.scopes)),
            "authorized_at": token.authorized_at,
            "expires_at": token.expires_at,
            "needs_reconnect": token.needs_reconnect,
            "updated_at": now,
        }

        def put() -> None:
            with writing(self._engine) as connection:
                # Delete and insert rather than an upsert: one form for every database.
                connection.execute(delete(TOKEN).where(TOKEN.c.user_id == user_id))
                connection.execute(TOKEN.insert().values(user_id=user_id, **values))

        once_more(put, which=user_id)

    def get(self, user_id: str) -> Token | None:
        """Return the user's token, or None if there is none.

        One that no key opens (a key was dropped, a row was copied from another user) comes back
        without secrets and with `Token.needs_reconnect`.
        """
        with reading(self._engine) as connection:
            found = connection.execute(_OF_USER, {"user": user_id}).mappings().first()
        return None if found is None else self._open(found)

    def mark_needs_reconnect(self, user_id: str) -> None:
        """Remember that Spotify refused the refresh token; its secrets are wiped."""
        held = self.get(user_id)
        if held is not None:
            empty = Token("", "", held.scopes, held.authorized_at, held.expires_at, True)
            self.put(user_id, empty)

    def delete(self, user_id: str) -> bool:
        """Forget the user's token (disconnect); return whether there was one."""
        with writing(self._engine) as connection:
            return connection.execute(delete(TOKEN).where(TOKEN.c.user_id == user_id)).rowcount > 0

    @contextmanager
    def refreshing(self, user_id: str, *, wait: float = 20.0) -> Iterator[Token | None]:
        """Be the only one, in all threads and processes, who refreshes this user's token.

        Gives the token as it is once it is our turn: look at its `expires_at` first, somebody else
        may have just refreshed it. If the holder dies, the next one goes on after 25 seconds.

        Parameters
        ----------
        user_id
            Whose token.
        wait
            Seconds to wait for our turn.

        Raises
        ------
        StoreBusy
            If it is not our turn after `wait`.

        Examples
        --------
        >>> with tokens.refreshing(user_id) as token:            # doctest: +SKIP
        ...     if token and token.expires_at < now + 60:
        ...         token = ask_spotify(token)
        ...         tokens.put(user_id, token)
        """
        with self._leases.hold(token_lease(user_id), wait=wait):
            yield self.get(user_id)

    def reencrypt(self) -> int:
        """Encrypt with the newest key what an older one holds, so that the older can be dropped.

        Cheap where there is nothing to do, so it may be one of a worker's chores.

        Returns
        -------
        int
            How many were done; those that no key opens are left, and need to be reconnected.
        """
        with reading(self._engine) as connection:
            rows = connection.execute(select(TOKEN)).mappings().all()
        done = 0
        for row in rows:
            token = self._open(row)
            if token.needs_reconnect or self._is_newest(row):
                # There is no secret in it, none that could be read, or nothing to do.
                continue
            with writing(self._engine) as connection:
                # Only if nobody has put a newer one since it was read.
                done += connection.execute(
                    update(TOKEN)
                    .where(
                        TOKEN.c.user_id == row["user_id"], TOKEN.c.ciphertext == row["ciphertext"]
                    )
                    .values(ciphertext=self._seal(row["user_id"], token))
                ).rowcount
        return done

    def _seal(self, user_id: str, token: Token) -> bytes:
        # The user inside the seal: a row copied to another user does not open there.
        inside = {"user": user_id, "access": token.access_token, "refresh": token.refresh_token}
        return self._box.encrypt(json.dumps(inside).encode("ascii"))

    def _is_newest(self, row: RowMapping) -> bool:
        from cryptography.fernet import InvalidToken

        try:
            self._newest.decrypt(bytes(row["ciphertext"]))
        except InvalidToken:
            return False
        return True

    def _open(self, row: RowMapping) -> Token:
        from cryptography.fernet import InvalidToken

        access, refresh, opened = "", "", False
        try:
            inside = json.loads(self._box.decrypt(bytes(row["ciphertext"])))
            if inside["user"] == row["user_id"]:
                access, refresh, opened = inside["access"], inside["refresh"], True
        except InvalidToken:
            pass
        return Token(
            access_token=access,
            refresh_token=refresh,
            scopes=frozenset(row["scopes"].split()),
            authorized_at=row["authorized_at"],
            expires_at=row["expires_at"],
            needs_reconnect=bool(row["needs_reconnect"]) or not opened,
        )


def _box(keys: Sequence[str]) -> MultiFernet:
    from cryptography.fernet import Fernet, MultiFernet
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    given = [key for key in keys if key]
    if not given:
        raise StoreMisconfigured(
            "Tokens cannot be kept",
            why="there is no secret key to encrypt them with",
            next_step="set HOOKLIST_SECRET_KEY",
        )
    fernets = []
    for key in given:
        derived = HKDF(SHA256(), 32, salt=b"hooklist", info=b"spotify tokens at rest, 1")
        fernets.append(Fernet(base64.urlsafe_b64encode(derived.derive(key.encode("utf-8")))))
    return MultiFernet(fernets)
