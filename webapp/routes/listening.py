"""What listeners tell: what they heard of a trailer, where a highlight belongs, and whether at all.

Moving a highlight works with a script (``PUT`` and ``DELETE`` of the API) and without one (a form).
"""

from __future__ import annotations

from typing import Annotated, Literal

from flask import Blueprint, Response, jsonify, request, url_for
from flask import redirect as redirect_to
from pydantic import Field, StringConstraints
from werkzeug.wrappers import Response as AnyResponse

from hooklist_errors import HooklistError
from webapp.faces import face_of
from webapp.routes.access import current_user
from webapp.routes.failures import failure_of
from webapp.routes.inputs import Strict, form_data, read_json, seconds_of
from webapp.routes.opened_rows import opened_after
from webapp.routes.result_page import render_result
from webapp.security.sessions import browser_session
from webapp.services.most_replayed import MOST_SPANS, PlayedSpan
from webapp.store import Playlist
from webapp.store.errors import PlaylistUnknown, SessionUnknown
from webapp.wiring import services

blueprint = Blueprint("listening", __name__)

Second = Annotated[float, Field(ge=0, le=100_000, allow_inf_nan=False)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=100)]


class SpanInput(Strict):
    """A part of the trailer and what became of it."""

    kind: Literal["heard", "skipped", "replayed"]
    start: Second
    end: Second


class HeardInput(Strict):
    """What was played of a playlist's trailer since the last report of its page."""

    playlist: Name
    trailer: Name
    spans: Annotated[list[SpanInput], Field(min_length=1, max_length=MOST_SPANS)]


class HighlightInput(Strict):
    """Where a highlight is to begin, in seconds of the track."""

    start: Second


@blueprint.post("/api/v1/heard")
def heard() -> tuple[str, int]:
    """Count what was heard, skipped and replayed, unless its listener does not want that."""
    told, user = read_json(HeardInput), current_user()
    playlist = services().playlists.get(told.playlist, user.id)
    if user.shares_listening and not asks_not_to():
        session = browser_session().stored
        spans = [PlayedSpan(span.kind, span.start, span.end) for span in told.spans]
        name = session.handle if session else ""
        services().most_replayed.report(playlist, name, told.trailer, spans)
        services().happenings.heard(name, playlist, spans, lambda: _strategies(playlist))
    return "", 204


@blueprint.put("/api/v1/playlists/<playlist_id>/tracks/<path:track_id>/highlight")
def move(playlist_id: str, track_id: str) -> Response:
    """Move the highlight of a track."""
    start, user = read_json(HighlightInput).start, current_user()
    return _told(services().highlights.move(user.id, playlist_id, track_id, start), track_id)


@blueprint.delete("/api/v1/playlists/<playlist_id>/tracks/<path:track_id>/highlight")
def go_back(playlist_id: str, track_id: str) -> Response:
    """Put the highlight of a track back to where it was found."""
    return _told(services().highlights.go_back(current_user().id, playlist_id, track_id), track_id)


@blueprint.post("/p/<playlist_id>/highlight")
def move_by_form(playlist_id: str) -> AnyResponse | tuple[str, int]:
    """Move a highlight, or put it back, and show the list where the listener was.

    The form sends ``track``, the track's id, and either ``start`` (seconds, or minutes:seconds) or
    ``back`` with any value. What cannot be done is told on the page itself.
    """
    user, track_id = current_user(), form_data("track")
    try:
        if form_data("back"):
            after = services().highlights.go_back(user.id, playlist_id, track_id)
        else:
            start = seconds_of(form_data("start"))
            after = services().highlights.move(user.id, playlist_id, track_id, start)
    except (PlaylistUnknown, SessionUnknown):
        raise
    except HooklistError as error:
        here = url_for("playlists.show", playlist_id=playlist_id)
        now = services().playlists.get(playlist_id, user.id)
        failure = failure_of(error, next_page=here)
        return render_result(now, failure), face_of(error).status
    ids = [str(track["id"]) for track in after.tracks]
    place = f"track-{ids.index(track_id) + 1}" if track_id in ids else "list-title"
    opened = opened_after(after)
    return redirect_to(
        url_for("playlists.show", playlist_id=playlist_id, open=opened, _anchor=place), 303
    )


@blueprint.post("/account/listening")
def share() -> AnyResponse:
    """Switch the counting of what this user hears on (``share=1``) or off."""
    services().users.share_listening(current_user().id, share=form_data("share") == "1")
    return redirect_to(url_for("account.show"), 303)


def asks_not_to() -> bool:
    """Whether the browser asks not to be counted (Global Privacy Control, or *Do Not Track*)."""
    return request.headers.get("Sec-GPC") == "1" or request.headers.get("DNT") == "1"


def _strategies(playlist: Playlist) -> dict[str, str]:
    found = services().highlights.of_playlist(playlist)
    return {track_id: here.strategy for track_id, here in found.items()}


def _told(playlist: Playlist, track_id: str) -> Response:
    here = services().highlights.of_playlist(playlist).get(track_id)
    return jsonify(
        {
            "highlight": here.to_data() if here else None,
            "version": playlist.version,
            "trailer": playlist.trailer_state,
        }
    )
