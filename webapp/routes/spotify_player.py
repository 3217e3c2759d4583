"""Tracks without audio here, heard on the listener's own Spotify: a page with a policy of its own.

Whole tracks from a place on, user-started, unaltered, with a pause between them
(``docs/spotify-player.md``). Only where the operator has switched it on.
"""

from __future__ import annotations

from typing import Annotated

from flask import Blueprint, Response, abort, g, jsonify, redirect, render_template, url_for
from pydantic import StringConstraints
from werkzeug.wrappers import Response as AnyResponse

from webapp.errors import InvalidRequest, NotFound
from webapp.routes.access import current_user
from webapp.routes.failures import Failure, failure_of
from webapp.routes.inputs import Strict, form_data, read_json, seconds_of
from webapp.security.player_page import player_page_headers
from webapp.services.spotify_highlights import SECONDS, SpotifyHighlight
from webapp.spotify.scopes import PLAY_SCOPES
from webapp.store import Playlist
from webapp.wiring import services

blueprint = Blueprint("spotify_player", __name__)


class DeviceInput(Strict):
    """The player in the browser, as Spotify named it."""

    device_id: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z_-]{10,100}$")]


@blueprint.get("/p/<playlist_id>/spotify")
def show(playlist_id: str) -> str:
    """Show the tracks that only Spotify can play, and its player."""
    return _page(_playlist(playlist_id))


@blueprint.post("/p/<playlist_id>/spotify/start")
def choose(playlist_id: str) -> AnyResponse | tuple[str, int]:
    """Hear a ``track`` (Spotify's id) from ``start`` on, or with ``back`` from the usual place."""
    playlist, spotify_id = _playlist(playlist_id), form_data("track")
    try:
        start = None if form_data("back") else seconds_of(form_data("start"))
        services().spotify_highlights.choose(playlist, spotify_id, start)
    except (InvalidRequest, NotFound) as error:
        here = url_for("spotify_player.show", playlist_id=playlist_id)
        return _page(playlist, failure_of(error, next_page=here)), 422
    return redirect(
        url_for("spotify_player.show", playlist_id=playlist_id, _anchor=f"t-{spotify_id}"), 303
    )


@blueprint.post("/api/v1/spotify-player/token")
def token() -> Response:
    """Return the listener's own access token, for Spotify's script in their own browser."""
    _only_where_wanted()
    access, until = services().spotify.playing_token(current_user().id)
    return jsonify({"token": access, "seconds": max(0, round(until - services().clock()))})


@blueprint.post("/api/v1/playlists/<playlist_id>/spotify-player")
def play(playlist_id: str) -> tuple[str, int]:
    """Have the whole list played on the browser's own device, the first from its highlight."""
    playlist = _playlist(playlist_id)
    device = read_json(DeviceInput).device_id
    heard = services().spotify_highlights.of_playlist(playlist)
    if not heard:
        abort(404)
    services().spotify.for_user(playlist.user_id).play(
        device, [one.uri for one in heard], round(1000 * heard[0].start)
    )
    return "", 204


def offered_for(playlist: Playlist) -> int:
    """Return how many of a playlist's tracks this page would play; 0 where it is not there."""
    if not services().settings.spotify_player:
        return 0
    return len(services().spotify_highlights.of_playlist(playlist))


def _only_where_wanted() -> None:
    if not services().settings.spotify_player:
        abort(404)


def _playlist(playlist_id: str) -> Playlist:
    _only_where_wanted()
    return services().playlists.get(playlist_id, current_user().id)


def _page(playlist: Playlist, failure: Failure | None = None) -> str:
    settings = services().settings
    missing = services().spotify.missing_scopes(playlist.user_id, PLAY_SCOPES)
    g.page_headers = player_page_headers(settings)
    here = url_for("spotify_player.show", playlist_id=playlist.id)
    return render_template(
        "spotify_player.html",
        playlist=playlist,
        failure=failure,
        allowed=not missing,
        allow_url=url_for("login.begin", ask="play", next=here),
        script=settings.spotify_player_script,
        embed=settings.spotify_embed_url.rstrip("/"),
        lengths=SECONDS,
        rows=[_row(one, settings.spotify_open_url) for one in _heard(playlist)],
    )


def _heard(playlist: Playlist) -> tuple[SpotifyHighlight, ...]:
    return services().spotify_highlights.of_playlist(playlist)


def _row(one: SpotifyHighlight, open_url: str) -> dict[str, object]:
    return {
        "id": one.spotify_id,
        "title": str(one.track.get("title") or ""),
        "artists": list(one.track.get("artists") or ()),
        "start": one.start,
        "chosen": one.chosen,
        "url": f"{open_url.rstrip('/')}/track/{one.spotify_id}",
    }
