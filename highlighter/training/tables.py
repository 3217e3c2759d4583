"""Tables of what was measured, for people (Markdown) and for machines (JSON)."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from highlighter.training.errors import TableNotWrittenError

SCORES = ("auc", "f1", "precision", "hit50", "iou", "st3")
"""Columns of every table of scores, in their order."""

HEADS = {"auc": "AUC", "f1": "F1", "precision": "P", "hit50": "hit50", "iou": "IoU", "st3": "st3"}

UNKNOWN = "–"


@dataclass(frozen=True, slots=True)
class Cost:
    """What an architecture takes.

    Attributes
    ----------
    parameters
        Numbers that were learned.
    onnx_bytes
        Of the exported file; 0 where there is none.
    seconds
        Processor seconds from a file to the curve, for one song.
    network_seconds
        The part of it that the network takes.
    megabytes
        Most memory the whole process held.
    passes
        How often each training song was seen within the budget.
    trained_seconds
        Processor seconds that training took.
    """

    parameters: int = 0
    onnx_bytes: int = 0
    seconds: float = math.nan
    network_seconds: float = math.nan
    megabytes: float = math.nan
    passes: float = 0.0
    trained_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Row:
    """One architecture on one set of songs.

    Attributes
    ----------
    songs
        The set's name.
    name
        Of the architecture, or of what it is compared with.
    count
        Songs in the set.
    scores
        By `SCORES`, means over songs; NaN or absent where there is none.
    cost
        None for what is compared with.
    """

    songs: str
    name: str
    count: int
    scores: Mapping[str, float]
    cost: Cost | None = None


def markdown(rows: Sequence[Row]) -> str:
    """Return one table, a line for each row; numbers without a measurement are dashes."""
    heads = ["songs", "architecture", "parameters", "ONNX, MB", "passes", "s per song"]
    heads += ["of it network", "peak MB", *(HEADS[one] for one in SCORES)]
    lines = [heads, ["---", "---", *["---:"] * (len(heads) - 2)]]
    for row in rows:
        cost = row.cost
        lines.append(
            [
                f"{row.songs} ({row.count})",
                row.name,
                UNKNOWN if cost is None else f"{cost.parameters:,}",
                UNKNOWN if cost is None or not cost.onnx_bytes else f"{cost.onnx_bytes / 1e6:.2f}",
                UNKNOWN if cost is None or not cost.passes else f"{cost.passes:.1f}",
                UNKNOWN if cost is None else number(cost.seconds, 2),
                UNKNOWN if cost is None else number(cost.network_seconds, 3),
                UNKNOWN if cost is None else number(cost.megabytes, 0),
                *(number(row.scores.get(one, math.nan), 3) for one in SCORES),
            ]
        )
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def markdown_scores(rows: Sequence[Row]) -> str:
    """Return a table of scores alone."""
    lines = [["songs", "", *(HEADS[one] for one in SCORES)], ["---"] * 2 + ["---:"] * len(SCORES)]
    lines += [
        [
            f"{row.songs} ({row.count})",
            row.name,
            *(number(row.scores.get(one, math.nan), 3) for one in SCORES),
        ]
        for row in rows
    ]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def number(value: float, digits: int) -> str:
    """Return a number with so many digits behind the point, without a leading zero; or a dash."""
    if not math.isfinite(value):
        return UNKNOWN
    text = f"{value:.{digits}f}"
    return text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text


def plain(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Return the rows as plain values; what was not measured is None."""
    return [_known(asdict(row)) for row in rows]


def rows_of(entries: Sequence[Mapping[str, Any]]) -> list[Row]:
    """Return what `plain` was made from."""
    return [
        Row(
            songs=str(one["songs"]),
            name=str(one["name"]),
            count=int(one["count"]),
            scores={
                name: math.nan if value is None else float(value)
                for name, value in one["scores"].items()
            },
            cost=None if one.get("cost") is None else cost_of(one["cost"]),
        )
        for one in entries
    ]


def cost_of(entry: Mapping[str, Any]) -> Cost:
    """Return a cost of its plain values, None for what was not measured."""
    values: dict[str, Any] = {
        name: math.nan if value is None else value for name, value in entry.items()
    }
    return Cost(**values)


def written(path: Path, text: str) -> None:
    """Write a file whole or not at all.

    Raises
    ------
    TableNotWrittenError
        It cannot be written.
    """
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    except OSError as error:
        raise TableNotWrittenError(
            "A table cannot be written",
            which=str(path),
            why=error.strerror or str(error),
            next_step="name another folder with --out",
        ) from error


def to_json(value: Any) -> str:
    """Return JSON for a file that people may read, too."""
    return json.dumps(_known(value), ensure_ascii=False, indent=1) + "\n"


def _known(value: Any) -> Any:
    """Return plain values with None for numbers that are not finite, which JSON has no word for."""
    if isinstance(value, Mapping):
        return {str(name): _known(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_known(one) for one in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
