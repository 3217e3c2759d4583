"""Requests take turns at computing; who waits for somebody else gives the turn away."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from webapp.request_turns import Turns, aside

PATIENCE = 20.0


def nothing(*_: Any) -> None:
    """Stand for what a server gives an application to begin an answer with."""


class Visits:
    """An application that tells who is in it, and lets nobody go before it is told to."""

    def __init__(self) -> None:
        self.inside: list[str] = []
        self.leave: dict[str, threading.Event] = {}
        self.came = threading.Condition()

    def __call__(self, environ: dict[str, Any], _start: Callable[..., Any]) -> Iterable[bytes]:
        name = environ["name"]
        with self.came:
            self.inside.append(name)
            self.came.notify_all()
        if environ.get("aside"):
            with aside(), aside():
                assert self.leave[name].wait(PATIENCE)
        else:
            assert self.leave[name].wait(PATIENCE)
        if environ.get("fails"):
            raise ValueError("it failed")
        return [b"done"]

    def wait_for(self, *names: str) -> None:
        with self.came:
            assert self.came.wait_for(lambda: set(names) <= set(self.inside), PATIENCE), self.inside


@contextmanager
def visiting(turns: Turns, visits: Visits) -> Iterator[Callable[..., None]]:
    threads: list[threading.Thread] = []

    def visit(name: str, **more: Any) -> None:
        def answer() -> None:
            try:
                turns({"name": name, **more}, nothing)
            except ValueError:
                return

        visits.leave[name] = threading.Event()
        threads.append(threading.Thread(target=answer))
        threads[-1].start()

    yield visit
    for leave in visits.leave.values():
        leave.set()
    for thread in threads:
        thread.join(PATIENCE)
        assert not thread.is_alive()


def test_so_many_compute_at_a_time_and_the_next_comes_when_one_has_ended() -> None:
    visits = Visits()
    with visiting(Turns(visits, at_once=2, patience=PATIENCE), visits) as visit:
        visit("first")
        visit("second", fails=True)
        visits.wait_for("first", "second")
        visit("third")
        visit("fourth")
        assert visits.inside[2:] == []
        # Also a failure gives its turn back.
        visits.leave["second"].set()
        visits.wait_for("third")
        assert "fourth" not in visits.inside
        visits.leave["first"].set()
        visits.wait_for("fourth")


def test_who_waits_for_somebody_else_lets_others_go_first() -> None:
    visits = Visits()
    with visiting(Turns(visits, at_once=1, patience=PATIENCE), visits) as visit:
        visit("asks Spotify", aside=True)
        visits.wait_for("asks Spotify")
        visit("reads")
        visits.wait_for("reads")
        visit("reads later")
        # Back from there, it waits for its turn as everybody does: one place is one place.
        visits.leave["asks Spotify"].set()
        visits.leave["reads"].set()
        visits.wait_for("reads later")


def test_nobody_waits_longer_than_patience_lasts() -> None:
    visits = Visits()
    with visiting(Turns(visits, at_once=1, patience=0.05), visits) as visit:
        visit("takes long")
        visits.wait_for("takes long")
        visit("comes anyway")
        visits.wait_for("comes anyway")
        # Who came anyway had no turn to give back: there is still one place, not two.
        visits.leave["comes anyway"].set()


def test_outside_of_a_request_there_is_no_turn_to_give_away() -> None:
    with aside():
        pass
