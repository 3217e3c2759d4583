"""The report's plots, as SVG text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from recommender.evaluation import svg
from recommender.genres.comparing import Result, Task
from recommender.genres.metrics import confusion, reliability

MOST_SHOWN = 24
"""Classes, columns or inputs in one plot."""
LEAST_ROWS = 8
"""A bin with fewer rows says nothing about reliability and is not drawn."""


def plots_of(
    task: Task, shown: Result, others: Sequence[Result], importance: Sequence[tuple[str, float]]
) -> Mapping[str, str]:
    """Return the drawings of a task by file name.

    Parameters
    ----------
    task
        The labelled table.
    shown
        The result whose confusions are drawn.
    others
        Results of the same split for the reliability curves.
    importance
        Inputs with their share, largest first.
    """
    title = f"{task.name}: {shown.model}, {shown.split}"
    drawings = {
        f"{task.name}-reliability.svg": _reliability(task, [shown, *others], shown.split),
        f"{task.name}-classes.svg": _classes(task),
        f"{task.name}-correlation.svg": _correlation(task),
    }
    if len(task.labels) <= MOST_SHOWN:
        drawings[f"{task.name}-confusion.svg"] = _confusion(task, shown, title)
    if importance:
        top = [svg.Bar(name, share, share, share) for name, share in importance[:MOST_SHOWN]]
        drawings[f"{task.name}-importance.svg"] = svg.bars(
            f"{task.name}: the trees' inputs, % of the gain", top
        )
    return drawings


def _confusion(task: Task, shown: Result, title: str) -> str:
    counted = confusion(shown.probabilities, task.truth, len(task.labels))
    shares = counted / np.maximum(counted.sum(axis=1, keepdims=True), 1)
    return svg.heatmap(f"{title}: rows are the truth, % of it", task.labels, task.labels, shares)


def _reliability(task: Task, results: Sequence[Result], split: str) -> str:
    lines = [svg.Curve("as sure as right", (0.0, 1.0), (0.0, 1.0))]
    for one in results[:7]:
        found = [
            bin_ for bin_ in reliability(one.probabilities, task.truth) if bin_.rows >= LEAST_ROWS
        ]
        if not found:
            continue
        lines.append(svg.Curve(one.model, [b.confidence for b in found], [b.right for b in found]))
    return svg.curves(f"{task.name}: share right by confidence, {split}", "confidence", lines)


def _classes(task: Task) -> str:
    counts = np.bincount(task.truth, minlength=len(task.labels))
    order = np.argsort(-counts, kind="stable")
    chosen = order if len(order) <= MOST_SHOWN else np.r_[order[:12], order[-12:]]
    named = "" if len(order) <= MOST_SHOWN else " (the 12 largest and the 12 smallest)"
    rows = [svg.Bar(task.labels[at], *(float(counts[at]),) * 3) for at in chosen]
    return svg.bars(f"{task.name}: rows per class{named}", rows)


def _correlation(task: Task) -> str:
    names = list(task.table.numbers)[:MOST_SHOWN]
    columns = np.column_stack([task.table.numbers[name] for name in names])
    return svg.heatmap(
        f"{task.name}: correlation of columns, %", names, names, correlations(columns), signed=True
    )


def correlations(columns: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return Pearson correlations over the rows where both are known; 0 for a constant column."""
    count = columns.shape[1]
    out = np.eye(count)
    for left in range(count):
        for right in range(left):
            both = np.isfinite(columns[:, left]) & np.isfinite(columns[:, right])
            a, b = columns[both, left], columns[both, right]
            if len(a) > 1 and a.std() > 0 and b.std() > 0:
                out[left, right] = out[right, left] = float(np.corrcoef(a, b)[0, 1])
    return out
