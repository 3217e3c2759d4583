"""Reading and writing playlists."""

from __future__ import annotations

import base64

import pytest
import requests

from standin.samples import sample_tracks

URIS = [f"spotify:track:{row['id']}" for row in sample_tracks()]


def named(api, name: str) -> dict:
    return next(p for p in api.get("me/playlists", limit=50).json()["items"] if p["name"] == name)


def created(api, **more: object) -> str:
    answer = api("POST", "me/playlists", json={"name": "New", "public": False, **more})
    assert answer.status_code == 201
    return answer.json()["id"]


def uris_of(spotify, person: str, playlist: str) -> list:
    return next(p["uris"] for p in spotify.playlists(person) if p["id"] == playlist)


# -- reading ----------------------------------------------------------------------------------


def test_my_playlists_are_summaries_with_a_count(spotify, api) -> None:
    long = named(api("rich"), "The long one")
    assert set(long) >= {
        "collaborative", "description", "external_urls", "href", "id", "images", "name", "owner",
        "public", "snapshot_id", "items", "type", "uri",
    }  # fmt: skip
    assert "tracks" not in long
    assert long["items"] == {
        "href": f"{spotify.api_url}/playlists/{long['id']}/items",
        "total": 250,
    }
    assert long["external_urls"]["spotify"] == f"{spotify.open_url}/playlist/{long['id']}"
    assert set(long["owner"]) == {
        "display_name", "external_urls", "href", "id", "type", "uri",
    }  # fmt: skip


def test_rich_has_lists_of_3_30_and_250_an_empty_one_and_more_than_a_default_page(api) -> None:
    page = api("rich").get("me/playlists").json()
    assert page["total"] > 20 == len(page["items"])
    sizes = {
        p["name"]: p["items"]["total"]
        for p in api("rich").get("me/playlists", limit=50).json()["items"]
    }
    assert sizes["Three for the road"] == 3
    assert sizes["Thirty at thirty"] == 30
    assert sizes["The long one"] == 250
    assert sizes["Nothing in here yet"] == 0


def test_an_empty_playlist_has_no_images(api) -> None:
    assert named(api("rich"), "Nothing in here yet")["images"] is None


def test_contents_come_fifty_at_a_time_as_item_not_track(api) -> None:
    rich = api("rich")
    long = named(rich, "The long one")["id"]
    page = rich.get(f"playlists/{long}/items", limit=50).json()
    assert set(page["items"][0]) >= {"added_at", "added_by", "is_local", "item"}
    assert "track" not in page["items"][0]
    assert page["items"][0]["item"]["type"] == "track"
    seen = list(page["items"])
    while page["next"]:
        page = rich.get(page["next"]).json()
        seen += page["items"]
    assert len(seen) == 250
    assert rich.get(f"playlists/{long}/items", limit=51).status_code == 400
    assert rich.get(f"playlists/{long}/items", limit=100).status_code == 400


def test_a_whole_playlist_carries_its_first_items_and_where_to_go_on(api) -> None:
    rich = api("rich")
    long = named(rich, "The long one")["id"]
    whole = rich.get(f"playlists/{long}").json()
    assert whole["items"]["total"] == 250
    assert len(whole["items"]["items"]) == 50
    more = rich.get(whole["items"]["next"]).json()
    assert more["offset"] == 50


def test_fields_select_what_is_sent(api) -> None:
    rich = api("rich")
    three = named(rich, "Three for the road")["id"]
    found = rich.get(
        f"playlists/{three}/items",
        fields="total,next,items(added_at,item(id,artists.name,album(name,images(url))))",
    ).json()
    assert set(found) == {"total", "next", "items"}
    assert set(found["items"][0]) == {"added_at", "item"}
    item = found["items"][0]["item"]
    assert set(item) == {"id", "artists", "album"}
    assert set(item["artists"][0]) == {"name"}
    assert set(item["album"]) == {"name", "images"}
    assert set(item["album"]["images"][0]) == {"url"}
    without = rich.get(f"playlists/{three}/items", fields="items.item(!album,artists)").json()
    assert "album" not in without["items"][0]["item"]
    assert "name" in without["items"][0]["item"]


@pytest.mark.parametrize(
    "fields",
    ["items(", "items)", "items..x", ",", "a,,b", "(a)", "a(b)c", "é", "(" * 40, "a." * 99],
)
def test_faulty_fields_are_refused(api, fields: str) -> None:
    rich = api("rich")
    three = named(rich, "Three for the road")["id"]
    assert rich.get(f"playlists/{three}/items", fields=fields).status_code == 400


def test_odd_items_are_null_local_and_episodes(api) -> None:
    rich = api("rich")
    odd = named(rich, "Odds and ends")["id"]
    found = rich.get(f"playlists/{odd}/items", additional_types="track,episode").json()["items"]
    gone = [entry for entry in found if entry["item"] is None]
    local = [entry for entry in found if entry["is_local"]]
    episodes = [e for e in found if e["item"] and e["item"]["type"] == "episode"]
    assert (len(gone), len(local), len(episodes)) == (1, 1, 1)
    assert local[0]["item"]["id"] is None
    assert local[0]["item"]["uri"].startswith("spotify:local:")
    assert local[0]["item"]["name"] == "First Take"
    assert "artists" not in episodes[0]["item"]
    ids = [e["item"]["id"] for e in found if e["item"] and e["item"]["type"] == "track"]
    assert len(ids) > len(set(ids))  # one comes twice
    without = rich.get(f"playlists/{odd}/items").json()["items"]
    assert sum(entry["item"] is None for entry in without) == 2


def test_somebody_elses_playlist_shows_its_name_but_no_contents(api) -> None:
    rich = api("rich")
    for name in ("Fresh Finds (editorial)", "Sasha's public mix"):
        foreign = named(rich, name)
        assert foreign["items"]["total"] == 50
        whole = rich.get(f"playlists/{foreign['id']}").json()
        assert whole["name"] == name
        assert "items" not in whole
        assert "tracks" not in whole
        refused = rich.get(f"playlists/{foreign['id']}/items")
        assert refused.status_code == 403
        assert refused.json() == {"error": {"status": 403, "message": "Forbidden"}}
        for method in ("POST", "PUT", "DELETE"):
            answer = rich(method, f"playlists/{foreign['id']}/items", json={"uris": URIS[:1]})
            assert answer.status_code == 403


def test_a_collaborative_playlist_is_read_and_written_by_both(spotify, api) -> None:
    rich, second = api("rich"), api("second")
    shared = named(rich, "Road trip, together")
    assert shared["collaborative"] is True
    assert rich.get(f"playlists/{shared['id']}/items").status_code == 200
    added = rich("POST", f"playlists/{shared['id']}/items", json={"uris": URIS[:1]})
    assert added.status_code == 201
    page = second.get(f"playlists/{shared['id']}/items", offset=15).json()
    assert page["items"][0]["item"]["uri"] == URIS[0]
    assert page["items"][0]["added_by"]["id"] == rich.get("me").json()["id"]


def test_collaborative_playlists_are_listed_only_with_their_scope(api) -> None:
    names = [
        p["name"]
        for p in api("rich", "playlist-read-private").get("me/playlists", limit=50).json()["items"]
    ]
    assert "Road trip, together" not in names
    assert "Thirty at thirty" in names


def test_somebody_elses_private_playlist_does_not_exist(api) -> None:
    private = named(api("second"), "Sasha's evenings")["id"]
    assert api("rich").get(f"playlists/{private}").status_code == 404


def test_old_names_are_a_switch(spotify, api) -> None:
    spotify.switch(old_names=True)
    rich = api("rich")
    three = named(rich, "Three for the road")
    assert three["tracks"]["total"] == 3
    assert "items" not in three
    page = rich.get(f"playlists/{three['id']}/items", limit=2).json()
    assert page["items"][0]["track"]["type"] == "track"
    assert "item" not in page["items"][0]
    assert len(rich.get(page["next"]).json()["items"]) == 1
    assert rich.get(three["tracks"]["href"]).json()["total"] == 3
    assert rich.get(f"playlists/{three['id']}").json()["tracks"]["total"] == 3


# -- creating and changing ----------------------------------------------------------------------


def test_creating_answers_201_with_the_playlist_and_lists_it_first(spotify, api) -> None:
    rich = api("rich")
    answer = rich(
        "POST", "me/playlists", json={"name": "Träume 🎧", "public": False, "description": "tm:1"}
    )
    assert answer.status_code == 201
    made = answer.json()
    assert (made["name"], made["public"], made["description"]) == ("Träume 🎧", False, "tm:1")
    assert made["items"]["total"] == 0
    assert answer.headers["Location"] == made["href"]
    assert rich.get("me/playlists").json()["items"][0]["id"] == made["id"]
    first = spotify.playlists("rich")[0]
    assert (first["id"], first["uris"], first["created_here"]) == (made["id"], [], True)


def test_a_playlist_is_public_unless_said_otherwise(api) -> None:
    assert api("rich")("POST", "me/playlists", json={"name": "x"}).json()["public"] is True


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'"name"',
        b"{}",
        b'{"name": ""}',
        b'{"name": 7}',
        b'{"name": "x", "public": "yes"}',
        b'{"name": "x", "description": 7}',
        b'{"name": "x", "collaborative": true}',
        b"\xff",
    ],
)
def test_a_faulty_creation_makes_nothing(spotify, api, body: bytes) -> None:
    rich = api("rich")
    before = len(spotify.playlists("rich"))
    assert rich("POST", "me/playlists", data=body).status_code == 400
    assert len(spotify.playlists("rich")) == before


def test_visibility_decides_which_scope_writing_needs(api) -> None:
    private = api("rich", "playlist-modify-private")
    public = api("rich", "playlist-modify-public")
    assert private("POST", "me/playlists", json={"name": "x"}).status_code == 403
    assert public("POST", "me/playlists", json={"name": "x", "public": False}).status_code == 403
    hidden, shown = created(private), created(public, public=True)
    assert private("POST", f"playlists/{shown}/items", json={"uris": URIS[:1]}).status_code == 403
    assert public("POST", f"playlists/{hidden}/items", json={"uris": URIS[:1]}).status_code == 403
    assert private("PUT", f"playlists/{hidden}", json={"public": True}).status_code == 403
    assert private("PUT", f"playlists/{hidden}", json={"name": "y"}).status_code == 200


def test_details_change_only_where_named(api) -> None:
    rich = api("rich")
    playlist = created(rich, description="first")
    answer = rich("PUT", f"playlists/{playlist}", json={"name": "Renamed", "public": True})
    assert (answer.status_code, answer.content) == (200, b"")
    found = rich.get(f"playlists/{playlist}").json()
    assert (found["name"], found["public"], found["description"]) == ("Renamed", True, "first")
    assert rich("PUT", f"playlists/{playlist}", json={"name": ""}).status_code == 400


def test_deleting_takes_the_playlist_out_of_the_library_but_not_out_of_the_world(api) -> None:
    rich = api("rich")
    playlist = created(rich)
    answer = rich("DELETE", "me/library", params={"uris": f"spotify:playlist:{playlist}"})
    assert (answer.status_code, answer.content) == (200, b"")
    assert playlist not in [p["id"] for p in rich.get("me/playlists").json()["items"]]
    assert rich.get(f"playlists/{playlist}").status_code == 200
    assert rich("DELETE", f"playlists/{playlist}/followers").status_code == 403


# -- contents -----------------------------------------------------------------------------------


def test_items_are_added_at_the_end_in_order_and_the_snapshot_changes(spotify, api) -> None:
    rich = api("rich")
    playlist = created(rich)
    snapshots = [rich.get(f"playlists/{playlist}").json()["snapshot_id"]]
    for start in (0, 100, 200):
        answer = rich(
            "POST", f"playlists/{playlist}/items", json={"uris": URIS[start : start + 100]}
        )
        assert answer.status_code == 201
        assert set(answer.json()) == {"snapshot_id"}
        snapshots.append(answer.json()["snapshot_id"])
    assert len(set(snapshots)) == 4
    assert uris_of(spotify, "rich", playlist) == URIS
    assert rich.get(f"playlists/{playlist}").json()["snapshot_id"] == snapshots[-1]


def test_uris_come_as_object_bare_array_or_query_and_the_query_wins(spotify, api) -> None:
    rich = api("rich")
    playlist = created(rich)
    where = f"playlists/{playlist}/items"
    assert rich("POST", where, json={"uris": URIS[:1]}).status_code == 201
    assert rich("POST", where, json=URIS[1:2]).status_code == 201
    params = {"uris": ",".join(URIS[2:4])}
    assert rich("POST", where, params=params, json={"uris": URIS[9:]}).status_code == 201
    assert uris_of(spotify, "rich", playlist) == URIS[:4]


def test_a_position_inserts_from_body_or_query(spotify, api) -> None:
    rich = api("rich")
    playlist = created(rich)
    where = f"playlists/{playlist}/items"
    rich("POST", where, json={"uris": URIS[:3]})
    rich("POST", where, json={"uris": URIS[3:5], "position": 1})
    rich("POST", where, params={"position": 0}, json=URIS[5:6])
    expected = [URIS[5], URIS[0], URIS[3], URIS[4], URIS[1], URIS[2]]
    assert uris_of(spotify, "rich", playlist) == expected
    assert rich("POST", where, json={"uris": URIS[:1], "position": 7}).status_code == 400
    assert rich("POST", where, json={"uris": URIS[:1], "position": -1}).status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        {"uris": URIS[:101]},
        {"uris": []},
        {"uris": "spotify:track:x"},
        {"uris": [7]},
        {"uris": ["spotify:local:a:b:c:1"]},
        {"uris": ["spotify:track:short"]},
        {"uris": ["spotify:album:" + "0" * 22]},
        {"uris": ["spotify:track:" + "0" * 22]},
        {"uris": [*URIS[:3], "spotify:track:" + "0" * 22]},
        {},
        7,
    ],
)
def test_a_faulty_addition_adds_nothing_at_all(spotify, api, body: object) -> None:
    rich = api("rich")
    playlist = created(rich)
    refused = rich("POST", f"playlists/{playlist}/items", json=body)
    assert refused.status_code == 400
    assert refused.json()["error"]["status"] == 400
    assert uris_of(spotify, "rich", playlist) == []


def test_replacing_is_whole_and_may_empty_the_list(spotify, api) -> None:
    rich = api("rich")
    playlist = created(rich)
    where = f"playlists/{playlist}/items"
    rich("POST", where, json={"uris": URIS[:50]})
    answer = rich("PUT", where, json={"uris": URIS[60:160]})
    assert (answer.status_code, set(answer.json())) == (200, {"snapshot_id"})
    assert uris_of(spotify, "rich", playlist) == URIS[60:160]
    assert rich("PUT", where, json={"uris": URIS[:101]}).status_code == 400
    assert rich("PUT", where, json={"uris": []}).status_code == 200
    assert uris_of(spotify, "rich", playlist) == []


@pytest.mark.parametrize(
    ("move", "order"),
    [
        ({"range_start": 0, "insert_before": 5}, "bcdea"),
        ({"range_start": 4, "insert_before": 0}, "eabcd"),
        ({"range_start": 1, "insert_before": 4, "range_length": 2}, "adbce"),
        ({"range_start": 3, "insert_before": 1, "range_length": 2}, "adebc"),
        ({"range_start": 1, "insert_before": 2, "range_length": 2}, "abcde"),
    ],
)
def test_reordering_moves_a_range_before_a_place(spotify, api, move: dict, order: str) -> None:
    rich = api("rich")
    playlist = created(rich)
    letters = dict(zip("abcde", URIS, strict=False))
    rich("POST", f"playlists/{playlist}/items", json={"uris": list(letters.values())})
    assert rich("PUT", f"playlists/{playlist}/items", json=move).status_code == 200
    assert uris_of(spotify, "rich", playlist) == [letters[letter] for letter in order]


def test_impossible_moves_are_refused(api) -> None:
    rich = api("rich")
    playlist = created(rich)
    where = f"playlists/{playlist}/items"
    rich("POST", where, json={"uris": URIS[:5]})
    for move in (
        {"range_start": 5, "insert_before": 0},
        {"range_start": 0, "insert_before": 6},
        {"range_start": 0, "insert_before": 2, "range_length": 0},
        {"range_start": 0},
        {"range_start": 0, "insert_before": 2, "snapshot_id": "foreign"},
        {"range_start": 0, "insert_before": 2, "uris": URIS[:1]},
    ):
        assert rich("PUT", where, json=move).status_code == 400, move


def test_removing_takes_every_occurrence_or_the_named_places(spotify, api) -> None:
    rich = api("rich")
    playlist = created(rich)
    where = f"playlists/{playlist}/items"
    a, b, c = URIS[:3]
    snapshot = rich("POST", where, json={"uris": [a, b, a, c, a]}).json()["snapshot_id"]
    answer = rich("DELETE", where, json={"items": [{"uri": a, "positions": [2]}]})
    assert (answer.status_code, set(answer.json())) == (200, {"snapshot_id"})
    assert uris_of(spotify, "rich", playlist) == [a, b, c, a]
    rich("DELETE", where, json={"items": [{"uri": a}], "snapshot_id": snapshot})
    assert uris_of(spotify, "rich", playlist) == [b, c]
    for body in (
        {"tracks": [{"uri": b}]},
        {"items": []},
        {"items": [{"uri": b}], "snapshot_id": "foreign"},
        {"items": [{"uri": b, "positions": [1]}]},
        {"items": [{"uri": b}] * 101},
        {"items": [b]},
    ):
        assert rich("DELETE", where, json=body).status_code == 400, body
    assert uris_of(spotify, "rich", playlist) == [b, c]


# -- covers -------------------------------------------------------------------------------------

JPEG = (
    b"\xff\xd8\xff\xe0\x00\x04JF"  # a comment of the application, two bytes long
    b"\xff\xc0\x00\x0b\x08\x00\x08\x00\x08\x01\x01\x11\x00"  # one frame of 8 by 8
    b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00" + b"picture" * 40 + b"\xff\xd9"
)


def test_a_cover_is_uploaded_as_base64_and_then_served(api) -> None:
    rich = api("rich")
    playlist = created(rich)
    answer = rich(
        "PUT",
        f"playlists/{playlist}/images",
        data=base64.b64encode(JPEG),
        headers={"Content-Type": "image/jpeg"},
    )
    assert (answer.status_code, answer.content) == (202, b"")
    images = rich.get(f"playlists/{playlist}").json()["images"]
    served = requests.get(images[0]["url"], timeout=5)
    assert (served.content, served.headers["Content-Type"]) == (JPEG, "image/jpeg")
    assert rich.get(f"playlists/{playlist}/images").json() == images


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (base64.b64encode(JPEG), "application/json", 415),
        (JPEG, "image/jpeg", 400),
        (base64.b64encode(b"\x89PNG" + JPEG), "image/jpeg", 400),
        (base64.b64encode(JPEG[:-2]), "image/jpeg", 400),
        (base64.b64encode(JPEG[:8] + b"\xff\xd9"), "image/jpeg", 400),
        (base64.b64encode(JPEG * 1000), "image/jpeg", 413),
    ],
)
def test_a_faulty_cover_is_refused(api, body: bytes, kind: str, status: int) -> None:
    rich = api("rich")
    where = f"playlists/{created(rich)}/images"
    answer = rich("PUT", where, data=body, headers={"Content-Type": kind})
    assert answer.status_code == status


def test_a_cover_needs_its_scope(api) -> None:
    rich = api("rich", "playlist-modify-private")
    where = f"playlists/{created(rich)}/images"
    answer = rich("PUT", where, data=b"x", headers={"Content-Type": "image/jpeg"})
    assert answer.json()["error"]["message"] == "Insufficient client scope"
