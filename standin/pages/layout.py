"""The frame around every page."""

from __future__ import annotations

from functools import cache
from html import escape
from pathlib import Path

from standin.wire import Response

_STYLE = Path(__file__).with_name("standin.css")
_ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
    '<circle cx="16" cy="16" r="15" fill="#5b3fd6"/>'
    '<path d="M9 21V11M16 23V9M23 19v-6" stroke="#fff" stroke-width="3" stroke-linecap="round"/>'
    "</svg>"
)


def page(title: str, content: str, status: int = 200, form_target: str = "") -> Response:
    """Return an HTML page.

    Parameters
    ----------
    title
        Plain text.
    content
        HTML of the main part; every value in it already escaped.
    form_target
        Another origin that forms may lead to: browsers apply ``form-action`` to the redirect
        that answers a form too.
    """
    policy = (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; media-src 'self'; "
        f"form-action 'self'{' ' + form_target if form_target else ''}; "
        "base-uri 'none'; frame-ancestors 'none'"
    )
    document = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{escape(title)}</title>
<link rel="icon" href="/static/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/static/standin.css">
</head>
<body>
<header><p class="brand"><img src="/static/icon.svg" alt="" width="28" height="28">
Stand-in Spotify <span>on this machine</span></p></header>
<main>
{content}
</main>
<footer><p>This is not Spotify. It is a local server that plays its part for trying out and
testing; nothing here leaves this machine.</p></footer>
</body>
</html>
"""
    # A lone surrogate in a name cannot be sent; show that something was there.
    return Response(
        status,
        document.encode("utf-8", "replace"),
        (
            ("Content-Type", "text/html; charset=utf-8"),
            ("Content-Security-Policy", policy),
            ("Referrer-Policy", "same-origin"),
            ("X-Frame-Options", "DENY"),
        ),
    )


def static_file(name: str) -> Response | None:
    """Return the style sheet or the icon; None for another name."""
    if name == "standin.css":
        kind, body = "text/css; charset=utf-8", _style()
    elif name == "icon.svg":
        kind, body = "image/svg+xml", _ICON.encode()
    else:
        return None
    return Response(200, body, (("Content-Type", kind), ("Cache-Control", "max-age=300")))


@cache
def _style() -> bytes:
    return _STYLE.read_bytes()
