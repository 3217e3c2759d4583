"""A visitor's own files: bring, hear, move, mix, take along, remove. No login is needed.

Everything works with forms and reloads; ``static/js/uploads.js`` adds progress for each file.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO

from flask import Blueprint, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response

from hooklist_errors import HooklistError
from webapp.errors import InvalidRequest
from webapp.faces import face_of
from webapp.i18n import _, ngettext
from webapp.routes.failures import Failure, failure_of
from webapp.routes.inputs import form_data, seconds_of
from webapp.routes.uploads_view import bounds_words, uploads_view
from webapp.routes.uploads_visit import box_id, visitor
from webapp.security.headers import in_a_sandbox
from webapp.services.uploads.errors import UploadsOff
from webapp.services.uploads.inspection import KINDS
from webapp.services.uploads.mixing import MIX_FORMATS, MixFormat, MixWish, title_of
from webapp.store import new_id
from webapp.store.errors import StoreError
from webapp.wiring import services

blueprint = Blueprint("uploads", __name__, url_prefix="/uploads")

MOST_IN_A_FORM = 100
_SOUND_TYPES: dict[MixFormat, str] = {"mp3": "audio/mpeg", "opus": "audio/ogg", "m4a": "audio/mp4"}
_LONGEST_NAME = 120


@blueprint.get("")
def show() -> str:
    """Show what this browser has brought, and take more."""
    return render_uploads()


@blueprint.post("/send")
def send() -> Response | tuple[str, int]:
    """Take files from a form; each has its verdict on the page that follows."""
    bringing = visitor()
    sent = [file for file in request.files.getlist("files") if file.filename]
    if not sent:
        return _refused(
            InvalidRequest(
                "Nothing was sent", why="no file was chosen", next_step="choose one or more files"
            )
        )
    for file in sent[:MOST_IN_A_FORM]:
        try:
            services().upload_taking.take(
                bringing, new_id(), str(file.filename), file.stream, size_of(file.stream)
            )
        except (StoreError, UploadsOff):
            raise
        except HooklistError:
            continue  # kept with its reason, and shown beside the others
    return _back()


@blueprint.post("/mix")
def mix() -> Response | tuple[str, int]:
    """Keep which files are picked; with ``act=mix``, ask for their mix too."""
    services().uploads.pick_only(box_id(), request.form.getlist("picked"))
    if form_data("act") != "mix":
        return _back("mix")
    try:
        wish = MixWish(
            order="flow" if form_data("order") == "flow" else "keep",
            seconds=mix_seconds(form_data("seconds")),
            mixing=form_data("mixing") != "off",
        )
        services().mixes.ask(box_id(), wish, title=mix_title())
    except StoreError:
        raise
    except HooklistError as error:
        return _refused(error)
    return _back("mix")


@blueprint.post("/format")
def ask_format() -> Response | tuple[str, int]:
    """Ask for the mix in another format."""
    try:
        services().mixes.ask_format(box_id(), format_of(form_data("form")))
    except StoreError:
        raise
    except HooklistError as error:
        return _refused(error)
    return _back("mix")


@blueprint.post("/highlight")
def move() -> Response | tuple[str, int]:
    """Move the highlight of a file (``track``) to its ``start``, or ``back`` to the found one."""
    upload_id = form_data("track")
    try:
        if form_data("back"):
            services().uploads.go_back(box_id(), upload_id)
        else:
            start = seconds_of(form_data("start"))
            services().uploads.move(box_id(), upload_id, start)
    except StoreError:
        raise
    except HooklistError as error:
        return _refused(error)
    return _back(f"file-{upload_id}")


@blueprint.post("/remove")
def remove() -> Response:
    """Remove a file (``file``), or with ``all`` everything, at once."""
    if form_data("all"):
        services().uploads.remove_box(box_id())
    else:
        services().uploads.remove(box_id(), form_data("file"))
    return _back()


@blueprint.post("/hear")
def hear_again() -> Response:
    """Ask once more that what waits is heard."""
    services().uploads.hear_again(box_id())
    return _back()


@blueprint.get("/<upload_id>/highlight.mp3")
def highlight(upload_id: str) -> Response:
    """Send the highlight of a file as an MP3 of ours, cut now if need be; parts of it too."""
    upload = services().uploads.get(box_id(), upload_id)
    here = services().uploads.highlight_of(upload)
    file = services().highlight_files.of(upload, here)
    artists = ", ".join(str(one) for one in (upload.track or {}).get("artists") or ())
    name = f"{artists} - {title_of(upload)}" if artists else title_of(upload)
    return _sound(file, "mp3", _("%(name)s (highlight)", name=name))


@blueprint.get("/mix/sound.<form>")
def mix_sound(form: str) -> Response:
    """Send the mix in a format that is there; parts of it too."""
    wanted = format_of(form)
    box = services().uploads.box(box_id())
    file = services().mixes.file_of(box, wanted)
    return _sound(file, wanted, str(((box.mix if box else None) or {}).get("title") or "mix"))


def render_uploads(failure: Failure | None = None) -> str:
    """Return the page, with what went wrong just now."""
    view = uploads_view(box_id())
    return render_template(
        "uploads.html",
        view=view,
        failure=failure,
        bounds=services().upload_bounds,
        bounds_words=bounds_words(),
        accept=",".join(KINDS),
        switched_off=services().upload_bounds.server_bytes == 0,
        may_mix=services().settings.mixing,
    )


def mix_title() -> str:
    """Return what the mix of the files that are picked now is called."""
    picked = [one for one in services().uploads.of(box_id()) if one.picked and one.state == "ready"]
    return ngettext("Mix of %(num)s track", "Mix of %(num)s tracks", len(picked))


def mix_seconds(text: str) -> float | None:
    """Return a length as a form sends it: empty, seconds, or minutes and seconds."""
    if not text.strip():
        return None
    return seconds_of(text)


def format_of(text: str) -> MixFormat:
    """Return a format of mixes.

    Raises
    ------
    InvalidRequest
        If it is none.
    """
    if text not in MIX_FORMATS:
        raise InvalidRequest(
            "There is no such format",
            which=text[:20],
            next_step=f"choose one of {', '.join(MIX_FORMATS)}",
        )
    return text


def size_of(stream: IO[bytes]) -> int:
    """Return how many bytes a file of a form has; it is read from its start afterwards."""
    size = stream.seek(0, os.SEEK_END)
    stream.seek(0)
    return size


def _sound(file: Path, form: MixFormat, name: str) -> Response:
    """Send sound that we have made ourselves; never what a visitor sent."""
    taken = request.args.get("take") == "1"
    plain = "".join(" " if sign in '/\\:*?"<>|' else sign for sign in name)
    response = send_file(
        file,
        mimetype=_SOUND_TYPES[form],
        conditional=True,
        max_age=None,
        as_attachment=taken,
        download_name=f"{plain[:_LONGEST_NAME].strip() or 'sound'}.{form}",
    )
    in_a_sandbox()
    return response


def _back(place: str = "") -> Response:
    return redirect(url_for("uploads.show", _anchor=place or None), 303)


def _refused(error: HooklistError) -> tuple[str, int]:
    failure = failure_of(error, next_page=url_for("uploads.show"))
    return render_uploads(failure), face_of(error).status
