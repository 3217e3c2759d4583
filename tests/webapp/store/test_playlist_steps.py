"""The steps back from a changed playlist, on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, func, select

from tests.webapp.store.servers import SteppingClock
from webapp.store import Playlist, Playlists, PlaylistSteps, User, reading, writing
from webapp.store.errors import PlaylistChanged, PlaylistUnknown
from webapp.store.playlist_steps import MOST_STEPS
from webapp.store.schema import PLAYLIST_STEP

HOSTILE = {"action": "remove", "title": "\x00<b>\u202e"}


def made(engine: Engine, user: User) -> Playlist:
    playlists = Playlists(engine)
    empty = playlists.create(user.id, title="t", seeds=[], options={"length": 2})
    return playlists.set_ready(
        empty.id, tracks=[{"id": "a"}, {"id": "b"}], catalogue_version="1", notes=["n"]
    )


def test_a_step_holds_what_the_playlist_was(
    engine: Engine, clock: SteppingClock, ada: User
) -> None:
    playlist, steps = made(engine, ada), PlaylistSteps(engine, clock)
    assert steps.last(playlist.id, ada.id) is None
    with writing(engine) as connection:
        added = steps.add(playlist, HOSTILE, connection)
    assert steps.last(playlist.id, ada.id) == added
    assert (added.number, added.what, added.created_at) == (1, HOSTILE, clock())
    assert (added.tracks, added.options, added.notes) == (
        playlist.tracks,
        playlist.options,
        playlist.notes,
    )


def test_steps_are_taken_back_one_by_one_the_last_first(engine: Engine, ada: User) -> None:
    playlist, steps = made(engine, ada), PlaylistSteps(engine)
    with writing(engine) as connection:
        for number in range(3):
            steps.add(playlist, {"n": number}, connection)
    for number in (2, 1, 0):
        last = steps.last(playlist.id, ada.id)
        assert last is not None
        assert last.what == {"n": number}
        assert steps.forget(last)
        assert not steps.forget(last), "another tab was quicker"
    assert steps.last(playlist.id, ada.id) is None


def test_only_the_last_steps_are_kept_and_other_playlists_keep_theirs(
    engine: Engine, ada: User
) -> None:
    playlist, other, steps = made(engine, ada), made(engine, ada), PlaylistSteps(engine)
    with writing(engine) as connection:
        steps.add(other, {"n": "other"}, connection)
        for number in range(MOST_STEPS + 5):
            steps.add(playlist, {"n": number}, connection)
    with reading(engine) as connection:
        counted = connection.execute(
            select(PLAYLIST_STEP.c.playlist_id, func.count()).group_by(PLAYLIST_STEP.c.playlist_id)
        ).all()
    assert {row[0]: row[1] for row in counted} == {playlist.id: MOST_STEPS, other.id: 1}
    last = steps.last(playlist.id, ada.id)
    assert last is not None
    assert last.what == {"n": MOST_STEPS + 4}


def test_nobody_elses_steps_are_found_and_they_go_with_their_playlist(
    engine: Engine, ada: User, bob: User
) -> None:
    playlist, steps = made(engine, ada), PlaylistSteps(engine)
    with writing(engine) as connection:
        steps.add(playlist, {}, connection)
    assert steps.last(playlist.id, bob.id) is None
    Playlists(engine).delete(playlist.id, ada.id)
    with reading(engine) as connection:
        assert connection.execute(select(func.count()).select_from(PLAYLIST_STEP)).scalar() == 0


def test_a_change_that_fails_leaves_no_step(engine: Engine, ada: User) -> None:
    playlist, playlists, steps = made(engine, ada), Playlists(engine), PlaylistSteps(engine)

    def change_an_outdated_copy() -> None:
        with writing(engine) as connection:
            steps.add(playlist, {}, connection)
            playlists.update_tracks(
                playlist.id, ada.id, version=playlist.version - 1, tracks=[], connection=connection
            )

    with pytest.raises(PlaylistChanged):
        change_an_outdated_copy()
    assert steps.last(playlist.id, ada.id) is None


def test_tracks_options_and_notes_change_together(engine: Engine, ada: User) -> None:
    playlist, playlists = made(engine, ada), Playlists(engine)
    changed = playlists.update_tracks(
        playlist.id,
        ada.id,
        version=playlist.version,
        tracks=[{"id": "c"}],
        options={"length": 1},
        notes=[],
        catalogue_version="2",
    )
    assert playlists.get(playlist.id, ada.id) == changed
    assert (changed.tracks, changed.options, changed.notes) == ([{"id": "c"}], {"length": 1}, [])
    assert (changed.catalogue_version, changed.version) == ("2", playlist.version + 1)


def test_options_change_without_a_new_version_and_none_gets_lost(
    engine: Engine, ada: User, bob: User
) -> None:
    playlist, playlists = made(engine, ada), Playlists(engine)

    def mark(name: int) -> None:
        playlists.change_options(
            playlist.id, ada.id, lambda now: {**now.options, f"mark-{name}": True}
        )

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(mark, range(16)))
    changed = playlists.get(playlist.id, ada.id)
    assert set(changed.options) == {"length", *(f"mark-{name}" for name in range(16))}
    assert changed.version == playlist.version
    with pytest.raises(PlaylistUnknown):
        playlists.change_options(playlist.id, bob.id, lambda now: {})
