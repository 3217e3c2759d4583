"""Who is asked what: seeds drawn from playlists, the rest held back, folds by playlist."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from recommender.evaluation.data import EvaluationData

MIN_KNOWN = 15
"""Playlists with fewer tracks in the table are not asked about."""

SEEDS = 5
FOLDS = 5

Rows = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True)
class Case:
    """One question: five tracks of a playlist are given, the others are to be found.

    Attributes
    ----------
    playlist
        Its number in `EvaluationData.playlists`.
    fold
        What was learned from playlists for this question saw no playlist of this fold.
    seeds, targets
        Rows given and rows held back; they share none.
    barred
        Rows by any artist of the seeds, rising: neither candidates nor targets when blind.
    """

    playlist: int
    fold: int
    seeds: Rows
    targets: Rows
    barred: Rows

    @property
    def blind_targets(self) -> Rows:
        """The held-back rows by other artists than the seeds'; may be empty."""
        return np.setdiff1d(self.targets, self.barred)


def draw_cases(
    data: EvaluationData, source: str, *, draws: int = 1, seed: int = 0
) -> tuple[Case, ...]:
    """Draw the questions for the playlists of one source.

    Parameters
    ----------
    data
        Tracks and playlists.
    source
        Only playlists of this source.
    draws
        How often seeds are drawn per playlist; a playlist keeps its fold.
    seed
        Of the random generator: equal seeds give equal questions.
    """
    eligible = [
        number
        for number, playlist in enumerate(data.playlists)
        if playlist.source == source and len(playlist.rows) >= MIN_KNOWN
    ]
    random = np.random.default_rng(seed)
    folds = random.permutation(len(eligible)) % FOLDS
    cases = []
    for _ in range(draws):
        for number, fold in zip(eligible, folds, strict=True):
            rows = random.permutation(data.playlists[number].rows)
            seeds = rows[:SEEDS]
            barred = np.flatnonzero(data.artists.mask(data.artists.of_rows(seeds)))
            cases.append(Case(number, int(fold), seeds, rows[SEEDS:], barred))
    return tuple(cases)


def training_playlists(
    data: EvaluationData, cases: Sequence[Case], fold: int, sources: Sequence[str] | None = None
) -> tuple[Rows, ...]:
    """Return the rows of the playlists that may be learned from when `fold` is asked about.

    That is every playlist (of the given sources, or of all) but the fold's own, and but those that
    are as good as a copy of one of them (half or more of the smaller one's tracks in common).
    """
    held = {case.playlist for case in cases if case.fold == fold}
    held_sets = [frozenset(data.playlists[number].rows.tolist()) for number in held]
    allowed = []
    for number, playlist in enumerate(data.playlists):
        if number in held or (sources is not None and playlist.source not in sources):
            continue
        rows = frozenset(playlist.rows.tolist())
        if len(rows) >= 2 and not any(_copies(rows, other) for other in held_sets):
            allowed.append(playlist.rows)
    return tuple(allowed)


def _copies(one: frozenset[int], other: frozenset[int]) -> bool:
    return 2 * len(one & other) >= min(len(one), len(other))
