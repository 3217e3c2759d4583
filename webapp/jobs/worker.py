"""The worker: takes jobs one after the other, keeps them alive, and ends them."""

from __future__ import annotations

import logging
import os
import secrets
import signal
import socket
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from types import FrameType
from typing import Any

from hooklist_errors import HooklistError
from webapp.jobs.claims import JobClaims
from webapp.jobs.context import JobContext, Task
from webapp.jobs.errors import (
    JobCancelled,
    JobInterrupted,
    JobLost,
    JobOverdue,
    JobParked,
)
from webapp.jobs.job import Job
from webapp.store.clock import HOUR, MINUTE, Clock
from webapp.store.ephemeral import Wakeup
from webapp.store.errors import StoreError, ValueUnstorable
from webapp.store.worker_signs import SIGN_SECONDS

LOG = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 3.0
GRACE_SECONDS = 8.0
"""How long a task may take to stop once it is asked to."""

LONGEST_JOB = 30 * MINUTE
POLL_SECONDS = (0.25, 1.0)
"""How often an idle worker looks for jobs: at first, and after a while without any."""

LONGEST_UNTIDIED = HOUR
"""Seconds for which a worker that is never idle puts its chores off: time limits must hold."""

_TICK = 0.1


class Worker:
    """Takes jobs and runs their tasks, one at a time.

    The task runs in a thread of its own, so that the worker can keep the job's lease whatever the
    task does. Work that can crash the process (decoding audio) belongs into a child process.

    Parameters
    ----------
    jobs
        The job table.
    tasks
        By kind of job; other kinds are left to other workers.
    worker_id
        For people; host, process and four random digits if left out.
    wakeup
        wakes the worker when a job is added; without it, it looks every 0.25 to 1 s.
    chores
        Called about once an hour, while idle or else between two jobs (purging what is old).
    heartbeat
        Seconds between signs of life; a third of the jobs' lease.
    poll
        Shortest and longest seconds between looks.
    grace
        Seconds a task may take to stop when it is asked to; after that its job is handed back.
    longest
        Seconds after which a task is given up as hanging.
    signs
        Told every 15 s that the worker is there, also while it is idle; what it raises is logged.
    clock, monotonic
        Seconds since the epoch; seconds since any start.
    """

    def __init__(
        self,
        jobs: JobClaims,
        tasks: Mapping[str, Task],
        *,
        worker_id: str | None = None,
        wakeup: Wakeup | None = None,
        chores: Sequence[Callable[[], object]] = (),
        heartbeat: float | None = None,
        poll: tuple[float, float] = POLL_SECONDS,
        grace: float = GRACE_SECONDS,
        longest: float = LONGEST_JOB,
        signs: Callable[[str, Sequence[str]], object] | None = None,
        clock: Clock = time.time,
        monotonic: Clock = time.monotonic,
    ) -> None:
        self._jobs = jobs
        self._tasks = dict(tasks)
        self._id = worker_id or f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(2)}"
        self._wakeup = wakeup
        self._chores = tuple(chores)
        self._heartbeat = min(HEARTBEAT_SECONDS, jobs.lease / 3) if heartbeat is None else heartbeat
        self._poll = poll
        self._grace = grace
        self._longest = longest
        self._signs = signs
        self._sign_at = float("-inf")
        self._clock = clock
        self._monotonic = monotonic
        # A plain attribute: a signal handler must not take the lock of an Event it may interrupt.
        self._stopping = False
        self._chores_at = monotonic() + MINUTE

    @property
    def id(self) -> str:
        """The worker's name in the job table."""
        return self._id

    def stop(self) -> None:
        """Ask the worker to end: within the grace its job is finished or handed back."""
        self._stopping = True
        if self._wakeup is not None:
            self._wakeup.wake()

    def stop_on_signals(self) -> None:
        """Stop on SIGTERM and SIGINT. To be called in the main thread."""

        def handle(_number: int, _frame: FrameType | None) -> None:
            self._stopping = True

        signal.signal(signal.SIGTERM, handle)
        signal.signal(signal.SIGINT, handle)

    def run(self) -> None:
        """Work until `stop`; a database that fails is waited for, not died of."""
        pause = self._poll[0]
        while not self._stopping:
            self._give_sign()
            try:
                worked = self.run_once()
                if not worked or self._monotonic() > self._chores_at + LONGEST_UNTIDIED:
                    self._do_chores()
            except StoreError as error:
                LOG.error("the job table cannot be used: %s", error)
                self._sleep(self._poll[1])
                continue
            if worked:
                pause = self._poll[0]
                continue
            self._sleep(min(pause, max(0.01, self._jobs.seconds_to_reclaim())))
            pause = min(pause * 1.5, self._poll[1])

    def run_once(self) -> bool:
        """Take one job and run it to its end; return whether there was one.

        Raises
        ------
        StoreError
            If the job table cannot be used to look for one.
        """
        job = self._jobs.claim(self._id, tuple(self._tasks))
        if job is None:
            return False
        LOG.info("job %s (%s) begun, attempt %d", job.id, job.kind, job.attempts)
        self._run(job)
        return True

    def _run(self, job: Job) -> None:
        context = JobContext(self._jobs, job, self._monotonic)
        attempt = _Attempt(self._tasks[job.kind], context)
        attempt.start()
        ended = self._attend(attempt, context)
        if not ended:
            # It does not stop. It keeps its thread, but what it does no longer counts.
            self._settle(job, lambda: self._give_up(job, context))
            return
        self._settle(job, lambda: self._conclude(job, context, attempt))

    def _attend(self, attempt: _Attempt, context: JobContext) -> bool:
        """Keep the lease until the task has ended; False if it had to be given up."""
        begun = heard = beat_at = self._monotonic()
        asked_at: float | None = None
        while not attempt.ended.wait(_TICK):
            now = self._monotonic()
            if self._stopping or now - begun > self._longest:
                context.interrupt()
            if asked_at is None and context.interrupted:
                asked_at = now
            if asked_at is not None and now - asked_at > self._grace:
                return False
            if now - beat_at < self._heartbeat:
                continue
            self._give_sign()
            try:
                context.note(self._jobs.standing(context.job))
                heard = self._monotonic()
                # Looking at other workers' jobs meanwhile, so that theirs need not wait for ours.
                self._jobs.reclaim()
            except StoreError as error:
                LOG.warning("job %s: no sign of life could be given: %s", context.job.id, error)
                if self._monotonic() - heard > self._jobs.lease:
                    context.note("lost")
            beat_at = self._monotonic()
        return True

    def _settle(self, job: Job, conclude: Callable[[], None]) -> None:
        """Write how the job ended; if the database fails, again for as long as the lease lasts."""
        deadline = self._monotonic() + self._jobs.lease
        while True:
            try:
                conclude()
                return
            except JobLost:
                LOG.warning("job %s was lost to another worker, or deleted", job.id)
                return
            except StoreError as error:
                if self._monotonic() > deadline:
                    # Its lease runs out, and it will be run again.
                    LOG.error("job %s: its end could not be written: %s", job.id, error)
                    return
                time.sleep(min(0.5, self._jobs.lease / 10))

    def _give_up(self, job: Job, context: JobContext) -> None:
        if context.standing == "cancel_asked":
            self._jobs.acknowledge_cancel(job)
        elif self._stopping:
            LOG.warning("job %s did not stop in time and is handed back", job.id)
            self._jobs.release(job)
        else:
            LOG.error("job %s hangs and is given up", job.id)
            self._jobs.fail(
                job,
                JobOverdue(
                    "The work was given up",
                    which=job.kind,
                    why=f"it took longer than {self._longest / MINUTE:g} minutes",
                    next_step="try with less input",
                ),
            )

    def _conclude(self, job: Job, context: JobContext, attempt: _Attempt) -> None:
        error = attempt.error
        if context.completed:
            if error is not None:
                LOG.error("job %s failed after its end", job.id, exc_info=error)
            return
        if error is None:
            try:
                self._jobs.finish(job, attempt.result)
            except JobCancelled:
                self._jobs.acknowledge_cancel(job)
            except ValueUnstorable as refused:
                self._jobs.fail(job, refused)
            return
        self._conclude_badly(job, context, error)

    def _conclude_badly(self, job: Job, context: JobContext, error: BaseException) -> None:
        cancelled = context.told_to_stop and context.standing == "cancel_asked"
        if isinstance(error, JobLost) or (context.told_to_stop and context.standing == "lost"):
            raise JobLost("Another worker has the job", which=job.id)
        if isinstance(error, JobCancelled) or cancelled:
            self._jobs.acknowledge_cancel(job)
        elif isinstance(error, JobInterrupted) or context.told_to_stop:
            self._conclude_interrupted(job, context)
        elif isinstance(error, JobParked):
            self._park(job, error)
        elif (wait := _retry_after(error)) is not None:
            LOG.info("job %s (%s) parked for %.0f s: %s", job.id, job.kind, wait, error)
            self._jobs.park(job, self._clock() + wait, getattr(error, "code", ""), error)
        elif isinstance(error, HooklistError) and not _may_pass(error):
            LOG.info("job %s (%s) failed: %s: %s", job.id, job.kind, error.code, error)
            self._jobs.fail(job, error)
        else:
            LOG.error("job %s (%s) crashed", job.id, job.kind, exc_info=error)
            # Quickly at first, then with patience: 1 s, 4 s, 16 s, …
            again = self._clock() + 4.0 ** (job.attempts - 1)
            self._jobs.fail(job, error, retry_at=again)

    def _park(self, job: Job, error: JobParked) -> None:
        if not self._jobs.park(job, error.until, error.reason, error):
            return
        if error.happened is not None and error.happened():
            self._jobs.unpark(job.user_id, job_id=job.id, reason=error.reason)

    def _conclude_interrupted(self, job: Job, context: JobContext) -> None:
        if self._stopping:
            LOG.info("job %s is handed back, the worker stops", job.id)
            self._jobs.release(job)
        else:
            self._give_up(job, context)

    def _sleep(self, seconds: float) -> None:
        deadline = self._monotonic() + seconds
        while not self._stopping and (left := deadline - self._monotonic()) > 0:
            if self._wakeup is not None:
                if self._wakeup.wait(left):
                    return
            else:
                time.sleep(min(left, _TICK))

    def _give_sign(self) -> None:
        now = self._monotonic()
        if self._signs is None or now < self._sign_at:
            return
        self._sign_at = now + SIGN_SECONDS
        try:
            self._signs(self._id, sorted(self._tasks))
        except StoreError as error:
            LOG.warning("the worker's sign of life could not be written: %s", error)

    def _do_chores(self) -> None:
        if not self._chores or self._monotonic() < self._chores_at:
            return
        self._chores_at = self._monotonic() + HOUR
        for chore in self._chores:
            try:
                chore()
            except Exception:
                LOG.exception("a chore failed; it is tried again in an hour")


class _Attempt(threading.Thread):
    """One run of a task. A daemon: a task that hangs must not keep the process from ending."""

    def __init__(self, task: Task, context: JobContext) -> None:
        super().__init__(name=f"job-{context.job.id[:8]}", daemon=True)
        self._task = task
        self._context = context
        self.ended = threading.Event()
        self.result: Mapping[str, Any] | None = None
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            self.result = self._task(self._context)
        except BaseException as error:
            # Also SystemExit: whatever a task does, its job must end.
            self.error = error
        finally:
            self.ended.set()


def _may_pass(error: HooklistError) -> bool:
    """Tell whether the database's trouble, not the work, was the cause."""
    return isinstance(error, StoreError) and not isinstance(error, ValueUnstorable)


def _retry_after(error: BaseException) -> float | None:
    wait = getattr(error, "retry_after", None)
    if not isinstance(error, HooklistError) or isinstance(wait, bool):
        return None
    return max(0.0, float(wait)) if isinstance(wait, int | float) else None
