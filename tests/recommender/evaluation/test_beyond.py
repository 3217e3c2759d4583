from __future__ import annotations

import math

import numpy as np
import pytest

from recommender.evaluation import beyond


def rows(*numbers):
    return np.array(numbers, dtype=np.int64)


def test_coverage_counts_each_track_once():
    assert beyond.catalogue_coverage([rows(0, 1), rows(1, 2)], 10) == 0.3
    assert beyond.catalogue_coverage([], 10) == 0.0


def test_random_lists_cover_as_much_as_chance_says():
    random = np.random.default_rng(0)
    lists = [random.choice(1_000, 50, replace=False) for _ in range(40)]
    expected = beyond.chance_coverage([50] * 40, 1_000)
    assert expected == pytest.approx(1 - 0.95**40)
    assert beyond.catalogue_coverage(lists, 1_000) == pytest.approx(expected, abs=0.03)


def test_popularity_lift_compares_the_list_with_the_seeds():
    popularity = np.array([40.0, 60.0, 20.0, np.nan, 0.0])
    assert beyond.popularity_lift(rows(1), rows(0, 2, 3), popularity) == pytest.approx(1.0)
    assert beyond.popularity_lift(rows(0, 2), rows(0, 2), popularity) == 0.0
    assert math.isnan(beyond.popularity_lift(rows(3), rows(0), popularity))
    assert math.isnan(beyond.popularity_lift(rows(0), rows(4), popularity))


def test_diversity_is_the_mean_distance_of_pairs():
    corners = np.array([[0.0, 0.0], [3.0, 0.0], [3.0, 4.0]])
    assert beyond.intra_list_diversity(rows(0, 1, 2), corners) == pytest.approx((3 + 4 + 5) / 3)
    assert beyond.intra_list_diversity(rows(1, 1), corners) == 0.0
    assert math.isnan(beyond.intra_list_diversity(rows(0), corners))


def test_distinct_share_counts_different_values():
    assert beyond.distinct_share(rows(1, 1, 2, 3)) == 0.75
