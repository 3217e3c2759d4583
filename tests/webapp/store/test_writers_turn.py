"""Writers of several threads and processes go one after the other, and nobody starves."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path

from webapp.store.writers_turn import WritersTurn

GREEDY = (
    "import sys, time; from pathlib import Path; from webapp.store.writers_turn import *;"
    "turn = WritersTurn(Path(sys.argv[1])); print('begun', flush=True);\n"
    "while True:\n"
    "    with turn.taken(10): time.sleep(0.01)\n"
)


def test_threads_write_one_after_the_other(tmp_path: Path) -> None:
    turn = WritersTurn(tmp_path / "turn")
    inside, most = [0], [0]

    def write() -> None:
        for _ in range(20):
            with turn.taken(10) as came:
                assert came
                inside[0] += 1
                most[0] = max(most[0], inside[0])
                inside[0] -= 1

    threads = [threading.Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1]


def test_a_process_that_writes_all_the_time_lets_others_in_between(tmp_path: Path) -> None:
    greedy = subprocess.Popen(
        [sys.executable, "-c", GREEDY, str(tmp_path / "turn")], stdout=subprocess.PIPE, text=True
    )
    assert greedy.stdout is not None
    greedy.stdout.readline()
    turn = WritersTurn(tmp_path / "turn")
    begun = time.monotonic()
    for _ in range(10):
        with turn.taken(10) as came:
            assert came
    # Each waits for one write of the other at most, not for a lucky moment.
    assert time.monotonic() - begun < 3.0
    greedy.kill()
    greedy.communicate()
    with turn.taken(1) as came:
        assert came, "one that was killed holds nobody up"


def test_the_wait_has_an_end(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", GREEDY.replace("0.01", "60"), str(tmp_path / "turn")],
        stdout=subprocess.PIPE,
    )
    assert holder.stdout is not None
    holder.stdout.readline()
    turn = WritersTurn(tmp_path / "turn")
    deadline = time.monotonic() + 5
    came = True
    while came and time.monotonic() < deadline:  # until the other has it
        begun = time.monotonic()
        with turn.taken(0.2) as came:
            pass
    assert not came
    assert time.monotonic() - begun < 2.0
    holder.kill()
    holder.communicate()


def test_without_its_file_writers_write_all_the_same(tmp_path: Path) -> None:
    turn = WritersTurn(tmp_path / "nowhere" / "turn")
    with turn.taken(1) as came:
        assert came
    turn.close()
    with turn.taken(1) as came:
        assert came
