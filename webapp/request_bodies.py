"""How large a request may be: little everywhere, more where files are brought, counted as it comes.

Two doors, one rule. The server (waitress) reads a whole request to a temporary file before the
application hears of it, so the bound must hold there already; the application's own bound holds
under any other server.
"""

from __future__ import annotations

import copy
import re
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from flask import Flask, request
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.utilities import Error

from webapp.security.sessions import COOKIE

if TYPE_CHECKING:
    from webapp.services.uploads.bounds import UploadBounds

USUAL_BYTES = 2 * 1024 * 1024
MOST_AT_ONCE = 8
"""So many of the largest requests may be under way together; the next is told to wait."""

_LARGE = re.compile(r"(?:PUT /api/v1/uploads/[0-9a-f]{32}|POST /uploads/send)\Z")
_ENDPOINTS = frozenset({"uploads_api.receive", "uploads.send"})
_ROOM_BESIDE_FILES = 1024 * 1024


class ServerBusy(Error):  # type: ignore[misc]
    """Too many large requests are under way."""

    code = 503
    reason = "Service Unavailable"


def init_request_bodies(app: Flask, bounds: UploadBounds) -> None:
    """Let the requests that carry files, and no others, be as large as the settings say.

    To be called before anything reads forms.
    """

    @app.before_request
    def allow_files() -> None:
        if request.endpoint in _ENDPOINTS:
            request.max_content_length = bounds.form_bytes + _ROOM_BESIDE_FILES


def bound_bodies(server: Any, bounds: UploadBounds) -> None:
    """Hold the same bounds in the server, while a request comes in.

    Parameters
    ----------
    server
        From `waitress.server.create_server`.
    bounds
        How much visitors may bring.
    """
    most = bounds.form_bytes + _ROOM_BESIDE_FILES
    under_way: WeakSet[HTTPRequestParser] = WeakSet()

    class Parser(HTTPRequestParser):  # type: ignore[misc]
        """Takes more where files are brought by somebody who has a session."""

        adj: Any

        def parse_header(self, header_plus: bytes) -> None:
            super().parse_header(header_plus)
            address = f"{self.command} {self.path}"
            if not _LARGE.match(address) or COOKIE not in self.headers.get("COOKIE", ""):
                return
            self.adj = copy.copy(self.adj)
            self.adj.max_request_body_size = most
            if self.content_length <= USUAL_BYTES and not self.chunked:
                return
            under_way.add(self)
            # What was announced, or as much as may come where nothing was.
            coming = sum(one.content_length or most for one in under_way)
            if coming > MOST_AT_ONCE * most:
                self.error = ServerBusy("too many files are coming in; try again in a moment")
                self.completed = True

    class Channel(HTTPChannel):  # type: ignore[misc]
        parser_class = Parser

    # One listener, or one for each address that the host's name stands for.
    listeners = [server, *getattr(server, "map", {}).values()]
    for listener in listeners:
        if hasattr(listener, "channel_class"):
            listener.channel_class = Channel
