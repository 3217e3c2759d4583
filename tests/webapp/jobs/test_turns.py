"""Users' jobs go before strangers', but not for ever."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from tests.webapp.store.servers import SteppingClock
from webapp.jobs import Jobs
from webapp.jobs.job import HEAD_START
from webapp.store import User


@pytest.fixture
def jobs(engine: Engine, clock: SteppingClock) -> Jobs:
    return Jobs(engine, clock)


def all_taken(jobs: Jobs) -> list[str]:
    """Return the kinds of the jobs in the order they are done in."""
    done = []
    while (job := jobs.claim("w")) is not None:
        done.append(job.kind)
        jobs.finish(job)
    return done


def test_a_users_job_does_not_wait_behind_strangers(
    jobs: Jobs, clock: SteppingClock, ada: User
) -> None:
    for number in range(8):
        jobs.enqueue(f"mix {number}", {}, user_id=None)
        clock.advance(1)
    clock.advance(HEAD_START - 10)
    jobs.enqueue("trailer", {}, user_id=ada.id)
    assert all_taken(jobs) == ["trailer", *(f"mix {number}" for number in range(8))]


def test_a_strangers_job_waits_for_no_users_job_that_came_long_after(
    jobs: Jobs, clock: SteppingClock, ada: User, bob: User
) -> None:
    jobs.enqueue("mix", {}, user_id=None)
    order = []
    for turn in range(40):
        # Users who never stop asking.
        jobs.enqueue(f"a{turn}", {}, user_id=ada.id)
        jobs.enqueue(f"b{turn}", {}, user_id=bob.id)
        for _ in range(2):
            job = jobs.claim("w")
            assert job is not None
            order.append(job.kind)
            jobs.finish(job)
        clock.advance(60)
    assert order.index("mix") <= 2 * (HEAD_START / 60 + 1)


def test_a_job_that_is_tried_again_stands_in_the_queue_as_a_new_one(
    jobs: Jobs, clock: SteppingClock, ada: User
) -> None:
    early = {owner: jobs.enqueue(f"early {owner}", {}, user_id=owner) for owner in (None, ada.id)}
    for owner, job in early.items():
        jobs.cancel(job.id, owner)
    clock.advance(1)
    jobs.enqueue("mix", {}, user_id=None)
    clock.advance(1)
    for owner, job in early.items():
        jobs.retry(job.id, owner)
    assert all_taken(jobs) == [f"early {ada.id}", "mix", "early None"]
