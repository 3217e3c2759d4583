"""Small servers of the real kind: waitress over sockets of loopback, each in a thread."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from waitress.adjustments import Adjustments
from waitress.server import create_server
from waitress.task import ThreadedTaskDispatcher

from webapp.serving.address import listen
from webapp.serving.front import Front
from webapp.serving.handed import HandedServer
from webapp.serving.stopping import Stop, run_until_stopped


class Answering:
    """A WSGI application that says its name, at once or when it is let go."""

    def __init__(self, name: str = "it") -> None:
        self.name = name
        self.asked = threading.Semaphore(0)
        self.go = threading.Event()

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
        self.asked.release()
        if environ["PATH_INFO"] == "/slow":
            self.go.wait(10)
        body = self.name.encode()
        start("200 OK", [("Content-Length", str(len(body)))])
        return [body]


class Running:
    """A server in a thread, until it is told to stop."""

    def __init__(self, server: Any, stop: Stop, app: Answering, finish_seconds: float) -> None:
        self.server, self.stop, self.app = server, stop, app
        self.thread = threading.Thread(
            target=run_until_stopped,
            args=(server, stop),
            kwargs={"finish_seconds": finish_seconds},
        )
        self.thread.start()

    def end(self) -> None:
        self.app.go.set()
        self.stop.ask()
        self.thread.join(10)
        assert not self.thread.is_alive()


class Fronted:
    """A front in a thread, and the servers behind it."""

    def __init__(self) -> None:
        (listener,) = listen("127.0.0.1", 0)
        self.port = int(listener.getsockname()[1])
        self.front = Front([listener])
        self.servers: list[Running] = []
        self._over = threading.Event()
        self._orders: list[Callable[[], object]] = []
        self._thread = threading.Thread(target=self._turn)
        self._thread.start()

    def _turn(self) -> None:
        while not self._over.is_set():
            self.front.turn(0.01)
            while self._orders:
                self._orders.pop(0)()

    def do(self, order: Callable[[], Any]) -> Any:
        """Let the front's own thread do something; return what comes of it."""
        done = threading.Event()
        found: list[Any] = []

        def run() -> None:
            found.append(order())
            done.set()

        self._orders.append(run)
        assert done.wait(5)
        return found[0]

    def end_for(self, name: str) -> socket.socket:
        end: socket.socket = self.do(lambda: self.front.new_end(name))
        return end

    def add(self, name: str) -> Running:
        app, stop = Answering(name), Stop()
        dispatcher = ThreadedTaskDispatcher()
        dispatcher.set_thread_count(4)
        server = HandedServer(
            app,
            self.end_for(name),
            address=("127.0.0.1", self.port),
            adjustments=Adjustments(host="127.0.0.1", port=self.port, ident=None),
            dispatcher=dispatcher,
            when_over=stop.ask,
        )
        self.servers.append(Running(server, stop, app, 5.0))
        return self.servers[-1]

    def close(self) -> None:
        self._over.set()
        self._thread.join(5)
        for server in self.servers:
            server.end()
        self.front.close()


def connect(port: int) -> http.client.HTTPConnection:
    """Return a kept connection."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.connect()
    return connection


def ask(connection: http.client.HTTPConnection, path: str = "/") -> str:
    """Return what answers."""
    connection.request("GET", path)
    return connection.getresponse().read().decode()


@pytest.fixture
def fronted() -> Iterator[Fronted]:
    """Return a front without servers yet."""
    one = Fronted()
    yield one
    one.close()


@pytest.fixture
def alone() -> Iterator[Callable[..., tuple[Running, int]]]:
    """Start servers that listen themselves."""
    started: list[Running] = []

    def start(threads: int = 4, finish_seconds: float = 5.0) -> tuple[Running, int]:
        app = Answering()
        listener = socket.create_server(("127.0.0.1", 0))
        server = create_server(app, sockets=[listener], threads=threads, ident=None)
        started.append(Running(server, Stop(), app, finish_seconds))
        return started[-1], int(listener.getsockname()[1])

    yield start
    for running in started:
        running.end()
