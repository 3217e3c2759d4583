"""Who uses Hooklist: one row per Spotify account, with nothing of the profile but its name."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, RowMapping, bindparam, delete, select, update

from webapp.store.clock import Clock
from webapp.store.engine import once_more, reading, writing
from webapp.store.leases import token_lease
from webapp.store.schema import LEASE, USER
from webapp.store.values import new_id, plain_text

# Asked with almost each request: putting a statement together takes longer than asking it.
_BY_ID = select(USER).where(USER.c.id == bindparam("user"))


@dataclass(frozen=True, slots=True)
class User:
    """A user.

    Attributes
    ----------
    id
        32 hex digits, ours.
    spotify_account_id
        Spotify's id of the account.
    display_name
        May be empty; text of others, shown escaped.
    created_at, last_seen
        Seconds since the epoch.
    shares_listening
        Whether what they hear, skip and replay is counted (`webapp.services.most_replayed`).
    """

    id: str
    spotify_account_id: str
    display_name: str
    created_at: float
    last_seen: float
    shares_listening: bool = True


class Users:
    """The users.

    Parameters
    ----------
    engine
        From `webapp.store.open_engine`.
    clock
        Seconds since the epoch.
    """

    def __init__(self, engine: Engine, clock: Clock = time.time) -> None:
        self._engine = engine
        self._clock = clock

    def upsert(self, spotify_account_id: str, display_name: str | None = "") -> User:
        """Return the user of a Spotify account, made on the first login, seen now.

        Twenty logins of one account at once make one user.
        """
        name = plain_text(display_name)
        return once_more(lambda: self._upsert(spotify_account_id, name), which="user")

    def _upsert(self, spotify_account_id: str, display_name: str) -> User:
        now = self._clock()
        with writing(self._engine) as connection:
            row = (
                connection.execute(
                    update(USER)
                    .where(USER.c.spotify_account_id == spotify_account_id)
                    .values(display_name=display_name, last_seen=now)
                    .returning(USER)
                )
                .mappings()
                .one_or_none()
            )
            if row is not None:
                return _user(row)
            user = User(new_id(), spotify_account_id, display_name, now, now)
            values: dict[str, Any] = {name: getattr(user, name) for name in User.__slots__}
            connection.execute(USER.insert().values(values))
            return user

    def get(self, user_id: str) -> User | None:
        """Return the user, or None if there is none."""
        with reading(self._engine) as connection:
            row = connection.execute(_BY_ID, {"user": user_id}).mappings().first()
        return None if row is None else _user(row)

    def of_account(self, spotify_account_id: str) -> User | None:
        """Return the user of a Spotify account, or None if nobody has logged in with it."""
        query = select(USER).where(USER.c.spotify_account_id == spotify_account_id)
        with reading(self._engine) as connection:
            row = connection.execute(query).mappings().first()
        return None if row is None else _user(row)

    def share_listening(self, user_id: str, *, share: bool) -> None:
        """Write down whether what a user hears is counted from now on."""
        with writing(self._engine) as connection:
            connection.execute(
                update(USER).where(USER.c.id == user_id).values(shares_listening=share)
            )

    def delete(self, user_id: str, connection: Connection | None = None) -> bool:
        """Delete the user and every row that is theirs; return whether there was one.

        Sessions, logins, tokens, playlists, saves, moved highlights and jobs go with it. A job that
        is running notices at its next heartbeat and cannot finish. Files (trailers) are the
        caller's to remove, before.
        """
        with writing(self._engine, connection) as inside:
            # Left by a process that died while it refreshed the user's token.
            inside.execute(delete(LEASE).where(LEASE.c.name == token_lease(user_id)))
            gone = inside.execute(delete(USER).where(USER.c.id == user_id))
        return gone.rowcount > 0


def _user(row: RowMapping) -> User:
    return User(**row)
