"""A visitor brings files, hears each highlight, mixes them, takes all of it along, and goes."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path
from typing import Any

import mutagen
import pytest
from mutagen.id3 import ID3
from mutagen.mp4 import MP4

from hooklist_errors import HooklistError
from tests.webapp.routes.upload_guests import Guest, lying_flac, m4a, music
from webapp.services.uploads.mixing import MIX_JOB, MOST_WAITING
from webapp.services.uploads.taking import Visitor


@pytest.fixture
def guest(site: Any) -> Guest:
    return Guest(site.browser())


def shelf_files(site: Any) -> list[Path]:
    return [path for path in site.services.settings.uploads_path.rglob("*") if path.is_file()]


def test_a_stranger_hears_every_highlight_and_takes_the_mix_along_with_its_chapters(
    site: Any, guest: Guest, tmp_path: Path
) -> None:
    kinds = {
        "Ada_-_One.mp3": music("MP3", seconds=9.0, pitch=220.0),
        "two.ogg": music("OGG", seconds=9.0, pitch=262.0),
        "three.m4a": m4a(tmp_path),
    }
    for name, content in kinds.items():
        assert guest.bring(name, content).status_code == 201
    assert [one["state"] for one in guest.files()] == ["waiting"] * 3
    site.work()
    files = guest.files()
    assert [one["state"] for one in files] == ["ready"] * 3
    assert [one["title"] for one in files] == ["One", "two", "Made"]
    assert files[0]["artists"] == ["Ada"]
    for one in files:
        answer = guest.visitor.get(one["hear"])
        assert (answer.status_code, answer.mimetype) == (200, "audio/mpeg")
        heard = mutagen.File(io.BytesIO(answer.data))
        length = one["highlight"]["end"] - one["highlight"]["start"]
        assert heard.info.length == pytest.approx(length, abs=0.15)
        assert str(ID3(io.BytesIO(answer.data))["TIT2"]) == one["title"]
    part = guest.visitor.get(files[0]["hear"], headers={"Range": "bytes=0-9"})
    assert (part.status_code, len(part.data)) == (206, 10)

    assert guest.call("POST", "/mix", {"seconds": 15, "order": "flow"}).status_code == 202
    assert guest.told()["mix"]["state"] == "pending"
    site.work()
    mix = guest.told()["mix"]
    assert mix["state"] == "ready"
    assert mix["duration"] == pytest.approx(15.0, abs=1.0)
    sound = guest.visitor.get(mix["url"])
    tags = ID3(io.BytesIO(sound.data))
    chapters = sorted(tags.getall("CHAP"), key=lambda chapter: chapter.start_time)
    assert len(chapters) == 3
    starts = sorted(one["chapter"]["start"] for one in guest.files())
    assert [chapter.start_time / 1000 for chapter in chapters] == pytest.approx(starts, abs=0.002)
    page = guest.page()
    assert page.count("data-chapter ") == 3
    assert "data-player" in page

    assert guest.call("POST", "/mix/formats", {"format": "m4a"}).status_code == 202
    assert guest.post("/format", {"form": "m4a"}).status_code == 303  # under way already
    site.work()
    formats = {one["format"]: one for one in guest.told()["mix"]["formats"]}
    states = {form: one["state"] for form, one in formats.items()}
    assert states == {"mp3": "ready", "m4a": "ready", "opus": "none"}
    taken = guest.visitor.get(formats["m4a"]["url"])
    assert taken.headers["Content-Disposition"].startswith("attachment; filename=")
    assert len(MP4(io.BytesIO(taken.data)).chapters) == 3

    other = Guest(site.browser())
    other.bring("b.wav", music(seconds=5.0), upload_id=files[0]["id"])
    for stranger in (other, Guest(site.browser())):
        for form in ("mp3", "m4a"):
            assert stranger.visitor.get(formats[form]["url"]).status_code == 404
    # The mix holds sound of each file: it goes with the first that goes.
    guest.call("DELETE", f"/{files[0]['id']}")
    assert guest.visitor.get(mix["url"]).status_code == 404
    assert not [path for path in shelf_files(site) if path.name.startswith("mix-")]
    assert guest.told()["mix"]["state"] == "none"


def test_a_highlight_is_moved_with_and_without_a_script_and_goes_back(
    site: Any, guest: Guest
) -> None:
    guest.bring("long.wav", music(seconds=50.0))
    site.work()
    one = guest.files()[0]
    found, latest = one["highlight"]["start"], one["highlight"]["latest_start"]
    assert latest == pytest.approx(20.0, abs=0.5)
    first = guest.visitor.get(one["hear"]).data
    moved = guest.call("PUT", f"/{one['id']}/highlight", {"start": 3.5}).get_json()["files"][0]
    assert moved["highlight"]["start"] == 3.5
    assert moved["highlight"]["strategy"] == "chosen"
    assert moved["hear"] != one["hear"]
    assert guest.visitor.get(moved["hear"]).data != first
    cuts = [path for path in shelf_files(site) if path.name.startswith("cut-")]
    assert len(cuts) == 1
    assert guest.post("/highlight", {"track": one["id"], "start": "0:07"}).status_code == 303
    assert guest.files()[0]["highlight"]["start"] == 7.0
    assert guest.post("/highlight", {"track": one["id"], "start": "9:00"}).status_code == 422
    assert guest.call("DELETE", f"/{one['id']}/highlight").status_code == 200
    assert guest.files()[0]["highlight"]["start"] == found


def test_a_form_without_a_script_brings_many_and_tells_each_verdict(
    site: Any, guest: Guest
) -> None:
    good, other = music(pitch=220.0), music("FLAC", pitch=330.0)
    files = [
        (io.BytesIO(good), "good.wav"),
        (io.BytesIO(b"not music at all"), "notes.mp3"),
        (io.BytesIO(good), "again.wav"),
        (io.BytesIO(other), "other.flac"),
        (io.BytesIO(b"x"), "virus.exe"),
    ]
    answer = guest.post("/send", {"files": files})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/uploads")
    states = {one["name"]: one["state"] for one in guest.files()}
    assert states == {
        "good.wav": "waiting",
        "other.flac": "waiting",
        "notes.mp3": "failed",
        "again.wav": "failed",
        "virus.exe": "failed",
    }
    page = guest.page()
    assert "It has the same content as good.wav" in page
    assert "It holds text" in page
    assert "Its name ends in .exe" in page
    assert "http-equiv" in page
    site.work()
    assert guest.post("/mix", {"picked": "", "act": "mix"}).status_code == 422
    ids = [one["id"] for one in guest.files() if one["state"] == "ready"]
    asked = {"picked": ids, "act": "mix", "seconds": "0:16", "order": "keep", "mixing": "off"}
    assert guest.post("/mix", asked).headers["Location"] == "/uploads#mix"
    site.work()
    assert guest.told()["mix"]["duration"] == pytest.approx(16.0, abs=1.0)
    assert guest.post("/mix", {"picked": ids[:1], "act": "pick"}).status_code == 303
    assert [one["picked"] for one in guest.files() if one["state"] == "ready"] == [True, False]
    assert guest.told()["mix"]["outdated"]


@pytest.mark.parametrize(
    ("name", "content", "status", "code"),
    [
        ("song.txt", b"hello", 415, "uploads.kind"),
        ("song", b"hello", 415, "uploads.kind"),
        ("song.mp3", b"<html>" * 50, 415, "uploads.kind"),
        ("song.wav", b"\x00" * 5000, 415, "uploads.kind"),
        ("song.flac", music("WAV", seconds=1.0), 415, "uploads.kind"),
        ("song.mp3", b"", 422, "uploads.empty"),
        ("song.wav", b"x" * 1_000_001, 413, "uploads.too_large"),
    ],
)
def test_a_file_that_is_refused_at_once_says_why_and_leaves_nothing(
    make_site: Any, name: str, content: bytes, status: int, code: str
) -> None:
    site = make_site(upload_megabytes=1)
    guest = Guest(site.browser())
    answer = guest.bring(name, content)
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (status, code)
    assert answer.get_json()["error"]["which"] == name
    assert shelf_files(site) == []
    assert [one["state"] for one in guest.files()] == ["failed"]


def test_what_cannot_be_heard_is_found_out_in_a_child_and_its_file_goes(
    site: Any, guest: Guest
) -> None:
    whole = music("FLAC", seconds=3.0)
    broken = whole[:200] + bytes(len(whole) - 200)
    for name, content in {
        "ten hours.flac": lying_flac(36_000.0),
        "sixteen minutes.flac": lying_flac(16 * 60.0),
        "broken.flac": broken,
        "eight.wav": music(seconds=8.0),
    }.items():
        assert guest.bring(name, content).status_code == 201
    site.work()
    told = {one["name"]: one for one in guest.files()}
    assert told["eight.wav"]["state"] == "ready"
    assert told["ten hours.flac"]["failure"]["code"] == "audio.too_long"
    assert "36,000 s" in told["ten hours.flac"]["failure"]["sentence"]
    assert told["sixteen minutes.flac"]["failure"]["code"] == "audio.too_long"
    assert told["broken.flac"]["failure"]["code"].startswith("audio.")
    assert str(site.services.settings.uploads_path) not in guest.page()
    assert len(shelf_files(site)) == 1


def test_the_same_file_sent_again_under_its_own_id_is_taken_once(site: Any, guest: Guest) -> None:
    content = music()
    for _ in range(2):
        assert guest.bring("a.wav", content, upload_id="a" * 32).status_code == 201
    assert len(guest.files()) == 1
    assert len(shelf_files(site)) == 1
    answer = guest.bring("b.wav", content)
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (409, "uploads.twice")
    assert guest.bring("c.wav", content, upload_id="no-id").status_code == 422


def test_a_refused_file_takes_no_other_s_place_so_bounds_cannot_be_slipped(
    site: Any, guest: Guest
) -> None:
    content, same = music(), "a" * 32
    assert guest.bring("a.wav", content, upload_id=same).status_code == 201
    for name, wrong in (("a.exe", content), ("a.wav", b""), ("a.flac", content)):
        guest.bring(name, wrong, upload_id=same)
    assert [(one["id"], one["state"]) for one in guest.files()] == [(same, "waiting")]
    assert len(shelf_files(site)) == 1


def test_of_two_that_come_under_one_id_the_last_is_taken_and_nothing_is_left_of_the_first(
    site: Any, guest: Guest
) -> None:
    first, last = music(), music(pitch=330.0)
    here, same = site.services.upload_taking, "b" * 32
    assert guest.bring("x.wav", music(pitch=110.0)).status_code == 201
    (box_id,) = {path.parent.name for path in shelf_files(site)}
    visitor = Visitor(box_id, site.services.uploads.box(box_id).session_handle)

    class Overtaken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if self.tell() == 0:
                assert guest.bring("last.wav", last, upload_id=same).status_code == 201
            return super().read(size)

    with pytest.raises(HooklistError):
        here.take(visitor, same, "first.wav", Overtaken(first))
    kept = {one.name: one for one in site.services.uploads.of(box_id)}
    assert set(kept) == {"x.wav", "last.wav"}
    assert kept["last.wav"].content_key == hashlib.sha256(last).hexdigest()
    assert {path.name for path in shelf_files(site)} == {one.file for one in kept.values()}


def test_files_keep_the_order_they_were_chosen_in_whichever_arrives_first(guest: Guest) -> None:
    for name, place in (("second", 1), ("first", 0), ("last", ""), ("nonsense", "-1")):
        content = music(seconds=3.0, pitch=200.0 + len(name))
        assert guest.bring(f"{name}.wav", content, place=place).status_code == 201
    names = [one["name"].removesuffix(".wav") for one in guest.files()]
    assert names == ["first", "second", "last", "nonsense"]


def test_bounds_on_files_of_a_visitor_of_everybody_and_of_the_disk(
    make_site: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = make_site(upload_files=2, upload_megabytes=1, upload_server_megabytes=2)
    first, second = Guest(site.browser()), Guest(site.browser())
    small = [music(seconds=seconds) for seconds in (4.0, 5.0, 6.0)]
    large = music(seconds=22.0)
    assert [first.bring("a.wav", one).status_code for one in small] == [201, 201, 409]
    assert second.bring("b.wav", large).status_code == 201
    answer = second.bring("c.wav", large[:-2])
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (507, "uploads.no_room")
    assert int(answer.headers["Retry-After"]) > 0

    other = Guest(make_site(data_dir=site.services.settings.data_dir / "x").browser())
    shelf = other.visitor.site.services.upload_shelf

    def full(_shelf: Any, box_id: str) -> tuple[str, Any]:
        (shelf.folder / box_id).mkdir(parents=True, exist_ok=True)
        return "0" * 32, open("/dev/full", "wb", buffering=0)

    monkeypatch.setattr(type(shelf), "create", full)
    answer = other.bring("d.wav", small[0])
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (507, "uploads.no_room")
    assert "disk is full" in answer.get_json()["error"]["why"]


def test_files_can_be_switched_off(make_site: Any) -> None:
    guest = Guest(make_site(upload_server_megabytes=0).browser())
    assert "takes no files" in guest.page()
    assert guest.bring("a.wav", music()).get_json()["error"]["code"] == "uploads.off"


def test_another_browser_finds_nothing_of_it(site: Any, guest: Guest) -> None:
    guest.bring("a.wav", music(seconds=6.0))
    site.work()
    one = guest.files()[0]
    other = Guest(site.browser())
    for brought in (False, True):
        if brought:  # with a box of its own, and a file under the same id in it
            other.bring("b.wav", music(seconds=5.0), upload_id="b" * 32)
        assert other.visitor.get(one["hear"]).status_code == 404
        assert other.call("PATCH", f"/{one['id']}", {"picked": False}).status_code == 404
        assert other.call("DELETE", f"/{one['id']}").status_code == 404
        assert other.call("PUT", f"/{one['id']}/highlight", {"start": 0}).status_code == 404
        assert other.post("/remove", {"file": one["id"]}).status_code == 404
        assert other.post("/highlight", {"track": one["id"], "start": "0"}).status_code == 404
        assert "a.wav" not in other.page()
    assert guest.files() == [one]


def test_sound_is_sent_as_what_it_is_and_can_do_nothing_as_a_page(site: Any, guest: Guest) -> None:
    guest.bring('a "b"<script>\u202e.wav', music(seconds=8.0))
    site.work()
    one = guest.files()[0]
    answer = guest.visitor.get(f"{one['hear']}&take=1")
    assert answer.headers["Content-Type"] == "audio/mpeg"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
    assert "<" not in answer.headers["Content-Disposition"]
    assert "<script>" not in guest.visitor.get("/uploads").get_data(as_text=True)


def test_a_file_removed_takes_its_cut_along_and_all_of_them_everything(
    site: Any, guest: Guest
) -> None:
    for number in range(2):
        guest.bring(f"{number}.wav", music(seconds=6.0, pitch=200.0 + 50 * number))
    site.work()
    for one in guest.files():
        guest.visitor.get(one["hear"])
    assert len(shelf_files(site)) == 4
    guest.call("DELETE", f"/{guest.files()[0]['id']}")
    assert len(shelf_files(site)) == 2
    assert guest.post("/remove", {"all": "1"}).status_code == 303
    assert shelf_files(site) == []
    assert guest.files() == []


def test_logging_in_out_or_away_removes_what_was_brought(site: Any) -> None:
    stranger = site.browser()
    Guest(stranger).bring("a.wav", music())
    stranger.log_in("rich")
    assert Guest(stranger).files() == []
    assert shelf_files(site) == []

    user = Guest(stranger)
    user.bring("b.wav", music())
    stranger.log_in("rich")  # once more, as for a permission: the same user's stay
    assert [one["name"] for one in user.files()] == ["b.wav"]
    site.services.uploads.clean()
    assert len(shelf_files(site)) == 1
    stranger.post("/logout")
    assert shelf_files(site) == []

    first, second = site.browser("rich"), site.browser("rich")
    Guest(first).bring("c.wav", music())
    session = site.services.sessions.load(first.cookie())
    second.post("/account/sessions/end", {"handle": session.handle})
    assert shelf_files(site) == []
    Guest(second).bring("d.wav", music())
    site.browser("rich").post("/account/delete", {"confirm": "DELETE"})
    assert shelf_files(site) == []


def test_a_mix_needs_files_that_were_heard_and_a_length_they_can_fill(
    site: Any, guest: Guest
) -> None:
    assert guest.call("POST", "/mix", {}).get_json()["error"]["code"] == "uploads.nothing_picked"
    guest.bring("a.wav", music())
    assert guest.call("POST", "/mix", {}).get_json()["error"]["code"] == "uploads.not_ready"
    one = guest.files()[0]
    assert guest.visitor.get(f"/uploads/{one['id']}/highlight.mp3").status_code == 409
    site.work()
    for body in ({"seconds": 2}, {"seconds": 31}, {"order": "random"}, {"seconds": "20"}):
        assert guest.call("POST", "/mix", body).status_code == 422
    assert guest.call("POST", "/mix/formats", {"format": "m4a"}).status_code == 404
    assert guest.call("POST", "/mix", {"seconds": 10, "mixing": False}).status_code == 202
    assert guest.call("POST", "/mix", {"seconds": 12}).status_code == 202
    states = [job.state for job in site.services.jobs.list(None)]
    assert sorted(states) == ["cancelled", "done", "queued"]


def test_strangers_cannot_fill_the_workers_queue_with_mixes(site: Any, guest: Guest) -> None:
    guest.bring("a.wav", music())
    site.work()
    for number in range(MOST_WAITING):
        site.services.jobs.enqueue(MIX_JOB, {"box": "c" * 32, "n": number}, user_id=None)
    answer = guest.call("POST", "/mix", {})
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (503, "uploads.mixes_busy")
    assert int(answer.headers["Retry-After"]) > 30
    site.services.jobs.cancel(site.services.jobs.list(None, states=["queued"])[0].id, None)
    assert guest.call("POST", "/mix", {}).status_code == 202


def test_only_the_requests_that_bring_files_may_be_large(site: Any, guest: Guest) -> None:
    large = music(seconds=60.0)
    assert len(large) > 2_000_000
    assert guest.bring("a.wav", large).status_code == 201
    answer = guest.visitor.send(
        "POST", "/api/v1/uploads/mix", data=large, headers={"X-CSRFToken": guest.secret()}
    )
    assert answer.status_code == 413
