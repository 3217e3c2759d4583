"""What lists are like beside being right: how much of the catalogue, how popular, how varied.

Ziegler, McNee, Konstan, Lausen, "Improving recommendation lists through topic diversification",
WWW 2005 (intra-list similarity); Abdollahpouri, Mansoury, Burke, Mobasher, "The unfairness of
popularity bias in recommendation", RMSE 2019 (popularity lift); Ge, Delgado-Battenfeld, Jannach,
"Beyond accuracy", RecSys 2010 (catalogue coverage).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

Tracks = np.ndarray[Any, np.dtype[np.int64]]
Floats = np.ndarray[Any, np.dtype[np.floating[Any]]]


def catalogue_coverage(lists: Sequence[Tracks], candidates: int) -> float:
    """Return the share of the candidates that stand on at least one list, 0–1.

    `chance_coverage` is what random lists of the same lengths reach.
    """
    if not lists:
        return 0.0
    return len(np.unique(np.concatenate(lists))) / candidates


def chance_coverage(lengths: Sequence[int], candidates: int) -> float:
    """Return the mean coverage of independent random lists of these lengths."""
    return float(1.0 - np.prod([1.0 - min(length / candidates, 1.0) for length in lengths]))


def popularity_lift(ranked: Tracks, seeds: Tracks, popularity: Floats) -> float:
    """Return (mean popularity of the list − that of the seeds) / that of the seeds.

    0 when the list is as popular as the seeds, 1 when twice as popular; NaN where either side has
    no known popularity or the seeds' is zero. Unknown values are NaN in `popularity` and left out.
    """
    of_list, of_seeds = popularity[ranked], popularity[seeds]
    of_list, of_seeds = of_list[~np.isnan(of_list)], of_seeds[~np.isnan(of_seeds)]
    if not len(of_list) or not len(of_seeds) or of_seeds.mean() == 0.0:
        return float("nan")
    return float(of_list.mean() / of_seeds.mean() - 1.0)


def intra_list_diversity(ranked: Tracks, vectors: Floats) -> float:
    """Return the mean Euclidean distance of the list's pairs; NaN for fewer than two tracks.

    In units of `vectors`, shape (n, d); here standardised features, in which two random tracks are
    about √(2 d) apart.
    """
    rows = np.asarray(vectors[ranked], dtype=np.float64)
    count = len(rows)
    if count < 2:
        return float("nan")
    rows = rows - rows.mean(axis=0)
    squares = (rows * rows).sum(axis=1)
    apart = np.sqrt(np.maximum(squares[:, None] + squares[None, :] - 2.0 * rows @ rows.T, 0.0))
    np.fill_diagonal(apart, 0.0)
    return float(apart.sum() / (count * (count - 1)))


def distinct_share(codes: Tracks) -> float:
    """Return how many different values stand on a list per track, 0–1 (artists, for instance)."""
    return len(np.unique(codes)) / len(codes) if len(codes) else float("nan")
