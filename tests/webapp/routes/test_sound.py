"""Whole tracks, covers and a trailer that is still being made: for the playlist's owner alone."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mutagen.id3
import numpy as np
import pytest
import soundfile

from webapp.jobs import JobContext, Worker
from webapp.services.trailer_style import TrailerStyle
from webapp.store.engine import writing

JPEG = b"\xff\xd8\xff\xe0" + b"y" * 40
BLOCK = b"\xff\xfb" + bytes(998)


@dataclass
class Owner:
    """Somebody with a playlist of ten tracks; the first has a file with a cover."""

    visitor: Any
    site: Any
    playlist_id: str
    file: Path

    @property
    def playlist(self) -> Any:
        user = self.site.services.sessions.load(self.visitor.cookie()).user_id
        return self.site.services.playlists.get(self.playlist_id, user)

    def address(self, what: str, number: int) -> str:
        return f"/audio/{self.playlist_id}/{what}/{self.playlist.tracks[number]['id']}"


def own(site: Any, folder: Path) -> Owner:
    visitor = site.browser("rich")
    visitor.add(1)
    file = folder / "track.mp3"
    soundfile.write(file, np.zeros(44_100, np.float32), 44_100)
    tags = mutagen.id3.ID3()
    tags.add(mutagen.id3.APIC(mime="image/jpeg", type=3, desc="", data=JPEG))
    tags.save(file)
    owner = Owner(visitor, site, visitor.make(), file)
    before = owner.playlist
    licences = {
        0: "CC BY-NC-ND 4.0",
        1: "http://creativecommons.org/licenses/by-sa/3.0/",
        2: "Mine",
    }
    site.services.playlists.learn(
        before.id,
        before.user_id,
        version=before.version,
        learnt={
            n: {"licence": name, "audio": str(file) if n == 0 else ""}
            for n, name in licences.items()
        },
    )
    return owner


@pytest.fixture
def owner(site: Any, tmp_path: Path) -> Owner:
    return own(site, tmp_path)


def test_a_whole_track_is_sent_with_its_own_type_and_in_parts(owner: Owner) -> None:
    whole = owner.visitor.get(owner.address("track", 0))
    assert (whole.status_code, whole.mimetype) == (200, "audio/mpeg")
    assert whole.data == owner.file.read_bytes()
    assert whole.headers["Content-Disposition"] == "inline"
    assert whole.headers["Cache-Control"] == "no-store"
    assert whole.headers["X-Content-Type-Options"] == "nosniff"
    part = owner.visitor.get(owner.address("track", 0), headers={"Range": "bytes=100-199"})
    assert part.status_code == 206
    assert part.data == owner.file.read_bytes()[100:200]


def test_a_file_that_is_no_sound_is_not_sent_whatever_it_is_called(owner: Owner) -> None:
    owner.file.write_bytes(b"<script>alert(1)</script>")
    answer = owner.visitor.get(owner.address("track", 0))
    assert answer.status_code == 415
    assert b"<script>alert" not in answer.data
    owner.file.unlink()
    assert owner.visitor.get(owner.address("track", 0)).status_code == 503


def test_nobody_else_hears_or_sees_anything_of_it(owner: Owner) -> None:
    paths = [
        owner.address("track", 0),
        owner.address("cover", 0),
        f"/audio/{owner.playlist_id}/trailer/live",
    ]
    for visitor, status in ((owner.site.browser("second"), 404), (owner.site.browser(), 401)):
        for path in paths:
            assert (path, visitor.get(path).status_code) == (path, status)


def test_only_tracks_of_the_list_that_have_a_file_are_played(owner: Owner) -> None:
    assert owner.visitor.get(owner.address("track", 1)).status_code == 404
    other = f"/audio/{owner.playlist_id}/track/row-199/../../etc/passwd"
    assert owner.visitor.get(other).status_code == 404
    page = owner.visitor.get(f"/p/{owner.playlist_id}").get_data(as_text=True)
    assert page.count("data-full ") == 1


def test_the_operator_can_keep_whole_tracks_to_themselves(
    make_site: Callable[..., Any], tmp_path: Path
) -> None:
    owner = own(make_site(full_tracks=False), tmp_path)
    assert owner.visitor.get(owner.address("track", 0)).status_code == 404
    assert "data-full " not in owner.visitor.get(f"/p/{owner.playlist_id}").get_data(as_text=True)


def test_a_cover_is_the_files_own_or_at_spotify_or_nothing(owner: Owner) -> None:
    own_cover = owner.visitor.get(owner.address("cover", 0))
    assert (own_cover.data, own_cover.mimetype) == (JPEG, "image/jpeg")
    assert own_cover.headers["Cache-Control"].startswith("private, max-age=")
    there = owner.visitor.get(owner.address("cover", 3))
    assert there.status_code == 302
    assert there.headers["Location"].startswith(f"{owner.site.spotify.url}/covers/")
    playlist = owner.playlist
    owner.site.services.playlists.learn(
        playlist.id, playlist.user_id, version=playlist.version, learnt={4: {"spotify_id": ""}}
    )
    missing = owner.visitor.get(owner.address("cover", 4))
    assert (missing.status_code, missing.data) == (204, b"")


@pytest.fixture
def rendering(owner: Owner) -> Iterator[Owner]:
    """The trailer's job runs and has written something; it goes on when the test ends it."""
    services, playlist = owner.site.services, owner.playlist
    begun, go_on = threading.Event(), threading.Event()
    live = services.trailers.live_file_of(playlist)

    def task(context: JobContext) -> dict[str, Any]:
        live.parent.mkdir(parents=True, exist_ok=True)
        live.write_bytes(BLOCK)
        begun.set()
        go_on.wait(20)
        with live.open("ab") as opened:
            opened.write(BLOCK)
        live.unlink()
        return {}

    with writing(services.engine) as connection:
        services.trailer_requests.ask(playlist, connection)
    worker = threading.Thread(target=Worker(services.jobs, {"trailer": task}).run_once)
    worker.start()
    assert begun.wait(10)
    timer = threading.Timer(0.3, go_on.set)
    owner.begin_to_end = timer.start  # type: ignore[attr-defined]
    yield owner
    go_on.set()
    worker.join(10)


def test_a_trailer_is_heard_while_it_is_made_to_its_end(rendering: Any) -> None:
    job = rendering.site.services.trailer_requests.job_of(rendering.playlist)
    told = rendering.visitor.get(f"/api/v1/jobs/{job.id}").get_json()
    assert (
        told["live"]
        == f"/audio/{rendering.playlist_id}/trailer/live?of={rendering.playlist.version}"
    )
    rendering.begin_to_end()
    answer = rendering.visitor.get(told["live"])
    assert (answer.status_code, answer.mimetype) == (200, "audio/mpeg")
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Content-Length" not in answer.headers
    assert answer.data == BLOCK + BLOCK
    head = rendering.visitor.send("HEAD", f"/audio/{rendering.playlist_id}/trailer/live")
    assert head.status_code in {200, 404}


def test_without_a_rendering_there_is_nothing_to_hear_yet(owner: Owner) -> None:
    address = f"/audio/{owner.playlist_id}/trailer/live"
    assert owner.visitor.get(address).status_code == 404
    # What a worker that died has left behind is nobody's trailer.
    stale = owner.site.services.trailers.live_file_of(owner.playlist)
    stale.parent.mkdir(parents=True, exist_ok=True)
    stale.write_bytes(BLOCK)
    assert owner.visitor.get(address).status_code == 404


def test_a_listener_chooses_how_the_trailer_is_joined_and_gets_a_new_one(owner: Owner) -> None:
    first = owner.playlist
    address = f"/p/{owner.playlist_id}/trailer/joins"
    answer = owner.visitor.post(address, {"mixing": "off", "order": "flow"})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/p/{owner.playlist_id}")
    chosen = owner.playlist
    services = owner.site.services
    assert services.trailers.style_of(chosen) == TrailerStyle(mixing=False, order="flow")
    assert (chosen.trailer_state, chosen.version) == ("pending", first.version + 1)
    assert [track["id"] for track in chosen.tracks] == [track["id"] for track in first.tracks]
    owner.visitor.post(address, {"mixing": "off", "order": "flow"})
    assert owner.playlist.version == chosen.version, "the same choice asks for nothing"
    assert owner.site.browser("second").post(address, {"order": "flow"}).status_code == 404


def test_an_undo_takes_the_list_back_and_leaves_the_choice(owner: Owner) -> None:
    def act(name: str) -> None:
        form = {"act": name, "version": str(owner.playlist.version)}
        assert owner.visitor.post(f"/p/{owner.playlist_id}/revise", form).status_code == 303

    act(f"remove {owner.playlist.tracks[5]['id']}")
    owner.visitor.post(f"/p/{owner.playlist_id}/trailer/joins", {"mixing": "off"})
    act("undo")
    assert len(owner.playlist.tracks) == 10
    assert owner.site.services.trailers.style_of(owner.playlist).mixing is False


def test_the_page_names_how_tracks_are_joined_and_under_which_licence(owner: Owner) -> None:
    services, playlist = owner.site.services, owner.playlist
    folder = services.settings.trailers_path
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{playlist.id}-{playlist.version}.mp3").write_bytes(b"ID3" + bytes(97))
    neither = "neither track has beats that are sure enough"
    chapters = [
        {"track": 0, "start": 0.0, "end": 4.0, "transition": "start", "reason": "x", "kept": 0.4,
         "features": {"tempo": 120.4, "key": 9, "mode": 0}},
        {"track": 1, "start": 4.0, "end": 8.0, "transition": "plain", "reason": neither},
        {"track": 2, "start": 8.0, "end": 10.0, "transition": "cut", "reason": "some new reason"},
    ]  # fmt: skip
    services.playlists.set_trailer(
        playlist.id,
        "ready",
        {
            "file": f"{playlist.id}-{playlist.version}.mp3",
            "duration": 10.0,
            "peaks": [0.5] * 60,
            "chapters": chapters,
            "skipped": [{"track": 3, "error": "trailer.no_derivatives", "reason": "x"}],
        },
    )
    page = owner.visitor.get(f"/p/{playlist.id}").get_data(as_text=True)
    assert '<use href="#join-plain" x="40.0%" y="50%"/>' in page
    assert '<use href="#join-cut" x="80.0%" y="50%"/>' in page
    assert "1 × crossfade" in page
    assert "https://creativecommons.org/licenses/by-nc-nd/4.0/" in page
    assert "https://creativecommons.org/licenses/by-sa/3.0/" in page
    assert "played between silences, not mixed" in page
    download = owner.visitor.get(f"/audio/{playlist.id}/trailer?download=1")
    name = f'"{playlist.title}.mp3"'
    assert download.headers["Content-Disposition"] == f"attachment; filename={name}"
    told = owner.visitor.get(f"/api/v1/playlists/{playlist.id}").get_json()["trailer"]["chapters"]
    assert (told[0]["kept"], told[0]["facts"]) == (40, ["120 BPM", "A minor"])
    assert (told[1]["tier"], told[1]["why"]) == ("plain", neither)
    assert told[2]["why"] == "some new reason"
