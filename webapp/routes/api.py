"""JSON for the pages' own scripts, under ``/api/v1`` (``docs/screens.md``)."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request, url_for

from webapp.routes.access import current_user
from webapp.routes.basket import basket, change_basket, less_like, mark_less, take_out
from webapp.routes.inputs import LessInput, SaveInput, SeedInput, offset, read_json
from webapp.routes.jobs import view_of
from webapp.routes.playlist_view import notes_of, track_rows, trailer_view
from webapp.routes.save_view import consent_address, save_view
from webapp.routes.shape import ShapeValues, form_values, remember
from webapp.services.seeds import with_seed
from webapp.wiring import services

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")


@blueprint.get("/jobs/<job_id>")
def job(job_id: str) -> Response:
    """Tell how far a job is; asked once a second by its page."""
    found = services().jobs.get(job_id, current_user().id)
    return jsonify({**view_of(found).to_data(), "state": found.state, "kind": found.kind})


@blueprint.get("/playlists/<playlist_id>")
def playlist(playlist_id: str) -> Response:
    """Tell a playlist, its trailer, and how saving it stands."""
    found = services().playlists.get(playlist_id, current_user().id)
    trailer = trailer_view(found)
    return jsonify(
        {
            "id": found.id,
            "title": found.title,
            "state": found.state,
            "version": found.version,
            "url": url_for("playlists.show", playlist_id=found.id),
            "tracks": [row.to_data() for row in track_rows(found, trailer)],
            "notes": notes_of(found),
            "trailer": trailer.to_data(),
            "save": save_view(found).to_data(),
        }
    )


@blueprint.post("/playlists/<playlist_id>/save")
def save(playlist_id: str) -> tuple[Response, int]:
    """Begin to save a playlist to Spotify, or go on with it."""
    asked, user = read_json(SaveInput), current_user()
    services().save.start(
        user.id, playlist_id, name=asked.name, public=asked.public, cover=asked.cover
    )
    found = services().playlists.get(playlist_id, user.id)
    ask = consent_address(user.id, playlist_id, public=asked.public, cover=asked.cover)
    return jsonify({"save": save_view(found).to_data(), "ask": ask}), 202


@blueprint.get("/seeds")
def seeds() -> Response:
    """Tell what is in the basket."""
    return _basket()


@blueprint.post("/seeds")
def add_seed() -> Response:
    """Put a track into the basket."""
    seed = read_json(SeedInput).seed(services().settings)
    change_basket(lambda kept: with_seed(kept, seed))
    return _basket()


@blueprint.delete("/seeds/<key>")
def remove_seed(key: str) -> Response:
    """Take a track out of the basket; one that is not in it is out of it already."""
    take_out(key)
    return _basket()


@blueprint.patch("/seeds/<key>")
def mark_seed(key: str) -> Response:
    """Mark a seed as one to keep away from, or take the mark away."""
    mark_less(key, less=read_json(LessInput).less)
    return _basket()


@blueprint.put("/shape")
def keep_shape() -> tuple[str, int]:
    """Keep the fields of the seeds page as they stand, for the next page of this browser."""
    remember(form_values(read_json(ShapeValues).root))
    return "", 204


@blueprint.get("/search")
def search() -> Response:
    """Tell tracks that fit a search, with whether the catalogue has them."""
    text = request.args.get("q", "").strip()[:120]
    found = services().seeds.search(current_user().id, text, offset())
    return jsonify(
        {
            "tracks": [
                {**candidate.seed.to_data(), "in_catalogue": candidate.in_catalogue}
                for candidate in found.items
            ],
            "total": found.total,
            "next_offset": found.next_offset,
            "stale": found.stale,
        }
    )


def _basket() -> Response:
    seeds = [{"key": seed.key, **seed.to_data()} for seed in basket()]
    return jsonify({"seeds": seeds, "less": sorted(less_like())})
