"""How a question becomes two lists: one plain, one without the seeds' artists."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from recommender.evaluation.metrics import LIST_LENGTH
from recommender.evaluation.protocol import Case
from recommender.evaluation.rankers import Ranker, ranked_list
from recommender.wishes import Wishes

if TYPE_CHECKING:
    from recommender.recommend import Recommender

Rows = np.ndarray[Any, np.dtype[np.int64]]
Answer = Callable[[Case], tuple[Rows, Rows]]
"""Gives for a case the plain list and the blind one, each at most 500 rows, best first."""


def by_distance(ranker: Ranker, count: int) -> Answer:
    """Answer with the nearest of `count` rows; the seeds themselves never come."""
    excluded = np.zeros(count, dtype=bool)

    def answer(case: Case) -> tuple[Rows, Rows]:
        distances = ranker.distances(case)
        excluded[case.seeds] = True
        plain = ranked_list(distances, excluded)
        excluded[case.barred] = True
        blind = ranked_list(distances, excluded)
        excluded[case.barred] = False
        excluded[case.seeds] = False
        return plain, blind

    return answer


def as_served(recommender: Recommender, ids: list[str], row_of: Mapping[str, int]) -> Answer:
    """Answer as a batch does: a real catalogue, its index, its rules on the seeds' songs.

    Parameters
    ----------
    recommender
        Over a catalogue built from the same table.
    ids
        The id of each row.
    row_of
        The row of each id.
    """

    def ask(case: Case, blind: bool) -> Rows:
        playlist = recommender.recommend(
            [ids[row] for row in case.seeds],
            Wishes(
                length=LIST_LENGTH,
                familiarity=-1.0 if blind else 0.0,
                artist_cap=None,
                gap=0,
                titled_only=False,
                songs_once=False,
                ranked=True,
            ),
        )
        return np.array([row_of[item.track.id] for item in playlist.tracks], dtype=np.int64)

    return lambda case: (ask(case, False), ask(case, True))
