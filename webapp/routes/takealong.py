"""A playlist taken along: shared by a link, exported, copied, renamed, had back, used again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, redirect, url_for
from werkzeug.wrappers import Response as AnyResponse

from webapp.errors import InvalidRequest, NotFound
from webapp.i18n import _, ngettext
from webapp.routes.access import current_user
from webapp.routes.basket import change_basket, less_like, mark_less
from webapp.routes.cover_address import send_jpeg, send_svg
from webapp.routes.failures import Failure
from webapp.routes.inputs import SPOTIFY_ID, form_data
from webapp.routes.seeds import render_seeds
from webapp.security.next_page import safe_next
from webapp.services.playlist_files.formats import FORMATS, disposition
from webapp.services.playlist_files.listing import Listing, listed
from webapp.services.seeds import MOST_SEEDS, Seed, with_seed
from webapp.store import Playlist
from webapp.wiring import services

blueprint = Blueprint("takealong", __name__)

LONGEST_TITLE = 200


@blueprint.post("/p/<playlist_id>/share")
def share(playlist_id: str) -> AnyResponse:
    """Make a link under which anybody may read a playlist; ``anew`` ends the one before."""
    playlist = services().playlists.get(playlist_id, current_user().id)
    if playlist.state != "ready":
        raise InvalidRequest(
            "There is nothing to share",
            which=playlist.title,
            why="this playlist has no tracks yet",
            next_step="wait until it is made",
        )
    services().sharing.share(playlist.user_id, playlist.id, anew=form_data("anew") == "1")
    return redirect(url_for("playlists.show", playlist_id=playlist_id, _anchor="takealong"), 303)


@blueprint.post("/p/<playlist_id>/share/revoke")
def revoke(playlist_id: str) -> AnyResponse:
    """End the link of a playlist."""
    playlist = services().playlists.get(playlist_id, current_user().id)
    services().sharing.revoke(playlist.user_id, playlist.id)
    return redirect(url_for("playlists.show", playlist_id=playlist_id, _anchor="takealong"), 303)


@blueprint.get("/p/<playlist_id>/export/<name>")
def export(playlist_id: str, name: str) -> Response:
    """Send a playlist as a file that other programs read."""
    playlist = services().playlists.get(playlist_id, current_user().id)
    form = FORMATS.get(name)
    if form is None or playlist.state != "ready":
        raise NotFound(
            "There is no such file",
            which=name[:40],
            why="playlists come as " + ", ".join(one.label for one in FORMATS.values()),
            next_step="choose one on the page of the playlist",
        )
    response = Response(form.write(listing_of(playlist)), content_type=form.mimetype)
    response.headers["Content-Disposition"] = disposition(playlist.title, form.suffix)
    return response


@blueprint.get("/p/<playlist_id>/cover.svg")
def cover(playlist_id: str) -> Response:
    """Send the cover of a playlist, drawn; also of one in the bin, to be known again."""
    return send_svg(services().bin.either(playlist_id, current_user().id))


@blueprint.get("/p/<playlist_id>/cover.jpg")
def cover_picture(playlist_id: str) -> Response:
    """Send the cover of a playlist as the picture that Spotify gets."""
    return send_jpeg(services().playlists.get(playlist_id, current_user().id))


@blueprint.post("/p/<playlist_id>/rename")
def rename(playlist_id: str) -> AnyResponse:
    """Give a playlist another title here; at Spotify it is called as it was saved."""
    title = " ".join(form_data("title").split())
    if not 1 <= len(title) <= LONGEST_TITLE:
        raise InvalidRequest(
            "The playlist was not renamed",
            why=f"a title has 1 to {LONGEST_TITLE} letters",
            kept="the title it had",
            next_step="write another one",
        )
    services().bin.rename(playlist_id, current_user().id, title)
    return redirect(safe_next(form_data("back"), url_for("playlists.history", renamed=1)), 303)


@blueprint.post("/p/<playlist_id>/duplicate")
def duplicate(playlist_id: str) -> AnyResponse:
    """Make a copy of a playlist and lead to it."""
    user = current_user()
    title = services().playlists.get(playlist_id, user.id).title
    made = services().keeping.duplicate(
        user.id, playlist_id, _("%(title)s (copy)", title=title)[:LONGEST_TITLE]
    )
    return redirect(url_for("playlists.show", playlist_id=made.id), 303)


@blueprint.post("/p/<playlist_id>/seeds")
def seeds_again(playlist_id: str) -> AnyResponse | str:
    """Put what a playlist was made from into the basket, marks included."""
    playlist = services().playlists.get(playlist_id, current_user().id)
    away = [seed for seed in playlist.options.get("less") or () if isinstance(seed, Mapping)]
    seeds = [seed for data in (*playlist.seeds, *away) if (seed := _seed(data))]
    left_out = len(playlist.seeds) + len(away) - len(seeds)
    marked = less_like()
    for seed in seeds:
        try:
            here = change_basket(lambda kept, seed=seed: with_seed(kept, seed))  # type: ignore[misc]
        except InvalidRequest:
            left_out += 1
            continue
        is_away = any(seed.key == other.key for data in away if (other := _seed(data)))
        if is_away and seed.key not in marked and len(here) > 1:
            mark_less(seed.key, less=True)
    if not left_out:
        return redirect(url_for("seeds.pick"), 303)
    told = Failure(
        "seeds.left_out",
        _("Not every seed found room"),
        sentence=ngettext(
            "%(num)s seed was left out: the basket takes %(most)s, each once.",
            "%(num)s seeds were left out: the basket takes %(most)s, each once.",
            left_out,
            most=MOST_SEEDS,
        ),
        tone="warn",
    )
    return render_seeds(told)


@blueprint.post("/p/<playlist_id>/restore")
def restore(playlist_id: str) -> AnyResponse:
    """Take a playlist out of the bin again."""
    services().keeping.restore(current_user().id, playlist_id)
    return redirect(url_for("playlists.history", restored=1), 303)


@blueprint.post("/p/<playlist_id>/erase")
def erase(playlist_id: str) -> AnyResponse:
    """Delete a playlist that is in the bin for good."""
    user = current_user()
    if playlist_id not in services().bin.contents(user.id, limit=10_000):
        raise NotFound("There is no such playlist in the bin", which=playlist_id[:40])
    services().keeping.erase(user.id, playlist_id)
    return redirect(url_for("playlists.history", show="bin", emptied=1), 303)


@blueprint.post("/history/empty")
def empty() -> AnyResponse:
    """Delete everything in the bin for good."""
    services().keeping.empty(current_user().id)
    return redirect(url_for("playlists.history", emptied=1), 303)


def listing_of(playlist: Playlist) -> Listing:
    """Return a playlist as files hold it."""
    paths = services().settings.export_paths
    made = datetime.fromtimestamp(playlist.created_at, UTC)
    return Listing(
        title=playlist.title,
        tracks=tuple(listed(track, paths=paths) for track in playlist.tracks),
        seeds=tuple(listed(seed) for seed in playlist.seeds),
        made=made.strftime("%Y-%m-%dT%H:%M:%SZ"),
    )


def _seed(data: Mapping[str, Any]) -> Seed | None:
    try:
        seed = Seed.from_data(data)
    except (KeyError, TypeError):  # kept by a release that wrote it otherwise
        return None
    usable = SPOTIFY_ID.match(seed.spotify_id) or (seed.title and not seed.spotify_id)
    return seed if usable else None
