"""``hooklist serve`` and ``hooklist worker``."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from webapp.logging_setup import set_up_logging
from webapp.supervisor import Supervisor, die_with_parent

if TYPE_CHECKING:
    from webapp.settings import Settings


def serve(options: argparse.Namespace) -> int:
    """Serve with the settings from the environment."""
    if options.exit_with_parent:
        die_with_parent()  # before the imports, which take most of a second
    from webapp.settings import load_settings

    settings = load_settings()
    settings.check_ready_to_serve()
    set_up_logging(settings.log_level, as_json=settings.log_json)
    announce = f"Hooklist: {settings.base_url}"
    if options.connections_from is not None:
        return _serve_handed(settings, options)
    if settings.servers_to_start > 1:
        from webapp.serving.several import serve_from_several

        return serve_from_several(settings, settings.servers_to_start, announce=announce)
    from webapp.server import serve_until_stopped
    from webapp.wiring import open_services

    services = open_services(settings)
    try:
        serve_until_stopped(services, Supervisor(), announce=announce, workers=settings.workers)
    finally:
        services.close()
    return 0


def _serve_handed(settings: Settings, options: argparse.Namespace) -> int:
    """Serve as one of several, which `serve` itself has started."""
    import socket

    end = socket.socket(fileno=options.connections_from)
    end.set_inheritable(False)
    from webapp.server import serve_handed
    from webapp.wiring import open_services

    services = open_services(settings, ephemeral=options.ephemeral)
    try:
        serve_handed(services, end)
    finally:
        services.close()
    return 0


def worker(options: argparse.Namespace) -> int:
    """Work on jobs until told to stop; with ``--check`` only tell whether that would go."""
    if options.exit_with_parent:
        die_with_parent()  # before the imports, which take most of a second
    from webapp.settings import load_settings

    settings = load_settings()
    settings.check_ready_to_serve()
    set_up_logging(settings.log_level, as_json=settings.log_json)
    if options.check:
        return _check(settings)
    from webapp.jobs import Worker
    from webapp.services.listening import close_listeners
    from webapp.wiring import open_services

    services = open_services(settings, ephemeral=options.ephemeral)
    worker = Worker(
        services.jobs,
        services.worker_tasks(),
        wakeup=services.wakeup,
        chores=services.chores(),
        signs=services.worker_signs.give,
    )
    worker.stop_on_signals()
    try:
        worker.run()
    finally:
        close_listeners()
        services.say_goodbye(worker.id)
        services.close()
    return 0


def _check(settings: Settings) -> int:
    from webapp.wiring import open_services

    services = open_services(settings)
    try:
        services.jobs.counts()
        settings.trailers_path.mkdir(parents=True, exist_ok=True)
        probe = settings.trailers_path / ".probe"
        probe.write_bytes(b"")
        probe.unlink()
    finally:
        services.close()
    print("a worker could work")
    return 0
