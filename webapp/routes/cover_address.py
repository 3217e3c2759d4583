"""Addresses of covers: they name what is on them, so browsers may keep them."""

from __future__ import annotations

from flask import Response, g, request, url_for

from webapp.services.covers.design import Cover, cover_of
from webapp.services.covers.picture import to_jpeg
from webapp.services.covers.svg import to_svg
from webapp.store import Playlist

MOST_DIGESTS = 20_000
# A cover takes a millisecond, and a history shows twenty; a playlist is what it was until changed.
_DIGESTS: dict[tuple[str, int, float], str] = {}


def cover_address(playlist: Playlist) -> str:
    """Return where the owner of a playlist finds its cover."""
    key = (playlist.id, playlist.version, playlist.updated_at)
    digest = _DIGESTS.get(key)
    if digest is None:
        if len(_DIGESTS) >= MOST_DIGESTS:
            _DIGESTS.clear()
        digest = _DIGESTS[key] = cover_of(playlist.tracks).digest
    return url_for("takealong.cover", playlist_id=playlist.id, of=digest)


def send_svg(cover: Cover) -> Response:
    """Return the answer that is a cover as SVG."""
    _may_be_kept(cover)
    return Response(to_svg(cover), mimetype="image/svg+xml")


def send_jpeg(cover: Cover) -> Response:
    """Return the answer that is a cover as JPEG."""
    _may_be_kept(cover)
    return Response(to_jpeg(cover), mimetype="image/jpeg")


def _may_be_kept(cover: Cover) -> None:
    # Not "public": a cache in between must not outlive a link that was revoked.
    fitting = request.args.get("of") == cover.digest
    g.cache_control = "private, max-age=604800, immutable" if fitting else "private, max-age=60"
