"""What a user has already, from earlier playlists; on both databases."""

from __future__ import annotations

from sqlalchemy import Engine

from tests.webapp.store.servers import SteppingClock
from webapp.store import Playlist, PlaylistBin, Playlists, Saves, User
from webapp.store.earlier_tracks import EarlierTracks


def listed(playlists: Playlists, user: User, *ids: str) -> Playlist:
    made = playlists.create(user.id, title="Evening", seeds=[], options={})
    tracks = [{"id": one, "spotify_id": f"spotify-{one}" if one > "b" else ""} for one in ids]
    return playlists.set_ready(made.id, tracks=tracks, catalogue_version="1")


def test_only_ones_own_playlists_from_before_count_and_never_the_bin(
    engine: Engine, ada: User, bob: User
) -> None:
    clock, earlier = SteppingClock(), EarlierTracks(engine)
    playlists = Playlists(engine, clock)
    listed(playlists, bob, "x")
    first = listed(playlists, ada, "a", "b")
    clock.advance(1.0)
    second = listed(playlists, ada, "b", "c")
    clock.advance(1.0)
    now = listed(playlists, ada, "d")
    clock.advance(1.0)
    listed(playlists, ada, "later")
    assert set(earlier.ids(now, "all")) == {"a", "b", "c", "spotify-c"}
    assert set(earlier.ids(second, "all")) == {"a"}
    assert earlier.ids(first, "all") == ()
    assert earlier.ids(now, "") == ()
    PlaylistBin(engine).put(second.id, ada.id)
    assert set(earlier.ids(now, "all")) == {"a", "b"}


def test_of_the_saved_ones_only_those_that_were_saved_completely(engine: Engine, ada: User) -> None:
    playlists, saves = Playlists(engine, SteppingClock()), Saves(engine)
    whole, half = listed(playlists, ada, "a"), listed(playlists, ada, "b")
    now = listed(playlists, ada, "d")
    for playlist, state in ((whole, "done"), (half, "writing")):
        save = saves.start(ada.id, playlist.id, name="n", public=False, uris=["u"])
        saves.update(save.id, state=state)  # type: ignore[arg-type]
    assert EarlierTracks(engine).ids(now, "saved") == ("a",)
