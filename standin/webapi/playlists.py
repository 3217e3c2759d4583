"""Reading playlists, making them, and changing their details and covers."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from standin.identifiers import base62, is_id
from standin.playlists import Entry, Playlist, make_playlist
from standin.webapi.access import ApiRoutes, Visit
from standin.webapi.failures import api_error, bad_request, forbidden, not_found
from standin.webapi.fields import FieldsInvalid, select_fields
from standin.webapi.listener import track_object
from standin.webapi.paging import paging, whole_number
from standin.wire import Response, empty_response, json_response

MAX_IMAGE_BYTES = 256 * 1024
EMBEDDED_ITEMS = 50
"""How many items ``GET /playlists/{id}`` carries before ``next`` must be followed."""


def find_playlist(visit: Visit) -> Playlist:
    """Return the playlist of the path, if the caller may know that it exists."""
    playlist_id = visit.parts["id"]
    if not is_id(playlist_id):
        raise bad_request("Invalid base62 id")
    playlist = visit.world.playlists.get(playlist_id)
    if playlist is None or not (playlist.public or playlist.open_to(visit.person.key)):
        raise not_found()
    return playlist


def find_writable(visit: Visit) -> Playlist:
    """Return the playlist of the path, if the caller may change it."""
    playlist = find_playlist(visit)
    if not playlist.open_to(visit.person.key):
        raise forbidden()
    visit.require(modify_scope(playlist.public))
    return playlist


def modify_scope(public: bool) -> str:
    """Return the scope that changing a playlist of this visibility needs."""
    return "playlist-modify-public" if public else "playlist-modify-private"


def my_playlists(visit: Visit) -> Response:
    """``GET /me/playlists``: own, followed and (by a scope of their own) shared."""
    visit.require("playlist-read-private")
    limit = whole_number(visit.request, "limit", 20, 1, 50)
    offset = whole_number(visit.request, "offset", 0, 0, 100_000)
    shared = "playlist-read-collaborative" in visit.scopes
    listed = [
        item for item in visit.world.followed_by(visit.person) if shared or not item.collaborative
    ]
    old_names = visit.world.switches.old_names
    page = paging(
        f"{visit.objects.api}/me/playlists",
        visit.request,
        listed,
        lambda item: visit.objects.playlist(item, old_names),
        limit=limit,
        offset=offset,
    )
    return json_response(page)


def playlist(visit: Visit) -> Response:
    """``GET /playlists/{id}``: somebody else's has no contents at all."""
    found = find_playlist(visit)
    return json_response(_select(visit, whole_playlist(visit, found)))


def whole_playlist(visit: Visit, found: Playlist) -> dict[str, Any]:
    """Return the PlaylistObject; contents only for its owner and collaborators."""
    old_names = visit.world.switches.old_names
    plain = visit.objects.playlist(found, old_names)
    key = "tracks" if old_names else "items"
    if found.open_to(visit.person.key):
        plain[key] = _items_page(visit, found, EMBEDDED_ITEMS, 0)
    else:
        del plain[key]
    return {**plain, "followers": {"href": None, "total": len(found.followers)}}


def playlist_items(visit: Visit) -> Response:
    """``GET /playlists/{id}/items``: 403 unless the caller owns the playlist or shares in it."""
    visit.require("playlist-read-private")
    found = find_playlist(visit)
    if not found.open_to(visit.person.key):
        raise forbidden()
    limit = whole_number(visit.request, "limit", 20, 1, 50)
    offset = whole_number(visit.request, "offset", 0, 0, None)
    return json_response(_select(visit, _items_page(visit, found, limit, offset)))


def _items_page(visit: Visit, found: Playlist, limit: int, offset: int) -> dict[str, Any]:
    old_names = visit.world.switches.old_names
    key = "tracks" if old_names else "items"
    return paging(
        f"{visit.objects.api}/playlists/{found.id}/{key}",
        visit.request,
        found.entries,
        lambda entry: visit.objects.entry(entry, _item(visit, entry), old_names),
        limit=limit,
        offset=offset,
    )


def _item(visit: Visit, entry: Entry) -> dict[str, Any] | None:
    if entry.kind == "local":
        return visit.objects.local_track(entry.uri)
    if entry.kind == "episode":
        wanted = (visit.request.arg("additional_types") or "track").split(",")
        return visit.objects.episode() if "episode" in wanted else None
    track = visit.world.track(entry.uri.rsplit(":", 1)[-1])
    return track_object(visit, track) if track is not None else None


def _select(visit: Visit, value: dict[str, Any]) -> Any:
    wanted = visit.request.arg("fields")
    if not wanted:
        return value
    try:
        return select_fields(value, wanted)
    except FieldsInvalid as error:
        raise bad_request(f"Invalid fields parameter: {error}") from error


def create(visit: Visit) -> Response:
    """``POST /me/playlists``: 201 and the new playlist, public unless said otherwise."""
    body = visit.json_object()
    name = body.get("name")
    if not isinstance(name, str) or not name.strip():
        raise bad_request("Missing required field: name")
    public = _flag(body, "public", True)
    collaborative = _flag(body, "collaborative", False)
    if collaborative and public:
        raise bad_request("Collaborative playlists can only be private")
    visit.require(modify_scope(public))
    now = visit.world.clock.now()
    number = len(visit.world.playlists)
    made = make_playlist(
        base62("made", visit.person.key, number, now),
        name,
        visit.person.key,
        (),
        now,
        public=public,
    )
    made.collaborative = collaborative
    made.description = _description(body, "")
    visit.world.keep(made)
    address = f"{visit.objects.api}/playlists/{made.id}"
    return json_response(whole_playlist(visit, made), 201, ("Location", address))


def change_details(visit: Visit) -> Response:
    """``PUT /playlists/{id}``: only what is named changes."""
    found = find_writable(visit)
    if found.owner != visit.person.key:
        raise forbidden()
    body = visit.json_object()
    name = body.get("name", found.name)
    if not isinstance(name, str) or not name.strip():
        raise bad_request("Invalid name")
    public = _flag(body, "public", found.public)
    collaborative = _flag(body, "collaborative", found.collaborative)
    if collaborative and public:
        raise bad_request("Collaborative playlists can only be private")
    visit.require(modify_scope(public))
    found.name, found.public, found.collaborative = name, public, collaborative
    found.description = _description(body, found.description)
    found.changed()
    visit.world.keep(found)
    return empty_response(200)


def _flag(body: dict[str, Any], name: str, default: bool) -> bool:
    value = body.get(name)
    if value is None:
        return default
    if not isinstance(value, bool):
        raise bad_request(f"Invalid {name}")
    return value


def _description(body: dict[str, Any], default: str) -> str:
    value = body.get("description")
    if value is None:
        return default
    if not isinstance(value, str):
        raise bad_request("Invalid description")
    return value


def upload_cover(visit: Visit) -> Response:
    """``PUT /playlists/{id}/images``: the body is a JPEG as base64 text of at most 256 KB."""
    visit.require("ugc-image-upload")
    found = find_writable(visit)
    kind = visit.request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind != "image/jpeg":
        raise api_error(415, "Content-Type must be image/jpeg")
    if len(visit.request.body) > MAX_IMAGE_BYTES:
        raise api_error(413, "Image exceeds the maximum of 256 KB")
    try:
        picture = base64.b64decode(visit.request.body, validate=True)
    except (binascii.Error, ValueError) as error:
        raise bad_request("Image is not valid base64") from error
    if not is_whole_jpeg(picture):
        raise bad_request("Image is not a JPEG")
    found.image = visit.request.body.decode("ascii")
    found.changed()
    visit.world.keep(found)
    return empty_response(202)


def is_whole_jpeg(picture: bytes) -> bool:
    """Return whether this is a JPEG from its first marker to its last, with a frame in between.

    Only its segments are walked (ITU-T T.81, annex B), nothing is decoded.
    """
    if not (picture.startswith(b"\xff\xd8\xff") and picture.endswith(b"\xff\xd9")):
        return False
    at, frame = 2, False
    while at + 4 <= len(picture) and picture[at] == 0xFF:
        marker, length = picture[at + 1], int.from_bytes(picture[at + 2 : at + 4], "big")
        frame = frame or marker in {0xC0, 0xC1, 0xC2}
        if marker == 0xDA:  # what follows is the coded picture
            return frame
        at += 2 + length
    return False


def cover(visit: Visit) -> Response:
    """``GET /playlists/{id}/images``."""
    found = find_playlist(visit)
    return json_response(visit.objects.playlist(found, False)["images"] or [])


def register(routes: ApiRoutes) -> None:
    """Add this area's calls."""
    routes.add("GET", "/v1/me/playlists", my_playlists)
    routes.add("POST", "/v1/me/playlists", create)
    routes.add("GET", "/v1/playlists/{id}", playlist)
    routes.add("PUT", "/v1/playlists/{id}", change_details)
    routes.add("GET", "/v1/playlists/{id}/items", playlist_items)
    routes.add("GET", "/v1/playlists/{id}/images", cover)
    routes.add("PUT", "/v1/playlists/{id}/images", upload_cover)
