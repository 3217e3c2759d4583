"""Calibration and blending: what they gain is gained on rows that they have not seen."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.genres.companions import fit_gaussians, fit_kernel, softmax
from recommender.genres.metrics import accuracy, calibration_error, log_loss
from recommender.genres.pooling import cross_pooled, fit_pool


def boasting(rows: int = 3_000, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return answers three times as sure as they should be, and the truth."""
    random = np.random.default_rng(seed)
    logits = random.normal(0, 1.0, (rows, 4))
    honest = softmax(logits)
    truth = np.array([random.choice(4, p=row) for row in honest])
    return softmax(3.0 * logits), truth


def test_a_boasting_models_temperature_is_found() -> None:
    answers, truth = boasting()
    pool = fit_pool([answers], truth)
    assert pool.weights[0] == pytest.approx(1 / 3, abs=0.04)
    assert np.abs(pool.bias).max() < 0.15


def test_calibrating_across_folds_mends_the_calibration_and_keeps_the_answers() -> None:
    answers, truth = boasting()
    folds = np.arange(len(truth)) % 5
    mended = cross_pooled([answers], truth, folds)
    assert calibration_error(answers, truth) > 0.2
    assert calibration_error(mended, truth) < 0.04
    assert accuracy(mended, truth) == pytest.approx(accuracy(answers, truth), abs=0.02)
    assert np.allclose(mended.sum(axis=1), 1)


def test_a_model_that_knows_nothing_gets_no_weight() -> None:
    answers, truth = boasting()
    noise = softmax(np.random.default_rng(1).normal(0, 2, answers.shape))
    pool = fit_pool([answers, noise], truth)
    assert pool.weights[1] < 0.05
    assert log_loss(pool([answers, noise]), truth) < log_loss(answers, truth)


@pytest.mark.parametrize("fit", [fit_kernel, fit_gaussians])
def test_the_small_models_learn_a_bent_border(fit: object) -> None:
    random = np.random.default_rng(2)
    rows = random.normal(0, 1, (600, 2))
    truth = (np.hypot(*rows.T) > 1.1).astype(int)  # a circle: no straight line tells it
    model = fit(rows[:400], truth[:400], 2)  # type: ignore[operator]
    answers = model.probabilities(rows[400:])
    assert accuracy(answers, truth[400:]) > 0.9
    assert np.allclose(answers.sum(axis=1), 1)


def test_a_class_with_one_row_does_not_break_the_gaussians() -> None:
    rows = np.random.default_rng(3).normal(0, 1, (21, 3))
    truth = np.array([0] * 10 + [1] * 10 + [2])
    assert np.isfinite(fit_gaussians(rows, truth, 3).probabilities(rows)).all()
