"""Only requests for our own host name are answered (OWASP ASVS 5.0, 4.1.3)."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, abort, redirect, request
from werkzeug.sansio.utils import host_is_trusted
from werkzeug.wrappers import Response

from webapp.settings import LOOPBACK_HOSTS, Settings


def init_hosts(app: Flask, settings: Settings) -> None:
    """Refuse requests that claim another host than the settings name.

    Flask's own TRUSTED_HOSTS refuses so early that no page of ours can say so.
    """
    own = urlsplit(settings.base_url).hostname or ""
    neighbours = sorted(LOOPBACK_HOSTS) if own in LOOPBACK_HOSTS else []

    @app.before_request
    def refuse_other_hosts() -> Response | None:
        # Health checks come by address, and learn nothing.
        if request.endpoint == "healthz" or host_is_trusted(request.host, [own]):
            return None
        if neighbours and request.method == "GET" and host_is_trusted(request.host, neighbours):
            # Somebody typed localhost; Spotify only leads back to the address it knows.
            path = request.full_path.rstrip("?")
            return redirect(settings.base_url + path, 302)
        abort(400)
