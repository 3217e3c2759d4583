"""From the basket to a playlist, its trailer, its save, and its end."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any

import pytest

from webapp.jobs import Worker
from webapp.store import TrackStudies  # noqa: F401 - loads the tables the counts below read


def text(answer: Any) -> str:
    return html.unescape(answer.get_data(as_text=True))


def asked(visitor: Any, key: str = "1" * 32, length: str = "10") -> Any:
    return visitor.post("/make", {"length": length, "idempotency_key": key})


def give_trailer(
    site: Any, visitor: Any, playlist_id: str, sound: bytes = b"ID3" + bytes(997)
) -> Path:
    """Put a trailer there as the worker would have."""
    folder = site.services.settings.trailers_path
    folder.mkdir(parents=True, exist_ok=True)
    user = site.services.sessions.load(visitor.cookie()).user_id
    playlist = site.services.playlists.get(playlist_id, user)
    file = folder / f"{playlist_id}-{playlist.version}.mp3"
    file.write_bytes(sound)
    chapters = [
        {"track": number, "start": 4.0 * number, "end": 4.0 * number + 4.0} for number in range(9)
    ]
    site.services.playlists.set_trailer(
        playlist_id,
        "ready",
        {
            "file": file.name,
            "duration": 36.0,
            "peaks": [0.5] * 600,
            "chapters": chapters,
            "skipped": [{"track": 9, "error": "audio.unreadable", "reason": "x"}],
        },
    )
    return file


def test_the_basket_becomes_a_playlist_with_a_reason_for_each_track(site: Any) -> None:
    visitor = site.browser("rich")
    for number in (1, 2, 3):
        visitor.add(number)
    answer = asked(visitor)
    assert answer.status_code == 303
    progress = visitor.get(answer.headers["Location"])
    assert "Looking up your seeds" in text(progress)
    assert 'role="status"' in text(progress)
    assert '<noscript><meta http-equiv="refresh" content="2"></noscript>' in text(progress)
    site.work()
    done = visitor.get(answer.headers["Location"])
    page = text(visitor.get(done.headers["Location"]))
    assert page.count('class="entry"') == 10
    assert page.count("close to “") == 10
    assert "There is no trailer" in page  # this catalogue has no audio


def test_the_progress_tells_its_steps_to_the_script(site: Any) -> None:
    visitor = site.browser("rich")
    visitor.add(1)
    job = asked(visitor).headers["Location"]
    told = visitor.get(f"/api/v1{job}").get_json()
    assert [step["state"] for step in told["steps"]] == ["later"] * 4
    assert (told["over"], told["url"]) == (False, "")
    site.work()
    told = visitor.get(f"/api/v1{job}").get_json()
    assert [step["state"] for step in told["steps"]] == ["past", "past", "later", "later"]
    assert told["over"] is True
    assert told["url"].startswith("/p/")


def test_a_double_click_makes_one_playlist_and_another_wish_another(site: Any) -> None:
    visitor = site.browser("rich")
    visitor.add(1)
    first, again = asked(visitor), asked(visitor)
    assert first.headers["Location"] == again.headers["Location"]
    visitor.add(2)
    assert asked(visitor).headers["Location"] != first.headers["Location"]


@pytest.mark.parametrize(
    ("length", "key"), [("9", "1" * 32), ("101", "1" * 32), ("x", "1" * 32), ("30", "short")]
)
def test_a_wish_that_cannot_be_met_is_refused_with_the_basket_kept(
    site: Any, length: str, key: str
) -> None:
    visitor = site.browser("rich")
    visitor.add(1)
    answer = asked(visitor, key, length)
    assert answer.status_code == 422
    assert "1 of 10" in text(answer)


def test_an_empty_basket_makes_nothing(site: Any) -> None:
    answer = asked(site.browser("rich"))
    assert answer.status_code == 422
    assert "Add a seed." in text(answer)


def test_too_many_wishes_at_once_are_put_off(site: Any) -> None:
    visitor = site.browser("rich")
    visitor.add(1)
    answers = [asked(visitor, f"{number:032x}") for number in range(5)]
    assert [answer.status_code for answer in answers[:3]] == [303] * 3
    assert answers[-1].status_code == 429
    assert "1 of 10" in text(answers[-1])


def test_seeds_without_a_match_are_named_on_the_result(site: Any) -> None:
    visitor = site.browser("rich")
    visitor.add(1)
    visitor.add(250)  # the catalogue ends at 200
    page = text(visitor.get(f"/p/{visitor.make()}"))
    assert "is not in this catalogue, so the other seeds decided" in page


def test_seeds_that_are_all_unknown_fail_with_a_way_back(site: Any) -> None:
    visitor = site.browser("rich")
    visitor.add(250)
    job = asked(visitor).headers["Location"]
    site.work()
    page = text(visitor.get(job))
    assert "None of these seeds is in the catalogue" in page
    assert "Back to your seeds" in page
    assert "Try again" in page


def test_a_job_that_waits_can_be_cancelled_and_asked_for_again(site: Any) -> None:
    visitor = site.browser("rich")
    visitor.add(1)
    job = asked(visitor).headers["Location"]
    assert visitor.post(f"{job}/cancel").status_code == 303
    assert "Cancelled" in text(visitor.get(job))
    visitor.post(f"{job}/retry")
    site.work()
    assert visitor.get(job).status_code == 303


def test_a_pending_playlist_leads_to_its_progress(site: Any) -> None:
    visitor = site.browser("rich")
    visitor.add(1)
    job = asked(visitor).headers["Location"]
    user = site.services.sessions.load(visitor.cookie()).user_id
    playlist = site.services.playlists.list(user)[0].id
    assert visitor.get(f"/p/{playlist}").headers["Location"] == job


def test_the_trailer_has_a_chapter_for_each_track_that_is_heard(site: Any) -> None:
    visitor = site.browser("rich")
    visitor.add(1)
    playlist = visitor.make()
    give_trailer(site, visitor, playlist)
    page = text(visitor.get(f"/p/{playlist}"))
    assert page.count(" data-jump ") == 9
    assert page.count("no preview") == 1
    assert f'src="/audio/{playlist}/trailer?of=2"' in page
    # One path for each of the six hues, in which the bars of the nine chapters lie.
    assert re.findall(r'<path id="bars-(\d+)" d="M', page) == list("012345")
    told = visitor.get(f"/api/v1/playlists/{playlist}").get_json()
    assert [chapter["start"] for chapter in told["trailer"]["chapters"]][:3] == [0.0, 4.0, 8.0]


def test_parts_of_the_trailer_can_be_asked_for(site: Any) -> None:
    visitor = site.browser("rich")
    visitor.add(1)
    playlist = visitor.make()
    file = give_trailer(site, visitor, playlist)
    whole = visitor.get(f"/audio/{playlist}/trailer")
    assert (whole.status_code, whole.mimetype) == (200, "audio/mpeg")
    assert whole.headers["Accept-Ranges"] == "bytes"
    assert whole.headers["Cache-Control"] == "no-store"
    part = visitor.get(f"/audio/{playlist}/trailer", headers={"Range": "bytes=100-199"})
    assert part.status_code == 206
    assert part.headers["Content-Range"] == "bytes 100-199/1000"
    assert part.data == file.read_bytes()[100:200]
    beyond = visitor.get(f"/audio/{playlist}/trailer", headers={"Range": "bytes=5000-"})
    assert beyond.status_code == 416
    file.unlink()
    assert visitor.get(f"/audio/{playlist}/trailer").status_code == 404
    assert visitor.get(f"/p/{playlist}").status_code == 200


def test_a_save_asks_for_its_permission_and_then_writes_exactly_the_list(site: Any) -> None:
    visitor = site.browser("rich")
    visitor.add(1)
    playlist = visitor.make()
    answer = visitor.post(f"/p/{playlist}/save", {"name": "Mine", "public": "0"})
    assert answer.headers["Location"] == f"/login?next=/p/{playlist}&ask=save"
    site.work()
    waiting = text(visitor.get(f"/p/{playlist}"))
    assert "Allow it at Spotify" in waiting
    address = visitor.get(answer.headers["Location"]).headers["Location"]
    assert "playlist-modify-private" in address
    assert "playlist-modify-public" not in address
    back = visitor.get(visitor.answered(address, "rich"))
    assert back.headers["Location"] == f"/p/{playlist}"
    site.work()
    told = visitor.get(f"/api/v1/playlists/{playlist}").get_json()
    assert told["save"]["state"] == "done"
    saved = site.spotify.playlists("rich")[0]
    assert (saved["name"], saved["public"]) == ("Mine", False)
    shown = [f"spotify:track:{row['url'].rpartition('/')[2]}" for row in told["tracks"]]
    assert saved["uris"] == shown
    assert told["save"]["url"] == f"{site.spotify.open_url}/playlist/{saved['id']}"
    assert told["save"]["url"] in text(visitor.get("/history"))


def test_a_save_that_spotify_puts_off_says_until_when(site: Any) -> None:
    visitor = site.browser()
    visitor.log_in("rich", ask="save")
    visitor.add(1)
    playlist = visitor.make()
    site.spotify.quota("POST", "/v1/me/playlists", retry_after=7200)
    visitor.call("POST", f"/api/v1/playlists/{playlist}/save", {"name": "Mine"})
    site.work()
    told = visitor.get(f"/api/v1/playlists/{playlist}").get_json()["save"]
    assert told["state"] == "waiting"
    assert told["failure"]["until"]["iso"].endswith("Z")
    assert "this list" in told["failure"]["kept"]


@pytest.mark.parametrize("name", ["", "   ", "x" * 101])
def test_a_name_that_does_not_fit_is_refused(site: Any, name: str) -> None:
    visitor = site.browser("rich")
    visitor.add(1)
    playlist = visitor.make()
    assert visitor.post(f"/p/{playlist}/save", {"name": name}).status_code == 422


def test_a_deleted_playlist_is_gone_from_every_page_until_it_is_had_back(site: Any) -> None:
    visitor = site.browser("rich")
    visitor.add(1)
    playlist = visitor.make()
    file = give_trailer(site, visitor, playlist)
    answer = visitor.post(f"/p/{playlist}/delete")
    here = answer.headers["Location"]
    assert here == f"/history?deleted={playlist}"
    for path in (f"/p/{playlist}", f"/audio/{playlist}/trailer", f"/api/v1/playlists/{playlist}"):
        assert visitor.get(path).status_code == 404
    assert "was deleted here" in text(visitor.get(here))
    assert visitor.post(f"/p/{playlist}/restore").status_code == 303
    assert visitor.get(f"/audio/{playlist}/trailer").data == file.read_bytes()
    assert "was deleted here" not in text(visitor.get(here))


def test_everything_of_a_user_is_deleted_once_the_word_is_typed(site: Any) -> None:
    visitor, other = site.browser("rich"), site.browser("second")
    for person in (visitor, other):
        person.add(1)
    playlist, kept = visitor.make(), other.make()
    file = give_trailer(site, visitor, playlist)
    refused = visitor.post("/account/delete", {"confirm": "yes"})
    assert refused.status_code == 422
    assert file.exists()
    answer = visitor.post("/account/delete", {"confirm": "delete"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert not file.exists()
    assert visitor.get("/seeds").status_code == 401
    assert other.get(f"/p/{kept}").status_code == 200
    again = site.browser("rich")
    assert "Nothing here yet" in text(again.get("/history"))


def test_the_history_shows_the_newest_first_and_leads_to_older_ones(site: Any) -> None:
    visitor = site.browser("rich")
    user = site.services.sessions.load(visitor.cookie()).user_id
    for number in range(33):
        site.services.playlists.create(user, title=f"Number {number}.", seeds=[], options={})
    page = text(visitor.get("/history"))
    assert page.index("Number 32.") < page.index("Number 31.")
    assert "Number 2." not in page
    assert "Number 2." in text(visitor.get("/history?offset=30"))


def test_a_trailer_that_failed_can_be_asked_for_again(site: Any) -> None:
    visitor = site.browser("rich")
    visitor.add(1)
    playlist = visitor.make()
    user = site.services.sessions.load(visitor.cookie()).user_id
    version = site.services.playlists.get(playlist, user).version
    site.services.playlists.set_trailer(playlist, "pending")
    job = site.services.jobs.enqueue(
        "trailer",
        {"playlist_id": playlist, "version": version},
        user_id=user,
        key=f"trailer:{playlist}:{version}",
        lane="trailer",
    )
    assert "Your trailer is being made" in text(visitor.get(f"/p/{playlist}"))
    Worker(site.services.jobs, site.services.worker_tasks()).run_once()
    page = text(visitor.get(f"/p/{playlist}"))
    assert "There is no trailer" in page
    assert "The playlist itself is complete." in page
    assert visitor.post(f"/p/{playlist}/trailer").status_code == 303
    assert site.services.jobs.get(job.id, user).state == "queued"
    assert "Your trailer is being made" in text(visitor.get(f"/p/{playlist}"))
