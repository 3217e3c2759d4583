"""Why this track: the nearest seed, what both share, how near that is. Measured, never invented."""

from __future__ import annotations

from typing import Any

import numpy as np

from recommender.catalogue.schema import FEATURES
from recommender.playlist import Shared
from recommender.space import TasteSpace

MAX_ATTRIBUTES = 3
NOTABLE_SHARE = 0.15
"""An attribute is worth telling when at most this share of the catalogue lies between the two."""

# Neighbouring pitch classes are not alike, and neither are two metres: there only equality counts.
_EQUAL_ONLY = frozenset({"key", "mode", "time_signature"})
_KEY, _MODE = FEATURES.index("key"), FEATURES.index("mode")

Floats = np.ndarray[Any, np.dtype[np.float32]]


def shared_attributes(space: TasteSpace, seeds: Floats, tracks: Floats) -> list[tuple[Shared, ...]]:
    """Return for pairs of tracks the features in which they are notably close, strongest first.

    The strength of a feature is the share of the catalogue whose value lies between the two
    (both ends included): 118 and 120 BPM leave 2 % between them, two songs in 4/4 leave 90 %.

    Parameters
    ----------
    space
        Gives each feature's quantiles over the catalogue.
    seeds, tracks
        Shape (n, 13) in the order of `FEATURES`, NaN where unknown; row i of both is a pair.

    Returns
    -------
    list
        n tuples of up to `MAX_ATTRIBUTES`, with both values and their level. A shared mode is
        told with the key where that is shared too.
    """
    shares = np.full(seeds.shape, np.inf)
    for at, name in enumerate(FEATURES):
        quantiles = space.feature_quantiles[at]
        if np.isnan(quantiles[0]):
            continue
        low = np.minimum(seeds[:, at], tracks[:, at])
        high = np.maximum(seeds[:, at], tracks[:, at])
        between = np.searchsorted(quantiles, high, side="right") - np.searchsorted(
            quantiles, low, side="left"
        )
        comparable = ~np.isnan(low)
        if name in _EQUAL_ONLY:
            comparable &= low == high
        shares[comparable, at] = between[comparable] / len(quantiles)
    shares[~np.isinf(shares[:, _KEY]), _MODE] = np.inf
    order = np.argsort(shares, axis=1, kind="stable")[:, :MAX_ATTRIBUTES]
    return [
        tuple(
            Shared(
                FEATURES[at],
                _short(seed[at]),
                _short(track[at]),
                _level(space.feature_quantiles[at], seed, track, at),
            )
            for at in best
            if row[at] <= NOTABLE_SHARE
        )
        for seed, track, row, best in zip(seeds, tracks, shares, order.tolist(), strict=True)
    ]


def _level(quantiles: Floats, seed: Floats, track: Floats, at: int) -> str:
    """Return in which third of the catalogue both values lie, or which mode they share."""
    if at in (_KEY, _MODE):
        mode = seed[_MODE]
        return "" if mode != track[_MODE] else "major" if mode == 1.0 else "minor"
    if FEATURES[at] in _EQUAL_ONLY:
        return ""
    low, high = min(seed[at], track[at]), max(seed[at], track[at])
    third = len(quantiles) // 3
    if high <= quantiles[third]:
        return "low"
    if low >= quantiles[-1 - third]:
        return "high"
    return "mid" if low > quantiles[third] and high < quantiles[-1 - third] else ""


def _short(value: Any) -> float:
    """Return a float32 as the short decimal it was written as (0.734, not 0.7339999…)."""
    return float(str(np.float32(value)))
