"""The flowing order: exact where it is small, never worse than greedy where it is not."""

from __future__ import annotations

import time
from itertools import pairwise, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from highlighter.trailer.order import (
    EXACT_LIMIT,
    Character,
    best_path,
    flow_order,
    good_path,
    key_steps,
    nearest_neighbour_path,
    path_cost,
    step_cost,
    tempo_gap,
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


@pytest.mark.parametrize(
    ("first", "second", "gap"),
    [(120.0, 120.0, 0.0), (60.0, 121.0, 1 / 120), (100.0, 110.0, 0.1), (180.0, 45.0, 0.0)],
)
def test_a_tempo_gap_folds_octaves_away(first, second, gap):
    assert tempo_gap(first, second) == pytest.approx(gap, abs=1e-9)
    assert tempo_gap(second, first) == pytest.approx(gap, abs=1e-9)


@pytest.mark.parametrize(
    ("first", "second", "steps"),
    [
        ((0, 1), (0, 1), 0),  # C major, C major
        ((0, 1), (7, 1), 1),  # G major: a fifth up
        ((0, 1), (5, 1), 1),  # F major: a fifth down
        ((0, 1), (9, 0), 1),  # A minor: the relative key
        ((0, 1), (4, 0), 2),  # E minor
        ((0, 1), (0, 0), 4),  # C minor
        ((0, 1), (6, 1), 6),  # F sharp major: across the wheel
        ((9, 0), (4, 0), 1),  # A minor, E minor
    ],
)
def test_keys_lie_on_the_camelot_wheel(first, second, steps):
    assert key_steps(first, second) == steps
    assert key_steps(second, first) == steps


def test_unknown_values_cost_neither_nothing_nor_the_most():
    close = step_cost(Character(120.0, 0, 1, -14.0), Character(120.0, 0, 1, -14.0))
    unknown = step_cost(Character(), Character(120.0, 0, 1, -14.0))
    far = step_cost(Character(120.0, 0, 1, -8.0), Character(170.0, 6, 1, -24.0))
    assert close == 0.0
    assert close < unknown < far


def test_tracks_are_ordered_by_tempo_where_all_else_is_equal():
    tempi = [128.0, 90.0, 121.0, 95.0, 100.0, 114.0, 107.0]
    order = flow_order([Character(tempo, 0, 1, -10.0) for tempo in tempi])
    steps = [tempi[after] - tempi[before] for before, after in pairwise(order)]
    assert all(step > 0 for step in steps) or all(step < 0 for step in steps)
    assert order[0] < order[-1]


@pytest.mark.parametrize("count", [0, 1, 2])
def test_one_or_two_tracks_stay_as_they_are(count):
    assert flow_order([Character()] * count) == tuple(range(count))


def test_two_hundred_tracks_are_ordered_in_bounded_time():
    random = np.random.default_rng(4)
    tracks = [
        Character(random.uniform(60, 180), int(random.integers(12)), int(random.integers(2)), -9.0)
        for _ in range(200)
    ]
    start = time.process_time()
    assert sorted(flow_order(tracks)) == list(range(200))
    assert time.process_time() - start < 15.0
