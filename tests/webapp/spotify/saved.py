"""What the stand-in Spotify has after a save, and how the save says it stands."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from tests.webapp.spotify.world import World
from webapp.services.save import SaveStatus

CREATE = "/v1/me/playlists"
ITEMS = "/v1/playlists/*/items"


def status_of(world: World, user_id: str, playlist_id: str) -> SaveStatus:
    found = world.save.status(user_id, playlist_id)
    assert found is not None
    return found


def made(world: World, person: str = "rich") -> list[dict[str, Any]]:
    return [p for p in world.spotify.playlists(person) if p["created_here"]]


def wanted(world: World, user_id: str, playlist_id: str) -> list[str]:
    return list(world.save.plan(playlist_id, user_id).uris)


def assert_saved_once(world: World, user_id: str, playlist_id: str) -> None:
    status = status_of(world, user_id, playlist_id)
    assert (status.state, status.error) == ("done", None)
    playlists = made(world)
    assert [p["uris"] for p in playlists] == [wanted(world, user_id, playlist_id)]
    assert status.save.spotify_url == f"{world.spotify.open_url}/playlist/{playlists[0]['id']}"
    assert status.save.written == len(playlists[0]["uris"])


def until(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)
