"""Logins under way: one-time OAuth state and PKCE verifier, bound to the session they began in."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field

from sqlalchemy import Engine, delete, select
from sqlalchemy.exc import IntegrityError

from webapp.store.clock import MINUTE, Clock
from webapp.store.engine import writing
from webapp.store.errors import LoginStateInvalid, SessionUnknown
from webapp.store.schema import LOGIN
from webapp.store.values import digest, plain_text

LOGIN_SECONDS = 10 * MINUTE
LOGINS_PER_SESSION = 5
"""Somebody who opens the login in many tabs keeps the newest of them."""


@dataclass(frozen=True, slots=True)
class Login:
    """What was remembered when a login began.

    Attributes
    ----------
    verifier
        PKCE code verifier (RFC 7636).
    next
        Where the user wanted to go; the caller checks that it is a path of this site.
    """

    verifier: str = field(repr=False)
    next: str


class Logins:
    """The logins under way (RFC 9700 §2.1.1: state is one-time and bound to the user agent).

    Parameters
    ----------
    engine
        From `webapp.store.open_engine`.
    clock
        Seconds since the epoch.
    lifetime
        Seconds a user may take on Spotify's page.
    """

    def __init__(
        self, engine: Engine, clock: Clock = time.time, *, lifetime: float = LOGIN_SECONDS
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._lifetime = lifetime

    def start(self, session_id: str, *, verifier: str, next: str = "/") -> str:
        """Begin a login; return the state to send along.

        Raises
        ------
        SessionUnknown
            If the session has ended.
        """
        now = self._clock()
        session_hash = digest(session_id)
        state = secrets.token_urlsafe(32)
        try:
            with writing(self._engine) as connection:
                older = (
                    select(LOGIN.c.state_hash)
                    .where(LOGIN.c.session_hash == session_hash)
                    .order_by(LOGIN.c.created_at.desc())
                    .offset(LOGINS_PER_SESSION - 1)
                )
                superseded = connection.execute(older).scalars().all()
                connection.execute(delete(LOGIN).where(LOGIN.c.state_hash.in_(superseded)))
                connection.execute(
                    LOGIN.insert().values(
                        state_hash=digest(state),
                        session_hash=session_hash,
                        verifier=verifier,
                        next=plain_text(next, 2000),
                        created_at=now,
                        expires_at=now + self._lifetime,
                    )
                )
        except IntegrityError as error:
            raise SessionUnknown(
                "The login could not begin", why="the session has ended", next_step="try again"
            ) from error
        return state

    def finish(self, state: str, session_id: str) -> Login:
        """Use up a state: of any number of simultaneous calls, one succeeds.

        Raises
        ------
        LoginStateInvalid
            If the state is missing, unknown, used, expired, or was begun in another session. A
            state of another session is not used up by that.
        """
        used = (
            delete(LOGIN)
            .where(LOGIN.c.state_hash == digest(state), LOGIN.c.session_hash == digest(session_id))
            .returning(LOGIN.c.verifier, LOGIN.c.next, LOGIN.c.expires_at)
        )
        with writing(self._engine) as connection:
            row = connection.execute(used).first()
        if row is None or row.expires_at <= self._clock():
            raise LoginStateInvalid(
                "This login cannot be completed",
                why="it was begun in another browser, is already used, or is older than "
                f"{int(self._lifetime / MINUTE)} minutes",
                next_step="log in again",
            )
        return Login(verifier=row.verifier, next=row.next)
