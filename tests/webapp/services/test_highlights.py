"""A listener's own highlight wins, then what all listeners say, then the study; trailers follow."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from hooklist_genres import Labelled
from webapp.services.most_replayed import PlayedSpan, seconds_of, spans_of
from webapp.services.studies import Studies, Study, label_of, route_name
from webapp.services.trailers import TrailerService
from webapp.store import HeardCounts, MovedHighlights, TrackStudies, Users

CURVE = [20] * 40 + [80] * 30 + [20] * 30 + [70] * 30 + [20] * 70


class Scene:
    """One playlist of one file, its trailer made by a worker, and ways to say something of it."""

    def __init__(self, house: Any) -> None:
        self.house = house
        self.engine = house.generation._engine
        self.labels: list[Labelled] = []
        self.asked: list[dict[str, Any]] = []
        self.studies = Studies(TrackStudies(self.engine), self.listen, "test-1")
        self.service = TrailerService(
            house.playlists,
            house.audio,
            self.studies,
            house.highlights,
            self.render,
            house.folder / "trailers",
            aim=150.0,
        )
        self.file = house.folder / "song.wav"
        self.file.write_bytes(b"sound of a song")
        made = house.playlists.create(house.user.id, title="Mine", seeds=[], options={})
        self.playlist_id = made.id
        track = {
            "id": "song",
            "title": "Song",
            "artists": ["Ada"],
            "audio": str(self.file),
            "genre": "techno",
        }
        ready = house.playlists.set_ready(made.id, tracks=[track], catalogue_version="1")
        house.jobs.enqueue(
            "trailer",
            {"playlist_id": made.id, "version": ready.version},
            user_id=house.user.id,
        )
        self.work()

    def listen(self, file: Path, label: Labelled) -> Study:
        self.labels.append(label)
        return Study(
            {"duration": 200.0},
            {
                "start": 40.0,
                "end": 70.0,
                "track": 200.0,
                "strategy": "repetition",
                "confidence": 0.7,
                "reason": "it comes back",
                "curve": CURVE,
                "curve_rate": 1.0,
                "route": None,
            },
        )

    def render(self, tracks: Any, out: Path, **_more: Any) -> dict[str, Any]:
        self.asked.append(dict(tracks[0]))
        out.write_bytes(b"trailer")
        chapter = {
            "file": tracks[0]["file"],
            "title": "Song",
            "start": 0.0,
            "end": 15.0,
            "source_start": tracks[0]["start"],
            "source_end": tracks[0]["start"] + 15.0,
        }
        return {
            "duration": 15.0,
            "lufs": -14.0,
            "true_peak_dbtp": -1.2,
            "peaks": [0.5],
            "chapters": [chapter],
            "skipped": [],
        }

    def work(self) -> None:
        assert self.house.work(trailer=self.service.make_trailer)

    @property
    def playlist(self) -> Any:
        return self.house.playlists.get(self.playlist_id, self.house.user.id)

    @property
    def here(self) -> Any:
        return self.house.highlights.of_playlist(self.playlist)["song"]

    @property
    def key(self) -> str:
        return str(self.playlist.tracks[0]["content"])

    def everybody(self, kind: str, first: int, end: int, times: int) -> None:
        HeardCounts(self.engine).add({self.key: {kind: [(first, end)] * times}})  # type: ignore[dict-item]


@pytest.fixture
def scene(house: Any) -> Scene:
    return Scene(house)


def test_a_track_that_nobody_said_anything_of_is_where_the_study_has_it(scene: Scene) -> None:
    here = scene.here
    assert (here.start, here.end, here.strategy, here.confidence) == (40.0, 70.0, "repetition", 0.7)
    assert here.curve == tuple(CURVE)
    assert (here.most_replayed, here.evidence, here.moved) == ((), 0.0, False)
    assert here.latest_start == 170.0


def test_listeners_who_skip_one_passage_and_replay_another_decide(scene: Scene) -> None:
    scene.everybody("skipped", 40, 55, 60)
    scene.everybody("heard", 100, 130, 60)
    scene.everybody("replayed", 100, 130, 30)
    here = scene.here
    assert here.strategy == "listeners"
    assert here.start == pytest.approx(100, abs=4)
    assert (here.usual_start, here.usual_end) == (here.start, here.end)
    assert 0.5 < here.confidence <= 1.0
    assert len(here.most_replayed) == 200
    assert here.most_replayed[115] > 60 > 40 > here.most_replayed[45]
    assert here.curve[45] < 50 < here.curve[115]


def test_ones_own_choice_wins_over_everybody_and_makes_a_new_trailer(scene: Scene) -> None:
    assert scene.asked[-1]["start"] == 40.0
    scene.everybody("skipped", 40, 55, 60)
    user = scene.house.user.id
    moved = scene.house.highlights.move(user, scene.playlist_id, "song", 150.25)
    assert (moved.trailer_state, moved.version) == ("pending", 3)
    scene.work()
    assert (scene.asked[-1]["start"], scene.asked[-1]["end"]) == (150.25, 180.25)
    assert scene.playlist.trailer["file"].endswith("-3.mp3")
    assert "outdated" not in scene.playlist.trailer
    assert (scene.here.strategy, scene.here.confidence) == ("chosen", 1.0)
    scene.house.highlights.go_back(user, scene.playlist_id, "song")
    scene.work()
    assert scene.asked[-1]["start"] == scene.here.start != 150.25
    assert len(scene.labels) == 1  # never heard again for that


def test_a_choice_is_the_users_in_every_playlist_and_nobody_elses(scene: Scene) -> None:
    user = scene.house.user.id
    scene.house.highlights.move(user, scene.playlist_id, "song", 150.0)
    study = scene.studies.of(scene.file, Labelled("techno", "table", 1.0))
    assert scene.house.highlights.of_study(user, study).start == 150.0
    other = Users(scene.engine).upsert("account-2", "Bob")
    assert scene.house.highlights.of_study(other.id, study).start == 40.0


def test_many_choices_move_it_for_those_who_made_none(scene: Scene) -> None:
    study = scene.studies.of(scene.file, Labelled("techno", "table", 1.0))
    moved = MovedHighlights(scene.engine)
    for number in range(40):
        person = Users(scene.engine).upsert(f"person-{number}")
        moved.put(person.id, study.content_key, 100.0, 130.0)
        start = scene.house.highlights.of_study(scene.house.user.id, study).start
        if number < 4:
            assert start == 40.0
    assert start == pytest.approx(100.0, abs=4)


def test_a_trailer_whose_list_changed_meanwhile_is_left_to_the_next_job(house: Any) -> None:
    class Changing(Scene):
        def listen(self, file: Path, label: Labelled) -> Study:
            house.playlists.update_tracks(self.playlist_id, house.user.id, version=2, title="New")
            return super().listen(file, label)

    scene = Changing(house)
    assert scene.asked == []
    (job,) = house.jobs.list(house.user.id)
    assert (job.state, job.result) == ("done", {"playlist_id": scene.playlist_id, "outdated": True})


def test_a_file_is_heard_with_the_genre_that_the_catalogue_states(scene: Scene) -> None:
    assert [label.genre for label in scene.labels] == ["techno"]
    assert scene.playlist.tracks[0]["study"].startswith("test-1/drop")


def test_genres_of_one_route_share_a_study_and_others_do_not(scene: Scene) -> None:
    for genre, heard in (("techno", 1), ("Detroit techno", 1), ("jazz", 2), ("jazz", 2)):
        scene.studies.of(scene.file, Labelled(genre, "table", 1.0))
        assert len(scene.labels) == heard, genre


def test_a_stated_genre_goes_before_a_tag_and_a_tag_before_an_estimate(tmp_path: Path) -> None:
    import mutagen.flac
    import numpy as np
    import soundfile

    tagged, plain = tmp_path / "tagged.flac", tmp_path / "plain.flac"
    for path in (tagged, plain):
        soundfile.write(path, np.zeros(4_000, np.float32), 8_000)
    file = mutagen.flac.FLAC(tagged)
    file["genre"] = "Jazz"
    file.save()
    stated, guess = Labelled("techno", "table", 1.0), Labelled("ambient", "model", 0.9)
    assert label_of(tagged, stated) == stated
    assert label_of(tagged, guess) == Labelled("Jazz", "tag", 1.0)
    assert label_of(tagged, Labelled()).genre == "Jazz"
    assert label_of(plain, guess) == guess
    assert label_of(plain, Labelled()) == Labelled()
    assert route_name(guess) != route_name(Labelled("ambient", "model", 0.2)) == "model"


def test_targets_for_training_hold_every_second_and_no_person(scene: Scene) -> None:
    scene.everybody("heard", 40, 52, 10)
    scene.everybody("skipped", 52, 55, 10)
    scene.house.highlights.move(scene.house.user.id, scene.playlist_id, "song", 60.0)
    (target,) = scene.house.most_replayed.targets()
    assert target["content_key"] == scene.key
    assert target["seconds"] == 90
    rows = ("curve", "evidence", "offers", "heard", "skipped", "replayed", "chosen")
    assert {len(target[name]) for name in rows} == {90}
    assert (target["offers"][40], target["offers"][53], target["offers"][70]) == (10, 10, 1)
    assert (target["curve"][0], target["evidence"][0]) == (0.5, 0.0)
    assert target["curve"][53] < 0.5 < target["curve"][44]
    assert scene.house.user.id not in str(target)
    assert scene.house.most_replayed.targets_of([scene.key, "other"]) == {scene.key: target}


def test_spans_that_meet_count_each_second_once() -> None:
    chapters = [{"content": "a", "start": 3.0, "end": 18.0, "source_start": 61.3}]
    cuts = [0.0, 3.7, 4.2, 9.61, 9.99, 15.0]
    spans = [PlayedSpan("heard", a, b) for a, b in pairwise(cuts)]
    whole = seconds_of(chapters, [PlayedSpan("heard", 0.0, 15.0)])
    seconds = sorted(whole["a"]["heard"])
    assert seconds == list(range(61, 73))
    parts = [seconds_of(chapters, [span]).get("a", {"heard": set()})["heard"] for span in spans]
    assert sorted(second for part in parts for second in part) == seconds
    assert spans_of(seconds) == [(61, 73)]
    assert spans_of([]) == []


def test_a_track_brought_to_another_tempo_is_counted_in_its_own_seconds() -> None:
    chapters = [{"content": "a", "start": 10.0, "end": 30.0, "source_start": 60.0, "stretch": 1.04}]
    heard = seconds_of(chapters, [PlayedSpan("heard", 10.0, 30.0)])["a"]["heard"]
    assert heard == set(range(60, 81))  # 20.8 seconds of the track
