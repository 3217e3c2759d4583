"""The page of a job: its progress under its own address, which survives a reload."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response

from webapp.jobs import Job
from webapp.routes.access import current_user
from webapp.routes.job_view import JobView, job_view
from webapp.services.save import SAVE_JOB
from webapp.store.errors import PlaylistUnknown
from webapp.wiring import services

blueprint = Blueprint("jobs", __name__)


@blueprint.get("/jobs/<job_id>")
def show(job_id: str) -> str | Response:
    """Show how far a job is; once there is a playlist to look at, go there."""
    job = services().jobs.get(job_id, current_user().id)
    view = view_of(job)
    if job.state == "done" or job.kind == SAVE_JOB:
        return redirect(view.url or url_for("playlists.history"), 303)
    return render_template("job.html", view=view)


@blueprint.post("/jobs/<job_id>/cancel")
def cancel(job_id: str) -> Response:
    """Call a job off."""
    services().jobs.cancel(job_id, current_user().id)
    return redirect(url_for("jobs.show", job_id=job_id), 303)


@blueprint.post("/jobs/<job_id>/retry")
def retry(job_id: str) -> Response:
    """Ask again for a job that failed or was cancelled."""
    services().jobs.retry(job_id, current_user().id)
    return redirect(url_for("jobs.show", job_id=job_id), 303)


def view_of(job: Job) -> JobView:
    """Return the view of a job, with the title of its playlist."""
    try:
        playlist = services().playlists.get(
            str(job.payload.get("playlist_id") or ""), job.user_id or ""
        )
    except PlaylistUnknown:
        return job_view(job)
    return job_view(job, seeds=playlist.title)
