"""A listener's own highlight is theirs alone, and goes with them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine

from tests.webapp.store.servers import SteppingClock
from webapp.store import MovedHighlights, User, Users
from webapp.store import moved_highlights as module


def test_a_move_replaces_the_last_one_and_counts_up(
    engine: Engine, ada: User, clock: SteppingClock
) -> None:
    moved = MovedHighlights(engine, clock)
    assert moved.get(ada.id, "song") is None
    first = moved.put(ada.id, "song", 10.0, 40.0)
    clock.advance(5)
    second = moved.put(ada.id, "song", 20.5, 50.5)
    assert (first.version, second.version) == (1, 2)
    assert moved.get(ada.id, "song") == second
    assert (second.start, second.end) == (20.5, 50.5)
    assert second.updated_at == first.created_at + 5
    assert moved.delete(ada.id, "song")
    assert not moved.delete(ada.id, "song")


def test_nobody_sees_or_changes_somebody_elses(engine: Engine, ada: User, bob: User) -> None:
    moved = MovedHighlights(engine)
    moved.put(ada.id, "song", 10.0, 40.0)
    assert moved.get_many(bob.id, ["song"]) == {}
    assert not moved.delete(bob.id, "song")
    moved.put(bob.id, "song", 60.0, 90.0)
    assert moved.get_many(ada.id, ["song", "other"])["song"].start == 10.0


def test_choices_tell_where_but_not_who_and_only_of_those_who_share(
    engine: Engine, ada: User, bob: User
) -> None:
    moved = MovedHighlights(engine)
    moved.put(ada.id, "song", 10.0, 40.0)
    moved.put(bob.id, "song", 60.0, 90.0)
    moved.put(bob.id, "other", 0.0, 30.0)
    assert moved.choices(["song"]) == {"song": ((10.0, 40.0), (60.0, 90.0))}
    Users(engine).share_listening(bob.id, share=False)
    assert moved.choices() == {"song": ((10.0, 40.0),)}
    found = Users(engine).get(bob.id)
    assert found is not None
    assert not found.shares_listening
    assert moved.choices([]) == {}


def test_moves_at_once_leave_one_row(engine: Engine, ada: User) -> None:
    moved = MovedHighlights(engine)
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda n: moved.put(ada.id, "song", float(n), n + 30.0), range(12)))
    kept = moved.get(ada.id, "song")
    assert kept is not None
    assert kept.version == 12


def test_a_users_oldest_go_beyond_a_bound(
    engine: Engine, ada: User, bob: User, clock: SteppingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_PER_USER", 3)
    moved = MovedHighlights(engine, clock)
    moved.put(bob.id, "k0", 0.0, 30.0)
    for number in range(5):
        clock.advance(1)
        moved.put(ada.id, f"k{number}", 0.0, 30.0)
    keys = [f"k{number}" for number in range(5)]
    assert set(moved.get_many(ada.id, keys)) == {"k2", "k3", "k4"}
    assert set(moved.get_many(bob.id, keys)) == {"k0"}
