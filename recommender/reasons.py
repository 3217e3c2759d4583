"""Why this track: the nearest seed, what both share, how near that is. Measured, never invented."""

from __future__ import annotations

from typing import Any

import numpy as np

from recommender.catalogue.schema import FEATURES
from recommender.space import TasteSpace

MAX_ATTRIBUTES = 3
NOTABLE_SHARE = 0.15
"""An attribute is worth telling when at most this share of the catalogue lies between the two."""

# Neighbouring pitch classes are not alike, and neither are two metres: there only equality counts.
_EQUAL_ONLY = frozenset({"key", "mode", "time_signature"})

Floats = np.ndarray[Any, np.dtype[np.float32]]


def shared_attributes(space: TasteSpace, seeds: Floats, tracks: Floats) -> list[tuple[str, ...]]:
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
        n tuples of up to three names.
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
    order = np.argsort(shares, axis=1, kind="stable")[:, :MAX_ATTRIBUTES]
    return [
        tuple(FEATURES[at] for at in best if row[at] <= NOTABLE_SHARE)
        for row, best in zip(shares, order, strict=True)
    ]
