"""Who may see what: every page needs a login unless it is listed here (OWASP ASVS 5.0, 8.2.1)."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from flask import Flask, abort, g, request, url_for

from hooklist_errors import HooklistError
from webapp.security.errors import LoginNeeded
from webapp.security.sessions import BrowserSession, browser_session
from webapp.store import User
from webapp.wiring import services

log = logging.getLogger(__name__)

PUBLIC = frozenset(
    {
        "assets.serve",
        "feedback.form",
        "feedback.send",
        "healthz",
        "landing.favicon",
        "language.choose",
        "landing.home",
        "landing.privacy",
        "listening_test.show",
        "listening_test.sound",
        "listening_test.vote",
        "login.begin",
        "login.callback",
        "share.cover",
        "share.cover_picture",
        "share.show",
        "share.trailer",
        "uploads.ask_format",
        "uploads.hear_again",
        "uploads.highlight",
        "uploads.mix",
        "uploads.mix_sound",
        "uploads.move",
        "uploads.remove",
        "uploads.send",
        "uploads.show",
        "uploads_api.go_back",
        "uploads_api.mix",
        "uploads_api.mix_format",
        "uploads_api.move",
        "uploads_api.pick",
        "uploads_api.receive",
        "uploads_api.remove",
        "uploads_api.remove_all",
        "uploads_api.show",
    }
)
"""Endpoints that strangers may use; a test holds this list against the map of routes."""

WITHOUT_USER = frozenset({"assets.serve", "healthz", "landing.favicon"})
"""Endpoints that answer everybody alike and ask nothing of the store."""

P = ParamSpec("P")
R = TypeVar("R")


def init_access(app: Flask) -> None:
    """Find out who asks, and refuse strangers where a login is needed."""
    app.before_request(_recognise)
    app.context_processor(_for_templates)


def current_user() -> User:
    """Return who is logged in.

    Raises
    ------
    LoginNeeded
        If nobody is.
    """
    user: User | None = g.get("user")
    if user is None:
        raise LoginNeeded(
            "Please log in",
            why="this page belongs to somebody who is logged in",
            kept="what you made before is still in your history",
            next_step="log in with Spotify, and you come back here",
        )
    return user


def is_operator(user: User | None) -> bool:
    """Return whether a user may see the operator's pages; in the demo, everybody may."""
    settings = services().settings
    if user is None:
        return False
    return settings.demo or user.spotify_account_id in settings.operators


def operator_required(view: Callable[P, R]) -> Callable[P, R]:
    """Answer only operators; to other users the page is not there.

    Goes below ``@blueprint.get(…)``. Strangers are asked to log in, as everywhere.
    """

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        if not is_operator(current_user()):
            log.warning("user %s is no operator: %s", current_user().id, request.path)
            abort(404)
        return view(*args, **kwargs)

    guarded.operators_only = True  # type: ignore[attr-defined]  # for the sweep over all routes
    return guarded


def _recognise() -> None:
    if request.endpoint is None or request.endpoint in WITHOUT_USER:
        return  # an unknown address is a 404 for everybody
    session = browser_session()
    if session.failure is not None:
        raise session.failure
    g.user = _user_of(session)
    if request.endpoint not in PUBLIC:
        current_user()


def _user_of(session: BrowserSession) -> User | None:
    return services().users.get(session.user_id) if session.user_id else None


def _shown_user() -> User | None:
    """Return who is logged in, also on the page of a request that was refused before that."""
    if "user" not in g:
        try:
            g.user = _user_of(browser_session())
        except HooklistError:
            g.user = None
    user: User | None = g.user
    return user


def _for_templates() -> dict[str, Any]:
    settings = services().settings
    # After the login, back to a page; an address that was posted to is no page.
    here = request.full_path.rstrip("?") if request.method == "GET" else ""
    return {
        "current_user": _shown_user(),
        "is_operator": is_operator(_shown_user()),
        "demo": settings.demo,
        "generated_music": bool(settings.demo_audio_url),
        "here": here or None,
        "login_url": url_for("login.begin", next=here or None),
    }
