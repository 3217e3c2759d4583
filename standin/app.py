"""The whole stand-in as one function from a request to a delivery."""

from __future__ import annotations

import base64
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from standin.accounts import Accounts, Client, redirect_uri_fault
from standin.audio import Renderer, RenderFailed, audio_response
from standin.control import PREFIX, Control
from standin.covers import cover
from standin.errors import OptionInvalid
from standin.faults import Faults
from standin.identifiers import is_id
from standin.library import Library, open_library
from standin.pages.layout import static_file
from standin.pages.opened import embedded_track, missing_page, playlist_page, track_page
from standin.request_log import RequestLog
from standin.sdk import sdk_file
from standin.state import State
from standin.transport import Delivery
from standin.webapi.access import caller_of
from standin.webapi.service import WebApi
from standin.wire import Request, Response, empty_response, text_response
from standin.world import World


@dataclass(frozen=True)
class Options:
    """How a stand-in is started.

    Attributes
    ----------
    client_id, client_secret, redirect_uris
        The registered app; a secret is optional where PKCE is used.
    port
        0 chooses a free one.
    library
        A library JSON, its rows, or None for the generated library.
    state
        Folder that survives restarts; None keeps everything in memory.
    audio_cache
        Folder for rendered audio; None takes ``state/audio``, or a temporary folder.
    control
        Whether the control interface exists.

    Raises
    ------
    OptionInvalid
        For a port, client id or redirect URI that Spotify or a socket would not take.
    """

    client_id: str
    redirect_uris: tuple[str, ...]
    client_secret: str | None = None
    port: int = 0
    library: Path | tuple[Mapping[str, Any], ...] | None = None
    state: Path | None = None
    audio_cache: Path | None = None
    control: bool = False

    def __post_init__(self) -> None:
        if not self.client_id.strip():
            raise OptionInvalid("The client id is empty", next_step="give one with --client-id")
        if not 0 <= self.port <= 65535:
            raise OptionInvalid("The port is impossible", which=str(self.port))
        if not self.redirect_uris:
            raise OptionInvalid(
                "No redirect URI is registered", next_step="give one with --redirect-uri"
            )
        for uri in self.redirect_uris:
            why = redirect_uri_fault(uri)
            if why:
                raise OptionInvalid("The redirect URI cannot be registered", which=uri, why=why)

    def at_port(self, port: int) -> Self:
        """Return the same options for another port."""
        return replace(self, port=port)


class App:
    """Answers every request of one stand-in.

    Parameters
    ----------
    options
        How it was started.
    library, state
        Opened by `open_parts`, so that what is wrong with them is told before a port is bound.
    port
        The port it is bound to.
    """

    def __init__(self, options: Options, library: Library, state: State, port: int) -> None:
        self.world = World(f"http://127.0.0.1:{port}", library, state)
        client = Client(options.client_id, options.client_secret, options.redirect_uris)
        self._accounts = Accounts(self.world, client)
        self._api = WebApi(self.world)
        self._faults = Faults()
        self._log = RequestLog()
        self._control = Control(self.world, self._faults, self._log) if options.control else None
        self._own_folder: tempfile.TemporaryDirectory[str] | None = None
        self._renderer = Renderer(self._audio_folder(options))

    def _audio_folder(self, options: Options) -> Path:
        if options.audio_cache is not None:
            return options.audio_cache
        if options.state is not None:
            return options.state / "audio"
        self._own_folder = tempfile.TemporaryDirectory(prefix="standin-audio-")
        return Path(self._own_folder.name)

    def close(self) -> None:
        """Stop rendering and close the state."""
        self._renderer.stop()
        with self.world.lock:
            self.world.state.close()
        if self._own_folder is not None:
            self._own_folder.cleanup()

    def deliver(self, request: Request) -> Delivery:
        """Answer a request, as scripted."""
        if self._control is None:
            return Delivery(self._answer(request))
        if request.path.startswith(PREFIX):
            return Delivery(self._control.answer(request))
        with self.world.lock:
            person = caller_of(self.world, request)
        entry = self._log.begin(request, person, self.world.clock.now())
        struck = self._faults.take(request.method, request.path, person)
        if struck is None:
            response = self._answer(request)
            self._log.finish(entry, response.status, None)
            return Delivery(response)
        number, fault = struck
        real = self._answer(request) if fault.applies else None
        response = fault.answer(request.path, real)
        silent = fault.never or fault.close_after == -1
        self._log.finish(entry, None if silent else response.status, number)
        return Delivery(response, fault)

    def _answer(self, request: Request) -> Response:
        path = request.path
        if path == "/v1" or path.startswith("/v1/"):
            response = self._api.answer(request)
            return response.with_headers(("Cache-Control", "private, no-store"))
        if path == "/api/token":
            if request.method != "POST":
                return text_response("", 405, ("Allow", "POST"))
            return self._accounts.token(request)
        if path == "/authorize":
            if request.method not in {"GET", "HEAD", "POST"}:
                return text_response("", 405, ("Allow", "GET, POST"))
            return self._accounts.authorize(request)
        if request.method not in {"GET", "HEAD"}:
            return text_response("There is nothing to change here.", 405, ("Allow", "GET"))
        return self._read(request)

    def _read(self, request: Request) -> Response:
        if request.path == "/healthz":
            return text_response("ok")
        if request.path == "/favicon.ico":
            return empty_response(204)
        parts = request.path.strip("/").split("/")
        if len(parts) == 2:
            area, name = parts
            if area == "covers" and name.isalnum():
                return cover(name, _size(request))
            if area == "audio":
                return self._audio(request, name)
            if area == "sdk":
                return sdk_file(name) or missing_page("file")
            if area == "static":
                return static_file(name) or missing_page("file")
        if len(parts) == 3 and parts[:2] == ["covers", "playlist"]:
            return self._uploaded(parts[2])
        if len(parts) == 3 and parts[:2] == ["embed", "track"]:
            return self._embed(parts[2])
        if len(parts) == 3 and parts[0] == "open":
            return self._open(parts[1], parts[2])
        return missing_page("page")

    def _open(self, kind: str, name: str) -> Response:
        with self.world.lock:
            if kind == "playlist":
                return playlist_page(self.world, name)
            if kind == "track":
                return track_page(self.world, name)
        return missing_page("page")

    def _embed(self, name: str) -> Response:
        with self.world.lock:
            return embedded_track(self.world, name)

    def _uploaded(self, name: str) -> Response:
        with self.world.lock:
            playlist = self.world.playlists.get(name.removesuffix(".jpg"))
        if playlist is None or not playlist.image:
            return missing_page("picture")
        picture = base64.b64decode(playlist.image)
        return Response(
            200,
            picture,
            (("Content-Type", "image/jpeg"), ("Cross-Origin-Resource-Policy", "cross-origin")),
        )

    def _audio(self, request: Request, track_id: str) -> Response:
        library = self.world.library
        if not library.generated or not is_id(track_id) or library.get(track_id) is None:
            return text_response("There is no sound for this track.", 404)
        try:
            return audio_response(request, self._renderer.path(track_id))
        except (RenderFailed, OSError, TimeoutError) as error:
            return text_response(f"The sound could not be made: {error}", 500)


def _size(request: Request) -> int:
    text = request.arg("size") or ""
    return int(text) if text.isdecimal() and len(text) <= 4 else 640


def open_parts(options: Options) -> tuple[Library, State]:
    """Open the library and the state.

    Raises
    ------
    LibraryInvalid, StateUnusable
        If they cannot be used.
    """
    return open_library(options.library), State(options.state)
