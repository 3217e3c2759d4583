"""Links to playlists, playlists in the bin, and what stands on which shelf; on both databases."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from tests.webapp.store.servers import SteppingClock
from webapp.store import PlaylistBin, Playlists, Saves, SharedLinks, User
from webapp.store.errors import PlaylistChanged, PlaylistUnknown


def made(
    engine: Engine, user: User, title: str = "Evening", clock: SteppingClock | None = None
) -> str:
    playlists = Playlists(engine, clock) if clock else Playlists(engine)
    return playlists.create(user.id, title=title, seeds=[], options={}).id


def saved(engine: Engine, user: User, playlist: str) -> None:
    saves = Saves(engine)
    save = saves.start(user.id, playlist, name="n", public=False, uris=["u"])
    saves.update(save.id, state="done")


def test_a_link_opens_its_playlist_until_it_is_revoked(engine: Engine, ada: User) -> None:
    links, playlist = SharedLinks(engine), made(engine, ada)
    assert links.of_playlist(playlist, ada.id) is None
    links.put(playlist, ada.id, nonce="n", token_hash="h" * 64, anew=False)
    found = links.playlist("h" * 64)
    assert found is not None
    assert found.id == playlist
    links.revoke(playlist, ada.id)
    assert links.playlist("h" * 64) is None
    told = links.of_playlist(playlist, ada.id)
    assert told is not None
    assert told.token_hash is None
    assert told.revoked_at is not None


def test_sharing_twice_keeps_the_link_and_sharing_anew_ends_it(engine: Engine, ada: User) -> None:
    links, playlist = SharedLinks(engine), made(engine, ada)
    first = links.put(playlist, ada.id, nonce="1", token_hash="a" * 64, anew=False)
    assert links.put(playlist, ada.id, nonce="2", token_hash="b" * 64, anew=False) == first
    links.put(playlist, ada.id, nonce="3", token_hash="c" * 64, anew=True)
    assert links.playlist("a" * 64) is None
    assert links.playlist("c" * 64) is not None


def test_nobody_shares_revokes_or_sees_the_link_of_another(
    engine: Engine, ada: User, bob: User
) -> None:
    links, playlist = SharedLinks(engine), made(engine, ada)
    with pytest.raises(PlaylistUnknown):
        links.put(playlist, bob.id, nonce="1", token_hash="a" * 64, anew=True)
    links.put(playlist, ada.id, nonce="1", token_hash="a" * 64, anew=False)
    links.revoke(playlist, bob.id)
    assert links.of_playlist(playlist, bob.id) is None
    assert links.playlist("a" * 64) is not None


def test_a_playlist_in_the_bin_is_nowhere_else_and_comes_back_as_it_was_without_its_link(
    engine: Engine, ada: User, bob: User
) -> None:
    playlists, bin_, links = Playlists(engine), PlaylistBin(engine), SharedLinks(engine)
    playlist = made(engine, ada)
    before = playlists.get(playlist, ada.id)
    links.put(playlist, ada.id, nonce="1", token_hash="a" * 64, anew=False)
    with pytest.raises(PlaylistUnknown):
        bin_.put(playlist, bob.id)
    bin_.put(playlist, ada.id)
    for refused in (
        lambda: playlists.get(playlist, ada.id),
        lambda: playlists.update_tracks(playlist, ada.id, version=1, title="x"),
        lambda: playlists.learn(playlist, ada.id, version=1, learnt={}),
        lambda: playlists.change_options(playlist, ada.id, lambda found: found.options),
        lambda: bin_.put(playlist, ada.id),
        lambda: bin_.rename(playlist, ada.id, "x"),
        lambda: bin_.restore(playlist, bob.id),
    ):
        with pytest.raises((PlaylistUnknown, PlaylistChanged)):
            refused()
    assert playlists.list(ada.id) == ()
    assert [p.id for p in playlists.list(ada.id, shelf="bin")] == [playlist]
    assert links.playlist("a" * 64) is None
    assert bin_.either(playlist, ada.id).tracks == before.tracks
    with pytest.raises(PlaylistUnknown):
        bin_.either(playlist, bob.id)
    bin_.restore(playlist, ada.id)
    assert bin_.either(playlist, ada.id) == before
    assert playlists.get(playlist, ada.id) == before
    assert links.of_playlist(playlist, ada.id) is None


def test_the_bin_is_outdated_after_thirty_days(
    engine: Engine, ada: User, clock: SteppingClock
) -> None:
    bin_, playlist = PlaylistBin(engine, clock), made(engine, ada, clock=clock)
    bin_.put(playlist, ada.id)
    clock.now += 29 * 86_400
    assert bin_.outdated() == ()
    clock.now += 2 * 86_400
    assert bin_.outdated() == ((playlist, ada.id),)
    assert Playlists(engine).delete(playlist, ada.id).id == playlist
    assert bin_.contents(ada.id) == ()


def test_shelves_tell_drafts_from_what_was_saved_and_find_titles(engine: Engine, ada: User) -> None:
    playlists, bin_ = Playlists(engine), PlaylistBin(engine)
    draft, kept, gone = (made(engine, ada, name) for name in ("100% Soul", "Rain_x", "Soul II"))
    saved(engine, ada, kept)
    bin_.put(gone, ada.id)
    assert bin_.counts(ada.id) == {"all": 2, "drafts": 1, "saved": 1, "bin": 1}
    assert [p.id for p in playlists.list(ada.id, shelf="drafts")] == [draft]
    assert [p.id for p in playlists.list(ada.id, shelf="saved")] == [kept]
    assert [p.id for p in playlists.list(ada.id, words="soul")] == [draft]
    assert [p.id for p in playlists.list(ada.id, words="0% s")] == [draft]
    assert playlists.list(ada.id, words="n%x") == ()
    assert playlists.list(ada.id, words="rain.x") == ()


def test_another_title_makes_no_other_version(engine: Engine, ada: User) -> None:
    playlists, playlist = Playlists(engine), made(engine, ada)
    PlaylistBin(engine).rename(playlist, ada.id, "Sonne\x00nuntergang")
    found = playlists.get(playlist, ada.id)
    assert (found.title, found.version) == ("Sonnenuntergang", 1)


def test_a_save_knows_its_cover(engine: Engine, ada: User) -> None:
    saves, playlist = Saves(engine), made(engine, ada)
    wanted = {"name": "n", "public": False, "uris": ["u"]}
    save = saves.start(ada.id, playlist, **wanted, cover=True)
    assert (save.cover, save.cover_digest) == (True, None)
    saves.update(save.id, state="done")
    saves.note_cover(save.id, error="spotify.scope")
    assert [s.id for s in saves.without_cover(ada.id, "spotify.scope")] == [save.id]
    again = saves.start(ada.id, playlist, **wanted, cover=True)
    assert (again.state, again.cover_error) == ("done", "spotify.scope")
    assert saves.note_cover(save.id, digest="d").cover_error is None
    assert saves.without_cover(ada.id, "spotify.scope") == ()
