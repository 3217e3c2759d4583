"""The flowing order: exact where it is small, never worse than greedy where it is not."""

from __future__ import annotations

import time
from itertools import pairwise, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from highlighter.trailer.objective import tempo_gap
from highlighter.trailer.order import (
    EXACT_LIMIT,
    best_path,
    cheapest_path,
    good_path,
    nearest_neighbour_path,
    or_opt,
    path_cost,
    two_opt,
)


def random_costs(count: int, seed: int) -> np.ndarray:
    half = np.random.default_rng(seed).uniform(0.0, 1.0, (count, count))
    costs = half + half.T
    np.fill_diagonal(costs, 0.0)
    return costs


@given(count=st.integers(1, 7), seed=st.integers(0, 10_000))
@settings(max_examples=60, deadline=None)
def test_the_exact_path_costs_what_the_best_of_all_permutations_costs(count, seed):
    costs = random_costs(count, seed)
    path = best_path(costs)
    assert sorted(path) == list(range(count))
    cheapest = min(path_cost(costs, other) for other in permutations(range(count)))
    assert path_cost(costs, path) == pytest.approx(cheapest)


@given(count=st.integers(2, 40), seed=st.integers(0, 10_000))
@settings(max_examples=40, deadline=None)
def test_two_opt_is_never_worse_than_the_nearest_neighbour_path(count, seed):
    costs = random_costs(count, seed)
    greedy = nearest_neighbour_path(costs, seed % count)
    better = two_opt(costs, greedy)
    assert sorted(better) == list(range(count))
    assert path_cost(costs, better) <= path_cost(costs, greedy) + 1e-9


def test_two_opt_leaves_no_crossing_that_a_reversal_would_undo():
    costs = random_costs(9, 5)
    path = two_opt(costs, range(9))
    for low in range(9):
        for high in range(low + 2, 10):
            other = [*path[:low], *reversed(path[low:high]), *path[high:]]
            assert path_cost(costs, other) >= path_cost(costs, path) - 1e-9


def test_beyond_the_exact_limit_the_path_stays_close_to_the_best():
    costs = random_costs(EXACT_LIMIT, 11)
    assert path_cost(costs, good_path(costs)) <= 1.1 * path_cost(costs, best_path(costs))


def test_points_on_a_line_come_out_in_their_order():
    place = np.random.default_rng(2).permutation(30)
    costs = np.abs(place[:, None] - place[None, :]).astype(float)
    path = good_path(costs)
    assert path_cost(costs, path) == pytest.approx(29.0)


def test_tracks_are_ordered_by_tempo_where_all_else_is_equal():
    tempi = [128.0, 90.0, 121.0, 95.0, 100.0, 114.0, 107.0]
    order = cheapest_path(np.array([[tempo_gap(a, b) for b in tempi] for a in tempi]))
    steps = [tempi[after] - tempi[before] for before, after in pairwise(order)]
    assert all(step > 0 for step in steps) or all(step < 0 for step in steps)
    assert order[0] < order[-1]


@pytest.mark.parametrize("count", [0, 1])
def test_one_track_stays_as_it_is(count):
    assert cheapest_path(np.zeros((count, count))) == tuple(range(count))


@given(count=st.integers(2, 6), seed=st.integers(0, 10_000))
@settings(max_examples=40, deadline=None)
def test_steps_that_cost_more_backwards_are_taken_forwards(count, seed):
    costs = np.random.default_rng(seed).uniform(0.0, 1.0, (count, count))
    cheapest = min(path_cost(costs, other) for other in permutations(range(count)))
    assert path_cost(costs, cheapest_path(costs)) == pytest.approx(cheapest)


@given(count=st.integers(2, 30), seed=st.integers(0, 10_000))
@settings(max_examples=30, deadline=None)
def test_moves_never_make_a_path_dearer_whatever_backwards_costs(count, seed):
    costs = np.random.default_rng(seed).uniform(0.0, 1.0, (count, count))
    greedy = nearest_neighbour_path(costs, seed % count)
    for improve in (two_opt, or_opt):
        better = improve(costs, greedy)
        assert sorted(better) == list(range(count))
        assert path_cost(costs, better) <= path_cost(costs, greedy) + 1e-9


def test_a_stretch_that_lies_in_the_wrong_place_is_moved():
    places = [0.0, 1.0, 2.0, 7.0, 8.0, 3.0, 4.0, 5.0, 6.0, 9.0]
    costs = np.array([[abs(a - b) for b in places] for a in places])
    path = or_opt(costs, range(10))
    assert [places[node] for node in path] == sorted(places)


def test_two_hundred_tracks_are_ordered_in_bounded_time():
    costs = random_costs(200, 4)
    start = time.process_time()
    assert sorted(cheapest_path(costs)) == list(range(200))
    assert time.process_time() - start < 20.0
