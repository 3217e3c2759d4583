"""Work that outlives a request: a table that is the truth, and workers that take from it.

Promise: an accepted job is never lost by the death of a process, runs at least once, and its
effects happen exactly once (``docs/jobs.md``).
"""

from __future__ import annotations

from webapp.jobs.context import JobContext, Task
from webapp.jobs.errors import (
    JobCancelled,
    JobError,
    JobInterrupted,
    JobKeyReused,
    JobLost,
    JobParked,
    JobUnknown,
    TooManyJobs,
)
from webapp.jobs.job import Job, JobState, Limits
from webapp.jobs.table import Jobs
from webapp.jobs.worker import Worker

__all__ = [
    "Job",
    "JobCancelled",
    "JobContext",
    "JobError",
    "JobInterrupted",
    "JobKeyReused",
    "JobLost",
    "JobParked",
    "JobState",
    "JobUnknown",
    "Jobs",
    "Limits",
    "Task",
    "TooManyJobs",
    "Worker",
]
