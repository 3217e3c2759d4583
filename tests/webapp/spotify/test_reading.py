"""What is read of an account: whole, bounded, and never more believed than it has to be."""

from __future__ import annotations

from typing import Any

import pytest

from tests.webapp.spotify.world import World
from webapp.spotify.errors import (
    SpotifyForeignPlaylist,
    SpotifyNotFound,
)
from webapp.spotify.objects import Reader, SpotifyTrack


def named(user: Any, name: str) -> Any:
    offset: int | None = 0
    while offset is not None:
        page = user.playlists(offset)
        for playlist in page.items:
            if playlist.name == name:
                return playlist
        offset = page.next_offset
    raise AssertionError(f"there is no playlist {name}")


def test_top_tracks_come_by_time_range_whole(world: World) -> None:
    user = world.user()
    pages = {name: user.top_tracks(name) for name in ("short_term", "medium_term", "long_term")}  # type: ignore[arg-type]
    assert len({tuple(t.id for t in page.items) for page in pages.values()}) == 3
    track = pages["short_term"].items[0]
    assert track.uri == f"spotify:track:{track.id}"
    assert track.url == f"{world.spotify.open_url}/track/{track.id}"
    assert track.image_url.startswith(world.spotify.url)
    assert track.duration is not None
    assert 60 < track.duration < 600
    assert track.title
    assert track.artists
    assert track.album
    assert track.playable


def test_recent_plays_are_shown_once_each(world: World) -> None:
    page = world.user().recently_played()
    ids = [track.id for track in page.items]
    assert len(ids) == len(set(ids)) > 10
    assert page.next_offset is None


def test_liked_songs_are_paged_by_counting(world: World) -> None:
    user = world.user()
    seen: list[str] = []
    offset: int | None = 0
    while offset is not None:
        page = user.liked(offset)
        seen += [track.id for track in page.items]
        offset = page.next_offset
    assert len(seen) == page.total == len(set(seen)) == 240


@pytest.mark.parametrize("old", [False, True])
def test_playlists_and_their_tracks_are_read_under_new_and_old_names(
    world: World, old: bool
) -> None:
    world.spotify.switch(old_names=old)
    user = world.user()
    thirty = named(user, "Thirty at thirty")
    assert thirty.own
    assert thirty.total == 30
    page = user.playlist_items(thirty.id)
    assert len(page.items) == 30
    assert page.skipped == 0
    assert named(user, "The long one").total == 250


def test_null_items_local_files_and_episodes_are_left_out_and_counted(world: World) -> None:
    user = world.user()
    page = user.playlist_items(named(user, "Odds and ends").id)
    assert page.skipped == 3
    assert page.total == len(page.items) + 3
    assert all(isinstance(track, SpotifyTrack) for track in page.items)


def test_a_foreign_playlist_is_marked_and_its_tracks_are_refused_in_plain_words(
    world: World,
) -> None:
    user = world.user()
    foreign = named(user, "Sasha's public mix")
    assert not foreign.own
    assert foreign.owner == "Sasha Second"
    with pytest.raises(SpotifyForeignPlaylist, match="owner"):
        user.playlist_items(foreign.id)
    shared = {"id": "a" * 22, "owner": {"id": "somebody"}, "collaborative": True}
    playlist = Reader(world.config).playlist(shared, "me")
    assert playlist is not None
    assert playlist.own


def test_an_empty_account_has_empty_lists(world: World) -> None:
    user = world.user("empty")
    for page in (user.top_tracks(), user.recently_played(), user.liked(), user.playlists()):
        assert page.items == ()
        assert page.next_offset is None


def test_hostile_names_come_through_as_text(world: World) -> None:
    user = world.user("hostile")
    assert user.me().name.startswith("<img src=x")
    titles = [track.title for track in user.top_tracks().items]
    assert any("<script>" in title for title in titles)
    for title in titles:
        title.encode("utf-8")
    assert all(track.url.startswith("http") for track in user.top_tracks().items)


def test_search_finds_ten_at_a_time(world: World) -> None:
    user = world.user()
    first = user.search("Bridge")
    assert len(first.items) == 10
    assert first.next_offset == 10
    assert not {t.id for t in first.items} & {t.id for t in user.search("Bridge", 10).items}


@pytest.mark.parametrize("query", ["", "   ", "\n\t"])
def test_an_empty_search_asks_nothing(world: World, query: str) -> None:
    user = world.user()
    world.spotify.forget_requests()
    assert user.search(query).items == ()
    assert user.search("Bridge", 2000).items == ()
    assert world.spotify.hits() == 0


def test_odd_searches_find_nothing_or_something_but_never_break(world: World) -> None:
    user = world.user()
    for query in ("a" * 10_000, "\x00", 'track:"', "%s {0} ${7*7}", "🏳️‍🌈", "a\ud800b"):
        assert user.search(query).offset == 0


def test_one_track_is_found_by_its_id_and_others_are_told_apart(world: World) -> None:
    user = world.user()
    track = user.top_tracks().items[0]
    assert user.track(track.id) == track
    with pytest.raises(SpotifyNotFound):
        user.track("0" * 22)
    world.spotify.forget_requests()
    for bad in ("", "short", "../me", "a" * 23, "spotify:track:" + track.id):
        with pytest.raises(SpotifyNotFound):
            user.track(bad)
        with pytest.raises(SpotifyNotFound):
            user.playlist_items(bad)
    assert world.spotify.hits() == 0


def test_an_address_in_an_answer_is_never_followed(world: World) -> None:
    user = world.user()
    page = user.liked()
    tracks = [{"track": {"id": track.id, "name": "x"}} for track in page.items]
    answer = {"items": tracks, "next": "http://evil.example/v1/me/tracks?offset=7", "total": 99}
    world.spotify.fault("GET", "/v1/me/tracks", status=200, json=answer)
    odd = user.liked(50)
    assert odd.next_offset == 100
    assert user.liked(100).items


def test_covers_are_shown_only_from_where_they_may_come(world: World) -> None:
    reader = Reader(world.config)
    good = f"{world.spotify.url}/covers/x"
    for url in ("javascript:alert(1)", "data:image/png;base64,x", "http://evil.example/x", 7, None):
        assert reader.image([{"url": url, "width": 300}]) == ""
    assert reader.image([{"url": good, "width": None}]) == good
    sizes = [{"url": f"{good}?{width}", "width": width} for width in (640, 300, 64)]
    assert reader.image(sizes) == f"{good}?300"
    assert reader.image(None) == reader.image({}) == ""


@pytest.mark.parametrize(
    "field",
    [
        {"duration_ms": "long"},
        {"duration_ms": -1},
        {"duration_ms": 10**400},
        {"artists": None},
        {"artists": [None, "x", {}]},
        {"album": None},
        {"external_ids": {"isrc": 12}},
        {"external_ids": []},
        {"explicit": "yes"},
        {"name": None},
        {"is_playable": None},
    ],
)
def test_a_track_with_an_odd_field_is_a_track_without_it(
    world: World, field: dict[str, Any]
) -> None:
    sent = {"id": "a" * 22, "name": "x", "artists": [{"name": "y"}], "type": "track", **field}
    track = Reader(world.config).track(sent)
    assert track is not None
    assert track.duration is None


@pytest.mark.parametrize(
    "sent",
    [None, 7, [], {}, {"id": None}, {"id": "x"}, {"id": "a" * 22, "type": "episode"}],
)
def test_what_is_no_track_is_left_out(world: World, sent: Any) -> None:
    assert Reader(world.config).track(sent) is None


def test_what_is_restricted_is_shown_as_not_playable(world: World) -> None:
    reader = Reader(world.config)
    for sent in ({"is_playable": False}, {"restrictions": {"reason": "market"}}):
        track = reader.track({"id": "a" * 22, "name": "x", **sent})
        assert track is not None
        assert not track.playable
