"""The page behind a shared link: read-only, for anybody, without a session or a cookie."""

from __future__ import annotations

from flask import Blueprint, Response, g, render_template, send_file, url_for
from werkzeug.wrappers import Response as AnyResponse

from webapp.errors import NotFound
from webapp.routes.cover_address import cover_stamp, send_jpeg, send_svg
from webapp.routes.playlist_view import TrailerView, total_duration, track_rows
from webapp.routes.share_view import description_of, link_of, shared_trailer, why_silent
from webapp.wiring import services

blueprint = Blueprint("share", __name__, url_prefix="/s")

SHOWN_SEEDS = 20


@blueprint.before_request
def _quietly() -> None:
    """Keep the address out of search engines, and from every page that this one links to."""
    g.page_headers = {
        "Referrer-Policy": "no-referrer",
        "X-Robots-Tag": "noindex, nofollow, noarchive",
    }


@blueprint.get("/<token>")
def show(token: str) -> str:
    """Show a playlist to whoever has its link."""
    playlist = services().sharing.open(token)
    trailer = shared_trailer(playlist, token)
    base, of = services().settings.base_url, cover_stamp(playlist)
    picture = url_for("share.cover_picture", token=token, of=of)
    return render_template(
        "share.html",
        playlist=playlist,
        token=token,
        link=link_of(token),
        description=description_of(playlist),
        cover=url_for("share.cover", token=token, of=of),
        picture=base + picture,
        sound=base + trailer.url if trailer else "",
        trailer=trailer,
        silent="" if trailer else why_silent(playlist),
        tracks=track_rows(playlist, trailer or TrailerView("none")),
        total_duration=total_duration(playlist),
        seeds=playlist.seeds[:SHOWN_SEEDS],
    )


@blueprint.get("/<token>/trailer")
def trailer(token: str) -> AnyResponse:
    """Send the sound of a trailer, where everything in it may be shared; parts of it too."""
    playlist = services().sharing.open(token)
    file = services().trailers.file_of(playlist)
    if file is None or (why := why_silent(playlist)):
        raise NotFound(
            "There is no trailer here",
            why=why if file is not None else "",
            next_step="open the page of the playlist",
        )
    response = send_file(file, mimetype="audio/mpeg", conditional=True, max_age=None)
    response.headers["Content-Disposition"] = "inline; filename=trailer.mp3"
    return response


@blueprint.get("/<token>/cover.svg")
def cover(token: str) -> Response:
    """Send the cover of a playlist, drawn."""
    return send_svg(services().sharing.open(token))


@blueprint.get("/<token>/cover.jpg")
def cover_picture(token: str) -> Response:
    """Send the cover of a playlist as a picture, for previews of the link."""
    return send_jpeg(services().sharing.open(token))
