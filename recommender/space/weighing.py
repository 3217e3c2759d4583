"""Learn how much each thing counts in the ranking from playlists that people made.

Each playlist asks with five of its tracks and looks where the others rank. What placed the tracks
for a question never saw its playlist (two folds), nor one that is as good as its copy. Four weights
are all that is fitted, one after the other over short lists of values, and one moves only where the
gain is larger than its standard error: with few playlists the defaults stay.

They stay too unless what is learned that way from one half of the playlists ranks the other half's
tracks better, by more than a standard error, and those by other artists than the seeds' no worse.
What was chosen by a set of questions always looks good on that set (Stone, "Cross-validatory choice
and assessment of statistical predictions", 1974).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from recommender.affinity import ArtistAffinity
from recommender.catalogue.names import normalise
from recommender.facets import Coded, parts_of
from recommender.ranking import genres_apart, years_apart
from recommender.space.artists import Artists
from recommender.space.measures import Floats, distance_quantiles
from recommender.space.rows import Rows
from recommender.weights import RankingWeights

if TYPE_CHECKING:
    import pyarrow as pa

LEAST_PLAYLISTS = 50
"""Playlists of enough tracks that are asked for before anything is learned."""

SEEDS = 5
LEAST_TRACKS = 10

VALUES = {
    "artist_affinity": (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0),
    "centre": (0.0, 0.25, 0.5, 0.75, 1.0),
    "era": (0.0, 0.05, 0.1, 0.2, 0.4),
    "genre": (0.0, 0.05, 0.1, 0.2, 0.4),
}
"""What is tried of each weight, in this order."""

_ASKED = 300
_BACKGROUND = 10_000
_FOLDS = 2
_ROUNDS = 2
_DEPTH = 500.0
_SEED = 20_261_121

Doubles = np.ndarray[Any, np.dtype[np.float64]]
Placed = Callable[[Sequence[Rows]], Floats]
"""Returns where all rows stand, shape (n, d), after learning from some playlists."""


@dataclass(frozen=True)
class Tags:
    """What the ranking compares besides the vectors, of n rows.

    Attributes
    ----------
    years
        Shape (n,), NaN unknown.
    genre, subgenre
        Of each row.
    artists
        Who made which.
    """

    years: Floats
    genre: Coded
    subgenre: Coded
    artists: Artists

    @classmethod
    def of(cls, table: pa.Table, rows: Rows, artists: Artists) -> Tags:
        """Return the tags of some rows of a stored table."""
        years = table.column("year").take(rows).fill_null(0).to_numpy().astype(np.float32)
        years[years == 0] = np.nan
        return cls(years, _coded(table, "genre", rows), _coded(table, "subgenre", rows), artists)


def learn_weights(
    defaults: RankingWeights, playlists: Sequence[Rows], tags: Tags, placed: Placed
) -> RankingWeights | None:
    """Return the weights under which playlists find their own tracks best, or None for too few.

    Parameters
    ----------
    defaults
        Where the search begins.
    playlists
        Rows that people put together.
    tags
        Of all n rows.
    placed
        Places the rows by some of the playlists; called once per fold.
    """
    usable = [rows for rows in playlists if len(rows) >= LEAST_TRACKS]
    if len(usable) < LEAST_PLAYLISTS:
        return None
    random = np.random.default_rng(_SEED)
    order = random.permutation(len(usable))
    asked = [usable[at] for at in order[:_ASKED]]
    affinity = ArtistAffinity(tags.artists.offsets, tags.artists.codes)
    count = len(tags.years)
    background = np.sort(random.choice(count, min(_BACKGROUND, count), replace=False))
    folds: list[list[_Question]] = []
    for fold in range(_FOLDS):
        held = asked[fold::_FOLDS]
        vectors = placed(_unlike(playlists, held, count))
        median = float(np.median(distance_quantiles(vectors))) or 1.0
        drawn = [random.permutation(rows) for rows in held]
        folds.append(
            [
                _question(rows[:SEEDS], rows[SEEDS:], background, vectors, median, tags, affinity)
                for rows in drawn
            ]
        )
    if not _better_unseen(defaults, folds):
        return defaults
    return _best(defaults, [question for fold in folds for question in fold])


def _better_unseen(defaults: RankingWeights, folds: Sequence[Sequence[_Question]]) -> bool:
    """Return whether weights learned from the other folds beat the defaults on each."""
    parts = []
    for held in range(len(folds)):
        others = [one for at, fold in enumerate(folds) if at != held for one in fold]
        found = _best(defaults, others)
        parts.append(_worth(found, folds[held]) - _worth(defaults, folds[held]))
    gains = np.concatenate(parts)
    return bool(_surely_up(gains[:, 0]) and gains[:, 1].mean() >= 0.0)


def _surely_up(gains: Doubles) -> bool:
    return bool(gains.mean() > gains.std(ddof=1) / np.sqrt(len(gains)))


def _best(defaults: RankingWeights, questions: Sequence[_Question]) -> RankingWeights:
    best, worth = defaults, _worth(defaults, questions)
    for _ in range(_ROUNDS):
        before = best
        for name, values in VALUES.items():
            for value in values:
                other = replace(best, **{name: value})
                if other == best:
                    continue
                theirs = _worth(other, questions)
                if _surely_up((theirs - worth)[:, 0]):
                    best, worth = other, theirs
        if best == before:
            break
    return best


def _worth(weights: RankingWeights, questions: Sequence[_Question]) -> Doubles:
    """Return what each question finds, shape (questions, 2): all, and blind."""
    return np.array([question.worth(weights) for question in questions])


@dataclass(frozen=True)
class _Question:
    """Candidates of one question: the targets, the seeds' artists' tracks, a sample of the rest.

    Each array has one entry per candidate, the targets first, then the own, then the sample.
    """

    targets: int
    own: int
    to_centre: Floats = field(repr=False)
    to_nearest: Floats = field(repr=False)
    shares: Floats = field(repr=False)
    era: Floats = field(repr=False)
    genre: Floats = field(repr=False)
    stands_for: float

    def worth(self, weights: RankingWeights) -> tuple[float, float]:
        """Return the mean over the targets of 500 / (500 + rank), each rank estimated.

        First over all; then over those by other artists than the seeds', among such tracks; 0
        where there are none.
        """
        cost = weights.centre * self.to_centre + (1.0 - weights.centre) * self.to_nearest
        cost = cost - weights.artist_affinity * self.shares
        cost += weights.era * self.era + weights.genre * self.genre
        targets, own = cost[: self.targets], np.sort(cost[self.targets : self.targets + self.own])
        sample = np.sort(cost[self.targets + self.own :])
        others = self.stands_for * np.searchsorted(sample, targets)
        found = _DEPTH / (_DEPTH + others + np.searchsorted(own, targets))
        blind = (_DEPTH / (_DEPTH + others))[self.shares[: self.targets] == 0.0]
        return float(found.mean()), float(blind.mean()) if len(blind) else 0.0


def _question(
    seeds: Rows,
    targets: Rows,
    background: Rows,
    vectors: Floats,
    median: float,
    tags: Tags,
    affinity: ArtistAffinity,
) -> _Question:
    near = affinity.nearness(seeds)
    given = np.concatenate([seeds, targets])
    own = np.setdiff1d(near.rows, given)
    sample = np.setdiff1d(background, np.union1d(near.rows, given))
    rows = np.concatenate([targets, own, sample])
    shares = np.zeros(len(rows), dtype=np.float32)
    if len(near.rows):
        at = np.searchsorted(near.rows, rows).clip(max=len(near.rows) - 1)
        shares = np.where(near.rows[at] == rows, near.shares[at], np.float32(0.0))
    points = np.asarray(vectors[seeds])
    found = np.asarray(vectors[rows])
    to_seeds = np.stack([np.linalg.norm(found - point, axis=1) for point in points])
    to_centre = np.linalg.norm(found - points.mean(axis=0), axis=1)
    years = np.unique(tags.years[seeds][~np.isnan(tags.years[seeds])])
    return _Question(
        targets=len(targets),
        own=len(own),
        to_centre=(to_centre / median).astype(np.float32),
        to_nearest=(to_seeds.min(axis=0) / median).astype(np.float32),
        shares=shares,
        era=years_apart(tags.years[rows], years),
        genre=genres_apart(tags.genre, tags.subgenre, rows, seeds),
        stands_for=(len(vectors) - len(own) - len(given)) / max(len(sample), 1),
    )


def _unlike(playlists: Sequence[Rows], held: Sequence[Rows], count: int) -> list[Rows]:
    """Return the playlists that share less than half of their tracks with any of those held."""
    from scipy.sparse import csr_matrix

    def matrix(lists: Sequence[Rows]) -> csr_matrix:
        offsets = np.concatenate([[0], np.cumsum([len(rows) for rows in lists])])
        rows = np.concatenate(lists)
        ones = np.ones(len(rows), dtype=np.float32)
        return csr_matrix((ones, rows, offsets), shape=(len(lists), count))

    common = (matrix(playlists) @ matrix(held).T).tocoo()
    sizes = np.array([len(rows) for rows in playlists])
    held_sizes = np.array([len(rows) for rows in held])
    copies = 2 * common.data >= np.minimum(sizes[common.row], held_sizes[common.col])
    barred = np.zeros(len(playlists), dtype=bool)
    barred[common.row[copies]] = True
    return [rows for rows, bar in zip(playlists, barred, strict=True) if not bar]


def _coded(table: pa.Table, name: str, rows: Rows) -> Coded:
    import pyarrow.compute as pc

    column = table.column(name).take(rows).combine_chunks().dictionary_encode()
    names = tuple(text or "" for text in column.dictionary.to_pylist())
    codes = pc.fill_null(column.indices, -1).to_numpy(zero_copy_only=False).astype(np.int32)
    empty = np.array([not name for name in names] + [True])
    codes[empty[codes]] = -1
    parts = tuple(parts_of(name) for name in names)
    wholes = tuple(normalise(name) for name in names)
    return Coded(codes, names, wholes, parts)
