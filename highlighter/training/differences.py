"""How far one training is from another on the same songs, with intervals."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from highlighter.evaluation.bootstrap import Interval, paired_interval
from highlighter.training.scores import NAMES
from highlighter.training.tables import HEADS, SCORES, UNKNOWN, number

KEYS = dict(
    zip(NAMES, ("precision", "hit50", "iou", "st3", "auc", "f1"), strict=True),
)
"""From the names of `scores.scores_of` to those of tables."""

Difference = dict[str, tuple[float, float, float]]
"""Score → mean difference, lower and upper bound."""


def named(songs: Mapping[str, Sequence[float]]) -> dict[str, float]:
    """Return the means over songs by the tables' names; of no songs, nothing."""
    if not songs:
        return {}
    table = np.array(list(songs.values()), dtype=np.float64)
    known = [column[~np.isnan(column)] for column in table.T]
    return {
        KEYS[name]: float(column.mean()) if column.size else math.nan
        for name, column in zip(NAMES, known, strict=True)
    }


def differences_of(
    ours: Mapping[str, Sequence[float]], theirs: Mapping[str, Sequence[float]]
) -> Difference:
    """Return ours less theirs for each score, over the songs that both have.

    Several values per song, as of several seeds, are averaged before they come here.
    """
    songs = sorted(set(ours) & set(theirs))
    if not songs:
        return {}
    one = np.array([ours[song] for song in songs], dtype=np.float64)
    other = np.array([theirs[song] for song in songs], dtype=np.float64)
    found: Difference = {}
    for column, name in enumerate(NAMES):
        difference: Interval = paired_interval(one[:, column], other[:, column])
        found[KEYS[name]] = (difference.value, difference.low, difference.high)
    return found


def differences_table(differences: Mapping[str, Mapping[str, Difference]], head: str) -> str:
    """Return a Markdown table: set of songs, what is compared with, and a cell per score.

    Differences whose interval leaves out 0 are bold.
    """
    lines = [["songs", head, *(HEADS[one] for one in SCORES)], ["---"] * 2 + ["---:"] * len(SCORES)]
    for songs, table in differences.items():
        for name, difference in table.items():
            lines.append([songs, name, *(cell(difference.get(one)) for one in SCORES)])
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def cell(difference: tuple[float, float, float] | None) -> str:
    """Return ``+.050 (.010 … .090)``, bold where the interval leaves out 0; a dash for nothing."""
    if difference is None or not all(math.isfinite(one) for one in difference):
        return UNKNOWN
    value, low, high = difference
    sign = "+" if value >= 0.0 else "−"
    text = f"{sign}{number(abs(value), 3)} ({_signed(low)} … {_signed(high)})"
    return f"**{text}**" if low > 0.0 or high < 0.0 else text


def _signed(value: float) -> str:
    return ("−" if value < 0.0 else "") + number(abs(value), 3)
