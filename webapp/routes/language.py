"""The language of the pages, where somebody wants another one than their browser."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, request
from werkzeug.wrappers import Response

from webapp.i18n import LANGUAGE_COOKIE, LANGUAGES
from webapp.security.next_page import safe_next

blueprint = Blueprint("language", __name__)

ONE_YEAR = 365 * 86_400


@blueprint.get("/language/<name>")
def choose(name: str) -> Response:
    """Remember a language in the browser, and nowhere else, and go back to ``next``."""
    if name not in LANGUAGES:
        abort(404)
    response = redirect(safe_next(request.args.get("next"), "/"), 303)
    response.set_cookie(
        LANGUAGE_COOKIE,
        name,
        max_age=ONE_YEAR,
        path="/",
        secure=True,
        httponly=True,
        samesite="Lax",
    )
    return response
