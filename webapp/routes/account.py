"""The user's account: how it is connected, where it is logged in, and its end."""

from __future__ import annotations

from datetime import UTC, datetime
from tempfile import SpooledTemporaryFile

from flask import Blueprint, redirect, render_template, send_file, url_for
from werkzeug.wrappers import Response

from webapp.i18n import _
from webapp.routes.access import current_user
from webapp.routes.failures import Failure
from webapp.routes.inputs import form_data
from webapp.routes.listening import asks_not_to
from webapp.routes.moments import moment
from webapp.routes.uploads_visit import forget_uploads
from webapp.routes.wording import scope_words
from webapp.security.sessions import browser_session
from webapp.store.own_data import write_own_data
from webapp.wiring import services

blueprint = Blueprint("account", __name__)

PAGE = 200
_IN_MEMORY = 1_000_000
"""Bytes of somebody's own data; what is more goes through a temporary file."""


@blueprint.get("/account")
def show() -> str:
    """Show the account."""
    return _page(None)


@blueprint.post("/account/sessions/end")
def end_session() -> Response:
    """End another session of the same user."""
    handle = form_data("handle")
    if services().sessions.delete_by_handle(handle, current_user().id):
        services().uploads.remove_of_session(handle)
    return redirect(url_for("account.show"), 303)


@blueprint.get("/account/export")
def export() -> Response:
    """Send everything that is kept of this user, as one JSON file."""
    user, now = current_user(), services().clock()
    head = {
        "format": "hooklist-own-data/1",
        "made_at": now,
        "moments": "seconds since 1970-01-01 00:00 UTC",
    }
    # Closed by the server, once it is sent.
    file = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115
    write_own_data(file, services().engine, user.id, head)
    size = file.tell()
    file.seek(0)
    day = datetime.fromtimestamp(now, UTC).date().isoformat()
    response = send_file(file, mimetype="application/json", conditional=False, etag=False)
    response.content_length = size
    response.headers["Content-Disposition"] = f'attachment; filename="hooklist-{day}.json"'
    return response


@blueprint.post("/account/disconnect")
def disconnect() -> Response:
    """Give Spotify's permission back; playlists stay, and the next login connects again."""
    services().tokens.delete(current_user().id)
    return redirect(url_for("account.show"), 303)


@blueprint.post("/account/delete")
def delete() -> Response | tuple[str, int]:
    """Delete everything of this user, once the word is typed."""
    if form_data("confirm").strip().casefold() != _confirm_word().casefold():
        failure = Failure(
            "request.invalid",
            _("Nothing was deleted"),
            sentence=_("The word was not typed as asked."),
        )
        return _page(failure), 422
    user = current_user()
    # Files first: once the rows are gone, nothing knows of them any more.
    services().keeping.empty(user.id)
    while playlists := services().playlists.list(user.id, limit=PAGE):
        for playlist in playlists:
            services().trailers.remove(services().playlists.delete(playlist.id, user.id))
    services().uploads.remove_of_user(user.id)
    forget_uploads()
    services().users.delete(user.id)
    browser_session().end()
    response = redirect(url_for("landing.home"), 303)
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


def _page(failure: Failure | None) -> str:
    user, session = current_user(), browser_session()
    connection = services().spotify.connection(user.id)
    now = services().clock()
    own = session.stored.handle if session.stored else ""
    return render_template(
        "account.html",
        failure=failure,
        confirm_word=_confirm_word(),
        not_asked=asks_not_to(),
        connection={
            "since": moment(connection.authorized_at, now=now) if connection else None,
            "until": moment(connection.ends_at) if connection else None,
            "scopes": scope_words(connection.scopes) if connection else [],
            "reconnect": connection is None or connection.needs_reconnect or connection.ends_soon,
        },
        sessions=[
            {
                "handle": other.handle,
                "label": other.label,
                "last_seen": moment(other.last_seen, now=now),
                "current": other.handle == own,
            }
            for other in services().sessions.list(user.id)
        ],
    )


def _confirm_word() -> str:
    return _("DELETE")
