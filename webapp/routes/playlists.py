"""Making a playlist, looking at it, hearing its trailer, saving it, deleting it."""

from __future__ import annotations

import hashlib
import json
import re

from flask import Blueprint, make_response, redirect, request, send_file, url_for
from werkzeug.wrappers import Response

from webapp.errors import InvalidRequest, NotFound
from webapp.jobs import TooManyJobs
from webapp.routes.access import current_user
from webapp.routes.basket import basket, less_like
from webapp.routes.failures import failure_of
from webapp.routes.feedback_events import variants_here
from webapp.routes.history_page import render_history
from webapp.routes.inputs import SaveInput, check, form_data
from webapp.routes.opened_rows import only_the_row, opened_rows
from webapp.routes.result_page import render_result, render_row
from webapp.routes.save_view import consent_address
from webapp.routes.seeds import render_seeds
from webapp.routes.shape import form_values, leaves_liked, left_out, remember, wishes_of
from webapp.services.generation import PLAYLIST_JOB
from webapp.services.seeds import Seed
from webapp.services.trailer_style import Order
from webapp.store import Playlist
from webapp.wiring import services

blueprint = Blueprint("playlists", __name__)

_KEY = re.compile(r"[0-9a-f]{32}\Z")
_NUMBER = re.compile(r"[0-9]{1,3}\Z")


@blueprint.post("/make")
def make() -> Response | tuple[str, int]:
    """Accept a request for a playlist and lead to its progress."""
    user, marked = current_user(), less_like()
    seeds = [seed.to_data() for seed in basket() if seed.key not in marked]
    less = [seed.to_data() for seed in basket() if seed.key in marked]
    shape = form_values(request.form)
    key = form_data("idempotency_key")
    remember(shape)
    try:
        if not _NUMBER.match(shape["length"]) or not _KEY.match(key):
            raise InvalidRequest(
                "cannot make a playlist",
                why="the form was changed on its way",
                kept="the seeds in the basket",
                next_step="reload the page and try again",
            )
        started = services().generation.start(
            user.id,
            seeds,
            less=less,
            length=int(shape["length"]),
            wishes=wishes_of(shape),
            leave_out=left_out(shape),
            leave_liked=leaves_liked(shape),
            variants=variants_here(),
            idempotency_key=_same_request(key, shape, seeds, less),
        )
    except (InvalidRequest, TooManyJobs) as error:
        failure = failure_of(error, next_page=url_for("seeds.pick"))
        return render_seeds(failure), 429 if isinstance(error, TooManyJobs) else 422
    return redirect(url_for("jobs.show", job_id=started.job.id), 303)


@blueprint.get("/p/<playlist_id>")
def show(playlist_id: str) -> str | Response:
    """Show a playlist with its trailer, and how saving it stands.

    ``open=3`` brings the third row whole, and may be said more than once; with
    ``Prefer: return=minimal`` (RFC 7240) one such row comes alone.
    """
    playlist = services().playlists.get(playlist_id, current_user().id)
    job = _making(playlist) if playlist.state == "pending" else None
    if job is not None:
        return redirect(url_for("jobs.show", job_id=job), 302)
    opened = opened_rows(playlist)
    if not (only_the_row() and len(opened) == 1 and playlist.state == "ready"):
        return render_result(playlist)
    answer = make_response(render_row(playlist, *opened))
    answer.headers["Preference-Applied"] = "return=minimal"
    answer.vary.add("Prefer")
    return answer


@blueprint.post("/p/<playlist_id>/save")
def save(playlist_id: str) -> Response:
    """Begin to save a playlist to Spotify, or go on with it."""
    sent = {name: form_data(name) == "1" for name in ("public", "cover")}
    asked = check(SaveInput, {"name": form_data("name"), **sent})
    user = current_user()
    services().save.start(
        user.id, playlist_id, name=asked.name, public=asked.public, cover=asked.cover
    )
    here = url_for("playlists.show", playlist_id=playlist_id)
    way = consent_address(user.id, playlist_id, public=asked.public, cover=asked.cover)
    return redirect(way or here, 303)


@blueprint.post("/p/<playlist_id>/trailer")
def trailer_again(playlist_id: str) -> Response:
    """Ask again for a trailer that failed."""
    services().trailer_requests.again(services().playlists.get(playlist_id, current_user().id))
    return redirect(url_for("playlists.show", playlist_id=playlist_id), 303)


@blueprint.post("/p/<playlist_id>/trailer/joins")
def choose_joins(playlist_id: str) -> Response:
    """Have the trailer mixed or cut, in the order of the list or as it flows, and made anew."""
    order: Order = "flow" if form_data("order") == "flow" else "keep"
    services().trailer_choices.choose(
        current_user().id, playlist_id, mixing=form_data("mixing") != "off", order=order
    )
    return redirect(url_for("playlists.show", playlist_id=playlist_id), 303)


@blueprint.post("/p/<playlist_id>/delete")
def delete(playlist_id: str) -> Response:
    """Put a playlist and its trailer into the bin; what was saved to Spotify stays there."""
    services().bin.put(playlist_id, current_user().id)
    return redirect(url_for("playlists.history", deleted=playlist_id), 303)


@blueprint.get("/audio/<playlist_id>/trailer")
def audio(playlist_id: str) -> Response:
    """Send the sound of a trailer to its owner; parts of it too (RFC 9110, range requests)."""
    playlist = services().playlists.get(playlist_id, current_user().id)
    file = services().trailers.file_of(playlist)
    if file is None:
        raise NotFound(
            "There is no trailer", which=playlist_id, next_step="open the playlist to see why"
        )
    taken_along = request.args.get("download") == "1"
    return send_file(
        file,
        mimetype="audio/mpeg",
        conditional=True,
        max_age=None,
        as_attachment=taken_along,
        download_name=f"{_file_name(playlist.title)}.mp3" if taken_along else "trailer.mp3",
    )


@blueprint.get("/history")
def history() -> str:
    """Show what the user has made, the newest first."""
    return render_history()


def _file_name(title: str) -> str:
    """Return a title as every file system takes it."""
    letters = (c if c.isprintable() and c not in '/\\:*?"<>|' else " " for c in title)
    return " ".join("".join(letters).split())[:80].strip(". ") or "trailer"


def _making(playlist: Playlist) -> str | None:
    """Return the job that makes a pending playlist."""
    for job in services().jobs.list(playlist.user_id, limit=200):
        if job.kind == PLAYLIST_JOB and job.payload.get("playlist_id") == playlist.id:
            return job.id
    return None


def _same_request(
    key: str,
    shape: dict[str, str],
    seeds: list[dict[str, object]],
    less: list[dict[str, object]],
) -> str:
    """Return one key for one wish: a page taken from the browser's memory may carry an old one."""
    chosen = [[Seed.from_data(seed).key for seed in some] for some in (seeds, less)]
    wish = json.dumps([key, shape, chosen], sort_keys=True)
    return hashlib.sha256(wish.encode()).hexdigest()[:32]
