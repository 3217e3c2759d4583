"""Start a stand-in Spotify for a test, log people in, and script what goes wrong.

>>> from standin.harness import Standin
>>> with Standin.thread() as spotify:                      # or Standin.process(state=tmp_path)
...     token = spotify.grant("rich", "user-top-read")     # a whole login over HTTP
...     spotify.fault("POST", "/v1/me/playlists", status=502, apply=True)
"""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import os
import secrets
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self
from urllib.parse import parse_qsl, urlencode, urlsplit

from standin.app import Options
from standin.child import ChildServer
from standin.errors import StandinError, StandinNotRunning, StandinRefused
from standin.samples import sample_tracks
from standin.server import start_server

ALL_SCOPES = (
    "playlist-modify-private playlist-modify-public playlist-read-collaborative"
    " playlist-read-private ugc-image-upload user-library-modify user-library-read"
    " user-modify-playback-state user-read-playback-state user-read-recently-played user-top-read"
)
"""Every scope that the Web API calls of the stand-in ask for."""


class _Running(Protocol):
    """A stand-in that can be stopped: a thread's or a process's."""

    port: int

    def stop(self) -> None: ...


class Standin:
    """A running stand-in with its control interface switched on.

    Make one with `thread` (quickest: some 30 ms) or `process` (can be killed and restarted).
    Both are context managers.

    Attributes
    ----------
    url
        Its origin, such as ``http://127.0.0.1:40123``: serves ``/authorize`` and ``/api/token``.
    api_url
        ``url + "/v1"``.
    open_url
        ``url + "/open"``, standing for open.spotify.com.
    client_id, client_secret, redirect_uris
        The one registered app. A loopback redirect URI without a port matches any port.
    """

    def __init__(self, running: _Running, options: Options) -> None:
        self._running = running
        self._options = options
        self.client_id = options.client_id
        self.client_secret = options.client_secret
        self.redirect_uris = options.redirect_uris

    @property
    def port(self) -> int:
        """Its port on 127.0.0.1."""
        return self._running.port

    @property
    def url(self) -> str:
        """Its origin: also the base of the accounts service."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def api_url(self) -> str:
        """The base of the Web API, without a trailing slash."""
        return f"{self.url}/v1"

    @property
    def open_url(self) -> str:
        """The base of the pages that stand for open.spotify.com."""
        return f"{self.url}/open"

    @property
    def pid(self) -> int:
        """The process it runs in (this one for `thread`)."""
        return self._running.pid if isinstance(self._running, ChildServer) else os.getpid()

    # -- starting and stopping ---------------------------------------------------------------

    @classmethod
    def thread(
        cls,
        *,
        library: Path | Sequence[Mapping[str, Any]] | str = "sample",
        state: Path | None = None,
        audio_cache: Path | None = None,
        client_id: str = "standin-client",
        client_secret: str | None = None,
        redirect_uris: Iterable[str] = ("http://127.0.0.1/callback",),
        port: int = 0,
    ) -> Self:
        """Start a stand-in in threads of this process.

        Parameters
        ----------
        library
            ``"sample"``: 300 plain fictional tracks; ``"generated"``: the library of
            `standin.music`; a path to a library JSON; or the tracks themselves.
        state
            Folder for what must survive a restart; None keeps everything in memory.
        audio_cache
            Folder for rendered audio.
        client_id, client_secret, redirect_uris
            The registered app. Without a secret every login must use PKCE.
        port
            0 chooses a free one.
        """
        options = _options(
            library, state, audio_cache, client_id, client_secret, redirect_uris, port
        )
        return cls(start_server(options), options)

    @classmethod
    def process(
        cls,
        *,
        library: Path | Sequence[Mapping[str, Any]] | str = "sample",
        state: Path | None = None,
        audio_cache: Path | None = None,
        client_id: str = "standin-client",
        client_secret: str | None = None,
        redirect_uris: Iterable[str] = ("http://127.0.0.1/callback",),
        port: int = 0,
    ) -> Self:
        """Start a stand-in as a process of its own; parameters as in `thread`."""
        options = _options(
            library, state, audio_cache, client_id, client_secret, redirect_uris, port
        )
        return cls(ChildServer(options), options)

    def stop(self) -> None:
        """Stop it and wait until it is gone (bounded); stopping twice is harmless."""
        self._running.stop()

    def kill(self) -> None:
        """Kill the process with SIGKILL, as a crash would (`process` only)."""
        if not isinstance(self._running, ChildServer):
            raise StandinError(
                "Only a stand-in in its own process can be killed",
                next_step="start it with Standin.process",
            )
        self._running.kill()

    def restart(self) -> None:
        """Stop it and start it again on the same port with the same options."""
        port = self.port
        self._running.stop()
        options = self._options.at_port(port)
        in_process = isinstance(self._running, ChildServer)
        self._running = ChildServer(options) if in_process else start_server(options)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    # -- logging in --------------------------------------------------------------------------

    def login(self, authorize_url: str, person: str, allow: bool = True) -> str:
        """Answer a consent page as `person` and return the callback URL it redirects to.

        Parameters
        ----------
        authorize_url
            The whole address the app sends the browser to.
        person
            ``rich``, ``second``, ``empty``, ``free``, ``outsider`` or ``hostile``.
        allow
            False presses Deny: the callback then carries ``error=access_denied``.

        Raises
        ------
        StandinRefused
            If the page answers anything but a redirect (unknown client, wrong redirect URI, …).
        """
        target = urlsplit(authorize_url)
        form = urlencode({"person": person, "decision": "allow" if allow else "deny"})
        status, headers, body = self._ask(
            "POST",
            f"{target.path}?{target.query}",
            form.encode(),
            {"Content-Type": "application/x-www-form-urlencoded"},
        )
        if status != 303:
            raise StandinRefused(
                "The consent page did not redirect", which=authorize_url, status=status, body=body
            )
        return headers["location"]

    def grant(self, person: str, scopes: str | Iterable[str] = ALL_SCOPES) -> dict[str, Any]:
        """Log `person` in with PKCE, over HTTP, and return the token endpoint's answer.

        Returns
        -------
        dict
            ``access_token``, ``token_type``, ``scope``, ``expires_in`` (s), ``refresh_token``.
        """
        wanted = scopes if isinstance(scopes, str) else " ".join(scopes)
        verifier = secrets.token_urlsafe(48)
        digest = hashlib.sha256(verifier.encode()).digest()
        redirect_uri = self.redirect_uris[0]
        question = {
            "client_id": self.client_id,
            "response_type": "code",
            "redirect_uri": redirect_uri,
            "scope": wanted,
            "state": secrets.token_urlsafe(8),
            "code_challenge_method": "S256",
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        }
        callback = self.login(f"{self.url}/authorize?{urlencode(question)}", person)
        code = dict(parse_qsl(urlsplit(callback).query))["code"]
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "client_id": self.client_id,
            "code_verifier": verifier,
        }
        status, _, body = self._ask(
            "POST",
            "/api/token",
            urlencode(form).encode(),
            {"Content-Type": "application/x-www-form-urlencoded"},
        )
        if status != 200:
            raise StandinRefused("No token was given", which=person, status=status, body=body)
        answer: dict[str, Any] = json.loads(body)
        return answer

    # -- scripting ---------------------------------------------------------------------------

    def fault(self, method: str, path: str, **what: Any) -> int:
        """Script a fault for requests of `method` to `path`; return its number.

        Parameters
        ----------
        method
            ``GET``, ``POST``, … or ``*``.
        path
            A path with shell wildcards, such as ``/v1/playlists/*/items``.
        **what
            Fields of `standin.faults.Fault`: ``count`` (default 1, None = always), ``after``
            (let so many pass first), ``person``, ``status``, ``headers``, ``json``, ``html``,
            ``text``, ``retry_after`` (s), ``reason``, ``apply``, ``delay`` (s), ``dribble``
            (bytes/s), ``close_after`` (body bytes; -1 before the status line), ``never``,
            ``stream_mb``, ``inflate_mb``, ``declare_length``.
        """
        answer = self.control("POST", "faults", {"method": method, "path": path, **what})
        return int(answer["fault"])

    def rate_limit(self, method: str, path: str, retry_after: int = 2, **what: Any) -> int:
        """Script the plain 429: a status, `retry_after` seconds, no reason."""
        return self.fault(method, path, status=429, retry_after=retry_after, **what)

    def quota(self, method: str, path: str, retry_after: int = 48925, **what: Any) -> int:
        """Script the other 429: ``reason`` = ``QUOTA_EXCEEDED`` and a Retry-After of hours."""
        return self.fault(
            method, path, status=429, retry_after=retry_after, reason="QUOTA_EXCEEDED", **what
        )

    def faults(self) -> list[dict[str, Any]]:
        """List the faults that are still waiting, with how often each has struck."""
        found: list[dict[str, Any]] = self.control("GET", "faults")["faults"]
        return found

    def clear_faults(self) -> None:
        """Drop every scripted fault."""
        self.control("DELETE", "faults")

    def hits(self, method: str = "*", path: str = "*") -> int:
        """Count the requests so far whose method and path match (shell wildcards)."""
        query = urlencode({"method": method, "path": path})
        return int(self.control("GET", f"hits?{query}")["count"])

    def requests(self, method: str = "*", path: str = "*") -> list[dict[str, Any]]:
        """List the matching requests, oldest first (the last 2000 are kept).

        Returns
        -------
        list of dict
            ``method``, ``path``, ``query`` (dict of lists), ``body`` (text, first 8 KiB),
            ``status``, ``person``, ``at`` (Unix s), ``fault`` (number or None).
        """
        query = urlencode({"method": method, "path": path})
        found: list[dict[str, Any]] = self.control("GET", f"requests?{query}")["requests"]
        return found

    def forget_requests(self) -> None:
        """Start counting from zero."""
        self.control("DELETE", "requests")

    def revoke(self, person: str) -> int:
        """Take back every token of `person` (401, then ``invalid_grant``); return how many."""
        return int(self.control("POST", "revoke", {"person": person})["revoked"])

    def expire(self, person: str | None = None) -> int:
        """Let access tokens (of one person, or all) expire now; refreshing still works."""
        return int(self.control("POST", "expire", {"person": person})["expired"])

    def advance(self, seconds: float) -> None:
        """Move the stand-in's clock forward."""
        self.control("POST", "clock", {"advance": seconds})

    def switch(self, **values: Any) -> dict[str, Any]:
        """Turn switches, and return all of them.

        ``old_names``, ``omit_refresh_token``, ``rotate_refresh_token``, ``owner_premium`` (bool);
        ``rate_limit`` (calls per rolling 30 s) and ``quota`` (calls per rolling 24 h), int or None.
        """
        found: dict[str, Any] = self.control("POST", "switches", values)["switches"]
        return found

    def playlists(self, person: str) -> list[dict[str, Any]]:
        """Dump the playlists in `person`'s library, newest first, whole.

        Returns
        -------
        list of dict
            ``id``, ``name``, ``description``, ``public``, ``collaborative``, ``owner``,
            ``snapshot_id``, ``uris`` (in order; None for a null item), ``created_here`` (made by
            a request, not part of the person's given library), ``image`` (the uploaded JPEG as
            base64, or empty).
        """
        found: list[dict[str, Any]] = self.control("GET", f"people/{person}/playlists")["playlists"]
        return found

    def add_playlists(self, person: str, count: int, tracks: int = 3) -> list[str]:
        """Give `person` `count` more playlists of `tracks` tracks each; return their ids."""
        answer = self.control(
            "POST", f"people/{person}/playlists", {"count": count, "tracks": tracks}
        )
        return [str(item) for item in answer["ids"]]

    def tokens(self) -> list[str]:
        """List every secret handed out: codes, access and refresh tokens, to grep for leaks."""
        return [str(item) for item in self.control("GET", "tokens")["tokens"]]

    def reset(self) -> None:
        """Forget playlists, tokens, faults, requests, switches and clock changes."""
        self.control("POST", "reset", {})

    def control(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Call ``/_control/{path}`` and return its JSON."""
        payload = None if body is None else json.dumps(body).encode()
        status, _, text = self._ask(
            method, f"/_control/{path}", payload, {"Content-Type": "application/json"}
        )
        if status != 200:
            raise StandinRefused(
                "The control interface refused", which=f"{method} {path}", status=status, body=text
            )
        return json.loads(text)

    def _ask(
        self, method: str, target: str, body: bytes | None, headers: Mapping[str, str]
    ) -> tuple[int, dict[str, str], str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, target, body, dict(headers))
            answer = connection.getresponse()
            text = answer.read().decode("utf-8", "replace")
            return answer.status, {k.lower(): v for k, v in answer.getheaders()}, text
        except OSError as error:
            raise StandinNotRunning(
                "The stand-in does not answer", which=self.url, why=str(error)
            ) from error
        finally:
            connection.close()


def _options(
    library: Path | Sequence[Mapping[str, Any]] | str,
    state: Path | None,
    audio_cache: Path | None,
    client_id: str,
    client_secret: str | None,
    redirect_uris: Iterable[str],
    port: int,
) -> Options:
    if library == "generated":
        tracks: Path | tuple[Mapping[str, Any], ...] | None = None
    elif library == "sample":
        tracks = sample_tracks()
    elif isinstance(library, (str, Path)):
        tracks = Path(library)
    else:
        tracks = tuple(library)
    return Options(
        client_id=client_id,
        client_secret=client_secret,
        redirect_uris=tuple(redirect_uris),
        port=port,
        library=tracks,
        state=state,
        audio_cache=audio_cache,
        control=True,
    )


__all__ = ["ALL_SCOPES", "Standin"]
