"""From a table's columns to a model's inputs: named steps, each of which can be switched off.

What a step needs is learned on the training rows only, kept as plain numbers, and applied by numpy
alone: serving needs no training package.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from recommender.genres.errors import GenreOptions, NoFeatures
from recommender.genres.hints import Hints
from recommender.genres.table import GenreTable
from recommender.genres.words import WRITING, writing

Matrix = np.ndarray[Any, np.dtype[np.float64]]

STEPS: Mapping[str, str] = {
    "circle": "key and mode as a place on the circle of fifths, in place of their numbers",
    "writing": "how title and album are written: scripts, digits, works' numbers, film music",
    "hints": "what other labelled tables say of titles, artists' names and sound",
    "missing": "a column that says whether a value was there; where not, the median",
    "log": "log of columns that are positive and skewed (skewness above 1)",
    "iqr": "values beyond 3 interquartile ranges from the quartiles are set to that bound",
    "scale": "mean 0, standard deviation 1",
    "rare": 'classes with fewer than 20 rows, and a fifth of the mean, become one, "other"',
}
"""Steps in the order they are made. Without `missing`, medians are filled in all the same."""

RARE_ROWS = 20
OTHER = "other"
_SKEWED = 1.0
_MISSING_SHARE = 0.01
_IQR = 3.0


@dataclass(frozen=True)
class Preparation:
    """Fitted steps.

    Attributes
    ----------
    steps
        Those that are switched on.
    columns
        The table's columns that are read, in order.
    medians
        Per column.
    inputs
        Names of what comes out, in order.
    indicators
        Columns with a "was it there" input.
    logged
        Per input: what is added before the logarithm, 0 for an input that is left as it is.
    low, high
        Bounds per input.
    mean, deviation
        Per input.
    hints
        What other tables taught, or None.
    """

    steps: tuple[str, ...]
    columns: tuple[str, ...]
    medians: Matrix
    inputs: tuple[str, ...]
    indicators: tuple[str, ...]
    logged: Matrix
    low: Matrix
    high: Matrix
    mean: Matrix
    deviation: Matrix
    hints: Hints | None = None

    def __call__(self, table: GenreTable) -> Matrix:
        """Return rows × inputs (float64), finite everywhere.

        Raises
        ------
        NoFeatures
            The table has none of the columns that are read.
        """
        if not any(name in table.numbers for name in self.columns):
            raise NoFeatures(
                "This table has none of the columns that the model reads",
                why=f"it reads {', '.join(self.columns[:12])}",
                next_step="give a table with these columns, or train a model on its own",
            )
        raw = _gather(self, table)
        logged = self.logged > 0
        raw[:, logged] = np.log(np.maximum(raw[:, logged], 0.0) + self.logged[logged])
        result: Matrix = (np.clip(raw, self.low, self.high) - self.mean) / self.deviation
        return result


def fit_preparation(
    table: GenreTable, *, steps: Sequence[str] | None = None, hints: Hints | None = None
) -> Preparation:
    """Learn the steps on training rows.

    Parameters
    ----------
    table
        Training rows.
    steps
        Names out of `STEPS`; all by default.
    hints
        What other tables taught; used if the step is on.

    Raises
    ------
    GenreOptions
        A step's name is unknown.
    NoFeatures
        No column has a value in these rows.
    """
    wanted = tuple(STEPS) if steps is None else tuple(steps)
    unknown = sorted(set(wanted) - set(STEPS))
    if unknown:
        raise GenreOptions(
            "There is no such step",
            which=", ".join(unknown),
            next_step="choose from " + ", ".join(STEPS),
        )
    columns = tuple(n for n, v in table.numbers.items() if not np.isnan(v).all())
    if not columns:
        raise NoFeatures("No column has a value in any row", next_step="give rows with features")
    medians = np.array([np.nanmedian(table.numbers[name]) for name in columns])
    indicators: tuple[str, ...] = ()
    if "missing" in wanted:
        least = max(_MISSING_SHARE * len(table), 1)
        indicators = tuple(n for n in columns if np.isnan(table.numbers[n]).sum() >= least)
    draft = Preparation(
        steps=wanted,
        columns=columns,
        medians=medians,
        inputs=(),
        indicators=indicators,
        logged=np.zeros(0),
        low=np.zeros(0),
        high=np.zeros(0),
        mean=np.zeros(0),
        deviation=np.ones(0),
        hints=hints if "hints" in wanted else None,
    )
    raw = _gather(draft, table)
    names = _names(draft)
    logged = _to_log(raw, names, draft) if "log" in wanted else np.zeros(raw.shape[1])
    on = logged > 0
    raw[:, on] = np.log(np.maximum(raw[:, on], 0.0) + logged[on])
    low, high = np.full(raw.shape[1], -np.inf), np.full(raw.shape[1], np.inf)
    if "iqr" in wanted:
        first, third = np.percentile(raw, [25, 75], axis=0)
        # A column that is mostly one value has no spread to measure outliers by.
        spread = np.where(third > first, third - first, np.inf)
        low, high = first - _IQR * spread, third + _IQR * spread
        raw = np.clip(raw, low, high)
    mean, deviation = np.zeros(raw.shape[1]), np.ones(raw.shape[1])
    if "scale" in wanted:
        mean, deviation = raw.mean(axis=0), raw.std(axis=0)
        deviation[deviation < 1e-9] = 1.0
    return Preparation(
        steps=wanted,
        columns=columns,
        medians=medians,
        inputs=names,
        indicators=indicators,
        logged=logged,
        low=low,
        high=high,
        mean=mean,
        deviation=deviation,
        hints=draft.hints,
    )


def merge_rare(labels: Sequence[str], *, least: int = RARE_ROWS) -> tuple[tuple[str, ...], int]:
    """Return the labels with the rare ones called `OTHER`, and how many they were.

    Rare is a class with fewer than `least` rows and fewer than a fifth of the mean class. Nothing
    is merged when only one class is rare: then "other" would be that class by another name.
    """
    counts: dict[str, int] = {}
    for label in labels:
        counts[label] = counts.get(label, 0) + 1
    bound = min(least, len(labels) / max(len(counts), 1) / 5)
    rare = {label for label, count in counts.items() if count < bound}
    if len(rare) < 2:
        return tuple(labels), 0
    return tuple(OTHER if label in rare else label for label in labels), len(rare)


def _circular(one: Preparation) -> bool:
    return "circle" in one.steps and "key" in one.columns


def _plain(one: Preparation) -> list[str]:
    gone = {"key"} if _circular(one) else set()
    return [name for name in one.columns if name not in gone]


def _names(one: Preparation) -> tuple[str, ...]:
    names = _plain(one)
    if _circular(one):
        names += ["key: fifths, cosine", "key: fifths, sine"]
    names += [f"{name}: known" for name in one.indicators]
    if "writing" in one.steps:
        names += [*WRITING, "artists credited"]
    if one.hints is not None:
        names += list(one.hints.names)
    return tuple(names)


def _gather(one: Preparation, table: GenreTable) -> Matrix:
    """Return the inputs before logarithm, bounds and scale."""
    rows = len(table)
    missing = np.full(rows, np.nan)
    given = {name: table.numbers.get(name, missing) for name in one.columns}
    filled = {
        name: np.where(np.isfinite(given[name]), given[name], one.medians[at])
        for at, name in enumerate(one.columns)
    }
    parts = [np.column_stack([filled[name] for name in _plain(one)] or [np.zeros((rows, 0))])]
    if _circular(one):
        # Relative keys (C major, A minor) share their notes: a minor key stands at its major.
        mode = filled.get("mode", np.ones(rows))
        fifths = ((filled["key"] + np.where(mode < 0.5, 3, 0)) * 7) % 12
        angle = 2.0 * np.pi * fifths / 12.0
        heard = np.isfinite(given["key"])
        parts.append(np.column_stack([np.cos(angle) * heard, np.sin(angle) * heard]))
    if one.indicators:
        parts.append(np.column_stack([np.isfinite(given[name]) for name in one.indicators]))
    if "writing" in one.steps:
        texts = [f"{a} | {b}" for a, b in zip(table.titles, table.albums, strict=True)]
        parts.append(writing(texts))
        parts.append(np.array([[len(names)] for names in table.artists]).reshape(rows, 1))
    if one.hints is not None:
        parts.append(one.hints(table))
    return np.concatenate(parts, axis=1).astype(np.float64)


def _to_log(raw: Matrix, names: Sequence[str], one: Preparation) -> Matrix:
    """Return what is to be added to each input before its logarithm; 0: none is taken."""
    added = np.zeros(raw.shape[1])
    numbers = set(_plain(one))
    for at, name in enumerate(names):
        values = raw[:, at]
        if name not in numbers or values.min() < 0 or len(np.unique(values)) < 20:
            continue
        spread = values.std()
        if spread > 0 and ((values - values.mean()) ** 3).mean() / spread**3 > _SKEWED:
            positive = values[values > 0]
            # An offset of a hundredth of the median keeps zeros from standing alone.
            added[at] = max(float(np.median(positive)) / 100.0, 1e-12)
    return added
