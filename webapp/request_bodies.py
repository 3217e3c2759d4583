"""How large a request may be: little everywhere, more where files are brought, counted as it comes.

Two doors, one rule. The server (waitress) reads a whole request to a temporary file before the
application hears of it, so the bound must hold there already; the application's own bound holds
under any other server.
"""

from __future__ import annotations

import copy
import re
import time
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from flask import Flask, request
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.utilities import Error

from webapp.security.sessions import COOKIE

if TYPE_CHECKING:
    from webapp.services.uploads.bounds import UploadBounds
    from webapp.store.clock import Clock

USUAL_BYTES = 2 * 1024 * 1024
MOST_AT_ONCE = 8
"""So many of the largest requests may be under way together; the next is told to wait."""
MOST_OF_ONE = 2
"""So many of them from one address: that is six of the largest files, a browser sends two."""
SLOW_SECONDS = 60.0
"""After so long a body has to have come at `SLOWEST` on average, or its connection is ended."""
SLOWEST = 16_000
"""Bytes per second."""

_LARGE = re.compile(r"(?:PUT /api/v1/uploads/[0-9a-f]{32}|POST /uploads/send)\Z")
_ENDPOINTS = frozenset({"uploads_api.receive", "uploads.send"})
_ROOM_BESIDE_FILES = 1024 * 1024


class ServerBusy(Error):  # type: ignore[misc]
    """Too many large requests are under way."""

    code = 503
    reason = "Service Unavailable"


class BodyTooSlow(Error):  # type: ignore[misc]
    """A body comes so slowly that it only keeps others out."""

    code = 408
    reason = "Request Timeout"


def init_request_bodies(app: Flask, bounds: UploadBounds) -> None:
    """Let the requests that carry files, and no others, be as large as the settings say.

    To be called before anything reads forms.
    """

    @app.before_request
    def allow_files() -> None:
        if request.endpoint in _ENDPOINTS:
            request.max_content_length = bounds.form_bytes + _ROOM_BESIDE_FILES


def bound_bodies(
    server: Any,
    bounds: UploadBounds,
    *,
    proxies: int = 0,
    servers: int = 1,
    monotonic: Clock = time.monotonic,
) -> None:
    """Hold the same bounds in the server, while a request comes in.

    Parameters
    ----------
    server
        From `waitress.server.create_server`.
    bounds
        How much visitors may bring.
    proxies
        Reverse proxies in front whose ``X-Forwarded-For`` counts.
    servers
        Processes that answer requests; each allows its share.
    monotonic
        Seconds since any start.
    """
    most = bounds.form_bytes + _ROOM_BESIDE_FILES
    most_at_once = most * max(1, MOST_AT_ONCE // servers)
    most_of_one = most * max(1, MOST_OF_ONE // servers)
    under_way: WeakSet[Any] = WeakSet()

    class Parser(HTTPRequestParser):  # type: ignore[misc]
        """Takes more where files are brought by somebody who has a session."""

        adj: Any
        sender = ""
        begun: float | None = None

        def __init__(self, adj: Any, peer: str) -> None:
            super().__init__(adj)
            self.peer = peer

        def parse_header(self, header_plus: bytes) -> None:
            super().parse_header(header_plus)
            self.begun = monotonic()
            address = f"{self.command} {self.path}"
            if not _LARGE.match(address) or COOKIE not in self.headers.get("COOKIE", ""):
                return
            self.adj = copy.copy(self.adj)
            self.adj.max_request_body_size = most
            if self.content_length <= USUAL_BYTES and not self.chunked:
                return
            self.sender = _network(
                _client(self.peer, self.headers.get("X_FORWARDED_FOR", ""), proxies)
            )
            under_way.add(self)
            # What was announced, or as much as may come where nothing was.
            coming = {one: one.content_length or most for one in under_way}
            of_one = sum(size for one, size in coming.items() if one.sender == self.sender)
            if of_one > most_of_one or sum(coming.values()) > most_at_once:
                self.error = ServerBusy("too many files are coming in; try again in a moment")
                self.completed = True

        def received(self, data: bytes) -> int:
            consumed: int = super().received(data)
            if self.begun is None or self.completed:
                return consumed
            # A sender that falls silent is ended by the server's own time limit.
            passed = monotonic() - self.begun
            if passed > SLOW_SECONDS and self.body_bytes_received < SLOWEST * passed:
                self.error = BodyTooSlow("the file comes too slowly; try again on another network")
                self.completed = True
            return consumed

    class Channel(HTTPChannel):  # type: ignore[misc]
        def parser_class(self, adj: Any) -> Parser:
            return Parser(adj, str(self.addr[0]) if self.addr else "")

    # One listener, or one for each address that the host's name stands for.
    listeners = [server, *getattr(server, "map", {}).values()]
    for listener in listeners:
        if hasattr(listener, "channel_class"):
            listener.channel_class = Channel


def _client(peer: str, forwarded: str, proxies: int) -> str:
    """Return who sends: as the application sees it behind the proxies that are trusted."""
    named = [one.strip() for one in forwarded.split(",")]
    return named[-proxies] if 0 < proxies <= len(named) else peer


def _network(address: str) -> str:
    """Return what one subscriber has: an IPv4 address, or the first half of an IPv6 address."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    return address if found.version == 4 else found.exploded[:19]
