"""Limits, offsets and the paging object."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

from standin.webapi.failures import bad_request
from standin.wire import Request

Item = TypeVar("Item")


def whole_number(request: Request, name: str, default: int, low: int, high: int | None) -> int:
    """Read a number from the query.

    Raises
    ------
    ApiError
        400, as Spotify words it, if it is no whole number or outside ``low … high``.
    """
    text = request.arg(name)
    if text is None:
        return default
    try:
        value = int(text)
    except ValueError:
        value = low - 1
    if value < low or (high is not None and value > high):
        raise bad_request(f"Invalid {name}")
    return value


def paging(
    href: str,
    request: Request,
    items: Sequence[Item],
    shape: Callable[[Item], Any],
    *,
    limit: int,
    offset: int,
) -> dict[str, Any]:
    """Return one page of `items`; `href` is the address without a query.

    ``next`` and ``previous`` are absolute and repeat the request's other parameters.
    """
    carried = {
        name: values[0]
        for name, values in request.query.items()
        if name not in {"limit", "offset"} and values[0]
    }

    def address(start: int) -> str:
        return f"{href}?{urlencode({**carried, 'offset': start, 'limit': limit})}"

    total = len(items)
    return {
        "href": address(offset),
        "items": [shape(item) for item in items[offset : offset + limit]],
        "limit": limit,
        "next": address(offset + limit) if limit and offset + limit < total else None,
        "offset": offset,
        "previous": address(max(0, offset - limit)) if limit and offset > 0 else None,
        "total": total,
    }
