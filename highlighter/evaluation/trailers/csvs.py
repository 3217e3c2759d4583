"""The figures as CSV: every playlist of every system, every join."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from pathlib import Path

from highlighter.evaluation.trailers.figures import RANDOM_ROW, Result


def write_csvs(out: Path, results: Sequence[Result]) -> None:
    """Write ``playlists.csv`` and ``joins.csv`` into a folder; chance has no joins of its own."""
    _write(out / "playlists.csv", [_PLAYLIST_HEADS, *(_playlist(one) for one in results)])
    rows = [row for one in results if one.system != RANDOM_ROW for row in _joins(one)]
    _write(out / "joins.csv", [_JOIN_HEADS, *rows])


_PLAYLIST_HEADS: list[object] = [
    "playlist", "of", "system", "gap_median", "close", "compatible", "possible",
    "lufs", "true_peak_dbtp", "clipped", "silence_s", "step_median_lu", "cpu_s",
]  # fmt: skip

_JOIN_HEADS: list[object] = [
    "playlist", "system", "join", "first", "second", "kind", "gap", "compatible",
    "truly_compatible", "offset_ms", "first_right", "second_right", "energy_middle_db",
    "energy_whole_db",
]  # fmt: skip


def _playlist(one: Result) -> list[object]:
    heard = one.sounding
    told = [one.playlist.number, one.playlist.kind, one.system, _number(one.gap)]
    told += [_number(one.close), _number(one.compatible), one.possible]
    if heard is None:
        return [*told, "", "", "", "", "", ""]
    levels = [f"{heard.lufs:.3f}", f"{heard.true_peak:.3f}", heard.clipped, f"{heard.silence:.2f}"]
    return [*told, *levels, _number(one.step), f"{heard.cpu:.2f}"]


def _joins(one: Result) -> list[list[object]]:
    rows: list[list[object]] = []
    for place, join in enumerate(one.joins):
        flat = one.sounding.flatness[place] if one.sounding is not None else None
        rows.append(
            [
                one.playlist.number,
                one.system,
                place,
                join.first.pool.path.name,
                join.second.pool.path.name,
                join.kind,
                _number(join.gap),
                int(join.compatible),
                "" if join.truly is None else int(join.truly),
                "" if join.offset is None else f"{1e3 * join.offset.middle:.2f}",
                *(("", "") if join.right is None else (f"{r.moved:.3f}" for r in join.right)),
                "" if flat is None else _number(flat.middle),
                "" if flat is None else _number(flat.whole),
            ]
        )
    return rows


def _write(path: Path, rows: Sequence[Sequence[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(rows)


def _number(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.4f}"
