"""*Make playlist* is accepted once, carried out once, and says what it could not do."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from recommender.errors import CatalogueMissing
from recommender.revision import Refresh
from webapp.errors import InvalidRequest
from webapp.jobs import TooManyJobs
from webapp.services.generation import (
    PLAYLIST_JOB,
    TRAILER_JOB,
    GenerationService,
    default_title,
)

Seed = Callable[..., dict[str, Any]]


@pytest.fixture
def seed() -> Seed:
    def made(number: int, **changed: object) -> dict[str, Any]:
        return {
            "spotify_id": f"{number:022}",
            "title": f"Song {number}",
            "artists": [f"Artist {number % 10}"],
            "duration": 180.0 + number,
            "isrc": "",
            **changed,
        }

    return made


def test_a_request_becomes_a_playlist_with_a_reason_per_track(house: Any, seed: Seed) -> None:
    started = house.generation.start(
        house.user.id, [seed(1), seed(4)], length=10, idempotency_key="a"
    )
    assert house.work(playlist=house.generation.make_playlist)
    playlist = house.playlists.get(started.playlist_id, house.user.id)
    assert playlist.state == "ready"
    assert len(playlist.tracks) == 10
    assert not {"t01", "t04"} & {track["id"] for track in playlist.tracks}
    assert all(track["reason"]["seed"] in {"t01", "t04"} for track in playlist.tracks)
    assert all(track["uri"] == f"spotify:track:{track['spotify_id']}" for track in playlist.tracks)
    assert playlist.catalogue_version != ""


def test_what_stands_in_earlier_playlists_is_left_out_as_asked(house: Any, seed: Seed) -> None:
    def make(key: str, **wished: Any) -> Any:
        started = house.generation.start(
            house.user.id, [seed(1)], length=10, idempotency_key=key, **wished
        )
        assert house.work(playlist=house.generation.make_playlist)
        while house.work(trailer=lambda context: {}):
            pass
        return house.playlists.get(started.playlist_id, house.user.id)

    def ids(playlist: Any) -> set[str]:
        return {track["id"] for track in playlist.tracks}

    first, again = make("a"), make("b")
    assert ids(first) == ids(again)
    assert ids(make("c", leave_out="saved")) == ids(first)  # none is saved
    fresh = make("d", leave_out="all")
    assert not ids(fresh) & ids(first)
    assert fresh.options["leave_out"] == "all"
    assert {"kind": "left_out", "tracks": 10} in fresh.notes
    # They are looked up whenever they are needed, not kept with each playlist and step.
    assert not set(fresh.options["wishes"]["exclude"]) & ids(first)

    changed = house.revision.revise(house.user.id, fresh.id, Refresh(), version=fresh.version)
    assert ids(changed)
    assert not ids(changed) & (ids(first) | ids(fresh))
    assert not set(changed.options["wishes"]["exclude"]) & ids(first)
    assert {"kind": "left_out", "tracks": 10} in changed.notes


def test_the_trailer_is_asked_for_together_with_the_playlist(house: Any, seed: Seed) -> None:
    started = house.generation.start(house.user.id, [seed(1)], length=20, idempotency_key="a")
    house.work(playlist=house.generation.make_playlist)
    playlist = house.playlists.get(started.playlist_id, house.user.id)
    waiting = [job for job in house.jobs.list(house.user.id) if job.kind == TRAILER_JOB]
    assert playlist.trailer_state == "pending"
    assert [job.payload for job in waiting] == [
        {"playlist_id": playlist.id, "version": playlist.version}
    ]


def test_the_same_click_twice_is_one_request(house: Any, seed: Seed) -> None:
    def click(_: int) -> tuple[str, str]:
        started = house.generation.start(house.user.id, [seed(1)], idempotency_key="click")
        return started.playlist_id, started.job.id

    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(click, range(20)))
    assert len(answers) == 1
    assert len(house.playlists.list(house.user.id)) == 1
    assert len(house.jobs.list(house.user.id)) == 1


def test_another_click_is_another_playlist(house: Any, seed: Seed) -> None:
    first = house.generation.start(house.user.id, [seed(1)], idempotency_key="1")
    second = house.generation.start(house.user.id, [seed(1)], idempotency_key="2")
    assert first.playlist_id != second.playlist_id


def test_a_seed_that_is_not_in_the_catalogue_is_left_out_and_named(house: Any, seed: Seed) -> None:
    stranger = seed(1, spotify_id="z" * 22, title="Elsewhere", artists=["Nobody"])
    started = house.generation.start(
        house.user.id, [stranger, seed(2)], length=10, idempotency_key="a"
    )
    house.work(playlist=house.generation.make_playlist)
    playlist = house.playlists.get(started.playlist_id, house.user.id)
    assert playlist.state == "ready"
    assert {"kind": "seed_unmatched", "title": "Elsewhere", "artists": ["Nobody"]} in playlist.notes


def test_no_known_seed_at_all_fails_with_what_to_do(house: Any, seed: Seed) -> None:
    stranger = seed(1, spotify_id="z" * 22, title="Elsewhere", artists=["Nobody"])
    started = house.generation.start(house.user.id, [stranger], idempotency_key="a")
    house.work(playlist=house.generation.make_playlist)
    playlist = house.playlists.get(started.playlist_id, house.user.id)
    assert playlist.state == "failed"
    assert playlist.error is not None
    assert playlist.error["code"] == "playlist.no_seed_matched"
    assert "Elsewhere" in playlist.error["which"]
    assert "basket" in playlist.error["kept"]
    assert house.jobs.get(started.job.id, house.user.id).state == "failed"


@pytest.mark.parametrize(
    ("count", "length", "named"),
    [(0, 30, "0 seeds"), (11, 30, "11 seeds"), (1, 9, "9 tracks"), (1, 101, "101 tracks")],
)
def test_a_request_out_of_range_is_refused_with_the_range(
    house: Any, seed: Seed, count: int, length: int, named: str
) -> None:
    with pytest.raises(InvalidRequest) as caught:
        house.generation.start(
            house.user.id,
            [seed(number) for number in range(count)],
            length=length,
            idempotency_key="a",
        )
    assert caught.value.which == named
    assert house.jobs.list(house.user.id) == ()


def test_too_much_at_once_is_refused_and_leaves_no_playlist_behind(house: Any, seed: Seed) -> None:
    def ask_ten_times() -> None:
        for number in range(10):
            house.generation.start(house.user.id, [seed(1)], idempotency_key=str(number))

    with pytest.raises(TooManyJobs):
        ask_ten_times()
    queued = house.jobs.list(house.user.id)
    assert len(house.playlists.list(house.user.id)) == len(queued)


def test_without_a_catalogue_the_playlist_says_so(house: Any, seed: Seed, tmp_path: Any) -> None:
    from recommender import RecommenderHolder

    generation = GenerationService(
        house.generation._engine,
        house.jobs,
        house.playlists,
        RecommenderHolder(tmp_path / "nowhere"),
        house.audio,
        house.generation._thumbs,
    )
    started = generation.start(house.user.id, [seed(1)], idempotency_key="a")
    house.work(playlist=generation.make_playlist)
    playlist = house.playlists.get(started.playlist_id, house.user.id)
    assert playlist.error is not None
    assert playlist.error["code"] == CatalogueMissing.code


def test_a_second_worker_that_lost_the_race_changes_nothing(house: Any, seed: Seed) -> None:
    started = house.generation.start(house.user.id, [seed(1)], length=10, idempotency_key="a")
    assert house.work(playlist=house.generation.make_playlist)
    before = house.playlists.get(started.playlist_id, house.user.id)
    assert not house.work(**{PLAYLIST_JOB: house.generation.make_playlist})
    assert house.playlists.get(started.playlist_id, house.user.id) == before


@pytest.mark.parametrize(
    ("artists", "title"),
    [
        ([["A"], ["B"]], "A · B"),
        ([["A"], ["A"]], "A"),
        ([["A"], ["B"], ["C"], ["D"]], "A · B · C …"),
    ],
)
def test_a_playlist_is_named_after_its_seeds(artists: list[list[str]], title: str) -> None:
    assert default_title([{"artists": names, "title": "x"} for names in artists]) == title
