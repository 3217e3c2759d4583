"""What the gateway makes of Spotify's answers, and how often it asks."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import pytest

from standin.harness import Standin
from tests.webapp.spotify.world import World, a_world
from webapp.spotify.errors import (
    SpotifyBudgetSpent,
    SpotifyError,
    SpotifyForbidden,
    SpotifyForeignPlaylist,
    SpotifyNotFound,
    SpotifyQuotaExceeded,
    SpotifyRateLimited,
    SpotifyRefused,
    SpotifyScopeMissing,
    SpotifyUnavailable,
)
from webapp.spotify.objects import Reader, SpotifyTrack

TOP = "/v1/me/top/tracks"


def named(user: Any, name: str) -> Any:
    offset: int | None = 0
    while offset is not None:
        page = user.playlists(offset)
        for playlist in page.items:
            if playlist.name == name:
                return playlist
        offset = page.next_offset
    raise AssertionError(f"there is no playlist {name}")


# -- what is read ------------------------------------------------------------------------------


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


# -- how often it is asked ---------------------------------------------------------------------


def test_the_same_question_within_a_minute_is_asked_once(world: World) -> None:
    user = world.user()
    for _ in range(3):
        user.liked()
    assert world.spotify.hits("GET", "/v1/me/tracks") == 1
    world.clock.ahead += 61
    user.liked()
    assert world.spotify.hits("GET", "/v1/me/tracks") == 2


def test_the_same_question_at_the_same_time_is_asked_once(world: World) -> None:
    user = world.user()
    world.spotify.fault("GET", TOP, delay=0.3, count=None)
    answers: list[int] = []

    def ask() -> None:
        answers.append(len(user.top_tracks().items))

    threads = [threading.Thread(target=ask) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert answers == [50] * 12
    assert world.spotify.hits("GET", TOP) == 1


def test_a_failure_at_the_same_time_is_everybodys_and_not_kept(world: World) -> None:
    user = world.user()
    world.spotify.fault("GET", TOP, status=403, delay=0.3)
    raised: list[type] = []

    def ask() -> None:
        try:
            user.top_tracks()
        except SpotifyError as error:
            raised.append(type(error))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert raised == [SpotifyForbidden] * 4
    assert world.spotify.hits("GET", TOP) == 1
    assert user.top_tracks().items


def test_reads_are_repeated_after_a_passing_fault_three_times_at_most(world: World) -> None:
    user = world.user()
    world.spotify.fault("GET", TOP, status=502, count=2)
    assert user.top_tracks().items
    assert world.spotify.hits("GET", TOP) == 3
    world.spotify.forget_requests()
    world.spotify.fault("GET", TOP, status=502, count=None)
    with pytest.raises(SpotifyUnavailable):
        user.top_tracks("long_term")
    assert world.spotify.hits("GET", TOP) == 3


@pytest.mark.parametrize("status", [400, 403, 404])
def test_a_refusal_is_not_repeated(world: World, status: int) -> None:
    user = world.user()
    world.spotify.fault("GET", TOP, status=status, count=None)
    with pytest.raises((SpotifyRefused, SpotifyForbidden, SpotifyNotFound)):
        user.top_tracks()
    assert world.spotify.hits("GET", TOP) == 1


def test_what_was_not_agreed_to_is_not_even_asked_for(world: World) -> None:
    user_id = world.log_in(save=False)
    world.spotify.forget_requests()
    with pytest.raises(SpotifyScopeMissing) as told:
        world.gateway.for_user(user_id).create_playlist("x")
    assert told.value.scopes == ("playlist-modify-private",)
    assert world.spotify.hits() == 0


def test_a_scope_that_spotify_misses_is_told_like_one_that_we_miss(world: World) -> None:
    user_id = world.log_in(save=False)
    token = world.tokens.get(user_id)
    assert token is not None
    from dataclasses import replace

    claimed = token.scopes | {"playlist-modify-private"}
    world.tokens.put(user_id, replace(token, scopes=claimed))
    with pytest.raises(SpotifyScopeMissing) as told:
        world.gateway.for_user(user_id).create_playlist("x")
    assert told.value.scopes == ("playlist-modify-private",)


def test_a_cooldown_is_remembered_by_every_process_and_asks_nothing_while_it_lasts(
    world: World,
) -> None:
    user_id = world.log_in()
    world.spotify.quota("GET", TOP, retry_after=3600)
    with pytest.raises(SpotifyQuotaExceeded):
        world.gateway.for_user(user_id).top_tracks()
    world.spotify.forget_requests()
    other = world.another()
    begun = time.monotonic()
    for gateway in (world.gateway, other.gateway):
        with pytest.raises(SpotifyQuotaExceeded) as told:
            gateway.for_user(user_id).liked()
        assert told.value.until == pytest.approx(world.clock() + 3600, abs=5)
        cooldown = gateway.cooldown()
        assert cooldown is not None
        assert cooldown.reason == "spotify.quota"
    assert time.monotonic() - begun < 0.5
    assert world.spotify.hits() == 0
    world.clock.ahead += 3601
    assert world.gateway.cooldown() is None
    assert world.gateway.for_user(user_id).liked().items
    other.close()


def test_while_spotify_is_away_what_was_read_before_is_shown_and_marked(world: World) -> None:
    user = world.user()
    shown = user.top_tracks()
    assert not shown.stale
    world.clock.ahead += 120
    world.spotify.fault("GET", "*", status=503, count=None)
    again = user.top_tracks()
    assert again.stale
    assert again.items == shown.items
    world.clock.ahead += 3600
    with pytest.raises(SpotifyUnavailable):
        user.top_tracks()


def test_a_cache_that_holds_rubbish_is_not_believed(world: World) -> None:
    user = world.user()
    for rubbish in ("text", 7, [], {"at": 1}, {"value": 1, "at": 2}):
        world.ephemeral.get = lambda _key, kept=rubbish: kept  # type: ignore[method-assign]
        assert user.liked().items


def test_our_own_budget_stops_one_user_and_not_the_others(
    spotify: Standin, empty_database: Path, tmp_path: Path
) -> None:
    limits = {"user_rate": 0.2, "user_burst": 3.0, "patience": 0.1}
    with a_world(spotify, empty_database, tmp_path, **limits) as world:
        rich, second = world.user("rich"), world.user("second")
        for offset in range(3):
            rich.liked(offset)
        with pytest.raises(SpotifyBudgetSpent) as told:
            rich.liked(3)
        assert told.value.retry_after is not None
        assert 1 <= told.value.retry_after <= 5
        assert second.liked().items
        assert spotify.hits("GET", "/v1/me/tracks") == 4


def test_after_five_failures_nobody_waits_for_the_next_and_one_looks_whether_it_is_over(
    spotify: Standin, empty_database: Path, tmp_path: Path
) -> None:
    with a_world(spotify, empty_database, tmp_path, breaker_seconds=1.0) as world:
        user = world.user()
        fault = {"status": 503, "count": None}
        world.spotify.fault("GET", "/v1/me/tracks", **fault)
        for offset in (0, 1):
            with pytest.raises(SpotifyUnavailable):
                user.liked(offset)
        assert spotify.hits("GET", "/v1/me/tracks") == 5
        begun = time.monotonic()
        for offset in range(2, 22):
            with pytest.raises(SpotifyUnavailable, match="was not asked"):
                user.liked(offset)
        assert time.monotonic() - begun < 0.5
        assert spotify.hits("GET", "/v1/me/tracks") == 5
        time.sleep(1.1)
        with pytest.raises(SpotifyUnavailable, match="503"):
            user.liked(50)
        assert spotify.hits("GET", "/v1/me/tracks") == 6
        spotify.clear_faults()
        time.sleep(1.1)
        assert user.liked(51).items
        assert user.liked(52).items


def test_a_refusal_shows_that_spotify_is_there(world: World) -> None:
    user = world.user()
    world.spotify.fault("GET", "/v1/me/tracks", status=404, count=None)
    for offset in range(8):
        with pytest.raises(SpotifyNotFound):
            user.liked(offset)
    assert user.top_tracks().items


def test_a_rate_limit_without_a_retry_after_or_with_a_strange_one_still_ends(
    world: World,
) -> None:
    user = world.user()
    for offset, header in enumerate(["", "soon", "-5", "1e9", "9" * 400, "NaN"]):
        world.spotify.fault(
            "GET", "/v1/me/tracks", status=429, headers={"Retry-After": header} if header else {}
        )
        with pytest.raises(SpotifyRateLimited) as told:
            user.liked(offset)
        assert told.value.retry_after is not None
        assert 0 <= told.value.retry_after <= 7 * 86_400
        world.cooldowns.clear("spotify")


def test_a_retry_after_may_be_a_date(world: World) -> None:
    from email.utils import formatdate

    user = world.user()
    at = formatdate(world.clock() + 600, usegmt=True)
    world.spotify.fault("GET", "/v1/me/tracks", status=429, headers={"Retry-After": at})
    with pytest.raises(SpotifyRateLimited) as told:
        user.liked()
    assert told.value.retry_after == pytest.approx(600, abs=3)


# -- what is written ---------------------------------------------------------------------------


def test_a_playlist_is_made_filled_and_read_back(world: World) -> None:
    user = world.user()
    uris = [track.uri for track in user.liked().items]
    made = user.create_playlist("  A\nname ", public=False, description="about\nit & tm:0123456789")
    assert made.own
    assert user.replace_items(made.id, uris[:40])
    assert user.add_items(made.id, uris[40:], 40)
    assert user.item_total(made.id) == 50
    assert user.written(made.id, 500).uris == tuple(uris)
    kept = world.spotify.playlists("rich")[0]
    assert kept["name"] == "A name"
    assert kept["description"] == "about it & tm:0123456789"
    assert kept["public"] is False
    found = user.find_own("tm:0123456789")
    assert found is not None
    assert found.id == made.id
    assert user.find_own("tm:ffffffffff") is None


def test_items_are_sent_as_an_object_as_documented(world: World) -> None:
    user = world.user()
    made = user.create_playlist("x")
    uris = [track.uri for track in user.liked().items[:2]]
    user.add_items(made.id, uris, 0)
    import json

    sent = world.spotify.requests("POST", "/v1/playlists/*/items")[-1]
    assert json.loads(sent["body"]) == {"uris": uris, "position": 0}
    assert "uris" not in sent["query"]


def test_a_marker_in_somebody_elses_playlist_is_not_ours(world: World) -> None:
    second = world.user("second")
    made = second.create_playlist("Copied", public=False, description="tm:0123456789")
    world.spotify.fault(
        "GET",
        "/v1/me/playlists",
        status=200,
        json={
            "items": [
                {
                    "id": made.id,
                    "name": "x",
                    "description": "tm:0123456789",
                    "owner": {"id": second.me().id},
                }
            ],
            "next": None,
            "total": 1,
        },
    )
    assert world.user("rich").find_own("tm:0123456789") is None


def test_what_is_no_track_is_never_written(world: World) -> None:
    user = world.user()
    made = user.create_playlist("x")
    world.spotify.forget_requests()
    for uris in (["spotify:local:a:b:c:1"], ["x"], ["spotify:episode:" + "a" * 22], ["u"] * 101):
        with pytest.raises(SpotifyRefused):
            user.replace_items(made.id, uris)
    with pytest.raises(SpotifyNotFound):
        user.replace_items("../me", [])
    with pytest.raises(ValueError, match="marker"):
        user.find_own("")
    assert world.spotify.hits() == 0


def test_an_expired_token_in_the_middle_of_a_write_is_renewed_and_it_is_written_once(
    world: World,
) -> None:
    user = world.user()
    world.spotify.expire()
    user.create_playlist("Renewed")
    assert [p["name"] for p in world.spotify.playlists("rich")].count("Renewed") == 1
    assert world.spotify.hits("POST", "/v1/me/playlists") == 2
