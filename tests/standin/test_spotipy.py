"""What the real spotipy sends, works; and its known defects can be shown here."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator

import pytest
import requests
import spotipy
from spotipy.cache_handler import MemoryCacheHandler

from standin.harness import ALL_SCOPES, Standin
from standin.samples import sample_tracks

ClientOf = Callable[[str], spotipy.Spotify]


@pytest.fixture
def client(spotify: Standin) -> Iterator[ClientOf]:
    """Give spotipy clients set up as the facts say they must be."""
    sessions = []

    def log_in(person: str) -> spotipy.Spotify:
        sessions.append(requests.Session())
        token = spotify.grant(person)["access_token"]
        made = spotipy.Spotify(auth=token, requests_session=sessions[-1], requests_timeout=5)
        made.prefix = f"{spotify.api_url}/"
        return made

    yield log_in
    for session in sessions:
        session.close()


def everything(client: spotipy.Spotify, page: dict) -> list:
    items = list(page["items"])
    while page["next"]:
        page = client.next(page)
        items += page["items"]
    return items


def test_spotipy_reads_all_that_seeds_come_from(client: ClientOf) -> None:
    rich = client("rich")
    assert rich.me()["display_name"] == "Robin Rich"
    page = rich.current_user_top_tracks(limit=50, time_range="long_term")
    assert len(everything(rich, page)) == 180
    assert rich.current_user_top_artists()["items"][0]["type"] == "artist"
    assert len(everything(rich, rich.current_user_saved_tracks(limit=50))) == 240
    recent = rich.current_user_recently_played(limit=20)
    assert len(everything(rich, recent)) == 50
    playlists = everything(rich, rich.current_user_playlists(limit=10))
    long = next(p for p in playlists if p["name"] == "The long one")
    assert len(everything(rich, rich.playlist_items(long["id"]))) == 250
    assert rich.playlist(long["id"])["name"] == "The long one"
    row = sample_tracks()[5]
    assert rich.track(row["id"])["name"] == row["title"]
    assert rich.search(row["title"], limit=5)["tracks"]["items"][0]["id"] == row["id"]
    assert rich.devices()["devices"][0]["name"] == "Robin's laptop"


def test_spotipy_writes_a_playlist_and_takes_it_back(spotify: Standin, client: ClientOf) -> None:
    rich = client("rich")
    uris = [f"spotify:track:{row['id']}" for row in sample_tracks()]
    made = rich.current_user_playlist_create("By spotipy", public=False, description="tm:12")
    assert made["items"]["total"] == 0
    for start in (0, 100):
        added = rich.playlist_add_items(made["id"], uris[start : start + 100])
        assert set(added) == {"snapshot_id"}
    rich.playlist_add_items(made["id"], uris[200:201], position=0)
    rich.playlist_reorder_items(made["id"], range_start=0, insert_before=201)
    dump = spotify.playlists("rich")[0]
    assert (dump["name"], dump["description"], dump["uris"]) == ("By spotipy", "tm:12", uris[:201])
    rich.playlist_remove_all_occurrences_of_items(made["id"], uris[:50])
    doomed = [{"uri": uris[50], "positions": [0]}]
    rich.playlist_remove_specific_occurrences_of_items(made["id"], doomed)
    assert spotify.playlists("rich")[0]["uris"] == uris[51:201]
    rich.playlist_replace_items(made["id"], uris[:3])
    rich.playlist_change_details(made["id"], name="Renamed", public=True)
    # Start, frame, scan, end: all that a JPEG's segments must be.
    jpeg = b"\xff\xd8\xff\xc0\x00\x04ab\xff\xda\x00\x04cd" + b"picture\xff\xd9"
    picture = base64.b64encode(jpeg).decode()
    rich.playlist_upload_cover_image(made["id"], picture)
    dump = spotify.playlists("rich")[0]
    assert (dump["name"], dump["public"], dump["uris"]) == ("Renamed", True, uris[:3])
    rich._delete("me/library", uris=f"spotify:playlist:{made['id']}")
    assert made["id"] not in [p["id"] for p in spotify.playlists("rich")]


def test_spotipys_way_to_unfollow_fails_as_it_does_at_spotify(client: ClientOf) -> None:
    rich = client("rich")
    made = rich.current_user_playlist_create("x")
    with pytest.raises(spotipy.SpotifyException) as refusal:
        rich.current_user_unfollow_playlist(made["id"])
    assert refusal.value.http_status == 403


def test_spotipy_likes_and_plays(client: ClientOf) -> None:
    rich = client("rich")
    track = sample_tracks()[9]["id"]
    rich.current_user_saved_tracks_add([track])
    assert rich.current_user_saved_tracks_contains([track]) == [True]
    device = rich.devices()["devices"][0]["id"]
    uri = f"spotify:track:{track}"
    rich.start_playback(device_id=device, uris=[uri], position_ms=30_000)
    rich.seek_track(1000)
    rich.pause_playback()
    assert rich.current_playback()["progress_ms"] == 1000


def test_spotipy_sees_status_reason_and_retry_after(spotify: Standin, client: ClientOf) -> None:
    rich = client("rich")
    spotify.quota("GET", "/v1/me/", retry_after=86_400)
    with pytest.raises(spotipy.SpotifyException) as refusal:
        rich.me()
    assert refusal.value.http_status == 429
    assert refusal.value.reason == "QUOTA_EXCEEDED"
    assert refusal.value.headers["Retry-After"] == "86400"
    with pytest.raises(spotipy.SpotifyException, match="User not registered") as plain:
        client("outsider").me()
    assert plain.value.http_status == 403


def test_spotipys_default_session_writes_twice_after_a_502(spotify: Standin) -> None:
    """The defect that makes an own session necessary is visible against this stand-in."""
    token = spotify.grant("rich")["access_token"]
    careless = spotipy.Spotify(auth=token, retries=1, status_retries=1, backoff_factor=0)
    careless.prefix = f"{spotify.api_url}/"
    before = len(spotify.playlists("rich"))
    spotify.fault("POST", "/v1/me/playlists", status=502, apply=True)
    careless.current_user_playlist_create("Twice")
    assert len(spotify.playlists("rich")) == before + 2


class _Oauth(spotipy.SpotifyPKCE):
    """SpotifyPKCE that asks the stand-in."""


def test_spotipys_pkce_login_and_refresh_work(
    spotify: Standin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_Oauth, "OAUTH_AUTHORIZE_URL", f"{spotify.url}/authorize")
    monkeypatch.setattr(_Oauth, "OAUTH_TOKEN_URL", f"{spotify.url}/api/token")
    oauth = _Oauth(
        client_id=spotify.client_id,
        redirect_uri="http://127.0.0.1:9999/callback",
        scope=ALL_SCOPES,
        state="abc",
        cache_handler=MemoryCacheHandler(),
        requests_timeout=5,
    )
    callback = spotify.login(oauth.get_authorize_url(), "second")
    token = oauth.get_access_token(oauth.parse_response_code(callback), check_cache=False)
    assert token in spotify.tokens()
    refreshed = oauth.refresh_access_token(oauth.get_cached_token()["refresh_token"])
    assert refreshed["access_token"] in spotify.tokens()
    spotify.revoke("second")
    with pytest.raises(spotipy.SpotifyOauthError) as refusal:
        oauth.refresh_access_token(refreshed["refresh_token"])
    assert refusal.value.error == "invalid_grant"


def test_spotipys_confidential_login_works(monkeypatch: pytest.MonkeyPatch) -> None:
    with Standin.thread(client_secret="hush") as spotify:

        class Confidential(spotipy.SpotifyOAuth):
            OAUTH_AUTHORIZE_URL = f"{spotify.url}/authorize"
            OAUTH_TOKEN_URL = f"{spotify.url}/api/token"

        oauth = Confidential(
            client_id=spotify.client_id,
            client_secret="hush",
            redirect_uri="http://127.0.0.1:9999/callback",
            scope="user-top-read",
            cache_handler=MemoryCacheHandler(),
            requests_timeout=5,
        )
        code = oauth.parse_response_code(spotify.login(oauth.get_authorize_url(), "rich"))
        token = oauth.get_access_token(code, as_dict=False, check_cache=False)
        assert token in spotify.tokens()
