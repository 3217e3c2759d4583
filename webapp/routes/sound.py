"""Sound and pictures of a playlist beyond its trailer, for its owner alone."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, g, redirect, request, send_file
from werkzeug.wrappers import Response as AnyResponse

from hooklist_errors import HooklistError
from webapp.errors import NotFound
from webapp.routes.access import current_user
from webapp.security.headers import origin_of
from webapp.services.track_sound import embedded_picture, sound_kind
from webapp.wiring import services

blueprint = Blueprint("sound", __name__, url_prefix="/audio")

PICTURE_CACHE = "private, max-age=86400"
MISSING_CACHE = "private, max-age=600"


@blueprint.get("/<playlist_id>/trailer/live")
def live(playlist_id: str) -> Response:
    """Send the sound of a trailer as it is made, until it is whole."""
    playlist = services().playlists.get(playlist_id, current_user().id)
    job = services().trailer_requests.job_of(playlist)
    if job is None or job.state != "running":
        raise NotFound(
            "There is nothing to hear yet", which=playlist_id, next_step="open the playlist"
        )
    if request.method == "HEAD":
        return Response(mimetype="audio/mpeg")
    following = services().live_sounds.follow(services().trailers.live_file_of(playlist))
    response = Response(following, mimetype="audio/mpeg")
    # A proxy that collects an answer before passing it on would make it wait for the end.
    response.headers["X-Accel-Buffering"] = "no"
    return response


@blueprint.get("/<playlist_id>/track/<path:track_id>")
def track(playlist_id: str, track_id: str) -> AnyResponse:
    """Send a whole track, where its file is the operator's own; parts of it too."""
    found = _track(playlist_id, track_id)
    if not services().settings.full_tracks or not found.get("audio"):
        raise NotFound(
            "This track cannot be played here as a whole",
            which=track_id[:100],
            why="there is no file of it, or whoever runs this Hooklist does not want it played",
            next_step="hear it in the trailer, or open it at its source",
        )
    file = services().audio.fetch(str(found["audio"]))
    response = send_file(
        file, mimetype=sound_kind(file), conditional=True, max_age=None, download_name="track"
    )
    response.headers["Content-Disposition"] = "inline"
    return response


@blueprint.get("/<playlist_id>/cover/<path:track_id>")
def cover(playlist_id: str, track_id: str) -> AnyResponse:
    """Send a track's cover as it is, or lead to it at Spotify; nothing where there is none.

    That is no error: most files have no picture, and a page finds out by asking.
    """
    found = _track(playlist_id, track_id)
    audio = str(found.get("audio") or "")
    if os.path.isabs(audio) and (picture := embedded_picture(services().audio.fetch(audio))):
        g.cache_control = PICTURE_CACHE
        return Response(picture.data, mimetype=picture.kind)
    address = _at_spotify(str(found.get("spotify_id") or ""))
    g.cache_control = PICTURE_CACHE if address else MISSING_CACHE
    return redirect(address, 302) if address else Response(status=204)


def _at_spotify(spotify_id: str) -> str:
    """Return where Spotify shows a track's cover, if it can be asked now and may be shown."""
    if not spotify_id:
        return ""
    try:
        address = services().spotify.for_user(current_user().id).track(spotify_id).image_url
    except HooklistError:
        return ""  # a picture is not worth a word about why there is none
    shown = {origin_of(origin) for origin in services().settings.spotify_image_origins}
    return address if origin_of(address) in shown else ""


def _track(playlist_id: str, track_id: str) -> Mapping[str, Any]:
    playlist = services().playlists.get(playlist_id, current_user().id)
    for found in playlist.tracks:
        if str(found.get("id")) == track_id:
            return found
    raise NotFound("There is no such track", which=track_id[:100], why="it is not in this playlist")
