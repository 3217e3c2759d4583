"""How often Spotify is asked: once, and not while it wants to be left alone."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from standin.harness import Standin
from tests.webapp.spotify.world import World, a_world
from webapp.spotify.errors import (
    SpotifyBudgetSpent,
    SpotifyError,
    SpotifyForbidden,
    SpotifyNotFound,
    SpotifyQuotaExceeded,
    SpotifyRateLimited,
    SpotifyRefused,
    SpotifyScopeMissing,
    SpotifyUnavailable,
)

TOP = "/v1/me/top/tracks"


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
