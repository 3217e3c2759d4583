"""Training one classifier on one table: what ``hooklist genres train`` runs."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from recommender.genres.errors import TooFewClasses, TooFewRows
from recommender.genres.export import write_model
from recommender.genres.hints import Lesson, joined, learn_hints
from recommender.genres.learning import Recipe, fit_parts, held_out
from recommender.genres.metrics import chance, measure
from recommender.genres.pooling import cross_pooled
from recommender.genres.preparation import merge_rare
from recommender.genres.reading import MAX_ROWS, read_table
from recommender.genres.splits import folds_of, groups_of
from recommender.genres.table import GenreTable

FOLDS = 5
LEAST_ROWS = 2
"""A class with fewer rows cannot be both learned and checked."""
WANTED_PRECISION = 0.8
"""The threshold is the lowest confidence above which held-out answers are right this often."""

MOST_CELLS = 2_000_000
"""Rows times classes that are trained on; about a minute of processor time for each of six fits."""
LEAST_SAMPLE = 20_000
"""Rows that are always trained on, however many classes there are."""

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Trained:
    """What a training came to.

    Attributes
    ----------
    path
        ``model.json``.
    labels
        What the classifier can answer.
    measures, by_chance
        Held-out measures by artist, and what always answering the classes' shares gets.
    threshold
        Confidence below which answers count as unknown.
    seconds
        Of the whole training.
    notes
        What was left out or changed.
    """

    path: Path
    labels: tuple[str, ...]
    measures: Mapping[str, float]
    by_chance: Mapping[str, float]
    threshold: float
    seconds: float
    notes: tuple[str, ...]


def train_classifier(
    source: Path | str,
    label: str,
    out: Path | str,
    *,
    more: Sequence[tuple[Path, str]] = (),
    recipe: Recipe | None = None,
    leave_out: Sequence[str] = (),
    attribution: str = "",
    max_rows: int = MAX_ROWS,
    tell: Tell = lambda step: None,
) -> Trained:
    """Train on a table, check by artist, calibrate, export.

    Parameters
    ----------
    source, label
        The table and its column of genres.
    out
        The folder to write.
    more
        Other labelled tables with their columns, for hints (`hints`).
    recipe
        Steps, parts, settings.
    leave_out
        Columns not to be used.
    attribution
        Licence and source of the table, kept in the model.
    max_rows
        Rows kept of the table; of a longer one a uniform sample.
    tell
        Told what is being done.

    Raises
    ------
    LabelMissing, TooFewClasses, TooFewRows, NoFeatures
        The table cannot be learned from.
    SourceUnreadable
        A table cannot be read.
    TrainingPackageMissing
        A package is not installed.
    ModelUnwritable
        The folder cannot be written.
    """
    started = time.perf_counter()
    recipe = recipe or Recipe()
    tell("reading")
    table = read_table(
        source, label=label, leave_out=leave_out, max_rows=max_rows, seed=recipe.seed
    )
    table, labels, truth, notes = usable(table, recipe, str(source))
    most = max(LEAST_SAMPLE, MOST_CELLS // len(labels))
    if len(table) > most:
        chosen = np.random.default_rng(recipe.seed).choice(len(table), most, replace=False)
        chosen.sort()
        notes.append(f"{most} of {len(table)} rows are learned from: trees' time is rows × classes")
        table, labels, truth, more_notes = usable(
            replace(table.take(chosen), notes=()), recipe, str(source)
        )
        notes += more_notes
    hints = None
    if more and "hints" in recipe.steps:
        tell("learning from the other tables")
        lessons = [lesson_of(read_table(path, label=column)) for path, column in more]
        barred = {name for names in table.artists for name in names}
        from recommender.catalogue.names import normalise_artist

        known = joined(lessons).without_artists({normalise_artist(name) for name in barred})
        hints = learn_hints(known, first=[one.casefold() for one in labels], seed=recipe.seed)
        if hints is None:
            notes.append("the other tables have no label with enough rows: no hints")
    groups = groups_of(table, "by artist")
    count = min(FOLDS, int(np.bincount(truth).min()), len(np.unique(groups)))
    if count < 2:
        raise TooFewRows(
            "This table cannot be checked by artist",
            which=str(source),
            why="all its rows are one artist's",
            next_step="give a table with several artists",
        )
    folds = folds_of(truth, groups, count, seed=recipe.seed)
    tell(f"checking on {count} folds by artist")
    checked = held_out(table, truth, len(labels), folds, recipe, hints=hints)
    pooled = cross_pooled(checked.answers, truth, folds)
    tell("training on all rows")
    # A part that the folds' rows were too few for has nothing to be pooled by.
    final = replace(recipe, parts=checked.names)
    parts = fit_parts(table, truth, len(labels), final, hints=hints)
    kept = [checked.answers[checked.names.index(name)] for name in parts.names]
    pool = replace(checked, names=parts.names, answers=kept).pool(truth)
    threshold = _threshold(pooled, truth)
    measures, by_chance = measure(pooled, truth), chance(truth, len(labels))
    about = {
        "rows": len(table),
        "classes": dict(sorted(Counter(labels[at] for at in truth).items())),
        "attribution": attribution,
        "measured": {name: round(value, 4) for name, value in measures.items()},
        "chance": {name: round(value, 4) for name, value in by_chance.items()},
        "split": f"{count} folds by artist",
        "seed": recipe.seed,
    }
    path = write_model(Path(out), parts, pool, labels, threshold=threshold, about=about)
    seconds = time.perf_counter() - started
    return Trained(path, labels, measures, by_chance, threshold, seconds, tuple(notes))


def usable(
    table: GenreTable, recipe: Recipe, source: str
) -> tuple[GenreTable, tuple[str, ...], np.ndarray[Any, Any], list[str]]:
    """Return the rows that can be learned from, the labels, each row's class, and notes.

    Rows without a label are left out; so is a class of one row, which is told.

    Raises
    ------
    TooFewClasses
        Fewer than two classes are left.
    """
    notes = [*table.notes]
    unlabelled = sum(1 for one in table.labels if not one)
    if unlabelled:
        notes.append(f"{unlabelled} rows have no label and were left out")
    if "rare" in recipe.steps:
        merged, count = merge_rare([one for one in table.labels if one])
        if count:
            kept = table.take([row for row, one in enumerate(table.labels) if one])
            table = replace(kept, labels=merged)
            notes.append(f'{count} classes have few rows and became "other"')
    counts = Counter(one for one in table.labels if one)
    lonely = sorted(one for one, rows in counts.items() if rows < LEAST_ROWS)
    if lonely:
        notes.append("left out, with one row each: " + ", ".join(lonely[:20]))
    labels = tuple(sorted(one for one, rows in counts.items() if rows >= LEAST_ROWS))
    if len(labels) < 2:
        raise TooFewClasses(
            "There is nothing to tell apart",
            which=source,
            why=f"{len(labels)} class has at least {LEAST_ROWS} rows"
            + (f"; left out with one row each: {', '.join(lonely[:8])}" if lonely else ""),
            next_step="give a table with at least two genres, each on several tracks",
        )
    place = {one: at for at, one in enumerate(labels)}
    rows = [row for row, one in enumerate(table.labels) if one in place]
    table = table.take(rows)
    return table, labels, np.array([place[one] for one in table.labels], np.int64), notes


def lesson_of(table: GenreTable) -> Lesson:
    """Return a labelled table as a lesson: its labels as written, and what they mean."""
    import hooklist_genres

    def labels(text: str) -> tuple[str, ...]:
        meant = hooklist_genres.resolve_all(text)
        found = {text.casefold(), *(one.name for one in meant), *(one.family for one in meant)}
        return tuple(sorted(found - {""}))

    rows = [row for row, one in enumerate(table.labels) if one]
    kept = table.take(rows)
    known = {one: labels(one) for one in set(kept.labels)}
    return Lesson(kept, tuple(known[one] for one in kept.labels))


def _threshold(pooled: np.ndarray[Any, Any], truth: np.ndarray[Any, Any]) -> float:
    """Return the lowest confidence from which on answers are right often enough, else 1."""
    confidence = pooled.max(axis=1)
    right = pooled.argmax(axis=1) == truth
    order = np.argsort(-confidence)
    precision = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    enough = np.flatnonzero(precision >= WANTED_PRECISION)
    # A lucky handful of rows is no evidence.
    enough = enough[enough >= min(20, len(order) // 5)]
    return float(round(confidence[order[enough[-1]]], 3)) if len(enough) else 1.0
