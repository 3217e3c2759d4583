"""How the Web API says no."""

from __future__ import annotations

from typing import Any

from standin.wire import Response, json_response, text_response

TOKEN_MESSAGE = "Missing/invalid/expired access token"  # noqa: S105


class ApiError(Exception):
    """An answer of the Web API other than success.

    Parameters
    ----------
    response
        What is sent.
    """

    def __init__(self, response: Response) -> None:
        super().__init__(f"{response.status}")
        self.response = response


def api_error(
    status: int, message: str, *headers: tuple[str, str], reason: str | None = None
) -> ApiError:
    """Return the usual error: ``{"error": {"status", "message", "reason"?}}``."""
    error: dict[str, Any] = {"status": status, "message": message}
    if reason is not None:
        error["reason"] = reason
    return ApiError(json_response({"error": error}, status, *headers))


def bad_request(message: str) -> ApiError:
    """400: the request breaks a rule."""
    return api_error(400, message)


def forbidden(message: str = "Forbidden") -> ApiError:
    """403: also what removed endpoints and other people's playlists answer."""
    return api_error(403, message)


def not_found(message: str = "Resource not found") -> ApiError:
    """404."""
    return api_error(404, message)


def bad_token(kind: str) -> ApiError:
    """401; only the header tells a missing token from an invalid one."""
    return api_error(
        401, TOKEN_MESSAGE, ("WWW-Authenticate", f'Bearer realm="spotify", error="{kind}"')
    )


def not_registered() -> ApiError:
    """403 for somebody who is not on the app's user list: plain text, not JSON."""
    return ApiError(text_response("User not registered in the Developer Dashboard", 403))


def too_many(retry_after: int, *, quota: bool) -> ApiError:
    """429 of either kind: the rolling rate limit, or the developer account's quota."""
    return api_error(
        429,
        "Too many requests" if quota else "API rate limit exceeded",
        ("Retry-After", str(retry_after)),
        reason="QUOTA_EXCEEDED" if quota else None,
    )
