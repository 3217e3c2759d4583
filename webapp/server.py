"""Serving: waitress in the main thread, light jobs in a thread, workers as child processes.

One process does it all (`serve_until_stopped`), or is one of several that a parent hands
connections to (`serve_handed`; the parent is `webapp.serving.several`).
"""

from __future__ import annotations

import logging
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from webapp.app import create_app
from webapp.jobs import Worker
from webapp.request_bodies import USUAL_BYTES, bound_bodies
from webapp.request_turns import Turns
from webapp.serving.address import cannot_listen
from webapp.serving.stopping import Stop, run_until_stopped
from webapp.settings import Settings
from webapp.supervisor import Supervisor
from webapp.wiring import Services

log = logging.getLogger(__name__)

WORKER_COMMAND = (sys.executable, "-m", "webapp.cli", "worker", "--exit-with-parent")
LIGHT_JOB_PATIENCE = 2.0
"""Seconds a light job has to end; what it leaves is taken up by whoever serves next."""


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
    stop = Stop()
    stop.on_signals()
    ended = threading.Event()
    # Beside the requests that are finished: either may need most of the time there is.
    last_words = threading.Thread(target=supervisor.stop, name="stop-children")
    try:
        for number in range(workers):
            supervisor.start(f"worker {number + 1}", WORKER_COMMAND)
        threading.Thread(target=supervisor.watch, args=(ended,), daemon=True).start()
        with _light_work(services) as light:
            stop.on_asked(ended.set, last_words.start, light.stop)
            print(announce, flush=True)
            log.info("listening on %s:%s", settings.host, settings.port)
            run_until_stopped(server, stop)
    finally:
        ended.set()
        if last_words.ident is None:
            last_words.start()
        last_words.join()


def serve_handed(services: Services, end: socket.socket) -> None:
    """Serve the connections that a parent hands over, until it ends or SIGTERM comes.

    Parameters
    ----------
    services
        Opened; closed by the caller.
    end
        This process's end of the pair of sockets (`webapp.serving.front`).
    """
    from waitress.adjustments import Adjustments
    from waitress.task import ThreadedTaskDispatcher

    from webapp.serving.handed import HandedServer

    settings = services.settings
    stop = Stop()
    dispatcher = ThreadedTaskDispatcher()
    dispatcher.set_thread_count(settings.threads)
    server = HandedServer(
        Turns(create_app(services)),
        end,
        address=(settings.host, settings.port),
        adjustments=Adjustments(**_adjustments(settings)),
        dispatcher=dispatcher,
        when_over=stop.ask,
    )
    _bound(server, services)
    stop.on_signals()
    with _light_work(services) as light:
        stop.on_asked(light.stop)
        run_until_stopped(server, stop)


@contextmanager
def _light_work(services: Services) -> Iterator[Worker]:
    """Do light jobs, and load what the first visitor would wait for, beside the requests."""
    light = Worker(
        services.jobs,
        services.web_tasks(),
        wakeup=services.wakeup,
        signs=services.worker_signs.give,
    )
    working = threading.Thread(target=light.run, name="light-jobs", daemon=True)
    working.start()
    threading.Thread(target=_warm, args=(services,), name="warm-up", daemon=True).start()
    try:
        yield light
    finally:
        light.stop()
        working.join(LIGHT_JOB_PATIENCE)
        services.say_goodbye(light.id)


def _adjustments(settings: Settings) -> dict[str, Any]:
    """Return what waitress is told."""
    return {
        "host": settings.host,
        "port": settings.port,
        "threads": settings.threads,
        "connection_limit": 1000,
        "channel_timeout": 30,
        "max_request_body_size": USUAL_BYTES,
        "ident": None,
        "clear_untrusted_proxy_headers": settings.proxies == 0,
    }


def _listen(services: Services) -> Any:
    from waitress.server import create_server

    settings = services.settings
    try:
        server = create_server(Turns(create_app(services)), **_adjustments(settings))
    except OSError as error:
        raise cannot_listen(settings.host, settings.port, error) from error
    _bound(server, services)
    return server


def _bound(server: Any, services: Services) -> None:
    settings = services.settings
    bound_bodies(
        server, services.upload_bounds, proxies=settings.proxies, servers=settings.servers or 1
    )


def _warm(services: Services) -> None:
    """Load what the first visitor would wait for; without a catalogue, pages say so."""
    from hooklist_errors import HooklistError
    from webapp.spotify.web_api import warm

    warm()
    try:
        services.recommendations.get()
    except HooklistError as error:
        log.warning("%s", error)
