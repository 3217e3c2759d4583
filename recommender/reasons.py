"""Why this track: the nearest seed, what both share, how near that is. Measured, never invented."""

from __future__ import annotations

from typing import Any

import numpy as np

from recommender.catalogue.decimals import short_decimals
from recommender.catalogue.schema import FEATURES
from recommender.playlist import Shared
from recommender.space import TasteSpace

MAX_ATTRIBUTES = 3
NOTABLE_SHARE = 0.15
"""An attribute is worth telling when at most this share of the catalogue lies between the two."""

# Neighbouring pitch classes are not alike, and neither are two metres: there only equality counts.
_EQUAL_ONLY = [FEATURES.index(name) for name in ("key", "mode", "time_signature")]
_KEY, _MODE = FEATURES.index("key"), FEATURES.index("mode")
_LEVELS = ("", "low", "mid", "high", "minor", "major")

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
    shares = _shares(space.feature_quantiles, seeds, tracks)
    order = np.argsort(shares, axis=1, kind="stable")[:, :MAX_ATTRIBUTES]
    notable = np.take_along_axis(shares, order, axis=1) <= NOTABLE_SHARE
    told = (
        np.where(notable, order, -1),
        short_decimals(np.take_along_axis(seeds, order, axis=1)),
        short_decimals(np.take_along_axis(tracks, order, axis=1)),
        np.take_along_axis(_levels(space.feature_quantiles, seeds, tracks), order, axis=1),
    )
    return [
        tuple(
            Shared(FEATURES[at], seed, track, _LEVELS[level])
            for at, seed, track, level in zip(*pair, strict=True)
            if at >= 0
        )
        for pair in zip(*(column.tolist() for column in told), strict=True)
    ]


def _shares(quantiles: Floats, seeds: Floats, tracks: Floats) -> Floats:
    """Return what share of the catalogue lies between the two values, inf where incomparable."""
    shares: Floats = np.full(seeds.shape, np.inf)
    low, high = np.minimum(seeds, tracks), np.maximum(seeds, tracks)
    comparable = ~np.isnan(low)
    comparable[:, _EQUAL_ONLY] &= (low == high)[:, _EQUAL_ONLY]
    comparable &= ~np.isnan(quantiles[:, 0])
    for at in np.flatnonzero(comparable.any(axis=0)).tolist():
        between = quantiles[at].searchsorted(high[:, at], side="right")
        between -= quantiles[at].searchsorted(low[:, at], side="left")
        shares[:, at] = np.where(comparable[:, at], between / quantiles.shape[1], np.inf)
    shares[~np.isinf(shares[:, _KEY]), _MODE] = np.inf
    return shares


def _levels(
    quantiles: Floats, seeds: Floats, tracks: Floats
) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Return which of `_LEVELS` both values have: a third of the catalogue, or a mode."""
    low, high = np.minimum(seeds, tracks), np.maximum(seeds, tracks)
    third = quantiles.shape[1] // 3
    first, last = quantiles[:, third], quantiles[:, -1 - third]
    levels = np.where((low > first) & (high < last), _LEVELS.index("mid"), 0)
    levels[low >= last] = _LEVELS.index("high")
    levels[high <= first] = _LEVELS.index("low")
    levels[:, _EQUAL_ONLY] = 0
    mode = seeds[:, _MODE]
    told = np.where(mode == 1.0, _LEVELS.index("major"), _LEVELS.index("minor"))
    told[mode != tracks[:, _MODE]] = 0
    levels[:, [_KEY, _MODE]] = told[:, None]
    return levels
