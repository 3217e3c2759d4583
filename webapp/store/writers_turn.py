"""Whose turn it is to write to SQLite, where threads of several processes want to.

SQLite lets one writer in at a time, and whoever finds it locked looks again after ever longer
naps: under load some find it locked each time they look, for seconds, while others come and go. So
writers queue before they ask: threads of a process at a lock of its own, processes at two locks on
a file beside the database. Whoever comes next holds the one while waiting for the other, so that a
process cannot go twice while another waits. A process that dies lets go of both. Without the file
the queue is merely less fair: that only one writes is SQLite's own doing.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LOG = logging.getLogger(__name__)

_LOOK_SECONDS = 0.0005
_CLOSE_SECONDS = 1.0
_NEXT, _WRITES = 0, 1
"""Bytes of the file that are locked."""


class WritersTurn:
    """The queue of this process, and its place in that of all processes.

    Parameters
    ----------
    path
        Of the file whose bytes are locked; nothing is written into it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._file: int | None = None
        self._usable = True

    @contextmanager
    def taken(self, patience: float) -> Iterator[bool]:
        """Wait for a turn, and hold it; gives False if none came within `patience` seconds."""
        deadline = time.monotonic() + patience
        if not self._lock.acquire(timeout=patience):
            yield False
            return
        try:
            came = self._among_processes(deadline)
            try:
                yield came
            finally:
                self._let_go(_WRITES)
        finally:
            self._lock.release()

    def close(self) -> None:
        """Let go of the file."""
        self._usable = False
        if self._lock.acquire(timeout=_CLOSE_SECONDS):
            try:
                if self._file is not None:
                    os.close(self._file)
                    self._file = None
            finally:
                self._lock.release()

    def _among_processes(self, deadline: float) -> bool:
        try:
            if not self._open():
                return True
            if not self._wait_for(_NEXT, deadline):
                return False
            try:
                return self._wait_for(_WRITES, deadline)
            finally:
                self._let_go(_NEXT)
        except OSError as error:
            LOG.info("writers do not queue: %s", error)
            self._usable = False
            return True

    def _open(self) -> bool:
        if self._usable and self._file is None:
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        return self._usable

    def _wait_for(self, byte: int, deadline: float) -> bool:
        assert self._file is not None  # noqa: S101 - opened by the caller
        while True:
            try:
                fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, byte)
            except (BlockingIOError, PermissionError):
                if time.monotonic() > deadline:
                    return False
                time.sleep(_LOOK_SECONDS)
            else:
                return True

    def _let_go(self, byte: int) -> None:
        if self._file is not None:
            with contextlib.suppress(OSError):
                fcntl.lockf(self._file, fcntl.LOCK_UN, 1, byte)
