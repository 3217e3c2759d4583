"""A playlist's trailer: which tracks are heard, which are not and why, and what is kept."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import pytest

from hooklist_errors import HooklistError
from hooklist_genres import Labelled
from webapp.services.studies import Studies, Study
from webapp.services.trailer_leftovers import LONGEST_MADE, remove_leftovers
from webapp.services.trailer_style import TrailerStyle
from webapp.services.trailers import LIVE, TrailerService, attribution, fragment_seconds
from webapp.store import TrackStudies


class Unreadable(HooklistError):
    code: ClassVar[str] = "audio.unreadable_in_this_test"


class Listener:
    """Hears every file the same, but for those it is told to fail on."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.broken: set[str] = set()

    def __call__(self, file: Path, label: Labelled) -> Study:
        self.heard.append(file.name)
        if file.name in self.broken:
            raise Unreadable("cannot read the audio", which=str(file), why=f"{file} is broken")
        return Study(
            {"duration": 200.0, "bpm": 120.0, "pitch_class": 9, "mode": 0},
            {"start": 60.0, "end": 90.0, "strategy": "repetition", "confidence": 0.8},
        )


class Renderer:
    """Writes a file and tells what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.failure: HooklistError | None = None
        self.meanwhile: Callable[[], object] = lambda: None

    def __call__(
        self,
        tracks: Sequence[Mapping[str, Any]],
        out: Path,
        *,
        seconds_per_track: float,
        title: str,
        style: TrailerStyle,
        live: Path,
        progress: Callable[[int, int, str], None],
        should_stop: Callable[[], bool],
    ) -> dict[str, Any]:
        self.asked.append(
            {"tracks": list(tracks), "seconds": seconds_per_track, "title": title, "style": style}
        )
        live.write_bytes(b"half of it")
        if self.failure is not None:
            raise self.failure
        progress(1, 2, "mixing")
        self.meanwhile()
        out.write_bytes(b"sound")
        chapters = [
            {"file": track["file"], "title": track["title"], "start": 5.0 * n, "end": 5.0 * n + 5}
            for n, track in enumerate(tracks)
        ]
        return {
            "duration": 5.0 * len(tracks),
            "lufs": -14.0,
            "true_peak_dbtp": -1.2,
            "peaks": [0.5],
            "chapters": chapters,
            "skipped": [],
        }


class Desk:
    """A playlist of ten tracks that is ready, and the service under test."""

    def __init__(self, house: Any) -> None:
        self.house = house
        self.listener = Listener()
        self.renderer = Renderer()
        self.folder = house.folder / "trailers"
        studies = Studies(TrackStudies(house.generation._engine), self.listener, "test-1")
        self.service = TrailerService(
            house.playlists,
            house.audio,
            studies,
            house.highlights,
            self.renderer,
            self.folder,
            aim=150.0,
        )
        music = house.folder / "music"
        music.mkdir()
        playlist = house.playlists.create(house.user.id, title="Mine", seeds=[], options={})
        tracks = []
        for number in range(4):
            path = music / f"{number}.wav"
            path.write_bytes(bytes([number]) * 100)
            tracks.append(
                {
                    "title": f"Song {number}",
                    "artists": ["Ada"],
                    "audio": "" if number == 1 else str(path),
                    "licence": "CC BY 4.0",
                    "genre": "rock",
                }
            )
        self.music = music
        self.playlist = house.playlists.set_ready(playlist.id, tracks=tracks, catalogue_version="1")
        self.ask()

    def ask(self) -> None:
        self.house.jobs.enqueue(
            "trailer",
            {"playlist_id": self.playlist.id, "version": self.playlist.version},
            user_id=self.house.user.id,
        )

    def work(self) -> Any:
        assert self.house.work(trailer=self.service.make_trailer)
        return self.house.playlists.get(self.playlist.id, self.house.user.id)


@pytest.fixture
def desk(house: Any) -> Desk:
    return Desk(house)


def test_tracks_without_audio_are_left_out_and_chapters_name_their_track(desk: Desk) -> None:
    playlist = desk.work()
    assert playlist.trailer_state == "ready"
    assert [chapter["track"] for chapter in playlist.trailer["chapters"]] == [0, 2, 3]
    assert playlist.trailer["skipped"] == []
    assert desk.service.file_of(playlist).read_bytes() == b"sound"


def test_the_known_highlight_key_and_licence_reach_the_renderer(desk: Desk) -> None:
    desk.work()
    (asked,) = desk.renderer.asked
    assert asked["title"] == "Mine"
    assert asked["seconds"] == 15.0
    first = asked["tracks"][0]
    assert (first["start"], first["end"]) == (60.0, 90.0)
    assert (first["key"], first["mode"], first["licence"]) == (9, 0, "CC BY 4.0")
    assert first["attribution"] == "Ada – Song 0 (CC BY 4.0)"


def test_each_file_is_heard_once_however_often_a_trailer_is_made(desk: Desk) -> None:
    desk.work()
    desk.ask()
    desk.work()
    assert sorted(desk.listener.heard) == ["0.wav", "2.wav", "3.wav"]


def test_a_file_that_cannot_be_read_is_named_and_the_rest_goes_on(desk: Desk) -> None:
    desk.listener.broken = {"2.wav"}
    (desk.music / "3.wav").unlink()
    playlist = desk.work()
    assert playlist.trailer_state == "ready"
    assert [chapter["track"] for chapter in playlist.trailer["chapters"]] == [0]
    codes = {entry["track"]: entry["error"] for entry in playlist.trailer["skipped"]}
    assert codes == {2: Unreadable.code, 3: "audio.unavailable"}


def test_no_path_of_this_machine_is_kept_with_the_playlist(desk: Desk) -> None:
    desk.listener.broken = {"2.wav"}
    playlist = desk.work()
    assert [entry["track"] for entry in playlist.trailer["skipped"]] == [2]
    assert str(desk.music) not in str(playlist.trailer)


def test_what_a_render_fails_of_is_told_by_title_and_not_by_place(desk: Desk) -> None:
    first = desk.music / "0.wav"
    desk.renderer.failure = Unreadable(
        "nothing can be played", which=str(first), why=f"the first: {first}: broken"
    )
    desk.renderer.failure.details = {"skipped": [str(first)]}
    playlist = desk.work()
    told = playlist.trailer["error"]
    assert (told["which"], told["why"]) == ("Song 0", "the first: Song 0: broken")
    assert str(desk.music) not in str(playlist.trailer)


def test_a_render_that_fails_is_told_on_the_playlist(desk: Desk) -> None:
    desk.renderer.failure = Unreadable("cannot make the trailer", why="nothing to play")
    playlist = desk.work()
    assert playlist.trailer_state == "failed"
    assert playlist.trailer["error"]["code"] == Unreadable.code
    assert desk.service.file_of(playlist) is None


def test_a_trailer_of_tracks_that_have_changed_meanwhile_is_not_shown(desk: Desk) -> None:
    def change() -> None:
        desk.house.playlists.update_tracks(
            desk.playlist.id,
            desk.house.user.id,
            version=desk.playlist.version,
            tracks=desk.playlist.tracks[:1],
        )

    desk.renderer.meanwhile = change
    playlist = desk.work()
    assert playlist.trailer_state != "ready"


def test_a_job_for_an_older_version_is_left_to_the_newer_one(desk: Desk) -> None:
    desk.house.playlists.update_tracks(
        desk.playlist.id, desk.house.user.id, version=desk.playlist.version, title="Renamed"
    )
    desk.work()
    assert desk.renderer.asked == []


def test_deleting_a_playlist_removes_its_sound(desk: Desk) -> None:
    playlist = desk.work()
    desk.service.remove(playlist)
    assert list(desk.folder.iterdir()) == []


@pytest.mark.parametrize(
    ("tracks", "seconds"), [(1, 15.0), (10, 15.0), (30, 5.0), (100, 4.0), (0, 15.0)]
)
def test_fragments_share_the_time_within_bounds(tracks: int, seconds: float) -> None:
    assert fragment_seconds(tracks, 150.0) == seconds


def test_a_track_without_a_licence_needs_no_attribution() -> None:
    assert attribution({"title": "T", "artists": ["A"], "licence": ""}) == ""


def test_the_sound_that_grew_meanwhile_is_gone_once_the_trailer_is_there(desk: Desk) -> None:
    growing = desk.service.live_file_of(desk.playlist)
    seen: list[bytes] = []
    desk.renderer.meanwhile = lambda: seen.append(growing.read_bytes())
    desk.work()
    assert seen == [b"half of it"]
    assert not growing.exists()


def test_a_render_that_fails_leaves_no_growing_sound_behind(desk: Desk) -> None:
    def fail() -> None:
        raise Unreadable("cannot go on")

    desk.renderer.meanwhile = fail
    desk.house.work(trailer=desk.service.make_trailer)
    assert not desk.service.live_file_of(desk.playlist).exists()


def test_sound_written_after_its_playlist_was_deleted_is_cleaned_away(desk: Desk) -> None:
    kept = desk.work()
    gone = desk.house.playlists.create(desk.house.user.id, title="Gone", seeds=[], options={})
    desk.house.playlists.delete(gone.id, desk.house.user.id)
    late = desk.folder / f"{gone.id}-1.mp3"
    stopped = desk.folder / f"{kept.id}-7{LIVE}"
    for path in (late, stopped, desk.folder / "notes-1.mp3"):
        path.write_bytes(b"sound")
    there, soon = desk.house.playlists.there, time.time() + 60.0
    assert remove_leftovers(desk.folder, there, now=soon) == 0
    assert remove_leftovers(desk.folder, there, now=soon + LONGEST_MADE) == 2
    names = {path.name for path in desk.folder.iterdir()}
    assert names == {kept.trailer["file"], "notes-1.mp3"}
    assert remove_leftovers(desk.folder / "nowhere", there) == 0


def test_a_listener_chooses_within_what_the_operator_allows(desk: Desk) -> None:
    chosen = {"trailer": {"mixing": False, "order": "flow", "more": 1}}
    desk.house.playlists.change_options(desk.playlist.id, desk.house.user.id, lambda _: chosen)
    desk.work()
    assert desk.renderer.asked[0]["style"] == TrailerStyle(mixing=False, order="flow")
    strict = TrailerStyle(mixing=False, no_derivatives="leave-out")
    assert strict.chosen_in({"trailer": {"mixing": True, "order": "sideways"}}) == strict
    assert strict.chosen_in({"trailer": "no"}) == strict
