"""Addresses of covers: they name the list they are drawn from, so browsers may keep them."""

from __future__ import annotations

from flask import Response, g, request, url_for

from webapp.services.covers.design import DRAWING, cover_of
from webapp.services.covers.picture import to_jpeg
from webapp.services.covers.svg import to_svg
from webapp.store import Playlist


def cover_address(playlist: Playlist) -> str:
    """Return where the owner of a playlist finds its cover."""
    return url_for("takealong.cover", playlist_id=playlist.id, of=cover_stamp(playlist))


def cover_stamp(playlist: Playlist) -> str:
    """Return what changes whenever the cover does; it costs nothing to know."""
    return f"{DRAWING}.{playlist.version}"


def send_svg(playlist: Playlist) -> Response:
    """Return the answer that is a playlist's cover as SVG."""
    _may_be_kept(playlist)
    return Response(to_svg(cover_of(playlist.tracks)), mimetype="image/svg+xml")


def send_jpeg(playlist: Playlist) -> Response:
    """Return the answer that is a playlist's cover as JPEG."""
    _may_be_kept(playlist)
    return Response(to_jpeg(cover_of(playlist.tracks)), mimetype="image/jpeg")


def _may_be_kept(playlist: Playlist) -> None:
    # Not "public": a cache in between must not outlive a link that was revoked.
    fitting = request.args.get("of") == cover_stamp(playlist)
    g.cache_control = "private, max-age=604800, immutable" if fitting else "private, max-age=60"
