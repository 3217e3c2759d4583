"""Each measure against a value worked out by hand, and against what knowing nothing gets."""

from __future__ import annotations

import math

import numpy as np
import pytest

from recommender.genres import metrics

TRUTH = np.array([0, 0, 1, 2])
ANSWERS = np.array(
    [[0.7, 0.2, 0.1], [0.4, 0.5, 0.1], [0.1, 0.8, 0.1], [0.2, 0.5, 0.3]]
)  # right, wrong, right, wrong


def test_accuracy_is_the_share_of_right_answers_and_beats_half_the_rows_by_chance() -> None:
    assert metrics.accuracy(ANSWERS, TRUTH) == 0.5
    assert metrics.chance(TRUTH, 3)["accuracy"] == 0.5  # always class 0, which half the rows are


def test_macro_f1_weighs_every_class_alike() -> None:
    # class 0: 1 hit, 1 miss → 2/3; class 1: 1 hit, 2 wrongly answered → 2/4; class 2: 0
    assert metrics.macro_f1(ANSWERS, TRUTH) == pytest.approx((2 / 3 + 1 / 2 + 0) / 3)
    assert metrics.chance(TRUTH, 3)["macro-F1"] == pytest.approx((2 * 2 / (4 + 2)) / 3)


def test_top_k_counts_the_true_class_among_the_likeliest() -> None:
    assert metrics.top_k(ANSWERS, TRUTH, 2) == 1.0
    assert metrics.top_k(np.full((4, 4), 0.25), np.arange(4), 1) == 0.25
    assert metrics.chance(np.arange(10), 10)["top-3"] == pytest.approx(0.3)
    assert metrics.chance(np.arange(10), 10)["top-5"] == pytest.approx(0.5)


def test_log_loss_is_the_mean_surprise_in_nats() -> None:
    expected = -(math.log(0.7) + math.log(0.4) + math.log(0.8) + math.log(0.3)) / 4
    assert metrics.log_loss(ANSWERS, TRUTH) == pytest.approx(expected)
    entropy = -(0.5 * math.log(0.5) + 2 * 0.25 * math.log(0.25))
    assert metrics.chance(TRUTH, 3)["log loss"] == pytest.approx(entropy)


def test_log_loss_of_a_certain_error_is_bounded() -> None:
    assert metrics.log_loss(np.array([[1.0, 0.0]]), np.array([1])) == pytest.approx(34.54, abs=0.01)


def test_calibration_error_is_the_weighted_gap_between_sureness_and_rightness() -> None:
    # Bins of 1/15: .7 alone (right), .5 twice (both wrong), .8 alone (right).
    expected = (1 * 0.3 + 2 * 0.5 + 1 * 0.2) / 4
    assert metrics.calibration_error(ANSWERS, TRUTH) == pytest.approx(expected)
    assert metrics.chance(TRUTH, 3)["ECE"] == pytest.approx(0.0)


def test_a_confidence_on_a_bins_upper_edge_belongs_to_that_bin() -> None:
    answers = np.array([[0.6, 0.4], [0.59, 0.41]])  # 0.6 closes the ninth of 15 bins
    (only,) = metrics.reliability(answers, np.array([0, 1]))
    assert (only.rows, only.right) == (2, 0.5)


def test_honest_answers_have_a_small_calibration_error_and_boasting_ones_a_large() -> None:
    random = np.random.default_rng(0)
    sure = random.uniform(0.5, 1.0, 20_000)
    truth = (random.random(20_000) >= sure).astype(int)
    honest = np.column_stack([sure, 1 - sure])
    boasting = np.column_stack([np.full(20_000, 0.99), np.full(20_000, 0.01)])
    assert metrics.calibration_error(honest, truth) < 0.01
    assert metrics.calibration_error(boasting, truth) == pytest.approx(0.24, abs=0.02)


def test_confusions_are_counted_by_truth_then_answer() -> None:
    assert metrics.confusion(ANSWERS, TRUTH, 3).tolist() == [[1, 1, 0], [0, 1, 0], [0, 1, 0]]
