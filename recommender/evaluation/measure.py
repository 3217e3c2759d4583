"""Ask a ranker all questions, and measure its answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from recommender.evaluation import beyond, metrics
from recommender.evaluation.answers import Answer
from recommender.evaluation.protocol import Case

RANKING_METRICS = ("R-precision", "NDCG@500", "clicks", "recall@30", "recall@100", "recall@500")
LIST_METRICS = ("popularity lift", "diversity", "artists per track")
_UNDEFINED = dict.fromkeys(RANKING_METRICS, float("nan"))

Rows = np.ndarray[Any, np.dtype[np.int64]]
Doubles = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class Surroundings:
    """What list metrics need to know about the tracks.

    Attributes
    ----------
    popularity
        Shape (n,), NaN unknown.
    features
        Shape (n, d), standardised.
    artists
        Shape (n,), each row's first artist.
    """

    popularity: np.ndarray[Any, np.dtype[np.float32]]
    features: np.ndarray[Any, np.dtype[np.float32]]
    artists: Rows


@dataclass(frozen=True)
class Measured:
    """What a ranker's answers are worth.

    Attributes
    ----------
    values
        Metric → one value per playlist (the mean over its draws), in the order of `playlists`.
        NaN where it is undefined, as blind metrics are when all targets share artists with seeds.
    coverage
        The share of the catalogue on at least one of the lists.
    playlists
        The playlists asked about.
    """

    values: Mapping[str, Doubles]
    coverage: float
    playlists: Rows
    lists: int = field(default=0)

    def mean(self, metric: str) -> float:
        """Return a metric's mean over the playlists that have it."""
        known = self.values[metric][~np.isnan(self.values[metric])]
        return float(known.mean()) if len(known) else float("nan")


def measure(answer: Answer, cases: Sequence[Case], around: Surroundings) -> Measured:
    """Return the metrics of the answers to some questions, plain and artist-blind.

    The list metrics are of the first 30 tracks, the coverage of the first 500. The names of blind
    metrics begin with "blind ".
    """
    rows: list[dict[str, float]] = []
    lists: list[Rows] = []
    for case in cases:
        plain, blind = answer(case)
        lists.append(plain)
        row = ranking_metrics(plain, case.targets) | list_metrics(plain[:30], case.seeds, around)
        others = case.blind_targets
        found = ranking_metrics(blind, others) if len(others) else _UNDEFINED
        rows.append(row | {f"blind {name}": value for name, value in found.items()})
    return Measured(
        values=_by_playlist(rows, cases),
        coverage=beyond.catalogue_coverage(lists, len(around.artists)),
        playlists=np.unique([case.playlist for case in cases]),
        lists=len(lists),
    )


def ranking_metrics(ranked: Rows, targets: Rows) -> dict[str, float]:
    """Return the metrics of `RANKING_METRICS` for one list."""
    return {
        "R-precision": metrics.r_precision(ranked, targets),
        "NDCG@500": metrics.ndcg(ranked, targets),
        "clicks": metrics.clicks(ranked, targets),
        "recall@30": metrics.recall(ranked, targets, 30),
        "recall@100": metrics.recall(ranked, targets, 100),
        "recall@500": metrics.recall(ranked, targets, 500),
    }


def chance_metrics(candidates: int, targets: int) -> dict[str, float]:
    """Return what a random order gets in the mean for so many candidates and targets."""
    return {
        "R-precision": metrics.chance_r_precision(candidates, targets),
        "NDCG@500": metrics.chance_ndcg(candidates, targets),
        "clicks": metrics.chance_clicks(candidates, targets),
        "recall@30": metrics.chance_recall(candidates, 30),
        "recall@100": metrics.chance_recall(candidates, 100),
        "recall@500": metrics.chance_recall(candidates, 500),
    }


def list_metrics(ranked: Rows, seeds: Rows, around: Surroundings) -> dict[str, float]:
    """Return the metrics of `LIST_METRICS` for one list."""
    return {
        "popularity lift": beyond.popularity_lift(ranked, seeds, around.popularity),
        "diversity": beyond.intra_list_diversity(ranked, around.features),
        "artists per track": beyond.distinct_share(around.artists[ranked]),
    }


def _by_playlist(rows: Sequence[Mapping[str, float]], cases: Sequence[Case]) -> dict[str, Doubles]:
    if not rows:
        return {}
    numbers = np.array([case.playlist for case in cases])
    _, place = np.unique(numbers, return_inverse=True)
    averaged = {}
    for name in rows[0]:
        values = np.array([row[name] for row in rows])
        known = ~np.isnan(values)
        sums = np.bincount(place[known], values[known], minlength=place.max() + 1)
        counts = np.bincount(place[known], minlength=place.max() + 1)
        with np.errstate(invalid="ignore", divide="ignore"):
            averaged[name] = sums / counts
    return averaged
