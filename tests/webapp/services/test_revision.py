"""Hands on a playlist: what is kept, what goes, what comes, and that every step can be undone."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from recommender import RecommenderHolder
from recommender.errors import CatalogueMissing
from recommender.revision import (
    Extend,
    LessLike,
    Lock,
    MoreLike,
    Neither,
    Refresh,
    Remove,
    Replace,
    Unlock,
)
from webapp.errors import InvalidRequest
from webapp.services.generation import TRAILER_JOB
from webapp.services.revision import LONGEST_LIST, QUIET_SECONDS, RevisionService
from webapp.store import Playlist
from webapp.store.errors import PlaylistChanged, PlaylistUnknown
from webapp.store.playlist_steps import MOST_STEPS

NOW = 1_000.0
"""What the clock of the service under test shows."""


@pytest.fixture
def made(house: Any) -> Playlist:
    """Return a playlist of ten of the catalogue's thirty tracks."""
    seeds = [
        {
            "spotify_id": f"{number:022}",
            "title": f"Song {number}",
            "artists": [f"Artist {number % 10}"],
            "duration": 180.0 + number,
            "isrc": "",
        }
        for number in (1, 4)
    ]
    started = house.generation.start(house.user.id, seeds, length=10, idempotency_key="a")
    assert house.work(playlist=house.generation.make_playlist)
    playlist: Playlist = house.playlists.get(started.playlist_id, house.user.id)
    return playlist


@pytest.fixture
def do(house: Any, made: Playlist) -> Callable[..., Playlist]:
    """Return how an action is done to the playlist as it is now."""

    def act(action: Any, version: int | None = None) -> Playlist:
        now = house.playlists.get(made.id, house.user.id)
        changed: Playlist = house.revision.revise(
            house.user.id, made.id, action, version=now.version if version is None else version
        )
        return changed

    return act


@pytest.fixture
def undo(house: Any, made: Playlist) -> Callable[[], Playlist]:
    def back() -> Playlist:
        now = house.playlists.get(made.id, house.user.id)
        changed: Playlist = house.revision.undo(house.user.id, made.id, version=now.version)
        return changed

    return back


def ids(playlist: Playlist) -> list[str]:
    return [str(track["id"]) for track in playlist.tracks]


def trailers(house: Any) -> list[Any]:
    """Return the trailer jobs that wait, the newest first."""
    jobs = house.jobs.list(house.user.id, states=("queued", "parked", "running"))
    return [job for job in jobs if job.kind == TRAILER_JOB]


def test_a_kept_track_is_marked_without_a_step_a_version_or_a_new_trailer(
    house: Any, made: Playlist, do: Any
) -> None:
    waiting = trailers(house)
    kept = do(Lock(ids(made)[3]))
    assert kept.options["locked"] == [ids(made)[3]]
    assert (kept.version, kept.tracks) == (made.version, made.tracks)
    assert trailers(house) == waiting
    assert house.revision.last_step(kept) is None
    assert do(Unlock(ids(made)[3])).options["locked"] == []


def test_a_removed_track_leaves_the_rest_as_it_is_and_never_comes_back(
    house: Any, made: Playlist, do: Any
) -> None:
    gone = ids(made)[2]
    shorter = do(Remove(gone))
    assert ids(shorter) == [one for one in ids(made) if one != gone]
    assert shorter.version == made.version + 1
    longer = do(Extend(10))
    assert gone not in ids(longer)
    assert len(set(ids(longer))) == len(longer.tracks) == 19


def test_a_replaced_track_gives_its_place_to_another(made: Playlist, do: Any) -> None:
    changed = do(Replace(ids(made)[5]))
    assert [at for at in range(10) if ids(changed)[at] != ids(made)[at]] == [5]
    assert ids(changed)[5] not in ids(made)
    assert changed.tracks[5]["reason"]["seed_title"] != ""


def test_new_picks_for_the_rest_leave_what_is_kept_where_it_is(made: Playlist, do: Any) -> None:
    for place in (0, 4, 9):
        do(Lock(ids(made)[place]))
    fresh = do(Refresh())
    assert [ids(fresh)[place] for place in (0, 4, 9)] == [ids(made)[place] for place in (0, 4, 9)]
    free = [one for at, one in enumerate(ids(fresh)) if at not in (0, 4, 9)]
    assert not set(free) & set(ids(made))


def test_more_like_a_track_keeps_it_and_less_like_it_lets_it_go(made: Playlist, do: Any) -> None:
    liked = do(MoreLike(ids(made)[1]))
    assert ids(liked)[1] == ids(made)[1]
    assert ids(made)[1] in liked.options["locked"]
    assert ids(made)[1] in liked.options["wishes"]["more_like"]
    disliked = do(LessLike(ids(liked)[4]))
    assert ids(liked)[4] not in ids(disliked)
    assert ids(liked)[4] in disliked.options["wishes"]["less_like"]
    assert ids(disliked)[1] == ids(made)[1]


def test_a_thumb_is_written_with_its_change_and_undone_with_it(
    house: Any, made: Playlist, do: Any, undo: Any
) -> None:
    thumbs = house.revision._thumbs
    first, fifth = ids(made)[0], ids(made)[4]
    do(MoreLike(first))
    do(LessLike(fifth))
    assert thumbs.of_tracks(house.user.id, [first, fifth]) == {first: True, fifth: False}
    assert {one.track_id: one.title for one in thumbs.list(house.user.id)}[fifth].startswith("Song")
    assert ids(undo())[0] == first
    assert thumbs.of_tracks(house.user.id, [first, fifth]) == {first: True}
    back = undo()
    assert back.tracks == made.tracks
    assert thumbs.list(house.user.id) == ()
    assert back.options["locked"] == [], "what the thumb had marked is free again"


def test_a_thumb_is_taken_back_and_its_track_stays_where_it_is(
    house: Any, made: Playlist, do: Any
) -> None:
    one = ids(made)[3]
    do(MoreLike(one))
    after = do(Neither(one))
    assert ids(after)[3] == one
    assert one not in after.options["locked"]
    assert one not in after.options["wishes"]["more_like"]
    assert house.revision._thumbs.list(house.user.id) == ()


def test_a_thumb_of_another_list_is_taken_back_without_a_change_of_this_one(
    house: Any, made: Playlist, do: Any
) -> None:
    one = ids(made)[3]
    house.revision._thumbs.put(house.user.id, one, up=True)
    assert do(Neither(one)) == made
    assert house.revision._thumbs.list(house.user.id) == ()


def test_every_step_is_undone_in_turn_back_to_the_first_list(
    house: Any, made: Playlist, do: Any, undo: Any
) -> None:
    lists = [made]
    for action in (Remove(ids(made)[0]), Replace(ids(made)[5]), Extend(3), Refresh()):
        lists.append(do(action))
    told = []
    for earlier in reversed(lists[:-1]):
        now = house.playlists.get(made.id, house.user.id)
        told.append(house.revision.last_step(now).what["action"])
        back = undo()
        assert back.tracks == earlier.tracks
        assert back.notes == earlier.notes
        assert back.options["wishes"] == earlier.options["wishes"]
    assert told == ["refresh", "extend", "replace", "remove"]
    with pytest.raises(InvalidRequest, match="nothing to undo"):
        undo()


def test_a_step_tells_what_was_done_by_name(house: Any, made: Playlist, do: Any) -> None:
    changed = do(Replace(ids(made)[0]))
    step = house.revision.last_step(changed)
    assert step.what == {
        "action": "replace",
        "title": made.tracks[0]["title"],
        "by": changed.tracks[0]["title"],
        "new": 1,
    }


def test_what_was_learnt_about_a_track_stays_through_changes_and_undo(
    house: Any, made: Playlist, do: Any, undo: Any
) -> None:
    do(Remove(ids(made)[9]))
    now = house.playlists.get(made.id, house.user.id)
    house.playlists.learn(
        made.id,
        house.user.id,
        version=now.version,
        learnt={0: {**now.tracks[0], "spotify_id": "L" * 22}},
    )
    assert do(Replace(ids(made)[5])).tracks[0]["spotify_id"] == "L" * 22
    undo()
    back = undo()
    assert ids(back) == ids(made)
    assert back.tracks[0]["spotify_id"] == "L" * 22


def test_a_lock_set_after_a_change_survives_its_undo_and_a_returning_track_has_its_own(
    made: Playlist, do: Any, undo: Any
) -> None:
    do(Lock(ids(made)[2]))
    do(Remove(ids(made)[2]))
    do(Lock(ids(made)[7]))
    assert set(undo().options["locked"]) == {ids(made)[2], ids(made)[7]}


def test_the_trailer_follows_the_last_of_many_quick_changes_and_no_other(
    house: Any, made: Playlist, do: Any
) -> None:
    for place in range(6):
        changed = do(Remove(ids(made)[place]))
    waiting = trailers(house)
    assert [job.payload["version"] for job in waiting] == [changed.version]
    assert waiting[0].run_at == NOW + QUIET_SECONDS
    assert changed.trailer_state == "pending"


def test_a_trailer_that_could_not_be_asked_for_does_not_hold_up_the_change(
    house: Any, made: Playlist, do: Any
) -> None:
    for job in trailers(house):
        house.jobs.cancel(job.id, house.user.id)
    for number in range(3):
        house.jobs.enqueue(
            TRAILER_JOB, {"playlist_id": "x", "n": number}, user_id=house.user.id, lane=TRAILER_JOB
        )
    changed = do(Remove(ids(made)[0]))
    assert len(changed.tracks) == 9
    assert changed.trailer_state == "failed"
    assert changed.trailer["error"]["code"] == "jobs.too_many"


def test_an_undo_gives_back_the_trailer_that_is_still_there(
    house: Any, made: Playlist, do: Any, undo: Any
) -> None:
    house.playlists.set_trailer(
        made.id, "ready", {"file": f"{made.id}-{made.version}.mp3", "chapters": []}
    )
    assert do(Remove(ids(made)[0])).trailer_state == "pending"
    back = undo()
    assert back.trailer_state == "ready"
    assert trailers(house) == []
    # The list has this trailer's tracks, under another version: it fits after the next undo, too.
    do(Remove(ids(made)[1]))
    assert undo().trailer_state == "ready"


def test_a_list_that_nobody_can_hear_wants_no_trailer(house: Any, made: Playlist, do: Any) -> None:
    audible = [str(track["id"]) for track in made.tracks if track["audio"]]
    for one in audible:
        changed = do(Remove(one))
    assert changed.trailer_state == "none"
    assert trailers(house) == []


def test_of_two_tabs_the_second_is_told_and_changes_nothing(made: Playlist, do: Any) -> None:
    first = do(Remove(ids(made)[0]))
    with pytest.raises(PlaylistChanged) as refused:
        do(Remove(ids(made)[1]), version=made.version)
    assert refused.value.details == {"version": first.version, "expected": made.version}


def test_of_simultaneous_changes_of_one_version_one_succeeds(
    house: Any, made: Playlist, do: Any
) -> None:
    def remove(place: int) -> bool:
        try:
            do(Remove(ids(made)[place]), version=made.version)
        except PlaylistChanged:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(remove, range(6))) == 1
    assert len(house.playlists.get(made.id, house.user.id).tracks) == 9


def test_a_lock_set_while_others_are_picked_is_heeded(
    house: Any, made: Playlist, do: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import recommender.revision as engine

    real, seen = engine.revise, []

    def slow(*given: Any) -> Any:
        answer = real(*given)
        if not seen:
            do(Lock(ids(made)[6]))
        seen.append(1)
        return answer

    monkeypatch.setattr(engine, "revise", slow)
    fresh = do(Refresh())
    assert len(seen) == 2
    assert ids(fresh)[6] == ids(made)[6]


def test_only_the_last_twenty_changes_can_be_undone(do: Any, undo: Any) -> None:
    for _ in range(MOST_STEPS // 2 + 2):
        do(Remove(ids(do(Extend(1)))[0]))
    steps = 0
    while True:
        try:
            undo()
        except InvalidRequest:
            break
        steps += 1
    assert steps == MOST_STEPS


def test_a_track_that_is_not_in_the_list_and_a_list_that_would_be_too_long_are_refused(
    made: Playlist, do: Any
) -> None:
    for action in (Remove("t99"), Lock("t99"), Replace("")):
        with pytest.raises(InvalidRequest, match="not in it any more"):
            do(action)
    with pytest.raises(InvalidRequest, match=str(LONGEST_LIST)):
        do(Extend(LONGEST_LIST))


def test_somebody_elses_playlist_is_not_there(house: Any, made: Playlist) -> None:
    for change in (
        lambda: house.revision.revise("f" * 32, made.id, Refresh(), version=made.version),
        lambda: house.revision.revise("f" * 32, made.id, Lock(ids(made)[0]), version=made.version),
        lambda: house.revision.undo("f" * 32, made.id, version=made.version),
    ):
        with pytest.raises(PlaylistUnknown):
            change()


def test_a_playlist_of_the_release_before_can_be_changed_too(
    house: Any, made: Playlist, do: Any
) -> None:
    house.playlists.change_options(made.id, house.user.id, lambda _: {"length": 10})
    changed = do(Replace(ids(made)[0]))
    assert ids(changed)[1:] == ids(made)[1:]
    assert changed.options["matched"] == ["t01", "t04"]


def test_tracks_that_the_catalogue_has_lost_stay_where_they_stand(
    house: Any, made: Playlist, do: Any
) -> None:
    lost = {2: "gone-2", 5: "gone-5", 9: "gone-9"}
    tracks = [{**track, "id": lost.get(at, track["id"])} for at, track in enumerate(made.tracks)]
    house.playlists.update_tracks(made.id, house.user.id, version=made.version, tracks=tracks)
    before = [str(track["id"]) for track in tracks]
    changed = do(Replace(before[4]))
    assert [at for at in range(10) if ids(changed)[at] != before[at]] == [4]
    assert changed.tracks[2] == tracks[2]
    assert {"kind": "tracks_gone"}.items() <= changed.notes[-1].items()
    assert ids(do(Extend(3)))[:10] == ids(changed)
    shorter = do(Remove(before[3]))
    assert [one for one in ids(changed) if one != before[3]] == ids(shorter)[:9]
    do(Lock("gone-5"))
    fresh = do(Refresh())
    assert ids(fresh)[4] == "gone-5"
    assert not {"gone-2", "gone-9"} & set(ids(fresh))
    with pytest.raises(InvalidRequest, match="no longer in the catalogue"):
        do(MoreLike("gone-5"))
    assert ids(do(Replace("gone-5")))[4].startswith("t")


def test_without_a_catalogue_nothing_is_changed(house: Any, made: Playlist, tmp_path: Path) -> None:
    engine = house.generation._engine
    lost = RevisionService(
        engine,
        house.jobs,
        house.playlists,
        house.revision._steps,
        RecommenderHolder(tmp_path / "nowhere"),
        house.audio,
        house.revision._thumbs,
    )
    with pytest.raises(CatalogueMissing):
        lost.revise(house.user.id, made.id, Refresh(), version=made.version)
    assert house.playlists.get(made.id, house.user.id) == made
