"""Asking for a save: whatever is clicked, one playlist comes of it, and what is wanted last."""

from __future__ import annotations

import threading

import pytest

from tests.webapp.spotify.saved import ITEMS, assert_saved_once, made, status_of, until
from tests.webapp.spotify.world import World
from webapp.jobs import TooManyJobs
from webapp.services.saving.errors import NothingToSave, TooMuchToSave
from webapp.store.errors import PlaylistUnknown


@pytest.mark.parametrize("tracks", [1, 100, 250, 500])
def test_a_save_writes_the_shown_list_whole_and_in_order(world: World, tracks: int) -> None:
    user_id = world.log_in()
    playlist_id = world.playlist(user_id, tracks)
    world.save.start(user_id, playlist_id, name="An evening", public=False)
    assert status_of(world, user_id, playlist_id).state == "pending"
    assert world.worker().run_once()
    assert_saved_once(world, user_id, playlist_id)
    saved = made(world)[0]
    assert saved["name"] == "An evening"
    assert saved["public"] is False
    job = status_of(world, user_id, playlist_id).job
    assert job is not None
    assert (job.done, job.total) == (tracks, tracks)
    assert job.result is not None
    assert job.result["tracks"] == tracks


def test_a_public_save_is_public_and_needs_a_scope_of_its_own(world: World) -> None:
    user_id = world.log_in()
    playlist_id = world.playlist(user_id, 3)
    world.save.start(user_id, playlist_id, public=True)
    world.worker().run_once()
    status = status_of(world, user_id, playlist_id)
    assert status.state == "parked"
    assert status.save.error_code == "spotify.scope"
    assert "playlist-modify-public" in status.scopes
    session = world.new_session()
    url = world.oauth.start_login(session, scopes=status.scopes, user_id=user_id)
    world.come_back(session, world.spotify.login(url, "rich"))
    assert world.save.resume_parked(user_id) == 1
    world.worker().run_once()
    assert_saved_once(world, user_id, playlist_id)
    assert made(world)[0]["public"] is True


def test_tracks_that_spotify_does_not_have_are_told_before_and_after(world: World) -> None:
    user_id = world.log_in()
    playlist_id = world.playlist(user_id, 5, without_id=2)
    names = ["Only here 0", "Only here 1"]
    assert world.save.plan(playlist_id, user_id).to_look_for == 2
    world.save.start(user_id, playlist_id)
    world.worker().run_once()
    assert_saved_once(world, user_id, playlist_id)
    status = status_of(world, user_id, playlist_id)
    assert [t.title for t in status.left_out] == names
    assert status.job is not None
    assert status.job.result is not None
    assert [t["title"] for t in status.job.result["left_out"]] == names


def test_what_cannot_be_saved_is_refused_at_once(world: World) -> None:
    user_id = world.log_in()
    with pytest.raises(NothingToSave):
        world.save.start(user_id, world.playlist(user_id, 0))
    other = world.log_in("second")
    with pytest.raises(PlaylistUnknown):
        world.save.start(other, world.playlist(user_id, 2))
    with pytest.raises(PlaylistUnknown):
        world.save.status(other, world.playlist(user_id, 2))
    long = world.playlist(user_id, 500)
    tracks = world.playlists.get(long, user_id).tracks
    world.playlists.set_ready(long, tracks=[*tracks, tracks[0]], notes=[], catalogue_version="1")
    with pytest.raises(TooMuchToSave):
        world.save.start(user_id, long)


def test_a_playlist_of_which_spotify_has_nothing_fails_and_says_so(world: World) -> None:
    user_id = world.log_in()
    playlist_id = world.playlist(user_id, 0, without_id=2)
    world.save.start(user_id, playlist_id)
    world.worker().run_once()
    status = status_of(world, user_id, playlist_id)
    assert (status.state, status.save.error_code) == ("failed", "save.nothing")
    assert len(status.left_out) == 2
    assert made(world) == []


def test_a_track_that_spotify_has_given_up_is_left_out_and_the_rest_is_saved(
    world: World,
) -> None:
    user_id = world.log_in()
    playlist_id = world.playlist(user_id, 120)
    tracks = world.playlists.get(playlist_id, user_id).tracks
    for place in (3, 110):
        tracks[place]["spotify_id"] = f"gone{place:018d}"
    world.playlists.set_ready(playlist_id, tracks=tracks, notes=[], catalogue_version="1")
    world.save.start(user_id, playlist_id)
    world.worker().run_once()
    assert_saved_once(world, user_id, playlist_id)
    left_out = status_of(world, user_id, playlist_id).left_out
    assert [t.title for t in left_out] == [tracks[3]["title"], tracks[110]["title"]]
    assert len(made(world)[0]["uris"]) == 118


def test_twenty_clicks_at_once_make_one_save(world: World) -> None:
    user_id = world.log_in()
    playlist_id = world.playlist(user_id, 30)
    ids: list[str] = []
    failures: list[BaseException] = []

    def click() -> None:
        try:
            ids.append(world.save.start(user_id, playlist_id, name="Twice").id)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=click) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert failures == []
    assert len(set(ids)) == 1
    assert len(world.jobs.list(user_id)) == 1
    while world.worker().run_once():
        pass
    # And a click after it was saved changes nothing.
    world.save.start(user_id, playlist_id, name="Twice")
    assert not world.worker().run_once()
    assert_saved_once(world, user_id, playlist_id)


def test_saving_again_under_another_name_changes_the_same_playlist(world: World) -> None:
    user_id = world.log_in()
    playlist_id = world.playlist(user_id, 120)
    world.save.start(user_id, playlist_id, name="First")
    world.worker().run_once()
    tracks = world.playlists.get(playlist_id, user_id).tracks[::-1][:110]
    world.playlists.set_ready(playlist_id, tracks=tracks, notes=[], catalogue_version="1")
    world.save.start(user_id, playlist_id, name="Second")
    world.worker().run_once()
    assert_saved_once(world, user_id, playlist_id)
    assert made(world)[0]["name"] == "Second"


def test_a_save_that_is_changed_while_it_is_written_ends_as_it_was_wanted_last(
    world: World,
) -> None:
    user_id = world.log_in()
    playlist_id = world.playlist(user_id, 120)
    world.save.start(user_id, playlist_id, name="First")
    world.spotify.fault("POST", ITEMS, delay=1.0)
    thread = threading.Thread(target=world.worker().run_once)
    thread.start()
    until(lambda: world.spotify.hits("PUT", ITEMS) == 1)
    tracks = world.playlists.get(playlist_id, user_id).tracks[:20]
    world.playlists.set_ready(playlist_id, tracks=tracks, notes=[], catalogue_version="1")
    world.save.start(user_id, playlist_id, name="Second")
    thread.join(30)
    assert len(world.jobs.list(user_id)) == 1
    assert_saved_once(world, user_id, playlist_id)
    assert made(world)[0]["name"] == "Second"


def test_a_save_that_was_called_off_can_be_asked_for_again(world: World) -> None:
    user_id = world.log_in()
    playlist_id = world.playlist(user_id, 3)
    world.save.start(user_id, playlist_id)
    job = status_of(world, user_id, playlist_id).job
    assert job is not None
    world.jobs.cancel(job.id, user_id)
    assert status_of(world, user_id, playlist_id).state == "failed"
    assert not world.worker().run_once()
    world.save.start(user_id, playlist_id)
    assert world.worker().run_once()
    assert_saved_once(world, user_id, playlist_id)


def test_one_user_has_only_so_many_saves_waiting(world: World) -> None:
    user_id = world.log_in()
    for _ in range(3):
        world.save.start(user_id, world.playlist(user_id, 1))
    refused = world.playlist(user_id, 1)
    with pytest.raises(TooManyJobs):
        world.save.start(user_id, refused)
    assert world.save.status(user_id, refused) is None
