"""The headers of every answer (OWASP ASVS 5.0, 3.4 and 14.3.2)."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, Response, g

from webapp.settings import Settings

ONE_YEAR = 31_536_000

PERMISSIONS_POLICY = ", ".join(
    [
        "autoplay=(self)",
        *(
            f"{feature}=()"
            for feature in (
                "accelerometer",
                "browsing-topics",
                "camera",
                "display-capture",
                "encrypted-media",
                "geolocation",
                "gyroscope",
                "magnetometer",
                "microphone",
                "midi",
                "payment",
                "usb",
            )
        ),
    ]
)


def origin_of(url: str) -> str:
    """Return scheme, host and port of an address.

    >>> origin_of("https://accounts.spotify.com/authorize?x=1")
    'https://accounts.spotify.com'
    """
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def content_security_policy(settings: Settings) -> str:
    """Return the one policy of every answer, but of Spotify's player's page; see there."""
    return "; ".join(f"{name} {value}" for name, value in policy_directives(settings).items())


def policy_directives(settings: Settings) -> dict[str, str]:
    """Return that policy by directive: no inline script or style, nothing from elsewhere.

    Covers come from where Spotify (or the stand-in) serves them; a form may lead on to the accounts
    service, because browsers apply ``form-action`` to redirects too.
    """
    images = " ".join(["'self'", *dict.fromkeys(map(origin_of, settings.spotify_image_origins))])
    return {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": images,
        "media-src": "'self'",
        "connect-src": "'self'",
        "font-src": "'self'",
        "manifest-src": "'self'",
        "worker-src": "'self'",
        "base-uri": "'none'",
        "form-action": f"'self' {origin_of(settings.spotify_accounts_url)}",
        "frame-ancestors": "'none'",
        "object-src": "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "'none'",
    }


def static_headers(settings: Settings) -> dict[str, str]:
    """Return the headers that are the same on every answer."""
    headers = {
        "Content-Security-Policy": content_security_policy(settings),
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "strict-origin-when-cross-origin",
        "Permissions-Policy": PERMISSIONS_POLICY,
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    if settings.https:
        headers["Strict-Transport-Security"] = f"max-age={ONE_YEAR}; includeSubDomains"
    return headers


SANDBOX = "default-src 'none'; frame-ancestors 'none'; sandbox"
"""For sound and files on their own: opened as a page, they may do nothing at all."""


def in_a_sandbox() -> None:
    """Let this answer, opened as a page, run, load and frame nothing."""
    g.page_headers = {"Content-Security-Policy": SANDBOX}


def keep_in_caches(seconds: int = ONE_YEAR) -> None:
    """Let this answer be cached by anybody; for content that its address names by hash."""
    g.cache_control = f"public, max-age={seconds}, immutable"


def init_headers(app: Flask, settings: Settings) -> None:
    """Add the headers to every answer of `app`, errors and static files included."""
    fixed = static_headers(settings)

    @app.after_request
    def add(response: Response) -> Response:
        for name, value in {**fixed, **g.get("page_headers", {})}.items():
            response.headers[name] = value
        # Pages differ by who asks, so nothing is kept unless a route says otherwise.
        if response.status_code < 400 and "cache_control" in g:
            response.headers["Cache-Control"] = g.cache_control
        else:
            response.headers["Cache-Control"] = "no-store"
        return response
