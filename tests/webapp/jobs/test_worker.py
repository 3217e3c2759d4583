from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from sqlalchemy import Engine, text

from hooklist_errors import HooklistError
from tests.webapp.store.servers import SteppingClock, ValkeyServer
from webapp.jobs import (
    Job,
    JobContext,
    JobInterrupted,
    JobParked,
    Jobs,
    Worker,
)
from webapp.store import open_engine, open_ephemeral
from webapp.store.errors import StoreUnavailable

LEASE = 1.0


@pytest.fixture
def jobs(engine: Engine, clock: SteppingClock) -> Jobs:
    return Jobs(engine, clock, lease=LEASE)


def work(jobs: Jobs, task: Callable[[JobContext], Mapping[str, Any] | None], **more: Any) -> Job:
    """Run one job with a task, and return how it ended."""
    made = jobs.enqueue("k", {"n": 1}, user_id=None, max_attempts=more.pop("max_attempts", 3))
    worker = Worker(jobs, {"k": task}, **more)
    assert worker.run_once()
    return jobs.get(made.id, None)


def eventually(check: Callable[[], object], seconds: float = 5.0) -> None:
    deadline = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.01)


def test_a_tasks_result_is_the_jobs(jobs: Jobs) -> None:
    job = work(jobs, lambda context: {"n": context.payload["n"] + 1})
    assert (job.state, job.result) == ("done", {"n": 2})


def test_a_task_without_a_result_is_done_too(jobs: Jobs) -> None:
    assert work(jobs, lambda context: None).state == "done"


def test_it_takes_only_kinds_it_has_tasks_for(jobs: Jobs) -> None:
    jobs.enqueue("other", {}, user_id=None)
    assert not Worker(jobs, {"k": lambda context: None}).run_once()


def test_progress_can_be_followed(jobs: Jobs, engine: Engine) -> None:
    seen: list[tuple[str, int, int, str]] = []

    def task(context: JobContext) -> None:
        assert context.progress("decode", 1, 3, "Song")
        job = jobs.get(context.job.id, None)
        seen.append((job.step, job.done, job.total, job.message))

    work(jobs, task)
    assert seen == [("decode", 1, 3, "Song")]


def test_progress_told_often_is_written_seldom_but_its_end_always(jobs: Jobs) -> None:
    beats: list[int] = []

    def task(context: JobContext) -> None:
        for done in range(1000):
            context.progress("mix", done, 1000)
        context.progress("mix", 1000, 1000)
        with jobs._engine.connect() as connection:
            beats.append(connection.execute(text("SELECT beat FROM job")).scalar_one())

    job = work(jobs, task)
    assert job.done == 1000
    assert 2 <= beats[0] < 20


def test_a_long_task_keeps_its_lease(engine: Engine) -> None:
    jobs, other = Jobs(engine, lease=0.5), Jobs(engine, lease=0.5)
    made = jobs.enqueue("k", {}, user_id=None)

    def task(context: JobContext) -> None:
        deadline = time.monotonic() + 1.6
        while time.monotonic() < deadline:
            assert other.claim("thief") is None
            time.sleep(0.05)

    Worker(jobs, {"k": task}).run_once()
    assert (jobs.get(made.id, None).state, jobs.get(made.id, None).attempts) == ("done", 1)


class Refused(HooklistError):
    code = "spotify.refused"


class RateLimited(HooklistError):
    code = "spotify.rate_limited"
    retry_after = 3600.0


def raising(error: BaseException) -> Callable[[JobContext], None]:
    def task(context: JobContext) -> None:
        raise error

    return task


def test_a_named_error_is_the_jobs_failure_at_once(jobs: Jobs) -> None:
    job = work(jobs, raising(Refused("Spotify said no", next_step="ask them")))
    assert (job.state, job.attempts) == ("failed", 1)
    assert job.error is not None
    assert (job.error["code"], job.error["next_step"]) == ("spotify.refused", "ask them")


def test_an_error_that_says_when_to_ask_again_parks_the_job(
    jobs: Jobs, clock: SteppingClock
) -> None:
    job = work(jobs, raising(RateLimited("Later")), clock=clock)
    assert (job.state, job.run_at, job.reason) == (
        "parked",
        clock.now + 3600,
        "spotify.rate_limited",
    )
    assert job.attempts == 0


def test_a_task_can_park_its_job_until_something_happens(jobs: Jobs) -> None:
    job = work(jobs, raising(JobParked("Log in again", reason="spotify.reconnect")))
    assert (job.state, job.reason) == ("parked", "spotify.reconnect")
    assert jobs.unpark(None, reason="spotify.reconnect") == 1
    assert Worker(jobs, {"k": lambda context: {"ok": True}}).run_once()
    assert jobs.get(job.id, None).state == "done"


def test_what_happened_on_the_way_to_being_parked_is_not_waited_for_again(jobs: Jobs) -> None:
    seen: list[str] = []
    asked = jobs.enqueue("k", {}, user_id=None)

    def already() -> bool:
        seen.append(jobs.get(asked.id, None).state)
        return True

    parked = raising(JobParked("Log in again", reason="spotify.reconnect", happened=already))
    assert Worker(jobs, {"k": parked}).run_once()
    # It is asked when nobody can miss it any more: what happens from here on finds the job parked.
    assert seen == ["parked"]
    assert jobs.get(asked.id, None).state == "queued"


@pytest.mark.parametrize(
    "error", [RuntimeError("x"), StoreUnavailable("x"), MemoryError(), SystemExit(3)]
)
def test_an_unforeseen_error_is_tried_again_and_then_a_failure(
    jobs: Jobs, clock: SteppingClock, error: BaseException
) -> None:
    job = work(jobs, raising(error), clock=clock, max_attempts=2)
    assert (job.state, job.run_at) == ("queued", clock.now + 1)
    clock.advance(1)
    assert Worker(jobs, {"k": raising(error)}, clock=clock).run_once()
    job = jobs.get(job.id, None)
    assert job.state == "failed"
    assert job.error is not None
    assert job.error["code"] in ("jobs.crashed", "store.unavailable")


def test_a_result_that_is_no_plain_data_is_a_failure_not_a_dead_worker(jobs: Jobs) -> None:
    job = work(jobs, lambda context: {"x": object()}, max_attempts=1)
    assert job.state == "failed"
    assert job.error is not None
    assert job.error["code"] == "store.value"


def test_a_task_that_ends_its_job_itself_is_left_alone(jobs: Jobs) -> None:
    def task(context: JobContext) -> dict[str, Any]:
        with context.completing({"by": "itself"}):
            pass
        return {"by": "return"}

    job = work(jobs, task)
    assert (job.state, job.result) == ("done", {"by": "itself"})


def test_an_error_after_the_end_does_not_undo_it(jobs: Jobs) -> None:
    def task(context: JobContext) -> None:
        with context.completing({"by": "itself"}):
            pass
        raise RuntimeError

    assert work(jobs, task).state == "done"


def test_a_cancelled_task_is_told_and_its_result_does_not_count(jobs: Jobs) -> None:
    def task(context: JobContext) -> dict[str, Any]:
        jobs.cancel(context.job.id, None)
        eventually(context.should_stop)
        return {"too": "late"}

    job = work(jobs, task, heartbeat=0.05)
    assert (job.state, job.result) == ("cancelled", None)


@pytest.mark.parametrize("how", ["check", "own error"])
def test_a_task_may_leave_a_cancelled_job_with_any_error(jobs: Jobs, how: str) -> None:
    def task(context: JobContext) -> None:
        jobs.cancel(context.job.id, None)
        eventually(context.should_stop)
        if how == "check":
            context.check()
        raise Refused("stopped")

    assert work(jobs, task, heartbeat=0.05).state == "cancelled"


def test_a_task_of_a_lost_job_is_told_and_writes_nothing(engine: Engine) -> None:
    time_there = SteppingClock(1.0)
    jobs, thief = Jobs(engine, lease=60), Jobs(engine, lease=5, monotonic=time_there)

    def task(context: JobContext) -> dict[str, Any]:
        thief.reclaim(at_once=True)
        time_there.advance(5)
        assert thief.claim("thief") is not None
        eventually(context.should_stop)
        return {"by": "the first"}

    job = work(jobs, task, heartbeat=0.2)
    assert (job.state, job.worker, job.result) == ("running", "thief", None)


def test_a_task_that_hangs_is_given_up(jobs: Jobs) -> None:
    release = threading.Event()
    job = work(
        jobs, lambda context: release.wait(30) and None, longest=0.2, grace=0.2, heartbeat=0.1
    )
    release.set()
    assert job.state == "failed"
    assert job.error is not None
    assert job.error["code"] == "jobs.overdue"


def test_a_task_that_takes_too_long_but_stops_when_told_fails_as_overdue(jobs: Jobs) -> None:
    def task(context: JobContext) -> None:
        eventually(context.should_stop)
        context.check()

    job = work(jobs, task, longest=0.2)
    assert job.error is not None
    assert job.error["code"] == "jobs.overdue"


class TestStopping:
    @pytest.fixture
    def running(self, jobs: Jobs) -> Iterator[Callable[..., tuple[Worker, threading.Thread]]]:
        threads: list[threading.Thread] = []

        def start(
            task: Callable[[JobContext], Any], **more: Any
        ) -> tuple[Worker, threading.Thread]:
            worker = Worker(jobs, {"k": task}, **more)
            thread = threading.Thread(target=worker.run)
            thread.start()
            threads.append(thread)
            return worker, thread

        yield start
        for thread in threads:
            thread.join(10)
            assert not thread.is_alive()

    def test_an_idle_worker_ends_at_once(self, jobs: Jobs, running: Any) -> None:
        worker, thread = running(lambda context: None)
        time.sleep(0.2)
        begun = time.monotonic()
        worker.stop()
        thread.join()
        assert time.monotonic() - begun < 0.5

    def test_a_task_that_listens_hands_its_job_back(self, jobs: Jobs, running: Any) -> None:
        made = jobs.enqueue("k", {}, user_id=None)
        begun = threading.Event()

        def task(context: JobContext) -> None:
            begun.set()
            while context.progress("s"):
                time.sleep(0.01)
            context.check()

        worker, thread = running(task)
        begun.wait(5)
        worker.stop()
        thread.join(5)
        job = jobs.get(made.id, None)
        assert (job.state, job.attempts, job.error) == ("queued", 0, None)

    def test_a_task_that_is_nearly_done_may_finish(self, jobs: Jobs, running: Any) -> None:
        made = jobs.enqueue("k", {}, user_id=None)
        begun = threading.Event()

        def task(context: JobContext) -> dict[str, Any]:
            begun.set()
            time.sleep(0.4)
            return {"done": True}

        worker, thread = running(task)
        begun.wait(5)
        worker.stop()
        thread.join(5)
        assert jobs.get(made.id, None).result == {"done": True}

    def test_a_task_that_does_not_listen_loses_its_job(self, jobs: Jobs, running: Any) -> None:
        made = jobs.enqueue("k", {}, user_id=None)
        begun, release = threading.Event(), threading.Event()
        after: list[BaseException] = []

        def task(context: JobContext) -> None:
            begun.set()
            release.wait(10)
            try:
                with context.completing({}):
                    pass
            except HooklistError as error:
                after.append(error)

        worker, thread = running(task, grace=0.3)
        begun.wait(5)
        asked = time.monotonic()
        worker.stop()
        thread.join(5)
        assert time.monotonic() - asked < 2
        assert jobs.get(made.id, None).state == "queued"
        release.set()
        eventually(lambda: after)
        assert after[0].code == "jobs.lost"  # type: ignore[attr-defined]

    def test_it_waits_for_a_database_that_fails(
        self, jobs: Jobs, running: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        real, fails = jobs.claim, [True]

        def claim(*arguments: Any) -> Job | None:
            if fails[0]:
                raise StoreUnavailable("gone")
            return real(*arguments)

        monkeypatch.setattr(jobs, "claim", claim)
        made = jobs.enqueue("k", {}, user_id=None)
        worker, thread = running(lambda context: None, poll=(0.01, 0.05))
        time.sleep(0.2)
        assert thread.is_alive()
        fails[0] = False
        eventually(lambda: jobs.get(made.id, None).state == "done")
        worker.stop()

    def test_chores_are_done_while_idle_and_may_fail(
        self, jobs: Jobs, running: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        done: list[str] = []

        def bad() -> None:
            done.append("bad")
            raise RuntimeError

        monkeypatch.setattr("webapp.jobs.worker.MINUTE", 0.0)
        worker, _ = running(lambda context: None, chores=[bad, lambda: done.append("good")])
        eventually(lambda: len(done) >= 2)
        time.sleep(0.3)
        worker.stop()
        assert done == ["bad", "good"]

    def test_chores_are_done_by_a_worker_that_is_never_idle(
        self, jobs: Jobs, running: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        done: list[str] = []
        monkeypatch.setattr("webapp.jobs.worker.MINUTE", 0.0)
        monkeypatch.setattr("webapp.jobs.worker.LONGEST_UNTIDIED", 0.0)

        def never_ends(context: Any) -> None:
            if not done:
                jobs.enqueue("k", {}, user_id=None)

        jobs.enqueue("k", {}, user_id=None)
        worker, _ = running(never_ends, chores=[lambda: done.append("done")])
        eventually(lambda: bool(done))
        worker.stop()


@pytest.mark.parametrize("server", ["process", "valkey"])
def test_a_sleeping_worker_is_woken_by_a_new_job(
    engine: Engine, server: str, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue("valkey").url if server == "valkey" else ""
    ephemeral = open_ephemeral(url)
    jobs = Jobs(engine, wakeup=ephemeral.wakeup("jobs"))
    worker = Worker(
        jobs,
        {"k": lambda context: None},
        wakeup=ephemeral.wakeup("jobs"),
        poll=(1.5, 1.5),
    )
    thread = threading.Thread(target=worker.run)
    thread.start()
    time.sleep(0.4)
    begun = time.monotonic()
    made = jobs.enqueue("k", {}, user_id=None)
    eventually(lambda: jobs.get(made.id, None).state == "done")
    assert time.monotonic() - begun < 0.8
    worker.stop()
    thread.join(5)
    assert not thread.is_alive()
    ephemeral.close()


def test_jobs_go_on_while_the_cache_server_dies(sqlite_url: str, valkey: ValkeyServer) -> None:
    engine = open_engine(sqlite_url)
    ephemeral = open_ephemeral(valkey.url)
    jobs = Jobs(engine, wakeup=ephemeral.wakeup("jobs"))
    worker = Worker(
        jobs, {"k": lambda context: None}, wakeup=ephemeral.wakeup("jobs"), poll=(0.1, 0.2)
    )
    thread = threading.Thread(target=worker.run)
    thread.start()
    for number in range(30):
        jobs.enqueue("k", {"n": number}, user_id=None)
        if number == 10:
            valkey.kill()
    eventually(lambda: jobs.counts() == {"done": 30}, 10)
    worker.stop()
    thread.join(5)
    assert not thread.is_alive()
    ephemeral.close()
    engine.dispose()


TERMINATED = """
import sys, time
from webapp.jobs import Jobs, Worker
from webapp.store import open_engine

def task(context):
    print("begun", flush=True)
    while context.progress("s"):
        time.sleep(0.01)
    context.check()

worker = Worker(Jobs(open_engine(sys.argv[1], connections=2)), {"k": task})
worker.stop_on_signals()
worker.run()
print("ended", flush=True)
"""


def test_a_terminated_worker_process_hands_its_job_back_and_ends(sqlite_url: str) -> None:
    engine = open_engine(sqlite_url)
    jobs = Jobs(engine)
    made = jobs.enqueue("k", {}, user_id=None)
    process = subprocess.Popen(
        [sys.executable, "-c", TERMINATED, sqlite_url],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    begun = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0
    assert time.monotonic() - begun < 5
    assert process.stdout.read() == "ended\n"
    assert (jobs.get(made.id, None).state, jobs.get(made.id, None).attempts) == ("queued", 0)
    engine.dispose()


def test_check_tells_why(jobs: Jobs) -> None:
    jobs.enqueue("k", {}, user_id=None)
    job = jobs.claim("w")
    assert job is not None
    context = JobContext(jobs, job)
    context.check()
    context.interrupt()
    with pytest.raises(JobInterrupted):
        context.check()
