from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine

from tests.webapp.store.servers import SteppingClock
from webapp.store import Login, Logins, Sessions
from webapp.store.clock import MINUTE
from webapp.store.errors import LoginStateInvalid, SessionUnknown


def test_a_state_gives_back_what_was_remembered_once(engine: Engine) -> None:
    session_id, _ = Sessions(engine).create()
    logins = Logins(engine)
    state = logins.start(session_id, verifier="verifier", next="/seeds?tab=top")
    assert logins.finish(state, session_id) == Login("verifier", "/seeds?tab=top")
    with pytest.raises(LoginStateInvalid):
        logins.finish(state, session_id)


@pytest.mark.parametrize("state", ["", "unknown", "x\x00y", "\ud800", "x" * 100_000])
def test_an_unknown_state_is_refused(engine: Engine, state: str) -> None:
    session_id, _ = Sessions(engine).create()
    with pytest.raises(LoginStateInvalid):
        Logins(engine).finish(state, session_id)


def test_a_state_of_another_browser_is_refused_and_not_used_up(engine: Engine) -> None:
    sessions, logins = Sessions(engine), Logins(engine)
    mine, _ = sessions.create()
    theirs, _ = sessions.create()
    state = logins.start(mine, verifier="v")
    with pytest.raises(LoginStateInvalid):
        logins.finish(state, theirs)
    assert logins.finish(state, mine).verifier == "v"


def test_a_state_lives_for_ten_minutes(engine: Engine, clock: SteppingClock) -> None:
    session_id, _ = Sessions(engine, clock).create()
    logins = Logins(engine, clock)
    in_time, late = (logins.start(session_id, verifier="v") for _ in range(2))
    clock.advance(10 * MINUTE - 1)
    logins.finish(in_time, session_id)
    clock.advance(1)
    with pytest.raises(LoginStateInvalid):
        logins.finish(late, session_id)


def test_of_simultaneous_callbacks_one_succeeds(engine: Engine) -> None:
    session_id, _ = Sessions(engine).create()
    logins = Logins(engine)
    state = logins.start(session_id, verifier="v")

    def finish(_: int) -> bool:
        try:
            logins.finish(state, session_id)
        except LoginStateInvalid:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(finish, range(16))) == 1


def test_many_tabs_keep_the_newest_five_logins(engine: Engine, clock: SteppingClock) -> None:
    session_id, _ = Sessions(engine, clock).create()
    logins = Logins(engine, clock)
    states = []
    for number in range(7):
        clock.advance(1)
        states.append(logins.start(session_id, verifier=str(number)))
    for state in states[:2]:
        with pytest.raises(LoginStateInvalid):
            logins.finish(state, session_id)
    assert [logins.finish(state, session_id).verifier for state in states[2:]] == list("23456")


def test_a_login_needs_a_session(engine: Engine) -> None:
    with pytest.raises(SessionUnknown):
        Logins(engine).start("none", verifier="v")


def test_the_verifier_is_not_shown_by_accident() -> None:
    assert "secret" not in repr(Login("secret", "/"))
