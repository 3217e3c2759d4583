"""The job table from the side of the workers: taking jobs, keeping them, ending them.

A worker holds a job by its `fence`, a number that goes up each time the job is taken. Whether the
holder has died is decided by whoever looks: the job's `beat` has stood still for the whole lease on
the looker's own monotonic clock. So a wall clock that jumps takes a job from nobody (the idea of
Kubernetes' leader election), and a looker that has just started waits for one lease.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any, Literal, TypeAlias

from sqlalchemy import (
    Connection,
    Engine,
    RowMapping,
    bindparam,
    case,
    exists,
    func,
    literal_column,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from webapp.jobs.errors import JobAbandoned, JobCancelled, JobExpired, JobLost
from webapp.jobs.job import (
    LEASE_SECONDS,
    LONGEST_WAIT,
    WAITING,
    Job,
    Limits,
    describe,
    job_from,
)
from webapp.jobs.requests import JobRequests
from webapp.store.clock import CLOCK_SLACK, Clock
from webapp.store.engine import reading, writing
from webapp.store.ephemeral import Wakeup
from webapp.store.schema import JOB
from webapp.store.values import plain_text

Standing: TypeAlias = Literal["held", "cancel_asked", "lost"]

_CLAIM_TRIES = 5
_RUNNING: Any = literal_column("'running'")


class JobClaims(JobRequests):
    """Taking jobs, keeping them, ending them.

    Parameters
    ----------
    engine, clock, limits, wakeup
        See `JobRequests`.
    lease
        Seconds of standing still after which a job is taken from its worker.
    monotonic
        Seconds since any start.
    """

    def __init__(
        self,
        engine: Engine,
        clock: Clock = time.time,
        *,
        limits: Limits | None = None,
        wakeup: Wakeup | None = None,
        lease: float = LEASE_SECONDS,
        monotonic: Clock = time.monotonic,
    ) -> None:
        super().__init__(engine, clock, limits=limits, wakeup=wakeup)
        self._lease = lease
        self._monotonic = monotonic
        self._seen_lock = threading.Lock()
        self._seen: dict[str, tuple[int, int, float]] = {}
        self._looked = float("-inf")

    @property
    def lease(self) -> float:
        """Seconds of standing still after which a job is taken from its worker."""
        return self._lease

    def claim(self, worker_id: str, kinds: Sequence[str] | None = None) -> Job | None:
        """Take the job that may run now and whose turn it is, or return None.

        That is the oldest, where nobody's jobs count as younger than they are by `HEAD_START`. One
        statement takes it, so two workers never take the same. A user who has a job running in a
        lane waits with the next one of that lane.

        Parameters
        ----------
        worker_id
            For people who look for who did it.
        kinds
            Only these; None for all.
        """
        self.reclaim()
        now = self._clock()
        values: dict[str, Any] = {
            "by": plain_text(worker_id, 120),
            "moment": now,
            "ahead": now + CLOCK_SLACK,
        }
        if kinds is not None:
            values["kinds"] = list(kinds)
        look, statement = _claim_statements(of_kinds=kinds is not None)
        # Whoever only looks is in nobody's way, and mostly there is nothing.
        with reading(self._engine) as connection:
            if connection.execute(look, values).first() is None:
                return None
        for _ in range(_CLAIM_TRIES):
            try:
                with writing(self._engine) as connection:
                    row = connection.execute(statement, values).mappings().first()
                return None if row is None else job_from(row)
            except IntegrityError:
                # At the same moment another worker took another job of the same user; look again.
                continue
        return None

    def reclaim(self, *, at_once: bool = False) -> int:
        """Take jobs from workers that have died; return how many.

        They are queued again, or have failed if they have used up their attempts, or are cancelled
        if that was asked for. Looks at most 20 times per lease unless `at_once`.
        """
        with self._seen_lock:
            now = self._monotonic()
            if not at_once and now - self._looked < self._lease / 20:
                return 0
            self._looked = now
            query = select(JOB).where(JOB.c.state == _RUNNING)
            with reading(self._engine) as connection:
                rows = connection.execute(query).mappings().all()
            still = self._seen
            self._seen = {}
            dead = []
            for row in rows:
                fence, beat, since = still.get(row["id"], (-1, -1, now))
                if (fence, beat) != (row["fence"], row["beat"]):
                    since = now
                self._seen[row["id"]] = (row["fence"], row["beat"], since)
                if now - since >= self._lease:
                    dead.append(row)
        return sum(self._take_back(row) for row in dead)

    def seconds_to_reclaim(self) -> float:
        """Return after how long `reclaim` may find something: infinity if nothing runs."""
        with self._seen_lock:
            first = min((since for _, _, since in self._seen.values()), default=float("inf"))
        return max(0.0, first + self._lease - self._monotonic())

    def heartbeat(self, job: Job) -> bool:
        """Tell that the worker lives; False if the job is lost, or to be stopped."""
        return self.standing(job) == "held"

    def progress(self, job: Job, step: str, done: int, total: int, message: str = "") -> bool:
        """Write down how far the job is; counts as a heartbeat, answers like one."""
        told = {"step": step, "done": done, "total": total, "message": message}
        return self.standing(job, told) == "held"

    def standing(self, job: Job, told: Mapping[str, Any] | None = None) -> Standing:
        """Tell that the worker lives, and return how it stands with the job.

        Parameters
        ----------
        job
            As it was claimed.
        told
            Progress to write down: any of ``step``, ``done``, ``total``, ``message``.
        """
        told = dict(told or {})
        for name, longest in (("step", 120), ("message", 500)):
            if name in told:
                told[name] = plain_text(told[name], longest)
        changed = (
            update(JOB)
            .where(_held(job))
            .values(beat=JOB.c.beat + 1, updated_at=self._clock(), **told)
            .returning(JOB.c.cancel_asked)
        )
        with writing(self._engine) as connection:
            row = connection.execute(changed).first()
        if row is None:
            return "lost"
        return "cancel_asked" if row.cancel_asked else "held"

    @contextmanager
    def completing(self, job: Job, result: Mapping[str, Any] | None = None) -> Iterator[Connection]:
        """Give a transaction in which the job's effects and its end are written, or neither.

        Keep it short: on SQLite nobody else writes meanwhile.

        Parameters
        ----------
        job
            As it was claimed.
        result
            Plain data; read at the end of the block, so it may be filled inside.

        Raises
        ------
        JobLost
            If another worker has it, before the block is entered.
        JobCancelled
            If the user has called it off, before the block is entered.
        """
        with writing(self._engine) as connection:
            query = select(JOB.c.cancel_asked).where(_held(job)).with_for_update()
            row = connection.execute(query).first()
            if row is None:
                raise _lost(job)
            if row.cancel_asked:
                raise JobCancelled("The job was cancelled", which=job.id)
            yield connection
            now = self._clock()
            connection.execute(
                update(JOB)
                .where(_held(job))
                .values(
                    state="done",
                    result=dict(result or {}),
                    error=None,
                    updated_at=now,
                    finished_at=now,
                )
            )
        # The user's next job may run now, and the block may have added one.
        self.announce()

    def finish(self, job: Job, result: Mapping[str, Any] | None = None) -> None:
        """End the job well.

        Raises
        ------
        JobLost
            If another worker has it.
        JobCancelled
            If the user has called it off.
        """
        with self.completing(job, result):
            pass

    def fail(self, job: Job, error: BaseException, *, retry_at: float | None = None) -> bool:
        """End the job badly, or let it be tried again at `retry_at` if attempts are left.

        Returns
        -------
        bool
            False if the job was lost meanwhile: nothing was written.
        """
        if retry_at is not None and job.attempts < job.max_attempts:
            return self._leave(job, state="queued", run_at=retry_at, error=describe(error))
        return self._end(job, "failed", describe(error))

    def park(
        self,
        job: Job,
        until: float | None,
        reason: str,
        error: BaseException | None = None,
    ) -> bool:
        """Let the job wait without a worker; it is not counted as an attempt.

        Parameters
        ----------
        job
            As it was claimed.
        until
            When to go on; None for when `unpark` is called. One that would have to wait for more
            than seven days after it was asked for fails with ``jobs.expired``.
        reason
            A stable code; `unpark` can select by it.
        error
            What happened, for the page.

        Returns
        -------
        bool
            False if the job was lost meanwhile: nothing was written.
        """
        last = job.created_at + LONGEST_WAIT
        if (until or self._clock()) >= last:
            expired = JobExpired(
                "The job was given up",
                which=job.kind,
                why=f"it has waited for seven days ({reason})",
                next_step="start it again",
            )
            return self._end(job, "failed", describe(expired))
        return self._leave(
            job,
            state="parked",
            attempts=max(0, job.attempts - 1),
            run_at=last if until is None else until,
            reason=reason,
            error=None if error is None else describe(error),
        )

    def release(self, job: Job) -> bool:
        """Hand the job back for another worker, because this one stops; no attempt is counted."""
        return self._leave(job, state="queued", attempts=max(0, job.attempts - 1), run_at=None)

    def acknowledge_cancel(self, job: Job) -> bool:
        """End a job that was to be cancelled; False if it was lost meanwhile."""
        return self._end(job, "cancelled", None)

    def _take_back(self, row: RowMapping) -> bool:
        now = self._clock()
        values: dict[str, Any] = {"updated_at": now}
        if row["cancel_asked"]:
            values |= {"state": "cancelled", "finished_at": now}
        elif row["attempts"] >= row["max_attempts"]:
            abandoned = JobAbandoned(
                "The work was given up",
                which=row["kind"],
                why=f"{row['attempts']} workers stopped while they were at it",
                next_step="try with other input; the operator finds the cause in the log",
            )
            values |= {"state": "failed", "finished_at": now, "error": describe(abandoned)}
        else:
            values |= {"state": "queued", "run_at": None}
        # Only if it still stands where it stood.
        changed = (
            update(JOB)
            .where(
                JOB.c.id == row["id"],
                JOB.c.state == "running",
                JOB.c.fence == row["fence"],
                JOB.c.beat == row["beat"],
            )
            .values(values)
        )
        asked = self._monotonic()
        with writing(self._engine) as connection:
            if self._monotonic() - asked > self._lease / 10:
                # The database was held by somebody; then the worker could not write either, and
                # deserves a whole lease from now on.
                with self._seen_lock:
                    self._seen.pop(row["id"], None)
                return False
            return connection.execute(changed).rowcount > 0

    def _leave(self, job: Job, *, state: str, **values: Any) -> bool:
        now = self._clock()
        # A job that was to be cancelled must not wait for anything any more.
        instead: Any = case((JOB.c.cancel_asked, "cancelled"), else_=state)
        over: Any = case((JOB.c.cancel_asked, now), else_=null())
        return self._change(job, state=instead, updated_at=now, finished_at=over, **values)

    def _end(self, job: Job, state: str, error: dict[str, Any] | None) -> bool:
        now = self._clock()
        ended = self._change(job, state=state, updated_at=now, finished_at=now, error=error)
        if ended:
            # The user's next job may run now.
            self.announce()
        return ended

    def _change(self, job: Job, **values: Any) -> bool:
        with writing(self._engine) as connection:
            return connection.execute(update(JOB).where(_held(job)).values(values)).rowcount > 0


@cache
def _claim_statements(*, of_kinds: bool) -> tuple[Any, Any]:
    """Return what tells whether a job may run, and the one statement that takes it.

    They are made once, because making them takes 2 ms.
    """
    waiting = JOB.alias("waiting")
    running = JOB.alias("running")
    may_run = [
        # Literal, not bound: only so can the databases see that the partial indexes fit.
        waiting.c.state.in_([literal_column(f"'{state}'") for state in WAITING]),
        or_(
            waiting.c.run_at.is_(None),
            waiting.c.run_at <= bindparam("moment"),
            # Written in the future: the clock has gone back since, and the moment with it.
            waiting.c.updated_at > bindparam("ahead"),
        ),
        ~exists().where(
            running.c.user_id == waiting.c.user_id,
            running.c.lane == waiting.c.lane,
            running.c.state == _RUNNING,
        ),
    ]
    if of_kinds:
        may_run.append(waiting.c.kind.in_(bindparam("kinds", expanding=True)))
    may = select(waiting.c.id).where(*may_run).limit(1)
    next_one = (
        may.order_by(waiting.c.turn_at, waiting.c.id)
        .with_for_update(skip_locked=True, of=waiting)
        .scalar_subquery()
    )
    take = (
        update(JOB)
        .where(JOB.c.id == next_one)
        .values(
            state="running",
            worker=bindparam("by"),
            fence=JOB.c.fence + 1,
            beat=0,
            attempts=JOB.c.attempts + 1,
            reason=None,
            run_at=None,
            updated_at=bindparam("moment"),
            started_at=func.coalesce(JOB.c.started_at, bindparam("moment")),
        )
        .returning(JOB)
    )
    return may, take


def _held(job: Job) -> Any:
    return (JOB.c.id == job.id) & (JOB.c.fence == job.fence) & (JOB.c.state == "running")


def _lost(job: Job) -> JobLost:
    return JobLost(
        "The work counts for nothing",
        which=job.id,
        why="the job stood still for too long and another worker has it, or it was deleted",
    )
