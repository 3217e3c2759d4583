"""The web application: one factory, given its services."""

from __future__ import annotations

from pathlib import Path

from flask import Flask, Response, jsonify
from werkzeug.middleware.proxy_fix import ProxyFix

from webapp.compression import init_compression
from webapp.error_pages import init_error_pages
from webapp.i18n import init_i18n
from webapp.request_bodies import init_request_bodies
from webapp.routes import register_routes
from webapp.security import init_security
from webapp.security.rate_limits import init_rate_limits
from webapp.wiring import Services

ROOT = Path(__file__).resolve().parents[1]
MEGABYTE = 1024 * 1024


def create_app(services: Services) -> Flask:
    """Return the web application over `services`.

    Parameters
    ----------
    services
        From `webapp.wiring.open_services`; the application does not close them.
    """
    settings = services.settings
    app = Flask(
        "hooklist",
        root_path=str(ROOT),
        template_folder=str(ROOT / "templates"),
        static_folder=None,  # webapp.routes.assets serves them, with their content in the address
    )
    app.config.update(
        SECRET_KEY=settings.secret_keys[0],
        SECRET_KEY_FALLBACKS=list(settings.secret_keys[1:]),
        MAX_CONTENT_LENGTH=MEGABYTE,
        MAX_FORM_MEMORY_SIZE=500_000,
        MAX_FORM_PARTS=200,
        TEMPLATES_AUTO_RELOAD=False,
        PROPAGATE_EXCEPTIONS=False,
    )
    app.extensions["hooklist"] = services
    init_error_pages(app)
    init_compression(app)
    init_i18n(app)
    init_request_bodies(app, services.upload_bounds)
    init_security(app, settings)
    register_routes(app)
    init_rate_limits(app)
    app.add_url_rule("/healthz", "healthz", healthz)
    if settings.proxies:
        count = settings.proxies
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=count, x_proto=count, x_host=count
        )
    return app


def healthz() -> Response:
    """Answer as long as the process serves; says nothing that a stranger should not know."""
    return jsonify({"status": "serving"})
