"""HTTP connections whose every read is bounded by one deadline.

A read timeout starts anew with each byte, so a server that sends a byte now and then holds a thread
for as long as it likes: in the headers as well as in the body. Here each read may take what is left
of the whole call. (A TLS handshake is bounded as a whole by Python itself, names by the resolver.)
"""

from __future__ import annotations

import io
import socket
import threading
from http.client import HTTPResponse
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from webapp.spotify.deadline import Deadline

_CALL = threading.local()


class DeadlineAdapter(HTTPAdapter):
    """An adapter that holds the deadline of `bounded_by`, and repeats nothing by itself."""

    def __init__(self, connections: int) -> None:
        super().__init__(pool_connections=4, pool_maxsize=connections, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make pools of our connections."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}


class bounded_by:
    """Everything read in this thread inside the block is bounded by `deadline`."""

    def __init__(self, deadline: Deadline) -> None:
        self._deadline = deadline

    def __enter__(self) -> None:
        _CALL.deadline = self._deadline

    def __exit__(self, *_: object) -> None:
        _CALL.deadline = None


class _BoundedRaw(io.RawIOBase):
    """The bytes of a socket, read with what is left of the call as timeout."""

    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self._sock = sock
        self._deadline = deadline
        self._idle = sock.gettimeout()
        # Keeps the socket open until it is read to its end, as makefile does for http.client.
        self._held = sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._deadline.left
        if left <= 0:
            raise TimeoutError("the time for the whole call is over")
        self._sock.settimeout(left if self._idle is None else min(self._idle, left))
        return self._sock.recv_into(buffer)

    def close(self) -> None:
        if not self.closed:
            self._held.close()
            super().close()


class _BoundedResponse(HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        deadline = getattr(_CALL, "deadline", None)
        if deadline is not None:
            unbounded = self.fp
            self.fp = io.BufferedReader(_BoundedRaw(sock, deadline))
            unbounded.close()


class _Connection(HTTPConnection):
    response_class = _BoundedResponse


class _SecureConnection(HTTPSConnection):
    response_class = _BoundedResponse


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection
