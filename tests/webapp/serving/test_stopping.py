"""A server that is told to stop answers what it was asked, and then is gone."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable

import pytest

from tests.webapp.serving.small_servers import Running, ask, connect

Start = Callable[..., tuple[Running, int]]


def test_requests_under_way_are_answered(alone: Start) -> None:
    running, port = alone()
    slow = connect(port)
    slow.request("GET", "/slow")
    assert running.app.asked.acquire(timeout=5)
    running.stop.ask()
    time.sleep(0.1)
    running.app.go.set()
    assert slow.getresponse().read() == b"it"
    running.thread.join(5)
    assert not running.thread.is_alive()


def test_requests_that_wait_for_a_thread_are_answered_too(alone: Start) -> None:
    running, port = alone(threads=1)
    waiting = [connect(port) for _ in range(4)]
    for connection in waiting:
        connection.request("GET", "/slow")
    assert running.app.asked.acquire(timeout=5)
    running.stop.ask()
    running.app.go.set()
    assert [connection.getresponse().read() for connection in waiting] == [b"it"] * 4


def test_a_request_that_is_still_coming_in_is_answered(alone: Start) -> None:
    running, port = alone()
    with socket.create_connection(("127.0.0.1", port), timeout=10) as sender:
        sender.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nab")
        time.sleep(0.2)
        running.stop.ask()
        time.sleep(0.1)
        sender.sendall(b"cd")
        assert sender.recv(100).startswith(b"HTTP/1.1 200")


def test_a_connection_that_has_said_nothing_yet_may_still_say_it(alone: Start) -> None:
    running, port = alone()
    fresh = connect(port)
    running.stop.ask()
    time.sleep(0.1)
    assert ask(fresh) == "it"


def test_silent_connections_keep_nobody_waiting(alone: Start) -> None:
    running, port = alone()
    kept = connect(port)
    assert ask(kept) == "it"
    begun = time.monotonic()
    running.stop.ask()
    running.thread.join(5)
    assert time.monotonic() - begun < 1.0
    assert kept.sock is not None
    assert kept.sock.recv(1) == b""
    with pytest.raises(ConnectionRefusedError):
        connect(port)


def test_what_takes_too_long_is_cut_off(alone: Start) -> None:
    running, port = alone(finish_seconds=0.2)
    slow = connect(port)
    slow.request("GET", "/slow")
    assert running.app.asked.acquire(timeout=5)
    begun = time.monotonic()
    running.stop.ask()
    running.thread.join(5)
    assert time.monotonic() - begun < 2.0
    with pytest.raises((ConnectionError, OSError)):
        slow.getresponse()
