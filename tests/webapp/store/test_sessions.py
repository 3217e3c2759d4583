from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Engine, select

from tests.webapp.store.servers import SteppingClock
from webapp.store import Logins, Sessions, User, reading
from webapp.store.clock import DAY, HOUR
from webapp.store.errors import SessionUnknown, StoreConflict, ValueUnstorable
from webapp.store.schema import SESSION


def test_a_session_is_found_by_its_id_only(engine: Engine, ada: User) -> None:
    sessions = Sessions(engine)
    session_id, session = sessions.create(ada.id, data={"seeds": ["ü\x00"]}, label="Firefox")
    assert sessions.load(session_id) == session
    assert len(session_id) >= 43
    assert sessions.load(session.handle) is None
    assert sessions.load("") is None
    assert sessions.load("x\x00\ud800") is None


def test_the_database_does_not_hold_the_id(engine: Engine) -> None:
    session_id, _ = Sessions(engine).create()
    with reading(engine) as connection:
        row = connection.execute(select(SESSION)).one()
    assert session_id not in repr(row)


def test_rotating_keeps_the_data_and_kills_the_old_id(engine: Engine, ada: User) -> None:
    sessions = Sessions(engine)
    old, _ = sessions.create(data={"basket": [1]})
    state = Logins(engine).start(old, verifier="v")
    new, session = sessions.rotate(old, user_id=ada.id)
    assert new != old
    assert sessions.load(old) is None
    assert sessions.load(new) == session
    assert (session.user_id, session.data) == (ada.id, {"basket": [1]})
    with pytest.raises(SessionUnknown):
        sessions.rotate(old)
    # Nor does a login that was begun in the old one go on.
    with pytest.raises(Exception, match="cannot be completed"):
        Logins(engine).finish(state, new)


def test_of_simultaneous_rotations_one_succeeds(engine: Engine) -> None:
    sessions = Sessions(engine)
    old, _ = sessions.create()

    def rotate(_: int) -> str | None:
        try:
            return sessions.rotate(old)[0]
        except SessionUnknown:
            return None

    with ThreadPoolExecutor(8) as pool:
        new = [session_id for session_id in pool.map(rotate, range(8)) if session_id]
    assert len(new) == 1


def test_it_ends_after_14_days_without_use(engine: Engine, clock: SteppingClock) -> None:
    sessions = Sessions(engine, clock)
    session_id, _ = sessions.create()
    clock.advance(13 * DAY)
    assert sessions.load(session_id) is not None
    clock.advance(13 * DAY)
    assert sessions.load(session_id) is not None, "use on day 13 did not count"
    clock.advance(14 * DAY)
    assert sessions.load(session_id) is None
    with pytest.raises(SessionUnknown):
        sessions.save(session_id, {})


def test_it_ends_after_90_days_however_much_it_is_used(
    engine: Engine, clock: SteppingClock
) -> None:
    sessions = Sessions(engine, clock)
    session_id, _ = sessions.create()
    for _ in range(8):
        clock.advance(11 * DAY)
        assert sessions.load(session_id) is not None
    clock.advance(2 * DAY)
    assert sessions.load(session_id) is None


@pytest.mark.parametrize("jump", [HOUR, -HOUR])
def test_a_clock_that_jumps_an_hour_ends_no_session(
    engine: Engine, clock: SteppingClock, jump: float
) -> None:
    sessions = Sessions(engine, clock)
    session_id, _ = sessions.create()
    clock.advance(jump)
    assert sessions.load(session_id) is not None


def test_reading_often_writes_at_most_once_a_day(engine: Engine, clock: SteppingClock) -> None:
    sessions = Sessions(engine, clock)
    session_id, made = sessions.create()

    def last_seen() -> float:
        with reading(engine) as connection:
            return float(connection.execute(select(SESSION.c.last_seen)).scalar_one())

    for _ in range(23):
        clock.advance(HOUR)
        sessions.load(session_id)
    assert last_seen() == made.created_at
    clock.advance(2 * HOUR)
    sessions.load(session_id)
    assert last_seen() == clock.now


def test_changes_from_two_tabs_are_both_kept(engine: Engine) -> None:
    sessions = Sessions(engine)
    session_id, _ = sessions.create(data={"n": 0})

    def add(data: dict[str, Any]) -> dict[str, Any]:
        return {"n": data["n"] + 1}

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: sessions.change(session_id, add), range(30)))
    session = sessions.load(session_id)
    assert session is not None
    assert session.data == {"n": 30}


def test_too_much_or_too_odd_data_is_refused_and_the_old_stays(engine: Engine) -> None:
    sessions = Sessions(engine)
    session_id, _ = sessions.create(data={"a": 1})
    for bad in ({"big": "x" * 70_000}, {"odd": object()}, {"nan": float("nan")}):
        with pytest.raises(ValueUnstorable):
            sessions.save(session_id, bad)
    session = sessions.load(session_id)
    assert session is not None
    assert session.data == {"a": 1}


def test_a_user_sees_and_ends_only_their_own_sessions(
    engine: Engine, clock: SteppingClock, ada: User, bob: User
) -> None:
    sessions = Sessions(engine, clock)
    mine, _ = sessions.create(ada.id, label="first")
    clock.advance(10)
    other, newest = sessions.create(ada.id, label="second")
    his, his_session = sessions.create(bob.id)
    assert [session.label for session in sessions.list(ada.id)] == ["second", "first"]
    assert not sessions.delete_by_handle(his_session.handle, ada.id)
    assert sessions.delete_by_handle(newest.handle, ada.id)
    assert sessions.load(other) is None
    sessions.create(ada.id)
    assert sessions.delete_all_of(ada.id, keep=mine) == 1
    assert sessions.load(mine) is not None
    assert sessions.load(his) is not None


def test_logout_ends_it_and_purging_removes_what_has_ended(
    engine: Engine, clock: SteppingClock
) -> None:
    sessions = Sessions(engine, clock)
    gone, _ = sessions.create()
    assert sessions.delete(gone)
    assert not sessions.delete(gone)
    stale, _ = sessions.create()
    Logins(engine, clock).start(stale, verifier="v")
    clock.advance(15 * DAY)
    fresh, _ = sessions.create()
    assert sessions.purge() == 1
    assert sessions.load(fresh) is not None
    assert sessions.purge() == 0


def test_a_session_of_a_user_who_is_gone_is_refused(engine: Engine) -> None:
    with pytest.raises(StoreConflict):
        Sessions(engine).create("f" * 32)
