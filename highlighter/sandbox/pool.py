"""A few child processes that wait for work, and are replaced before they grow old."""

from __future__ import annotations

import atexit
import os
import threading
import time
from collections.abc import Callable
from typing import Any

from highlighter.errors import AudioTimeoutError
from highlighter.sandbox.process import ChildGoneError, ChildProcess, Job


class Pool:
    """Child processes, at most `size` of them, each for at most `jobs_each` jobs.

    Safe to use from several threads: children are fresh interpreters, nothing is forked.

    Parameters
    ----------
    size
        Processes at most; the number of processors by default.
    jobs_each
        Jobs after which a child is replaced, so that what a decoder leaks stays small.
    grown_mb
        Resident megabytes after which it is replaced at once.
    """

    def __init__(
        self, size: int | None = None, *, jobs_each: int = 100, grown_mb: float = 400.0
    ) -> None:
        self._size = size or min(8, os.cpu_count() or 1)
        self._jobs_each, self._grown_mb = jobs_each, grown_mb
        self._free = threading.Semaphore(self._size)
        self._lock = threading.Lock()
        self._idle: list[ChildProcess] = []
        self._closed = False

    def run(
        self,
        job: Job,
        progress: Callable[..., object] | None = None,
        should_stop: Callable[[], bool] | None = None,
    ) -> Any:
        """Return what the job's function returned; see `ChildProcess.run`.

        Waiting for a free child counts into the job's own time.
        """
        begun = time.monotonic()
        if not self._free.acquire(timeout=job.timeout):
            raise AudioTimeoutError(
                "This audio had to wait too long for its turn",
                which=job.name,
                why=f"all {self._size} processes were busy for {job.timeout:g} s",
                next_step="try again later",
            )
        try:
            while True:
                child = self._take()
                try:
                    return child.run(job, progress, should_stop)
                except ChildGoneError:
                    # It left while idle; a fresh child cannot, so this ends.
                    if time.monotonic() - begun > job.timeout:
                        raise AudioTimeoutError(
                            "This audio took too long", which=job.name
                        ) from None
                finally:
                    self._give_back(child)
        finally:
            self._free.release()

    def _take(self) -> ChildProcess:
        with self._lock:
            if self._idle:
                return self._idle.pop()
        return ChildProcess()

    def _give_back(self, child: ChildProcess) -> None:
        worn = child.jobs >= self._jobs_each or child.resident_mb > self._grown_mb
        with self._lock:
            if child.usable and not worn and not self._closed:
                self._idle.append(child)
                return
        child.close()

    def close(self) -> None:
        """End the waiting children; those at work end with their jobs."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for child in idle:
            child.close()

    def forget(self) -> None:
        """Let go of children that belong to the process this one was forked from."""
        self._lock = threading.Lock()
        self._free = threading.Semaphore(self._size)
        for child in self._idle:
            child.forget()
        self._idle = []


_shared: Pool | None = None
_shared_lock = threading.Lock()


def shared_pool() -> Pool:
    """Return this process's pool, started on first use and ended at exit."""
    global _shared
    with _shared_lock:
        if _shared is None:
            _shared = Pool()
            atexit.register(close_shared_pool)
        return _shared


def close_shared_pool() -> None:
    """End the shared pool's children; the next job starts new ones."""
    global _shared
    with _shared_lock:
        pool, _shared = _shared, None
    if pool is not None:
        pool.close()


def _after_fork() -> None:
    global _shared, _shared_lock
    _shared_lock = threading.Lock()
    if _shared is not None:
        _shared.forget()
        _shared = None


os.register_at_fork(after_in_child=_after_fork)
