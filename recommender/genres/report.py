"""The report on genres: tables a person can read, the same as CSV, and plots."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from recommender.genres.comparing import Result, Task
from recommender.genres.metrics import MEASURES, chance
from recommender.genres.splits import SPLITS


@dataclass(frozen=True)
class Heading:
    """What the report says about itself."""

    created: str
    seconds: float
    budget: float
    seed: int
    absent: tuple[str, ...]


@dataclass(frozen=True)
class Measured:
    """Everything measured on one table.

    Attributes
    ----------
    task
        The table.
    results
        All models and splits.
    effects
        (model, which steps, accuracy, log loss).
    drawings
        File name → SVG.
    """

    task: Task
    results: tuple[Result, ...]
    effects: tuple[tuple[str, str, float, float], ...]
    drawings: Mapping[str, str]


def write_report(out: Path, heading: Heading, measured: Sequence[Measured]) -> Path:
    """Write ``report.md``, ``metrics.csv`` and the plots; return the report."""
    out.mkdir(parents=True, exist_ok=True)
    with (out / "metrics.csv").open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(_csv_rows(measured))
    for one in measured:
        for name, drawing in one.drawings.items():
            (out / name).write_text(drawing, encoding="utf-8")
    path = out / "report.md"
    parts = [_head(heading), *(_section(one) for one in measured)]
    path.write_text("\n".join(parts), encoding="utf-8")
    return path


def _head(heading: Heading) -> str:
    absent = "".join(f"\nNot measured: {one}.\n" for one in heading.absent)
    return f"""# How well genres are told

{heading.created}; {heading.seconds:.0f} s in all, one thread. Seconds in the tables are processor
seconds. Settings are searched for {heading.budget:g} s per model (seed {heading.seed}) on the
training rows of the first fold; *fold 1* is the accuracy on the one fold that the search never
saw. Probabilities are calibrated across folds: no row's label has a part in its own. *Chance*
always answers the classes' shares.
{absent}"""


def _section(one: Measured) -> str:
    task = one.task
    parts = [
        f"## {task.name}\n",
        f"{len(task.truth):,} rows, {len(task.labels)} classes.\n",
        *(f"- {note}" for note in task.notes),
        "",
    ]
    by_chance = chance(task.truth, len(task.labels))
    for split in SPLITS:
        found = [result for result in one.results if result.split == split]
        if found:
            parts += [f"### {split}\n", _table(found, by_chance)]
    settings = [r for r in one.results if r.draws and r.split == one.results[-1].split]
    if settings:
        parts += ["### What the searches found\n", _settings(settings)]
    if one.effects:
        parts += ["### What each step of the preparation is worth\n", _effects(one.effects)]
    parts += [f"![{name}]({name})\n" for name in one.drawings]
    return "\n".join(parts)


def _table(results: Sequence[Result], by_chance: Mapping[str, float]) -> str:
    names = [*MEASURES, "ECE before", "fold 1", "training s", "kB", "rows/s"]
    lines = [_row(["", *names]), _rule(len(names))]
    lines.append(_row(["*chance*", *(f"{by_chance[m]:.3f}" for m in MEASURES), *[""] * 5]))
    for one in results:
        cells = [f"{one.measures[m]:.3f}" for m in MEASURES]
        cells += [
            f"{one.raw_ece:.3f}",
            "" if math.isnan(one.unseen) else f"{one.unseen:.3f}",
            f"{one.fit_seconds:.1f}",
            f"{one.size / 1000:.0f}" if one.size else "",
            f"{one.rows_per_second:,.0f}",
        ]
        lines.append(_row([one.model, *cells]))
    return "\n".join(lines) + "\n"


def _settings(results: Sequence[Result]) -> str:
    lines = [_row(["", "tried", "best"]), _rule(2)]
    for one in results:
        shown = json.dumps({name: _short(value) for name, value in one.settings.items()})
        lines.append(_row([one.model, str(one.draws), f"`{shown}`"]))
    return "\n".join(lines) + "\n"


def _short(value: object) -> object:
    return float(f"{value:.3g}") if isinstance(value, float) else value


def _effects(effects: Sequence[tuple[str, str, float, float]]) -> str:
    lines = [_row(["model", "steps", "accuracy", "difference", "log loss", "difference"]), _rule(5)]
    whole = {model: (right, loss) for model, steps, right, loss in effects if steps == "all steps"}
    for model, steps, right, loss in sorted(effects, key=lambda one: one[0]):
        from_right, from_loss = right - whole[model][0], loss - whole[model][1]
        cells = [f"{right:.3f}", f"{from_right:+.3f}", f"{loss:.3f}", f"{from_loss:+.3f}"]
        lines.append(_row([model, steps, *cells]))
    return "\n".join(lines) + "\n"


def _csv_rows(measured: Sequence[Measured]) -> list[list[object]]:
    rows: list[list[object]] = [["table", "split", "model", "measure", "value", "chance"]]
    for one in measured:
        by_chance = chance(one.task.truth, len(one.task.labels))
        for result in one.results:
            start: list[object] = [one.task.name, result.split, result.model]
            rows += [[*start, m, result.measures[m], by_chance[m]] for m in MEASURES]
            rows += [
                [*start, "ECE before", result.raw_ece, ""],
                [*start, "training seconds", result.fit_seconds, ""],
                [*start, "bytes", result.size, ""],
                [*start, "rows per second", result.rows_per_second, ""],
            ]
        for model, steps, right, loss in one.effects:
            rows.append([one.task.name, "steps", model, f"accuracy, {steps}", right, ""])
            rows.append([one.task.name, "steps", model, f"log loss, {steps}", loss, ""])
    return rows


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _rule(columns: int) -> str:
    return "|---|" + "---|" * columns
