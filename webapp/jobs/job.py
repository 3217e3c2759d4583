"""A job as plain data, and how many of them a user may have."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Literal, TypeAlias

from sqlalchemy import RowMapping

from hooklist_errors import HooklistError
from webapp.jobs.errors import JobCrashed
from webapp.store.clock import DAY, MINUTE
from webapp.store.errors import ValueUnstorable
from webapp.store.values import to_json

JobState: TypeAlias = Literal["queued", "parked", "running", "done", "failed", "cancelled"]

WAITING: tuple[JobState, ...] = ("queued", "parked")
OVER: tuple[JobState, ...] = ("done", "failed", "cancelled")

LEASE_SECONDS = 10.0
"""A running job that nobody has touched for this long is taken from its worker."""

HEAD_START = 10 * MINUTE
"""A user's job goes before jobs of nobody that were asked for up to so many seconds earlier.

A bound, so that nobody's jobs are late but never left: those asked for later than this after one of
them stand behind it.
"""

LONGEST_WAIT = 7 * DAY
"""A job that would have to wait for longer than this after it was asked for fails instead."""


@dataclass(frozen=True, slots=True)
class Job:
    """A job, as it was when it was read.

    Attributes
    ----------
    id
        32 hex digits.
    user_id
        Whose; None for the system's own.
    kind
        Names the task.
    lane
        One job per user runs in a lane at a time.
    payload
        Plain data for the task.
    state
        ``queued`` → ``running`` → ``done``, ``failed`` or ``cancelled``; ``parked`` waits for a
        moment or an event and is then taken like a queued one.
    attempts, max_attempts
        How often it was begun without having been parked or handed back, and how often it may be.
    fence
        Goes up each time it is taken; what an earlier taker does no longer counts.
    worker
        Who runs it, or ran it last.
    cancel_asked
        The user wants it to stop.
    step, done, total, message
        Progress as the task tells it.
    result
        Plain data of a job that is done.
    error
        Of the last attempt, as `describe` gives it.
    reason
        Why it is parked.
    run_at
        Not before this; None for at once. Like all moments: seconds since the epoch.
    created_at, updated_at, started_at, finished_at
        When it was asked for, last changed, first begun, over.
    """

    id: str
    user_id: str | None
    kind: str
    lane: str
    payload: dict[str, Any]
    state: JobState
    attempts: int
    max_attempts: int
    fence: int
    worker: str | None
    cancel_asked: bool
    step: str
    done: int
    total: int
    message: str
    result: dict[str, Any] | None
    error: dict[str, Any] | None
    reason: str | None
    run_at: float | None
    created_at: float
    updated_at: float
    started_at: float | None
    finished_at: float | None

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen to it by itself."""
        return self.state in OVER


@dataclass(frozen=True, slots=True)
class Limits:
    """How many jobs one user may have in a lane, beside the one that runs.

    Attributes
    ----------
    queued
        Waiting for a worker.
    parked
        Waiting for a moment or an event, such as the end of a cooldown.
    """

    queued: int = 3
    parked: int = 20


def job_from(row: RowMapping) -> Job:
    """Return the job of a row of the job table."""
    return Job(**{field.name: row[field.name] for field in fields(Job)})


def describe(error: BaseException) -> dict[str, Any]:
    """Return `error` as plain data for the job table.

    Returns
    -------
    dict
        ``code``, ``what``, ``which``, ``why``, ``next_step``, ``kept`` and ``details``. An error
        that is no `HooklistError` is told as ``jobs.crashed`` with nothing but its type's name: its
        text was not written for users and may hold anything.
    """
    if not isinstance(error, HooklistError):
        error = JobCrashed(
            "The work failed unexpectedly",
            why=type(error).__name__,
            next_step="try again; if it stays so, the operator finds the cause in the log",
        )
    try:
        to_json(error.details, largest=20_000)
        details = error.details
    except ValueUnstorable:
        details = {}
    texts = {name: str(getattr(error, name)) for name in _TEXTS}
    return {"code": error.code, **texts, "details": details}


_TEXTS = ("what", "which", "why", "next_step", "kept")
