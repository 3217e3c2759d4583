"""The ephemeral store in a file that processes share: what is wrong with it is nobody's trouble."""

from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.webapp.store.servers import SteppingClock
from tests.webapp.store.test_ephemeral import assert_whole, eventually
from webapp.store.ephemeral_file import FileEphemeral


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ephemeral-x.db"


@pytest.fixture
def shared(path: Path) -> Iterator[FileEphemeral]:
    store = FileEphemeral(path)
    yield store
    store.close()


@pytest.fixture
def other(shared: FileEphemeral, path: Path) -> Iterator[FileEphemeral]:
    store = FileEphemeral(path)
    yield store
    store.close()


def test_one_sees_what_the_other_has_written(shared: FileEphemeral, other: FileEphemeral) -> None:
    shared.set("x", {"a": 1}, ttl=60)
    assert other.get("x") == {"a": 1}
    other.delete("x")
    assert shared.get("x") is None
    assert [store.hit("k", limit=2, window=60).allowed for store in (shared, other, shared)] == [
        True,
        True,
        False,
    ]


def test_processes_count_together(shared: FileEphemeral, path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from webapp.store.ephemeral_file import *\n"
        "store = FileEphemeral(Path(sys.argv[1]))\n"
        "for _ in range(200):\n"
        "    store.hit('k', limit=1, window=600); time.sleep(0.001)\n"
        "print(store.health().healthy)"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    assert [one.communicate(timeout=30)[0] for one in started] == ["True\n"] * 2
    assert shared.hit("k", limit=1, window=600).count == 401


def test_a_call_of_another_process_wakes_soon_and_once(
    shared: FileEphemeral, other: FileEphemeral
) -> None:
    wakeup = shared.wakeup("jobs")
    threading.Timer(0.1, other.wakeup("jobs").wake).start()
    begun = time.monotonic()
    assert wakeup.wait(5.0)
    assert time.monotonic() - begun < 1.0
    assert not wakeup.wait(0.1)
    # Whoever calls hears itself once, not a second time from the file.
    shared.wakeup("jobs").wake()
    assert wakeup.wait(0.2)
    assert not wakeup.wait(0.1)


def test_only_its_owner_reads_it(shared: FileEphemeral, path: Path) -> None:
    shared.set("x", 1, ttl=60)
    for file in path.parent.glob("ephemeral-*"):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_it_stays_within_its_bounds(path: Path, monotonic: SteppingClock) -> None:
    store = FileEphemeral(path, monotonic, most_values=100, most_bytes=400_000)
    for number in range(2_000):
        store.set(str(number), number, ttl=60)
        store.hit(str(number), limit=1, window=60)
    connection = sqlite3.connect(path)
    (values,) = connection.execute("SELECT count(*) FROM value").fetchone()
    assert 100 <= values <= 100 + 256
    assert store.get("1999") == 1999
    assert store.get("0") is None
    for number in range(600):
        store.set(str(number), "x" * 10_000, ttl=60)
    (size,) = connection.execute("SELECT sum(length(text)) FROM value").fetchone()
    assert 100_000 < size < 500_000
    monotonic.advance(61)
    for number in range(256):
        store.hit(str(number), limit=1, window=60)
    (values,) = connection.execute("SELECT count(*) FROM value").fetchone()
    (counters,) = connection.execute("SELECT count(*) FROM counter").fetchone()
    assert (values, counters) == (0, 256)
    connection.close()
    store.close()


@pytest.mark.parametrize("content", [b"this is no database" * 1000, b"SQLite format 3\0" * 300])
def test_a_damaged_file_is_stood_in_for(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    store = FileEphemeral(path)
    assert_whole(store)
    assert not store.health().healthy
    assert store.health().trouble
    store.close()


def test_a_file_that_is_damaged_while_it_is_used_is_stood_in_for(
    shared: FileEphemeral, other: FileEphemeral, path: Path
) -> None:
    for number in range(200):
        shared.set(str(number), "x" * 5_000, ttl=60)
    shared.close()
    for file in path.parent.glob("ephemeral-*"):
        file.write_bytes(b"\xff" * file.stat().st_size)
    for number in range(200):
        other.set(str(number), number, ttl=60)
        assert other.get(str(number)) == number
    assert_whole(other)


def test_a_folder_that_is_not_there_is_stood_in_for(tmp_path: Path) -> None:
    store = FileEphemeral(tmp_path / "nowhere" / "e.db")
    assert_whole(store)
    assert not store.health().healthy
    store.close()


def test_a_locked_file_costs_short_waits_and_is_used_again_when_it_is_free(
    shared: FileEphemeral, path: Path
) -> None:
    shared.set("deleted", "old", ttl=600)
    shared.set("changed", "old", ttl=600)
    shared.set("untouched", "old", ttl=600)
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    begun = time.monotonic()
    shared.delete("deleted")
    shared.set("changed", "new", ttl=600)
    for number in range(300):
        shared.set(str(number), number, ttl=60)
    assert time.monotonic() - begun < 2.0
    assert not shared.health().healthy
    assert "locked" in shared.health().trouble
    assert_whole(shared)
    holder.execute("ROLLBACK")
    holder.close()
    eventually(lambda: shared.get("untouched") == "old")
    assert shared.health().healthy
    # What was changed meanwhile does not come back.
    assert shared.get("deleted") is None
    assert shared.get("changed") in (None, "new")
    assert_whole(shared)


def test_after_it_is_closed_nothing_fails(shared: FileEphemeral) -> None:
    shared.close()
    shared.close()
    assert shared.get("x") is None
    assert shared.hit("x", limit=1, window=1).allowed
