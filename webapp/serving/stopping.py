"""Running a waitress server until a signal, and finishing what is under way then.

waitress's own way out cancels requests that wait for a thread and drops what has not been sent yet.
Here the server takes no more connections, answers what has been asked, closes connections that are
silent, and gives up after some seconds.
"""

from __future__ import annotations

import select
import signal
import socket
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.server import BaseWSGIServer

FINISH_SECONDS = 5.0
"""How long requests under way may take once the server is told to stop."""
NEWCOMER_SECONDS = 1.0
"""How long a connection that has said nothing yet may take to say something."""
_ROUND_SECONDS = 1.0
_QUICK_ROUND_SECONDS = 0.02
_MOST_WAITING = 4096


class Stop:
    """Whether it is time to end; a plain flag, because a signal handler must not take locks."""

    def __init__(self) -> None:
        self.asked = False
        self._wake: Callable[[], object] | None = None
        self._then: tuple[Callable[[], object], ...] = ()

    def on_signals(self) -> None:
        """Ask at SIGTERM and SIGINT. To be called in the main thread."""

        def handle(_number: int, _frame: FrameType | None) -> None:
            self.ask()

        signal.signal(signal.SIGTERM, handle)
        signal.signal(signal.SIGINT, handle)

    def ask(self) -> None:
        """Ask for the end, and rouse whoever waits."""
        self.asked = True
        if self._wake is not None:
            self._wake()

    def on_asked(self, *then: Callable[[], object]) -> None:
        """Call these, outside of the signal handler, before what is under way is finished."""
        self._then = then

    def begin(self) -> None:
        """Do what was to be done first once the end is asked for."""
        for then in self._then:
            then()
        self._then = ()

    def rouses(self, wake: Callable[[], object]) -> None:
        """Call `wake` when the end is asked for; it must not take locks."""
        self._wake = wake


def run_until_stopped(server: Any, stop: Stop, *, finish_seconds: float = FINISH_SECONDS) -> None:
    """Serve until `stop` is asked for, then finish what is under way and close everything.

    Parameters
    ----------
    server
        From `waitress.server.create_server`, or a `webapp.serving.handed.HandedServer`.
    stop
        Looked at after each round.
    finish_seconds
        For requests under way; what takes longer is cut off.
    """
    sockets = _sockets(server)
    listeners = [one for one in sockets.values() if isinstance(one, BaseWSGIServer)]
    stop.rouses(listeners[0].pull_trigger)
    while not stop.asked:
        wasyncore.loop(timeout=_ROUND_SECONDS, use_poll=True, map=sockets, count=1)
    try:
        for listener in listeners:
            _take_the_last(listener)
        stop.begin()
        _finish(sockets, time.monotonic() + finish_seconds)
    finally:
        stop.rouses(lambda: None)
        server.task_dispatcher.shutdown(timeout=0.5)
        wasyncore.close_all(sockets, ignore_all=True)


def _sockets(server: Any) -> dict[int, Any]:
    """Return waitress's table of sockets; several listeners share one."""
    found: dict[int, Any] = server.map if hasattr(server, "map") else server._map
    return found


def _take_the_last(listener: Any) -> None:
    """Take connections that were made before the end, and then no more."""
    poll = select.poll()
    if listener._fileno is not None:
        poll.register(listener._fileno, select.POLLIN)
    for _ in range(_MOST_WAITING):
        if listener._fileno is None or not poll.poll(0):
            break
        listener.handle_accept()
    if listener._fileno is not None:
        # Only the socket: the trigger is still needed by the threads that answer.
        wasyncore.dispatcher.close(listener)


def _finish(sockets: dict[int, Any], deadline: float) -> None:
    newcomers_until = time.monotonic() + NEWCOMER_SECONDS
    while True:
        channels = [one for one in list(sockets.values()) if isinstance(one, HTTPChannel)]
        now = time.monotonic()
        if not channels or now >= deadline:
            return
        for channel in channels:
            newcomer = channel.last_activity == channel.creation_time
            if not _under_way(channel) and (not newcomer or now >= newcomers_until):
                _close_if_silent(channel)
        wasyncore.loop(timeout=_QUICK_ROUND_SECONDS, use_poll=True, map=sockets, count=1)


def _under_way(channel: Any) -> bool:
    return bool(
        channel.requests
        or channel.request is not None
        or channel.total_outbufs_len
        or channel.close_when_flushed
    )


def _close_if_silent(channel: Any) -> None:
    """Close a kept connection, unless a request has just come in on it."""
    try:
        channel.socket.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        channel.handle_close()
    except OSError:
        channel.handle_close()
