"""Only our own pages may change anything (Fetch Metadata, OWASP ASVS 5.0, 3.5.1)."""

from __future__ import annotations

from flask import Flask, request

from webapp.security.errors import CrossSiteRequest
from webapp.security.headers import origin_of
from webapp.settings import Settings

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


def is_same_origin(fetch_site: str | None, origin: str | None, own: str) -> bool:
    """Return whether a request comes from a page of our own.

    Parameters
    ----------
    fetch_site
        The ``Sec-Fetch-Site`` header; browsers send it to addresses they trust, and no script can
        forge it.
    origin
        The ``Origin`` header; decides where there is no ``Sec-Fetch-Site``.
    own
        Our origin, from the settings and never from the request.
    """
    if fetch_site is not None:
        return fetch_site == "same-origin"
    return origin == own


def init_same_origin(app: Flask, settings: Settings) -> None:
    """Refuse requests of other sites that would change something."""
    own = origin_of(settings.base_url)

    @app.before_request
    def refuse_other_sites() -> None:
        if request.method in SAFE_METHODS:
            return
        headers = request.headers
        if not is_same_origin(headers.get("Sec-Fetch-Site"), headers.get("Origin"), own):
            raise CrossSiteRequest(
                "This was refused",
                why="the request did not come from a page of this site",
                kept="nothing was changed",
                next_step=f"open {own} and do it there",
            )
