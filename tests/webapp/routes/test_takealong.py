"""Files of a list, lists that are brought, copies, titles, and covers on what is saved."""

from __future__ import annotations

import base64
import html
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.connected_people import seed_data
from webapp.services.playlist_files.formats import FORMATS


def text(answer: Any) -> str:
    return html.unescape(answer.get_data(as_text=True))


def owner(site: Any, *, ask: str = "") -> tuple[Any, str]:
    visitor = site.browser()
    visitor.log_in("rich", **({"ask": ask} if ask else {}))
    visitor.add(1)
    visitor.add(2)
    return visitor, visitor.make()


def tracks_of(site: Any, visitor: Any, playlist: str) -> list[dict[str, Any]]:
    user = site.services.sessions.load(visitor.cookie()).user_id
    return list(site.services.playlists.get(playlist, user).tracks)


def bring(visitor: Any, content: bytes, name: str = "list.csv") -> Any:
    return visitor.post("/seeds/bring", {"list": (io.BytesIO(content), name)})


def offered(answer: Any) -> list[dict[str, Any]]:
    raw = answer.get_data(as_text=True)
    return [
        json.loads(html.unescape(value))
        for value in re.findall(r'type="checkbox" name="seed" value="([^"]*)"', raw)
    ]


@pytest.mark.parametrize("name", FORMATS)
def test_a_list_taken_out_and_brought_back_is_the_same_tracks(site: Any, name: str) -> None:
    visitor, playlist = owner(site)
    visitor.post(f"/p/{playlist}/rename", {"title": "Früh / spät"})
    taken = visitor.get(f"/p/{playlist}/export/{name}")
    assert taken.content_type == FORMATS[name].mimetype
    assert taken.headers["Content-Disposition"].endswith(
        f"filename*=UTF-8''Fr%C3%BCh%20sp%C3%A4t.{name}"
    )
    page = bring(visitor, taken.data, f"list.{name}")
    assert page.status_code == 200
    wanted = [track["spotify_id"] for track in tracks_of(site, visitor, playlist)]
    assert [seed["spotify_id"] for seed in offered(page)] == wanted
    assert "in your catalogue, by its id" in text(page)


def test_chosen_lines_become_seeds_up_to_the_limit_of_the_basket(site: Any) -> None:
    visitor, playlist = owner(site)  # two seeds are in the basket
    page = bring(visitor, visitor.get(f"/p/{playlist}/export/json").data, "list.json")
    assert page.get_data(as_text=True).count(" checked>") >= 8
    assert "room for 8 more" in text(page)
    chosen = [json.dumps(seed) for seed in offered(page)]
    answer = visitor.post("/seeds/bring/add", {"seed": chosen[:3]})
    assert answer.headers["Location"] == "/seeds?tab=paste"
    assert len(visitor.get("/api/v1/seeds").get_json()["seeds"]) == 5
    answer = visitor.post("/seeds/bring/add", {"seed": chosen[3:]})
    assert "2 tracks were left out" in text(answer)
    assert len(visitor.get("/api/v1/seeds").get_json()["seeds"]) == 10


def test_each_line_has_a_verdict(site: Any) -> None:
    visitor, track, beyond = site.browser("rich"), seed_data(5), seed_data(240)
    csv = (
        "title,artist,duration,isrc,spotify_uri\n"
        f",,,{track['isrc']},\n"
        f'"{seed_data(6)["title"]}","{seed_data(6)["artists"][0]}",{seed_data(6)["duration"]},,\n'
        f",,,,spotify:track:{seed_data(7)['spotify_id']}\n"
        f",,,,{seed_data(7)['spotify_id']}\n"
        f"x,y,,,spotify:track:{beyond['spotify_id']}\n"
        f'"{seed_data(241)["title"]}","{seed_data(241)["artists"][0]}",{seed_data(241)["duration"]},,\n'
        "Nobody knows this,Nobody,123,,\n"
        "only a title,,,,\n"
    )
    page = bring(visitor, csv.encode())
    said = re.findall(
        r"in your catalogue, by [^<]+|not in this catalogue[^<]*|the same track as [^<]+|names no "
        r"track|not found, neither[^<]+",
        text(page),
    )
    assert said == [
        "in your catalogue, by its ISRC",
        "in your catalogue, by artist, title and length",
        "in your catalogue, by its id",
        "the same track as in a line above",
        "not in this catalogue, but at Spotify",
        "not in this catalogue, but at Spotify",
        "not found, neither here nor at Spotify",
        "names no track",
    ]
    assert len(offered(page)) == 5


def test_spotify_is_asked_a_bounded_number_of_times_and_not_after_it_has_failed(site: Any) -> None:
    visitor = site.browser("rich")
    many = "title,artist\n" + "".join(f"Unknown {at},Nobody\n" for at in range(60))
    page = text(bring(visitor, many.encode()))
    assert page.count("not found, neither") == 15
    assert page.count("enough was asked of Spotify") == 45
    site.spotify.quota("GET", "/v1/search", retry_after=7200)
    other = "title,artist\n" + "".join(f"Else {at},Nobody\n" for at in range(5))
    page = text(bring(visitor, other.encode()))
    assert "not found, neither" not in page
    assert page.count('<p class="by">') == 5


XXE = b'<!DOCTYPE p [<!ENTITY x SYSTEM "file:///etc/passwd">]><playlist>&x;</playlist>'


@pytest.mark.parametrize(
    ("content", "name", "status", "words"),
    [
        (XXE, "x.xspf", 422, "declares a document type"),
        (b"\x89PNG\x00", "<img src=x>.png", 422, "no text"),
        (b"#EXTM3U\n", "empty.m3u8", 422, "names no track"),
        (b"x" * 1_000_001, "big.csv", 413, "larger than 1000 kB"),
        (b"", "", 422, "No file was chosen"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_its_name(
    site: Any, content: bytes, name: str, status: int, words: str
) -> None:
    answer = bring(site.browser("rich"), content, name)
    assert answer.status_code == status
    assert words in text(answer)
    assert "root:" not in text(answer)
    assert "<img src=x>" not in answer.get_data(as_text=True)


def test_no_other_file_is_made(site: Any) -> None:
    visitor, playlist = owner(site)
    assert visitor.get(f"/p/{playlist}/export/exe").status_code == 404
    assert visitor.get(f"/p/{playlist}/export/m3u8").headers["X-Content-Type-Options"] == "nosniff"


def test_a_copy_has_the_tracks_and_its_own_trailer_and_outlives_the_first(site: Any) -> None:
    visitor, playlist = owner(site)
    folder: Path = site.services.settings.trailers_path
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{playlist}-2.mp3"
    file.write_bytes(b"ID3" + bytes(97))
    told = {"file": file.name, "duration": 4.0, "peaks": [0.5], "chapters": [
        {"track": 0, "start": 0.0, "end": 4.0}
    ]}  # fmt: skip
    site.services.playlists.set_trailer(playlist, "ready", told)
    answer = visitor.post(f"/p/{playlist}/duplicate")
    copy = answer.headers["Location"].removeprefix("/p/")
    assert copy != playlist
    assert tracks_of(site, visitor, copy) == tracks_of(site, visitor, playlist)
    assert "(copy)" in text(visitor.get(f"/p/{copy}"))
    visitor.post(f"/p/{playlist}/delete")
    visitor.post("/history/empty")
    assert not file.exists()
    assert visitor.get(f"/audio/{copy}/trailer").data == b"ID3" + bytes(97)
    row = tracks_of(site, visitor, copy)[0]["id"]
    assert (
        visitor.post(f"/p/{copy}/revise", {"act": f"remove {row}", "version": "2"}).status_code
        == 303
    )


@pytest.mark.parametrize("title", ["", "   ", "x" * 201])
def test_a_title_that_does_not_fit_is_refused(site: Any, title: str) -> None:
    visitor, playlist = owner(site)
    assert visitor.post(f"/p/{playlist}/rename", {"title": title}).status_code == 422


def test_another_title_leaves_the_trailer_and_other_tabs_alone(site: Any) -> None:
    visitor, playlist = owner(site)
    answer = visitor.post(f"/p/{playlist}/rename", {"title": " New  <b> "})
    assert answer.headers["Location"] == "/history?renamed=1"
    assert "New <b>" in text(visitor.get("/history?renamed=1"))
    told = visitor.get(f"/api/v1/playlists/{playlist}").get_json()
    assert (told["title"], told["version"]) == ("New <b>", 2)


def test_its_seeds_can_be_used_again_and_those_without_room_are_told(site: Any) -> None:
    visitor, playlist = owner(site)
    for number in (1, 2):
        visitor.call("DELETE", f"/api/v1/seeds/{seed_data(number)['spotify_id']}")
    assert visitor.post(f"/p/{playlist}/seeds").headers["Location"] == "/seeds"
    there = [seed["title"] for seed in visitor.get("/api/v1/seeds").get_json()["seeds"]]
    assert there == [seed_data(1)["title"], seed_data(2)["title"]]
    visitor.call("DELETE", f"/api/v1/seeds/{seed_data(1)['spotify_id']}")
    for number in range(10, 19):
        visitor.add(number)
    assert "1 seed was left out" in text(visitor.post(f"/p/{playlist}/seeds"))


def test_history_tells_drafts_from_what_is_saved_and_finds_titles(site: Any) -> None:
    visitor, playlist = owner(site, ask="save")
    visitor.call("POST", f"/api/v1/playlists/{playlist}/save", {"name": "Mine"})
    site.work()
    visitor.post(f"/p/{playlist}/rename", {"title": "Saved one"})
    visitor.post(f"/p/{playlist}/duplicate")
    pages = {show: text(visitor.get(f"/history?show={show}")) for show in ("", "drafts", "saved")}
    assert pages[""].count("<details") == 2
    assert pages["drafts"].count("<details") == pages["saved"].count("<details") == 1
    assert "Saved one (copy)" in pages["drafts"]
    assert re.findall(r'class="count">(\d+)', pages[""]) == ["2", "1", "1"]
    assert text(visitor.get("/history?q=COPY")).count("<details") == 1
    assert "Nothing here is called “zzz”" in text(visitor.get("/history?q=zzz"))
    assert f'src="/p/{playlist}/cover.svg?of=' in pages["saved"]


def test_what_was_deleted_waits_in_the_bin_until_it_is_emptied(site: Any) -> None:
    visitor, playlist = owner(site)
    assert "Deleted" not in text(visitor.get("/history"))
    assert visitor.post(f"/p/{playlist}/erase").status_code == 404  # only out of the bin
    visitor.post(f"/p/{playlist}/delete")
    bin_ = text(visitor.get("/history?show=bin"))
    assert "Kept for 30 days" in bin_
    (cover,) = re.findall(rf'src="(/p/{playlist}/cover\.svg[^"]*)"', bin_)
    assert visitor.get(cover).mimetype == "image/svg+xml"
    assert site.browser("second").get(cover).status_code == 404
    assert visitor.get(f"/p/{playlist}/cover.jpg").status_code == 404
    assert "Restore" in bin_
    visitor.post(f"/p/{playlist}/erase")
    assert visitor.post(f"/p/{playlist}/restore").status_code == 404
    assert "Nothing deleted" not in text(visitor.get("/history"))


def cover_there(site: Any) -> bytes:
    saved = site.spotify.playlists("rich")[0]
    return base64.b64decode(saved["image"]) if saved.get("image") else b""


def test_a_save_with_a_cover_asks_for_both_permissions_and_puts_the_cover_there(site: Any) -> None:
    visitor, playlist = owner(site)
    answer = visitor.post(f"/p/{playlist}/save", {"name": "Mine", "public": "0", "cover": "1"})
    assert answer.headers["Location"] == f"/login?next=/p/{playlist}&ask=save-cover"
    address = visitor.get(answer.headers["Location"]).headers["Location"]
    assert "ugc-image-upload" in address
    visitor.get(visitor.answered(address, "rich"))
    site.work()
    told = visitor.get(f"/api/v1/playlists/{playlist}").get_json()["save"]
    assert (told["state"], told["cover_words"]) == ("done", "With the cover made here.")
    assert cover_there(site) == visitor.get(f"/p/{playlist}/cover.jpg").data


def test_a_cover_that_was_not_allowed_stops_no_save_and_follows_once_it_is(site: Any) -> None:
    visitor, playlist = owner(site, ask="save")
    visitor.call("POST", f"/api/v1/playlists/{playlist}/save", {"name": "Mine", "cover": True})
    site.work()
    told = visitor.get(f"/api/v1/playlists/{playlist}").get_json()["save"]
    assert told["state"] == "done"
    assert "has not been allowed" in told["cover_words"]
    assert cover_there(site) == b""
    page = text(visitor.get(f"/p/{playlist}"))
    assert "Allow the cover at Spotify" in page
    way = told["cover_way"]["url"]
    visitor.get(visitor.answered(visitor.get(way).headers["Location"], "rich"))
    site.work()
    assert cover_there(site).startswith(b"\xff\xd8\xff")
    assert "With the cover made here" in text(visitor.get(f"/p/{playlist}"))


@pytest.mark.parametrize("status", [400, 413, 500])
def test_a_cover_that_spotify_refuses_stops_no_save(site: Any, status: int) -> None:
    visitor, playlist = owner(site, ask="save-cover")
    site.spotify.fault("PUT", "/v1/playlists/*/images", status=status, count=9)
    visitor.call("POST", f"/api/v1/playlists/{playlist}/save", {"name": "Mine", "cover": True})
    site.work()
    told = visitor.get(f"/api/v1/playlists/{playlist}").get_json()["save"]
    assert told["state"] == "done"
    assert told["cover_words"] == (
        "Its cover is on its way."
        if status == 500
        else "Its cover could not be put there; the tracks are."
    )


def test_without_the_tick_nothing_more_is_asked_for(site: Any) -> None:
    visitor, playlist = owner(site)
    answer = visitor.post(f"/p/{playlist}/save", {"name": "Mine", "public": "1"})
    assert answer.headers["Location"].endswith("ask=save-public")


def test_a_save_that_broke_off_tells_how_much_is_there_and_goes_on_from_there(site: Any) -> None:
    visitor, playlist = owner(site, ask="save")
    visitor.call("POST", f"/api/v1/playlists/{playlist}/save", {"name": "Mine"})
    user = site.services.sessions.load(visitor.cookie()).user_id
    save = site.services.saves.of_playlist(playlist, user)
    site.services.saves.update(save.id, state="failed", written=4, error_code="save.differs")
    told = visitor.get(f"/api/v1/playlists/{playlist}").get_json()["save"]
    assert (told["state"], told["button"]) == ("partly", "Go on saving")
    assert told["sentence"] == "4 of 10 tracks are at Spotify already."
    assert "4 of 10 tracks are at Spotify already." in text(visitor.get(f"/p/{playlist}"))
    assert "not saved completely" in text(visitor.get("/history"))
    visitor.post(f"/p/{playlist}/save", {"name": "Mine"})
    site.work()
    assert visitor.get(f"/api/v1/playlists/{playlist}").get_json()["save"]["state"] == "done"
    assert len(site.spotify.playlists("rich")[0]["uris"]) == 10
