"""What stands between a browser and the pages: sessions, same-origin and CSRF checks, headers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from webapp.settings import Settings

__all__ = ["init_security"]


def init_security(app: Flask, settings: Settings) -> None:
    """Put sessions, checks and headers around every route of `app`.

    The order matters: a request from another site is refused before its CSRF token is looked at,
    and a refused one still gets every header. A host name other than that of the settings is
    refused before everything else.
    """
    # Imported here: the sessions need the services, whose login needs `next_page` of this package.
    from webapp.security.csrf import init_csrf
    from webapp.security.headers import init_headers
    from webapp.security.hosts import init_hosts
    from webapp.security.same_origin import init_same_origin
    from webapp.security.sessions import StoredSessions

    app.session_interface = StoredSessions()
    init_headers(app, settings)
    init_hosts(app, settings)
    init_same_origin(app, settings)
    init_csrf(app)
