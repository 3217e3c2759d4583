"""Several models' probabilities as one, calibrated: a log-linear pool fitted on held-out answers.

p(class) ∝ exp(bias(class) + Σ weight · log p_model(class)), weights not below 0, fitted by log loss
on predictions for rows the models had not seen. With one model it is temperature scaling with a
bias per class (Guo et al. 2017, "vector scaling" with one shared slope); with several it is also
the blend (Genest and Zidek 1986, logarithmic opinion pool).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from recommender.genres.companions import softmax

Matrix = np.ndarray[Any, np.dtype[np.float64]]
Classes = np.ndarray[Any, np.dtype[np.int64]]

FLOOR = 1e-6
"""A model's probability counts at least this: none may veto a class."""
_RIDGE = 30.0
"""Rows' worth of holding the biases at 0."""


@dataclass(frozen=True)
class Pool:
    """A fitted pool.

    Attributes
    ----------
    weights
        One per model, at least 0.
    bias
        One per class.
    """

    weights: Matrix
    bias: Matrix

    def __call__(self, answers: Sequence[Matrix]) -> Matrix:
        """Return rows × classes from each model's rows × classes."""
        logits = np.tile(self.bias, (len(answers[0]), 1))
        for weight, one in zip(self.weights, answers, strict=True):
            if weight > 0:
                logits += weight * np.log(np.maximum(one, FLOOR))
        return softmax(logits)


def fit_pool(answers: Sequence[Matrix], truth: Classes) -> Pool:
    """Fit on answers for rows that the models were not trained on.

    Parameters
    ----------
    answers
        Per model, rows × classes.
    truth
        The rows' classes.
    """
    from scipy.optimize import minimize

    stacked = np.log(np.maximum(np.stack(answers), FLOOR))
    models, rows, classes = stacked.shape
    one_hot = np.eye(classes)[truth]

    def loss(values: Matrix) -> tuple[float, Matrix]:
        weights, bias = values[:models], values[models:]
        logits = np.tensordot(weights, stacked, axes=1) + bias
        top = logits.max(axis=1, keepdims=True)
        sums = np.exp(logits - top).sum(axis=1)
        given = logits[np.arange(rows), truth]
        total = float((top[:, 0] + np.log(sums) - given).sum()) + _RIDGE * float(bias @ bias)
        off = np.exp(logits - top) / sums[:, None] - one_hot
        slope = np.concatenate(
            [np.einsum("mrc,rc->m", stacked, off), off.sum(axis=0) + 2 * _RIDGE * bias]
        )
        return total / rows, slope / rows

    start = np.concatenate([np.full(models, 1.0 / models), np.zeros(classes)])
    bounds = [(0.0, 30.0)] * models + [(-5.0, 5.0)] * classes
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x
    return Pool(found[:models], found[models:])


def cross_pooled(answers: Sequence[Matrix], truth: Classes, folds: Classes) -> Matrix:
    """Return pooled probabilities, each fold's by a pool fitted on the other folds' answers.

    No row's label is used for its own answer: its models were trained without its fold, and so was
    its pool.
    """
    out = np.zeros_like(answers[0])
    for fold in np.unique(folds):
        theirs = folds != fold
        pool = fit_pool([one[theirs] for one in answers], truth[theirs])
        out[~theirs] = pool([one[~theirs] for one in answers])
    return out
