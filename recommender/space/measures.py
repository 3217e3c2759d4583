"""Measures that a space keeps of its tracks: what is near, and what is usual."""

from __future__ import annotations

from typing import Any

import numpy as np

QUANTILES = 1001
_PAIRS = 100_000
_PIECES = 10
_SEED = 20_260_101

Floats = np.ndarray[Any, np.dtype[np.float32]]
Doubles = np.ndarray[Any, np.dtype[np.float64]]


def feature_quantiles(features: Floats) -> Floats:
    """Return each column's 1001 quantiles, shape (f, 1001), NaN where unknown everywhere."""
    steps = np.linspace(0.0, 1.0, QUANTILES)
    quantiles = np.full((features.shape[1], QUANTILES), np.nan, dtype=np.float32)
    for at in range(features.shape[1]):
        values = features[:, at]
        values = values[~np.isnan(values)]
        if len(values):
            quantiles[at] = np.quantile(values, steps)
    return quantiles


def distance_quantiles(vectors: Floats, metric: str = "l2") -> Floats:
    """Return 1001 quantiles of the distance between two random rows, shape (1001,)."""
    if len(vectors) < 2:
        return np.zeros(QUANTILES, dtype=np.float32)
    random = np.random.default_rng(_SEED)
    left = random.integers(0, len(vectors), _PAIRS)
    right = (left + random.integers(1, len(vectors), _PAIRS)) % len(vectors)
    order = 1 if metric == "l1" else 2
    halves = zip(np.split(left, _PIECES), np.split(right, _PIECES), strict=True)
    distances = np.concatenate(
        [np.linalg.norm(vectors[one] - vectors[other], ord=order, axis=1) for one, other in halves]
    )
    quantiles: Floats = np.quantile(distances, np.linspace(0.0, 1.0, QUANTILES)).astype(np.float32)
    return quantiles


def percentile(quantiles: Floats, distances: np.ndarray[Any, Any]) -> Doubles:
    """Return for each distance how many of 100 random pairs of tracks are further apart."""
    below = np.searchsorted(quantiles, distances, side="left")
    result: Doubles = 100.0 * (1.0 - below / len(quantiles))
    return result
