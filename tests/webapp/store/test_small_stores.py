from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine

from tests.webapp.store.servers import SteppingClock
from tests.webapp.store.test_uploads import an_upload, put
from webapp.store import Cooldown, Cooldowns, Meta, TrackStudies, Uploads
from webapp.store.clock import DAY, HOUR
from webapp.store.errors import ValueUnstorable


class TestTrackStudies:
    def test_a_study_is_found_by_content_and_method(self, engine: Engine) -> None:
        studies = TrackStudies(engine)
        made = studies.put("key", "1", analysis={"beats": [0.5, 1.0]})
        assert studies.get("key", "1") == made
        assert studies.get("key", "2") is None
        assert studies.get("other", "1") is None

    def test_a_part_found_later_joins_the_earlier(self, engine: Engine) -> None:
        studies = TrackStudies(engine)
        studies.put("key", "1", analysis={"bpm": 120})
        whole = studies.put("key", "1", highlight={"start": 30.0})
        assert (whole.analysis, whole.highlight) == ({"bpm": 120}, {"start": 30.0})

    def test_many_are_read_in_few_queries(self, engine: Engine) -> None:
        studies = TrackStudies(engine)
        for number in range(5):
            studies.put(f"key{number}", "1", analysis={"n": number})
        keys = [f"key{number}" for number in range(1200)]
        assert set(studies.get_many(keys, "1")) == {f"key{number}" for number in range(5)}
        assert studies.get_many([], "1") == {}

    def test_the_oldest_of_a_kind_are_forgotten_where_there_are_too_many(
        self, engine: Engine
    ) -> None:
        moment = 0.0
        studies = TrackStudies(engine, lambda: moment)
        studies.put("key", "heard-1", analysis={})
        for number in range(12):
            moment += 1.0
            studies.put("key", f"part_1/{number}", analysis={})
        studies.put("key", "part-1/0", analysis={})
        assert studies.thin("part_", 12) == 0
        assert studies.thin("part_", 10) == 3
        kept = [n for n in range(12) if studies.get("key", f"part_1/{n}") is not None]
        assert kept == list(range(3, 12))
        assert studies.get("key", "heard-1") is not None
        assert studies.get("key", "part-1/0") is not None

    def test_studies_of_uploads_alone_are_bounded(self, engine: Engine) -> None:
        moment = 0.0
        studies = TrackStudies(engine, lambda: moment)
        for number in range(12):
            moment += 1.0
            studies.put(f"key{number}", "heard-1", analysis={}, uploaded=True)
        studies.put("of a playlist", "heard-1", analysis={})
        # One is asked for by a playlist too, one heard anew for it, one's file is here now.
        studies.claim("key0", "heard-1")
        studies.put("key1", "heard-1", highlight={"start": 3.0})
        put(engine, Uploads(engine), an_upload(1, content_key="key2"))
        assert studies.thin_uploaded(10) == 0
        assert studies.thin_uploaded(9) == 1
        kept = [n for n in range(12) if studies.get(f"key{n}", "heard-1") is not None]
        assert kept == [0, 1, 2, *range(4, 12)]
        assert studies.get("of a playlist", "heard-1") is not None

    def test_an_upload_of_what_a_playlist_plays_does_not_make_it_strangers(
        self, engine: Engine
    ) -> None:
        studies = TrackStudies(engine)
        studies.put("key", "1", analysis={})
        assert not studies.put("key", "1", highlight={}, uploaded=True).uploaded

    def test_two_workers_with_the_same_audio_keep_one_study(self, engine: Engine) -> None:
        studies = TrackStudies(engine)
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda n: studies.put("key", "1", analysis={"n": n}), range(16)))
        assert studies.get("key", "1") is not None
        assert studies.delete("key") == 1

    def test_nan_is_refused(self, engine: Engine) -> None:
        with pytest.raises(ValueUnstorable, match="not plain JSON"):
            TrackStudies(engine).put("key", "1", analysis={"bpm": float("nan")})


class TestCooldowns:
    def test_it_lasts_until_its_end(self, engine: Engine, clock: SteppingClock) -> None:
        cooldowns = Cooldowns(engine, clock)
        assert cooldowns.get("spotify") is None
        made = cooldowns.set("spotify", clock.now + DAY, "rate_limited")
        assert made == Cooldown("spotify", clock.now, clock.now + DAY, "rate_limited")
        clock.advance(DAY - 1)
        # Another process, after a restart.
        assert Cooldowns(engine, clock).get("spotify") == made
        clock.advance(1)
        assert cooldowns.get("spotify") is None

    def test_a_shorter_one_does_not_shorten_it(self, engine: Engine, clock: SteppingClock) -> None:
        cooldowns = Cooldowns(engine, clock)
        long = cooldowns.set("spotify", clock.now + DAY, "quota")
        assert cooldowns.set("spotify", clock.now + 5, "rate") == long
        assert cooldowns.set("spotify", clock.now + 2 * DAY, "quota").until == clock.now + 2 * DAY

    def test_a_new_one_replaces_one_that_is_over(
        self, engine: Engine, clock: SteppingClock
    ) -> None:
        cooldowns = Cooldowns(engine, clock)
        cooldowns.set("spotify", clock.now + 10, "a")
        clock.advance(11)
        assert cooldowns.set("spotify", clock.now + 1, "b").reason == "b"

    def test_a_clock_that_goes_back_does_not_prolong_it(
        self, engine: Engine, clock: SteppingClock
    ) -> None:
        cooldowns = Cooldowns(engine, clock)
        cooldowns.set("spotify", clock.now + 30, "rate")
        clock.advance(-HOUR)
        assert cooldowns.get("spotify") is None

    def test_the_ones_that_last_are_listed_and_the_others_purged(
        self, engine: Engine, clock: SteppingClock
    ) -> None:
        cooldowns = Cooldowns(engine, clock)
        cooldowns.set("b", clock.now + 20, "")
        cooldowns.set("a", clock.now + 30, "")
        cooldowns.set("c", clock.now + 1, "")
        clock.advance(2)
        assert [cooldown.name for cooldown in cooldowns.list()] == ["b", "a"]
        assert cooldowns.purge() == 1
        assert cooldowns.clear("a")
        assert not cooldowns.clear("a")

    def test_many_at_once_keep_the_longest(self, engine: Engine, clock: SteppingClock) -> None:
        cooldowns = Cooldowns(engine, clock)
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda n: cooldowns.set("x", clock.now + n, "r"), range(1, 17)))
        held = cooldowns.get("x")
        assert held is not None
        assert held.until == clock.now + 16


class TestMeta:
    def test_values_come_back(self, engine: Engine) -> None:
        meta = Meta(engine)
        assert meta.get("x") is None
        assert meta.get("x", 7) == 7
        meta.set("x", {"a": [1, "ü"]})
        meta.set("x", {"a": [2, "ü"]})
        assert meta.get("x") == {"a": [2, "ü"]}
        assert meta.delete("x")
        assert not meta.delete("x")

    def test_simultaneous_first_writes_all_succeed(self, engine: Engine) -> None:
        meta = Meta(engine)
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda n: meta.set("x", n), range(16)))
        assert meta.get("x") in range(16)
