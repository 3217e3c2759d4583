"""Serving: waitress in the main thread, light jobs in a thread, workers as child processes."""

from __future__ import annotations

import errno
import logging
import signal
import sys
import threading
from collections.abc import Sequence
from types import FrameType
from typing import Any

from webapp.app import create_app
from webapp.errors import ConfigurationError
from webapp.jobs import Worker
from webapp.request_bodies import USUAL_BYTES, bound_bodies
from webapp.supervisor import Supervisor
from webapp.wiring import Services

log = logging.getLogger(__name__)

WORKER_COMMAND = (sys.executable, "-m", "webapp.cli", "worker", "--exit-with-parent")


def serve_until_stopped(
    services: Services, supervisor: Supervisor, *, announce: str, workers: int
) -> None:
    """Serve until SIGINT or SIGTERM; requests under way are finished, children are stopped.

    Parameters
    ----------
    services
        Opened; closed by the caller.
    supervisor
        May hold children already; all of them are stopped at the end.
    announce
        Printed once the server listens.
    workers
        Worker processes to start.

    Raises
    ------
    ConfigurationError
        If the address cannot be listened on.
    """
    settings = services.settings
    server = _listen(services)
    light = Worker(
        services.jobs,
        services.web_tasks(),
        wakeup=services.wakeup,
        signs=services.worker_signs.give,
    )
    threads: Sequence[threading.Thread] = (
        threading.Thread(target=light.run, name="light-jobs", daemon=True),
        threading.Thread(target=_warm, args=(services,), name="warm-up", daemon=True),
    )
    ended = threading.Event()
    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGINT, _interrupt)
    try:
        for number in range(workers):
            supervisor.start(f"worker {number + 1}", WORKER_COMMAND)
        watcher = threading.Thread(target=supervisor.watch, args=(ended,), daemon=True)
        watcher.start()
        for thread in threads:
            thread.start()
        print(announce, flush=True)
        log.info("listening on %s:%s", settings.host, settings.port)
        server.run()
    except KeyboardInterrupt:
        pass
    finally:
        # A second Ctrl-C must not leave children behind.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        ended.set()
        light.stop()
        server.close()
        supervisor.stop()
        threads[0].join(5)
        services.say_goodbye(light.id)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _listen(services: Services) -> Any:
    from waitress.server import create_server

    settings = services.settings
    try:
        server = create_server(
            create_app(services),
            host=settings.host,
            port=settings.port,
            threads=settings.threads,
            connection_limit=1000,
            channel_timeout=30,
            max_request_body_size=USUAL_BYTES,
            ident=None,
            clear_untrusted_proxy_headers=settings.proxies == 0,
        )
        bound_bodies(server, services.upload_bounds, proxies=settings.proxies)
        return server
    except OSError as error:
        taken = error.errno == errno.EADDRINUSE
        raise ConfigurationError(
            "cannot serve",
            which=f"{settings.host}:{settings.port}",
            why="another program uses this port" if taken else error.strerror or str(error),
            next_step="stop that program or set HOOKLIST_PORT",
        ) from error


def _warm(services: Services) -> None:
    """Load what the first visitor would wait for; without a catalogue, pages say so."""
    from hooklist_errors import HooklistError
    from webapp.spotify.web_api import warm

    warm()
    try:
        services.recommendations.get()
    except HooklistError as error:
        log.warning("%s", error)
