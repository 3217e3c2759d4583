"""Picking seeds: every tab, the basket, pasted links, and what Spotify may answer instead."""

from __future__ import annotations

import html
import json
import re
from typing import Any

import pytest

from standin.people import HOSTILE_TITLES
from standin.samples import sample_tracks
from tests.connected_people import seed_data
from webapp.routes import seeds as seeds_page


def text(answer: Any) -> str:
    return html.unescape(answer.get_data(as_text=True))


def rows(answer: Any) -> list[dict[str, Any]]:
    """The tracks a page offers, from the forms that add them."""
    fields = re.findall(r'name="seed" value="([^"]*)"', answer.get_data(as_text=True))
    return [json.loads(html.unescape(field)) for field in fields]


@pytest.mark.parametrize(
    "query",
    ["", "?tab=top&span=short_term", "?tab=top&span=long_term", "?tab=recent", "?tab=liked"],
)
def test_a_tab_offers_the_tracks_of_the_account(site: Any, query: str) -> None:
    answer = site.browser("rich").get(f"/seeds{query}")
    assert answer.status_code == 200
    assert len(rows(answer)) >= 20
    assert "Tracks from Spotify" in text(answer)
    for row in rows(answer):
        assert f'href="{site.spotify.open_url}/track/{row["spotify_id"]}"' in text(answer)


def test_a_track_says_whether_the_catalogue_has_it(site: Any) -> None:
    page = text(site.browser("rich").get("/seeds?tab=liked"))
    assert "in your catalogue" in page
    assert "not in this catalogue" in page


def test_more_leads_through_the_whole_list(site: Any) -> None:
    visitor = site.browser("rich")
    seen: list[str] = []
    path: str | None = "/seeds?tab=liked"
    while path is not None:
        answer = visitor.get(path)
        seen += [row["spotify_id"] for row in rows(answer)]
        found = re.search(
            r'<a class="button" href="([^"]+)">More</a>', answer.get_data(as_text=True)
        )
        path = html.unescape(found.group(1)) if found else None
    assert len(seen) == len(set(seen)) == 240


def test_a_playlist_leads_to_its_tracks(site: Any) -> None:
    visitor = site.browser("rich")
    page = visitor.get("/seeds?tab=playlists").get_data(as_text=True)
    assert "Spotify shows its tracks only to its owner" in text(visitor.get("/seeds?tab=playlists"))
    path = re.search(r'href="(/seeds\?tab=playlists&amp;playlist=[^"]+)"[^>]*>Thirty at', page)
    assert path is not None
    answer = visitor.get(html.unescape(path.group(1)))
    assert len(rows(answer)) == 30
    assert "Thirty at thirty" in text(answer)


def test_a_search_finds_tracks_and_says_when_there_are_none(site: Any) -> None:
    visitor = site.browser("rich")
    assert len(rows(visitor.get("/seeds?tab=search&q=Garden"))) == 10
    assert "Nothing found for “zzzz”" in text(visitor.get("/seeds?tab=search&q=zzzz"))
    found = visitor.get("/api/v1/search?q=Garden").get_json()
    assert len(found["tracks"]) == 10
    assert found["next_offset"] == 10


def test_an_empty_account_is_told_where_to_look_instead(site: Any) -> None:
    visitor = site.browser("empty")
    for tab in ("top", "recent", "liked", "playlists"):
        answer = visitor.get(f"/seeds?tab={tab}")
        assert answer.status_code == 200
        assert "Tracks from Spotify" not in text(answer)
        assert "Search" in text(answer)
        assert "Paste links" in text(answer)


def test_each_pasted_line_gets_its_verdict(site: Any) -> None:
    first, second = sample_tracks()[5], sample_tracks()[250]
    lines = [
        f"https://open.spotify.com/track/{first['id']}?si=abc",
        "",
        "some words",
        f"spotify:track:{first['id']}",
        f"https://open.spotify.com/intl-de/track/{second['id']}",
        "https://open.spotify.com/playlist/" + "a" * 22,
        "spotify:track:" + "Z" * 22,
        f"{site.spotify.open_url}/track/{sample_tracks()[6]['id']}",
        "https://evil.example/track/" + first["id"],
        "https://open.spotify.com.evil.example/track/" + first["id"],
    ]
    answer = site.browser("rich").post("/seeds/paste", {"links": "\n".join(lines)})
    page = text(answer)
    assert [row["spotify_id"] for row in rows(answer)] == [
        first["id"],
        second["id"],
        sample_tracks()[6]["id"],
    ]
    assert "9 lines read" in page
    assert "the same track as in a line above" in page
    assert "a link to a playlist, not to a track" in page
    assert page.count("not a link to a track") == 3
    assert "not found: Spotify has no track under this link" in page


def test_nothing_pasted_is_no_failure_of_ours(site: Any) -> None:
    answer = site.browser("rich").post("/seeds/paste", {"links": " \n "})
    assert answer.status_code == 200
    assert "no line has anything in it" in text(answer).lower()


def test_without_scripts_the_basket_works_with_forms(site: Any) -> None:
    visitor = site.browser("rich")
    offered = rows(visitor.get("/seeds"))
    for row in offered[:2]:
        answer = visitor.post("/seeds/add", {"seed": json.dumps(row), "back": "/seeds?tab=top"})
        assert (answer.status_code, answer.headers["Location"]) == (303, "/seeds?tab=top")
    page = text(visitor.get("/seeds"))
    assert "2 of 10" in page
    visitor.post(
        "/seeds/remove", {"spotify_id": offered[0]["spotify_id"], "back": "//evil.example"}
    )
    kept = visitor.get("/api/v1/seeds").get_json()["seeds"]
    assert [seed["title"] for seed in kept] == [offered[1]["title"]]


def test_the_way_back_of_a_form_leads_to_no_other_site(site: Any) -> None:
    visitor = site.browser("rich")
    answer = visitor.post("/seeds/remove", {"spotify_id": "x", "back": "//evil.example"})
    assert answer.headers["Location"] == "/seeds"


def test_the_basket_holds_ten_and_says_so(site: Any) -> None:
    visitor = site.browser("rich")
    for number in range(10):
        assert visitor.add(number).status_code == 200
    assert len(visitor.add(3).get_json()["seeds"]) == 10  # in it already
    answer = visitor.add(10)
    assert answer.status_code == 422
    error = answer.get_json()["error"]
    assert "full" in error["why"]
    assert "remove" in error["next"]
    row = {**visitor.get("/api/v1/seeds").get_json()["seeds"][0], "spotify_id": "A" * 22}
    page = visitor.post("/seeds/add", {"seed": json.dumps(row)})
    assert page.status_code == 422
    assert "10 of 10" in text(page)


def test_two_tabs_do_not_lose_each_others_seeds(site: Any) -> None:
    one = site.browser("rich")
    other = site.browser()
    other.client.set_cookie("__Host-sid", one.cookie(), domain="hooklist.test", secure=True)
    for number in range(8):
        (one if number % 2 else other).add(number)
    assert len(one.get("/api/v1/seeds").get_json()["seeds"]) == 8


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"spotify_id": "short"},
        {"spotify_id": "A" * 22, "title": 5, "artists": []},
        {"spotify_id": "A" * 22, "title": "x", "artists": ["y"], "admin": True},
        {"spotify_id": "A" * 22, "title": "x" * 5000, "artists": []},
        {"spotify_id": "A" * 22, "title": "x", "artists": ["y"] * 1000},
        {"spotify_id": "A" * 22, "title": "x", "artists": [], "duration": -1},
        {"spotify_id": "A" * 22 + "\n", "title": "x", "artists": []},
    ],
)
def test_a_seed_that_does_not_fit_is_refused_by_name(site: Any, body: Any) -> None:
    visitor = site.browser("rich")
    answer = visitor.call("POST", "/api/v1/seeds", body)
    assert answer.status_code == 422
    assert answer.get_json()["error"]["code"] == "request.invalid"
    assert visitor.get("/api/v1/seeds").get_json()["seeds"] == []


def test_what_is_no_json_is_refused(site: Any) -> None:
    visitor = site.browser("rich")
    for data in (b"", b"{", b"\xff\xfe", b"[" * 100_000):
        answer = visitor.send(
            "POST",
            "/api/v1/seeds",
            data=data,
            headers={"X-CSRFToken": visitor.secret()},
            content_type="application/json",
        )
        assert answer.status_code == 422
    assert visitor.post("/seeds/add", {"seed": "not json"}).status_code == 422


def test_addresses_of_a_seed_are_not_believed(site: Any) -> None:
    visitor = site.browser("rich")
    forged = {
        "spotify_id": "A" * 22,
        "title": "x\x00y\ud800",
        "artists": ["z"],
        "cover": "https://evil.example/pixel.gif",
        "url": "javascript:alert(1)",
    }
    answer = visitor.send(
        "POST",
        "/api/v1/seeds",
        data=json.dumps(forged).replace("\\ud800", ""),
        headers={"X-CSRFToken": visitor.secret()},
    )
    seed = answer.get_json()["seeds"][0]
    assert seed["cover"] == ""
    assert seed["url"] == f"{site.spotify.open_url}/track/{'A' * 22}"
    assert seed["title"] == "xy"


def test_hostile_names_are_shown_as_they_are(site: Any) -> None:
    visitor = site.browser("hostile")
    raw = visitor.get("/seeds?tab=top").get_data(as_text=True)
    raw += visitor.get("/seeds?tab=playlists").get_data(as_text=True)
    raw += visitor.get("/account").get_data(as_text=True)
    assert "<img src=x" not in raw
    assert "</script><script>alert" not in raw
    assert "<svg onload" not in raw
    shown = {row["title"] for row in rows(visitor.get("/seeds?tab=top"))}
    assert len(shown & set(HOSTILE_TITLES)) >= 3
    for row in rows(visitor.get("/seeds?tab=top"))[:8]:
        assert visitor.call("POST", "/api/v1/seeds", row).status_code == 200
    assert "<img src=x" not in visitor.get("/seeds").get_data(as_text=True)


def test_a_used_up_quota_is_told_with_the_moment_it_ends(site: Any) -> None:
    visitor = site.browser("rich")
    visitor.add(1)
    site.spotify.quota("GET", "/v1/me/tracks", retry_after=7200)
    answer = visitor.get("/seeds?tab=liked")
    assert answer.status_code == 200
    page = text(answer)
    assert "quota" in page
    assert re.search(r'It can be tried again from <time data-clock datetime="[^"]+Z">', page)
    assert "1 of 10" in page  # the basket is still there


def test_a_lost_connection_asks_for_a_new_login_that_leads_back(site: Any) -> None:
    visitor = site.browser("rich")
    site.spotify.revoke("rich")
    page = text(visitor.get("/seeds?tab=liked"))
    assert 'href="/login?next=/seeds?tab%3Dliked"' in page
    assert "Connect to Spotify again" in page


def test_spotify_being_away_leaves_the_page_whole(site: Any) -> None:
    visitor = site.browser("rich")
    site.spotify.fault("GET", "/v1/me/player/recently-played", status=503, count=None)
    answer = visitor.get("/seeds?tab=recent")
    assert answer.status_code == 200
    assert "Your seeds" in text(answer)
    assert "role=" in text(answer)
    assert "try again" in text(answer).lower()


@pytest.mark.parametrize(
    "query",
    [
        "tab=nonsense",
        "tab=top&span=forever",
        "offset=-1",
        "offset=99999999999999999999",
        "offset=abc",
        "tab=playlists&playlist=../../etc",
        "tab=search&q=" + "x" * 3000,
        "tab=search&q=%00%ff",
        "tab=search&q=a&q=b",
    ],
)
def test_an_address_that_makes_no_sense_shows_the_usual(site: Any, query: str) -> None:
    assert site.browser("rich").get(f"/seeds?{query}").status_code == 200


def test_a_page_does_not_wait_for_a_slow_spotify_and_a_script_may(
    site: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seeds_page, "PATIENCE", 0.05)
    visitor = site.browser("rich")
    site.spotify.fault("GET", "/v1/me/player/recently-played", delay=0.8)
    at_once = text(visitor.get("/seeds?tab=recent"))
    assert "data-waiting" in at_once
    assert '<noscript><meta http-equiv="refresh"' in at_once
    assert "Make playlist" in at_once
    in_time = text(visitor.get("/seeds?tab=recent", headers={"Prefer": "wait=20"}))
    assert "data-waiting" not in in_time
    assert "What you have just heard" in in_time
    asked = site.spotify.requests("GET", "/v1/me/player/recently-played")
    assert len(asked) == 1, "whoever asks again joins the question under way"


def test_an_empty_account_begins_with_tracks_nobody_was_asked_for(site: Any) -> None:
    visitor = site.browser("empty")
    page = text(visitor.get("/seeds"))
    shown = page.partition("Or begin with one of these")[2]
    assert shown.count('data-basket="add"') >= 4
    assert "Or begin with one of these" not in text(site.browser("rich").get("/seeds"))


def test_the_basket_is_there_in_another_browser_and_after_the_session(site: Any) -> None:
    visitor = site.browser("rich")
    visitor.add(1)
    assert site.services.sessions.delete(visitor.cookie())
    refused = visitor.call("POST", "/api/v1/seeds", seed_data(2))
    assert refused.status_code == 401
    assert refused.get_json()["error"]["code"] == "session.unknown"
    seeds = site.browser("rich").get("/api/v1/seeds").get_json()["seeds"]
    assert [seed["spotify_id"] for seed in seeds] == [seed_data(1)["spotify_id"]]
    assert site.browser("second").get("/api/v1/seeds").get_json()["seeds"] == []


def test_a_track_without_an_id_at_spotify_is_a_seed_like_every_other(site: Any) -> None:
    visitor = site.browser("rich")
    known = {**seed_data(5), "spotify_id": "", "url": ""}
    sent = visitor.post("/seeds/bring/add", {"seed": json.dumps(known)})
    assert sent.status_code == 303
    visitor.add(2)
    first, second = visitor.get("/api/v1/seeds").get_json()["seeds"]
    assert (first["spotify_id"], first["url"]) == ("", "")
    assert second["key"] == second["spotify_id"] == seed_data(2)["spotify_id"]
    page = text(visitor.get("/seeds"))
    assert f'data-seed="{first["key"]}"' in page
    marked = visitor.call("PATCH", f"/api/v1/seeds/{first['key']}", {"less": True}).get_json()
    assert marked["less"] == [first["key"]]
    visitor.post("/seeds/less", {"spotify_id": first["key"]})
    # The same again is no second seed, however it comes.
    again = visitor.call("POST", "/api/v1/seeds", first).get_json()
    assert len(again["seeds"]) == 2
    assert again["less"] == []
    playlist = visitor.make()
    user = site.services.sessions.load(visitor.cookie()).user_id
    made = site.services.playlists.get(playlist, user)
    assert made.options["matched"] == ["row-5", "row-2"]
    visitor.call("DELETE", f"/api/v1/seeds/{first['key']}")
    assert len(visitor.get("/api/v1/seeds").get_json()["seeds"]) == 1
    visitor.post(f"/p/{playlist}/seeds")
    keys = {seed["key"] for seed in visitor.get("/api/v1/seeds").get_json()["seeds"]}
    assert keys == {first["key"], second["key"]}


@pytest.mark.parametrize("lacking", [{"title": " "}, {"artists": []}])
def test_a_track_with_neither_id_nor_name_is_refused(site: Any, lacking: dict[str, Any]) -> None:
    answer = site.browser("rich").call(
        "POST", "/api/v1/seeds", {**seed_data(5), "spotify_id": "", **lacking}
    )
    assert answer.status_code == 422
    assert "needs a title and an artist" in answer.get_json()["error"]["why"]
