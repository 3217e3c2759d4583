"""The sockets: reads requests, sends responses, and breaks them where a fault says so."""

from __future__ import annotations

import gzip
import io
import select
import socket
import socketserver
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.utils import formatdate
from http.client import responses as REASONS
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

from standin.faults import Fault
from standin.wire import Request, Response, split_query, text_response

MAX_BODY = 8 * 1024 * 1024
MAX_CONNECTIONS = 256
MAX_HOLD = 600.0
"""Seconds after which even a request that is never answered is let go."""
_BLOCK = 64 * 1024


@dataclass(frozen=True)
class Delivery:
    """A response and how it is to be carried."""

    response: Response
    fault: Fault | None = None


Answer = Callable[[Request], Delivery]


class Server(ThreadingHTTPServer):
    """A server on 127.0.0.1 with one thread per connection, at most `MAX_CONNECTIONS`.

    Parameters
    ----------
    port
        0 chooses a free one.
    answer
        Called for every request, from many threads.
    """

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, port: int, answer: Answer) -> None:
        self.answer = answer
        self.stopping = threading.Event()
        self._open: set[socket.socket] = set()
        self._open_lock = threading.Lock()
        super().__init__(("127.0.0.1", port), _Handler)

    def server_bind(self) -> None:
        """Bind without asking the name service who we are."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serve a connection in a thread, unless there are too many."""
        with self._open_lock:
            full = len(self._open) >= MAX_CONNECTIONS
            if not full:
                self._open.add(request)
        if full:
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Close a connection."""
        with self._open_lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Stay quiet about clients that hang up; tell everything else."""
        if not isinstance(sys.exc_info()[1], (ConnectionError, TimeoutError)):
            super().handle_error(request, client_address)

    def stop(self) -> None:
        """Stop accepting, and cut the connections that are open."""
        self.stopping.set()
        self.shutdown()
        self.server_close()
        with self._open_lock:
            waiting = list(self._open)
        for connection in waiting:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60.0
    disable_nagle_algorithm = True
    server: Server

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet: the control interface lists the requests."""

    def _serve(self) -> None:
        request = self._read()
        if request is None:
            return
        try:
            delivery = self.server.answer(request)
        except Exception:
            traceback.print_exc()
            delivery = Delivery(text_response("The stand-in has a fault of its own.", 500))
        if delivery.fault is None:
            self._send(delivery.response)
        else:
            self._send_broken(delivery.response, delivery.fault)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = _serve

    def _read(self) -> Request | None:
        hosts = {f"{name}:{self.server.server_port}" for name in ("127.0.0.1", "localhost")}
        if self.headers.get("Host", "").lower() not in hosts:
            # Another name for this address means somebody else's page is asking.
            self._refuse(421, "This server answers to 127.0.0.1 only.")
            return None
        if self.headers.get("Transfer-Encoding"):
            self._refuse(411, "Send a Content-Length.")
            return None
        try:
            length = int(self.headers.get("Content-Length") or 0)
        except ValueError:
            length = -1
        if not 0 <= length <= MAX_BODY:
            self._refuse(400 if length < 0 else 413, f"At most {MAX_BODY} bytes.")
            return None
        body = self.rfile.read(length) if length else b""
        if len(body) < length:
            self.close_connection = True
            return None
        path, _, query = self.path.partition("?")
        return Request(
            method=self.command,
            path=unquote(path, errors="replace"),
            query=split_query(query),
            query_string=query,
            headers={name.lower(): value for name, value in self.headers.items()},
            body=body,
        )

    def _refuse(self, status: int, why: str) -> None:
        self.close_connection = True
        self._send(text_response(why, status))

    # -- sending -----------------------------------------------------------------------------

    def _head(self, response: Response, length: int | None) -> bytes:
        lines = [f"HTTP/1.1 {response.status} {REASONS.get(response.status, 'Unknown')}"]
        lines += [f"Date: {formatdate(usegmt=True)}", "Server: standin"]
        lines += ["X-Content-Type-Options: nosniff"]
        lines += [f"{name}: {value}" for name, value in response.headers]
        if length is None:
            self.close_connection = True
        elif response.status not in {204, 304}:
            lines.append(f"Content-Length: {length}")
        lines.append("Connection: close" if self.close_connection else "Connection: keep-alive")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")

    def _send(self, response: Response) -> None:
        bodyless = self.command == "HEAD" or response.status in {204, 304}
        if response.file is None:
            head = self._head(response, len(response.body))
            self.wfile.write(head if bodyless else head + response.body)
            return
        # Opened before the head is sent: a file that has gone must not break a promise.
        try:
            source = response.file.path.open("rb")
        except OSError:
            self._send(text_response("The file has gone.", 404))
            return
        with source:
            source.seek(response.file.start)
            self.wfile.write(self._head(response, response.file.length))
            left = 0 if bodyless else response.file.length
            while left > 0:
                block = source.read(min(_BLOCK, left))
                if not block:
                    self.close_connection = True
                    return
                self.wfile.write(block)
                left -= len(block)

    def _send_broken(self, response: Response, fault: Fault) -> None:
        if fault.delay:
            self.server.stopping.wait(fault.delay)
        if fault.never:
            self._hold()
            return
        if fault.close_after == -1:
            self._cut()
            return
        if fault.stream_mb is not None or fault.inflate_mb is not None:
            self._stream(response, fault)
            return
        if fault.dribble is None and fault.close_after is None:
            self._send(response)
            return
        body = _whole_body(response)
        sent = body if fault.close_after is None else body[: fault.close_after]
        self.wfile.write(self._head(response, len(body)))
        if fault.dribble is None:
            self.wfile.write(sent)
        else:
            self._dribble(sent, fault.dribble)
        if fault.close_after is not None:
            self._cut()

    def _hold(self) -> None:
        """Keep the connection open until the client closes it."""
        self.close_connection = True
        until = time.monotonic() + MAX_HOLD
        while time.monotonic() < until and not self.server.stopping.is_set():
            readable, _, _ = select.select([self.connection], [], [], 0.2)
            if readable and not self.connection.recv(1, socket.MSG_PEEK):
                return

    def _cut(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def _dribble(self, body: bytes, rate: float) -> None:
        step = max(1, int(rate // 20))
        for start in range(0, len(body), step):
            self.wfile.write(body[start : start + step])
            if self.server.stopping.wait(step / rate):
                return

    def _stream(self, response: Response, fault: Fault) -> None:
        if fault.stream_mb is not None:
            total = int(fault.stream_mb * 1_000_000)
            pieces, length = _large_json(total), total
            typed = response.with_headers(("Content-Type", "application/json"))
        else:
            packed = _packed_spaces(int((fault.inflate_mb or 0) * 1_000_000))
            pieces, length = iter((packed,)), len(packed)
            typed = response.with_headers(
                ("Content-Type", "application/json"), ("Content-Encoding", "gzip")
            )
        self.wfile.write(self._head(typed, length if fault.declare_length else None))
        for piece in pieces:
            if self.server.stopping.is_set():
                return
            self.wfile.write(piece)


def _whole_body(response: Response) -> bytes:
    if response.file is None:
        return response.body
    with response.file.path.open("rb") as source:
        source.seek(response.file.start)
        return source.read(response.file.length)


def _large_json(total: int) -> Iterator[bytes]:
    """Yield a valid JSON document of `total` bytes, at least 12."""
    start, end = b'{"items":["', b'"]}'
    yield start
    left = max(0, total - len(start) - len(end))
    block = b"a" * _BLOCK
    while left > 0:
        yield block[:left]
        left -= min(left, _BLOCK)
    yield end


def _packed_spaces(total: int) -> bytes:
    """Return gzip that inflates to `total` bytes of JSON: ``{}`` and spaces."""
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=6, mtime=0) as stream:
        stream.write(b"{}")
        block = b" " * (1024 * 1024)
        left = max(0, total - 2)
        while left > 0:
            stream.write(block[:left])
            left -= min(left, len(block))
    return packed.getvalue()
