from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine

from tests.webapp.store.servers import SteppingClock
from webapp.store import Playlist, Playlists, Saves, User
from webapp.store.errors import PlaylistUnknown, SaveUnknown


@pytest.fixture
def playlist(engine: Engine, ada: User) -> Playlist:
    return Playlists(engine).create(ada.id, title="t", seeds=[], options={})


def test_a_save_begins_with_nothing_written(engine: Engine, ada: User, playlist: Playlist) -> None:
    saves = Saves(engine)
    save = saves.start(ada.id, playlist.id, name="Mine", public=True, uris=["u:1", "u:2"])
    assert (save.state, save.written, save.spotify_playlist_id) == ("pending", 0, None)
    assert (save.uris, save.public) == (("u:1", "u:2"), True)
    assert re.fullmatch("[0-9a-f]{10}", save.marker)
    assert saves.get(save.id, ada.id) == save
    assert saves.of_playlist(playlist.id, ada.id) == save


def test_twenty_clicks_make_one_save(engine: Engine, ada: User, playlist: Playlist) -> None:
    saves = Saves(engine)
    with ThreadPoolExecutor(8) as pool:
        made = list(
            pool.map(
                lambda _: saves.start(ada.id, playlist.id, name="n", public=False, uris=["u"]),
                range(20),
            )
        )
    assert len({(save.id, save.marker) for save in made}) == 1


def test_another_user_can_neither_save_nor_see_it(
    engine: Engine, ada: User, bob: User, playlist: Playlist
) -> None:
    saves = Saves(engine)
    save = saves.start(ada.id, playlist.id, name="n", public=False, uris=[])
    with pytest.raises(PlaylistUnknown):
        saves.start(bob.id, playlist.id, name="n", public=False, uris=[])
    with pytest.raises(SaveUnknown):
        saves.get(save.id, bob.id)
    assert saves.of_playlist(playlist.id, bob.id) is None


def test_progress_is_kept_and_what_is_left_out_stays(
    engine: Engine, clock: SteppingClock, ada: User, playlist: Playlist
) -> None:
    saves = Saves(engine, clock)
    save = saves.start(ada.id, playlist.id, name="n", public=False, uris=["u"] * 250)
    clock.advance(1)
    saves.update(save.id, state="writing", spotify_playlist_id="sp", spotify_url="https://x")
    kept = saves.update(save.id, written=100, snapshot="snap")
    assert (kept.state, kept.spotify_playlist_id, kept.written) == ("writing", "sp", 100)
    parked = saves.update(save.id, state="parked", error_code="rate", parked_until=5.0)
    assert (parked.error_code, parked.parked_until) == ("rate", 5.0)
    assert saves.parked(ada.id) == (parked,)
    done = saves.update(save.id, state="done", written=250)
    assert (done.error_code, done.parked_until, done.snapshot) == (None, None, "snap")
    assert saves.parked(ada.id) == ()


def test_saving_again_is_nothing_new_unless_something_changed(
    engine: Engine, ada: User, playlist: Playlist
) -> None:
    saves = Saves(engine)
    save = saves.start(ada.id, playlist.id, name="n", public=False, uris=["a"])
    done = saves.update(save.id, state="done", written=1, spotify_playlist_id="sp")
    assert saves.start(ada.id, playlist.id, name="n", public=False, uris=["a"]) == done
    again = saves.start(ada.id, playlist.id, name="n", public=False, uris=["a", "b"])
    assert (again.state, again.written, again.uris) == ("pending", 0, ("a", "b"))
    assert (again.id, again.marker, again.spotify_playlist_id) == (save.id, save.marker, "sp")


def test_saving_again_after_a_failure_tries_again(
    engine: Engine, ada: User, playlist: Playlist
) -> None:
    saves = Saves(engine)
    save = saves.start(ada.id, playlist.id, name="n", public=False, uris=["a"])
    saves.update(save.id, state="failed", error_code="spotify.forbidden")
    again = saves.start(ada.id, playlist.id, name="n", public=False, uris=["a"])
    assert (again.state, again.error_code) == ("pending", None)


def test_a_save_that_is_gone_is_told_as_such(engine: Engine) -> None:
    with pytest.raises(SaveUnknown):
        Saves(engine).update("f" * 32, written=1)
