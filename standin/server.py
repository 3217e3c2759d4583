"""Start and stop a stand-in."""

from __future__ import annotations

import threading

from standin.app import App, Options, open_parts
from standin.errors import OptionInvalid
from standin.transport import Delivery, Server
from standin.wire import Request


class RunningServer:
    """A stand-in that serves from threads of this process."""

    def __init__(self, server: Server, app: App) -> None:
        self.app = app
        self.port: int = server.server_port
        self._server = server
        self._stopped = False
        self._thread = threading.Thread(
            target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Stop serving and close the state; stopping twice is harmless."""
        if self._stopped:
            return
        self._stopped = True
        self._server.stop()
        self._thread.join(5)
        self.app.close()


class _Later:
    """Stands where the app will be once the port is known."""

    app: App | None = None

    def __call__(self, request: Request) -> Delivery:
        assert self.app is not None  # noqa: S101
        return self.app.deliver(request)


def start_server(options: Options) -> RunningServer:
    """Bind a port on 127.0.0.1 and serve from threads.

    Raises
    ------
    StandinError
        If the library, the state or the port cannot be used.
    """
    library, state = open_parts(options)
    later = _Later()
    try:
        server = Server(options.port, later)
    except OSError as error:
        state.close()
        raise OptionInvalid(
            "The port cannot be used",
            which=f"127.0.0.1:{options.port}",
            why=error.strerror or str(error),
            next_step="choose another with --port, or 0 for a free one",
        ) from error
    later.app = App(options, library, state, server.server_port)
    return RunningServer(server, later.app)
