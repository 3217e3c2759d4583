"""kill -9, again and again, on real worker processes."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text

from webapp.jobs import Jobs
from webapp.store import Users, reading

LEASE = 0.5
JOBS = 50
KILLS = 15

# Importing takes longer than the jobs, so one process imports and forks each worker from itself.
NURSERY = """
import os, random, signal, sys, time
from sqlalchemy import text
from webapp.jobs import Jobs, Worker
from webapp.store import open_engine

def task(context):
    for step in range(4):
        context.progress(str(step), step, 4)
        time.sleep(random.uniform(0.0, 0.02))
    with context.completing({"n": context.payload["n"]}) as connection:
        connection.execute(
            text("INSERT INTO effect (n, attempt) VALUES (:n, :attempt)"),
            {"n": context.payload["n"], "attempt": context.job.attempts},
        )

def work():
    engine = open_engine(sys.argv[1], connections=3)
    jobs = Jobs(engine, lease=float(sys.argv[2]))
    worker = Worker(jobs, {"k": task}, worker_id=str(os.getpid()), poll=(0.02, 0.05))
    worker.stop_on_signals()
    worker.run()
    os._exit(0)

# Never connected, but it has the driver imported.
open_engine(sys.argv[1], connections=2).dispose()
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
children = []
for line in sys.stdin:
    child = os.fork()
    if child == 0:
        work()
    children.append(child)
    print(child, flush=True)
for child in children:
    try:
        os.kill(child, signal.SIGKILL)
    except ProcessLookupError:
        pass
"""


class Nursery:
    """Starts real worker processes, quickly."""

    def __init__(self, url: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", NURSERY, url, str(LEASE)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def start(self) -> int:
        """Start a worker; return its process id."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("start\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def close(self) -> None:
        self._process.communicate(timeout=10)


@pytest.fixture
def nursery(database_url: str, engine: Engine) -> Iterator[Nursery]:
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE IF EXISTS effect"))
        connection.execute(text("CREATE TABLE effect (n INTEGER PRIMARY KEY, attempt INTEGER)"))
    nursery = Nursery(database_url)
    yield nursery
    nursery.close()
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE effect"))


def wait_for_a_job_of(worker: int, jobs: Jobs) -> None:
    """Wait until the worker has taken a job; however slow the machine is, a kill then matters."""
    deadline = time.monotonic() + 20
    while str(worker) not in {job.worker for job in jobs.list(None)}:
        assert time.monotonic() < deadline, "the worker takes no job"
        time.sleep(0.005)


def test_killed_at_random_points_every_job_finishes_and_takes_effect_once(
    engine: Engine, nursery: Nursery
) -> None:
    chance = random.Random(2611)
    jobs = Jobs(engine, lease=LEASE)
    # Each kill may cost the job it hits an attempt.
    for number in range(JOBS):
        jobs.enqueue("k", {"n": number}, user_id=None, max_attempts=KILLS + 1)
    kills = 0
    worker = nursery.start()
    while jobs.counts().get("done", 0) < JOBS and kills < KILLS:
        wait_for_a_job_of(worker, jobs)
        time.sleep(chance.uniform(0.0, 0.1))
        os.kill(worker, signal.SIGKILL)
        kills += 1
        worker = nursery.start()
    deadline = time.monotonic() + 25
    while jobs.counts().get("done", 0) < JOBS:
        assert time.monotonic() < deadline, jobs.counts()
        time.sleep(0.05)
    with reading(engine) as connection:
        rows = connection.execute(text("SELECT n, attempt FROM effect")).all()
        if engine.dialect.name == "sqlite":
            assert connection.execute(text("PRAGMA integrity_check")).scalar_one() == "ok"
    assert sorted(row.n for row in rows) == list(range(JOBS))
    assert jobs.counts() == {"done": JOBS}
    assert kills >= 10, "too few kills to show anything"
    assert any(row.attempt > 1 for row in rows), "no kill hit a running job"


def test_a_killed_workers_job_runs_again_within_a_lease(engine: Engine, nursery: Nursery) -> None:
    jobs = Jobs(engine, lease=LEASE)
    made = jobs.enqueue("k", {"n": 1}, user_id=None)
    assert jobs.claim("dies now") is not None
    # Another job shows when the worker has begun to look around.
    jobs.enqueue("k", {"n": 2}, user_id=None)
    wait_for_a_job_of(nursery.start(), jobs)
    begun = time.monotonic()
    while jobs.get(made.id, None).state != "done":
        assert time.monotonic() - begun < 10
        time.sleep(0.01)
    assert time.monotonic() - begun < LEASE + 1.5
    assert jobs.get(made.id, None).attempts == 2


CLAIM = """
import sys, time
from webapp.jobs import Jobs
from webapp.store import open_engine
jobs = Jobs(open_engine(sys.argv[1], connections=2))
jobs.claim(sys.argv[2], [])
print("ready", flush=True)
sys.stdin.readline()
while (job := jobs.claim(sys.argv[2])) is not None:
    print(job.id, flush=True)
    time.sleep(0.005)
"""


def test_two_processes_never_take_the_same_job(database_url: str, engine: Engine) -> None:
    jobs = Jobs(engine)
    users = [Users(engine).upsert(f"user-{number}") for number in range(20)]
    for number in range(100):
        user = users[number % 20] if number < 40 else None
        jobs.enqueue("k", {}, user_id=user.id if user else None)
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", CLAIM, database_url, name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in ("one", "two")
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    taken = [process.communicate(timeout=30)[0].split() for process in processes]
    # All of the system's, and one of each user's.
    assert len(taken[0] + taken[1]) == len(set(taken[0] + taken[1])) == 80
    assert all(taken), "one process took them all, so this shows nothing"
