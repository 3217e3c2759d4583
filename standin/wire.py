"""Requests and responses as plain values, apart from the sockets that carry them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

JSON = "application/json; charset=utf-8"


@dataclass(frozen=True)
class Request:
    """One HTTP request, body read.

    Attributes
    ----------
    method, path
        The verb and the decoded path, without the query.
    query
        Every value of every query parameter, in order.
    headers
        Names in lower case.
    """

    method: str
    path: str
    query: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    query_string: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def arg(self, name: str) -> str | None:
        """Return the first value of a query parameter, or None."""
        values = self.query.get(name)
        return values[0] if values else None

    def form(self) -> dict[str, str]:
        """Return the form-encoded body's first values; empty for another content type."""
        kind = self.headers.get("content-type", "").split(";")[0].strip().lower()
        if kind != "application/x-www-form-urlencoded":
            return {}
        return first_values(self.body.decode("utf-8", "replace"))

    def json(self) -> Any:
        """Return the body as JSON; None for an empty body.

        Raises
        ------
        ValueError
            If the body is no UTF-8 JSON.
        """
        if not self.body:
            return None
        return json.loads(self.body.decode("utf-8"))


@dataclass(frozen=True)
class FileBody:
    """A part of a file as the body: `length` bytes from `start`."""

    path: Path
    start: int
    length: int


@dataclass(frozen=True)
class Response:
    """One HTTP response; `file` takes the place of `body` where it is set."""

    status: int = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    file: FileBody | None = None

    def with_headers(self, *more: tuple[str, str]) -> Response:
        """Return the same response with further headers."""
        return Response(self.status, self.body, (*self.headers, *more), self.file)


def first_values(encoded: str) -> dict[str, str]:
    """Parse form encoding, keeping the first value of each name."""
    return {name: values[0] for name, values in split_query(encoded).items()}


def split_query(encoded: str) -> dict[str, tuple[str, ...]]:
    """Parse a query string; more than 1000 fields count as none."""
    try:
        parsed = parse_qs(encoded, keep_blank_values=True, max_num_fields=1000)
    except ValueError:
        return {}
    return {name: tuple(values) for name, values in parsed.items()}


def json_response(value: Any, status: int = 200, *headers: tuple[str, str]) -> Response:
    """Answer with JSON."""
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(status, body, (("Content-Type", JSON), *headers))


def text_response(text: str, status: int = 200, *headers: tuple[str, str]) -> Response:
    """Answer with plain text."""
    return Response(
        status, text.encode(), (("Content-Type", "text/plain; charset=utf-8"), *headers)
    )


def empty_response(status: int, *headers: tuple[str, str]) -> Response:
    """Answer without a body."""
    return Response(status, b"", headers)
