from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import pytest
from sqlalchemy import Engine, event, text

from tests.webapp.store.servers import SteppingClock
from webapp.jobs import Job, JobCancelled, JobLost, Jobs
from webapp.store import User, Users, open_engine, writing
from webapp.store.clock import DAY, HOUR
from webapp.store.errors import StoreBusy

LEASE = 10.0


@pytest.fixture
def jobs(engine: Engine, clock: SteppingClock, monotonic: SteppingClock) -> Jobs:
    return Jobs(engine, clock, lease=LEASE, monotonic=monotonic)


@pytest.fixture
def elsewhere(engine: Engine, clock: SteppingClock) -> tuple[Jobs, SteppingClock]:
    """Return the table as another process sees it, with a monotonic clock of its own."""
    monotonic = SteppingClock(77_000.0)
    return Jobs(engine, clock, lease=LEASE, monotonic=monotonic), monotonic


Elsewhere = tuple[Jobs, SteppingClock]


def take(jobs: Jobs, worker: str = "w") -> Job:
    job = jobs.claim(worker)
    assert job is not None
    return job


def test_the_oldest_is_taken_first_and_once(jobs: Jobs, clock: SteppingClock) -> None:
    for number in range(3):
        jobs.enqueue(str(number), {}, user_id=None)
        clock.advance(1)
    assert [take(jobs).kind for _ in range(3)] == ["0", "1", "2"]
    assert jobs.claim("w") is None


def test_a_taken_job_tells_who_has_it(jobs: Jobs, clock: SteppingClock) -> None:
    made = jobs.enqueue("k", {"a": 1}, user_id=None)
    clock.advance(5)
    job = take(jobs, "worker-1")
    assert (job.state, job.worker, job.attempts, job.fence) == ("running", "worker-1", 1, 1)
    assert (job.started_at, job.payload) == (made.created_at + 5, {"a": 1})


def test_a_worker_takes_only_what_it_can_do(jobs: Jobs) -> None:
    jobs.enqueue("trailer", {}, user_id=None)
    assert jobs.claim("w", ["generate", "save"]) is None
    assert jobs.claim("w", []) is None
    assert jobs.claim("w", ["trailer"]) is not None


def test_threads_that_claim_at_once_never_get_the_same(engine: Engine) -> None:
    tables = [Jobs(engine) for _ in range(4)]
    for number in range(60):
        tables[0].enqueue(str(number), {}, user_id=None)
    taken: list[str] = []

    def work(number: int) -> None:
        while (job := tables[number % 4].claim(f"w{number}")) is not None:
            taken.append(job.id)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    assert len(taken) == len(set(taken)) == 60


def test_one_job_of_a_user_runs_at_a_time_whoever_claims(
    engine: Engine, ada: User, bob: User
) -> None:
    tables = [Jobs(engine) for _ in range(4)]
    for _ in range(3):
        tables[0].enqueue("a", {}, user_id=ada.id)
    tables[0].enqueue("b", {}, user_id=bob.id)
    with ThreadPoolExecutor(8) as pool:
        taken = [job for job in pool.map(lambda n: tables[n % 4].claim(f"w{n}"), range(16)) if job]
    assert sorted(job.kind for job in taken) == ["a", "b"]
    # Another lane of hers runs beside it, and her next one once the first is over.
    tables[0].enqueue("save", {}, user_id=ada.id, lane="save")
    assert take(tables[1]).kind == "save"
    assert tables[1].claim("w") is None
    tables[0].finish(next(job for job in taken if job.kind == "a"))
    assert take(tables[1]).kind == "a"


def test_a_job_for_later_waits_until_then(jobs: Jobs, clock: SteppingClock) -> None:
    jobs.enqueue("k", {}, user_id=None, run_at=clock.now + 60)
    assert jobs.claim("w") is None
    clock.advance(60)
    assert jobs.claim("w") is not None


def test_a_clock_that_goes_back_holds_no_job_up(jobs: Jobs, clock: SteppingClock) -> None:
    jobs.enqueue("now", {}, user_id=None)
    jobs.enqueue("soon", {}, user_id=None, run_at=clock.now + 2)
    clock.advance(-HOUR)
    assert {take(jobs).kind, take(jobs).kind} == {"now", "soon"}


def test_a_job_that_stands_still_for_a_lease_is_taken_over(
    jobs: Jobs, elsewhere: Elsewhere
) -> None:
    other, time_there = elsewhere
    jobs.enqueue("k", {}, user_id=None)
    first = take(jobs, "first")
    assert other.claim("second") is None
    assert other.seconds_to_reclaim() == LEASE
    time_there.advance(LEASE - 0.01)
    assert other.claim("second") is None
    time_there.advance(0.6)
    second = take(other, "second")
    assert (second.id, second.attempts, second.fence) == (first.id, 2, 2)


def test_a_sign_of_life_keeps_it(jobs: Jobs, elsewhere: Elsewhere) -> None:
    other, time_there = elsewhere
    jobs.enqueue("k", {}, user_id=None)
    job = take(jobs)
    for step in range(5):
        assert other.claim("second") is None
        time_there.advance(LEASE - 1)
        assert jobs.heartbeat(job) if step % 2 else jobs.progress(job, "s", step, 9)
    assert other.claim("second") is None


@pytest.mark.parametrize("jump", [HOUR, -HOUR, 400 * DAY])
def test_a_jump_of_the_wall_clock_takes_a_job_from_nobody(
    jobs: Jobs, elsewhere: Elsewhere, clock: SteppingClock, jump: float
) -> None:
    other, time_there = elsewhere
    jobs.enqueue("k", {}, user_id=None)
    job = take(jobs)
    assert other.claim("second") is None
    clock.advance(jump)
    time_there.advance(3)
    assert other.claim("second") is None
    assert jobs.heartbeat(job)
    clock.advance(-jump)
    time_there.advance(LEASE - 1)
    assert other.claim("second") is None
    jobs.finish(job, {})
    assert other.get(job.id, None).attempts == 1


def test_what_a_stale_worker_does_no_longer_counts(jobs: Jobs, elsewhere: Elsewhere) -> None:
    other, time_there = elsewhere
    jobs.enqueue("k", {}, user_id=None)
    stale = take(jobs, "first")
    other.reclaim()
    time_there.advance(LEASE)
    current = take(other, "second")
    assert not jobs.heartbeat(stale)
    assert not jobs.progress(stale, "s", 1, 2)
    assert not jobs.fail(stale, RuntimeError())
    assert not jobs.park(stale, None, "quota")
    assert not jobs.release(stale)
    assert not jobs.acknowledge_cancel(stale)
    with pytest.raises(JobLost):
        jobs.finish(stale, {"by": "first"})
    other.finish(current, {"by": "second"})
    with pytest.raises(JobLost):
        jobs.finish(stale, {"by": "first"})
    assert jobs.get(stale.id, None).result == {"by": "second"}


def test_two_lookers_take_a_dead_workers_job_once(jobs: Jobs, engine: Engine) -> None:
    times = [SteppingClock(1.0), SteppingClock(1.0)]
    lookers = [Jobs(engine, lease=LEASE, monotonic=time) for time in times]
    jobs.enqueue("k", {}, user_id=None)
    take(jobs)
    for looker, time in zip(lookers, times, strict=True):
        looker.reclaim(at_once=True)
        time.advance(LEASE)
    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(lambda looker: looker.reclaim(at_once=True), lookers)) == 1


def test_a_job_whose_workers_all_die_fails_in_the_end(jobs: Jobs, monotonic: SteppingClock) -> None:
    made = jobs.enqueue("k", {}, user_id=None, max_attempts=2)
    for _ in range(2):
        take(jobs)
        jobs.reclaim(at_once=True)
        monotonic.advance(LEASE)
    assert jobs.claim("w") is None
    job = jobs.get(made.id, None)
    assert (job.state, job.attempts) == ("failed", 2)
    assert job.error is not None
    assert job.error["code"] == "jobs.abandoned"
    assert job.error["next_step"]


def test_a_worker_that_could_not_write_because_of_a_lock_keeps_its_job(
    sqlite_url: str, monotonic: SteppingClock
) -> None:
    engine = open_engine(sqlite_url)
    looker, worker = Jobs(engine, lease=LEASE, monotonic=monotonic), Jobs(engine)
    worker.enqueue("k", {}, user_id=None)
    job = take(worker)
    looker.reclaim(at_once=True)
    taken_back: list[int] = []
    with closing(sqlite3.connect(str(engine.url.database), isolation_level=None)) as somebody:
        somebody.execute("BEGIN IMMEDIATE")
        monotonic.advance(LEASE)
        thread = threading.Thread(target=lambda: taken_back.append(looker.reclaim(at_once=True)))
        thread.start()
        thread.join(0.3)
        assert thread.is_alive(), "it should wait for the lock"
        monotonic.advance(2)
        somebody.execute("COMMIT")
        thread.join()
    assert taken_back == [0]
    assert worker.heartbeat(job)
    engine.dispose()


class TestEnding:
    def test_a_result_is_kept(self, jobs: Jobs, clock: SteppingClock) -> None:
        made = jobs.enqueue("k", {}, user_id=None)
        job = take(jobs)
        clock.advance(7)
        jobs.finish(job, {"playlist": "p"})
        ended = jobs.get(made.id, None)
        assert (ended.state, ended.result, ended.error) == ("done", {"playlist": "p"}, None)
        assert ended.finished_at == clock.now

    def test_effects_and_end_are_written_together_or_not_at_all(
        self, jobs: Jobs, engine: Engine
    ) -> None:
        made = jobs.enqueue("k", {}, user_id=None)
        job = take(jobs)
        users = Users(engine)

        def complete(fails: bool) -> None:
            result: dict[str, object] = {}
            with jobs.completing(job, result) as connection:
                connection.execute(
                    text(
                        'INSERT INTO "user" (id, spotify_account_id, display_name, created_at,'
                        " last_seen) VALUES ('effect', 'x', '', 1, 1)"
                    )
                )
                jobs.enqueue("next", {}, user_id=None, connection=connection)
                result["filled"] = "inside"
                if fails:
                    raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            complete(fails=True)
        assert users.get("effect") is None
        assert jobs.counts() == {"running": 1}
        complete(fails=False)
        assert users.get("effect") is not None
        assert jobs.get(made.id, None).result == {"filled": "inside"}
        assert jobs.counts() == {"done": 1, "queued": 1}

    def test_a_stale_workers_effect_does_not_happen(
        self, jobs: Jobs, elsewhere: Elsewhere, engine: Engine
    ) -> None:
        other, time_there = elsewhere
        jobs.enqueue("k", {}, user_id=None)
        stale = take(jobs)
        other.reclaim()
        time_there.advance(LEASE)
        take(other)
        entered = False

        def complete() -> None:
            nonlocal entered
            with jobs.completing(stale):
                entered = True

        with pytest.raises(JobLost):
            complete()
        assert not entered

    def test_a_failure_is_told_with_code_and_reason(self, jobs: Jobs) -> None:
        made = jobs.enqueue("k", {}, user_id=None)
        refused = StoreBusy("No", which="w", why="y", next_step="n", kept="k", details={"a": 1})
        assert jobs.fail(take(jobs), refused)
        assert jobs.get(made.id, None).error == {
            "code": "store.busy",
            "what": "No",
            "which": "w",
            "why": "y",
            "next_step": "n",
            "kept": "k",
            "details": {"a": 1},
        }

    def test_an_unforeseen_errors_text_is_not_shown(self, jobs: Jobs) -> None:
        made = jobs.enqueue("k", {}, user_id=None)
        jobs.fail(take(jobs), RuntimeError("token=secret"))
        error = jobs.get(made.id, None).error
        assert error is not None
        assert error["code"] == "jobs.crashed"
        assert "secret" not in str(error)

    def test_odd_details_do_not_hinder_the_failure(self, jobs: Jobs) -> None:
        made = jobs.enqueue("k", {}, user_id=None)
        jobs.fail(take(jobs), StoreBusy("No", details={"x": object(), "y": float("nan")}))
        error = jobs.get(made.id, None).error
        assert error is not None
        assert error["details"] == {}

    def test_it_is_tried_again_while_attempts_are_left(
        self, jobs: Jobs, clock: SteppingClock
    ) -> None:
        made = jobs.enqueue("k", {}, user_id=None, max_attempts=2)
        assert jobs.fail(take(jobs), RuntimeError(), retry_at=clock.now + 4)
        assert jobs.get(made.id, None).state == "queued"
        assert jobs.claim("w") is None
        clock.advance(4)
        assert jobs.fail(take(jobs), RuntimeError(), retry_at=clock.now + 4)
        assert jobs.get(made.id, None).state == "failed"

    def test_a_parked_job_frees_its_user_and_worker_and_costs_no_attempt(
        self, jobs: Jobs, clock: SteppingClock, ada: User
    ) -> None:
        made = jobs.enqueue("first", {}, user_id=ada.id)
        clock.advance(1)
        jobs.enqueue("second", {}, user_id=ada.id)
        assert jobs.park(take(jobs), clock.now + 86_400, "spotify.quota", StoreBusy("Later"))
        parked = jobs.get(made.id, ada.id)
        assert (parked.state, parked.reason, parked.attempts) == ("parked", "spotify.quota", 0)
        assert parked.error is not None
        assert parked.run_at == clock.now + 86_400
        second = take(jobs)
        assert second.kind == "second"
        clock.advance(86_400)
        assert jobs.claim("w") is None, "her second one still runs"
        jobs.finish(second)
        assert take(jobs).id == made.id

    def test_a_job_waits_for_seven_days_at_most(self, jobs: Jobs, clock: SteppingClock) -> None:
        made = jobs.enqueue("k", {}, user_id=None)
        for _ in range(4):
            assert jobs.park(take(jobs), clock.now + 2 * DAY, "quota")
            clock.advance(2 * DAY)
            if jobs.get(made.id, None).is_over:
                break
        job = jobs.get(made.id, None)
        assert job.state == "failed"
        assert job.error is not None
        assert job.error["code"] == "jobs.expired"
        assert clock.now == made.created_at + 8 * DAY

    def test_one_that_waits_for_an_event_gets_its_last_chance_after_seven_days(
        self, jobs: Jobs, clock: SteppingClock
    ) -> None:
        made = jobs.enqueue("k", {}, user_id=None)
        jobs.park(take(jobs), None, "reconnect")
        clock.advance(7 * DAY)
        jobs.park(take(jobs), None, "reconnect")
        assert jobs.get(made.id, None).state == "failed"

    def test_a_job_that_is_handed_back_runs_again_without_a_lost_attempt(self, jobs: Jobs) -> None:
        jobs.enqueue("k", {}, user_id=None, max_attempts=1)
        first = take(jobs)
        assert jobs.release(first)
        second = take(jobs)
        assert (second.attempts, second.fence) == (1, 2)
        with pytest.raises(JobLost):
            jobs.finish(first)


class TestCancelling:
    def test_a_running_job_is_told_and_cannot_take_effect(self, jobs: Jobs) -> None:
        made = jobs.enqueue("k", {}, user_id=None)
        job = take(jobs)
        asked = jobs.cancel(made.id, None)
        assert (asked.state, asked.cancel_asked) == ("running", True)
        assert not jobs.heartbeat(job)
        assert jobs.standing(job) == "cancel_asked"
        with pytest.raises(JobCancelled):
            jobs.finish(job, {})
        assert jobs.acknowledge_cancel(job)
        assert jobs.get(made.id, None).state == "cancelled"

    @pytest.mark.parametrize(
        "leave",
        [
            lambda jobs, job: jobs.park(job, None, "quota"),
            lambda jobs, job: jobs.release(job),
            lambda jobs, job: jobs.fail(job, RuntimeError(), retry_at=0.0),
        ],
        ids=["parked", "released", "to be retried"],
    )
    def test_it_does_not_wait_again_once_it_is_to_be_cancelled(
        self, jobs: Jobs, clock: SteppingClock, leave: Callable[[Jobs, Job], bool]
    ) -> None:
        made = jobs.enqueue("k", {}, user_id=None)
        job = take(jobs)
        jobs.cancel(made.id, None)
        assert leave(jobs, job)
        ended = jobs.get(made.id, None)
        assert (ended.state, ended.finished_at) == ("cancelled", clock.now)

    def test_if_its_worker_dies_it_is_cancelled(self, jobs: Jobs, monotonic: SteppingClock) -> None:
        made = jobs.enqueue("k", {}, user_id=None)
        take(jobs)
        jobs.cancel(made.id, None)
        jobs.reclaim(at_once=True)
        monotonic.advance(LEASE)
        assert jobs.claim("w") is None
        assert jobs.get(made.id, None).state == "cancelled"

    def test_cancelling_and_claiming_at_once_end_in_one_of_two_ways(self, engine: Engine) -> None:
        jobs = Jobs(engine)
        for _ in range(10):
            made = jobs.enqueue("k", {}, user_id=None)
            barrier = threading.Barrier(2)

            def cancel(made: Job = made, barrier: threading.Barrier = barrier) -> None:
                barrier.wait()
                jobs.cancel(made.id, None)

            thread = threading.Thread(target=cancel)
            thread.start()
            barrier.wait()
            taken = jobs.claim("w")
            thread.join()
            after = jobs.get(made.id, None)
            if taken is None:
                assert after.state == "cancelled"
            else:
                assert (after.state, after.cancel_asked) == ("running", True)
                assert jobs.acknowledge_cancel(taken)


def test_deleting_a_user_takes_a_running_job_from_its_worker(
    jobs: Jobs, engine: Engine, ada: User
) -> None:
    jobs.enqueue("k", {}, user_id=ada.id)
    job = take(jobs)
    Users(engine).delete(ada.id)
    assert not jobs.heartbeat(job)
    with pytest.raises(JobLost):
        jobs.finish(job)


def test_odd_progress_is_kept_as_far_as_possible(jobs: Jobs) -> None:
    made = jobs.enqueue("k", {}, user_id=None)
    assert jobs.progress(take(jobs), "s" * 500, 1, 3, "a\x00b\ud800" + "x" * 1000)
    job = jobs.get(made.id, None)
    assert (len(job.step), job.done, job.total) == (120, 1, 3)
    assert job.message.startswith("ab?x")


def test_an_open_transaction_does_not_hold_up_other_claims_for_long(
    engine: Engine, jobs: Jobs
) -> None:
    if engine.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    jobs.enqueue("first", {}, user_id=None)
    jobs.enqueue("second", {}, user_id=None)
    with writing(engine) as connection:
        connection.execute(text("SELECT id FROM job WHERE kind = 'first' FOR UPDATE"))
        assert take(jobs).kind == "second"


def test_a_worker_that_finds_nothing_to_do_is_in_no_writers_way(sqlite_url: str) -> None:
    engine = open_engine(sqlite_url, busy_seconds=0.1)
    jobs = Jobs(engine)
    jobs.enqueue("other", {}, user_id=None)
    with engine.begin() as writer:
        writer.exec_driver_sql("UPDATE job SET updated_at = updated_at")
        # Whoever wanted to write would be refused: the database is held.
        assert jobs.claim("w", ["a", "b"]) is None
        with pytest.raises(StoreBusy):
            jobs.claim("w", ["other"])
    engine.dispose()


def test_claiming_does_not_get_slower_with_the_length_of_the_queue(sqlite_url: str) -> None:
    engine = open_engine(sqlite_url)
    sent: list[tuple[str, Any]] = []

    @event.listens_for(engine, "before_cursor_execute")
    def _note(_c: Any, _cursor: Any, statement: str, values: Any, _x: Any, _many: bool) -> None:
        sent.append((statement, values))

    Jobs(engine).enqueue("a", {}, user_id=None)
    sent.clear()
    assert Jobs(engine).claim("w", ["a", "b"]) is not None
    ((statement, values),) = [one for one in sent if one[0].startswith("UPDATE job")]
    with engine.connect() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
    told = [row[3] for row in plan]
    assert any("ix_job_waiting" in step for step in told), told
    assert any("uq_job_running" in step for step in told), told
    assert not any("TEMP B-TREE" in step for step in told), told
    engine.dispose()
