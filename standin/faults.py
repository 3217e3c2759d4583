"""What a test wants to go wrong, and when."""

from __future__ import annotations

import json
import threading
from dataclasses import asdict, dataclass, field, fields
from fnmatch import fnmatchcase
from typing import Any

from standin.wire import JSON, Response

DEFAULT_MESSAGES = {
    401: "Missing/invalid/expired access token",
    403: "Forbidden",
    404: "Resource not found",
    429: "Too many requests",
    500: "Server error.",
    502: "Bad gateway.",
    503: "Service temporarily unavailable.",
    504: "Gateway timeout.",
}
_MAX_MB = 1024


@dataclass(frozen=True)
class Fault:
    """One scripted fault.

    Attributes
    ----------
    method, path
        Which requests: ``*`` and shell wildcards; the path without its query.
    count
        How many requests it strikes; None for all.
    after
        How many matching requests pass unharmed first.
    person
        Only requests with this person's token.
    status, headers, json, html, text
        The answer instead of the real one. Without a body, an error in the usual shape is made.
    retry_after
        Adds ``Retry-After`` (s).
    reason
        Adds a reason to the error, such as ``QUOTA_EXCEEDED``.
    apply
        Whether the request has its effect all the same. Default: yes if the answer's content is
        left alone (``delay``, ``dribble``, ``close_after``), else no.
    delay
        Seconds between the effect and the answer.
    dribble
        Bytes of the body per second.
    close_after
        Close the connection after so many bytes of the body; -1: before the status line.
    never
        Do not answer; the connection stays open until the client gives up.
    stream_mb
        Answer with a JSON body of so many megabytes.
    inflate_mb
        Answer with a gzip body that inflates to so many megabytes.
    declare_length
        Whether a streamed body is announced with ``Content-Length``.
    """

    method: str
    path: str
    count: int | None = 1
    after: int = 0
    person: str | None = None
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    json: Any = None
    html: str | None = None
    text: str | None = None
    retry_after: int | None = None
    reason: str | None = None
    apply: bool | None = None
    delay: float = 0.0
    dribble: float | None = None
    close_after: int | None = None
    never: bool = False
    stream_mb: float | None = None
    inflate_mb: float | None = None
    declare_length: bool = True

    @property
    def replaces(self) -> bool:
        """Whether the answer's content is not the real one."""
        bodies = (self.json, self.html, self.text, self.stream_mb, self.inflate_mb)
        return self.status is not None or any(body is not None for body in bodies)

    @property
    def applies(self) -> bool:
        """Whether the request has its effect."""
        return self.apply if self.apply is not None else not (self.replaces or self.never)

    def answer(self, path: str, real: Response | None) -> Response:
        """Return what is sent: `real` (None if nothing was done) or what takes its place."""
        plain = self._own_answer(path) if self.replaces else (real or Response(200))
        extra = dict(self.headers)
        if self.retry_after is not None:
            extra.setdefault("Retry-After", str(self.retry_after))
        names = {name.lower() for name in extra}
        kept = tuple(item for item in plain.headers if item[0].lower() not in names)
        return Response(plain.status, plain.body, (*kept, *extra.items()), plain.file)

    def _own_answer(self, path: str) -> Response:
        status = self.status if self.status is not None else 200
        if self.html is not None:
            return _typed(status, "text/html; charset=utf-8", self.html)
        if self.text is not None:
            return _typed(status, "text/plain; charset=utf-8", self.text)
        if self.json is not None:
            return _typed(status, JSON, json.dumps(self.json))
        if status in {204, 304} or status < 400:
            return Response(status)
        message = DEFAULT_MESSAGES.get(status, "Error")
        if path.startswith("/api/"):
            name = "server_error" if status >= 500 else "invalid_request"
            return _typed(status, JSON, json.dumps({"error": name, "error_description": message}))
        error: dict[str, Any] = {"status": status, "message": message}
        if self.reason is not None:
            error["reason"] = self.reason
        made = _typed(status, JSON, json.dumps({"error": error}))
        if status != 401:
            return made
        return made.with_headers(
            ("WWW-Authenticate", 'Bearer realm="spotify", error="invalid_token"')
        )


def _typed(status: int, kind: str, body: str) -> Response:
    return Response(status, body.encode(), (("Content-Type", kind),))


def parse_fault(plain: dict[str, Any]) -> Fault:
    """Make a fault from JSON.

    Raises
    ------
    ValueError
        Naming the field that does not fit.
    """
    known = {item.name for item in fields(Fault)}
    unknown = sorted(set(plain) - known)
    if unknown:
        raise ValueError(f"a fault has no {unknown[0]!r}; it has {', '.join(sorted(known))}")
    for name, fits, kind in _RULES:
        value = plain.get(name)
        if value is not None and not fits(value):
            raise ValueError(f"{name} must be {kind}, not {value!r}")
    if not plain.get("method") or not plain.get("path"):
        raise ValueError("a fault needs a method and a path")
    return Fault(**plain)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < 1e6


def _is_count(value: object) -> bool:
    return type(value) is int and value >= 0


_RULES = (
    *((name, _is_text, "text") for name in ("method", "path", "person", "html", "text", "reason")),
    *((name, _is_count, "a whole number") for name in ("count", "after", "retry_after")),
    *(
        (name, lambda value: isinstance(value, bool), "true or false")
        for name in ("apply", "never", "declare_length")
    ),
    ("status", lambda value: type(value) is int and 200 <= value <= 599, "200 to 599"),
    ("delay", _is_number, "seconds"),
    ("dribble", lambda value: _is_number(value) and value > 0, "bytes per second"),
    ("close_after", lambda value: type(value) is int and value >= -1, "a number of bytes, or -1"),
    *(
        (name, lambda value: _is_number(value) and value <= _MAX_MB, f"megabytes, up to {_MAX_MB}")
        for name in ("stream_mb", "inflate_mb")
    ),
    (
        "headers",
        lambda value: (
            isinstance(value, dict)
            and all(_is_header(name) and _is_header(text) for name, text in value.items())
        ),
        "an object of header names and values",
    ),
)


def _is_header(value: object) -> bool:
    return isinstance(value, str) and value.isprintable() and value.isascii()


@dataclass
class _Waiting:
    fault: Fault
    number: int
    seen: int = 0
    struck: int = 0


class Faults:
    """The scripted faults, oldest first; the first that matches strikes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[_Waiting] = []
        self._next = 1

    def add(self, fault: Fault) -> int:
        """Script a fault and return its number."""
        with self._lock:
            number, self._next = self._next, self._next + 1
            self._waiting.append(_Waiting(fault, number))
            return number

    def clear(self) -> None:
        """Drop all of them."""
        with self._lock:
            self._waiting.clear()

    def take(self, method: str, path: str, person: str | None) -> tuple[int, Fault] | None:
        """Return the fault that strikes this request, and its number; count it."""
        with self._lock:
            for waiting in self._waiting:
                fault = waiting.fault
                if not matches(fault.method, fault.path, method, path):
                    continue
                if fault.person is not None and fault.person != person:
                    continue
                waiting.seen += 1
                if waiting.seen <= fault.after:
                    continue
                if fault.count is not None and waiting.struck >= fault.count:
                    continue
                waiting.struck += 1
                return waiting.number, fault
        return None

    def listed(self) -> list[dict[str, Any]]:
        """Return the faults that can still strike, as plain values with ``number``, ``struck``."""
        with self._lock:
            return [
                {**asdict(w.fault), "number": w.number, "struck": w.struck}
                for w in self._waiting
                if w.fault.count is None or w.struck < w.fault.count
            ]


def matches(wanted_method: str, wanted_path: str, method: str, path: str) -> bool:
    """Tell whether a request fits a method and path with shell wildcards."""
    return fnmatchcase(method, wanted_method.upper()) and fnmatchcase(path, wanted_path)
