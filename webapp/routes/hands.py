"""Hands on a playlist: each button of the result page is one small form that leads back to it."""

from __future__ import annotations

import re
from dataclasses import replace

from flask import Blueprint, g, redirect, url_for
from werkzeug.wrappers import Response

from hooklist_errors import HooklistError
from recommender.revision import Action, action_of
from webapp.errors import InvalidRequest
from webapp.faces import face_of
from webapp.i18n import _
from webapp.routes.access import current_user
from webapp.routes.failures import failure_of
from webapp.routes.inputs import form_data
from webapp.routes.opened_rows import opened_after
from webapp.routes.result_page import Again, render_result
from webapp.routes.step_words import act_words
from webapp.store import Playlist
from webapp.store.errors import PlaylistChanged, PlaylistUnknown, SessionUnknown
from webapp.wiring import services

blueprint = Blueprint("hands", __name__)

UNDO = "undo"
_ACT = re.compile(r"(?P<name>[a-z_]{1,20})(?: (?P<value>.{1,300}))?\Z", re.DOTALL)
_VERSION = re.compile(r"[0-9]{1,9}\Z")


@blueprint.post("/p/<playlist_id>/revise")
def revise(playlist_id: str) -> Response | tuple[str, int]:
    """Do to a playlist what its listener wishes, and show it again where the listener was.

    The form sends ``act``, an action's name and after a space the track's id or a number, and
    ``version``, that of the list it was made for. What cannot be done is told on the page itself.
    """
    user, act = current_user(), form_data("act")
    before = None
    try:
        name, value, version = _asked(act)
        if value:
            before = services().playlists.get(playlist_id, user.id)
        if name == UNDO:
            after = services().revision.undo(user.id, playlist_id, version=version)
        else:
            action = _action(name, value)
            after = services().revision.revise(user.id, playlist_id, action, version=version)
    except (PlaylistUnknown, SessionUnknown):
        raise
    except HooklistError as error:
        return _refused(playlist_id, user.id, act, error)
    g.shown_playlist = after
    here = url_for(
        "playlists.show",
        playlist_id=playlist_id,
        open=opened_after(after),
        _anchor=_place(before, after, value),
    )
    return redirect(here, 303)


def _asked(act: str) -> tuple[str, str, int]:
    found, version = _ACT.match(act), form_data("version")
    if found is None or not _VERSION.match(version):
        raise InvalidRequest(
            "The list was not changed",
            why="the form was changed on its way",
            kept="the list as it is",
            next_step="reload the page and try again",
        )
    return found["name"], found["value"] or "", int(version)


def _action(name: str, value: str) -> Action:
    """Return the action of a button; the value is a number or a track's id, as the action takes."""
    if name == "extend":
        return action_of(name, {"count": int(value)} if _VERSION.match(value) else {})
    return action_of(name, {"id": value} if value else {})


def _refused(playlist_id: str, user_id: str, act: str, error: HooklistError) -> tuple[str, int]:
    """Return the page with what went wrong on top; of two tabs, the later one gets a choice."""
    here = url_for("playlists.show", playlist_id=playlist_id)
    now = services().playlists.get(playlist_id, user_id)
    again = None
    if isinstance(error, PlaylistChanged):
        words = act_words(act, {str(track["id"]): str(track["title"]) for track in now.tracks})
        again = Again(act, words) if words else None
    failure = failure_of(error, next_page=here)
    if isinstance(error, PlaylistChanged):
        failure = replace(failure, advice=_("The list below is as it is now."))
    return render_result(now, failure, again=again), face_of(error).status


def _place(before: Playlist | None, after: Playlist, track_id: str) -> str:
    """Return the anchor of the row where the listener was; what is new begins below the old end."""
    places = {str(track["id"]): at for at, track in enumerate(after.tracks, start=1)}
    if track_id in places:
        return f"track-{places[track_id]}"
    was = [str(track["id"]) for track in before.tracks] if before is not None else []
    if track_id in was:
        return f"track-{min(was.index(track_id) + 1, max(1, len(after.tracks)))}"
    return "list-title"
