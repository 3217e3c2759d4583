"""Static files under an address that changes with their content, so that browsers keep them.

All of them are read and packed once, when the server starts: a style sheet with what it imports, so
that it is one request, and everything that is text gzipped as well as it goes.
"""

from __future__ import annotations

import gzip
import hashlib
import posixpath
import re
from dataclasses import dataclass
from pathlib import Path

from flask import Blueprint, Flask, Response, abort, current_app, g, request, url_for
from markupsafe import Markup

from webapp.security.headers import keep_in_caches

FOLDER = Path(__file__).resolve().parents[2] / "static"
TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".json": "application/json",
    ".png": "image/png",
    ".mp3": "audio/mpeg",
}
PACKED = frozenset({".css", ".js", ".svg", ".json"})
"""Kinds that gzip makes smaller; sound and pictures are small already."""
BASE_SCRIPT = "js/page.js"
"""Runs on every page; ``base.html`` names it."""
LEAST_SAVING = 64
"""Bytes that must be saved for a file to be kept in two forms."""

_CSS_IMPORT = re.compile(r'^@import url\("([^"]+)"\);\n?', re.MULTILINE)
_CSS_COMMENT = re.compile(r"/\*.*?\*/\n?", re.DOTALL)
_JS_IMPORT = re.compile(r'^(?:import|export)\b[^;"]*"(\.{1,2}/[^"]+)"', re.MULTILINE)
_SCRIPT = re.compile(r'<script type="module" src="[^"]*?/assets/[^/"]+/([^"]+)"')

blueprint = Blueprint("assets", __name__)


@dataclass(frozen=True)
class Asset:
    """A static file as it is sent.

    Parameters
    ----------
    kind
        Its media type.
    plain
        Its bytes.
    packed
        The same gzipped; None where that saves nothing.
    etag
        Names its content.
    imports
        Of a script: the scripts it needs, and those that they need, by name.
    """

    kind: str
    plain: bytes
    packed: bytes | None
    etag: str
    imports: tuple[str, ...] = ()


def read_assets(folder: Path) -> dict[str, Asset]:
    """Return all files below `folder` by their names, ready to be sent.

    Raises
    ------
    OSError
        If one cannot be read; then the server does not start.
    """
    raw = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix in TYPES
    }
    return {name: _asset(name, raw) for name in raw}


def fingerprint(assets: dict[str, Asset]) -> str:
    """Return a name for the content of all files.

    One name for all of them, so that scripts which import each other by relative addresses stay
    together.
    """
    digest = hashlib.sha256()
    for name, found in sorted(assets.items()):
        digest.update(name.encode() + b"\0" + found.etag.encode())
    return digest.hexdigest()[:16]


def init_assets(app: Flask) -> None:
    """Serve the static files and give templates ``asset(name)`` and ``preloads(head)``."""
    app.config["ASSET_FILES"] = assets = read_assets(FOLDER)
    app.config["ASSETS"] = fingerprint(assets)
    app.jinja_env.globals["asset"] = asset
    app.jinja_env.globals["preloads"] = preloads
    app.register_blueprint(blueprint)


def asset(name: str) -> str:
    """Return the address of a static file."""
    return url_for("assets.serve", version=current_app.config["ASSETS"], name=name)


def preloads(head: str) -> Markup:
    """Return links that fetch at once what the scripts in `head` import.

    Without them a browser learns of a chain's next link only when it has read the one before.

    Parameters
    ----------
    head
        The page's own part of its head, as HTML; scripts as in ``base.html``.
    """
    named = [BASE_SCRIPT, *dict.fromkeys(_SCRIPT.findall(str(head)))]
    files: dict[str, Asset] = current_app.config["ASSET_FILES"]
    needed = [name for one in named if one in files for name in files[one].imports]
    wanted = [name for name in dict.fromkeys(needed) if name not in named]
    return Markup("").join(
        Markup('<link rel="modulepreload" href="{}" fetchpriority="low">\n').format(asset(name))
        for name in wanted
    )


@blueprint.get("/assets/<version>/<path:name>")
def serve(version: str, name: str) -> Response:
    """Send a static file; for good if it is asked for by its present name."""
    found: Asset | None = current_app.config["ASSET_FILES"].get(name)
    if found is None:
        abort(404)
    packed = found.packed is not None and request.accept_encodings["gzip"] > 0
    body = found.packed if packed and found.packed is not None else found.plain
    response = Response(body, mimetype=found.kind)
    # Two forms of one content are two representations (RFC 9110, 8.8.3.3).
    response.set_etag(f"{found.etag}-gz" if packed else found.etag)
    if packed:
        response.headers["Content-Encoding"] = "gzip"
    if found.packed is not None:
        response.vary.add("Accept-Encoding")
    if version == current_app.config["ASSETS"]:
        keep_in_caches()
    else:
        # A page of the release before: it gets today's file, but must not keep it under that name.
        g.cache_control = "no-cache"
    # Parts are asked for of sound only; a part of a packed file would be of no use to anybody.
    ranges = found.packed is None
    response.make_conditional(request, accept_ranges=ranges, complete_length=len(body))
    return response


def _asset(name: str, raw: dict[str, bytes]) -> Asset:
    suffix = Path(name).suffix
    plain = raw[name]
    if suffix == ".css":
        plain = _CSS_COMMENT.sub("", _joined(name, raw)).encode()
    packed = gzip.compress(plain, 9, mtime=0) if suffix in PACKED else None
    if packed is not None and len(packed) + LEAST_SAVING > len(plain):
        packed = None
    imports = tuple(sorted(_reached(name, raw) - {name})) if suffix == ".js" else ()
    etag = hashlib.sha256(plain).hexdigest()[:20]
    return Asset(TYPES[suffix], plain, packed, etag, imports)


def _joined(name: str, raw: dict[str, bytes]) -> str:
    """Return a style sheet with what it imports in the place of the import."""

    def part(found: re.Match[str]) -> str:
        return _joined(_beside(name, found[1]), raw)

    return _CSS_IMPORT.sub(part, raw[name].decode("utf-8"))


def _reached(name: str, raw: dict[str, bytes]) -> set[str]:
    seen: set[str] = set()
    waiting = [name]
    while waiting:
        one = waiting.pop()
        if one in seen or one not in raw:
            continue
        seen.add(one)
        text = raw[one].decode("utf-8")
        waiting += [_beside(one, relative) for relative in _JS_IMPORT.findall(text)]
    return seen


def _beside(name: str, relative: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(name), relative))
