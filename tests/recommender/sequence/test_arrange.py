from __future__ import annotations

import time

import numpy as np
import pytest

from recommender.errors import BadRequest
from recommender.sequence import Curve, Objective, Pool, Shape, Spacing, arrange, curve_of
from recommender.sequence.flow import wheel_codes, wheel_steps
from recommender.sequence.model import CURVE_WEIGHT

CALM = Shape(length=10, flow=0.0)


def codes(arranged):
    return [unmet.code for unmet in arranged.unmet]


def test_without_flow_and_curve_the_order_is_the_ranks(drawn):
    assert arrange(drawn(1, 40), CALM).order == tuple(range(10))


def test_an_artist_too_close_comes_as_soon_as_the_gap_allows(drawn):
    artists = [(1,), (1,), *((n,) for n in range(2, 20))]
    found = arrange(drawn(1, 20, artists), Shape(length=8, flow=0.0, spacing=Spacing(2, 2)))
    assert found.order == (0, 2, 3, 1, 4, 5, 6, 7)


def test_unordered_costs_come_out_ranked(drawn):
    cost = np.random.default_rng(4).permutation(30).astype(np.float32)
    found = arrange(drawn(1, 30, cost=cost), CALM)
    assert [cost[track] for track in found.order] == list(range(10))


def test_the_default_has_twenty_artists_in_thirty_tracks(drawn):
    # Ranked by artist, so that a cap of two alone would leave fifteen.
    artists = [(n // 4,) for n in range(300)]
    for flow in (0.0, 0.5, 1.0):
        found = arrange(drawn(2, 300, artists), Shape(flow=flow), time_limit=10.0)
        assert len({artists[track] for track in found.order}) >= 20
        assert not found.unmet


def test_tracks_of_unknown_artists_do_not_count_towards_the_twenty(drawn):
    artists = [() if n % 5 == 0 else (n // 3,) for n in range(300)]
    pool = drawn(11, 300, artists)
    order = arrange(pool, Shape(length=30)).order
    known = {pool.artists[track][0] for track in order if pool.artists[track]}
    assert len(known) >= 20


def test_a_wider_cap_asks_for_fewer_artists(drawn):
    artists = [(n // 10,) for n in range(300)]
    shape = Shape(flow=0.0, spacing=Spacing(None, 0))
    assert len({artists[track] for track in arrange(drawn(2, 300, artists), shape).order}) == 3


def test_no_song_comes_twice_even_through_a_third(drawn):
    songs = [("a",), ("a", "b"), ("b",), *((n,) for n in range(17))]
    found = arrange(drawn(1, 20, songs=songs), CALM)
    assert 1 not in found.order
    assert {0, 2} <= set(found.order)


def test_flow_brings_keys_that_mix_and_tempi_that_meet(drawn):
    pool = drawn(3, 300, unknown=0.0)

    def mixing(flow):
        found = arrange(pool, Shape(flow=flow), time_limit=10.0)
        wheel = wheel_codes(pool.key, pool.mode)[list(found.order)]
        return (wheel_steps(wheel[1:], wheel[:-1]) <= 1).mean(), found.objective.fit

    rough, smooth, smoothest = mixing(0.0), mixing(0.5), mixing(1.0)
    assert rough[0] < 0.4
    assert smooth[0] > 0.7
    assert smoothest[0] > 0.8
    assert rough[1] < smooth[1] <= smoothest[1]


@pytest.mark.parametrize("name", ["flat", "rise", "wave", "peak", "cool-down"])
def test_a_preset_is_met_by_a_pool_of_three_hundred(drawn, name):
    pool = drawn(4, 300)
    curve = curve_of(name, pool.energy)
    found = arrange(pool, Shape(curve=curve), time_limit=10.0)
    energy = pool.energy[list(found.order)]
    known = np.isfinite(energy)
    assert np.abs(energy - curve.targets(30))[known].mean() < 0.1
    assert not found.unmet


def test_a_curve_out_of_reach_is_told_with_the_deviation(drawn):
    pool = drawn(4, 60, energy=np.full(60, 0.2, dtype=np.float32))
    found = arrange(pool, Shape(length=20, curve=Curve(((0.0, 0.9), (1.0, 0.9)))))
    assert codes(found) == ["curve_missed"]
    assert found.unmet[0].values == {"deviation": pytest.approx(0.7)}


def test_a_curve_over_unknown_energies_neither_helps_nor_harms(drawn):
    pool = drawn(4, 60, energy=np.full(60, np.nan, dtype=np.float32))
    found = arrange(pool, Shape(length=20, flow=0.0, curve=curve_of("rise", pool.energy)))
    assert sorted(found.order) == list(range(20))
    assert not found.unmet


def test_the_objective_is_told_term_by_term(drawn):
    pool = drawn(5, 40, unknown=0.0)
    curve = curve_of("rise", pool.energy)
    found = arrange(pool, Shape(length=10, curve=curve, flow=1.0))
    order = list(found.order)
    assert found.objective.fit == pytest.approx(pool.cost[order].sum(), rel=1e-5)
    assert found.objective.curve == pytest.approx(
        CURVE_WEIGHT * np.abs(pool.energy[order] - curve.targets(10)).sum(), rel=1e-5
    )
    assert found.objective.total == pytest.approx(
        found.objective.fit + found.objective.curve + found.objective.flow
    )
    assert set(found.objective.to_json()) == {"fit", "curve", "flow", "total"}
    assert arrange(pool, CALM).objective.flow == 0.0


def test_it_is_cheaper_than_the_ranking_and_than_chance(drawn):
    chance = np.random.default_rng(0)
    for seed in range(3):
        pool = drawn(seed, 200)
        shape = Shape(length=25, curve=curve_of("wave", pool.energy), spacing=Spacing(None, 0))
        found = arrange(pool, shape)

        def total(order, pool=pool, shape=shape):
            kept = dict(enumerate(order))
            return arrange(pool, Shape(25, None, shape.spacing, shape.curve, 0.5, kept)).objective

        assert total(list(found.order)).total == pytest.approx(found.objective.total)
        assert found.objective.total < 0.8 * total(range(25)).total
        for _ in range(20):
            drawn_order = chance.permutation(200)[:25].tolist()
            assert found.objective.total < 0.7 * total(drawn_order).total


def test_kept_tracks_stand_where_they_are_and_the_others_make_room(drawn):
    artists = [(n % 40,) for n in range(120)]
    pool = drawn(6, 120, artists)
    kept = {0: 100, 3: 60, 4: 20, 29: 7}  # 100, 60 and 20 are one artist's: the listener's choice
    found = arrange(pool, Shape(kept=kept, curve=curve_of("peak", pool.energy)))
    assert {place: found.order[place] for place in kept} == kept
    assert len(set(found.order)) == 30
    assert not found.unmet
    free = [track for place, track in enumerate(found.order) if place not in kept]
    assert (20,) not in {artists[track] for track in free}


def test_a_playlist_that_is_kept_whole_is_left_alone(drawn):
    kept = dict(enumerate([5, 3, 9, 1]))
    found = arrange(drawn(7, 20), Shape(length=4, kept=kept))
    assert found.order == (5, 3, 9, 1)


def test_a_bridge_follows_costs_that_differ_by_place(drawn):
    # Ten tracks near the start, ten midway, ten near the end.
    where = np.repeat([0.0, 0.5, 1.0], 10)
    cost = np.abs(np.linspace(0, 1, 9)[:, None] - where[None, :]).astype(np.float32)
    found = arrange(drawn(8, 30, cost=cost), Shape(length=9, flow=0.2))
    assert (
        where[list(found.order)].tolist() == [0, 0, 0.5, 0.5, 0.5, 0.5, 0.5, 1, 1]
        or (np.diff(where[list(found.order)]) >= 0).all()
    )


def test_a_bridge_is_stretched_over_as_many_places_as_a_time_needs(drawn):
    where = np.linspace(0, 1, 60)
    cost = np.abs(np.linspace(0, 1, 5)[:, None] - where[None, :]).astype(np.float32)
    found = arrange(drawn(8, 60, cost=cost), Shape(seconds=3000.0, flow=0.0))
    along = where[list(found.order)]
    assert len(along) > 8
    assert np.corrcoef(along, np.arange(len(along)))[0, 1] > 0.95
    assert "length_missed" not in codes(found)


def test_the_gap_gives_way_before_the_cap_and_both_are_told(drawn):
    five = [(n % 5,) for n in range(60)]
    found = arrange(drawn(9, 60, five), Shape(length=10))
    assert [(unmet.code, dict(unmet.values)) for unmet in found.unmet] == [
        ("spacing_relaxed", {"asked": 5, "gap": 2})
    ]
    found = arrange(drawn(9, 60, five), Shape(length=20))
    assert [(unmet.code, dict(unmet.values)) for unmet in found.unmet] == [
        ("artist_cap_relaxed", {"asked": 2, "cap": 4}),
        ("spacing_relaxed", {"asked": 5, "gap": 1}),
    ]


def test_one_artist_alone_fills_a_playlist_when_there_is_nobody_else(drawn):
    found = arrange(drawn(9, 60, [(1,)] * 60), Shape(length=30))
    assert len(found.order) == 30
    assert dict(found.unmet[0].values) == {"asked": 2, "cap": None}


def test_too_small_a_pool_is_told_and_kept_tracks_close_up(drawn):
    pool = drawn(10, 6, songs=[(n // 2,) for n in range(6)])
    found = arrange(pool, Shape(length=10, kept={1: 2, 8: 4}))
    assert len(found.order) == 3
    assert found.order[1:] == (2, 4)
    assert codes(found) == ["too_few_tracks"]
    assert found.unmet[0].values == {"asked": 10, "found": 3}


@pytest.mark.parametrize(
    ("shape", "code"),
    [(Shape(length=5), "too_few_tracks"), (Shape(seconds=600.0), "length_missed")],
)
def test_an_empty_pool_gives_an_empty_playlist_and_says_so(shape, code):
    none = np.zeros(0, dtype=np.float32)
    found = arrange(Pool(none, none, none, none, none, none, [], []), shape)
    assert found.order == ()
    assert found.objective == Objective()
    assert codes(found) == [code]


def test_the_same_call_gives_the_same_order(drawn):
    artists = [(n % 90,) for n in range(250)]
    for shape in (Shape(), Shape(seconds=4000.0), Shape(length=7, flow=1.0)):
        calls = [arrange(drawn(11, 250, artists), shape, time_limit=20.0) for _ in range(3)]
        assert calls[0] == calls[1] == calls[2]
        assert calls[0].settled


def test_the_time_limit_holds_for_a_large_task_and_the_answer_is_whole(drawn):
    pool = drawn(12, 4000, [(n % 900,) for n in range(4000)])
    shape = Shape(seconds=100_000.0, curve=curve_of("wave", pool.energy))
    start = time.process_time()
    found = arrange(pool, shape, time_limit=0.05)
    assert time.process_time() - start < 3.0
    assert not found.settled
    assert len(set(found.order)) == len(found.order) > 300


@pytest.mark.parametrize(
    ("shape", "told"),
    [
        (Shape(length=0), "length=0"),
        (Shape(length=None), "length=None"),
        (Shape(length=10_001), "10000"),
        (Shape(seconds=0.0), "seconds"),
        (Shape(seconds=float("nan")), "seconds"),
        (Shape(flow=1.5), "flow"),
        (Shape(spacing=Spacing(0, 1)), "cap"),
        (Shape(spacing=Spacing(2, -1)), "gap"),
        (Shape(length=5, kept={5: 0}), "5 places"),
        (Shape(length=5, kept={-1: 0}), "kept"),
        (Shape(length=5, kept={0: 20}), "20 tracks"),
        (Shape(length=5, kept={0: 1, 1: 1}), "one place only"),
    ],
)
def test_a_shape_out_of_range_is_refused_by_name(drawn, shape, told):
    with pytest.raises(BadRequest) as caught:
        arrange(drawn(13, 20), shape)
    assert told in str(caught.value)


@pytest.mark.parametrize(
    "field", ["cost", "energy", "tempo", "key", "mode", "seconds", "artists", "songs"]
)
def test_arrays_of_different_lengths_are_refused_by_name(drawn, field):
    shorter = [()] * 19 if field in ("artists", "songs") else np.zeros(19, dtype=np.float32)
    with pytest.raises(BadRequest):
        arrange(drawn(13, 20, **{field: shorter}), Shape(length=5))


def test_a_cost_that_is_no_number_is_refused_with_its_track(drawn):
    cost = np.linspace(0, 1, 20, dtype=np.float32)
    cost[7] = np.nan
    with pytest.raises(BadRequest, match="cost") as caught:
        arrange(drawn(13, 20, cost=cost), Shape(length=5))
    assert "track 7" in str(caught.value)
