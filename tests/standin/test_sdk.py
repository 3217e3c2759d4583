"""The stand-in for Spotify's player in a page: files, the device, and who may have one."""

from __future__ import annotations

import pytest
import requests

from standin.samples import sample_tracks

PLAYING = "streaming user-modify-playback-state user-read-playback-state"


@pytest.mark.parametrize("name", ["spotify-player.js", "embedded.html", "embedded.js"])
def test_its_files_are_there_and_run_nothing_inline(spotify, name: str) -> None:
    answer = requests.get(f"{spotify.url}/sdk/{name}", timeout=5)
    assert answer.status_code == 200
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    assert answer.text
    assert requests.get(f"{spotify.url}/sdk/other.js", timeout=5).status_code == 404


def test_a_page_becomes_a_device_that_the_web_api_can_play_on(api) -> None:
    rich = api("rich", PLAYING)
    device = rich("POST", "me/player/sdk", json={"name": "A page"}).json()["device_id"]
    listed = rich.get("me/player/devices").json()["devices"]
    assert [one["name"] for one in listed if one["id"] == device] == ["A page"]
    before = rich.get("me/player/sdk").json()["revision"]
    uris = [f"spotify:track:{track['id']}" for track in sample_tracks()[:2]]
    played = rich(
        "PUT",
        "me/player/play",
        params={"device_id": device},
        json={"uris": uris, "position_ms": 4000},
    )
    assert played.status_code == 204
    told = rich.get("me/player/sdk").json()
    assert told["revision"] == before + 1
    assert [track["uri"] for track in told["tracks"]] == uris
    assert (told["position_ms"], told["playing"]) == (4000, True)


def test_it_needs_premium_and_the_permission_to_stream(api) -> None:
    refused = api("free", PLAYING)("POST", "me/player/sdk", json={"name": "A page"})
    assert refused.status_code == 403
    assert refused.json()["error"]["reason"] == "PREMIUM_REQUIRED"
    assert api("rich", "user-read-playback-state").get("me/player/sdk").status_code == 403
    assert api("rich", PLAYING)("POST", "me/player/sdk", json={"name": " "}).status_code == 400


def test_an_embed_may_be_framed_and_other_pages_may_not(spotify) -> None:
    track = sample_tracks()[0]["id"]
    embed = requests.get(f"{spotify.url}/embed/track/{track}", timeout=5)
    assert "frame-ancestors *" in embed.headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in embed.headers
    page = requests.get(f"{spotify.url}/open/track/{track}", timeout=5)
    assert page.headers["X-Frame-Options"] == "DENY"
