"""One protocol for every model: search, train fold by fold, calibrate, measure.

Seconds are processor seconds of one thread, so that a busy machine does not change the table.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from recommender.genres.hints import Hints
from recommender.genres.learning import Recipe, fit_parts, held_out
from recommender.genres.metrics import accuracy, log_loss, measure
from recommender.genres.models import KINDS, Kind, Settings, answers, size_of
from recommender.genres.pooling import cross_pooled
from recommender.genres.preparation import OTHER, STEPS, fit_preparation, merge_rare
from recommender.genres.splits import folds_of, groups_of, random_folds
from recommender.genres.table import GenreTable

Matrix = np.ndarray[Any, np.dtype[np.float64]]
Classes = np.ndarray[Any, np.dtype[np.int64]]

INNER = 3
MOST_DRAWS = 40


@dataclass(frozen=True)
class Task:
    """A labelled table to measure on."""

    name: str
    table: GenreTable
    truth: Classes
    labels: tuple[str, ...]
    hints: Hints | None = None
    notes: tuple[str, ...] = ()

    @property
    def has_artists(self) -> bool:
        """Whether it can be split by artist."""
        return any(self.table.artists)

    def folds(self, split: str, count: int, seed: int) -> Classes:
        """Return each row's fold."""
        if "random" in split:
            return random_folds(self.truth, count, seed=seed)
        return folds_of(self.truth, groups_of(self.table, split), count, seed=seed)


@dataclass(frozen=True)
class Result:
    """What one model came to under one split.

    Attributes
    ----------
    measures
        After calibration; `raw_ece` is the calibration error before it.
    probabilities
        Calibrated, one row per row of the table, each from models that had not seen it.
    fit_seconds
        Processor seconds of training, all folds together.
    size
        Bytes of what one fold's model learned.
    rows_per_second
        Answered on one thread, inputs prepared.
    settings, draws
        What the search found, and how many settings it tried.
    unseen
        Accuracy on the one fold that the search had not seen, NaN where nothing was searched.
    """

    model: str
    split: str
    measures: Mapping[str, float]
    raw_ece: float
    probabilities: Matrix
    fit_seconds: float
    size: int
    rows_per_second: float
    settings: Settings
    draws: int = 0
    unseen: float = float("nan")


@dataclass(frozen=True)
class _Fold:
    asked: Classes
    others: Classes
    inputs: Matrix
    inputs_asked: Matrix


def prepared_folds(task: Task, folds: Classes, steps: Sequence[str]) -> list[_Fold]:
    """Prepare the inputs of each fold by what its training rows teach."""
    found = []
    for fold in np.unique(folds):
        asked, others = np.flatnonzero(folds == fold), np.flatnonzero(folds != fold)
        table = task.table.take(others)
        preparation = fit_preparation(table, steps=steps, hints=task.hints)
        found.append(_Fold(asked, others, preparation(table), preparation(task.table.take(asked))))
    return found


def search(
    kind: Kind,
    rows: Matrix,
    truth: Classes,
    groups: Classes,
    count: int,
    *,
    budget: float,
    seed: int,
) -> tuple[Settings, int]:
    """Try settings until the budget is spent; return the best by log loss, and how many were tried.

    The usual ones come first and are always tried; each is judged on `INNER` folds by group.
    """
    random = np.random.default_rng(seed)
    folds = folds_of(truth, groups, INNER, seed=seed)
    best, least, tried = kind.usual, np.inf, 0
    started = time.process_time()
    while tried < MOST_DRAWS:
        settings = kind.usual if tried == 0 else kind.draw(random)
        given = np.zeros((len(rows), count))
        for fold in range(INNER):
            others, asked = folds != fold, folds == fold
            model = kind.fit(settings, rows[others], truth[others], count, seed)
            given[asked] = answers(model, rows[asked], count)
        loss = log_loss(np.clip(given, 1e-4, 1.0), truth)
        tried += 1
        if loss < least:
            best, least = settings, loss
        spent = time.process_time() - started
        # The next one will take about as long as the mean of those so far.
        if spent + spent / tried > budget:
            break
    return best, tried


def compare(
    task: Task,
    names: Sequence[str],
    *,
    budget: float,
    folds: int,
    seed: int,
    steps: Sequence[str] = tuple(STEPS),
    tell: Callable[[str], None],
) -> list[Result]:
    """Search for and measure each named model, by artist (if there are any) and at random.

    The search sees the training rows of the first fold by artist; what it finds is used for every
    fold and for the random split too.
    """
    splits = [*(["by artist"] if task.has_artists else []), "random (leaky)"]
    dealt = {split: task.folds(split, folds, seed) for split in splits}
    ready = {split: prepared_folds(task, dealt[split], steps) for split in splits}
    count = len(task.labels)
    groups = groups_of(task.table, splits[0])
    results = []
    for name in names:
        kind = KINDS[name]
        first = ready[splits[0]][0]
        tell(f"{task.name}: {name}")
        settings, draws = search(
            kind,
            first.inputs,
            task.truth[first.others],
            _renumbered(groups[first.others]),
            count,
            budget=budget,
            seed=seed,
        )
        for split in splits:
            results.append(
                _measured(task, kind, settings, draws, split, dealt[split], ready[split], seed)
            )
    return results


def _renumbered(groups: Classes) -> Classes:
    return np.unique(groups, return_inverse=True)[1].astype(np.int64)


def _measured(
    task: Task,
    kind: Kind,
    settings: Settings,
    draws: int,
    split: str,
    dealt: Classes,
    ready: Sequence[_Fold],
    seed: int,
) -> Result:
    count = len(task.labels)
    given = np.zeros((len(task.truth), count))
    fit_seconds = answer_seconds = 0.0
    model = None
    for fold in ready:
        started = time.process_time()
        model = kind.fit(settings, fold.inputs, task.truth[fold.others], count, seed)
        fit_seconds += time.process_time() - started
        started = time.process_time()
        given[fold.asked] = answers(model, fold.inputs_asked, count)
        answer_seconds += time.process_time() - started
    calibrated = cross_pooled([given], task.truth, dealt)
    first = ready[0].asked
    return Result(
        model=kind.name,
        split=split,
        measures=measure(calibrated, task.truth),
        raw_ece=measure(given, task.truth)["ECE"],
        probabilities=calibrated,
        fit_seconds=fit_seconds,
        size=size_of(model),
        rows_per_second=len(given) / max(answer_seconds, 1e-9),
        settings=settings,
        draws=draws,
        unseen=accuracy(given[first], task.truth[first]) if "random" not in split else np.nan,
    )


def classifier(
    task: Task, recipe: Recipe, splits: Sequence[str], *, folds: int, seed: int, name: str
) -> list[Result]:
    """Measure the classifier that ships (all its parts pooled) under several splits."""
    found = []
    for split in splits:
        dealt = task.folds(split, folds, seed)
        checked = held_out(
            task.table, task.truth, len(task.labels), dealt, recipe, hints=task.hints
        )
        pooled = cross_pooled(checked.answers, task.truth, dealt)
        mean = np.mean(checked.answers, axis=0)
        found.append(
            Result(
                model=name,
                split=split,
                measures=measure(pooled, task.truth),
                raw_ece=measure(mean, task.truth)["ECE"],
                probabilities=pooled,
                fit_seconds=checked.seconds,
                size=0,
                rows_per_second=checked.rows_per_second,
                settings=dict(recipe.trees),
            )
        )
    return found


def step_effects(
    task: Task, *, folds: int, seed: int, names: Sequence[str], tell: Callable[[str], None]
) -> list[tuple[str, str, float, float]]:
    """Measure each step by switching it off: (model, step, accuracy, log loss), first with all on.

    Rare classes are no step of the inputs and are left out here. Log losses are before calibration.
    """
    split = "by artist" if task.has_artists else "random (leaky)"
    dealt = task.folds(split, folds, seed)
    inputs = [one for one in STEPS if one != "rare" and (one != "hints" or task.hints)]
    count = len(task.labels)
    found = []
    for off in ("", *inputs, "all"):
        tell(f"{task.name}: without {off or 'nothing'}")
        steps = [] if off == "all" else [one for one in inputs if one != off]
        ready = prepared_folds(task, dealt, steps)
        for name in names:
            kind = KINDS[name]
            given = np.zeros((len(task.truth), count))
            for fold in ready:
                model = kind.fit(kind.usual, fold.inputs, task.truth[fold.others], count, seed)
                given[fold.asked] = answers(model, fold.inputs_asked, count)
            label = {"": "all steps", "all": "no step"}.get(off, f"without {off}")
            loss = log_loss(np.clip(given, 1e-4, 1.0), task.truth)
            found.append((name, label, accuracy(given, task.truth), loss))
    return found


def rare_effect(
    task: Task, *, folds: int, seed: int, name: str
) -> list[tuple[str, str, float, float]]:
    """Measure merging rare classes: learned merged, and learned apart but asked as if merged.

    Both are judged on the merged labels, so that they can be compared; empty where no class is
    rare.
    """
    merged, rare = merge_rare([task.labels[at] for at in task.truth])
    if not rare:
        return []
    labels = tuple(sorted(set(merged)))
    place = {label: at for at, label in enumerate(labels)}
    of_class = np.zeros((len(task.labels), len(labels)))
    for at, label in enumerate(task.labels):
        of_class[at, place.get(label, place[OTHER])] = 1.0
    truth = np.array([place[one] for one in merged], np.int64)
    split = "by artist" if task.has_artists else "random (leaky)"
    dealt = task.folds(split, folds, seed)
    apart, together = np.zeros((2, len(truth), len(labels)))
    for fold in prepared_folds(task, dealt, [one for one in STEPS if one != "rare"]):
        kind = KINDS[name]
        for given, classes, count in (
            (apart, task.truth, len(task.labels)),
            (together, truth, len(labels)),
        ):
            model = kind.fit(kind.usual, fold.inputs, classes[fold.others], count, seed)
            told = answers(model, fold.inputs_asked, count)
            given[fold.asked] = told @ of_class if given is apart else told
    return [
        (name, label, accuracy(given, truth), log_loss(np.clip(given, 1e-4, 1.0), truth))
        for label, given in (("all steps", together), ("without rare", apart))
    ]


def importances(task: Task, *, seed: int) -> list[tuple[str, float]]:
    """Return each input's share of the trees' gain in percent, largest first (CatBoost's own)."""
    parts = fit_parts(
        task.table, task.truth, len(task.labels), Recipe(parts=("trees",), seed=seed),
        hints=task.hints,
    )  # fmt: skip
    values = parts.trees.get_feature_importance()
    pairs = zip(parts.preparation.inputs, (float(one) for one in values), strict=True)
    return sorted(pairs, key=lambda pair: -pair[1])
