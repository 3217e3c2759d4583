"""``hooklist demo`` as a newcomer runs it: one line, all up, all down, nothing lost."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from webapp.demo import plan_demo, spotify_like_id
from webapp.errors import ConfigurationError

ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def family(pid: int) -> list[int]:
    """Return a process and everything below it."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        children.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    found, pending = [], [pid]
    while pending:
        found.append(pending.pop())
        pending.extend(children.get(found[-1], []))
    return found


def running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def eventually(check: Callable[[], bool], seconds: float = 15.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if check():
            return True
        time.sleep(0.05)
    return False


class Demo:
    """A running demo."""

    def __init__(self, data: Path, port: int) -> None:
        clean = {name: text for name, text in os.environ.items() if "HOOKLIST" not in name}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "webapp.cli", "demo", "--port", str(port)],
            cwd=ROOT,
            env={**clean, "HOOKLIST_DATA_DIR": str(data)},
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert self.process.stdout is not None
        self.line = self.process.stdout.readline()
        self.url = f"http://127.0.0.1:{port}"

    def stop(self, number: int = signal.SIGINT) -> tuple[int, list[int], str]:
        """End it; return its status, the processes left, and what else it had printed."""
        members = family(self.process.pid)
        os.kill(self.process.pid, number)
        rest, _ = self.process.communicate(timeout=30)
        eventually(lambda: not any(map(running, members)))
        return self.process.returncode, [pid for pid in members if running(pid)], rest


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Demo]]:
    demos: list[Demo] = []

    def started(port: int = 0) -> Demo:
        demos.append(Demo(tmp_path, port or free_port()))
        return demos[-1]

    yield started
    for demo in demos:
        if demo.process.poll() is None:
            demo.process.kill()
            demo.process.wait()


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_demo_starts_with_one_line_and_stops_without_a_trace(
    start: Callable[..., Demo], number: int
) -> None:
    demo = start()
    assert demo.url in demo.line
    page = requests.get(demo.url, timeout=10)
    assert page.status_code == 200
    assert "Log in with Spotify" in page.text
    # Web server, worker and stand-in.
    assert eventually(lambda: len(family(demo.process.pid)) >= 3)
    status, left, rest = demo.stop(number)
    assert (status, left, rest) == (0, [], "")


@pytest.mark.slow
def test_a_demo_that_is_killed_takes_its_children_along(start: Callable[..., Demo]) -> None:
    demo = start()
    assert eventually(lambda: len(family(demo.process.pid)) >= 3)
    _, left, _ = demo.stop(signal.SIGKILL)
    assert left == []


@pytest.mark.slow
def test_the_second_start_finds_what_the_first_one_left(
    start: Callable[..., Demo], tmp_path: Path
) -> None:
    port = free_port()
    first = start(port)
    session = requests.Session()
    stand_in = session.get(f"{first.url}/login", timeout=10).url.partition("/authorize")[0]
    catalogue = tmp_path / "demo" / "catalogue" / "CURRENT"
    built = catalogue.stat().st_mtime_ns
    first.stop()
    second = start(port)
    again = requests.get(f"{second.url}/login", timeout=10).url.partition("/authorize")[0]
    assert again == stand_in  # links to saved playlists still lead somewhere
    assert catalogue.stat().st_mtime_ns == built


def test_a_taken_port_is_told_with_what_to_try(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ConfigurationError, match=f"--port {port + 10}"):
            plan_demo(port, None, tmp_path)


@pytest.mark.parametrize("port", [0, -1, 65536])
def test_a_port_that_is_none_is_refused(port: int, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="65535"):
        plan_demo(port, None, tmp_path)


def test_music_must_be_a_folder(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="not a folder"):
        plan_demo(free_port(), tmp_path / "nowhere", tmp_path)


def test_each_music_folder_has_its_own_data(tmp_path: Path) -> None:
    plans: list[Any] = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        plans.append(plan_demo(free_port(), tmp_path / name, tmp_path / "data"))
    assert plans[0].folder != plans[1].folder


def test_ids_look_like_spotify_s_and_stay_the_same() -> None:
    ids = {spotify_like_id(f"track {number}") for number in range(500)}
    assert len(ids) == 500
    assert all(len(text) == 22 and text.isalnum() and text.isascii() for text in ids)
    assert spotify_like_id("track 1") == spotify_like_id("track 1")
