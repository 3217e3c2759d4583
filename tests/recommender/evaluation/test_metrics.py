"""Golden values, worked by hand from the definitions of the RecSys Challenge 2018."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.evaluation import metrics


def rows(*numbers):
    return np.array(numbers, dtype=np.int64)


def test_r_precision_counts_hits_among_as_many_places_as_there_are_targets():
    assert metrics.r_precision(rows(1, 9, 3, 2), rows(1, 2, 3)) == pytest.approx(2 / 3)
    assert metrics.r_precision(rows(9, 8, 7, 1), rows(1, 2, 3)) == 0.0


def test_ndcg_discounts_by_the_logarithm_of_the_place():
    # Hits at places 1 and 3 of 2 targets: (1 + 1/2) / (1 + 1/log2(3)).
    expected = 1.5 / (1 + 1 / math.log2(3))
    assert metrics.ndcg(rows(1, 9, 2), rows(1, 2)) == pytest.approx(expected)
    assert expected == pytest.approx(0.91972, abs=1e-5)


def test_ndcg_agrees_with_scikit_learn():
    from sklearn.metrics import ndcg_score

    random = np.random.default_rng(0)
    ranked, targets = random.permutation(500), random.choice(500, 40, replace=False)
    truth = np.isin(ranked, targets)[None, :].astype(float)
    expected = ndcg_score(truth, -np.arange(500.0)[None, :], k=100)
    assert metrics.ndcg(ranked, targets, 100) == pytest.approx(expected)


@pytest.mark.parametrize(("place", "expected"), [(1, 0), (10, 0), (11, 1), (500, 49), (501, 51)])
def test_clicks_are_the_pages_of_ten_passed_before_the_first_hit(place, expected):
    ranked = np.arange(1, 600)
    assert metrics.clicks(ranked, rows(place)) == expected


def test_recall_is_the_share_of_targets_found():
    assert metrics.recall(np.arange(100), rows(5, 50, 500, 600), 30) == 0.25
    assert metrics.recall(np.arange(100), rows(5, 50, 500, 600), 100) == 0.5


@given(st.permutations(range(20)), st.sets(st.integers(0, 19), min_size=1))
def test_a_list_that_begins_with_all_targets_is_perfect_and_none_is_better(order, wanted):
    targets = np.array(sorted(wanted))
    ideal = np.concatenate([targets, np.setdiff1d(np.arange(20), targets)])
    order = np.array(order)
    assert metrics.r_precision(ideal, targets) == 1.0
    assert metrics.ndcg(ideal, targets) == pytest.approx(1.0)
    assert metrics.clicks(ideal, targets) == 0.0
    assert metrics.ndcg(order, targets) <= 1.0 + 1e-12
    assert 0.0 <= metrics.r_precision(order, targets) <= 1.0


def test_no_metric_is_defined_without_targets():
    with pytest.raises(ValueError, match="target"):
        metrics.recall(np.arange(10), rows())


def test_chance_levels_are_what_random_orders_get():
    random = np.random.default_rng(1)
    candidates, targets = 2_000, np.arange(25)
    drawn = [random.permutation(candidates)[:500] for _ in range(1_500)]

    def mean(metric):
        return np.mean([metric(ranked, targets) for ranked in drawn])

    assert mean(metrics.recall) == pytest.approx(metrics.chance_recall(candidates), rel=0.03)
    assert mean(metrics.r_precision) == pytest.approx(
        metrics.chance_r_precision(candidates, 25), rel=0.2
    )
    assert mean(metrics.ndcg) == pytest.approx(metrics.chance_ndcg(candidates, 25), rel=0.05)
    assert mean(metrics.clicks) == pytest.approx(metrics.chance_clicks(candidates, 25), rel=0.05)


def test_chance_of_a_catalogue_of_the_size_measured_on():
    assert metrics.chance_recall(237_380) == pytest.approx(0.002106, abs=1e-6)
    assert metrics.chance_clicks(237_380, 50) == pytest.approx(48.4, abs=0.2)
