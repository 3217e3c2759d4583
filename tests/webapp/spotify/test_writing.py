"""What is written to Spotify: as documented, and once."""

from __future__ import annotations

import pytest

from tests.webapp.spotify.world import World
from webapp.spotify.errors import (
    SpotifyNotFound,
    SpotifyRefused,
)


def test_a_playlist_is_made_filled_and_read_back(world: World) -> None:
    user = world.user()
    uris = [track.uri for track in user.liked().items]
    made = user.create_playlist("  A\nname ", public=False, description="about\nit & tm:0123456789")
    assert made.own
    assert user.replace_items(made.id, uris[:40])
    assert user.add_items(made.id, uris[40:], 40)
    assert user.item_total(made.id) == 50
    assert user.written(made.id, 500).uris == tuple(uris)
    kept = world.spotify.playlists("rich")[0]
    assert kept["name"] == "A name"
    assert kept["description"] == "about it & tm:0123456789"
    assert kept["public"] is False
    found = user.find_own("tm:0123456789")
    assert found is not None
    assert found.id == made.id
    assert user.find_own("tm:ffffffffff") is None


def test_items_are_sent_as_an_object_as_documented(world: World) -> None:
    user = world.user()
    made = user.create_playlist("x")
    uris = [track.uri for track in user.liked().items[:2]]
    user.add_items(made.id, uris, 0)
    import json

    sent = world.spotify.requests("POST", "/v1/playlists/*/items")[-1]
    assert json.loads(sent["body"]) == {"uris": uris, "position": 0}
    assert "uris" not in sent["query"]


def test_a_marker_in_somebody_elses_playlist_is_not_ours(world: World) -> None:
    second = world.user("second")
    made = second.create_playlist("Copied", public=False, description="tm:0123456789")
    world.spotify.fault(
        "GET",
        "/v1/me/playlists",
        status=200,
        json={
            "items": [
                {
                    "id": made.id,
                    "name": "x",
                    "description": "tm:0123456789",
                    "owner": {"id": second.me().id},
                }
            ],
            "next": None,
            "total": 1,
        },
    )
    assert world.user("rich").find_own("tm:0123456789") is None


def test_what_is_no_track_is_never_written(world: World) -> None:
    user = world.user()
    made = user.create_playlist("x")
    world.spotify.forget_requests()
    for uris in (["spotify:local:a:b:c:1"], ["x"], ["spotify:episode:" + "a" * 22], ["u"] * 101):
        with pytest.raises(SpotifyRefused):
            user.replace_items(made.id, uris)
    with pytest.raises(SpotifyNotFound):
        user.replace_items("../me", [])
    with pytest.raises(ValueError, match="marker"):
        user.find_own("")
    assert world.spotify.hits() == 0


def test_an_expired_token_in_the_middle_of_a_write_is_renewed_and_it_is_written_once(
    world: World,
) -> None:
    user = world.user()
    world.spotify.expire()
    user.create_playlist("Renewed")
    assert [p["name"] for p in world.spotify.playlists("rich")].count("Renewed") == 1
    assert world.spotify.hits("POST", "/v1/me/playlists") == 2
