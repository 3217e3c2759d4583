"""The one way out to Spotify: bounded in time and size, to its own hosts only, JSON or nothing.

requests alone does none of this: its timeout is per read, it follows redirects, inflates what it is
sent, takes proxies and passwords from the environment, and keeps cookies.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import BaseAdapter
from urllib3.exceptions import HTTPError as Urllib3Error

from hooklist_errors import HooklistError
from webapp.request_turns import aside
from webapp.spotify.config import SpotifyConfig
from webapp.spotify.deadline import Deadline
from webapp.spotify.errors import (
    SpotifyAppInvalid,
    SpotifyTimeout,
    SpotifyUnavailable,
    SpotifyUnreadable,
)
from webapp.spotify.sockets import DeadlineAdapter, bounded_by

_PIECE = 16_384
_LOOKED_AT = 20_000
_LATER = "try again in a minute"


@dataclass(frozen=True, slots=True)
class Origin:
    """Scheme, host and port."""

    scheme: str
    host: str
    port: int

    @classmethod
    def of(cls, url: str) -> Origin:
        """Return the origin of `url`; an empty host if it has none that can be read."""
        try:
            parts = urlsplit(url)
            port = parts.port or {"http": 80, "https": 443}.get(parts.scheme, 0)
        except ValueError:
            return cls("", "", 0)
        if parts.username is not None or parts.password is not None:
            return cls("", "", 0)
        return cls(parts.scheme, (parts.hostname or "").lower(), port)


class Transport:
    """Connections to Spotify's hosts, shared by all calls of this process.

    Parameters
    ----------
    config
        Hosts and bounds.
    connections
        Kept open at most, per host.
    """

    def __init__(self, config: SpotifyConfig, *, connections: int = 16) -> None:
        self.config = config
        self.allowed = frozenset({Origin.of(config.accounts_url), Origin.of(config.api_url)})
        self._adapter = DeadlineAdapter(connections)

    def session(self, deadline: Deadline) -> BoundedSession:
        """Return a session for one call, to be over by `deadline`."""
        return BoundedSession(self, self._adapter, deadline)

    def close(self) -> None:
        """Close what is open."""
        self._adapter.close()


class BoundedSession(requests.Session):
    """A session for one call: what spotipy is given instead of its own.

    Parameters
    ----------
    transport
        Where it belongs.
    adapter
        Its connections.
    deadline
        When everything must be over.
    """

    def __init__(self, transport: Transport, adapter: BaseAdapter, deadline: Deadline) -> None:
        super().__init__()
        self._transport = transport
        self._deadline = deadline
        # No proxies from the environment, and no ~/.netrc, which would replace the user's token.
        self.trust_env = False
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self.adapters.clear()
        self.mount("https://", adapter)
        self.mount("http://", adapter)
        self.status: int | None = None
        """Of the last answer; None if there was none."""

    def close(self) -> None:
        """Do nothing: spotipy closes its session when it is collected, and others use the pool."""

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Return None: no redirect is followed, and none is read in search of its target."""
        return None

    # requests' own signature has sixteen parameters; spotipy and we use these.
    def request(  # type: ignore[override]
        self,
        method: str,
        url: str,
        *,
        params: Any = None,
        data: Any = None,
        headers: Any = None,
        auth: Any = None,
        timeout: Any = None,
        proxies: Any = None,
    ) -> Answer:
        """Send a request and return the whole answer.

        `timeout` and `proxies` are what spotipy passes along; the deadline decides instead.

        Raises
        ------
        SpotifyTimeout
            If it is not over by the deadline.
        SpotifyUnavailable
            If there is no connection, or it breaks.
        SpotifyUnreadable
            If the answer is too large, compressed, a redirect, or not JSON.
        SpotifyAppInvalid
            If the address is not one of Spotify's hosts.
        """
        raw, body = self._exchange(
            method, url, params=params, data=data, headers=headers, auth=auth
        )
        return Answer(raw, body)

    def look(self, url: str) -> Seen:
        """Return a page of the accounts service as text; a redirect is told, not followed.

        Raises
        ------
        SpotifyError
            As `request` does; any kind of content is read.
        """
        raw, body = self._exchange("GET", url)
        return Seen(raw.status_code, body[:_LOOKED_AT].decode("utf-8", "replace"))

    def _exchange(self, method: str, url: str, **more: Any) -> tuple[requests.Response, bytes]:
        """Send a request within the bounds; return the answer and its whole body."""
        headers = {**(more.pop("headers", None) or {}), "Accept-Encoding": "identity"}
        if Origin.of(url) not in self._transport.allowed:
            raise SpotifyAppInvalid(
                "A request was not sent", which=url, why="it does not go to Spotify's own hosts"
            )
        config = self._transport.config
        if self._deadline.over:
            raise _late(self._deadline)
        pause = (
            min(config.connect_timeout, self._deadline.left),
            min(config.read_timeout, self._deadline.left),
        )
        self.status = None
        try:
            with aside(), bounded_by(self._deadline):
                raw = super().request(
                    method,
                    url,
                    headers=headers,
                    timeout=pause,
                    allow_redirects=False,
                    stream=True,
                    **more,
                )
                self.status = raw.status_code
                try:
                    body = _read(raw, config.largest_answer)
                except BaseException:
                    # What is left unread must not meet the next request on this connection.
                    raw.raw.close()
                    raise
                finally:
                    raw.raw.release_conn()
        except HooklistError:
            raise
        except (requests.Timeout, TimeoutError) as error:
            raise _late(self._deadline) from error
        except (requests.RequestException, Urllib3Error, OSError, ValueError) as error:
            if self._deadline.over or _is_timeout(error):
                raise _late(self._deadline) from error
            raise SpotifyUnavailable(
                "Spotify cannot be reached",
                why=f"the connection failed ({type(error).__name__})",
                next_step=_LATER,
                retry_after=15.0,
            ) from error
        return raw, body


@dataclass(frozen=True, slots=True)
class Seen:
    """A page that was looked at.

    Attributes
    ----------
    status
        HTTP status.
    text
        Its first characters.
    """

    status: int
    text: str


class Answer(requests.Response):
    """A whole answer whose JSON is safe to hand on.

    Strings hold no lone surrogates, which no page or database could encode, and errors always have
    the form of the Web API, whatever was sent.
    """

    def __init__(self, raw: requests.Response, body: bytes) -> None:
        super().__init__()
        self.status_code = raw.status_code
        self.headers = raw.headers
        self.url = raw.url
        self.reason = raw.reason
        self.request = raw.request
        self.encoding = "utf-8"
        self._content = body
        self._content_consumed = True
        self._parsed = _check(self)

    def json(self, **_: Any) -> Any:
        """Return the parsed body.

        Raises
        ------
        ValueError
            If it is empty.
        """
        if self._parsed is None:
            raise ValueError("the answer is empty")
        return self._parsed


def _read(raw: requests.Response, largest: int) -> bytes:
    encoding = raw.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in {"", "identity"}:
        raise _unreadable(f"it is compressed ({encoding[:20]}), which was not asked for")
    too_large = f"it is larger than {largest / 1e6:g} MB"
    declared = raw.headers.get("Content-Length", "")
    if declared.isdigit() and int(declared) > largest:
        raise _unreadable(too_large)
    pieces, size = [], 0
    for piece in raw.raw.stream(_PIECE, decode_content=False):
        size += len(piece)
        if size > largest:
            raise _unreadable(too_large)
        pieces.append(piece)
    return b"".join(pieces)


def _check(answer: Answer) -> Any:
    status = answer.status_code
    if 300 <= status < 400:
        raise _unreadable("it is a redirect, and those are not followed")
    body = answer.content
    kind = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if status >= 400:
        return _error_form(status, kind, body)
    if not body.strip():
        return None
    if kind and not (kind.endswith("/json") or kind.endswith("+json")):
        raise _unreadable(f"it is {kind[:40]} instead of JSON")
    try:
        return scrubbed(json.loads(body))
    except (ValueError, RecursionError) as error:
        raise _unreadable("it is not JSON") from error


def _error_form(status: int, kind: str, body: bytes) -> dict[str, Any]:
    """Return an error as ``{"error": {"status", "message", "reason"}, "oauth": …}``."""
    try:
        sent: Any = scrubbed(json.loads(body))
    except (ValueError, RecursionError):
        html = "html" in kind or body.lstrip()[:1] == b"<"
        sent = {"error": "" if html else body.decode("utf-8", "replace")}
    error = sent.get("error") if isinstance(sent, dict) else None
    inside = error if isinstance(error, dict) else {"message": error}
    described = sent.get("error_description") if isinstance(sent, dict) else None
    return {
        "error": {
            "status": status,
            "message": _text(inside.get("message")),
            "reason": _text(inside.get("reason")),
        },
        "oauth": {
            "error": _text(error if isinstance(error, str) else ""),
            "description": _text(described),
        },
    }


def _text(value: Any) -> str:
    return " ".join(value.split())[:300] if isinstance(value, str) else ""


def scrubbed(value: Any) -> Any:
    """Return JSON data whose strings can all be encoded: lone surrogates become ``?``."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8") if not value.isascii() else value
    if isinstance(value, list):
        return [scrubbed(item) for item in value]
    if isinstance(value, dict):
        return {scrubbed(key): scrubbed(item) for key, item in value.items()}
    return value


def _is_timeout(error: BaseException) -> bool:
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, TimeoutError | requests.Timeout) or "Timeout" in type(seen).__name__:
            return True
        seen = seen.__cause__ or seen.__context__
    return False


def _late(deadline: Deadline) -> SpotifyTimeout:
    return SpotifyTimeout(
        "Spotify did not answer in time",
        why=f"the answer was not complete after {deadline.seconds:g} seconds or stood still",
        next_step=_LATER,
        retry_after=15.0,
    )


def _unreadable(why: str) -> SpotifyUnreadable:
    return SpotifyUnreadable(
        "Spotify's answer cannot be read", why=why, next_step=_LATER, retry_after=30.0
    )
