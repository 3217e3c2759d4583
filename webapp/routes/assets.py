"""Static files under an address that changes with their content, so that browsers keep them."""

from __future__ import annotations

import hashlib
from pathlib import Path

from flask import Blueprint, Flask, Response, current_app, g, send_from_directory, url_for

from webapp.security.headers import keep_in_caches

FOLDER = Path(__file__).resolve().parents[2] / "static"
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}

blueprint = Blueprint("assets", __name__)


def fingerprint(folder: Path) -> str:
    """Return a name for the content of all files below `folder`.

    One name for all of them, so that scripts which import each other by relative addresses stay
    together.
    """
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def init_assets(app: Flask) -> None:
    """Serve the static files and give templates ``asset(name)``."""
    app.config["ASSETS"] = fingerprint(FOLDER)
    app.jinja_env.globals["asset"] = asset
    app.register_blueprint(blueprint)


def asset(name: str) -> str:
    """Return the address of a static file."""
    return url_for("assets.serve", version=current_app.config["ASSETS"], name=name)


@blueprint.get("/assets/<version>/<path:name>")
def serve(version: str, name: str) -> Response:
    """Send a static file; for good if it is asked for by its present name."""
    kind = TYPES.get(Path(name).suffix)
    response = send_from_directory(FOLDER, name, mimetype=kind, max_age=None)
    if version == current_app.config["ASSETS"]:
        keep_in_caches()
    else:
        # A page of the release before: it gets today's file, but must not keep it under that name.
        g.cache_control = "no-cache"
    return response
