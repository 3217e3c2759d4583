"""What can go wrong with jobs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from hooklist_errors import HooklistError


class JobError(HooklistError):
    """A job could not do what was asked."""

    code: ClassVar[str] = "jobs.failed"


class TooManyJobs(JobError):
    """The user has as many jobs as one may have.

    Attributes
    ----------
    retry_after
        Seconds after which asking again makes sense.
    """

    code: ClassVar[str] = "jobs.too_many"

    def __init__(self, what: str, *, retry_after: float = 30.0, **more: Any) -> None:
        super().__init__(what, **more)
        self.retry_after = retry_after
        self.details.setdefault("retry_after", retry_after)


class JobUnknown(JobError):
    """There is no such job, or it belongs to somebody else."""

    code: ClassVar[str] = "jobs.unknown"


class JobKeyReused(JobError):
    """The idempotency key was used for another kind of job."""

    code: ClassVar[str] = "jobs.key_reused"


class JobLost(JobError):
    """The job is no longer this worker's: it stood still for too long, or was deleted."""

    code: ClassVar[str] = "jobs.lost"


class JobCancelled(JobError):
    """The user has cancelled the job."""

    code: ClassVar[str] = "jobs.cancelled"


class JobInterrupted(JobError):
    """The worker is asked to stop; the job goes on in the next one."""

    code: ClassVar[str] = "jobs.interrupted"


class JobAbandoned(JobError):
    """Each worker that took the job died with it."""

    code: ClassVar[str] = "jobs.abandoned"


class JobCrashed(JobError):
    """The task failed in a way nobody foresaw."""

    code: ClassVar[str] = "jobs.crashed"


class JobExpired(JobError):
    """The job has waited for longer than a job may."""

    code: ClassVar[str] = "jobs.expired"


class JobOverdue(JobError):
    """The task took longer than any task may."""

    code: ClassVar[str] = "jobs.overdue"


class JobParked(JobError):
    """Raised by a task that has to wait without a worker; it will be begun anew.

    Attributes
    ----------
    until
        Seconds since the epoch; None to wait for `Jobs.unpark`.
    reason
        A stable code, such as ``spotify.reconnect``; `Jobs.unpark` can select by it.
    happened
        Asked once the job is parked: whether what it waits for has happened while it was on its way
        there. `Jobs.unpark` found nothing parked then, and would not be called again.
    """

    code: ClassVar[str] = "jobs.parked"

    def __init__(
        self,
        what: str,
        *,
        reason: str,
        until: float | None = None,
        happened: Callable[[], bool] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(what, **more)
        self.reason = reason
        self.until = until
        self.happened = happened
