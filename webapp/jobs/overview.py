"""The job table as the operator sees it: everybody's jobs, without whose they are."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, func, select

from webapp.jobs.errors import JobUnknown
from webapp.store.clock import DAY, Clock
from webapp.store.engine import reading
from webapp.store.schema import JOB

MOST_SHOWN = 50


@dataclass(frozen=True, slots=True)
class JobGlimpse:
    """A job without its owner and its payload.

    Attributes
    ----------
    id, kind, state, step, attempts
        As in `webapp.jobs.job.Job`.
    code
        Of its last error; empty if there was none.
    why
        Its reason, written by us (`webapp.jobs.describe`).
    worker
        Who runs it, or ran it last; may be empty.
    created_at, finished_at, run_at
        Seconds since the epoch, or None.
    """

    id: str
    kind: str
    state: str
    step: str
    attempts: int
    code: str
    why: str
    worker: str
    created_at: float
    finished_at: float | None
    run_at: float | None


@dataclass(frozen=True, slots=True)
class JobsNow:
    """The job table at one moment.

    Attributes
    ----------
    counts
        By state.
    failed_today
        By error code, those that failed within the last 24 hours.
    oldest_waiting
        When the oldest queued job that may run was asked for; None if none waits.
    running, parked, failed
        The jobs themselves, at most 50 of each; the failed ones of the last 24 hours, the newest
        first.
    """

    counts: dict[str, int]
    failed_today: dict[str, int]
    oldest_waiting: float | None
    running: tuple[JobGlimpse, ...]
    parked: tuple[JobGlimpse, ...]
    failed: tuple[JobGlimpse, ...]


_SHOWN = (
    "id", "kind", "state", "step", "attempts", "error", "worker", "created_at", "finished_at",
    "run_at",
)  # fmt: skip


def look_at_jobs(engine: Engine, clock: Clock = time.time) -> JobsNow:
    """Return how the job table is."""
    now = clock()
    since = JOB.c.finished_at > now - DAY
    by_state = select(JOB.c.state, func.count().label("jobs")).group_by(JOB.c.state)
    waiting = select(func.min(JOB.c.created_at)).where(
        JOB.c.state == "queued", (JOB.c.run_at.is_(None)) | (JOB.c.run_at <= now)
    )
    failed_codes = select(JOB.c.error).where(JOB.c.state == "failed", since)
    with reading(engine) as connection:
        counts = {row.state: row.jobs for row in connection.execute(by_state)}
        oldest = connection.execute(waiting).scalar()
        codes: dict[str, int] = {}
        for row in connection.execute(failed_codes):
            code = _code(row.error)
            codes[code] = codes.get(code, 0) + 1

        def some(*conditions: Any) -> tuple[JobGlimpse, ...]:
            query = (
                select(*(JOB.c[name] for name in _SHOWN))
                .where(*conditions)
                .order_by(JOB.c.updated_at.desc(), JOB.c.id)
                .limit(MOST_SHOWN)
            )
            return tuple(_glimpse(found) for found in connection.execute(query).mappings())

        return JobsNow(
            counts,
            dict(sorted(codes.items(), key=lambda item: (-item[1], item[0]))),
            oldest,
            some(JOB.c.state == "running"),
            some(JOB.c.state == "parked"),
            some(JOB.c.state == "failed", since),
        )


def owner_of(engine: Engine, job_id: str) -> str | None:
    """Return whose job it is; None for the system's own.

    Raises
    ------
    JobUnknown
        If there is none.
    """
    with reading(engine) as connection:
        row = connection.execute(select(JOB.c.user_id).where(JOB.c.id == job_id)).first()
    if row is None:
        raise JobUnknown("There is no such job", which=job_id, next_step="reload the page")
    owner: str | None = row.user_id
    return owner


def _code(error: Any) -> str:
    return str(error.get("code") or "internal") if isinstance(error, dict) else "internal"


def _glimpse(row: Any) -> JobGlimpse:
    error = row["error"] if isinstance(row["error"], dict) else {}
    plain = {name: row[name] for name in _SHOWN if name not in {"error", "worker"}}
    return JobGlimpse(
        **plain,
        code=_code(error) if error else "",
        why=str(error.get("why") or error.get("what") or ""),
        worker=row["worker"] or "",
    )
