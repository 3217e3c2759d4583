"""The classifier that ships: boosted trees, and beside them what helps where rows are few.

Parts: `trees` (CatBoost: Prokhorenkova et al. 2018), `kernel` and `gaussians` (`companions`), and
`words` (naive Bayes on the pieces of title and album). Their answers are pooled and
calibrated on held-out rows (`pooling`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from recommender.genres.companions import (
    MOST_ROWS,
    GaussianModel,
    KernelModel,
    fit_gaussians,
    fit_kernel,
    softmax,
)
from recommender.genres.hints import Hints
from recommender.genres.packages import need
from recommender.genres.pooling import Pool, fit_pool
from recommender.genres.preparation import STEPS, Preparation, fit_preparation
from recommender.genres.table import GenreTable
from recommender.genres.words import WordTable, learn_words

Matrix = np.ndarray[Any, np.dtype[np.float64]]
Classes = np.ndarray[Any, np.dtype[np.int64]]

PARTS = ("trees", "kernel", "gaussians", "words")
TREES: Mapping[str, Any] = {
    "iterations": 250,
    "depth": 5,
    "learning_rate": 0.08,
    "l2_leaf_reg": 3.0,
    "rsm": 0.2,
    "subsample": 0.8,
    "border_count": 32,
}
"""CatBoost's settings where no search has found better ones."""


@dataclass(frozen=True)
class Recipe:
    """How to train.

    Attributes
    ----------
    steps
        Names out of `STEPS`.
    parts
        Names out of `PARTS`; those that do not fit the table are left out.
    trees
        Settings of the trees, over `TREES`.
    seed
        Of everything random.
    threads
        Processor cores the trees may use.
    """

    steps: tuple[str, ...] = tuple(STEPS)
    parts: tuple[str, ...] = PARTS
    trees: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0
    threads: int = 1


@dataclass(frozen=True)
class Parts:
    """The trained parts, not yet pooled."""

    preparation: Preparation
    classes: int
    trees: Any = None
    kernel: KernelModel | None = None
    gaussians: GaussianModel | None = None
    words: WordTable | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Those that there are, in the order of `PARTS`."""
        return tuple(name for name in PARTS if getattr(self, name) is not None)

    def answers(self, table: GenreTable) -> list[Matrix]:
        """Return rows × classes of each part, in the order of `names`."""
        rows = self.preparation(table)
        found: list[Matrix] = []
        if self.trees is not None:
            found.append(np.asarray(self.trees.predict_proba(rows.astype(np.float32))))
        if self.kernel is not None:
            found.append(self.kernel.probabilities(rows))
        if self.gaussians is not None:
            found.append(self.gaussians.probabilities(rows))
        if self.words is not None:
            found.append(softmax(self.words.scores(title_texts(table)).astype(np.float64)))
        return found


def title_texts(table: GenreTable) -> list[str]:
    """Return title and album of each row as one text."""
    return [f"{a} | {b}" if b else a for a, b in zip(table.titles, table.albums, strict=True)]


def fit_parts(
    table: GenreTable,
    truth: Classes,
    count: int,
    recipe: Recipe,
    *,
    hints: Hints | None = None,
) -> Parts:
    """Train every part of the recipe that fits these rows.

    Parameters
    ----------
    table, truth, count
        Training rows, their classes, and how many classes there are.
    recipe
        How.
    hints
        What other tables taught.
    """
    preparation = fit_preparation(table, steps=recipe.steps, hints=hints)
    rows = preparation(table)
    small = len(table) <= MOST_ROWS and "scale" in preparation.steps
    texts = title_texts(table) if "words" in recipe.parts else []
    worded = sum(1 for text in texts if text) >= 0.5 * len(table)
    return Parts(
        preparation=preparation,
        classes=count,
        trees=fit_trees(rows, truth, count, recipe) if "trees" in recipe.parts else None,
        kernel=fit_kernel(rows, truth, count) if small and "kernel" in recipe.parts else None,
        # Covariances need more rows per class than there are inputs, or nearly.
        gaussians=fit_gaussians(rows, truth, count)
        if small and "gaussians" in recipe.parts and len(table) > rows.shape[1] * count
        else None,
        words=learn_words(texts, np.eye(count, dtype=np.int8)[truth]) if texts and worded else None,
    )


def fit_trees(rows: Matrix, truth: Classes, count: int, recipe: Recipe) -> Any:
    """Train CatBoost on prepared rows; every class must have a row."""
    settings = {**TREES, **recipe.trees}
    model = need("catboost").CatBoostClassifier(
        **settings,
        loss_function="MultiClass",
        classes_count=count,
        bootstrap_type="Bernoulli",
        random_seed=recipe.seed,
        thread_count=recipe.threads,
        allow_writing_files=False,
        verbose=False,
    )
    return model.fit(rows.astype(np.float32), truth)


@dataclass(frozen=True)
class HeldOut:
    """Each part's answers for rows it was not trained on."""

    names: tuple[str, ...]
    answers: list[Matrix]
    folds: Classes
    seconds: float
    rows_per_second: float

    def pool(self, truth: Classes) -> Pool:
        """Fit the pool on all of them, for a classifier trained on all rows."""
        return fit_pool(self.answers, truth)


def held_out(
    table: GenreTable,
    truth: Classes,
    count: int,
    folds: Classes,
    recipe: Recipe,
    *,
    hints: Hints | None = None,
) -> HeldOut:
    """Train on all folds but one, answer for that one, for each fold.

    Seconds are processor seconds of training alone, all folds together; rows per second are those
    of answering, preparation included.
    """
    import time

    answers: list[Matrix] = []
    names: tuple[str, ...] | None = None
    seconds = asking = 0.0
    for fold in np.unique(folds):
        asked = np.flatnonzero(folds == fold)
        others = np.flatnonzero(folds != fold)
        started = time.process_time()
        parts = fit_parts(table.take(others), truth[others], count, recipe, hints=hints)
        seconds += time.process_time() - started
        if names is None:
            names = parts.names
            answers = [np.full((len(table), count), 1.0 / count) for _ in names]
        started = time.process_time()
        given = dict(zip(parts.names, parts.answers(table.take(asked)), strict=True))
        asking += time.process_time() - started
        for at, name in enumerate(names):
            # A part that one fold's rows are too few for answers "don't know" there.
            if name in given:
                answers[at][asked] = given[name]
    return HeldOut(names or (), answers, folds, seconds, len(table) / max(asking, 1e-9))
