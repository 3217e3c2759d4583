"""What ``hooklist evaluate genres --data DIR --out DIR`` runs."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from recommender.genres.comparing import (
    Result,
    Task,
    classifier,
    compare,
    importances,
    rare_effect,
    step_effects,
)
from recommender.genres.errors import GenreOptions, ModelUnwritable
from recommender.genres.learning import Recipe
from recommender.genres.models import KINDS
from recommender.genres.packages import need
from recommender.genres.plots import plots_of
from recommender.genres.report import Heading, Measured, write_report
from recommender.genres.splits import SPLITS
from recommender.genres.tasks import read_tasks

FOLDS = 5
FOLDS_LARGE = 3
LARGE = 5_000
"""Above so many rows only the classifier is measured, on three folds: eight would take hours."""
MANY_CLASSES = 30
"""With more classes only merging rare ones is measured, on a table made to have some."""
THIN = 12
PLAIN = Recipe(steps=(), parts=("trees",))
"""CatBoost on the columns as they are."""
EFFECTS_ON = ("CatBoost", "logistic regression")
LARGE_TREES = {
    "music-genre": {"iterations": 200, "depth": 6, "learning_rate": 0.15, "rsm": 0.5},
    "all-genres": {"iterations": 80, "depth": 5, "learning_rate": 0.2, "rsm": 0.3},
}
"""Settings that keep the large tables within minutes."""

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Report:
    """What an evaluation came to."""

    path: Path
    measured: tuple[Measured, ...]
    seconds: float


def evaluate_genres(
    data: Path | str,
    out: Path | str,
    *,
    tables: str | None = None,
    models: str | None = None,
    budget: float = 20.0,
    seed: int = 0,
    tell: Tell = lambda step: None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Report:
    """Measure models on the labelled tables of a folder and write the report.

    Parameters
    ----------
    data
        The folder; `tasks.FILES` says what is looked for.
    out
        The folder to write.
    tables, models
        Names separated by commas; all by default.
    budget
        Processor seconds of search per model and table, above 0.
    seed
        Of folds, searches and models.
    tell
        Told what is being done.
    now
        The clock that dates the report.

    Raises
    ------
    GenreOptions
        A name is unknown, or the budget is not above 0.
    GenreDataMissing
        The folder has none of the tables.
    TrainingPackageMissing
        A model's package is not installed.
    ModelUnwritable
        The report cannot be written.
    """
    started = time.perf_counter()
    chosen = _chosen(models)
    if not budget > 0:
        raise GenreOptions(
            "The budget must be above 0", which=str(budget), next_step="give seconds: --budget 20"
        )
    for name in {*chosen, "CatBoost"}:
        need(KINDS[name].module)
    tasks, absent = read_tasks(
        Path(data), tables.split(",") if tables else None, seed=seed, tell=tell
    )
    measured: list[Measured] = []
    path = Path(out)
    for task in tasks:
        if len(task.truth) > LARGE:
            measured.append(_large(task, seed=seed, tell=tell))
        else:
            measured.append(_small(task, chosen, budget=budget, seed=seed, tell=tell))
        # Written after every table: what took minutes is not lost if a later table fails.
        seconds = time.perf_counter() - started
        dated = now().isoformat(timespec="seconds")
        heading = Heading(dated, seconds, budget, seed, tuple(absent))
        path = _written(Path(out), heading, measured)
    return Report(path, tuple(measured), time.perf_counter() - started)


def _written(out: Path, heading: Heading, measured: list[Measured]) -> Path:
    try:
        return write_report(out, heading, measured)
    except OSError as error:
        raise ModelUnwritable(
            "The report cannot be written",
            which=str(out),
            why=error.strerror or str(error),
            next_step="check the folder's owner and the free space",
        ) from error


def _chosen(models: str | None) -> list[str]:
    names = [name.strip() for name in models.split(",")] if models else list(KINDS)
    unknown = sorted(set(names) - set(KINDS))
    if unknown:
        raise GenreOptions(
            "There is no such model",
            which=", ".join(unknown),
            next_step="choose from " + ", ".join(KINDS),
        )
    return names


def _splits(task: Task) -> tuple[str, ...]:
    return SPLITS if task.has_artists else (SPLITS[-1],)


def _small(task: Task, models: list[str], *, budget: float, seed: int, tell: Tell) -> Measured:
    results = compare(task, models, budget=budget, folds=FOLDS, seed=seed, tell=tell)
    tell(f"{task.name}: plain CatBoost")
    bare = replace(task, hints=None)
    splits = _splits(task)
    plain = classifier(bare, PLAIN, splits, folds=FOLDS, seed=seed, name="plain CatBoost")
    tell(f"{task.name}: the classifier")
    found = [one for one in results if one.model == "CatBoost"]
    trees = dict(found[0].settings) if found else {}
    recipe = Recipe(trees=trees, seed=seed)
    ours = classifier(task, recipe, splits, folds=FOLDS, seed=seed, name="the classifier")
    effects = step_effects(task, folds=FOLDS_LARGE, seed=seed, names=EFFECTS_ON, tell=tell)
    return _measured(task, [*plain, *results, *ours], effects, seed)


def _large(task: Task, *, seed: int, tell: Tell) -> Measured:
    tell(f"{task.name}: the classifier")
    recipe = Recipe(parts=("trees", "words"), trees=LARGE_TREES.get(task.name, {}), seed=seed)
    splits = ("by artist", "random (leaky)") if task.has_artists else (SPLITS[-1],)
    ours = classifier(task, recipe, splits, folds=FOLDS_LARGE, seed=seed, name="the classifier")
    tell(f"{task.name}: steps, on a sample")
    if len(task.labels) > MANY_CLASSES:
        thin = _thinned(task, seed)
        effects = rare_effect(thin, folds=FOLDS_LARGE, seed=seed, name=EFFECTS_ON[-1])
    else:
        sample = _sample(task, LARGE, seed)
        effects = step_effects(sample, folds=FOLDS_LARGE, seed=seed, names=EFFECTS_ON, tell=tell)
    return _measured(task, ours, effects, seed)


def _thinned(task: Task, seed: int) -> Task:
    """Cut every other class to `THIN` rows: none of the tables has rare classes of its own."""
    random = np.random.default_rng(seed)
    kept = []
    for at in range(len(task.labels)):
        rows = np.flatnonzero(task.truth == at)
        kept.append(random.choice(rows, min(THIN, len(rows)), replace=False) if at % 2 else rows)
    chosen = np.sort(np.concatenate(kept))
    return replace(task, table=task.table.take(chosen), truth=task.truth[chosen])


def _sample(task: Task, rows: int, seed: int) -> Task:
    chosen = np.sort(np.random.default_rng(seed).choice(len(task.truth), rows, replace=False))
    return replace(task, table=task.table.take(chosen), truth=task.truth[chosen])


def _measured(
    task: Task, results: list[Result], effects: list[tuple[str, str, float, float]], seed: int
) -> Measured:
    split = "by artist" if task.has_artists else SPLITS[-1]
    of_split = [one for one in results if one.split == split]
    ours = next(one for one in of_split if one.model == "the classifier")
    others = [one for one in of_split if one is not ours]
    importance = [] if len(task.truth) > LARGE else importances(task, seed=seed)
    drawings = plots_of(task, ours, others, importance)
    return Measured(task, tuple(results), tuple(effects), drawings)
