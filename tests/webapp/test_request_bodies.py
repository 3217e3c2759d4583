"""How large a request may be, while it comes in: real HTTP on loopback."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask, request
from waitress.server import create_server

from webapp.request_bodies import USUAL_BYTES, bound_bodies
from webapp.services.uploads.bounds import UploadBounds

BOUNDS = UploadBounds(3, 3_000_000, 10_000_000, 10_000_000, 60.0, 60.0)
FILE = f"/api/v1/uploads/{'a' * 32}"
COOKIE = {"Cookie": "other=1; __Host-sid=x"}
LATER = [0.0]
"""Seconds by which the server's clock is put forward."""
SERVERS: list[Any] = []


@pytest.fixture(scope="module")
def address() -> Iterator[tuple[str, int]]:
    app = Flask("bodies")

    @app.route("/<path:_path>", methods=["PUT", "POST"])
    def count(_path: str) -> str:
        return str(len(request.get_data()))

    listener = socket.create_server(("127.0.0.1", 0))
    server = create_server(app, sockets=[listener], threads=4, max_request_body_size=USUAL_BYTES)
    bound_bodies(server, BOUNDS, proxies=1, monotonic=lambda: time.monotonic() + LATER[0])
    SERVERS.append(server)
    threading.Thread(target=server.run, daemon=True).start()
    yield listener.getsockname()
    server.close()


def send(
    address: tuple[str, int], method: str, path: str, size: int, headers: dict[str, str]
) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(*address, timeout=10)
    try:
        connection.putrequest(method, path)
        for name, value in {**headers, "Content-Length": str(size)}.items():
            connection.putheader(name, value)
        connection.endheaders()
        try:
            for _ in range(0, size, 100_000):
                connection.send(bytes(min(100_000, size)))
        except (BrokenPipeError, ConnectionResetError):
            pass  # refused before the end
        answer = connection.getresponse()
        return answer.status, answer.read()
    except ConnectionResetError:
        return 413, b""
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("method", "path", "headers", "size", "status"),
    [
        ("PUT", FILE, COOKIE, 5_000_000, 200),
        ("PUT", f"{FILE}?name=x", COOKIE, 5_000_000, 200),
        ("POST", "/uploads/send", COOKIE, 8_000_000, 200),
        ("PUT", FILE, COOKIE, 12_000_000, 413),
        ("PUT", FILE, {}, 5_000_000, 413),
        ("POST", FILE, COOKIE, 5_000_000, 413),
        ("PUT", f"{FILE}/highlight", COOKIE, 5_000_000, 413),
        ("POST", "/seeds/paste", COOKIE, 5_000_000, 413),
        ("POST", "/seeds/paste", COOKIE, 500_000, 200),
    ],
)
def test_only_who_has_a_session_sends_much_and_only_where_files_are_brought(
    address: tuple[str, int],
    method: str,
    path: str,
    headers: dict[str, str],
    size: int,
    status: int,
) -> None:
    answered, body = send(address, method, path, size, headers)
    assert answered == status
    if status == 200:
        assert int(body) == size


def test_without_a_stated_length_what_comes_is_counted(address: tuple[str, int]) -> None:
    def chunks(number: int) -> Iterator[bytes]:
        yield from (bytes(500_000) for _ in range(number))

    for number, expected in ((4, 200), (40, 413)):
        connection = http.client.HTTPConnection(*address, timeout=10)
        try:
            connection.request("PUT", FILE, chunks(number), COOKIE, encode_chunked=True)
            status = connection.getresponse().status
        except (BrokenPipeError, ConnectionResetError):
            status = 413
        finally:
            connection.close()
        assert status == expected


def begin(address: tuple[str, int], sender: str, size: int = 9_000_000) -> socket.socket:
    """Announce a file from an address behind the proxy, and send none of it."""
    connection = socket.create_connection(address, timeout=10)
    head = f"PUT {FILE} HTTP/1.1\r\nHost: x\r\nCookie: __Host-sid=x\r\n"
    named = f"X-Forwarded-For: 203.0.113.77, {sender}\r\n"
    connection.sendall(f"{head}{named}Content-Length: {size}\r\n\r\n".encode())
    return connection


def wait_until_read(size: int) -> None:
    """Wait until the server has read so much of a body."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        under_way = [one.request for one in list(SERVERS[-1].active_channels.values())]
        if any(one is not None and one.body_bytes_received >= size for one in under_way):
            return
        time.sleep(0.002)
    raise AssertionError("the server has not read what was sent")


def test_too_many_at_once_are_told_to_wait(address: tuple[str, int]) -> None:
    opened = []
    try:
        for number in range(10):
            opened.append(begin(address, f"192.0.2.{number}"))
        answer = opened[-1].recv(200)
        assert answer.startswith(b"HTTP/1.1 503")
    finally:
        for connection in opened:
            connection.close()
    # Who went away makes room again.
    for _ in range(50):
        status, _body = send(address, "PUT", FILE, 3_000_000, COOKIE)
        if status == 200:
            break
    assert status == 200


@pytest.mark.parametrize(
    "senders",
    [("192.0.2.1",) * 3, ("2001:db8:0:7::1", "2001:db8:0:7::2", "2001:db8:0:7:ffff::3")],
    ids=["one address", "one network of IPv6"],
)
def test_one_sender_does_not_keep_the_others_out(
    address: tuple[str, int], senders: tuple[str, ...]
) -> None:
    opened = []
    try:
        for sender in senders:
            opened.append(begin(address, sender))
        assert opened[-1].recv(200).startswith(b"HTTP/1.1 503")
        other = {**COOKIE, "X-Forwarded-For": "203.0.113.77, 198.51.100.1"}
        assert send(address, "PUT", FILE, 5_000_000, other)[0] == 200
    finally:
        for connection in opened:
            connection.close()


@pytest.mark.parametrize(("sent", "status"), [(500_000, b"408"), (1_500_000, b"200")])
def test_a_file_that_only_dribbles_in_is_ended(
    address: tuple[str, int], sent: int, status: bytes
) -> None:
    connection = begin(address, "192.0.2.50", 3_000_000)
    try:
        connection.sendall(bytes(sent))
        wait_until_read(sent)
        LATER[0] = 61.0
        connection.sendall(bytes(1))
        if status == b"200":
            wait_until_read(sent + 1)
            LATER[0] = 0.0
            connection.sendall(bytes(3_000_000 - sent - 1))
        assert connection.recv(200).startswith(b"HTTP/1.1 " + status)
    finally:
        LATER[0] = 0.0
        connection.close()
