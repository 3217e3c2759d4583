"""Intervals over songs."""

from __future__ import annotations

import math

import numpy as np
import pytest

from highlighter.evaluation.bootstrap import Interval, mean_interval, paired_interval


def test_an_interval_is_that_of_the_reference(rng: np.random.Generator) -> None:
    from scipy.stats import bootstrap

    values = rng.beta(2.0, 3.0, 49)
    golden = bootstrap((values,), np.mean, n_resamples=10_000, method="percentile", rng=1)
    found = mean_interval(values)
    assert found.value == values.mean()
    assert found.low == pytest.approx(golden.confidence_interval.low, abs=0.003)
    assert found.high == pytest.approx(golden.confidence_interval.high, abs=0.003)


def test_many_songs_are_resampled_alike(rng: np.random.Generator) -> None:
    values = rng.normal(0.3, 0.2, 900)
    found = mean_interval(values)
    expected = 1.96 * values.std() / 30.0
    assert found.low == pytest.approx(values.mean() - expected, abs=0.001)
    assert found.high == pytest.approx(values.mean() + expected, abs=0.001)


def test_it_holds_the_truth_about_as_often_as_it_says(rng: np.random.Generator) -> None:
    held = 0
    for _ in range(100):
        found = mean_interval(rng.normal(0.3, 0.2, 49))
        held += found.low <= 0.3 <= found.high
    assert 88 <= held <= 100


def test_what_makes_a_song_hard_for_both_falls_out(rng: np.random.Generator) -> None:
    hard = rng.random(49)
    difference = paired_interval(hard + 0.05, hard)
    assert difference.value == pytest.approx(0.05)
    assert difference.excludes_zero
    assert difference.high - difference.low < 1e-9
    assert not paired_interval(hard, rng.permutation(hard)).excludes_zero


def test_songs_that_one_of_the_two_does_not_answer_are_left_out() -> None:
    ours, theirs = np.array([1.0, 1.0, math.nan]), np.array([0.5, math.nan, 0.0])
    assert paired_interval(ours, theirs).value == 0.5
    assert math.isnan(mean_interval(np.full(3, math.nan)).value)
    assert not mean_interval(np.full(3, math.nan)).excludes_zero


def test_it_is_the_same_each_time_and_refuses_rows_of_other_songs() -> None:
    values = np.arange(10.0)
    assert mean_interval(values) == mean_interval(values)
    assert isinstance(mean_interval(values), Interval)
    with pytest.raises(ValueError, match="one value per song"):
        paired_interval(values, values[:9])
