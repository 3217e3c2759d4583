"""Workers that are killed in the middle of a save: one playlist comes of it, each track once."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.webapp.spotify.saved import CREATE, ITEMS, assert_saved_once, made, status_of, until
from tests.webapp.spotify.world import World

ROOT = Path(__file__).resolve().parents[3]


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


def finish(world: World, workers: Workers, user_id: str, playlist_id: str) -> None:
    """Let a new worker process do what is left."""
    process = workers.start(world)
    until(lambda: status_of(world, user_id, playlist_id).state in {"done", "failed"})
    kill(process)


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
