"""Estimates agree with published or independently computed values."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from scipy import stats

from webapp.services.feedback.statistics import (
    binomial_p,
    mean_opinion,
    mean_with_interval,
    satisfaction,
    wilson,
)


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [
        # Newcombe, Statistics in Medicine 17 (1998), 857-872, table I, method 3.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_a_share_has_the_interval_that_newcombe_prints(
    successes: int, n: int, low: float, high: float
) -> None:
    found = wilson(successes, n)
    assert found.value == successes / n
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)
    assert found.n == n


def test_a_share_of_nothing_is_unknown_and_no_share_is_refused() -> None:
    assert math.isnan(wilson(0, 0).value)
    with pytest.raises(ValueError, match="6 of 5"):
        wilson(6, 5)


@given(some.integers(0, 400), some.integers(0, 400))
def test_a_coin_is_tested_as_scipy_tests_it(heads: int, tails: int) -> None:
    n = heads + tails
    reference = stats.binomtest(heads, n, 0.5).pvalue if n else 1.0
    assert binomial_p(heads, n) == pytest.approx(reference, rel=1e-9)


def test_nine_of_ten_is_the_textbook_value_of_the_sign_test() -> None:
    assert binomial_p(9, 10) == pytest.approx(22 / 1024)
    assert binomial_p(5, 10) == 1.0


def test_a_mean_has_students_interval() -> None:
    # 4, 5, 3, 4: mean 4, s = sqrt(2/3), t(3) = 3.182446.
    found = mean_with_interval([4, 5, 3, 4])
    assert found.value == 4.0
    assert found.high - 4.0 == pytest.approx(3.182446 * math.sqrt(2 / 3) / 2, rel=1e-6)
    assert math.isnan(mean_with_interval([3]).low)


def test_one_score_of_each_rater_has_the_usual_interval() -> None:
    scores = [3, 4, 4, 2, 3, 4, 3]
    plain, found = mean_with_interval(scores), mean_opinion(list(enumerate(scores)))
    assert (found.value, found.n) == (plain.value, 7)
    assert (found.low, found.high) == pytest.approx((plain.low, plain.high))


def test_a_rater_who_says_the_same_ten_times_makes_nothing_surer() -> None:
    once = [("a", 2), ("b", 4), ("c", 3), ("d", 5)]
    often = [pair for pair in once for _ in range(10)]
    assert mean_opinion(often).low == pytest.approx(mean_opinion(once).low)
    assert mean_opinion(often).n == 4


def test_the_interval_over_raters_holds_its_level_where_scores_of_one_hang_together() -> None:
    draw = np.random.default_rng(7)
    covered, rounds = 0, 400
    for _ in range(rounds):
        taste = draw.normal(3.0, 0.5, 20)
        scores = [
            (rater, float(mean + draw.normal(0, 0.3)))
            for rater, mean in enumerate(taste)
            for _ in range(8)
        ]
        found = mean_opinion(scores)
        covered += found.low <= 3.0 <= found.high
    # 95 % ± 4 standard errors of 400 rounds; scores taken as independent would cover about 55 %.
    assert 0.90 <= covered / rounds <= 0.99


def test_the_index_weighs_people_and_things_alike() -> None:
    rated = [("a", "highlight", 5), ("a", "highlight", 5), ("a", "trailer", 3), ("b", "trailer", 2)]
    found = satisfaction(rated)
    # a: (5 + 3) / 2 = 4 -> 75; b: 2 -> 25.
    assert found.value == 50.0
    assert found.n == 2
    assert satisfaction([("a", "trailer", 5)]).value == 100.0
    assert satisfaction([("a", "trailer", 1)]).value == 0.0
