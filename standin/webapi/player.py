"""The remote player: honest about devices and Premium, silent otherwise."""

from __future__ import annotations

from typing import Any

from standin.identifiers import base62
from standin.playlists import Playlist
from standin.webapi.access import ApiRoutes, Visit
from standin.webapi.failures import api_error, bad_request, not_found
from standin.webapi.listener import track_object
from standin.webapi.paging import whole_number
from standin.wire import Response, empty_response, json_response
from standin.world import Player

# Who has which devices; everybody else's apps are closed.
_DEVICES: dict[str, tuple[tuple[str, str, bool], ...]] = {
    "rich": (("Robin's laptop", "Computer", False), ("Living room", "Speaker", True)),
    "free": (("Frida's phone", "Smartphone", False),),
}


def _devices(visit: Visit) -> list[dict[str, Any]]:
    player = _player(visit)
    listed = []
    for name, kind, restricted in _DEVICES.get(visit.person.key, ()):
        device_id = None if restricted else base62("device", name, length=40)
        listed.append(
            {
                "id": device_id,
                "is_active": device_id is not None and device_id == player.device_id,
                "is_private_session": False,
                "is_restricted": restricted,
                "name": name,
                "supports_volume": not restricted,
                "type": kind,
                "volume_percent": None if restricted else 60,
            }
        )
    if player.page is not None:
        listed.append(
            {
                "id": player.page[0],
                "is_active": player.page[0] == player.device_id,
                "is_private_session": False,
                "is_restricted": False,
                "name": player.page[1],
                "supports_volume": True,
                "type": "Computer",
                "volume_percent": 100,
            }
        )
    return listed


def _player(visit: Visit) -> Player:
    return visit.world.players.setdefault(visit.person.key, Player())


def devices(visit: Visit) -> Response:
    """``GET /me/player/devices``."""
    visit.require("user-read-playback-state")
    return json_response({"devices": _devices(visit)})


def state(visit: Visit) -> Response:
    """``GET /me/player``: 204 while nothing plays."""
    visit.require("user-read-playback-state")
    player = _player(visit)
    active = [device for device in _devices(visit) if device["is_active"]]
    if not active:
        return empty_response(204)
    current = player.uris[player.index] if player.index < len(player.uris) else ""
    track = visit.world.track(current.rsplit(":", 1)[-1])
    return json_response(
        {
            "actions": {"disallows": {}},
            "context": None,
            "currently_playing_type": "track" if track else "unknown",
            "device": active[0],
            "is_playing": player.playing,
            "item": track_object(visit, track) if track else None,
            "progress_ms": player.position_ms,
            "repeat_state": "off",
            "shuffle_state": False,
            "timestamp": int(visit.world.clock.now() * 1000),
        }
    )


def _command(visit: Visit) -> Player:
    """Admit a player command: scope, Premium, then a device."""
    visit.require("user-modify-playback-state")
    if not visit.person.premium:
        raise api_error(403, "Player command failed: Premium required", reason="PREMIUM_REQUIRED")
    player = _player(visit)
    wanted = visit.request.arg("device_id")
    if wanted is not None:
        _use_device(visit, player, wanted)
    if player.device_id is None:
        raise api_error(
            404, "Player command failed: No active device found", reason="NO_ACTIVE_DEVICE"
        )
    return player


def _use_device(visit: Visit, player: Player, device_id: str) -> None:
    if device_id not in {device["id"] for device in _devices(visit)}:
        raise api_error(404, "Device not found")
    player.device_id = device_id


def transfer(visit: Visit) -> Response:
    """``PUT /me/player``: move to one device, which becomes the active one."""
    visit.require("user-modify-playback-state")
    if not visit.person.premium:
        raise api_error(403, "Player command failed: Premium required", reason="PREMIUM_REQUIRED")
    body = visit.json_object()
    wanted = body.get("device_ids")
    if not isinstance(wanted, list) or len(wanted) != 1 or not isinstance(wanted[0], str):
        raise bad_request("Exactly one device_id must be provided")
    player = _player(visit)
    _use_device(visit, player, wanted[0])
    player.playing = bool(body.get("play", player.playing))
    return empty_response(204)


def play(visit: Visit) -> Response:
    """``PUT /me/player/play``: what, from which place in the list, from which millisecond."""
    player = _command(visit)
    body = visit.json_object()
    uris = body.get("uris")
    context = body.get("context_uri")
    if uris is not None and context is not None:
        raise bad_request("Can't have offset for context type: uris and context_uri")
    if uris is not None:
        if not isinstance(uris, list) or any(not isinstance(uri, str) for uri in uris):
            raise bad_request("Invalid uris")
        player.uris, player.index = list(uris), 0
    elif context is not None:
        player.uris, player.index = _context_uris(visit, context), 0
    offset = body.get("offset")
    if isinstance(offset, dict):
        player.index = _start_index(player, offset)
    position = body.get("position_ms", 0)
    if type(position) is not int or position < 0:
        raise bad_request("Invalid position_ms")
    player.position_ms, player.playing = position, True
    player.revision += 1
    return empty_response(204)


def _context_uris(visit: Visit, context: object) -> list[str]:
    kind, _, thing = str(context).removeprefix("spotify:").partition(":")
    if kind == "playlist":
        found: Playlist | None = visit.world.playlists.get(thing)
        if found is not None:
            return [entry.uri for entry in found.entries if entry.kind == "track"]
    if kind == "album" and thing in visit.world.library.albums:
        return [track.uri for track in visit.world.library.albums[thing]]
    raise api_error(404, "Player command failed: Context not found")


def _start_index(player: Player, offset: dict[str, Any]) -> int:
    position, uri = offset.get("position"), offset.get("uri")
    if isinstance(uri, str) and uri in player.uris:
        return player.uris.index(uri)
    if type(position) is int and 0 <= position < max(1, len(player.uris)):
        return position
    raise bad_request("Invalid offset")


def pause(visit: Visit) -> Response:
    """``PUT /me/player/pause``: pausing what is paused violates a restriction."""
    player = _command(visit)
    if not player.playing:
        raise api_error(403, "Player command failed: Restriction violated", reason="UNKNOWN")
    player.playing = False
    return empty_response(204)


def seek(visit: Visit) -> Response:
    """``PUT /me/player/seek?position_ms=``."""
    player = _command(visit)
    if visit.request.arg("position_ms") is None:
        raise bad_request("Missing parameter position_ms")
    player.position_ms = whole_number(visit.request, "position_ms", 0, 0, None)
    return empty_response(204)


def skip(visit: Visit) -> Response:
    """``POST /me/player/next`` and ``/me/player/previous``."""
    if visit.parts["way"] not in {"next", "previous"}:
        raise not_found("Service not found")
    player = _command(visit)
    step = 1 if visit.parts["way"] == "next" else -1
    player.index = max(0, min(player.index + step, max(0, len(player.uris) - 1)))
    player.position_ms = 0
    return empty_response(204)


def register(routes: ApiRoutes) -> None:
    """Add this area's calls."""
    routes.add("GET", "/v1/me/player/devices", devices)
    routes.add("GET", "/v1/me/player", state)
    routes.add("PUT", "/v1/me/player", transfer)
    routes.add("PUT", "/v1/me/player/play", play)
    routes.add("PUT", "/v1/me/player/pause", pause)
    routes.add("PUT", "/v1/me/player/seek", seek)
    routes.add("POST", "/v1/me/player/{way}", skip)
