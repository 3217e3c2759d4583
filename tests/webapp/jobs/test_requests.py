from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine

from tests.webapp.store.servers import SteppingClock
from webapp.jobs import Job, JobKeyReused, Jobs, JobUnknown, Limits, TooManyJobs
from webapp.store import User, Users, writing
from webapp.store.clock import DAY
from webapp.store.errors import StoreConflict, ValueUnstorable


class Bell:
    """Counts how often it was rung."""

    def __init__(self) -> None:
        self.rung = 0

    def wake(self) -> None:
        self.rung += 1

    def wait(self, seconds: float) -> bool:
        return False


def test_a_job_is_there_as_soon_as_it_is_asked_for(
    engine: Engine, clock: SteppingClock, ada: User
) -> None:
    bell = Bell()
    jobs = Jobs(engine, clock, wakeup=bell)
    job = jobs.enqueue("generate", {"seeds": ["a"]}, user_id=ada.id)
    assert (job.state, job.attempts, job.payload) == ("queued", 0, {"seeds": ["a"]})
    assert job.created_at == clock.now
    assert Jobs(engine).get(job.id, ada.id) == job
    assert bell.rung == 1
    assert jobs.counts() == {"queued": 1}


def test_only_its_user_can_reach_it(engine: Engine, ada: User, bob: User) -> None:
    jobs = Jobs(engine)
    job = jobs.enqueue("k", {}, user_id=ada.id, key="same")
    for reach in (jobs.get, jobs.cancel, jobs.retry):
        for other in (bob.id, None):
            with pytest.raises(JobUnknown):
                reach(job.id, other)
    assert jobs.list(bob.id) == ()
    assert jobs.find("same", bob.id) is None
    assert jobs.unpark(bob.id, job_id=job.id) == 0
    assert jobs.get(job.id, ada.id) == job


def test_the_same_key_gives_the_same_job_however_often_and_late(
    engine: Engine, ada: User, bob: User
) -> None:
    jobs = Jobs(engine)
    with ThreadPoolExecutor(8) as pool:
        asked = list(
            pool.map(lambda n: jobs.enqueue("k", {"n": n}, user_id=ada.id, key="x"), range(20))
        )
    assert len({job.id for job in asked}) == 1
    taken = jobs.claim("w")
    assert taken is not None
    jobs.finish(taken, {"answer": 42})
    again = jobs.enqueue("k", {}, user_id=ada.id, key="x")
    assert (again.id, again.state, again.result) == (taken.id, "done", {"answer": 42})
    assert jobs.enqueue("k", {}, user_id=bob.id, key="x").id != taken.id
    assert jobs.find("x", ada.id) == again


def test_a_key_of_another_kind_of_job_is_refused(engine: Engine, ada: User) -> None:
    jobs = Jobs(engine)
    jobs.enqueue("generate", {}, user_id=ada.id, key="x")
    with pytest.raises(JobKeyReused, match="used for generate"):
        jobs.enqueue("save", {}, user_id=ada.id, key="x")


def test_the_systems_own_keys_work_too(engine: Engine) -> None:
    jobs = Jobs(engine)
    with ThreadPoolExecutor(8) as pool:
        asked = list(pool.map(lambda _: jobs.enqueue("k", {}, user_id=None, key="x"), range(16)))
    assert len({job.id for job in asked}) == 1


def test_a_user_may_have_three_waiting_and_is_told_when_to_ask_again(
    engine: Engine, ada: User, bob: User
) -> None:
    jobs = Jobs(engine)
    refusals: list[TooManyJobs] = []

    def ask(number: int) -> bool:
        try:
            jobs.enqueue("k", {"n": number}, user_id=ada.id)
        except TooManyJobs as refused:
            refusals.append(refused)
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(ask, range(20))) == 3
    # One begins to run: there is room for another.
    assert jobs.claim("w") is not None
    assert ask(20)
    assert not ask(21)
    for refused in refusals:
        assert refused.code == "jobs.too_many"
        assert refused.details["retry_after"] == refused.retry_after > 0
    # Others are not concerned, nor are other lanes, nor the system.
    jobs.enqueue("k", {}, user_id=bob.id)
    jobs.enqueue("save", {}, user_id=ada.id, lane="save")
    for _ in range(5):
        jobs.enqueue("k", {}, user_id=None)


def test_asking_again_with_a_key_is_no_further_job(engine: Engine, ada: User) -> None:
    jobs = Jobs(engine, limits=Limits(queued=1))
    job = jobs.enqueue("k", {}, user_id=ada.id, key="x")
    assert jobs.enqueue("k", {}, user_id=ada.id, key="x") == job


def test_parked_jobs_are_limited_by_themselves(engine: Engine, ada: User) -> None:
    jobs = Jobs(engine, limits=Limits(queued=1, parked=2))
    for _ in range(2):
        jobs.enqueue("k", {}, user_id=ada.id)
        park(jobs)
    with pytest.raises(TooManyJobs, match="wait for Spotify"):
        jobs.enqueue("k", {}, user_id=ada.id)


def park(jobs: Jobs, reason: str = "quota") -> Job:
    job = jobs.claim("w")
    assert job is not None
    assert jobs.park(job, None, reason)
    return job


def test_a_waiting_job_is_cancelled_at_once_for_good(engine: Engine, ada: User) -> None:
    jobs = Jobs(engine)
    job = jobs.enqueue("k", {}, user_id=ada.id)
    cancelled = jobs.cancel(job.id, ada.id)
    assert (cancelled.state, cancelled.is_over) == ("cancelled", True)
    assert jobs.claim("w") is None
    assert jobs.cancel(job.id, ada.id) == cancelled


def test_a_job_that_is_done_stays_done_when_cancelled(engine: Engine, ada: User) -> None:
    jobs = Jobs(engine)
    jobs.enqueue("k", {}, user_id=ada.id)
    taken = jobs.claim("w")
    assert taken is not None
    jobs.finish(taken)
    assert jobs.cancel(taken.id, ada.id).state == "done"


def test_a_failed_job_can_be_asked_for_again(engine: Engine, ada: User) -> None:
    jobs = Jobs(engine, limits=Limits(queued=1))
    job = jobs.enqueue("k", {}, user_id=ada.id, key="x")
    taken = jobs.claim("w")
    assert taken is not None
    jobs.fail(taken, RuntimeError())
    again = jobs.retry(job.id, ada.id)
    assert (again.id, again.state, again.attempts, again.error) == (job.id, "queued", 0, None)
    assert jobs.retry(job.id, ada.id) == again
    jobs.cancel(job.id, ada.id)
    jobs.enqueue("k", {}, user_id=ada.id)
    with pytest.raises(TooManyJobs):
        jobs.retry(job.id, ada.id)


def test_unparking_lets_the_chosen_ones_run(engine: Engine, ada: User, bob: User) -> None:
    jobs = Jobs(engine)
    for user, reason in ((ada, "reconnect"), (ada, "quota"), (bob, "reconnect")):
        jobs.enqueue(f"{user.display_name}-{reason}", {}, user_id=user.id)
        park(jobs, reason)
    assert jobs.claim("w") is None
    assert jobs.unpark(ada.id, reason="reconnect") == 1
    taken = jobs.claim("w")
    assert taken is not None
    assert (taken.kind, taken.reason) == ("Ada-reconnect", None)
    assert jobs.unpark(ada.id) == 1
    assert jobs.unpark(ada.id) == 0


def test_a_follow_up_exists_if_and_only_if_its_transaction_does(engine: Engine, ada: User) -> None:
    jobs = Jobs(engine)

    def ask(then: type[Exception] | None) -> None:
        with writing(engine) as connection:
            jobs.enqueue("k", {}, user_id=ada.id, connection=connection)
            if then is not None:
                raise then

    with pytest.raises(ZeroDivisionError):
        ask(ZeroDivisionError)
    assert jobs.counts() == {}
    ask(None)
    assert jobs.counts() == {"queued": 1}


def test_old_jobs_are_removed_and_only_those_that_are_over(
    engine: Engine, clock: SteppingClock, ada: User
) -> None:
    jobs = Jobs(engine, clock)
    done = jobs.enqueue("a", {}, user_id=ada.id)
    clock.advance(1)
    waiting = jobs.enqueue("b", {}, user_id=ada.id)
    taken = jobs.claim("w")
    assert taken is not None
    jobs.finish(taken)
    clock.advance(31 * DAY)
    assert jobs.purge() == 1
    assert jobs.list(ada.id) == (waiting,)
    with pytest.raises(JobUnknown):
        jobs.get(done.id, ada.id)


def test_jobs_are_listed_newest_first_and_by_state(
    engine: Engine, clock: SteppingClock, ada: User
) -> None:
    jobs = Jobs(engine, clock)
    made = []
    for number in range(3):
        clock.advance(1)
        made.append(jobs.enqueue(str(number), {}, user_id=ada.id))
    jobs.cancel(made[1].id, ada.id)
    assert [job.kind for job in jobs.list(ada.id)] == ["2", "1", "0"]
    assert [job.kind for job in jobs.list(ada.id, states=["queued"])] == ["2", "0"]
    assert [job.kind for job in jobs.list(ada.id, limit=1)] == ["2"]


def test_a_payload_that_is_no_plain_data_is_refused(engine: Engine, ada: User) -> None:
    with pytest.raises(ValueUnstorable):
        Jobs(engine).enqueue("k", {"x": object()}, user_id=ada.id)


def test_a_job_of_a_user_who_is_gone_is_refused(engine: Engine, ada: User) -> None:
    Users(engine).delete(ada.id)
    with pytest.raises(StoreConflict):
        Jobs(engine).enqueue("k", {}, user_id=ada.id)
