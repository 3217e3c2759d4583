"""What a comparison found, kept in its folder: read, put together and told."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from highlighter.training.architectures import NAMES as TRAINED
from highlighter.training.differences import differences_of, differences_table, named
from highlighter.training.references import BASELINE, BEST, CHANCE
from highlighter.training.tables import (
    Cost,
    Row,
    cost_of,
    markdown,
    number,
    plain,
    to_json,
    written,
)

OURS = "ours"
ALL = (BASELINE, *(name for name in TRAINED if name != OURS), OURS)
"""In the order of the table."""

Scores = dict[str, dict[str, list[float]]]
"""Set of songs → song → P, hit50, IoU, st3, AUC, F1."""

HEADS_OF_CLIPS = ("P", "hit50", "IoU", "st3")

_FOLDER = "measured"
_EVEN = ".even.json"


def keep_scores(out: Path, name: str, scores: Scores) -> None:
    """Keep what an architecture, or what is compared with, scored."""
    written(out / _FOLDER / f"{name}.json", to_json(scores))


def keep_even(out: Path, name: str, scores: Scores) -> None:
    """Keep what an architecture scored with the even window."""
    written(out / _FOLDER / f"{name}{_EVEN}", to_json(scores))


def keep_cost(out: Path, name: str, cost: Cost) -> None:
    """Keep what an architecture takes."""
    written(out / _FOLDER / f"{name}.cost.json", to_json(asdict(cost)))


def told(out: Path, budget: float) -> str:
    """Return the table of all that a folder holds, and how ours differs from each; write its JSON.

    Parameters
    ----------
    out
        Folder of a comparison.
    budget
        Seconds, for the text.
    """
    scores = {name: read_scores(out / _FOLDER / f"{name}.json") for name in (CHANCE, *ALL, BEST)}
    costs = {name: _read_cost(out / _FOLDER / f"{name}.cost.json") for name in ALL}
    sets = list(dict.fromkeys(songs for table in scores.values() for songs in table))
    rows = [
        Row(songs, name, len(table[songs]), named(table[songs]), costs.get(name))
        for songs in sets
        for name, table in scores.items()
        if songs in table
    ]
    differences = {
        songs: {
            name: differences_of(scores[OURS][songs], scores[name][songs])
            for name in ALL
            if name != OURS and songs in scores[name]
        }
        for songs in sets
        if songs in scores[OURS]
    }
    json_text = to_json({"budget": budget, "rows": plain(rows), "ours less": differences})
    written(out / "compare.json", json_text)
    text = f"Each trained for {budget:.0f} s of processor time.\n\n{markdown(rows)}"
    even = even_table(out, sets)
    if even:
        text += (
            "\nThe same curves, their clip the 30 s with the most interest in the mean:\n\n" + even
        )
    if differences:
        text += "\nOurs less each, with 95 % intervals by resampling songs:\n\n"
        text += differences_table(differences, "ours less")
    return text


def even_table(out: Path, sets: Sequence[str]) -> str:
    """Return the scores with the even window, an architecture a line; empty without any."""
    heads = " / ".join(HEADS_OF_CLIPS)
    lines = [["architecture", *(f"{songs}: {heads}" for songs in sets)]]
    lines.append(["---"] * len(lines[0]))
    for name in ALL:
        table = read_scores(out / _FOLDER / f"{name}{_EVEN}")
        if table:
            cells = [means_of(table.get(songs, {})) for songs in sets]
            lines.append([name, *(" / ".join(number(one, 3) for one in cell) for cell in cells)])
    return "".join("| " + " | ".join(line) + " |\n" for line in lines) if len(lines) > 2 else ""


def means_of(songs: Mapping[str, Sequence[float]]) -> list[float]:
    """Return means over songs, score by score."""
    return [sum(column) / len(songs) for column in zip(*songs.values(), strict=True)]


def read_scores(path: Path) -> Scores:
    """Return scores as they were written; of a file that is not there, or none of ours, nothing."""
    try:
        return known_scores(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def known_scores(plain: Mapping[str, Any]) -> Scores:
    """Return scores of plain values, in which None stands for what a song has no score for."""
    return {
        songs: {
            name: [math.nan if one is None else float(one) for one in row]
            for name, row in table.items()
        }
        for songs, table in plain.items()
    }


def _read_cost(path: Path) -> Cost | None:
    try:
        return cost_of(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError, AttributeError):
        return None
