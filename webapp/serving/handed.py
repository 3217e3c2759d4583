"""A waitress server that listens nowhere: its parent hands it connections that were accepted.

The parent (`webapp.serving.front`) writes one byte with one descriptor for each connection; the
server tells it how many it has taken in all and how many are open, whenever that has changed.
"""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Callable
from typing import Any

from waitress import wasyncore
from waitress.server import TcpWSGIServer

REPORT = struct.Struct("!QI")
"""Connections taken since the start, connections open now."""

_MOST_AT_ONCE = 16
_CLOSE_ON_EXEC = getattr(socket, "MSG_CMSG_CLOEXEC", 0)


class HandedServer(TcpWSGIServer):  # type: ignore[misc]
    """Serves the connections that come through one end of a pair of sockets.

    Parameters
    ----------
    application
        WSGI.
    end
        This process's end.
    address
        Host and port that the parent listens on, for the application's environment.
    adjustments
        waitress's settings.
    dispatcher
        waitress's threads.
    when_over
        Called when the parent hands out no more, or is gone.
    """

    def __init__(
        self,
        application: Any,
        end: socket.socket,
        *,
        address: tuple[str, int],
        adjustments: Any,
        dispatcher: Any,
        when_over: Callable[[], object],
    ) -> None:
        self._address = address
        self._when_over = when_over
        self._taken = 0
        self._reported = (-1, -1)
        super().__init__(
            application,
            {},
            True,
            end,
            dispatcher=dispatcher,
            adj=adjustments,
            bind_socket=False,
            sockinfo=(socket.AF_INET, socket.SOCK_STREAM, 0, address),
        )

    def getsockname(self) -> tuple[str, str]:
        """Return where the parent listens."""
        return self._address[0], str(self._address[1])

    def accept_connections(self) -> None:
        """Begin; the parent listens."""
        self.accepting = True

    def readable(self) -> bool:
        """Report what has changed since the last round; see waitress."""
        self._report()
        return bool(super().readable())

    def handle_accept(self) -> None:
        """Take connections that the parent has handed over."""
        for _ in range(_MOST_AT_ONCE):
            try:
                data, descriptors, _, _ = socket.recv_fds(self.socket, 1, 1, _CLOSE_ON_EXEC)
            except BlockingIOError:
                return
            except OSError:
                data, descriptors = b"", []
            if not data:
                # Only this socket: what is under way is still answered.
                wasyncore.dispatcher.close(self)
                self._when_over()
                return
            self._taken += 1
            # None where this process has too many files open: that connection is lost.
            for descriptor in descriptors:
                self._serve(descriptor)

    def _serve(self, descriptor: int) -> None:
        os.set_inheritable(descriptor, False)
        connection = socket.socket(fileno=descriptor)
        try:
            peer = connection.getpeername()
            self.set_socket_options(connection)
        except OSError:
            connection.close()  # the visitor has gone already
            return
        self.channel_class(self, connection, self.fix_addr(peer), self.adj, map=self._map)

    def _report(self) -> None:
        now = (self._taken, len(self.active_channels))
        if now == self._reported or self._fileno is None:
            return
        try:
            self.socket.send(REPORT.pack(*now))
        except OSError:
            return  # told with the next round
        self._reported = now
