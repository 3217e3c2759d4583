"""The report's figures as CSV: every mean, every difference, every song's answers."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from pathlib import Path

from highlighter.evaluation.bootstrap import mean_interval
from highlighter.evaluation.hear import DEFAULT
from highlighter.evaluation.measure import METRICS, RANDOM_ROW, Measured


def write_tables(out: Path, measured: Sequence[Measured]) -> None:
    """Write ``metrics.csv``, ``differences.csv`` and ``songs.csv`` into a folder."""
    _write_csv(out / "metrics.csv", _metric_rows(measured))
    _write_csv(out / "differences.csv", _difference_rows(measured))
    _write_csv(out / "songs.csv", _song_rows(measured))


def _metric_rows(measured: Sequence[Measured]) -> list[list[object]]:
    rows: list[list[object]] = [
        ["data_set", "row", "metric", "value", "low", "high", "random", "songs"]
    ]
    for one in measured:
        chance = one.rows.get(RANDOM_ROW)
        for name, row in one.rows.items():
            for metric in METRICS:
                interval = mean_interval(row.values[metric])
                if math.isnan(interval.value):
                    continue
                by_chance = 0.5 if metric == "AUC" else one.f1_of_all
                if metric in METRICS[:4] and chance is not None:
                    by_chance = chance.mean(metric)
                cells = [interval.value, interval.low, interval.high, by_chance]
                rows.append([one.name, name, metric, *(f"{v:.6f}" for v in cells), row.songs])
    return rows


def _difference_rows(measured: Sequence[Measured]) -> list[list[object]]:
    rows: list[list[object]] = [
        ["data_set", "less", "metric", "difference", "low", "high", "excludes_zero"]
    ]
    for one in measured:
        for name, intervals in one.differences.items():
            for metric, i in intervals.items():
                numbers = [f"{value:.6f}" for value in (i.value, i.low, i.high)]
                rows.append([one.name, name, metric, *numbers, int(i.excludes_zero)])
    return rows


def _song_rows(measured: Sequence[Measured]) -> list[list[object]]:
    heads = ["data_set", "song", "genre", "duration", "row", "start", "end", *METRICS]
    rows: list[list[object]] = [[*heads, "strategy", "confidence", "error"]]
    for one in measured:
        for name, row in one.rows.items():
            for number, (song, answer) in enumerate(zip(one.songs, row.answers, strict=True)):
                scores = [row.values[metric][number] for metric in METRICS]
                told = ["" if math.isnan(value) else f"{value:.4f}" for value in scores]
                start = [one.name, song.song.name, song.genre, f"{song.duration:.2f}", name]
                if answer is None:
                    rows.append([*start, "", "", *told, "", "", ""])
                    continue
                place = [_told(answer.start), _told(answer.end)]
                sure = _told(answer.confidence)
                rows.append([*start, *place, *told, answer.strategy, sure, answer.error])
        blank: list[object] = [""] * len(METRICS)
        for failed, why in one.failed:
            head = [one.name, failed.name, failed.genre, "", DEFAULT, "", ""]
            rows.append([*head, *blank, "", "", why])
    return rows


def _write_csv(path: Path, rows: Sequence[Sequence[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(rows)


def _told(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"
