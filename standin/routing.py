"""Which handler answers which method and path."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

Handler = TypeVar("Handler")


@dataclass(frozen=True)
class Found(Generic[Handler]):
    """The handler of a path and the path's named parts."""

    handler: Handler
    parts: Mapping[str, str]


class Routes(Generic[Handler]):
    """A table of path patterns such as ``/v1/tracks/{id}``; a part never contains a slash."""

    def __init__(self) -> None:
        self._table: list[tuple[re.Pattern[str], dict[str, Handler]]] = []
        self._patterns: dict[str, dict[str, Handler]] = {}

    def add(self, method: str, pattern: str, handler: Handler) -> None:
        """Let `handler` answer `method` on `pattern`."""
        if pattern not in self._patterns:
            pieces = re.split(r"\{(\w+)\}", pattern)
            expression = "".join(
                f"(?P<{piece}>[^/]+)" if index % 2 else re.escape(piece)
                for index, piece in enumerate(pieces)
            )
            self._patterns[pattern] = {}
            self._table.append((re.compile(expression), self._patterns[pattern]))
        self._patterns[pattern][method] = handler

    def route(self, method: str, pattern: str) -> Callable[[Handler], Handler]:
        """Return a decorator that adds the decorated function."""

        def register(handler: Handler) -> Handler:
            self.add(method, pattern, handler)
            return handler

        return register

    def find(self, method: str, path: str) -> Found[Handler] | frozenset[str] | None:
        """Find a handler.

        Returns
        -------
        Found, frozenset or None
            The handler; the methods that the path does allow; or None for an unknown path.
            HEAD is answered by GET.
        """
        wanted = "GET" if method == "HEAD" else method
        allowed: set[str] = set()
        for expression, handlers in self._table:
            match = expression.fullmatch(path)
            if match is None:
                continue
            if wanted in handlers:
                return Found(handlers[wanted], match.groupdict())
            allowed.update(handlers)
        return frozenset(allowed) if allowed else None
