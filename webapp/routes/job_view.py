"""A job as its page shows it: named steps with counts, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import url_for

from webapp.i18n import _
from webapp.jobs import Job
from webapp.routes.failures import Failure, recorded_failure
from webapp.routes.wording import step_label
from webapp.services.generation import PLAYLIST_JOB, TRAILER_JOB
from webapp.wiring import services

STEPS = ("matching", "recommending", "listening", "rendering")
FIRST_STEP = {PLAYLIST_JOB: 0, TRAILER_JOB: 2}
END = {PLAYLIST_JOB: 2, TRAILER_JOB: 4}
"""Steps that are past once the job is done; the page goes on to the playlist then."""


@dataclass(frozen=True)
class Step:
    """A step.

    Parameters
    ----------
    name
        Stable.
    label
        In words.
    state
        ``past``, ``now`` or ``later``.
    count
        Such as ``2 of 3``; empty where nothing is counted.
    """

    name: str
    label: str
    state: str
    count: str = ""


@dataclass(frozen=True)
class JobView:
    """A job on its page.

    Parameters
    ----------
    id
        Of the job.
    title
        Of the page.
    steps
        All of them.
    sentence
        What it does now; announced to screen readers.
    done, total
        Of the present step; total 0 where nothing is counted.
    active
        Whether anything more will happen by itself.
    failure
        Why it failed or waits.
    url
        The playlist, once it can be looked at.
    can_retry
        Whether it may be asked for again.
    seeds
        What the playlist is made from.
    live
        Where the trailer is heard while it is made; empty as long as there is no sound of it, None
        where there will be none.
    """

    id: str
    title: str
    steps: tuple[Step, ...]
    sentence: str
    done: int
    total: int
    active: bool
    failure: Failure | None
    url: str
    can_retry: bool
    seeds: str = ""
    live: str | None = None

    def to_data(self) -> dict[str, Any]:
        """Return it for a JSON answer."""
        return {
            "id": self.id,
            "over": not self.active,
            "steps": [vars(step) for step in self.steps],
            "sentence": self.sentence,
            "done": self.done,
            "total": self.total,
            "url": self.url,
            "live": self.live,
            "failure": self.failure.to_data() if self.failure else None,
        }


def job_view(job: Job, *, seeds: str = "") -> JobView:
    """Return a job of making a playlist or its trailer."""
    here = url_for("jobs.show", job_id=job.id)
    failure = None
    if job.state == "failed" and job.error:
        failure = recorded_failure(job.error, next_page=here)
    elif job.state == "parked" and job.error:
        failure = recorded_failure(job.error, until=job.run_at, next_page=here)
    playlist = str(job.payload.get("playlist_id") or "")
    # A trailer's playlist is there already; a playlist's own once its job is done.
    visible = job.state == "done" or job.kind != PLAYLIST_JOB
    return JobView(
        id=job.id,
        title=_title(job),
        steps=_steps(job),
        sentence=_sentence(job),
        done=job.done,
        total=job.total,
        active=not job.is_over,
        failure=failure,
        url=url_for("playlists.show", playlist_id=playlist) if playlist and visible else "",
        can_retry=job.state in {"failed", "cancelled"},
        seeds=seeds,
        live=_live(job, playlist),
    )


def _live(job: Job, playlist_id: str) -> str | None:
    if job.kind != TRAILER_JOB or job.is_over:
        return None
    version = int(job.payload.get("version") or 0)
    if job.state != "running" or not services().trailers.sounds_already(playlist_id, version):
        return ""
    return url_for("sound.live", playlist_id=playlist_id, of=version)


def _title(job: Job) -> str:
    if job.state == "cancelled":
        return _("Cancelled")
    if job.state == "failed":
        return _("That did not work")
    return _("Your playlist is being made")


def _sentence(job: Job) -> str:
    if job.state == "queued":
        return _("In the queue, next to come.")
    if job.state == "parked":
        return _("Waiting; it goes on by itself.")
    if job.state == "done":
        return _("Done.")
    if job.state == "cancelled":
        return _("It was cancelled. Your seeds are still in the basket.")
    if job.state == "failed":
        return _("Your seeds are still in the basket.")
    if job.cancel_asked:
        return _("Stopping …")
    label = step_label(job.step)
    if job.total:
        return _("%(step)s: %(count)s", step=label, count=_count(job))
    return f"{label} …"


def _count(job: Job) -> str:
    return _("%(done)s of %(total)s", done=job.done, total=job.total)


def _steps(job: Job) -> tuple[Step, ...]:
    present = _present(job)
    running = job.state == "running"

    def state(number: int) -> str:
        if number < present:
            return "past"
        return "now" if number == present and running else "later"

    return tuple(
        Step(
            name,
            step_label(name),
            state(number),
            _count(job) if running and number == present and job.total else "",
        )
        for number, name in enumerate(STEPS)
    )


def _present(job: Job) -> int:
    if job.state == "done":
        return END.get(job.kind, len(STEPS))
    name = job.step.partition(".")[0]
    return STEPS.index(name) if name in STEPS else FIRST_STEP.get(job.kind, 0)
