"""The job table from the side of those who ask for work."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, delete, func, select, update

from webapp.jobs.errors import JobKeyReused, JobUnknown, TooManyJobs
from webapp.jobs.job import HEAD_START, OVER, WAITING, Job, JobState, Limits, job_from
from webapp.store.clock import DAY, Clock
from webapp.store.engine import once_more, reading, writing
from webapp.store.ephemeral import Wakeup
from webapp.store.schema import JOB, USER
from webapp.store.values import digest, new_id

KEEP_SECONDS = 30 * DAY


# Asked with almost each request: putting a statement together takes longer than asking it.
_STRANGERS = select(JOB).where(JOB.c.id == bindparam("job"), JOB.c.user_id.is_(None))
_OF_USER = select(JOB).where(JOB.c.id == bindparam("job"), JOB.c.user_id == bindparam("user"))


class JobRequests:
    """Asking for jobs, looking at them, calling them off.

    Parameters
    ----------
    engine
        From `webapp.store.open_engine`.
    clock
        Seconds since the epoch.
    limits
        How many jobs one user may have.
    wakeup
        Called after a job was added, so that a worker starts at once.
    """

    def __init__(
        self,
        engine: Engine,
        clock: Clock = time.time,
        *,
        limits: Limits | None = None,
        wakeup: Wakeup | None = None,
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._limits = limits or Limits()
        self._wakeup = wakeup

    def enqueue(
        self,
        kind: str,
        payload: Mapping[str, Any],
        *,
        user_id: str | None,
        key: str | None = None,
        lane: str = "work",
        max_attempts: int = 3,
        run_at: float | None = None,
        connection: Connection | None = None,
    ) -> Job:
        """Ask for a job; when this returns (and `connection` is committed), it will not be lost.

        Parameters
        ----------
        kind
            Names the task, at most 60 characters.
        payload
            Plain data for it.
        user_id
            Whose job; None for nobody's, which have no limits and give way to users' jobs
            (`HEAD_START`).
        key
            Idempotency key, unique per user: the same key again gives the same job, in whatever
            state it is.
        lane
            One job per user runs in a lane at a time; another lane runs beside it.
        max_attempts
            How many workers may die with it, or crash in it, before it fails.
        run_at
            Not before this.
        connection
            An open transaction to take part in, such as that of `completing`; `announce` is then
            the caller's to call after its commit.

        Raises
        ------
        TooManyJobs
            If the user has as many waiting as one may.
        JobKeyReused
            If the key was used for another kind.
        StoreConflict
            If there is no such user any more.
        """
        values = {
            "id": new_id(),
            "user_id": user_id,
            "kind": kind,
            "lane": lane,
            "payload": dict(payload),
            "idempotency": None if key is None else digest(f"{user_id or ''}:{key}"),
            "max_attempts": max_attempts,
            "run_at": run_at,
        }
        if connection is not None:
            return self._enqueue(connection, values)

        def enqueue() -> Job:
            with writing(self._engine) as own:
                return self._enqueue(own, values)

        job = once_more(enqueue, which=f"job {kind}")
        self.announce()
        return job

    def announce(self) -> None:
        """Wake a worker; to be called once a transaction that jobs were added in is committed."""
        if self._wakeup is not None:
            self._wakeup.wake()

    def get(self, job_id: str, user_id: str | None) -> Job:
        """Return the user's job.

        Raises
        ------
        JobUnknown
            If there is none, or it is another user's: nobody can tell which.
        """
        query, named = _STRANGERS, {"job": job_id}
        if user_id is not None:
            query, named = _OF_USER, {"job": job_id, "user": user_id}
        with reading(self._engine) as connection:
            row = connection.execute(query, named).mappings().first()
        if row is None:
            raise _unknown(job_id)
        return job_from(row)

    def find(self, key: str, user_id: str | None) -> Job | None:
        """Return the job that was asked for with an idempotency key, or None."""
        query = select(JOB).where(JOB.c.idempotency == digest(f"{user_id or ''}:{key}"))
        with reading(self._engine) as connection:
            row = connection.execute(query).mappings().first()
        return None if row is None else job_from(row)

    def list(
        self, user_id: str | None, *, states: Sequence[JobState] | None = None, limit: int = 50
    ) -> tuple[Job, ...]:
        """Return the user's jobs, the newest first."""
        query = select(JOB).where(_of(user_id)).order_by(JOB.c.created_at.desc(), JOB.c.id)
        if states is not None:
            query = query.where(JOB.c.state.in_(states))
        with reading(self._engine) as connection:
            return tuple(job_from(row) for row in connection.execute(query.limit(limit)).mappings())

    def counts(self) -> dict[str, int]:
        """Return how many jobs there are in each state that occurs."""
        query = select(JOB.c.state, func.count().label("jobs")).group_by(JOB.c.state)
        with reading(self._engine) as connection:
            return {row.state: row.jobs for row in connection.execute(query)}

    def cancel(self, job_id: str, user_id: str | None) -> Job:
        """Call a job off.

        One that waits is cancelled at once. One that runs is asked to stop, and from then on cannot
        take effect any more. One that is over stays as it is.

        Raises
        ------
        JobUnknown
            If there is none, or it is another user's.
        """
        now = self._clock()
        mine = (JOB.c.id == job_id) & _of(user_id)
        with writing(self._engine) as connection:
            # The lock first: otherwise a worker may take it between the two.
            row = connection.execute(select(JOB).where(mine).with_for_update()).mappings().first()
            if row is None:
                raise _unknown(job_id)
            if row["state"] in OVER:
                return job_from(row)
            values: dict[str, Any] = {"updated_at": now, "cancel_asked": True}
            if row["state"] in WAITING:
                values |= {"state": "cancelled", "finished_at": now}
            changed = update(JOB).where(mine).values(values).returning(JOB)
            return job_from(connection.execute(changed).mappings().one())

    def retry(self, job_id: str, user_id: str | None) -> Job:
        """Queue a failed or cancelled job again, as if it had just been asked for.

        Raises
        ------
        JobUnknown
            If there is none, or it is another user's.
        TooManyJobs
            If the user has as many waiting as one may.
        """
        now = self._clock()
        mine = (JOB.c.id == job_id) & _of(user_id)
        with writing(self._engine) as connection:
            self._lock_user(connection, user_id)
            row = connection.execute(select(JOB).where(mine)).mappings().first()
            if row is None:
                raise _unknown(job_id)
            if row["state"] not in ("failed", "cancelled"):
                return job_from(row)
            self._check_limits(connection, user_id, row["lane"])
            fresh = {
                "state": "queued",
                "attempts": 0,
                "cancel_asked": False,
                "error": None,
                "reason": None,
                "run_at": None,
                "created_at": now,
                "turn_at": _turn(now, user_id),
                "updated_at": now,
                "started_at": None,
                "finished_at": None,
            }
            changed = update(JOB).where(mine).values(fresh).returning(JOB)
            job = job_from(connection.execute(changed).mappings().one())
        self.announce()
        return job

    def unpark(
        self,
        user_id: str | None,
        *,
        job_id: str | None = None,
        reason: str | None = None,
        connection: Connection | None = None,
    ) -> int:
        """Let parked jobs of a user run now, because what they waited for has happened.

        Parameters
        ----------
        user_id
            Whose.
        job_id, reason
            Only this job; only those parked for this reason.
        connection
            An open transaction to take part in.

        Returns
        -------
        int
            How many.
        """
        condition = _of(user_id) & (JOB.c.state == "parked")
        if job_id is not None:
            condition = condition & (JOB.c.id == job_id)
        if reason is not None:
            condition = condition & (JOB.c.reason == reason)
        changed = (
            update(JOB)
            .where(condition)
            .values(state="queued", run_at=None, reason=None, updated_at=self._clock())
        )
        with writing(self._engine, connection) as inside:
            count = inside.execute(changed).rowcount
        if connection is None and count:
            self.announce()
        return count

    def purge(self, *, older_than: float = KEEP_SECONDS) -> int:
        """Remove jobs that have been over for `older_than` seconds; return how many."""
        old = delete(JOB).where(
            JOB.c.state.in_(OVER), JOB.c.finished_at < self._clock() - older_than
        )
        with writing(self._engine) as connection:
            return connection.execute(old).rowcount

    def _enqueue(self, connection: Connection, values: dict[str, Any]) -> Job:
        now = self._clock()
        self._lock_user(connection, values["user_id"])
        if values["idempotency"] is not None:
            same = select(JOB).where(JOB.c.idempotency == values["idempotency"])
            row = connection.execute(same).mappings().first()
            if row is not None:
                return _same_kind(job_from(row), values["kind"])
        self._check_limits(connection, values["user_id"], values["lane"])
        started = {
            "state": "queued",
            "attempts": 0,
            "fence": 0,
            "beat": 0,
            "cancel_asked": False,
            "step": "",
            "done": 0,
            "total": 0,
            "message": "",
            "created_at": now,
            "turn_at": _turn(now, values["user_id"]),
            "updated_at": now,
        }
        inserted = JOB.insert().values(**values, **started).returning(JOB)
        return job_from(connection.execute(inserted).mappings().one())

    def _lock_user(self, connection: Connection, user_id: str | None) -> None:
        # So that simultaneous requests of one user are counted one after the other. (SQLite has the
        # whole database locked already.) "No key" lets rows that point at the user be added.
        if user_id is not None:
            query = select(USER.c.id).where(USER.c.id == user_id)
            connection.execute(query.with_for_update(key_share=True)).first()

    def _check_limits(self, connection: Connection, user_id: str | None, lane: str) -> None:
        if user_id is None:
            return
        query = (
            select(JOB.c.state, func.count().label("jobs"))
            .where(JOB.c.user_id == user_id, JOB.c.lane == lane, JOB.c.state.in_(WAITING))
            .group_by(JOB.c.state)
        )
        waiting = {row.state: row.jobs for row in connection.execute(query)}
        if waiting.get("queued", 0) >= self._limits.queued:
            raise TooManyJobs(
                "No further work was taken on",
                why=f"{waiting['queued']} of your jobs are waiting already, "
                f"{self._limits.queued} may",
                kept="those that wait",
                next_step="let one of them finish, or cancel one",
                retry_after=30.0,
            )
        if waiting.get("parked", 0) >= self._limits.parked:
            raise TooManyJobs(
                "No further work was taken on",
                why=f"{waiting['parked']} of your jobs wait for Spotify already, "
                f"{self._limits.parked} may",
                kept="those that wait",
                next_step="cancel one of them, or come back later",
                retry_after=3600.0,
            )


def _of(user_id: str | None) -> Any:
    return JOB.c.user_id.is_(None) if user_id is None else JOB.c.user_id == user_id


def _turn(now: float, user_id: str | None) -> float:
    return now + HEAD_START if user_id is None else now


def _same_kind(job: Job, kind: str) -> Job:
    if job.kind != kind:
        raise JobKeyReused(
            "The request was not taken on",
            which=kind,
            why=f"its idempotency key was used for {job.kind} before",
            next_step="use a new key",
        )
    return job


def _unknown(job_id: str) -> JobUnknown:
    return JobUnknown("There is no such job", which=job_id, next_step="look in your history")
