"""The browser as a device: what the stand-in's player script registers and looks at."""

from __future__ import annotations

from standin.identifiers import base62
from standin.webapi.access import ApiRoutes, Visit
from standin.webapi.failures import api_error, bad_request
from standin.webapi.listener import track_object
from standin.wire import Response, json_response
from standin.world import Player


def register_device(visit: Visit) -> Response:
    """``POST /me/player/sdk``: the page becomes a device of its listener, who needs Premium."""
    visit.require("streaming")
    if not visit.person.premium:
        raise api_error(403, "Premium required", reason="PREMIUM_REQUIRED")
    name = visit.json_object().get("name")
    if not isinstance(name, str) or not name.strip():
        raise bad_request("A name is needed")
    player = visit.world.players.setdefault(visit.person.key, Player())
    player.page = (base62("page", visit.person.key, name, length=40), name[:100])
    return json_response({"device_id": player.page[0], "revision": player.revision})


def what_to_play(visit: Visit) -> Response:
    """``GET /me/player/sdk``: the list and where in it, with a number that changes by command."""
    visit.require("streaming")
    player = visit.world.players.setdefault(visit.person.key, Player())
    found = [visit.world.track(uri.rsplit(":", 1)[-1]) for uri in player.uris]
    return json_response(
        {
            "revision": player.revision,
            "tracks": [track_object(visit, track) for track in found if track is not None],
            "index": player.index,
            "position_ms": player.position_ms,
            "playing": player.playing,
        }
    )


def register(routes: ApiRoutes) -> None:
    """Add this area's calls."""
    routes.add("POST", "/v1/me/player/sdk", register_device)
    routes.add("GET", "/v1/me/player/sdk", what_to_play)
