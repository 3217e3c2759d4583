"""The earlier system's six metrics over the neighbours that single seeds get."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from recommender.evaluation import shares
from recommender.evaluation.data import EvaluationData
from recommender.evaluation.protocol import Case
from recommender.evaluation.rankers import Ranker, ranked_list
from recommender.space.reference import NEIGHBOURS_PER_SEED

Rows = np.ndarray[Any, np.dtype[np.int64]]


def earlier_metrics(
    ranker: Ranker, cases: Sequence[Case], data: EvaluationData
) -> dict[str, float]:
    """Return the six metrics for the first seed of each case, asked alone for 3 tracks.

    The earlier system measured each track of its own training table so; here each playlist gives
    one. Several genres are the parts of a row's genre split at ``;``, ``,`` and ``/`` and its
    subgenre.
    """
    excluded = np.zeros(len(data), dtype=bool)
    seeds, found = [], []
    for case in cases:
        seed = int(case.seeds[0])
        excluded[seed] = True
        distances = ranker.distances(replace(case, seeds=case.seeds[:1]))
        found.append(ranked_list(distances, excluded, NEIGHBOURS_PER_SEED))
        excluded[seed] = False
        seeds.append(seed)
    return six_metrics(seeds, found, data)


def six_metrics(
    seeds: Sequence[int], found: Sequence[Rows], data: EvaluationData
) -> dict[str, float]:
    """Return the metrics of queries and the rows found for each; NaN where a column is empty."""
    told = _Told(data)

    def pairs(name: str) -> tuple[list[Any], list[list[Any]]]:
        look = lru_cache(maxsize=None)(getattr(told, name))
        return [look(row) for row in seeds], [[look(int(row)) for row in rows] for rows in found]

    years = pairs("year")
    sounds = pairs("sounds")
    return {
        "CorrectGenreShare": shares.correct_genre_share(*pairs("genre")),
        "CorrectMultipleGenreShare": shares.correct_multiple_genre_share(*pairs("genres")),
        "CorrectAlbumShare": shares.correct_album_share(*pairs("album")),
        "CorrectArtistShare": shares.correct_artist_share(*pairs("artists")),
        "YearMeanDiff": shares.year_mean_diff(
            np.array(years[0]), [np.array(some) for some in years[1]]
        ),
        "SoundParametersDiff": shares.sound_parameters_diff(
            np.array(sounds[0]), [np.array(some) for some in sounds[1]]
        ),
    }


class _Told:
    """What the table tells of one row, in the form the metrics compare."""

    def __init__(self, data: EvaluationData) -> None:
        self._table = data.table
        self._artists = data.artists

    def genre(self, row: int) -> str:
        return self._text("genre", row)

    def genres(self, row: int) -> frozenset[str]:
        parts = self.genre(row).replace(",", ";").replace("/", ";").split(";")
        return frozenset(
            part.strip().casefold()
            for part in [*parts, self._text("subgenre", row)]
            if part.strip()
        )

    def album(self, row: int) -> str:
        return self._text("album", row)

    def artists(self, row: int) -> frozenset[int]:
        return frozenset(self._artists.of_rows(np.array([row])).tolist())

    def year(self, row: int) -> float:
        return self._number("year", row)

    def sounds(self, row: int) -> tuple[float, ...]:
        return tuple(self._number(name, row) for name in shares.SOUND_PARAMETERS)

    def _text(self, name: str, row: int) -> str:
        return str(self._table.column(name)[row].as_py() or "")

    def _number(self, name: str, row: int) -> float:
        value = self._table.column(name)[row].as_py()
        return float("nan") if value is None else float(value)
