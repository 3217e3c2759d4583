"""What the operator's pages read: counts, signs of life, a census, and everybody's jobs."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine

from tests.webapp.store.servers import SteppingClock
from webapp.jobs import Jobs, Worker
from webapp.jobs.errors import JobUnknown
from webapp.jobs.overview import look_at_jobs, owner_of
from webapp.store import Sessions, Users
from webapp.store.census import take_census
from webapp.store.clock import DAY
from webapp.store.tallies import Tallies, Tally
from webapp.store.worker_signs import WorkerSigns


def test_counts_are_kept_by_day_and_for_all_processes(engine: Engine, clock: SteppingClock) -> None:
    ours, theirs = Tallies(engine, clock, every=0), Tallies(engine, clock, every=0)
    ours.add("spotify.quota")
    theirs.add("spotify.quota")
    theirs.add("login.done")
    assert ours.recent() == {
        "spotify.quota": Tally("spotify.quota", 2, clock.now),
        "login.done": Tally("login.done", 1, clock.now),
    }
    clock.advance(2 * DAY)
    assert ours.recent() == {}
    assert ours.recent(days=7)["spotify.quota"].count == 2
    clock.advance(8 * DAY)
    assert ours.purge() == 2
    assert ours.recent(days=30) == {}


def test_counting_writes_seldom_and_loses_nothing_that_is_asked_for(
    engine: Engine, clock: SteppingClock
) -> None:
    tallies = Tallies(engine, clock, every=5.0)
    for _ in range(50):
        tallies.add("spotify.timeout")
    assert Tallies(engine, clock).recent()["spotify.timeout"].count == 1
    assert tallies.recent()["spotify.timeout"].count == 50


def test_many_threads_and_processes_count_together(engine: Engine) -> None:
    several = [Tallies(engine, every=0) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda one: [one.add(name) for name in ("a", "b") * 5], several))
    assert {name: tally.count for name, tally in several[0].recent().items()} == {"a": 20, "b": 20}


def test_a_worker_gives_a_sign_while_it_is_idle_and_is_silent_after_a_minute(
    engine: Engine, clock: SteppingClock
) -> None:
    signs = WorkerSigns(engine, clock)
    worker = Worker(Jobs(engine, clock), {"later": lambda _context: None}, signs=signs.give)
    worker._sleep = lambda _seconds: worker.stop()  # type: ignore[method-assign]
    worker.run()
    (sign,) = signs.list()
    assert (sign.id, sign.kinds, sign.alive) == (worker.id, ("later",), True)
    clock.advance(61)
    assert not signs.list()[0].alive
    clock.advance(DAY)
    assert signs.list() == ()
    assert signs.purge() == 1
    signs.give("again", ["x"])
    signs.leave("again")
    assert signs.list() == ()


def test_everybodys_jobs_are_seen_without_whose_they_are(
    engine: Engine, clock: SteppingClock
) -> None:
    jobs = Jobs(engine, clock)
    user = Users(engine, clock).upsert("ada")
    first = jobs.enqueue("make", {"secret": 1}, user_id=user.id)
    clock.advance(30)
    second = jobs.enqueue("save", {}, user_id=user.id, lane="save")
    now = look_at_jobs(engine, clock)
    assert (now.counts, now.oldest_waiting) == ({"queued": 2}, first.created_at)
    worker = Worker(jobs, {"make": _crash}, clock=clock)
    for _ in range(3):
        worker.run_once()
        clock.advance(60)
    now = look_at_jobs(engine, clock)
    (failed,) = now.failed
    assert (failed.id, failed.code, now.failed_today) == (
        first.id,
        "jobs.crashed",
        {failed.code: 1},
    )
    assert user.id not in repr(now)
    assert now.oldest_waiting == second.created_at
    assert owner_of(engine, first.id) == user.id
    with pytest.raises(JobUnknown):
        owner_of(engine, "f" * 32)
    clock.advance(DAY)
    assert look_at_jobs(engine, clock).failed == ()


def _crash(_context: object) -> None:
    raise RuntimeError("as tests do")


def test_the_census_counts_and_names_nobody(engine: Engine, clock: SteppingClock) -> None:
    users, sessions = Users(engine, clock), Sessions(engine, clock)
    ada = users.upsert("ada")
    users.upsert("bob")
    sessions.create(ada.id)
    sessions.create()
    clock.advance(2 * DAY)
    users.upsert("ada")
    census = take_census(engine, clock)
    assert (census.users, census.users_today, census.connected) == (2, 1, 0)
    assert (census.sessions, census.sessions_logged_in, census.playlists) == (2, 1, 0)
    clock.advance(20 * DAY)
    assert take_census(engine, clock).sessions == 0
