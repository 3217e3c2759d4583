"""Which requests came, so that a test can count them."""

from __future__ import annotations

import threading
from collections import deque
from typing import Any

from standin.faults import matches
from standin.wire import Request

KEPT = 2000
_BODY_BYTES = 8192


class RequestLog:
    """The last `KEPT` requests, and counts of all of them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: deque[dict[str, Any]] = deque(maxlen=KEPT)
        self._counts: dict[tuple[str, str], int] = {}

    def begin(self, request: Request, person: str | None, at: float) -> dict[str, Any]:
        """Enter a request as it arrives; `finish` adds the outcome."""
        entry: dict[str, Any] = {
            "method": request.method,
            "path": request.path,
            "query": {name: list(values) for name, values in request.query.items()},
            "body": request.body[:_BODY_BYTES].decode("utf-8", "replace"),
            "person": person,
            "at": at,
            "status": None,
            "fault": None,
        }
        key = (request.method, request.path)
        with self._lock:
            self._entries.append(entry)
            self._counts[key] = self._counts.get(key, 0) + 1
        return entry

    def finish(self, entry: dict[str, Any], status: int | None, fault: int | None) -> None:
        """Add the status sent (None where nothing was) and the number of the fault."""
        with self._lock:
            entry["status"], entry["fault"] = status, fault

    def count(self, method: str, path: str) -> int:
        """Count the requests that match."""
        with self._lock:
            return sum(
                number for key, number in self._counts.items() if matches(method, path, *key)
            )

    def counts(self) -> dict[str, int]:
        """Return the count per ``METHOD path``."""
        with self._lock:
            return {f"{method} {path}": n for (method, path), n in sorted(self._counts.items())}

    def listed(self, method: str, path: str) -> list[dict[str, Any]]:
        """Return the matching requests, oldest first."""
        with self._lock:
            return [
                dict(entry)
                for entry in self._entries
                if matches(method, path, entry["method"], entry["path"])
            ]

    def clear(self) -> None:
        """Forget all of them."""
        with self._lock:
            self._entries.clear()
            self._counts.clear()
