"""How good rows of probabilities are, each measure beside what knowing nothing gets.

All functions take `probabilities` (rows × classes, rows sum to 1) and `truth` (class numbers, from
0). `chance` gives the same measures for always answering the classes' shares.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

Matrix = np.ndarray[Any, np.dtype[np.float64]]
Classes = np.ndarray[Any, np.dtype[np.int64]]

BINS = 15
FLOOR = 1e-15

MEASURES = ("accuracy", "macro-F1", "top-3", "top-5", "log loss", "ECE")


def accuracy(probabilities: Matrix, truth: Classes) -> float:
    """Return the share of rows whose likeliest class is the true one."""
    return float(np.mean(probabilities.argmax(axis=1) == truth))


def macro_f1(probabilities: Matrix, truth: Classes) -> float:
    """Return the mean over the classes in `truth` of 2·TP / (2·TP + FP + FN)."""
    answered = probabilities.argmax(axis=1)
    scores = []
    for one in np.unique(truth):
        hits = int(np.sum((answered == one) & (truth == one)))
        misses = int(np.sum((answered == one) != (truth == one)))
        scores.append(2 * hits / (2 * hits + misses))
    return float(np.mean(scores))


def top_k(probabilities: Matrix, truth: Classes, k: int) -> float:
    """Return the share of rows with the true class among the `k` likeliest.

    Equal probabilities are ordered by class number, so that a constant answer earns k of them.
    """
    order = np.argsort(-probabilities, axis=1, kind="stable")[:, :k]
    return float(np.mean((order == truth[:, None]).any(axis=1)))


def log_loss(probabilities: Matrix, truth: Classes) -> float:
    """Return the mean of −ln of the true class's probability, in nats."""
    given = probabilities[np.arange(len(truth)), truth]
    return float(-np.log(np.clip(given, FLOOR, 1.0)).mean())


@dataclass(frozen=True)
class Bin:
    """Rows of like confidence: how sure they were, how often right, how many."""

    confidence: float
    right: float
    rows: int


def reliability(probabilities: Matrix, truth: Classes, bins: int = BINS) -> tuple[Bin, ...]:
    """Return the filled bins of equal width over the confidence (the largest probability)."""
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == truth
    # Bins are open below and closed above, as in Guo et al. (2017), equation 3.
    at = np.clip(np.ceil(confidence * bins).astype(int) - 1, 0, bins - 1)
    return tuple(
        Bin(float(confidence[at == one].mean()), float(right[at == one].mean()), int(n))
        for one in range(bins)
        if (n := int(np.sum(at == one)))
    )


def calibration_error(probabilities: Matrix, truth: Classes, bins: int = BINS) -> float:
    """Return the expected calibration error (Guo et al. 2017, "On calibration", equation 3)."""
    found = reliability(probabilities, truth, bins)
    rows = sum(one.rows for one in found)
    return sum(one.rows * abs(one.right - one.confidence) for one in found) / rows


def measure(probabilities: Matrix, truth: Classes) -> dict[str, float]:
    """Return all `MEASURES`."""
    return {
        "accuracy": accuracy(probabilities, truth),
        "macro-F1": macro_f1(probabilities, truth),
        "top-3": top_k(probabilities, truth, 3),
        "top-5": top_k(probabilities, truth, 5),
        "log loss": log_loss(probabilities, truth),
        "ECE": calibration_error(probabilities, truth),
    }


def chance(truth: Classes, classes: int) -> Mapping[str, float]:
    """Return the measures of always answering the classes' shares among these very rows."""
    shares = np.bincount(truth, minlength=classes) / len(truth)
    return measure(np.tile(shares, (len(truth), 1)), truth)


def confusion(probabilities: Matrix, truth: Classes, classes: int) -> np.ndarray[Any, Any]:
    """Return counts, true class × answered class."""
    counted = np.zeros((classes, classes), np.int64)
    np.add.at(counted, (truth, probabilities.argmax(axis=1)), 1)
    return counted
