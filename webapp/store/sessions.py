"""Server-side sessions: the browser holds a random id, the database its SHA-256 and the data."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, RowMapping, bindparam, delete, or_, select, update

from webapp.store.clock import DAY, Clock
from webapp.store.engine import once_more, reading, writing
from webapp.store.errors import SessionUnknown
from webapp.store.schema import LOGIN, SESSION
from webapp.store.values import digest, new_id, plain_text

IDLE_SECONDS = 14 * DAY
ABSOLUTE_SECONDS = 90 * DAY
TOUCH_SECONDS = 1 * DAY
"""A session's last use is written down at most this often: reading a page writes nothing."""


# Asked with almost each request: putting a statement together takes longer than asking it.
_LIVE = select(SESSION).where(
    SESSION.c.id_hash == bindparam("hash"),
    SESSION.c.idle_expires_at > bindparam("now"),
    SESSION.c.expires_at > bindparam("now"),
)
_LIVE_LOCKED = _LIVE.with_for_update()


@dataclass(frozen=True, slots=True)
class Session:
    """A session, without its secret id.

    Attributes
    ----------
    handle
        Names the session to its own user (a list of sessions, ending one); opens nothing.
    user_id
        None before login.
    data
        Plain data, at most 64,000 characters of JSON. A copy: change it through `Sessions`.
    label
        Of the browser, for the list of sessions.
    created_at, last_seen, expires_at
        Seconds since the epoch; `expires_at` is the absolute end, idle end not considered.
    """

    handle: str
    user_id: str | None
    data: dict[str, Any]
    label: str
    created_at: float
    last_seen: float
    expires_at: float


class Sessions:
    """The sessions (OWASP ASVS 5.0, chapter 7).

    Parameters
    ----------
    engine
        From `webapp.store.open_engine`.
    clock
        Seconds since the epoch.
    idle, absolute
        Seconds without use, and in all, after which a session has ended.
    """

    def __init__(
        self,
        engine: Engine,
        clock: Clock = time.time,
        *,
        idle: float = IDLE_SECONDS,
        absolute: float = ABSOLUTE_SECONDS,
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._idle = idle
        self._absolute = absolute

    def create(
        self, user_id: str | None = None, *, data: dict[str, Any] | None = None, label: str = ""
    ) -> tuple[str, Session]:
        """Make a session; return the secret id for the cookie, and the session.

        Raises
        ------
        ValueUnstorable
            If `data` is too large or no plain data.
        """

        def create() -> tuple[str, Session]:
            with writing(self._engine) as connection:
                return self._insert(connection, user_id, data or {}, label)

        return once_more(create, which="session")

    def load(self, session_id: str) -> Session | None:
        """Return the session, or None if it has ended or never was."""
        now = self._clock()
        with reading(self._engine) as connection:
            named = {"hash": digest(session_id), "now": now}
            row = connection.execute(_LIVE, named).mappings().first()
        if row is None:
            return None
        if row["last_seen"] + min(TOUCH_SECONDS, self._idle / 10) < now:
            with writing(self._engine) as connection:
                connection.execute(
                    update(SESSION)
                    .where(SESSION.c.id_hash == row["id_hash"])
                    .values(last_seen=now, idle_expires_at=now + self._idle)
                )
        return _session(row)

    def save(self, session_id: str, data: dict[str, Any]) -> None:
        """Replace the session's data; two tabs that both do so overwrite each other, see `change`.

        Raises
        ------
        SessionUnknown
            If it has ended.
        ValueUnstorable
            If `data` is too large or no plain data.
        """
        self.change(session_id, lambda _: data)

    def change(
        self, session_id: str, change: Callable[[dict[str, Any]], dict[str, Any]]
    ) -> dict[str, Any]:
        """Replace the data by ``change(data)`` with nobody in between; return the new data.

        Raises
        ------
        SessionUnknown
            If it has ended.
        ValueUnstorable
            If the new data is too large or no plain data.
        """
        now = self._clock()
        with writing(self._engine) as connection:
            row = self._locked(connection, session_id, now)
            data = change(dict(row["data"]))
            connection.execute(
                update(SESSION)
                .where(SESSION.c.id_hash == row["id_hash"])
                .values(data=data, last_seen=now, idle_expires_at=now + self._idle)
            )
        return data

    def rotate(self, session_id: str, *, user_id: str | None = None) -> tuple[str, Session]:
        """Give the session a new id, at login with its user; the old id is dead at once.

        Data is kept, and so is the user unless one is given. Logins under way do not survive.

        Raises
        ------
        SessionUnknown
            If it has ended.
        """
        with writing(self._engine) as connection:
            row = self._locked(connection, session_id, self._clock())
            connection.execute(delete(SESSION).where(SESSION.c.id_hash == row["id_hash"]))
            return self._insert(
                connection, user_id or row["user_id"], dict(row["data"]), row["label"]
            )

    def delete(self, session_id: str) -> bool:
        """End the session (logout); return whether there was one."""
        return self._delete(SESSION.c.id_hash == digest(session_id))

    def delete_by_handle(self, handle: str, user_id: str) -> bool:
        """End another session of the same user; return whether there was one."""
        return self._delete((SESSION.c.handle == handle) & (SESSION.c.user_id == user_id))

    def delete_all_of(self, user_id: str, *, keep: str | None = None) -> int:
        """End all sessions of a user, but for the one with the id `keep`; return how many."""
        condition = SESSION.c.user_id == user_id
        if keep is not None:
            condition = condition & (SESSION.c.id_hash != digest(keep))
        with writing(self._engine) as connection:
            return connection.execute(delete(SESSION).where(condition)).rowcount

    def list(self, user_id: str) -> tuple[Session, ...]:
        """Return the user's sessions that have not ended, the last used first."""
        now = self._clock()
        query = (
            select(SESSION)
            .where(
                SESSION.c.user_id == user_id,
                SESSION.c.idle_expires_at > now,
                SESSION.c.expires_at > now,
            )
            .order_by(SESSION.c.last_seen.desc(), SESSION.c.handle)
        )
        with reading(self._engine) as connection:
            return tuple(_session(row) for row in connection.execute(query).mappings())

    def purge(self) -> int:
        """Remove sessions and logins that have ended; return how many sessions."""
        now = self._clock()
        with writing(self._engine) as connection:
            connection.execute(delete(LOGIN).where(LOGIN.c.expires_at <= now))
            ended = delete(SESSION).where(
                or_(SESSION.c.idle_expires_at <= now, SESSION.c.expires_at <= now)
            )
            return connection.execute(ended).rowcount

    def _delete(self, condition: Any) -> bool:
        with writing(self._engine) as connection:
            return connection.execute(delete(SESSION).where(condition)).rowcount > 0

    def _locked(self, connection: Connection, session_id: str, now: float) -> RowMapping:
        named = {"hash": digest(session_id), "now": now}
        row: RowMapping | None = connection.execute(_LIVE_LOCKED, named).mappings().first()
        if row is None:
            raise SessionUnknown(
                "The session has ended", next_step="log in again to go on where you were"
            )
        return row

    def _insert(
        self, connection: Connection, user_id: str | None, data: dict[str, Any], label: str
    ) -> tuple[str, Session]:
        now = self._clock()
        session_id = secrets.token_urlsafe(32)
        session = Session(
            handle=new_id(),
            user_id=user_id,
            data=data,
            label=plain_text(label, 200),
            created_at=now,
            last_seen=now,
            expires_at=now + self._absolute,
        )
        connection.execute(
            SESSION.insert().values(
                id_hash=digest(session_id),
                idle_expires_at=now + self._idle,
                **{name: getattr(session, name) for name in Session.__slots__},
            )
        )
        return session_id, session


def _session(row: RowMapping) -> Session:
    return Session(**{name: row[name] for name in Session.__slots__})
