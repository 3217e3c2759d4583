"""The caller's profile, favourites, history, liked songs and library."""

from __future__ import annotations

from datetime import datetime

import pytest

from standin.samples import sample_tracks

ORDINARY = ["rich", "second", "free"]


def test_me_has_the_fields_that_are_left_and_a_slash_does_not_matter(api) -> None:
    rich = api("rich", "")
    found = rich.get("me").json()
    assert set(found) == {
        "account_id", "display_name", "external_urls", "href", "id", "images", "type", "uri",
    }  # fmt: skip
    assert found["type"] == "user"
    assert found["uri"] == f"spotify:user:{found['id']}"
    assert found["id"] != found["account_id"]
    assert set(found["images"][0]) == {"url", "height", "width"}
    assert rich.get("me/").json() == found


def test_people_are_told_apart(api) -> None:
    found = [api(person).get("me").json() for person in ORDINARY]
    assert len({person["account_id"] for person in found}) == 3
    assert len({person["id"] for person in found}) == 3
    tops = [[t["id"] for t in api(p).get("me/top/tracks").json()["items"]] for p in ORDINARY]
    assert tops[0] != tops[1] != tops[2]


def test_top_tracks_are_whole_track_objects_without_what_was_removed(spotify, api) -> None:
    track = api("rich").get("me/top/tracks", limit=1).json()["items"][0]
    assert set(track) == {
        "album", "artists", "disc_number", "duration_ms", "explicit", "external_ids",
        "external_urls", "href", "id", "is_local", "is_playable", "name", "preview_url",
        "track_number", "type", "uri",
    }  # fmt: skip
    assert set(track["album"]) == {
        "album_type", "artists", "external_urls", "href", "id", "images", "name", "release_date",
        "release_date_precision", "total_tracks", "type", "uri",
    }  # fmt: skip
    assert set(track["artists"][0]) == {"external_urls", "href", "id", "name", "type", "uri"}
    assert track["preview_url"] is None
    assert track["external_urls"]["spotify"] == f"{spotify.open_url}/track/{track['id']}"
    row = next(row for row in sample_tracks() if row["id"] == track["id"])
    assert track["name"] == row["title"]
    assert track["external_ids"] == ({"isrc": row["isrc"]} if row["isrc"] else {})


def test_time_ranges_differ_and_the_middle_one_is_the_default(api) -> None:
    rich = api("rich")
    found = {
        span: [
            t["id"] for t in rich.get("me/top/tracks", time_range=span, limit=50).json()["items"]
        ]
        for span in ("short_term", "medium_term", "long_term")
    }
    assert len({tuple(ids) for ids in found.values()}) == 3
    default = rich.get("me/top/tracks", limit=50).json()["items"]
    assert [t["id"] for t in default] == found["medium_term"]
    assert rich.get("me/top/tracks", time_range="ever").status_code == 400


def test_top_artists_have_neither_genres_nor_followers(api) -> None:
    page = api("rich").get("me/top/artists").json()
    assert len(page["items"]) == 20
    assert set(page["items"][0]) == {
        "external_urls", "href", "id", "images", "name", "type", "uri",
    }  # fmt: skip


def test_pages_follow_absolute_addresses_to_the_end_without_gap_or_repeat(spotify, api) -> None:
    rich = api("rich")
    page = rich.get("me/top/tracks", time_range="long_term", limit=50).json()
    seen = []
    while True:
        seen += [track["id"] for track in page["items"]]
        if page["next"] is None:
            break
        assert page["next"].startswith(f"{spotify.api_url}/me/top/tracks?")
        assert "time_range=long_term" in page["next"]
        page = rich.get(page["next"]).json()
        assert page["previous"] is not None
    assert len(seen) == len(set(seen)) == page["total"] == 180


@pytest.mark.parametrize("path", ["me/top/tracks", "me/tracks", "me/playlists", "me/top/artists"])
@pytest.mark.parametrize(
    "query", [{"limit": 0}, {"limit": 51}, {"limit": "x"}, {"limit": ""}, {"offset": -1}]
)
def test_limits_are_enforced(api, path: str, query: dict[str, object]) -> None:
    refused = api("rich").get(path, **query)
    assert refused.status_code == 400
    name = next(iter(query))
    assert refused.json() == {"error": {"status": 400, "message": f"Invalid {name}"}}


def test_an_offset_past_the_end_gives_an_empty_page(api) -> None:
    page = api("second").get("me/tracks", offset=5000).json()
    assert (page["items"], page["next"], page["total"]) == ([], None, 45)


@pytest.mark.parametrize(
    ("path", "scope"),
    [
        ("me/top/tracks", "user-top-read"),
        ("me/player/recently-played", "user-read-recently-played"),
        ("me/tracks", "user-library-read"),
        ("me/playlists", "playlist-read-private"),
        ("me/player/devices", "user-read-playback-state"),
    ],
)
def test_each_call_needs_its_scope(api, path: str, scope: str) -> None:
    without = api("rich", "ugc-image-upload").get(path)
    assert without.status_code == 403
    assert without.json()["error"]["message"] == "Insufficient client scope"
    assert api("rich", scope).get(path).status_code == 200


def test_recently_played_is_paged_by_cursor_newest_first(api) -> None:
    rich = api("rich")
    page = rich.get("me/player/recently-played", limit=30).json()
    assert set(page) == {"href", "items", "limit", "next", "cursors", "total"}
    assert set(page["items"][0]) == {"context", "played_at", "track"}
    rest = rich.get(page["next"]).json()
    assert (len(page["items"]), len(rest["items"]), rest["next"]) == (30, 20, None)
    times = [item["played_at"] for item in page["items"] + rest["items"]]
    assert times == sorted(times, reverse=True)
    assert len(set(times)) == 50
    at = datetime.fromisoformat(page["items"][0]["played_at"])
    assert str(round(at.timestamp() * 1000)) == page["cursors"]["after"]


def test_recently_played_reads_after_or_before_a_moment_but_not_both(api) -> None:
    rich = api("rich")
    items = rich.get("me/player/recently-played", limit=50).json()["items"]
    pivot = round(datetime.fromisoformat(items[10]["played_at"]).timestamp() * 1000)
    before = rich.get("me/player/recently-played", before=pivot, limit=50).json()["items"]
    after = rich.get("me/player/recently-played", after=pivot, limit=50).json()["items"]
    assert (before, after) == (items[11:], items[:10])
    both = rich.get("me/player/recently-played", after=1, before=2)
    assert both.status_code == 400


def test_an_empty_account_has_empty_pages_everywhere(api) -> None:
    empty = api("empty")
    for path in ("me/top/tracks", "me/top/artists", "me/tracks", "me/playlists"):
        page = empty.get(path).json()
        assert (page["items"], page["total"], page["next"], page["previous"]) == ([], 0, None, None)
    recent = empty.get("me/player/recently-played").json()
    assert (recent["items"], recent["next"], recent["cursors"]) == ([], None, None)


def test_hostile_names_arrive_unchanged(api) -> None:
    hostile = api("hostile")
    assert "<img src=x onerror=alert(1)>" in hostile.get("me").json()["display_name"]
    names = {t["track"]["name"] for t in hostile.get("me/tracks", limit=50).json()["items"]}
    assert {"<img src=x onerror=alert(1)>", "", "javascript:alert(1)"} <= names
    assert any("\u202e" in name for name in names)
    assert any(len(name) > 400 for name in names)
    lists = hostile.get("me/playlists", limit=50).json()["items"]
    assert any(item["name"].startswith("</script>") for item in lists)


def test_some_hostile_tracks_share_an_isrc_with_the_library(api) -> None:
    hostile = api("hostile")
    isrcs = {row["isrc"] for row in sample_tracks()}
    tracks = [t["track"] for t in hostile.get("me/tracks", limit=50).json()["items"]]
    strange = [t for t in tracks if not any(t["id"] == row["id"] for row in sample_tracks())]
    shared = [t for t in strange if t["external_ids"].get("isrc") in isrcs]
    assert 0 < len(shared) < len(strange)
    assert hostile.get(f"tracks/{strange[0]['id']}").status_code == 200


def test_liking_and_unliking_go_through_the_library_call(api) -> None:
    rich = api("rich")
    track = sample_tracks()[7]["id"]
    uri = f"spotify:track:{track}"
    rich("DELETE", "me/library", params={"uris": uri})
    assert rich.get("me/library/contains", uris=uri).json() == [False]
    before = rich.get("me/tracks").json()["total"]
    assert rich("PUT", "me/library", params={"uris": uri}).status_code == 200
    page = rich.get("me/tracks").json()
    assert (page["total"], page["items"][0]["track"]["id"]) == (before + 1, track)
    assert rich.get("me/library/contains", uris=f"{uri},spotify:artist:{'0' * 22}").json() == [
        True,
        False,
    ]


def test_the_library_call_reads_the_query_only_and_at_most_forty(api) -> None:
    rich = api("rich")
    uris = [f"spotify:track:{row['id']}" for row in sample_tracks()[:41]]
    assert rich("PUT", "me/library", json={"uris": uris[:1]}).status_code == 400
    assert rich("PUT", "me/library", params={"uris": ",".join(uris)}).status_code == 400
    assert rich("PUT", "me/library", params={"uris": ",".join(uris[:40])}).status_code == 200
    assert rich("PUT", "me/library", params={"uris": "spotify:artist:x"}).status_code == 400


def test_the_sample_library_lacks_things_as_real_ones_do() -> None:
    rows = sample_tracks()
    assert len({row["id"] for row in rows}) == len(rows) == 300
    for name in ("isrc", "year", "genre"):
        assert 0 < sum(not row[name] for row in rows) < 60
