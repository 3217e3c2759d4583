"""Writing a playlist's contents: add, replace, reorder, remove."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from standin.identifiers import is_id
from standin.playlists import MAX_ITEMS, Entry, Playlist, episode_uri
from standin.webapi.access import ApiRoutes, Visit
from standin.webapi.failures import api_error, bad_request
from standin.webapi.playlists import find_writable
from standin.wire import Response, json_response

MAX_PER_CALL = 100


def add_items(visit: Visit) -> Response:
    """``POST /playlists/{id}/items``: append, or insert at ``position``; 201."""
    found = find_writable(visit)
    body = visit.json_body()
    uris = _uris(visit, body)
    if not uris:
        raise bad_request("No uris provided")
    position = _position(visit, body, len(found.entries))
    entries = _entries(visit, uris)
    if len(found.entries) + len(entries) > MAX_ITEMS:
        raise bad_request("Playlist size limit reached")
    found.entries[position:position] = entries
    return _changed(visit, found, 201)


def replace_or_reorder(visit: Visit) -> Response:
    """``PUT /playlists/{id}/items``: ``uris`` replaces everything, ``range_start`` moves."""
    found = find_writable(visit)
    body = visit.json_body()
    moves = isinstance(body, dict) and ("range_start" in body or "insert_before" in body)
    if moves and ("uris" in body or visit.request.arg("uris")):
        raise bad_request("Replacing and reordering exclude each other")
    if moves:
        _reorder(found, body)
    else:
        found.entries = _entries(visit, _uris(visit, body))
    return _changed(visit, found, 200)


def _reorder(found: Playlist, body: dict[str, Any]) -> None:
    _check_snapshot(found, body)
    start, before = _index(body, "range_start"), _index(body, "insert_before")
    length = _index(body, "range_length", 1)
    total = len(found.entries)
    if length < 1 or start + length > total or before > total:
        raise bad_request("Index out of bounds")
    if start <= before <= start + length:
        return
    moved = found.entries[start : start + length]
    rest = found.entries[:start] + found.entries[start + length :]
    at = before if before < start else before - length
    found.entries = rest[:at] + moved + rest[at:]


def remove_items(visit: Visit) -> Response:
    """``DELETE /playlists/{id}/items``: every occurrence, or the named positions, of each URI."""
    found = find_writable(visit)
    body = visit.json_object()
    key = "tracks" if visit.world.switches.old_names and "items" not in body else "items"
    items = body.get(key)
    if not isinstance(items, list) or not items:
        raise bad_request("Missing required field: items")
    if len(items) > MAX_PER_CALL:
        raise bad_request(f"You can remove a maximum of {MAX_PER_CALL} items per request")
    _check_snapshot(found, body)
    doomed: set[int] = set()
    for item in items:
        doomed |= _places(found, item)
    found.entries = [entry for index, entry in enumerate(found.entries) if index not in doomed]
    return _changed(visit, found, 200)


def _places(found: Playlist, item: object) -> set[int]:
    uri = item.get("uri") if isinstance(item, dict) else None
    if not isinstance(item, dict) or not isinstance(uri, str):
        raise bad_request("Invalid item: a uri is required")
    everywhere = {index for index, entry in enumerate(found.entries) if entry.uri == uri}
    positions = item.get("positions")
    if positions is None:
        return everywhere
    if not isinstance(positions, list) or any(type(index) is not int for index in positions):
        raise bad_request("Invalid positions")
    if not everywhere.issuperset(positions):
        raise bad_request("Could not remove tracks, please check parameters.")
    return set(positions)


def _uris(visit: Visit, body: Any) -> Sequence[str]:
    """Take URIs from the query, else from ``{"uris": […]}`` or from a bare array.

    spotipy still sends the bare array.
    """
    in_query = visit.request.arg("uris")
    if in_query is not None:
        uris: Any = [uri for uri in in_query.split(",") if uri]
    elif isinstance(body, list):
        uris = body
    else:
        uris = body.get("uris") if isinstance(body, dict) else None
    if not isinstance(uris, list) or any(not isinstance(uri, str) for uri in uris):
        raise bad_request("No uris provided")
    if len(uris) > MAX_PER_CALL:
        raise bad_request(f"You can add a maximum of {MAX_PER_CALL} tracks per request.")
    return uris


def _entries(visit: Visit, uris: Sequence[str]) -> list[Entry]:
    now, person = visit.world.clock.now(), visit.person.key
    made = []
    for uri in uris:
        pieces = uri.split(":")
        valid = len(pieces) == 3 and pieces[0] == "spotify" and is_id(pieces[2])
        if not valid or pieces[1] not in {"track", "episode"}:
            raise bad_request(f"Invalid track uri: {uri[:200]}")
        known = visit.world.track(pieces[2]) if pieces[1] == "track" else uri == episode_uri()
        if not known:
            raise bad_request("Payload contains a non-existing ID")
        made.append(Entry("track" if pieces[1] == "track" else "episode", uri, now, person))
    return made


def _position(visit: Visit, body: Any, total: int) -> int:
    given: Any = visit.request.arg("position")
    if given is None and isinstance(body, dict):
        given = body.get("position")
    if given is None:
        return total
    try:
        position = int(given)
    except (TypeError, ValueError) as error:
        raise bad_request("Invalid position") from error
    if not 0 <= position <= total:
        raise bad_request("Index out of bounds")
    return position


def _index(body: dict[str, Any], name: str, default: int | None = None) -> int:
    value = body.get(name, default)
    if type(value) is not int or value < 0:
        raise bad_request(f"Invalid {name}")
    return value


def _check_snapshot(found: Playlist, body: dict[str, Any]) -> None:
    snapshot = body.get("snapshot_id")
    if snapshot is not None and snapshot not in found.snapshots:
        raise api_error(400, "Invalid snapshot_id")


def _changed(visit: Visit, found: Playlist, status: int) -> Response:
    found.changed()
    visit.world.keep(found)
    return json_response({"snapshot_id": found.snapshot_id}, status)


def register(routes: ApiRoutes) -> None:
    """Add this area's calls."""
    routes.add("POST", "/v1/playlists/{id}/items", add_items)
    routes.add("PUT", "/v1/playlists/{id}/items", replace_or_reorder)
    routes.add("DELETE", "/v1/playlists/{id}/items", remove_items)
