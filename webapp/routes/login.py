"""Logging in with Spotify and out again."""

from __future__ import annotations

import logging
import re
import secrets

from flask import Blueprint, g, redirect, request, url_for
from werkzeug.wrappers import Response

from webapp.error_pages import request_id
from webapp.faces import face_of
from webapp.routes.failures import failure_of
from webapp.routes.landing import render_landing
from webapp.routes.uploads_visit import box_id, carry_uploads, forget_uploads
from webapp.security.next_page import safe_next
from webapp.security.sessions import browser_session
from webapp.spotify.errors import LoginDenied, LoginFailed, SpotifyUserNotAllowed
from webapp.spotify.scopes import PLAY_SCOPES, save_scopes
from webapp.store.errors import LoginStateInvalid
from webapp.wiring import services

log = logging.getLogger(__name__)

blueprint = Blueprint("login", __name__)

ASKS = {
    "": frozenset[str](),
    "save": save_scopes(public=False),
    "save-public": save_scopes(public=True),
    "save-cover": save_scopes(public=False, cover=True),
    "save-public-cover": save_scopes(public=True, cover=True),
    "play": PLAY_SCOPES,
}
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("Chromium", "Chromium"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def browser_label(user_agent: str) -> str:
    """Return how a browser is named in the list of sessions.

    >>> browser_label("Mozilla/5.0 (X11; Linux x86_64) … Chrome/140.0 Safari/537.36")
    'Chrome, Linux'
    """

    def first(names: tuple[tuple[str, str], ...]) -> str:
        return next((name for sign, name in names if re.search(sign, user_agent)), "")

    return ", ".join(name for name in (first(_BROWSERS), first(_SYSTEMS)) if name)


@blueprint.get("/login")
def begin() -> Response:
    """Send the browser to Spotify's page.

    The one GET that writes: the one-time state of this login, in the session of this browser.
    """
    label = browser_label(request.headers.get("User-Agent", "")[:500])
    session_id = browser_session().begin(label)
    ask = request.args.get("ask", "")
    address = services().oauth.start_login(
        session_id,
        scopes=ASKS.get(ask, ASKS[""]),
        next=safe_next(request.args.get("next")),
        user_id=g.user.id if g.user else None,
    )
    return redirect(address, 302)


@blueprint.get("/callback")
def callback() -> Response | tuple[str, int]:
    """Complete the login that this browser began, and no other."""
    session = browser_session()
    try:
        logged_in = services().oauth.finish_login(session.id or "", request.args)
    except (LoginDenied, LoginFailed, LoginStateInvalid, SpotifyUserNotAllowed) as error:
        log.info("request %s: login refused: %s", request_id(), error.code)
        failure = failure_of(error, next_page=url_for("seeds.pick"))
        return render_landing(failure), face_of(error).status
    brought = box_id()
    session.log_in(logged_in.user.id, secrets.token_hex(32))
    log.info("request %s: user %s has logged in", request_id(), logged_in.user.id)
    carry_uploads(brought)
    # What waited for this login goes on by itself.
    services().save.resume_parked(logged_in.user.id)
    return redirect(logged_in.next, 303)


@blueprint.post("/logout")
def logout() -> Response:
    """End this session, here and in the browser."""
    forget_uploads()
    session = browser_session()
    log.info("request %s: user %s has logged out", request_id(), session.user_id)
    session.end()
    response = redirect(url_for("landing.home"), 303)
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response
