"""A player with the interface of Spotify's Web Playback SDK, for pages that embed it.

The script gives the page ``Spotify.Player``; a frame of this server, as with Spotify's, holds the
token, registers the device and plays. Only what its reference documents is there. Nothing of it
has been compared with Spotify's own script: that one needs Premium and a protected media path.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from standin.wire import Response

_FOLDER = Path(__file__).resolve().parent
_FILES = {
    "spotify-player.js": "text/javascript; charset=utf-8",
    "embedded.html": "text/html; charset=utf-8",
    "embedded.js": "text/javascript; charset=utf-8",
}
_POLICY = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; media-src 'self'; base-uri 'none'"
)


def sdk_file(name: str) -> Response | None:
    """Return a file of the player; None for another name."""
    kind = _FILES.get(name)
    if kind is None:
        return None
    return Response(
        200,
        _content(name),
        (
            ("Content-Type", kind),
            ("Content-Security-Policy", _POLICY),
            ("Cross-Origin-Resource-Policy", "cross-origin"),
            ("Cache-Control", "no-cache"),
        ),
    )


@cache
def _content(name: str) -> bytes:
    return (_FOLDER / name).read_bytes()
