"""Saving through every scripted fault: answers that are lost, limits, tokens."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from tests.webapp.spotify.saved import CREATE, ITEMS, assert_saved_once, made, status_of, until
from tests.webapp.spotify.world import World
from webapp.jobs import JobContext, JobParked, Worker


@pytest.mark.parametrize("fault", [{"status": 502, "apply": True}, {"close_after": -1}])
@pytest.mark.parametrize("call", [("POST", CREATE), ("PUT", ITEMS), ("POST", ITEMS)])
def test_an_answer_lost_after_the_effect_duplicates_nothing(
    world: World, call: tuple[str, str], fault: dict[str, Any]
) -> None:
    user_id = world.log_in()
    playlist_id = world.playlist(user_id, 250)
    world.spotify.fault(*call, **fault)
    world.save.start(user_id, playlist_id)
    world.worker().run_once()
    assert_saved_once(world, user_id, playlist_id)
    if call != ("PUT", ITEMS):
        expected = 1 if call[1] == CREATE else 2
        assert world.spotify.hits(*call) == expected


@pytest.mark.parametrize("call", [("POST", CREATE), ("PUT", ITEMS), ("POST", ITEMS)])
def test_a_request_that_had_no_effect_is_made_up_for(world: World, call: tuple[str, str]) -> None:
    user_id = world.log_in()
    playlist_id = world.playlist(user_id, 250)
    world.spotify.fault(*call, status=502)
    world.save.start(user_id, playlist_id)
    world.worker().run_once()
    if call[1] == CREATE:
        # Not tried again blindly: it is looked for once more, later.
        assert status_of(world, user_id, playlist_id).state == "parked"
        world.clock.ahead += 30
        world.worker().run_once()
    assert_saved_once(world, user_id, playlist_id)


def test_an_answer_that_never_comes_is_bounded_and_what_was_done_is_not_done_twice(
    world: World,
) -> None:
    # Long enough for every honest answer of a busy machine, and far shorter than the late one.
    hasty = world.another(deadline=2.0)
    user_id = world.log_in()
    playlist_id = world.playlist(user_id, 150)
    world.spotify.fault("POST", ITEMS, delay=12.0)
    world.save.start(user_id, playlist_id)
    begun = time.monotonic()
    hasty.worker().run_once()
    assert time.monotonic() - begun < 10
    hasty.close()
    assert_saved_once(world, user_id, playlist_id)


def test_a_long_outage_parks_the_save_and_it_goes_on_afterwards(world: World) -> None:
    user_id = world.log_in()
    playlist_id = world.playlist(user_id, 250)
    world.spotify.fault("POST", ITEMS, status=503, count=None)
    world.save.start(user_id, playlist_id)
    waits = []
    for _ in range(3):
        # Each look is by a worker that was started anew, with a breaker of its own.
        worker = world.another()
        worker.worker().run_once()
        worker.close()
        status = status_of(world, user_id, playlist_id)
        assert (status.state, status.save.error_code) == ("parked", "spotify.unavailable")
        assert status.save.parked_until is not None
        assert status.error is not None
        assert status.error["code"] == "spotify.unavailable"
        assert "kept" in status.error["kept"]
        waits.append(status.save.parked_until - world.clock())
        world.clock.ahead += waits[-1] + 1
    assert all(4 < wait < 901 for wait in waits)
    assert status_of(world, user_id, playlist_id).save.written == 100
    world.spotify.clear_faults()
    world.worker().run_once()
    assert_saved_once(world, user_id, playlist_id)


def test_a_short_pause_is_kept_and_the_save_goes_on_by_itself(world: World) -> None:
    user_id = world.log_in()
    playlist_id = world.playlist(user_id, 150)
    world.spotify.rate_limit("POST", ITEMS, retry_after=2)
    world.save.start(user_id, playlist_id)
    worker = world.worker()
    begun = time.monotonic()
    thread = threading.Thread(target=worker.run)
    thread.start()
    until(lambda: status_of(world, user_id, playlist_id).state == "done", 10)
    took = time.monotonic() - begun
    worker.stop()
    thread.join(10)
    assert 2.0 <= took < 4.5
    assert_saved_once(world, user_id, playlist_id)
    limited = [r for r in world.spotify.requests("*", "/v1/*") if r["status"] == 429]
    after = [r for r in world.spotify.requests("*", "/v1/*") if r["at"] > limited[0]["at"]]
    assert len(limited) == 1
    assert min(r["at"] for r in after) - limited[0]["at"] >= 1.9


@pytest.mark.parametrize("kind", ["spotify.rate_limited", "spotify.quota"])
def test_a_long_pause_frees_the_worker_and_is_told_with_its_end(world: World, kind: str) -> None:
    user_id, other = world.log_in("rich"), world.log_in("second")
    playlist_id = world.playlist(user_id, 150)
    limit = world.spotify.quota if kind == "spotify.quota" else world.spotify.rate_limit
    limit("POST", ITEMS, retry_after=86_400)
    world.save.start(user_id, playlist_id)
    begun = time.monotonic()
    assert world.worker().run_once()
    assert time.monotonic() - begun < 2
    status = status_of(world, user_id, playlist_id)
    assert (status.state, status.save.error_code) == ("parked", kind)
    assert status.save.parked_until == pytest.approx(world.clock() + 86_400, abs=10)
    assert status.save.written == 100
    assert status.error is not None
    assert status.error["code"] == kind
    # Nothing is asked before its time, whoever wants something.
    world.spotify.forget_requests()
    world.save.start(other, world.playlist(other, 3))
    begun = time.monotonic()
    assert world.worker().run_once()
    assert time.monotonic() - begun < 1
    assert not world.worker().run_once()
    assert world.spotify.hits() == 0
    world.clock.ahead += 86_401
    while world.worker().run_once():
        pass
    assert_saved_once(world, user_id, playlist_id)
    assert len(made(world, "second")) == 1


def test_a_token_that_expires_in_the_middle_is_renewed_once(world: World) -> None:
    user_id = world.log_in()
    playlist_id = world.playlist(user_id, 500)
    world.save.start(user_id, playlist_id)
    world.spotify.fault("POST", ITEMS, delay=0.5)
    thread = threading.Thread(target=world.worker().run_once)
    thread.start()
    until(lambda: world.spotify.faults() == [])
    world.spotify.expire()
    thread.join(30)
    assert_saved_once(world, user_id, playlist_id)
    assert world.spotify.hits("POST", "/api/token") == 2


def test_a_token_revoked_in_the_middle_parks_the_save_until_the_user_logs_in(
    world: World,
) -> None:
    user_id = world.log_in()
    playlist_id = world.playlist(user_id, 250)
    world.save.start(user_id, playlist_id)
    world.spotify.fault("POST", ITEMS, delay=0.5)
    thread = threading.Thread(target=world.worker().run_once)
    thread.start()
    until(lambda: world.spotify.faults() == [])
    world.spotify.revoke("rich")
    thread.join(30)
    status = status_of(world, user_id, playlist_id)
    assert (status.state, status.save.error_code) == ("parked", "spotify.reconnect")
    assert status.save.parked_until is None
    assert status.error is not None
    assert "log in" in status.error["next_step"]
    # It does not go on by itself, and other people's logins do not wake it.
    world.log_in("second")
    assert world.save.resume_parked(world.log_in("second")) == 0
    world.clock.ahead += 3600
    assert not world.worker().run_once()
    assert world.log_in("rich") == user_id
    assert world.save.resume_parked(user_id) == 1
    assert world.worker().run_once()
    assert_saved_once(world, user_id, playlist_id)


def test_who_agrees_while_the_save_is_on_its_way_aside_need_not_log_in_once_more(
    world: World,
) -> None:
    user_id = world.log_in(save=False)
    playlist_id = world.playlist(user_id, 3)
    world.save.start(user_id, playlist_id)
    task = world.save.task

    def agrees_meanwhile(context: JobContext) -> Any:
        try:
            return task(context)
        except JobParked:
            # The login finds nothing parked yet, and so wakes nothing.
            assert world.log_in() == user_id
            assert world.save.resume_parked(user_id) == 0
            raise

    worker = Worker(world.jobs, {"save": agrees_meanwhile}, clock=world.clock)
    assert worker.run_once()
    assert world.worker().run_once()
    assert_saved_once(world, user_id, playlist_id)
    assert not world.worker().run_once()


def test_an_account_taken_off_the_list_fails_the_save_and_says_why(world: World) -> None:
    user_id = world.log_in()
    playlist_id = world.playlist(user_id, 3)
    world.spotify.fault(
        "POST", CREATE, status=403, text="User not registered in the Developer Dashboard"
    )
    world.save.start(user_id, playlist_id)
    world.worker().run_once()
    status = status_of(world, user_id, playlist_id)
    assert (status.state, status.save.error_code) == ("failed", "spotify.not_allowed_user")
    assert status.error is not None
    assert "operator" in status.error["next_step"]
    world.save.start(user_id, playlist_id)
    world.worker().run_once()
    assert_saved_once(world, user_id, playlist_id)
