"""How many requests of a process compute at a time.

Python runs one thread at a time, and gives each some milliseconds in turn. Sixteen requests that
all compute get slower together, those that only read a row as well, which has to come back for its
turn after each of its questions to the database; and one of them may hold the database meanwhile.
Two at a time, the others in line, end earlier, all of them. Who waits for somebody else (Spotify)
gives the turn away as long.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

AT_ONCE = 2
PATIENCE = 2.0
"""Seconds in line; then a request goes on beside the others, so that none can block the process."""

_HELD = threading.local()


class Turns:
    """A WSGI application whose requests take turns.

    Parameters
    ----------
    application
        WSGI. Only the call is a turn: what is streamed afterwards waits for the visitor.
    at_once, patience
        See `AT_ONCE`, `PATIENCE`.
    """

    def __init__(
        self, application: Any, *, at_once: int = AT_ONCE, patience: float = PATIENCE
    ) -> None:
        self._application = application
        self._places = threading.Semaphore(at_once)
        self._patience = patience

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Answer a request when it is its turn."""
        self.take()
        _HELD.turns = self
        try:
            answer: Iterable[bytes] = self._application(environ, start_response)
            return answer
        finally:
            _HELD.turns = None
            self.give()

    def take(self) -> None:
        """Wait for a turn of this thread."""
        _HELD.there = self._places.acquire(timeout=self._patience)

    def give(self) -> None:
        """Let the next one have it."""
        if _HELD.there:
            _HELD.there = False
            self._places.release()


@contextmanager
def aside() -> Iterator[None]:
    """Let others have this request's turn while it waits; nothing where it has none."""
    turns: Turns | None = getattr(_HELD, "turns", None)
    if turns is None or not _HELD.there:
        yield
        return
    turns.give()
    try:
        yield
    finally:
        turns.take()
