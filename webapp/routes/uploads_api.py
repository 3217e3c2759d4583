"""A visitor's own files, for scripts: JSON under ``/api/v1/uploads`` (``docs/screens.md``)."""

from __future__ import annotations

from typing import Annotated

from flask import Blueprint, Response, jsonify, request
from pydantic import Field

from webapp.routes.inputs import Strict, read_json
from webapp.routes.listening import HighlightInput
from webapp.routes.uploads import format_of, mix_title
from webapp.routes.uploads_view import uploads_view
from webapp.routes.uploads_visit import box_id, visitor
from webapp.services.trailer_style import Order
from webapp.services.uploads.mixing import MixWish
from webapp.wiring import services

blueprint = Blueprint("uploads_api", __name__, url_prefix="/api/v1/uploads")


class PickInput(Strict):
    """Whether a file is to be part of the mix."""

    picked: bool


class MixInput(Strict):
    """How the mix is to be made."""

    order: Order = "keep"
    seconds: Annotated[float, Field(gt=0, le=10_000, allow_inf_nan=False)] | None = None
    mixing: bool = True


class FormatInput(Strict):
    """In which format the mix is wanted."""

    format: str


@blueprint.get("")
def show() -> Response:
    """Tell what this browser has brought, and how far each file and the mix are."""
    return _told()


@blueprint.put("/<upload_id>")
def receive(upload_id: str) -> tuple[Response, int]:
    """Take one file, its bytes as the body, under an id that the sender has drawn."""
    services().upload_taking.take(
        visitor(),
        upload_id,
        request.args.get("name", ""),
        request.stream,
        request.content_length,
        place_of(request.args.get("place", "")),
    )
    return _told(), 201


@blueprint.patch("/<upload_id>")
def pick(upload_id: str) -> Response:
    """Make a file part of the mix, or not."""
    services().uploads.pick(box_id(), upload_id, picked=read_json(PickInput).picked)
    return _told()


@blueprint.delete("/<upload_id>")
def remove(upload_id: str) -> Response:
    """Remove a file at once."""
    services().uploads.remove(box_id(), upload_id)
    return _told()


@blueprint.delete("")
def remove_all() -> Response:
    """Remove everything that this browser has brought, at once."""
    services().uploads.remove_box(box_id())
    return _told()


@blueprint.put("/<upload_id>/highlight")
def move(upload_id: str) -> Response:
    """Move the highlight of a file."""
    services().uploads.move(box_id(), upload_id, read_json(HighlightInput).start)
    return _told()


@blueprint.delete("/<upload_id>/highlight")
def go_back(upload_id: str) -> Response:
    """Put the highlight of a file back to where it was found."""
    services().uploads.go_back(box_id(), upload_id)
    return _told()


@blueprint.post("/mix")
def mix() -> tuple[Response, int]:
    """Ask for the mix of the picked files."""
    asked = read_json(MixInput)
    wish = MixWish(asked.order, asked.seconds, asked.mixing)
    services().mixes.ask(box_id(), wish, title=mix_title())
    return _told(), 202


@blueprint.post("/mix/formats")
def mix_format() -> tuple[Response, int]:
    """Ask for the mix in another format."""
    services().mixes.ask_format(box_id(), format_of(read_json(FormatInput).format))
    return _told(), 202


def place_of(text: str) -> int | None:
    """Return a place in the list; None where none is stated, or nonsense."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 6 else None


def _told() -> Response:
    view = uploads_view(box_id())
    return jsonify({**view.to_data(), "key": view.key})
