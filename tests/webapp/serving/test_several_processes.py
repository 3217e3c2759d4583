"""``hooklist serve`` with two serving processes: one address, nothing lost, nobody left behind."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.webapp.serving.small_servers import ask, connect

ROOT = Path(__file__).resolve().parents[3]

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")


def eventually(check: Callable[[], object], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.05)


def children(pid: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid and fields[0] != "Z":
            found.append(int(stat.parent.name))
    return sorted(found)


def running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def open_sockets(pid: int) -> set[str]:
    found = set()
    for file in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(OSError):  # closed meanwhile
            found.add(os.readlink(file))
    return found


class Serving:
    """A running ``hooklist serve``."""

    def __init__(self, data: Path, port: int = 0, **settings: str) -> None:
        if not port:
            with socket.create_server(("127.0.0.1", 0)) as probe:
                port = int(probe.getsockname()[1])
        self.port, self.data = port, data
        clean = {name: text for name, text in os.environ.items() if "HOOKLIST" not in name}
        given = {
            "HOOKLIST_PORT": str(port),
            "HOOKLIST_BASE_URL": f"http://127.0.0.1:{port}",
            "HOOKLIST_DATA_DIR": str(data),
            "HOOKLIST_SECRET_KEY": "k" * 43,
            "HOOKLIST_SPOTIFY_CLIENT_ID": "abc",
            "HOOKLIST_SERVERS": "2",
            "HOOKLIST_WORKERS": "0",
            "HOOKLIST_LOG_LEVEL": "WARNING",
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "webapp.cli", "serve"],
            cwd=ROOT,
            env={**clean, **given, **settings},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def announced(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline()

    def servers(self) -> list[int]:
        return children(self.process.pid)

    def holders(self) -> list[int]:
        """Return how many connections each server has."""
        lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
        rows = [line.split() for line in lines]
        ours = {f"socket:[{row[9]}]" for row in rows if row[1].endswith(f":{self.port:04X}")}
        return sorted(len(ours & open_sockets(pid)) for pid in self.servers())

    def both_answer(self) -> list[http.client.HTTPConnection]:
        """Return two kept connections, one with each server, once both are there."""
        kept: list[http.client.HTTPConnection] = []

        def spread() -> bool:
            for connection in kept:
                connection.close()
            kept[:] = [connect(self.port) for _ in range(2)]
            return all(
                "serving" in ask(connection, "/healthz") for connection in kept
            ) and self.holders() == [1, 1]

        eventually(spread)
        return kept

    def kill(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    one = Serving(tmp_path_factory.mktemp("several"))
    assert f"127.0.0.1:{one.port}" in one.announced()
    yield one
    one.kill()


def test_when_it_is_announced_it_answers(serving: Serving) -> None:
    assert "serving" in ask(connect(serving.port), "/healthz")


def test_a_taken_port_is_told_at_once(serving: Serving) -> None:
    second = Serving(serving.data, serving.port)
    _, told = second.process.communicate(timeout=20)
    assert second.process.returncode == 2
    assert "another program uses this port" in told
    assert "HOOKLIST_PORT" in told


def test_what_keeps_it_from_serving_is_told_once(tmp_path: Path) -> None:
    nowhere = "postgresql+psycopg://nobody@127.0.0.1:1/none"
    one = Serving(tmp_path, HOOKLIST_DATABASE_URL=nowhere)
    printed, told = one.process.communicate(timeout=30)
    assert (one.process.returncode, printed) == (1, "")
    assert told.count("hooklist: ") == 1
    assert "127.0.0.1" in told


def test_one_that_is_killed_takes_only_its_own_connections_and_is_started_again(
    serving: Serving,
) -> None:
    kept = serving.both_answer()
    before = serving.servers()
    os.kill(before[0], signal.SIGKILL)
    answers = []
    for connection in kept:
        try:
            answers.append(ask(connection, "/healthz"))
        except (http.client.HTTPException, ConnectionError):
            answers.append("")
        connection.close()
    assert sum("serving" in answer for answer in answers) == 1
    for _ in range(5):
        assert "serving" in ask(connect(serving.port), "/healthz")
    eventually(lambda: len(set(serving.servers()) - {before[0]}) == 2)
    serving.both_answer()


def test_a_limit_counts_what_both_have_answered(serving: Serving) -> None:
    kept = serving.both_answer()
    statuses = []
    for turn in range(80):
        connection = kept[turn % 2]
        connection.request("GET", "/login")
        answer = connection.getresponse()
        answer.read()
        statuses.append(answer.status)
        if {429} <= set(statuses[-2:]) and statuses[-2:] == [429, 429]:
            break
    # From the first refusal on, both refuse.
    first = statuses.index(429)
    assert set(statuses[first:]) == {429}
    assert set(statuses[:first]) == {302}
    for connection in kept:
        connection.close()


def test_when_it_is_stopped_every_request_under_way_is_answered(tmp_path: Path) -> None:
    one = Serving(tmp_path)
    one.announced()
    for connection in one.both_answer():
        connection.close()
    members = [one.process.pid, *one.servers()]
    stopping = threading.Event()
    answered, failed = [0], []

    def visit() -> None:
        connection = connect(one.port)
        while True:
            late = stopping.is_set()
            try:
                connection.request("GET", "/")
                answer = connection.getresponse()
                whole = len(answer.read()) == int(answer.headers["Content-Length"])
            except (http.client.HTTPException, OSError) as error:
                # Only what was begun after the end may find nobody.
                if not (late or stopping.is_set()) or isinstance(error, http.client.IncompleteRead):
                    failed.append(repr(error))
                return
            if answer.status != 200 or not whole:
                failed.append(f"{answer.status} {whole}")
            answered[0] += 1

    visitors = [threading.Thread(target=visit) for _ in range(8)]
    for visitor in visitors:
        visitor.start()
    eventually(lambda: answered[0] > 50)
    stopping.set()
    begun = time.monotonic()
    one.process.send_signal(signal.SIGTERM)
    assert one.process.wait(20) == 0
    assert time.monotonic() - begun < 10
    for visitor in visitors:
        visitor.join(10)
    assert failed == []
    assert not any(running(pid) for pid in members)
    assert list(tmp_path.glob("ephemeral-*")) == []
    one.kill()
