"""Counts of seconds add up, whoever writes at once, and stay small."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine

from tests.webapp.store.servers import SteppingClock
from webapp.store import HeardCounts
from webapp.store.heard_counts import MOST_COUNT, MOST_SECONDS


def test_seconds_add_up_by_kind(engine: Engine, clock: SteppingClock) -> None:
    counts = HeardCounts(engine, clock)
    counts.add({"song": {"heard": [(2, 5)], "skipped": [(5, 6)]}})
    counts.add({"song": {"heard": [(4, 5)], "replayed": [(2, 4)]}, "other": {"heard": [(0, 1)]}})
    count = counts.get("song")
    assert count is not None
    assert count.heard == (0, 0, 1, 1, 2, 0)
    assert count.skipped == (0, 0, 0, 0, 0, 1)
    assert count.replayed == (0, 0, 1, 1, 0, 0)
    assert counts.totals() == {"heard": 5, "skipped": 1, "replayed": 2}
    assert [one.content_key for one in counts.each(page=1)] == ["other", "song"]


def test_writers_at_once_lose_no_count(engine: Engine) -> None:
    def write(number: int) -> None:
        # In both orders, on both keys: nobody may wait for ever, and nobody may be forgotten.
        keys = ("a", "b") if number % 2 else ("b", "a")
        HeardCounts(engine).add({key: {"heard": [(number, 30)]} for key in keys})

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(write, range(24)))
    found = HeardCounts(engine).get_many(["a", "b", "c"])
    assert set(found) == {"a", "b"}
    for count in found.values():
        assert count.heard == (*range(1, 25), 24, 24, 24, 24, 24, 24)


def test_what_lies_outside_of_three_hours_is_dropped(engine: Engine) -> None:
    counts = HeardCounts(engine)
    counts.add({"set": {"heard": [(MOST_SECONDS - 1, MOST_SECONDS + 50), (-4, 1)]}})
    count = counts.get("set")
    assert count is not None
    assert len(count.heard) == MOST_SECONDS
    assert sum(count.heard) == 2
    counts.add({"late": {"heard": [(MOST_SECONDS, MOST_SECONDS + 5)]}, "none": {"heard": []}})
    assert counts.get_many(["late", "none"]) == {}


def test_a_second_heard_very_often_halves_all_counts_of_its_track(engine: Engine) -> None:
    counts = HeardCounts(engine)
    counts.add({"hit": {"heard": [(0, 1)] * MOST_COUNT, "skipped": [(1, 2)] * 100}})
    counts.add({"hit": {"heard": [(0, 1)]}})
    count = counts.get("hit")
    assert count is not None
    assert (count.heard, count.skipped) == (((MOST_COUNT + 1) // 2, 0), (0, 50))
    assert counts.totals() == {"heard": 500, "skipped": 50, "replayed": 0}


def test_counts_can_be_forgotten(engine: Engine) -> None:
    counts = HeardCounts(engine)
    assert counts.totals() == {"heard": 0, "skipped": 0, "replayed": 0}
    counts.add({key: {"heard": [(0, 1)]} for key in "abc"})
    assert counts.delete("a")
    assert not counts.delete("a")
    assert counts.delete_all() == 2
    assert list(counts.each()) == []


@pytest.mark.parametrize("key", ["'; DROP TABLE heard_count; --", "\x00", "é" * 128])
def test_a_strange_key_is_a_key_like_any(engine: Engine, key: str) -> None:
    HeardCounts(engine).add({key: {"heard": [(0, 1)]}})
    assert HeardCounts(engine).totals()["heard"] == 1
