"""Against the exact answer where every order can be tried, and rules over many drawn pools."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recommender.sequence import Shape, Spacing, arrange, curve_of

BENT = {"spacing_relaxed", "artist_cap_relaxed", "too_few_tracks"}


def small_task(drawn, seed):
    """Return a task with every kind of rule, small enough to try all orders."""
    chance = np.random.default_rng(seed)
    size = int(chance.integers(5, 9))
    places = int(chance.integers(2, min(size, 6) + 1))
    artists = [
        tuple(chance.choice(6, int(chance.integers(0, 3)), replace=False).tolist())
        for _ in range(size)
    ]
    songs = [(int(chance.integers(0, 12)),) for _ in range(size)]
    given = {}
    if chance.random() < 0.3:
        given["cost"] = chance.uniform(0.2, 0.6, (4, size)).astype(np.float32)
    pool = drawn(seed, size, artists, songs, **given)
    wanted = [None, "rise", "wave", ((0.0, 0.2), (1.0, 0.9))][int(chance.integers(0, 4))]
    kept = {}
    if chance.random() < 0.3:
        kept = {int(chance.integers(0, places)): int(chance.integers(0, size))}
    cap = [None, 1, 2, 3][int(chance.integers(0, 4))]
    shape = Shape(
        length=places,
        spacing=Spacing(cap, int(chance.integers(0, 4))),
        curve=None if wanted is None else curve_of(wanted, pool.energy),
        flow=float(chance.choice([0.0, 0.5, 1.0])),
        kept=kept,
    )
    return pool, shape


def test_of_many_small_tasks_nineteen_in_twenty_are_within_two_percent(drawn, cheapest, broken):
    near, solvable, bent = 0, 0, []
    for seed in range(120):
        pool, shape = small_task(drawn, seed)
        best = cheapest(pool, shape)
        found = arrange(pool, shape, time_limit=5.0)
        gave_way = BENT & {unmet.code for unmet in found.unmet}
        if best is None:
            assert gave_way, f"task {seed} has no order that keeps the rules, and nothing is told"
            continue
        solvable += 1
        if gave_way:
            bent.append(seed)
            continue
        assert not broken(pool, list(found.order), shape.spacing, shape.kept)
        assert found.objective.total >= best - 1e-4, "cheaper than the exact answer"
        near += found.objective.total <= 1.02 * best
    assert solvable > 70
    assert near >= 0.95 * solvable
    assert len(bent) <= 0.02 * solvable, bent


@st.composite
def tasks(draw):
    size = draw(st.integers(1, 90))
    names = draw(st.integers(1, 60))
    chance = np.random.default_rng(draw(st.integers(0, 10_000)))
    artists = [
        tuple(chance.choice(names, min(int(chance.integers(0, 3)), names), False).tolist())
        for _ in range(size)
    ]
    songs = [tuple(chance.integers(0, 2 * size, 2).tolist()) for _ in range(size)]
    length = draw(st.integers(1, 45))
    by_time = draw(st.booleans())
    places = draw(st.lists(st.integers(0, length - 1), max_size=4, unique=True))
    tracks = chance.permutation(size)[: len(places)].tolist()
    return {
        "seed": draw(st.integers(0, 99)),
        "size": size,
        "artists": artists,
        "songs": songs,
        "length": length,
        "seconds": 220.0 * length if by_time else None,
        "spacing": Spacing(draw(st.sampled_from([None, 1, 2, 3])), draw(st.integers(0, 6))),
        "flow": draw(st.sampled_from([0.0, 0.5, 1.0])),
        "curve": draw(st.sampled_from([None, "flat", "rise", "peak", ((0.3, 0.9), (1.0, 0.1))])),
        "unknown": draw(st.sampled_from([0.0, 0.2, 1.0])),
        "kept": dict(zip(places[: len(tracks)], tracks, strict=True)),
    }


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(tasks())
def test_whatever_the_pool_the_rules_hold_or_what_gave_way_is_told(drawn, broken, task):
    pool = drawn(
        task["seed"], task["size"], task["artists"], task["songs"], unknown=task["unknown"]
    )
    kept = task["kept"]
    shape = Shape(
        length=None if task["seconds"] else task["length"],
        seconds=task["seconds"],
        spacing=task["spacing"],
        curve=None if task["curve"] is None else curve_of(task["curve"], pool.energy),
        flow=task["flow"],
        kept=kept,
    )
    found = arrange(pool, shape, time_limit=5.0)
    told = {unmet.code: unmet.values for unmet in found.unmet}
    order = list(found.order)
    if shape.seconds is None:
        assert len(order) == task["length"] or told["too_few_tracks"]["found"] == len(order)
    else:
        known = np.isfinite(pool.seconds)
        middle = float(np.median(pool.seconds[known])) if known.any() else 210.0
        total = np.where(known, pool.seconds, middle)[order].sum()
        assert ("length_missed" in told) == (abs(total - shape.seconds) > 15.0)
        assumed = int((~known[order]).sum())
        assert told.get("lengths_assumed", {"tracks": 0})["tracks"] == assumed
    assert set(kept.values()) <= set(order)
    if kept and len(order) > max(kept):
        assert {place: order[place] for place in kept} == kept
    gap = told.get("spacing_relaxed", {"gap": shape.spacing.gap})["gap"]
    cap = told.get("artist_cap_relaxed", {"cap": shape.spacing.cap})["cap"]
    stands = {order.index(track): track for track in kept.values()}
    assert not broken(pool, order, Spacing(cap, gap), stands)


def subset_exists(pool, asked, cap):
    """Say whether any tracks take the time within 15 s, keeping the cap and no song twice."""
    size = len(pool)
    which = ((np.arange(1, 1 << size)[:, None] >> np.arange(size)) & 1).astype(bool)
    totals = which @ pool.seconds.astype(np.float64)
    clash = [
        (one, other)
        for one, other in combinations(range(size), 2)
        if set(pool.songs[one]) & set(pool.songs[other])
    ]
    for chosen in which[np.abs(totals - asked) <= 15.0]:
        if any(chosen[one] and chosen[other] for one, other in clash):
            continue
        by_artist: dict[int, int] = {}
        for track in np.flatnonzero(chosen):
            for artist in pool.artists[track]:
                by_artist[artist] = by_artist.get(artist, 0) + 1
        if cap is None or max(by_artist.values(), default=0) <= cap:
            return True
    return False


def test_a_time_that_some_tracks_take_is_hit_nineteen_times_in_twenty(drawn):
    possible = hit = 0
    for seed in range(110):
        chance = np.random.default_rng(seed)
        size = int(chance.integers(3, 14))
        pool = drawn(
            seed,
            size,
            [
                tuple(chance.choice(8, int(chance.integers(0, 3)), replace=False).tolist())
                for _ in range(size)
            ],
            [(int(chance.integers(0, 25)),) for _ in range(size)],
            seconds=chance.uniform(90, 420, size).astype(np.float32),
        )
        asked = float(chance.uniform(90, pool.seconds.sum() * 1.05))
        cap = [None, 1, 2, 3][int(chance.integers(0, 4))]
        found = arrange(pool, Shape(seconds=asked, spacing=Spacing(cap, 0)), time_limit=2.0)
        told = {unmet.code for unmet in found.unmet}
        if subset_exists(pool, asked, cap):
            possible += 1
            hit += not told & {"length_missed", "artist_cap_relaxed"}
        else:
            assert told & {"length_missed", "artist_cap_relaxed"}
    assert possible > 50
    assert hit >= 0.95 * possible


@pytest.mark.parametrize("minutes", [15, 47, 60, 93.5])
def test_a_pool_of_three_hundred_takes_any_time_asked(drawn, broken, minutes):
    for seed in range(4):
        pool = drawn(seed, 300, [(n % 120,) for n in range(300)], unknown=0.05)
        shape = Shape(seconds=60.0 * minutes, curve=curve_of("wave", pool.energy))
        found = arrange(pool, shape, time_limit=5.0)
        assert abs(found.seconds - 60.0 * minutes) <= 15.0
        assert {unmet.code for unmet in found.unmet} <= {"lengths_assumed"}
        assert not broken(pool, list(found.order), shape.spacing)


def test_kept_tracks_count_in_the_time(drawn):
    pool = drawn(3, 80, unknown=0.0)
    found = arrange(pool, Shape(seconds=1800.0, kept={2: 70, 6: 71}))
    assert (found.order[2], found.order[6]) == (70, 71)
    assert abs(float(pool.seconds[list(found.order)].sum()) - 1800.0) <= 15.0
    assert not found.unmet


def test_a_time_no_tracks_take_is_told_with_what_came_instead(drawn):
    pool = drawn(3, 20, seconds=np.full(20, 200, dtype=np.float32))
    found = arrange(pool, Shape(seconds=900.0))
    assert [unmet.code for unmet in found.unmet] == ["length_missed"]
    assert found.unmet[0].values["asked_seconds"] == 900.0
    assert found.unmet[0].values["got_seconds"] in (800.0, 1000.0)
    found = arrange(pool, Shape(seconds=36_000.0))
    assert found.unmet[0].values["got_seconds"] == 4000.0


def test_unknown_lengths_count_as_the_middle_of_the_known_and_that_is_told(drawn):
    seconds = np.array([100, 200, 300, *[np.nan] * 17], dtype=np.float32)
    cost = np.linspace(1, 0, 20, dtype=np.float32)
    found = arrange(drawn(3, 20, seconds=seconds, cost=cost), Shape(seconds=1000.0, flow=0.0))
    assert len(found.order) == 5
    assert [(one.code, dict(one.values)) for one in found.unmet] == [
        ("lengths_assumed", {"tracks": 5, "seconds": 200.0})
    ]


def test_without_any_length_known_the_usual_one_is_assumed(drawn):
    nothing = np.full(20, np.nan, dtype=np.float32)
    found = arrange(drawn(3, 20, seconds=nothing), Shape(seconds=1050.0))
    assert len(found.order) == 5
    assert dict(found.unmet[0].values) == {"tracks": 5, "seconds": 210.0}


def test_a_playlist_kept_whole_that_misses_the_time_is_left_alone_and_that_is_told(drawn):
    pool = drawn(3, 30, seconds=np.full(30, 200, dtype=np.float32))
    shape = Shape(seconds=500.0, kept={0: 4, 1: 2, 2: 9})
    found = arrange(pool, shape, time_limit=5.0)
    assert found.order[:3] == (4, 2, 9)
    assert [unmet.code for unmet in found.unmet] == ["length_missed"]
