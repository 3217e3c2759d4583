"""Saving through every scripted fault: a real stand-in Spotify, a real database, real workers."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.webapp.spotify.world import World
from webapp.jobs import JobContext, JobParked, TooManyJobs, Worker
from webapp.services.save import SaveStatus
from webapp.services.saving.errors import NothingToSave, TooMuchToSave
from webapp.store.errors import PlaylistUnknown

ROOT = Path(__file__).resolve().parents[3]
CREATE = "/v1/me/playlists"
ITEMS = "/v1/playlists/*/items"


def status_of(world: World, user_id: str, playlist_id: str) -> SaveStatus:
    found = world.save.status(user_id, playlist_id)
    assert found is not None
    return found


def made(world: World, person: str = "rich") -> list[dict[str, Any]]:
    return [p for p in world.spotify.playlists(person) if p["created_here"]]


def wanted(world: World, user_id: str, playlist_id: str) -> list[str]:
    return list(world.save.plan(playlist_id, user_id).uris)


def assert_saved_once(world: World, user_id: str, playlist_id: str) -> None:
    status = status_of(world, user_id, playlist_id)
    assert (status.state, status.error) == ("done", None)
    playlists = made(world)
    assert [p["uris"] for p in playlists] == [wanted(world, user_id, playlist_id)]
    assert status.save.spotify_url == f"{world.spotify.open_url}/playlist/{playlists[0]['id']}"
    assert status.save.written == len(playlists[0]["uris"])


class Workers:
    """Makes worker processes, quickly."""

    def __init__(self) -> None:
        self._maker = subprocess.Popen(
            [sys.executable, "-m", "tests.webapp.spotify.save_worker"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._answer() == "ready"

    def start(self, world: World) -> int:
        """Return the id of a new process that does the world's saves."""
        assert self._maker.stdin is not None
        self._maker.stdin.write(f"{world.database} {world.spotify.url}\n")
        self._maker.stdin.flush()
        return int(self._answer())

    def stop(self) -> None:
        """Kill them all."""
        assert self._maker.stdin is not None
        self._maker.stdin.close()
        self._maker.wait(10)

    def _answer(self) -> str:
        assert self._maker.stdout is not None
        return self._maker.stdout.readline().strip()


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    made = Workers()
    yield made
    made.stop()


def kill(process: int) -> None:
    """Kill a process at once and wait until it is gone."""
    os.kill(process, signal.SIGKILL)
    until(lambda: not Path(f"/proc/{process}/stat").exists() or _is_gone(process))


def _is_gone(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    return False


def until(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def finish(world: World, workers: Workers, user_id: str, playlist_id: str) -> None:
    """Let a new worker process do what is left."""
    process = workers.start(world)
    until(lambda: status_of(world, user_id, playlist_id).state in {"done", "failed"})
    kill(process)


# -- asking ------------------------------------------------------------------------------------


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


# -- answers that are lost ---------------------------------------------------------------------


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


# -- kill -9 -----------------------------------------------------------------------------------


KILLS = {
    "after the creation, before its answer": ("POST", CREATE, {"delay": 20.0}, 0),
    "between creation and tracks": ("PUT", ITEMS, {"never": True}, 0),
    "after the first tracks, before their answer": ("PUT", ITEMS, {"delay": 20.0}, 0),
    "between the first and the second hundred": ("POST", ITEMS, {"never": True}, 0),
    "after the second hundred, before its answer": ("POST", ITEMS, {"delay": 20.0}, 0),
    "between the second hundred and the rest": ("POST", ITEMS, {"never": True}, 1),
}


@pytest.mark.slow
@pytest.mark.parametrize("moment", KILLS)
def test_a_worker_killed_at_this_moment_leaves_one_playlist_with_each_track_once(
    world: World, workers: Workers, moment: str
) -> None:
    method, path, fault, after = KILLS[moment]
    user_id = world.log_in()
    playlist_id = world.playlist(user_id, 250)
    world.spotify.fault(method, path, after=after, **fault)
    world.save.start(user_id, playlist_id)
    process = workers.start(world)
    until(lambda: world.spotify.faults() == [])
    if "delay" in fault:
        # The effect has happened, the answer is held back.
        until(lambda: _effect(world, method, path, after))
    kill(process)
    assert status_of(world, user_id, playlist_id).state != "done"
    finish(world, workers, user_id, playlist_id)
    assert_saved_once(world, user_id, playlist_id)


def _effect(world: World, method: str, path: str, after: int) -> bool:
    playlists = made(world)
    if path == CREATE:
        return len(playlists) == 1
    expected = 100 if method == "PUT" else 100 * (after + 2)
    return len(playlists) == 1 and len(playlists[0]["uris"]) == expected


@pytest.mark.slow
def test_a_worker_killed_again_and_again_at_random_leaves_one_playlist(
    world: World, workers: Workers
) -> None:
    chance = random.Random(26)
    user_id = world.log_in()
    playlist_id = world.playlist(user_id, 500)
    # Slow enough that each kill strikes somewhere in the middle.
    world.spotify.fault("*", "/v1/*", delay=0.03, count=None)
    world.save.start(user_id, playlist_id)
    for _ in range(4):
        job = status_of(world, user_id, playlist_id).job
        fence = job.fence if job else 0
        process = workers.start(world)
        until(lambda before=fence: _taken(world, user_id, playlist_id, before))  # type: ignore[misc]
        time.sleep(chance.uniform(0.0, 0.5))
        kill(process)
    assert status_of(world, user_id, playlist_id).state != "done"
    finish(world, workers, user_id, playlist_id)
    assert_saved_once(world, user_id, playlist_id)


def _taken(world: World, user_id: str, playlist_id: str, fence: int) -> bool:
    job = status_of(world, user_id, playlist_id).job
    return job is not None and job.fence > fence


# -- limits ------------------------------------------------------------------------------------


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


# -- tokens ------------------------------------------------------------------------------------


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
