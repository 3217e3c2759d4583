"""Flask's session on the server: the browser holds a random id in a cookie, nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from flask import Flask, Request, Response, session
from flask.sessions import SessionInterface, SessionMixin

from hooklist_errors import HooklistError
from webapp.store import Session
from webapp.store.errors import SessionUnknown
from webapp.wiring import services

COOKIE = "__Host-sid"
CSRF_KEY = "csrf_token"
LONGEST_ID = 100
SESSIONLESS = ("/assets/", "/healthz", "/favicon.ico", "/s/")
"""Addresses that answer everybody alike: the store is not asked for these."""


class BrowserSession(SessionMixin):
    """The session of the browser that asks.

    Only the keys that a request has set or removed are written at its end, so that two requests at
    once do not undo each other's; `change` is for a key that is read and written.

    Attributes
    ----------
    id
        The secret in the cookie; None until there is something to keep.
    stored
        What the store knows; None for a browser without a session.
    ended
        Whether the browser came with the id of a session that has ended.
    failure
        Why the store could not be asked, to be told once the page is known; else None.
    """

    def __init__(
        self,
        session_id: str | None = None,
        stored: Session | None = None,
        *,
        ended: bool = False,
        failure: HooklistError | None = None,
    ) -> None:
        self.failure = failure
        self.id = session_id
        self.stored = stored
        self.ended = ended
        self.deleted = False
        self._data: dict[str, Any] = dict(stored.data) if stored else {}
        self._set: dict[str, Any] = {}
        self._removed: set[str] = set()

    @property
    def user_id(self) -> str | None:
        """Whose session it is; None before login."""
        return self.stored.user_id if self.stored else None

    @property
    def dirty(self) -> bool:
        """Whether something waits to be written."""
        return bool(self._set or self._removed)

    def __getitem__(self, key: str) -> Any:
        return self._data[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self._data[key] = self._set[key] = value
        self._removed.discard(key)
        self.modified = True

    def __delitem__(self, key: str) -> None:
        del self._data[key]
        self._set.pop(key, None)
        self._removed.add(key)
        self.modified = True

    def __iter__(self) -> Iterator[str]:
        return iter(self._data)

    def __len__(self) -> int:
        return len(self._data)

    def begin(self, label: str) -> str:
        """Return the id, of a new session if there is none yet."""
        if self.id is None:
            self.id, self.stored = services().sessions.create(data=dict(self._data), label=label)
            self._set, self._removed = {}, set()
            self.modified = True
        elif self.dirty:
            self.flush()
        return self.id

    def flush(self) -> None:
        """Write what this request has set and removed."""
        if self.id is None or not self.dirty:
            return
        services().sessions.change(self.id, self._applied)
        self._set, self._removed = {}, set()

    def change(self, key: str, change: Callable[[Any], Any]) -> Any:
        """Replace the value of `key` by ``change(value)``, with no other request in between.

        Raises
        ------
        webapp.store.errors.SessionUnknown
            If the session has ended.
        """
        if self.id is None:
            raise SessionUnknown("The session has ended", next_step="log in again")

        def within(data: dict[str, Any]) -> dict[str, Any]:
            return {**data, key: change(data.get(key))}

        self._data[key] = services().sessions.change(self.id, within)[key]
        return self._data[key]

    def log_in(self, user_id: str, secret: str) -> None:
        """Give the browser a new id with `user_id` logged in; the old id is dead.

        What somebody else left in this browser is forgotten.

        Parameters
        ----------
        user_id
            Who has logged in.
        secret
            What forms of this session carry (CSRF); made here so that no page has to write.
        """
        sessions = services().sessions
        if self.id is not None and self.user_id == user_id:
            self.flush()
            self.id, self.stored = sessions.rotate(self.id, user_id=user_id)
        else:
            label = self.stored.label if self.stored else ""
            if self.id is not None:
                sessions.delete(self.id)
            self.id, self.stored = sessions.create(user_id, label=label)
        self._data, self._set, self._removed = dict(self.stored.data), {}, set()
        self[CSRF_KEY] = secret

    def end(self) -> None:
        """Forget the session here and in the browser."""
        if self.id is not None:
            services().sessions.delete(self.id)
        self.id, self.stored, self.deleted = None, None, True
        self._data, self._set, self._removed = {}, {}, set()

    def _applied(self, data: dict[str, Any]) -> dict[str, Any]:
        kept = {key: value for key, value in data.items() if key not in self._removed}
        return {**kept, **self._set}


class StoredSessions(SessionInterface):
    """Opens and writes `BrowserSession` (OWASP ASVS 5.0, chapter 7)."""

    def open_session(self, app: Flask, request: Request) -> BrowserSession:
        """Return the session the cookie names, or an empty one."""
        sent = request.cookies.get(COOKIE)
        if not sent or len(sent) > LONGEST_ID or request.path.startswith(SESSIONLESS):
            return BrowserSession()
        try:
            stored = services().sessions.load(sent)
        except HooklistError as error:
            # Raised here it would escape the error pages: the request is not set up yet.
            return BrowserSession(failure=error)
        if stored is None:
            return BrowserSession(ended=True)
        return BrowserSession(sent, stored)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Write what has changed, and tell the browser its id if that is new."""
        assert isinstance(session, BrowserSession)  # noqa: S101 - made by open_session
        if session.deleted or (session.ended and not session.modified):
            self._set_cookie(response, "", max_age=0)
        if not session.modified:
            return
        if session.id is None and session.dirty:
            session.begin("")
        try:
            session.flush()
        except SessionUnknown:  # logged out in another tab meanwhile
            self._set_cookie(response, "", max_age=0)
            return
        if session.id is not None:
            self._set_cookie(response, session.id, max_age=None)

    def _set_cookie(self, response: Response, value: str, *, max_age: int | None) -> None:
        response.set_cookie(
            COOKIE,
            value,
            max_age=max_age if max_age is not None else 90 * 24 * 3600,
            path="/",
            secure=True,
            httponly=True,
            samesite="Lax",
        )


def browser_session() -> BrowserSession:
    """Return the session of the current request."""
    current: object = session._get_current_object()  # type: ignore[attr-defined]
    assert isinstance(current, BrowserSession)  # noqa: S101 - StoredSessions makes no other
    return current
