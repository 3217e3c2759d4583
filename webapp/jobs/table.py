"""The job table, whole."""

from __future__ import annotations

from webapp.jobs.claims import JobClaims


class Jobs(JobClaims):
    """The jobs, for those who ask (`JobRequests`) and for those who work (`JobClaims`).

    One instance per process is enough; it may be used from many threads.
    """
