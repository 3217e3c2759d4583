"""Several serving processes on one machine: a small parent listens, hands out and watches over."""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from webapp.errors import ConfigurationError
from webapp.serving.address import listen
from webapp.serving.front import Front
from webapp.serving.stopping import Stop
from webapp.supervisor import Supervisor

if TYPE_CHECKING:
    from webapp.settings import Settings

log = logging.getLogger(__name__)

START_PATIENCE = 600.0
"""Seconds the first server may take: it may have to bring a large database up to date."""
_ROUND_SECONDS = 0.25


def serve_from_several(settings: Settings, count: int, *, announce: str) -> int:
    """Serve until SIGINT or SIGTERM from several processes, with the workers beside them.

    This process stays small: it loads neither the application nor the catalogue. The first server
    is started alone, so that what keeps it from serving is told once; the others, and the workers,
    when it answers.

    Parameters
    ----------
    settings
        Checked already; the children read them again from the environment.
    count
        Serving processes.
    announce
        Printed once a server answers.

    Returns
    -------
    int
        The exit status: the first server's, if it could not begin.

    Raises
    ------
    ConfigurationError
        If the address cannot be listened on, or the first server does not begin.
    """
    front = Front(listen(settings.host, settings.port))
    supervisor = Supervisor()
    stop = Stop()
    stop.on_signals()
    ephemeral = _ephemeral_file(settings)
    given = [] if ephemeral is None else ["--ephemeral", str(ephemeral)]
    serving = [*_command("serve"), *given, "--connections-from"]
    # glibc gives each thread an area of its own to allocate from, and these never shrink: with two
    # in all, servers under load take a fifth less memory and no more time.
    environment = {
        "HOOKLIST_SERVERS": str(count),
        "MALLOC_ARENA_MAX": os.environ.get("MALLOC_ARENA_MAX", "2"),
    }

    def start(number: int) -> subprocess.Popen[bytes]:
        name = f"server {number}"
        return supervisor.start(name, serving, environment, gift=lambda: front.new_end(name))

    try:
        status = _begin(front, start(1), stop)
        if status is not None:
            return status
        if not stop.asked:
            for number in range(2, count + 1):
                start(number)
            for number in range(settings.workers):
                supervisor.start(f"worker {number + 1}", [*_command("worker"), *given], environment)
            print(announce, flush=True)
            log.info("%d servers listen on %s:%s", count, settings.host, settings.port)
        while not stop.asked:
            front.turn(_ROUND_SECONDS)
            supervisor.check()
    finally:
        front.finish()
        supervisor.stop()
        front.close()
        if ephemeral is not None:
            _remove(ephemeral.parent, ephemeral.name)
    return 0


def _begin(front: Front, first: subprocess.Popen[bytes], stop: Stop) -> int | None:
    """Wait until the first server answers; return its exit status if it has ended instead."""
    deadline = time.monotonic() + START_PATIENCE
    while not front.answers and not stop.asked:
        front.turn(_ROUND_SECONDS)
        status = first.poll()
        if status is not None and status > 0:
            return status  # it has said why
        if status is not None or time.monotonic() > deadline:
            raise ConfigurationError(
                "cannot serve",
                which="server 1",
                why="it did not answer in time" if status is None else "it ended at once",
                next_step="its own messages are above",
            )
    return None


def _command(name: str) -> list[str]:
    return [sys.executable, "-m", "webapp.cli", name, "--exit-with-parent"]


def _ephemeral_file(settings: Settings) -> Path | None:
    """Return the file in which the processes share what need not be kept; None where Redis is.

    Its name is new at each start: SQLite's companions of an old file must not meet a new one.
    """
    folder = settings.data_dir.absolute()
    _remove(folder, "ephemeral-*.db")
    return None if settings.redis_url else folder / f"ephemeral-{secrets.token_hex(4)}.db"


def _remove(folder: Path, pattern: str) -> None:
    for file in folder.glob(f"{pattern}*"):
        with contextlib.suppress(OSError):
            file.unlink()
