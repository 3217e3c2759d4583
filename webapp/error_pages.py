"""Turns every failure of a request into a page or a JSON body that says what to do about it."""

from __future__ import annotations

import logging
import math
import secrets
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, g, jsonify, make_response, render_template, request
from werkzeug.exceptions import HTTPException

from hooklist_errors import HooklistError
from webapp.error_advice import error_words
from webapp.faces import as_json, face_of
from webapp.i18n import SOURCE, _, language, sentence

log = logging.getLogger(__name__)

API_PREFIX = "/api/"


def init_error_pages(app: Flask) -> None:
    """Answer every failure of `app` in the form its caller reads."""
    app.before_request(_name_the_request)
    app.after_request(_tell_the_name)
    app.register_error_handler(HooklistError, _named_failure)
    app.register_error_handler(HTTPException, _http_failure)
    app.register_error_handler(Exception, _unexpected_failure)


def wants_json() -> bool:
    """Return whether the caller is a program rather than a person."""
    if request.path.startswith(API_PREFIX):
        return True
    best = request.accept_mimetypes.best_match(["text/html", "application/json"])
    return best == "application/json"


def request_id() -> str:
    """Return the name of this request, as it stands in the log and on error pages."""
    found: str = g.get("request_id", "")
    return found


def _name_the_request() -> None:
    g.request_id = secrets.token_hex(6)


def _tell_the_name(response: Response) -> Response:
    response.headers.setdefault("X-Request-Id", request_id())
    return response


def _named_failure(error: HooklistError) -> Response:
    face = face_of(error)
    level = logging.ERROR if face.status >= 500 else logging.INFO
    log.log(level, "request %s: %s: %s", request_id(), error.code, error)
    response = _answer(face.status, str(face.title), error)
    return _with_patience(response, error)


def _http_failure(error: HTTPException) -> Response:
    if error.code is None or error.code < 400:  # a redirect on its way
        return make_response(error.get_response())
    status = HTTPStatus(error.code)
    title, advice = _plain_words(status)
    shown = HooklistError(status.phrase, why=advice)
    response = _answer(int(status), title, shown, code=f"http.{int(status)}", advice=advice)
    # Allow, Retry-After and their like are part of the answer.
    for name, value in error.get_headers(None):
        if name.lower() not in {"content-type", "content-length"}:
            response.headers[name] = value
    return response


def _unexpected_failure(error: Exception) -> Response:
    log.exception("request %s failed", request_id(), exc_info=error)
    shown = HooklistError(
        _("The request could not be finished"),
        kept=_("what you had done before is still there"),
        next_step=_("try again; if it stays so, tell the operator the number below"),
    )
    return _answer(500, str(face_of(shown).title), shown)


def _answer(
    status: int, title: str, error: HooklistError, *, code: str = "", advice: str = ""
) -> Response:
    if wants_json():
        body: dict[str, Any] = as_json(error, request_id=request_id())
        if code:
            body["error"]["code"] = code
        body["error"]["words"] = _for_people(title, error, advice)
        return make_response(jsonify(body), status)
    try:
        page = render_template(
            "error.html",
            status=status,
            title=title,
            said=_for_people(title, error, advice),
            request_id=request_id(),
        )
    except Exception:
        # The page of failures fails itself: what is wrong may be in every page.
        log.exception("request %s: its page of failure could not be made", request_id())
        plain = f"{title}\n{sentence(error.next_step)}\n{request_id()}\n"
        return make_response(plain, status, {"Content-Type": "text/plain; charset=utf-8"})
    return make_response(page, status)


def _for_people(title: str, error: HooklistError, advice: str) -> dict[str, str]:
    """Return what is shown of a failure, in the language of this answer.

    With an `advice` of its own, a failure of the protocol, there is no cause to tell.
    """
    if advice:
        words = {"title": title, "sentence": "", "kept": "", "advice": sentence(advice)}
    else:
        said = error_words(error.code, vars(error))
        # What failed, said of the very case, is more than a headline; it exists in English only.
        exact = sentence(error.what) if language() == SOURCE else title
        words = {
            "title": exact,
            "why": said.why,
            "sentence": said.cause if error.why or language() != SOURCE else "",
            "kept": said.kept,
            "advice": said.next_step,
        }
    return {name: text for name, text in words.items() if text}


def _with_patience(response: Response, error: HooklistError) -> Response:
    """Tell a program when to try again, where that is known."""
    seconds = getattr(error, "retry_after", None)
    if isinstance(seconds, int | float) and math.isfinite(seconds) and response.status_code != 200:
        response.headers["Retry-After"] = str(max(1, math.ceil(seconds)))
    return response


def _plain_words(status: HTTPStatus) -> tuple[str, str]:
    """Return headline and advice for a failure that no part of Hooklist named."""
    words = {
        400: (_("That request was not understood"), _("go back and try again")),
        401: (_("Please log in"), _("log in with Spotify and come back")),
        403: (_("That is not allowed"), _("go back to the start page")),
        404: (_("There is nothing here"), _("check the address, or go back to the start page")),
        405: (_("That does not work here"), _("go back and use the page's own buttons")),
        413: (_("That is too large"), _("send less at once")),
        415: (_("That kind of content is not read here"), _("send JSON or a form")),
        429: (_("That was too much at once"), _("wait a moment, then try again")),
    }
    default = (_("Something went wrong on our side"), _("try again in a moment"))
    return words.get(int(status), default)
