"""Looking up, searching, the player, and what is gone."""

from __future__ import annotations

import pytest

from standin.harness import Standin
from standin.library import Track
from standin.samples import sample_tracks
from standin.webapi.matching import parse_query, search_tracks

LIBRARY = [
    {
        "id": f"{number:022d}",
        "title": title,
        "artists": artists,
        "album": album,
        "duration_ms": 200_000,
        "isrc": isrc,
        "year": year,
        "genre": genre,
    }
    for number, (title, artists, album, isrc, year, genre) in enumerate(
        [
            ("Doxy", ["Miles Davis"], "Bags' Groove", "USA1", 1954, "jazz"),
            ("Doxy (Remaster)", ["Miles Davis", "Sonny Rollins"], "Bags' Groove", "USA2", 2008, ""),
            ("Miles Away", ["Doxy Band"], "Roads", "GBX3", 1999, "indie pop"),
            ("Für Élise", ["Ludwig"], "Klavier", "", None, "classical"),
            ("雨", ["坂本"], "音", "JP1", 1990, "ambient"),
        ]
    )
]


@pytest.fixture
def small():
    with Standin.thread(library=LIBRARY) as spotify:
        yield spotify


def titles(query: str) -> list[str]:
    tracks = [Track(**{**row, "artists": tuple(row["artists"])}) for row in LIBRARY]  # type: ignore[arg-type]
    return [track.title for track in search_tracks(tracks, parse_query(query))]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("doxy", ["Doxy", "Doxy (Remaster)", "Miles Away"]),
        ("DOXY miles", ["Doxy", "Doxy (Remaster)", "Miles Away"]),
        ("fur elise", ["Für Élise"]),
        ("für éli", ["Für Élise"]),
        ("雨", ["雨"]),
        ("remaster track:Doxy artist:Miles Davis", ["Doxy (Remaster)"]),
        ('track:"Miles Away" doxy', ["Miles Away"]),
        ("artist:doxy", ["Miles Away"]),
        ("album:groove year:1950-1960", ["Doxy"]),
        ("year:1999", ["Miles Away"]),
        ("isrc:usa2", ["Doxy (Remaster)"]),
        ("isrc:GB-X3", ["Miles Away"]),
        ("isrc:", []),
        ("genre:indie", ["Miles Away"]),
        ("year:soon", []),
        ("tag:new doxy", []),
        ("nothing here", []),
    ],
)
def test_searching_finds(query: str, found: list[str]) -> None:
    ranked = titles(query)
    assert sorted(ranked) == sorted(found)
    assert ranked[:1] == found[:1]


def test_search_pages_by_ten_at_most_and_five_by_default(api) -> None:
    rich = api("rich")
    page = rich.get("search", q="of", type="track").json()["tracks"]
    assert (page["limit"], len(page["items"]), page["total"]) == (5, 5, 300)
    assert rich.get(page["next"]).json()["tracks"]["offset"] == 5
    assert len(rich.get("search", q="of", type="track", limit=10).json()["tracks"]["items"]) == 10
    empty = rich.get("search", q="of", type="track", limit=0).json()["tracks"]
    assert (empty["items"], empty["next"]) == ([], None)


@pytest.mark.parametrize(
    "query",
    [
        {"q": "of", "type": "track", "limit": 11},
        {"q": "of", "type": "track", "limit": 50},
        {"q": "of", "type": "track", "offset": 1001},
        {"q": "", "type": "track"},
        {"type": "track"},
        {"q": "of"},
        {"q": "of", "type": "song"},
    ],
)
def test_a_faulty_search_is_refused(api, query: dict) -> None:
    assert api("rich").get("search", **query).status_code == 400


def test_several_types_are_answered_at_once(small) -> None:
    import requests

    token = small.grant("rich")["access_token"]
    found = requests.get(
        f"{small.api_url}/search",
        params={"q": "doxy", "type": "track,artist,album,show"},
        headers={"Authorization": f"Bearer {token}"},
        timeout=5,
    ).json()
    assert set(found) == {"tracks", "artists", "albums", "shows"}
    names = {artist["name"] for artist in found["artists"]["items"]}
    assert names == {"Miles Davis", "Sonny Rollins", "Doxy Band"}
    albums = [(album["name"], album["total_tracks"]) for album in found["albums"]["items"]]
    assert ("Bags' Groove", 2) in albums
    assert found["shows"]["items"] == []


def test_a_track_is_looked_up_by_one_id(api) -> None:
    rich, row = api("rich"), sample_tracks()[3]
    track = rich.get(f"tracks/{row['id']}").json()
    assert (track["name"], track["duration_ms"]) == (row["title"], row["duration_ms"])
    assert rich.get("tracks/" + "0" * 22).status_code == 404
    assert rich.get("tracks/nonsense").status_code == 400
    album = rich.get(f"albums/{track['album']['id']}").json()
    assert row["title"] in [item["name"] for item in album["tracks"]["items"]]
    artist = rich.get(f"artists/{track['artists'][0]['id']}").json()
    assert artist["name"] == row["artists"][0]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "recommendations?seed_tracks=x", 404),
        ("GET", "recommendations/available-genre-seeds", 404),
        ("GET", "audio-features/" + "0" * 22, 403),
        ("GET", "audio-features?ids=x", 403),
        ("GET", "audio-analysis/" + "0" * 22, 403),
        ("GET", "artists/" + "0" * 22 + "/top-tracks", 403),
        ("GET", "artists/" + "0" * 22 + "/related-artists", 404),
        ("GET", "playlists/" + "0" * 22 + "/tracks", 403),
        ("POST", "playlists/" + "0" * 22 + "/tracks", 403),
        ("DELETE", "playlists/" + "0" * 22 + "/followers", 403),
        ("POST", "users/somebody/playlists", 403),
        ("GET", "users/somebody", 403),
        ("GET", "tracks?ids=x", 403),
        ("GET", "markets", 403),
        ("GET", "browse/new-releases", 403),
        ("PUT", "me/tracks?ids=x", 403),
        ("GET", "me/tracks/contains?ids=x", 403),
        ("GET", "nothing/like/this", 404),
    ],
)
def test_removed_calls_answer_as_observed(api, method: str, path: str, status: int) -> None:
    answer = api("rich")(method, path)
    assert answer.status_code == status
    assert answer.json()["error"]["status"] == status


def test_a_wrong_verb_names_the_right_ones(api) -> None:
    answer = api("rich")("PATCH", "me/playlists")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, POST")


# -- the player ---------------------------------------------------------------------------------


def test_the_player_refuses_without_premium_and_without_a_device(api) -> None:
    free = api("free")("PUT", "me/player/play", json={"uris": []})
    assert (free.status_code, free.json()["error"]["reason"]) == (403, "PREMIUM_REQUIRED")
    idle = api("rich")("PUT", "me/player/play")
    assert (idle.status_code, idle.json()["error"]["reason"]) == (404, "NO_ACTIVE_DEVICE")
    assert api("rich").get("me/player").status_code == 204
    assert api("second").get("me/player/devices").json() == {"devices": []}


def test_a_premium_listener_plays_seeks_skips_and_pauses(api) -> None:
    rich = api("rich")
    devices = rich.get("me/player/devices").json()["devices"]
    assert set(devices[0]) == {
        "id", "is_active", "is_private_session", "is_restricted", "name", "supports_volume",
        "type", "volume_percent",
    }  # fmt: skip
    assert [device["id"] is None for device in devices] == [False, True]
    uris = [f"spotify:track:{row['id']}" for row in sample_tracks()[:3]]
    started = rich(
        "PUT",
        "me/player/play",
        params={"device_id": devices[0]["id"]},
        json={"uris": uris, "offset": {"position": 1}, "position_ms": 30_000},
    )
    assert (started.status_code, started.content) == (204, b"")
    state = rich.get("me/player").json()
    assert (state["item"]["uri"], state["progress_ms"]) == (uris[1], 30_000)
    assert state["is_playing"] is state["device"]["is_active"] is True
    assert rich("POST", "me/player/next").status_code == 204
    assert rich("PUT", "me/player/seek", params={"position_ms": 5000}).status_code == 204
    assert rich.get("me/player").json()["item"]["uri"] == uris[2]
    assert rich("PUT", "me/player/pause").status_code == 204
    again = rich("PUT", "me/player/pause")
    assert (again.status_code, again.json()["error"]["message"]) == (
        403,
        "Player command failed: Restriction violated",
    )


def test_transfer_takes_exactly_one_known_device(api) -> None:
    rich = api("rich")
    device = rich.get("me/player/devices").json()["devices"][0]["id"]
    for wanted in ([], [device, device], "x", None):
        assert rich("PUT", "me/player", json={"device_ids": wanted}).status_code == 400
    assert rich("PUT", "me/player", json={"device_ids": ["unknown"]}).status_code == 404
    assert rich("PUT", "me/player", json={"device_ids": [device], "play": True}).status_code == 204
    assert rich.get("me/player").json()["is_playing"] is True
