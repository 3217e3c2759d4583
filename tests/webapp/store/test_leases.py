from __future__ import annotations

import pytest
from sqlalchemy import Engine

from tests.webapp.store.servers import SteppingClock
from webapp.store import Leases
from webapp.store.clock import HOUR
from webapp.store.errors import StoreBusy
from webapp.store.schema import LEASE


class Slept(SteppingClock):
    """A monotonic clock that moves by being slept on."""

    def sleep(self, seconds: float) -> None:
        self.advance(seconds)


def leave_behind(engine: Engine, clock: SteppingClock) -> None:
    """Leave the lease "x" as a process does that dies with it."""
    with engine.begin() as connection:
        connection.execute(LEASE.insert().values(name="x", holder="dead", taken_at=clock.now))


def test_a_dead_holders_lease_is_taken_after_one_lease(
    engine: Engine, clock: SteppingClock
) -> None:
    leave_behind(engine, clock)
    monotonic = Slept(5.0)
    leases = Leases(engine, clock, lease=2.0, monotonic=monotonic, sleep=monotonic.sleep)
    with leases.hold("x", wait=10):
        assert 2.0 <= monotonic.now - 5.0 < 2.2


def test_short_waits_add_up_until_the_dead_holder_is_known_for_dead(
    engine: Engine, clock: SteppingClock
) -> None:
    leave_behind(engine, clock)
    monotonic = Slept(5.0)
    leases = Leases(engine, clock, lease=2.0, monotonic=monotonic, sleep=monotonic.sleep)
    tries = 0
    while True:
        tries += 1
        try:
            with leases.hold("x", wait=0.5):
                break
        except StoreBusy:
            assert tries < 10
    assert tries in (4, 5)


@pytest.mark.parametrize("jump", [HOUR, -HOUR])
def test_a_jump_of_the_wall_clock_takes_a_lease_from_nobody(
    engine: Engine, clock: SteppingClock, jump: float
) -> None:
    leave_behind(engine, clock)
    clock.advance(jump)
    monotonic = Slept(5.0)
    leases = Leases(engine, clock, lease=2.0, monotonic=monotonic, sleep=monotonic.sleep)
    with pytest.raises(StoreBusy, match="not finished within 1 seconds"):
        leases.hold("x", wait=1.0).__enter__()


def test_a_lease_left_by_yesterdays_crash_costs_no_wait(
    engine: Engine, clock: SteppingClock
) -> None:
    leave_behind(engine, clock)
    clock.advance(24 * HOUR)
    monotonic = Slept(5.0)
    with Leases(engine, clock, monotonic=monotonic, sleep=monotonic.sleep).hold("x", wait=1):
        assert monotonic.now == 5.0


def test_names_do_not_hinder_each_other(engine: Engine) -> None:
    leases = Leases(engine)
    with leases.hold("a"), leases.hold("b", wait=0.2):
        pass
