"""What a task sees of its job."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, TypeAlias

from sqlalchemy import Connection

from webapp.jobs.claims import JobClaims, Standing
from webapp.jobs.errors import JobCancelled, JobInterrupted, JobLost
from webapp.jobs.job import Job
from webapp.store.clock import Clock
from webapp.store.errors import StoreError

PROGRESS_SECONDS = 0.5
"""Progress within one step is written at most this often: pages ask once a second."""


class JobContext:
    """A task's view of its job: what to do, telling how far it is, and whether to stop.

    May be used from several threads.

    Parameters
    ----------
    jobs
        The job table.
    job
        As it was claimed.
    monotonic
        Seconds since any start.
    """

    def __init__(self, jobs: JobClaims, job: Job, monotonic: Clock = time.monotonic) -> None:
        self._jobs = jobs
        self._job = job
        self._monotonic = monotonic
        self._step = ""
        self._told_at = float("-inf")
        self._standing: Standing = "held"
        self._interrupted = False
        self._told_to_stop = False
        self._completed = False

    @property
    def job(self) -> Job:
        """The job, as it was claimed."""
        return self._job

    @property
    def payload(self) -> dict[str, Any]:
        """What was asked for."""
        return self._job.payload

    @property
    def user_id(self) -> str:
        """Whose job it is; empty for the system's own."""
        return self._job.user_id or ""

    @property
    def completed(self) -> bool:
        """Whether `completing` has been committed."""
        return self._completed

    @property
    def standing(self) -> Standing:
        """How the worker stands with the job, as far as it is known."""
        return self._standing

    @property
    def interrupted(self) -> bool:
        """Whether the worker wants the task to stop."""
        return self._interrupted

    @property
    def told_to_stop(self) -> bool:
        """Whether the task has been told to stop, so that what it raised since follows from it."""
        return self._told_to_stop

    def progress(self, step: str, done: int = 0, total: int = 0, message: str = "") -> bool:
        """Tell how far the work is; cheap enough to be called often.

        Parameters
        ----------
        step
            Names the step; the page translates it.
        done, total
            Things done and to do in this step.
        message
            Further text, such as the title of the track.

        Returns
        -------
        bool
            False if the task should stop.
        """
        now = self._monotonic()
        last = total > 0 and done >= total
        if step != self._step or last or now - self._told_at >= PROGRESS_SECONDS:
            self._step = step
            self._told_at = now
            told = {"step": step, "done": done, "total": total, "message": message}
            # A database that is busy or full must not stop the work; the end of the job will tell.
            with suppress(StoreError):
                self.note(self._jobs.standing(self._job, told))
        return not self.should_stop()

    def should_stop(self) -> bool:
        """Return whether to stop: cancelled, lost to another worker, or the worker shuts down."""
        stop = self._interrupted or self._standing != "held"
        self._told_to_stop |= stop
        return stop

    def check(self) -> None:
        """Raise if the task should stop.

        Raises
        ------
        JobCancelled, JobLost, JobInterrupted
            By its cause.
        """
        if not self.should_stop():
            return
        if self._standing == "cancel_asked":
            raise JobCancelled("The job was cancelled", which=self._job.id)
        if self._standing == "lost":
            raise JobLost("Another worker has the job", which=self._job.id)
        raise JobInterrupted("The worker is stopping", which=self._job.id)

    @contextmanager
    def completing(self, result: Mapping[str, Any] | None = None) -> Iterator[Connection]:
        """Write the job's effects and its end in one transaction; see `Jobs.completing`.

        What the task returns afterwards is ignored.
        """
        with self._jobs.completing(self._job, result) as connection:
            yield connection
        self._completed = True

    def note(self, standing: Standing) -> None:
        """Take down how the worker stands with the job (for the worker)."""
        self._standing = standing

    def interrupt(self) -> None:
        """Ask the task to stop because the worker does (for the worker)."""
        self._interrupted = True


Task: TypeAlias = Callable[[JobContext], Mapping[str, Any] | None]
"""Does the work and returns its result as plain data.

Errors it raises decide what becomes of the job: a `HooklistError` with a number ``retry_after``
parks it for so many seconds, `JobParked` parks it as it says, another `HooklistError` is its
failure, and anything else is tried again, then a failure.
"""
