"""Tracks without audio here, on the listener's own Spotify: what is asked, sent and kept."""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Any

import pytest
import requests

from standin.samples import sample_tracks
from webapp.services.spotify_highlights import SpotifyHighlights
from webapp.store import MovedHighlights

NOBODY = "0" * 22


@pytest.fixture
def site(make_site: Callable[..., Any]) -> Any:
    return make_site(spotify_player=True)


def text(answer: Any) -> str:
    return html.unescape(answer.get_data(as_text=True))


def playlist_of(site: Any, visitor: Any, count: int = 3, **more: Any) -> Any:
    """Keep a playlist of tracks that Spotify has and this server has no audio of."""
    user = site.services.sessions.load(visitor.cookie()).user_id
    tracks: list[dict[str, Any]] = [
        {
            "id": f"row-{number}",
            "title": track["title"],
            "artists": list(track["artists"]),
            "duration": track["duration_ms"] / 1000,
            "audio": "",
            "spotify_id": track["id"],
        }
        for number, track in enumerate(sample_tracks()[:count])
    ]
    made = site.services.playlists.create(user, title="Far away", seeds=[], options={})
    tracks.extend(more.get("tracks", ()))
    site.services.playlists.set_ready(made.id, tracks=tracks, catalogue_version="1")
    return site.services.playlists.get(made.id, user)


def test_the_page_is_not_there_unless_the_operator_wants_it(make_site: Callable[..., Any]) -> None:
    site = make_site()
    visitor = site.browser("rich")
    playlist = playlist_of(site, visitor)
    assert visitor.get(f"/p/{playlist.id}/spotify").status_code == 404
    assert visitor.call("POST", "/api/v1/spotify-player/token").status_code == 404
    assert "hear it on Spotify" not in text(visitor.get(f"/p/{playlist.id}"))


def test_only_tracks_without_audio_here_are_offered(site: Any) -> None:
    visitor = site.browser("rich")
    ours = {"id": "own", "title": "Own", "artists": [], "audio": "/a.mp3", "spotify_id": NOBODY}
    nowhere = {"id": "none", "title": "Nowhere", "artists": [], "audio": "", "spotify_id": ""}
    playlist = playlist_of(site, visitor, 2, tracks=[ours, nowhere])
    assert "2 tracks have no audio here: hear them on Spotify" in text(
        visitor.get(f"/p/{playlist.id}")
    )
    page = text(visitor.get(f"/p/{playlist.id}/spotify"))
    assert page.count("data-track=") == 2
    assert "Own" not in page
    assert "Nowhere" not in page


def test_playing_is_asked_for_when_it_is_wanted_and_not_before(site: Any) -> None:
    visitor = site.browser("rich")
    playlist = playlist_of(site, visitor)
    page = visitor.get(f"/p/{playlist.id}/spotify")
    assert "Allow playing" in text(page)
    assert "spotify-player.js" not in text(page), "Spotify's script waits for the permission"
    refused = visitor.call("POST", "/api/v1/spotify-player/token")
    assert (refused.status_code, refused.json["error"]["code"]) == (403, "spotify.scope")
    asked = visitor.get("/login", query_string={"ask": "play"}).headers["Location"]
    assert "streaming" in asked
    assert "user-modify-playback-state" in asked


def test_this_page_alone_lets_spotifys_script_in(site: Any) -> None:
    visitor = site.browser()
    visitor.log_in("rich", ask="play")
    playlist = playlist_of(site, visitor)
    page = visitor.get(f"/p/{playlist.id}/spotify")
    policy = page.headers["Content-Security-Policy"]
    assert "script-src 'self' https://sdk.scdn.co;" in policy
    assert "frame-src https://sdk.scdn.co https://open.spotify.com" in policy
    assert "unsafe" not in policy
    assert 'encrypted-media=(self "https://sdk.scdn.co"' in page.headers["Permissions-Policy"]
    for other in (f"/p/{playlist.id}", "/account", f"/p/{NOBODY}/spotify"):
        assert "scdn.co/" not in visitor.get(other).headers["Content-Security-Policy"]
        assert "frame-src" not in visitor.get(other).headers["Content-Security-Policy"]


def test_the_whole_list_is_one_call_that_begins_at_the_first_highlight(site: Any) -> None:
    visitor = site.browser()
    visitor.log_in("rich", ask="play")
    playlist = playlist_of(site, visitor)
    token = visitor.call("POST", "/api/v1/spotify-player/token").json
    assert 0 < token["seconds"] <= 3600
    asked = {"Authorization": f"Bearer {token['token']}"}
    here = f"{site.spotify.api_url}/me/player/sdk"
    device = requests.post(here, json={"name": "Hooklist"}, headers=asked, timeout=5).json()[
        "device_id"
    ]
    address = f"/api/v1/playlists/{playlist.id}/spotify-player"
    assert visitor.call("POST", address, {"device_id": device}).status_code == 204
    told = requests.get(here, headers=asked, timeout=5).json()
    assert [track["id"] for track in told["tracks"]] == [t["id"] for t in sample_tracks()[:3]]
    assert told["playing"]
    first = site.services.spotify_highlights.of_playlist(playlist)[0]
    assert told["position_ms"] == round(1000 * first.start) > 0
    unknown = visitor.call("POST", address, {"device_id": "x" * 40})
    assert (unknown.status_code, unknown.json["error"]["code"]) == (404, "spotify.not_found")


def test_without_premium_that_is_said(site: Any) -> None:
    visitor = site.browser()
    visitor.log_in("free", ask="play")
    playlist = playlist_of(site, visitor)
    address = f"/api/v1/playlists/{playlist.id}/spotify-player"
    refused = visitor.call("POST", address, {"device_id": "x" * 40})
    assert (refused.status_code, refused.json["error"]["code"]) == (403, "spotify.premium")


def test_somebody_elses_list_is_not_there(site: Any) -> None:
    owner, other = site.browser("rich"), site.browser("second")
    playlist = playlist_of(site, owner)
    assert other.get(f"/p/{playlist.id}/spotify").status_code == 404
    body = {"device_id": "x" * 40}
    address = f"/api/v1/playlists/{playlist.id}/spotify-player"
    assert other.call("POST", address, body).status_code == 404
    chosen = {"track": sample_tracks()[0]["id"], "start": "1:00"}
    assert other.post(f"/p/{playlist.id}/spotify/start", chosen).status_code == 404


def test_a_listener_chooses_where_a_track_begins_and_may_go_back(site: Any) -> None:
    visitor = site.browser("rich")
    playlist = playlist_of(site, visitor)
    spotify_id = sample_tracks()[1]["id"]
    usual = site.services.spotify_highlights.of_playlist(playlist)[1].start
    sent = visitor.post(f"/p/{playlist.id}/spotify/start", {"track": spotify_id, "start": "1:07"})
    assert sent.status_code == 303
    assert f'data-track="{spotify_id}" data-start="67.0"' in text(visitor.get(sent.location))
    shown = text(visitor.get(f"/p/{playlist.id}/spotify"))
    assert "As usual" in shown
    visitor.post(f"/p/{playlist.id}/spotify/start", {"track": spotify_id, "back": "1"})
    assert site.services.spotify_highlights.of_playlist(playlist)[1].start == usual


@pytest.mark.parametrize("start", ["", "nonsense", "99:00", "-1"])
def test_a_time_outside_the_track_is_told_on_the_page(site: Any, start: str) -> None:
    visitor = site.browser("rich")
    playlist = playlist_of(site, visitor)
    chosen = {"track": sample_tracks()[1]["id"], "start": start}
    refused = visitor.post(f"/p/{playlist.id}/spotify/start", chosen)
    assert refused.status_code == 422
    assert "As usual" not in text(refused)


def test_nothing_is_learnt_from_where_spotify_is_heard(site: Any) -> None:
    visitor = site.browser("rich")
    playlist = playlist_of(site, visitor)
    moved = MovedHighlights(site.services.engine)
    SpotifyHighlights(moved).choose(playlist, sample_tracks()[0]["id"], 40.0)
    moved.put(playlist.user_id, "own-sound", 10.0, 40.0)
    assert set(moved.choices()) == {"own-sound"}
