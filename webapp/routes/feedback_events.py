"""Counts what happens, for those who let themselves be counted; no page fails by it.

Most of it is seen by the answers of other routes; what only the browser knows, it tells.
"""

from __future__ import annotations

import logging
from typing import Literal

from flask import Flask, Response, g, request

from hooklist_errors import HooklistError
from webapp.errors import NotFound
from webapp.routes.access import current_user
from webapp.routes.feedback import blueprint
from webapp.routes.inputs import Strict, form_data, read_json
from webapp.routes.listening import Name, asks_not_to
from webapp.security.sessions import browser_session
from webapp.services.feedback.experiments import assign, experiments_of
from webapp.services.feedback.happenings import Kind
from webapp.wiring import services

log = logging.getLogger(__name__)

_ACTS: dict[str, Kind] = {
    "remove": "removed",
    "replace": "replaced",
    "more_like": "thumb_up",
    "less_like": "thumb_down",
    "neither": "thumb_back",
    "extend": "extended",
    "refresh": "refreshed",
    "undo": "undone",
}
_ENDPOINTS: dict[str, Kind] = {
    "playlists.make": "playlist_made",
    "playlists.save": "saved",
    "api.save": "saved",
    "listening.move": "highlight_moved",
    "listening.move_by_form": "highlight_moved",
}


class EventInput(Strict):
    """Something that only the browser knows."""

    kind: Literal["full_play"]
    playlist: Name
    track: Name


def init_events(app: Flask) -> None:
    """Look at the answers of `app` for what is to be counted."""

    @app.after_request
    def count(response: Response) -> Response:
        kind = _kind_of_request() if response.status_code < 400 else None
        if kind is not None:
            try:
                _count(kind, str((request.view_args or {}).get("playlist_id") or ""))
            except HooklistError as error:
                log.warning("not counted: %s", error.code)
        return response


@blueprint.post("/api/v1/events")
def happened() -> tuple[str, int]:
    """Count that a track was played as a whole, unless its listener does not want that."""
    told, user = read_json(EventInput), current_user()
    playlist = services().playlists.get(told.playlist, user.id)
    if all(track.get("id") != told.track for track in playlist.tracks):
        raise NotFound("This was not counted", which=told.track, why="it is not in the playlist")
    session = counted_session()
    if session:
        services().happenings.record(session, told.kind, playlist, track=told.track)
    return "", 204


def counted_session() -> str:
    """Return the name of the session, or nothing where it is not to be counted."""
    user = g.get("user")
    if user is None or not user.shares_listening or asks_not_to():
        return ""
    stored = browser_session().stored
    return stored.handle if stored else ""


def variants_here() -> dict[str, str]:
    """Return the variant of each running experiment for this session."""
    stored = browser_session().stored
    running = experiments_of(services().settings.experiments)
    return assign(running, stored.handle, services().settings.secret_keys[0]) if stored else {}


def _kind_of_request() -> Kind | None:
    if request.endpoint == "hands.revise":
        return _ACTS.get(form_data("act").partition(" ")[0])
    return _ENDPOINTS.get(request.endpoint or "")


def _count(kind: Kind, playlist_id: str) -> None:
    session = counted_session()
    if not session:
        return
    # Whoever has read it for the answer need not have it read again for the count.
    playlist = g.get("shown_playlist")
    if playlist is None and playlist_id:
        playlist = services().playlists.get(playlist_id, current_user().id)
    services().happenings.record(session, kind, playlist, variants=variants_here())
