"""Why this track: the nearest seed, what both share, how near that is. Measured, never invented."""

from __future__ import annotations

from typing import Any

import numpy as np

from recommender.catalogue.schema import FEATURES
from recommender.space import Space

MAX_ATTRIBUTES = 3
NOTABLE_SHARE = 0.15
"""An attribute is worth telling when at most this share of the catalogue lies between the two."""

# Neighbouring pitch classes are not alike, and neither are two metres: there only equality counts.
_EQUAL_ONLY = frozenset({"key", "mode", "time_signature"})


def shared_attributes(
    space: Space, seed: np.ndarray[Any, Any], track: np.ndarray[Any, Any]
) -> tuple[str, ...]:
    """Return up to three features in which two tracks are notably close, strongest first.

    The strength of a feature is the share of the catalogue whose value lies between the two
    (both ends included): 118 and 120 BPM leave 2 % between them, two songs in 4/4 leave 90 %.

    Parameters
    ----------
    space
        Gives each feature's quantiles over the catalogue.
    seed, track
        Shape (13,) in the order of `FEATURES`, NaN where unknown.
    """
    strengths = []
    for at, name in enumerate(FEATURES):
        low, high = sorted((float(seed[at]), float(track[at])))
        if np.isnan(low) or np.isnan(high) or (name in _EQUAL_ONLY and low != high):
            continue
        quantiles = space.feature_quantiles[at]
        below = np.searchsorted(quantiles, low, side="left")
        upto = np.searchsorted(quantiles, high, side="right")
        share = float(upto - below) / len(quantiles)
        if share <= NOTABLE_SHARE and not np.isnan(quantiles[0]):
            strengths.append((share, at, name))
    return tuple(name for _, _, name in sorted(strengths)[:MAX_ATTRIBUTES])
