from __future__ import annotations

import numpy as np
import pytest

from recommender.evaluation.bootstrap import mean_interval, ratio_interval


def test_the_interval_of_a_mean_is_that_of_the_normal_for_many_values():
    values = np.random.default_rng(0).normal(10.0, 2.0, 400)
    found = mean_interval(values)
    half = 1.96 * values.std() / 20
    assert found.value == pytest.approx(values.mean())
    assert found.low == pytest.approx(values.mean() - half, abs=0.03)
    assert found.high == pytest.approx(values.mean() + half, abs=0.03)


def test_a_ratio_on_the_same_playlists_is_surer_than_either_mean():
    theirs = np.random.default_rng(1).exponential(1.0, 200)
    found = ratio_interval(2.0 * theirs, theirs)
    assert (found.low, found.value, found.high) == pytest.approx((2.0, 2.0, 2.0))


def test_a_ratio_without_playlists_or_over_nothing_is_not_a_number():
    assert np.isnan(ratio_interval(np.ones(3), np.zeros(3)).value)
    assert np.isnan(mean_interval(np.array([np.nan])).value)


def test_resampling_is_repeatable():
    values = np.arange(20.0)
    assert mean_interval(values) == mean_interval(values)


def test_ratios_need_pairs():
    with pytest.raises(ValueError, match="one value per playlist"):
        ratio_interval(np.ones(2), np.ones(3))
