"""The front of several servers: it alone listens, and hands each connection to the least busy one.

Processes that accept from one shared socket get very unequal shares of kept connections (whoever
looked last is woken first), and sockets of their own (SO_REUSEPORT) lose what waits in the queue of
one that dies, and are not balanced on macOS. Handing over costs one message per connection, not per
request. The parent holds each connection until its server has said that it has it, so that one that
dies before loses nothing.
"""

from __future__ import annotations

import contextlib
import logging
import selectors
import socket
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from webapp.serving.handed import REPORT

log = logging.getLogger(__name__)

MOST_CONNECTIONS = 950
"""Of one server; its own limit is a little higher."""
MOST_UNCLAIMED = 200
"""That a server may leave untaken; each is a file that this process has open."""
_LONGEST_UNCLAIMED = 0.3
"""A server that has not taken a connection after so many seconds is busy or stuck."""
_MOST_AT_ONCE = 64
_CONNECTION = b"c"


@dataclass
class _Handed:
    """A connection on its way to a server."""

    connection: socket.socket
    at: float


@dataclass(eq=False)
class _End:
    """The parent's end of the way to one server."""

    name: str
    socket: socket.socket
    ready: bool = False
    taken: int = 0
    open: int = 0
    turn: int = 0
    read: bytes = b""
    unclaimed: deque[_Handed] = field(default_factory=deque)

    @property
    def load(self) -> int:
        return self.open + len(self.unclaimed)

    def slow(self, now: float) -> bool:
        """Return whether it does not take what it is given."""
        return bool(self.unclaimed) and now - self.unclaimed[0].at > _LONGEST_UNCLAIMED


class Front:
    """Hands connections out. To be used from one thread.

    Parameters
    ----------
    listeners
        Listening already; connections wait in the system until a server is there.
    """

    def __init__(self, listeners: Sequence[socket.socket]) -> None:
        self._listeners = tuple(listeners)
        self._selector = selectors.DefaultSelector()
        self._ends: list[_End] = []
        self._homeless: deque[socket.socket] = deque()
        self._accepting = False
        self._turn = 0
        for listener in self._listeners:
            listener.setblocking(False)

    @property
    def answers(self) -> bool:
        """Whether at least one server is there."""
        return any(end.ready for end in self._ends)

    def loads(self) -> dict[str, int]:
        """Return how many connections each server has."""
        return {end.name: end.load for end in self._ends}

    def new_end(self, name: str) -> socket.socket:
        """Return the end that a server about to be started inherits; the caller closes it."""
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        end = _End(name, ours)
        self._ends.append(end)
        self._selector.register(ours, selectors.EVENT_READ, end)
        return theirs

    def turn(self, seconds: float) -> None:
        """Wait at most so long for something to do, and do it."""
        for key, _ in self._selector.select(seconds):
            if isinstance(key.data, _End):
                self._hear(key.data)
            else:
                self._accept(key.fileobj)  # type: ignore[arg-type]
        while self._homeless and self._hand(self._homeless[0]):
            self._homeless.popleft()
        self._open_or_shut()

    def finish(self) -> None:
        """Hand out what was connected before the end, listen no more, and tell the servers so."""
        for listener in self._listeners:
            if self._accepting:
                while self._accept(listener):
                    pass
                self._selector.unregister(listener)
            listener.close()
        self._listeners = ()
        self._accepting = False
        while self._homeless:
            connection = self._homeless.popleft()
            if not self._hand(connection):
                connection.close()
        for end in self._ends:
            with contextlib.suppress(OSError):
                end.socket.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """Let go of everything."""
        for listener in self._listeners:
            listener.close()
        for end in list(self._ends):
            self._drop(end)
        for connection in self._homeless:
            connection.close()
        self._homeless.clear()
        self._selector.close()

    def _open_or_shut(self) -> None:
        """Listen while there is somebody to hand connections to; else they wait in the system."""
        room = not self._homeless and any(self._fit(end) for end in self._ends)
        if room and not self._accepting:
            for listener in self._listeners:
                self._selector.register(listener, selectors.EVENT_READ)
        elif self._accepting and not room:
            for listener in self._listeners:
                self._selector.unregister(listener)
            log.info("no server has room: connections wait")
        self._accepting = room

    def _accept(self, listener: socket.socket) -> bool:
        """Accept what waits; return whether there may be more."""
        for _ in range(_MOST_AT_ONCE):
            try:
                connection, _peer = listener.accept()
            except OSError:  # nobody waits, or went away, or there are too many open files
                return False
            connection.setblocking(False)
            if not self._hand(connection):
                self._homeless.append(connection)
                return False
        return True

    def _fit(self, end: _End) -> bool:
        return end.ready and end.load < MOST_CONNECTIONS and len(end.unclaimed) < MOST_UNCLAIMED

    def _hand(self, connection: socket.socket) -> bool:
        """Give a connection to the server with the fewest; return whether one took it."""
        now = time.monotonic()
        fit = [end for end in self._ends if self._fit(end)]
        for end in sorted(fit, key=lambda one: (one.slow(now), one.load, one.turn)):
            try:
                socket.send_fds(end.socket, [_CONNECTION], [connection.fileno()])
            except BlockingIOError:
                continue
            except OSError:
                self._drop(end)
                continue
            self._turn += 1
            end.turn = self._turn
            end.unclaimed.append(_Handed(connection, now))
            return True
        return False

    def _hear(self, end: _End) -> None:
        """Read what a server reports."""
        try:
            data = end.socket.recv(4096)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._drop(end)
            return
        end.read += data
        whole = len(end.read) // REPORT.size * REPORT.size
        if not whole:
            return
        taken, end.open = REPORT.unpack(end.read[whole - REPORT.size : whole])
        end.read = end.read[whole:]
        end.ready = True
        while end.taken < taken and end.unclaimed:
            end.unclaimed.popleft().connection.close()
            end.taken += 1

    def _drop(self, end: _End) -> None:
        """Forget a server that is gone; what it has not taken goes to the others."""
        if end not in self._ends:
            return
        self._ends.remove(end)
        self._selector.unregister(end.socket)
        end.socket.close()
        self._homeless.extend(handed.connection for handed in end.unclaimed)
        end.unclaimed.clear()
