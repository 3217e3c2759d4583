"""Which rows are learned from and which are asked: by artist, and at random for comparison.

A random split lets a model meet the artists it is asked about, and often the very song on another
album; it is marked leaky wherever it is printed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from recommender.catalogue.names import normalise_artist
from recommender.genres.table import GenreTable

Numbers = np.ndarray[Any, np.dtype[np.int64]]

SPLITS = ("by artist", "by connected artists", "by credit as written", "random (leaky)")
"""Groupings: the first artist credited; all who ever shared a credit; the text of the credit."""


def groups_of(table: GenreTable, split: str) -> Numbers:
    """Return a group number for each row; rows of a group stay together.

    A row without an artist is a group of its own.
    """
    rows = len(table)
    if split == "by connected artists":
        keys: list[object] = list(_connected(table))
    elif split == "by artist":
        keys = [normalise_artist(names[0]) if names else None for names in table.artists]
    elif split == "by credit as written":
        keys = [text or None for text in table.credits]
    else:
        return np.arange(rows)
    known: dict[object, int] = {}
    return np.array(
        [known.setdefault(row if key is None else ("artist", key), len(known))
         for row, key in enumerate(keys)]
    )  # fmt: skip


def _connected(table: GenreTable) -> Iterator[str | None]:
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        parent.setdefault(name, name)
        while parent[name] != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    credited = [[normalise_artist(name) for name in names] for names in table.artists]
    for names in credited:
        for other in names[1:]:
            parent[root(other)] = root(names[0])
    for names in credited:
        yield root(names[0]) if names else None


def folds_of(classes: Numbers, groups: Numbers, count: int, *, seed: int = 0) -> Numbers:
    """Deal groups into `count` folds with like shares of every class, and return each row's fold.

    Groups are shuffled, taken by how uneven their classes are, and each is put where the classes'
    counts stay most even (the greedy rule of scikit-learn's StratifiedGroupKFold).
    """
    random = np.random.default_rng(seed)
    size = int(groups.max()) + 1 if len(groups) else 0
    counts = np.zeros((size, int(classes.max()) + 1))
    np.add.at(counts, (groups, classes), 1)
    totals = np.maximum(counts.sum(axis=0), 1)
    order = random.permutation(size)
    order = order[np.argsort(-counts[order].std(axis=1), kind="stable")]
    filled = np.zeros((count, counts.shape[1]))
    rows = np.zeros(count)
    fold_of_group = np.zeros(size, np.int64)
    for group in order:
        spread = np.empty(count)
        for fold in range(count):
            filled[fold] += counts[group]
            spread[fold] = (filled / totals).std(axis=0).mean()
            filled[fold] -= counts[group]
        best = np.flatnonzero(np.isclose(spread, spread.min()))
        fold = int(best[rows[best].argmin()])
        filled[fold] += counts[group]
        rows[fold] += counts[group].sum()
        fold_of_group[group] = fold
    return fold_of_group[groups]


def random_folds(classes: Numbers, count: int, *, seed: int = 0) -> Numbers:
    """Deal rows into folds class by class, at random."""
    random = np.random.default_rng(seed)
    folds = np.zeros(len(classes), np.int64)
    start = 0
    for one in np.unique(classes):
        mine = random.permutation(np.flatnonzero(classes == one))
        folds[mine] = (np.arange(len(mine)) + start) % count
        start += len(mine)
    return folds
