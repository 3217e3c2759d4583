"""Children are restarted when they die and gone when the supervisor stops."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from webapp.supervisor import Supervisor

STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"


def eventually(check: Callable[[], bool], seconds: float = 10.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if check():
            return True
        time.sleep(0.02)
    return check()


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not (stat.exists() and stat.read_text().rpartition(")")[2].split()[0] == "Z")


def test_a_child_that_dies_is_started_again(tmp_path: Path) -> None:
    marks = tmp_path / "starts"
    code = f"open({str(marks)!r}, 'a').write('x'); import time; time.sleep(60)"
    supervisor = Supervisor()
    until = threading.Event()
    first = supervisor.start("sleeper", [sys.executable, "-c", code])
    watcher = threading.Thread(target=supervisor.watch, args=(until,), kwargs={"interval": 0.02})
    watcher.start()
    try:
        assert eventually(marks.exists)
        first.kill()
        assert eventually(lambda: marks.read_text() == "xx")
    finally:
        until.set()
        watcher.join()
        supervisor.stop()


def test_stopping_leaves_no_child_behind() -> None:
    supervisor = Supervisor()
    children = [
        supervisor.start(str(n), [sys.executable, "-c", "import time; time.sleep(60)"])
        for n in range(3)
    ]
    supervisor.stop()
    assert [child.poll() is None for child in children] == [False] * 3


def test_a_child_that_ignores_the_polite_signal_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webapp.supervisor.STOP_PATIENCE", 0.3)
    supervisor = Supervisor()
    child = supervisor.start("stubborn", [sys.executable, "-c", STUBBORN])
    time.sleep(0.3)
    supervisor.stop()
    assert child.returncode == -signal.SIGKILL


def test_a_child_dies_with_a_parent_that_was_killed(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    child = (
        "from webapp.supervisor import die_with_parent; die_with_parent();"
        f"import os, time; open({str(pid_file)!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    )
    parent = (
        "import sys, time; from webapp.supervisor import Supervisor;"
        f"Supervisor().start('child', [sys.executable, '-c', {child!r}]); time.sleep(60)"
    )
    running = subprocess.Popen([sys.executable, "-c", parent])
    assert eventually(lambda: pid_file.exists() and pid_file.read_text() != "")
    pid = int(pid_file.read_text())
    running.kill()
    running.wait(5)
    assert eventually(lambda: not alive(pid))
