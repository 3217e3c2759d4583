"""Child processes that live and die with the server: restarted, stopped, never orphaned."""

from __future__ import annotations

import ctypes
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

log = logging.getLogger(__name__)

PR_SET_PDEATHSIG = 1
SUPERVISOR = "SUPERVISOR_PID"
"""Tells a child who started it."""
STOP_PATIENCE = 8.0
"""Seconds a child has between the polite signal and the kill."""
LONGEST_PAUSE = 30.0
"""Seconds between two starts of a child that keeps dying, at most."""
STEADY = 60.0
"""A child that has lived this many seconds counts as healthy again."""


def die_with_parent() -> None:
    """Ask the kernel to terminate this process when the thread that started it is gone.

    Elsewhere than on Linux this does nothing; there the supervisor's own stopping has to do.

    Raises
    ------
    SystemExit
        If the supervisor has died already, before the kernel could be asked.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    parent = os.environ.get(SUPERVISOR)
    if parent and int(parent) != os.getppid():
        raise SystemExit(0)


Gift = Callable[[], socket.socket]
"""Makes what a child inherits, before each of its starts."""


@dataclass
class _Child:
    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    gift: Gift | None
    process: subprocess.Popen[bytes]
    started: float
    deaths: int = 0
    again_at: float | None = None


@dataclass
class Supervisor:
    """Keep a few child processes running until `stop`.

    Children are started from the thread that calls `start`, `watch` or `check`, which must live as
    long as they should (the kernel ties them to that thread).
    """

    _children: list[_Child] = field(default_factory=list)
    _stopping: threading.Event = field(default_factory=threading.Event)
    _starting: threading.Lock = field(default_factory=threading.Lock)

    def start(
        self,
        name: str,
        command: Sequence[str],
        environment: Mapping[str, str] | None = None,
        *,
        gift: Gift | None = None,
    ) -> subprocess.Popen[bytes]:
        """Start a child and watch over it.

        Parameters
        ----------
        name
            What the log calls it.
        command
            Program and arguments; never passed through a shell.
        environment
            Variables on top of this process's own.
        gift
            Makes a socket that the child inherits; its number is the last argument.
        """
        merged = {**os.environ, **(environment or {})}
        process = _spawn(command, merged, gift)
        self._children.append(_Child(name, command, merged, gift, process, time.monotonic()))
        return process

    def watch(self, until: threading.Event, *, interval: float = 0.5) -> None:
        """Restart children that die, with growing pauses, until the event is set."""
        while not until.wait(interval) and not self._stopping.is_set():
            self.check()

    def check(self) -> None:
        """Look once whether children have died, and restart those whose pause is over."""
        with self._starting:
            if not self._stopping.is_set():
                self._look(time.monotonic())

    def stop(self) -> None:
        """End every child: politely, then after some seconds for certain."""
        # Behind a look that is under way, so that nothing is started after this.
        with self._starting:
            self._stopping.set()
        for child in self._children:
            if child.process.poll() is None:
                child.process.terminate()
        deadline = time.monotonic() + STOP_PATIENCE
        for child in self._children:
            try:
                child.process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.process.kill()
                child.process.wait(STOP_PATIENCE)

    def _look(self, now: float) -> None:
        for child in self._children:
            if child.process.poll() is None:
                if child.deaths and now - child.started > STEADY:
                    child.deaths = 0
            elif child.again_at is None:
                child.deaths += 1
                pause = min(LONGEST_PAUSE, 0.25 * 2**child.deaths)
                child.again_at = now + pause
                log.warning(
                    "%s ended with status %s; starting it again in %.1f s",
                    child.name,
                    child.process.returncode,
                    pause,
                )
            elif now >= child.again_at:
                child.again_at = None
                child.process = _spawn(child.command, child.environment, child.gift)
                child.started = now


def _spawn(
    command: Sequence[str], environment: Mapping[str, str], gift: Gift | None
) -> subprocess.Popen[bytes]:
    inherited = gift() if gift is not None else None
    try:
        # A session of its own keeps Ctrl-C from reaching the children twice: the supervisor tells
        # them.
        return subprocess.Popen(  # noqa: S603
            [*command, str(inherited.fileno())] if inherited is not None else command,
            env={**environment, SUPERVISOR: str(os.getpid())},
            stdin=subprocess.DEVNULL,
            # What a child has to say goes to the log on stderr; stdout is for people and programs.
            stdout=subprocess.DEVNULL,
            start_new_session=True,
            pass_fds=() if inherited is None else (inherited.fileno(),),
        )
    finally:
        if inherited is not None:
            inherited.close()
