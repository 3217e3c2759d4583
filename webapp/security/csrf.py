"""A secret of the session in every form and every fetch that changes something."""

from __future__ import annotations

from typing import NoReturn

from flask import Flask, request
from flask_wtf.csrf import CSRFProtect

from webapp.security.errors import FormExpired
from webapp.security.sessions import browser_session
from webapp.store.errors import SessionUnknown


class SessionSecret(CSRFProtect):  # type: ignore[misc]
    """Flask-WTF's check, which tells a failure as ours."""

    def _error_response(self, reason: str) -> NoReturn:
        from webapp.routes.access import PUBLIC

        if browser_session().stored is None and request.endpoint not in PUBLIC:
            # Whoever has no session any more needs a login, not another form.
            raise SessionUnknown(
                "Your session has ended",
                why="it was not used for long, or it was ended somewhere else",
                kept="your basket and your playlists",
                next_step="log in again, and go on where you were",
            )
        raise FormExpired(
            "This form is no longer valid",
            why="you were logged out or logged in again since the page was opened",
            kept="nothing was changed",
            next_step="reload the page and try again",
            details={"reason": reason},
        )


def init_csrf(app: Flask) -> None:
    """Ask for the token on every unsafe method: in the form, or in the header ``X-CSRFToken``."""
    # The token lives as long as its session; the same-origin check replaces the Referer check.
    app.config.update(WTF_CSRF_TIME_LIMIT=None, WTF_CSRF_SSL_STRICT=False)
    SessionSecret(app)
