"""What was brought survives workers that die, and does not outlive its time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.webapp.routes.conftest import Site
from tests.webapp.routes.upload_guests import Guest, music
from webapp.app import create_app
from webapp.jobs import Jobs, Worker
from webapp.settings import Settings
from webapp.wiring import Services, open_services

SECRET = "uploads-last-" * 4


@dataclass
class Clock:
    """Told, not running."""

    now: float = 1_790_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def opened(tmp_path: Path, clock: Clock) -> Iterator[Services]:
    settings = Settings(
        base_url="https://hooklist.test",
        data_dir=tmp_path,
        secret_key=SECRET,
        spotify_client_id="x",
        upload_hours=2,
    )
    services = open_services(settings, clock=clock)
    yield services
    services.close()


@pytest.fixture
def guest(opened: Services) -> Guest:
    return Guest(Site(create_app(opened), opened, None).browser())  # type: ignore[arg-type]


def shelf_files(opened: Services) -> list[Path]:
    return [path for path in opened.settings.uploads_path.rglob("*") if path.is_file()]


def test_the_workers_cleaning_removes_each_file_when_its_time_is_over(
    opened: Services, guest: Guest, clock: Clock
) -> None:
    guest.bring("first.wav", music(seconds=4.0))
    clock.now += 3_600
    guest.bring("second.wav", music(seconds=5.0))
    assert opened.uploads.clean in opened.chores()
    clock.now += 3_599
    opened.uploads.clean()
    assert [one["name"] for one in guest.files()] == ["first.wav", "second.wav"]
    clock.now += 2
    assert [one["name"] for one in guest.files()] == ["second.wav"]
    assert guest.call("DELETE", f"/{'0' * 32}").status_code == 404
    assert len(shelf_files(opened)) == 2
    worker = Worker(opened.jobs, {}, chores=opened.chores(), clock=clock)
    for chore in worker._chores:
        chore()
    assert len(shelf_files(opened)) == 1
    clock.now += 3_600
    opened.uploads.clean()
    assert shelf_files(opened) == []
    assert guest.files() == []


def test_the_cleaning_removes_what_nobody_can_reach_any_more(
    opened: Services, guest: Guest, clock: Clock
) -> None:
    guest.bring("a.wav", music(seconds=4.0))
    opened.sessions.delete(guest.visitor.cookie())  # as when it has ended by itself
    lost = opened.settings.uploads_path / ("f" * 32)
    lost.mkdir()
    (lost / "left-behind").write_bytes(b"x")
    os.utime(lost, (1.0, 1.0))
    opened.uploads.clean()
    assert shelf_files(opened) == []
    assert opened.uploads.box("f" * 32) is None


def test_an_upload_that_never_arrived_is_forgotten(
    opened: Services, guest: Guest, clock: Clock
) -> None:
    class Breaking:
        """Sends half of a file, then the connection is gone."""

        def __init__(self) -> None:
            self.left = [b"RIFF" + bytes(4) + b"WAVE" + bytes(500)]

        def read(self, _size: int) -> bytes:
            if not self.left:
                raise ConnectionResetError
            return self.left.pop()

    from webapp.services.uploads.errors import UploadBrokenOff
    from webapp.services.uploads.taking import Visitor

    visitor = Visitor("a" * 32, "handle")
    with pytest.raises(UploadBrokenOff):
        opened.upload_taking.take(visitor, "b" * 32, "x.wav", Breaking(), 10_000)  # type: ignore[arg-type]
    assert shelf_files(opened) == []
    assert [one.state for one in opened.uploads.of("a" * 32)] == ["failed"]


WORKER = """
import sys
from pathlib import Path
from webapp.jobs import Worker
from webapp.settings import Settings
from webapp.wiring import open_services

settings = Settings(
    base_url="https://hooklist.test", data_dir=Path(sys.argv[1]), secret_key=sys.argv[2],
    spotify_client_id="x",
)
services = open_services(settings)
Worker(services.jobs, services.worker_tasks()).run()
"""


def test_a_worker_killed_while_it_hears_takes_nothing_with_it(tmp_path: Path) -> None:
    settings = Settings(
        base_url="https://hooklist.test",
        data_dir=tmp_path,
        secret_key=SECRET,
        spotify_client_id="x",
    )
    services = open_services(settings)
    try:
        # Whoever looks waits for one lease; here it is short.
        services.__dict__["jobs"] = Jobs(services.engine, services.clock, lease=0.5)
        site = Site(create_app(services), services, None)  # type: ignore[arg-type]
        guest = Guest(site.browser())
        for number in range(3):
            guest.bring(f"{number}.wav", music(seconds=30.0, pitch=200.0 + 30 * number))
        worker = subprocess.Popen(
            [sys.executable, "-c", WORKER, str(tmp_path), SECRET], start_new_session=True
        )
        try:
            until = time.monotonic() + 60
            while not running(services) and time.monotonic() < until:
                time.sleep(0.02)
            assert running(services)
        finally:
            os.killpg(worker.pid, signal.SIGKILL)
            worker.wait()
        assert "waiting" in [one["state"] for one in guest.files()]
        until = time.monotonic() + 60
        while "waiting" in [one["state"] for one in guest.files()]:
            assert time.monotonic() < until
            site.work()
            time.sleep(0.05)
        assert [one["state"] for one in guest.files()] == ["ready"] * 3
    finally:
        services.close()


def running(services: Any) -> bool:
    return any(job.state == "running" for job in services.jobs.list(None))
