from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine

from tests.webapp.store.servers import SteppingClock
from webapp.store import Playlists, Saves, User, writing
from webapp.store.errors import PlaylistChanged, PlaylistUnknown, StoreConflict

TRACKS = [{"id": "a", "title": "‮<b>ü\x00", "reason": {"near": "x"}}, {"id": "b"}]


def test_a_playlist_goes_from_pending_to_ready(
    engine: Engine, clock: SteppingClock, ada: User
) -> None:
    playlists = Playlists(engine, clock)
    made = playlists.create(ada.id, title="Mine", seeds=[{"id": "s"}], options={"length": 30})
    assert (made.state, made.trailer_state, made.version, made.tracks) == ("pending", "none", 1, [])
    assert playlists.get(made.id, ada.id) == made
    clock.advance(5)
    ready = playlists.set_ready(made.id, tracks=TRACKS, catalogue_version="7", notes=["n"])
    assert playlists.get(made.id, ada.id) == ready
    assert (ready.state, ready.tracks, ready.catalogue_version) == ("ready", TRACKS, "7")
    assert (ready.version, ready.updated_at) == (2, made.updated_at + 5)


def test_a_failure_is_told_and_a_later_success_clears_it(engine: Engine, ada: User) -> None:
    playlists = Playlists(engine)
    made = playlists.create(ada.id, title="", seeds=[], options={})
    assert playlists.set_failed(made.id, {"code": "x"}).error == {"code": "x"}
    assert playlists.set_ready(made.id, tracks=[], catalogue_version="1").error is None


def test_only_its_user_can_reach_it(engine: Engine, ada: User, bob: User) -> None:
    playlists = Playlists(engine)
    made = playlists.create(ada.id, title="t", seeds=[], options={})
    for reach in (
        lambda: playlists.get(made.id, bob.id),
        lambda: playlists.update_tracks(made.id, bob.id, version=1, tracks=[]),
        lambda: playlists.delete(made.id, bob.id),
        lambda: playlists.get("f" * 32, ada.id),
    ):
        with pytest.raises(PlaylistUnknown):
            reach()
    assert playlists.list(bob.id) == ()
    assert playlists.list(ada.id) == (made,)


def test_the_history_lists_the_newest_first_in_pages(
    engine: Engine, clock: SteppingClock, ada: User
) -> None:
    playlists = Playlists(engine, clock)
    for number in range(5):
        clock.advance(1)
        playlists.create(ada.id, title=str(number), seeds=[], options={})
    assert [p.title for p in playlists.list(ada.id, limit=2)] == ["4", "3"]
    assert [p.title for p in playlists.list(ada.id, limit=2, offset=3)] == ["1", "0"]


def test_an_edit_of_an_outdated_copy_is_refused_and_changes_nothing(
    engine: Engine, ada: User
) -> None:
    playlists = Playlists(engine)
    made = playlists.create(ada.id, title="t", seeds=[], options={})
    edited = playlists.update_tracks(made.id, ada.id, version=1, tracks=TRACKS)
    assert edited.version == 2
    with pytest.raises(PlaylistChanged) as refused:
        playlists.update_tracks(made.id, ada.id, version=1, tracks=[])
    assert refused.value.details == {"version": 2, "expected": 1}
    assert playlists.get(made.id, ada.id) == edited


def test_what_is_learnt_about_tracks_is_kept_without_a_new_version(
    engine: Engine, ada: User, bob: User
) -> None:
    playlists = Playlists(engine)
    made = playlists.create(ada.id, title="t", seeds=[], options={})
    edited = playlists.update_tracks(made.id, ada.id, version=1, tracks=TRACKS)
    known = playlists.learn(
        made.id, ada.id, version=edited.version, learnt={1: {"id": "b", "spotify": "s"}, 9: {}}
    )
    assert known.tracks == [TRACKS[0], {"id": "b", "spotify": "s"}]
    assert known.version == edited.version
    with pytest.raises(PlaylistChanged):
        playlists.learn(made.id, ada.id, version=1, learnt={0: {"id": "wrong"}})
    with pytest.raises(PlaylistUnknown):
        playlists.learn(made.id, bob.id, version=2, learnt={0: {"id": "wrong"}})
    assert playlists.get(made.id, ada.id).tracks == known.tracks


def test_of_simultaneous_edits_of_one_version_one_succeeds(engine: Engine, ada: User) -> None:
    playlists = Playlists(engine)
    made = playlists.create(ada.id, title="t", seeds=[], options={})

    def edit(number: int) -> bool:
        try:
            playlists.update_tracks(made.id, ada.id, version=1, title=str(number))
        except PlaylistChanged:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(edit, range(8))) == 1


def test_a_trailer_of_other_tracks_is_not_attached(engine: Engine, ada: User) -> None:
    playlists = Playlists(engine)
    made = playlists.create(ada.id, title="t", seeds=[], options={})
    ready = playlists.set_trailer(made.id, "ready", {"file": "a.mp3"}, if_version=1)
    assert (ready.trailer_state, ready.trailer, ready.version) == ("ready", {"file": "a.mp3"}, 1)
    assert playlists.set_trailer(made.id, "pending").trailer == {"file": "a.mp3"}
    playlists.update_tracks(made.id, ada.id, version=1, tracks=TRACKS)
    with pytest.raises(PlaylistChanged):
        playlists.set_trailer(made.id, "ready", {"file": "b.mp3"}, if_version=1)
    assert playlists.set_trailer(made.id, "none").trailer is None


def test_what_is_done_in_a_transaction_that_fails_has_not_happened(
    engine: Engine, ada: User
) -> None:
    playlists = Playlists(engine)
    made = playlists.create(ada.id, title="t", seeds=[], options={})

    def fail_half_way() -> None:
        with writing(engine) as inside:
            playlists.set_ready(made.id, tracks=TRACKS, catalogue_version="1", connection=inside)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_half_way()
    assert playlists.get(made.id, ada.id) == made


def test_deleting_it_deletes_its_save_and_returns_what_it_was(engine: Engine, ada: User) -> None:
    playlists, saves = Playlists(engine), Saves(engine)
    made = playlists.create(ada.id, title="t", seeds=[], options={})
    saves.start(ada.id, made.id, name="n", public=False, uris=[])
    assert playlists.delete(made.id, ada.id) == made
    assert saves.of_playlist(made.id, ada.id) is None
    with pytest.raises(PlaylistUnknown):
        playlists.set_ready(made.id, tracks=[], catalogue_version="1")


def test_a_playlist_of_a_user_who_is_gone_is_refused(engine: Engine) -> None:
    with pytest.raises(StoreConflict):
        Playlists(engine).create("f" * 32, title="t", seeds=[], options={})
