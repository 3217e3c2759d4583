"""One listens, several answer: connections are shared out evenly and none is lost."""

from __future__ import annotations

import socket
import time
from collections import Counter
from collections.abc import Callable

from tests.webapp.serving.small_servers import Fronted, ask, connect
from webapp.serving.front import Front
from webapp.serving.handed import REPORT


def eventually(check: Callable[[], object], seconds: float = 5.0) -> None:
    deadline = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.01)


def silent_server(fronted: Fronted, name: str) -> socket.socket:
    """Return the end of a server that says it is there, and then takes nothing."""
    end = fronted.end_for(name)
    end.send(REPORT.pack(0, 0))
    eventually(lambda: name in fronted.do(fronted.front.loads) and fronted.front.answers)
    return end


def test_kept_connections_are_shared_out_evenly(fronted: Fronted) -> None:
    for name in ("a", "b"):
        fronted.add(name)
    eventually(lambda: all(end.ready for end in fronted.front._ends))
    kept = [connect(fronted.port) for _ in range(40)]
    counted = Counter(ask(connection) for connection in kept)
    assert counted == {"a": 20, "b": 20}
    # Each stays with its own.
    assert Counter(ask(connection) for connection in kept) == counted
    assert fronted.front.loads() == {"a": 20, "b": 20}
    for connection in kept:
        connection.close()
    eventually(lambda: fronted.front.loads() == {"a": 0, "b": 0})


def test_whoever_has_fewer_connections_gets_the_next(fronted: Fronted) -> None:
    fronted.add("a")
    eventually(lambda: fronted.front.answers)
    kept = [connect(fronted.port) for _ in range(6)]
    assert {ask(connection) for connection in kept} == {"a"}
    fronted.add("b")
    eventually(lambda: all(end.ready for end in fronted.front._ends))
    late = [connect(fronted.port) for _ in range(4)]
    assert {ask(connection) for connection in late} == {"b"}


def test_before_there_is_a_server_connections_wait(fronted: Fronted) -> None:
    early = connect(fronted.port)
    early.request("GET", "/")
    assert not fronted.front.answers
    fronted.add("a")
    assert early.getresponse().read() == b"a"


def test_what_a_server_had_not_taken_when_it_died_goes_to_another(fronted: Fronted) -> None:
    dying = silent_server(fronted, "dying")
    early = [connect(fronted.port) for _ in range(3)]
    for connection in early:
        connection.request("GET", "/")
    eventually(lambda: fronted.front.loads() == {"dying": 3})
    fronted.add("heir")
    dying.close()
    assert [connection.getresponse().read() for connection in early] == [b"heir"] * 3
    assert fronted.front.loads() == {"heir": 3}


def test_a_server_that_does_not_take_what_it_is_given_gets_no_more(fronted: Fronted) -> None:
    stuck = silent_server(fronted, "stuck")
    kept = [connect(fronted.port)]
    eventually(lambda: fronted.front.loads() == {"stuck": 1})
    fronted.add("well")
    eventually(
        lambda: all(
            end.ready and end.slow(time.monotonic()) != (end.name == "well")
            for end in fronted.front._ends
        )
    )
    kept += [connect(fronted.port) for _ in range(10)]
    assert {ask(connection) for connection in kept[1:]} == {"well"}
    stuck.close()


def test_at_the_end_what_was_connected_before_is_answered(fronted: Fronted) -> None:
    running = fronted.add("a")
    eventually(lambda: fronted.front.answers)
    last = connect(fronted.port)
    fronted.do(fronted.front.finish)
    last.request("GET", "/")
    assert last.getresponse().read() == b"a"
    running.thread.join(5)
    assert not running.thread.is_alive(), "a server ends when its parent hands out no more"
    with socket.socket() as late:
        assert late.connect_ex(("127.0.0.1", fronted.port)) != 0


def test_a_parent_that_is_gone_ends_its_servers() -> None:
    fronted = Fronted()
    running = fronted.add("a")
    eventually(lambda: fronted.front.answers)
    fronted._over.set()
    fronted._thread.join()
    fronted.front.close()
    running.thread.join(5)
    assert not running.thread.is_alive()


def test_reports_that_come_in_pieces_are_put_together() -> None:
    front = Front([])
    end = front.new_end("a")
    report = REPORT.pack(0, 7) + REPORT.pack(0, 9)
    for start in range(0, len(report), 5):
        end.send(report[start : start + 5])
        front.turn(0.1)
    assert front.loads() == {"a": 9}
    end.close()
    front.close()
