"""Reading a labelled table from disk: what is a number, what a text, what gives the label away.

A million rows fit in bounded memory: the table is streamed, and of more than `MAX_ROWS` rows a
seeded uniform sample is kept (reservoir sampling).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from recommender.catalogue.columns import map_columns, plain_name
from recommender.catalogue.delimited import read_delimited
from recommender.catalogue.values import (
    clean_text,
    parse_flag,
    parse_key,
    parse_mode,
    parse_number,
    parse_time_signature,
)
from recommender.errors import SourceUnreadable
from recommender.genres.errors import LabelMissing, NoFeatures
from recommender.genres.table import GenreTable, Numbers, Reservoir

MAX_ROWS = 200_000
"""Rows kept of a table; about 400 MB with 20 columns, titles and artists."""
CHUNK = 10_000
NUMBER_SHARE = 0.5
"""A column is one of numbers when at least this share of its filled cells are."""

TEXT_ROLES = ("id", "title", "artists", "album")
_PARSERS = {
    "key": parse_key,
    "mode": parse_mode,
    "time_signature": parse_time_signature,
    "explicit": lambda cell: None if (flag := parse_flag(cell)) is None else float(flag),
}
_POSITIVE = frozenset({"duration", "tempo", "time_signature"})
"""Where 0 and less mean "not known" in the common tables."""
_ROW_NAMES = re.compile(r"^(unnamed(_\d+)?|index|row|rowid|.*_?id|)$")


@dataclass(frozen=True)
class _Layout:
    """Which position of a row means what."""

    label: int | None
    roles: Mapping[str, int]
    numbers: Mapping[str, int]
    parsers: Mapping[str, Any]
    seconds: float
    notes: tuple[str, ...]


def read_table(
    path: Path | str,
    *,
    label: str | None = None,
    leave_out: Sequence[str] = (),
    max_rows: int = MAX_ROWS,
    seed: int = 0,
) -> GenreTable:
    """Read a table (``.csv``, ``.tsv``, also gzipped or zipped, or ``.parquet``).

    Parameters
    ----------
    path
        The file.
    label
        The column to learn; None for a table without answers.
    leave_out
        Columns that are not to be used.
    max_rows
        Rows kept; of a longer table a uniform sample.
    seed
        Of the sample.

    Raises
    ------
    SourceUnreadable
        The file cannot be read.
    LabelMissing
        There is no such column, or it is empty.
    NoFeatures
        No other column holds numbers.
    """
    path = Path(path)
    headers, chunks = open_table(path)
    at = None if label is None else _find_label(path, headers, label)
    layout: _Layout | None = None
    kept = Reservoir(max_rows, seed)
    unread: dict[str, int] = {}
    infinite = broken = 0
    for cells, lost in chunks:
        broken += lost
        if not cells:
            continue
        if layout is None:
            layout = _layout(headers, cells, at, leave_out)
            kept.start(len(layout.numbers))
        block, bad, endless = _parse(layout, cells)
        infinite += endless
        for name, count in bad.items():
            unread[name] = unread.get(name, 0) + count
        kept.offer(block, [_texts(layout, row) for row in cells])
    if layout is None:
        raise _no_rows(path)
    if not layout.numbers:
        raise NoFeatures(
            "No column of this table holds numbers",
            which=str(path),
            why=f"its columns are: {', '.join(headers[:12])}",
            next_step="give a table with features of the sound (danceability, energy, tempo …)",
        )
    notes = [*layout.notes]
    if broken:
        notes.append(f"{broken} lines could not be taken apart and were left out")
    notes += [
        f"{name}: {count} cells are no numbers and count as missing"
        for name, count in unread.items()
    ]
    if infinite:
        notes.append(f"{infinite} infinite values count as missing")
    if kept.seen > max_rows:
        notes.append(f"{max_rows} of {kept.seen} rows were kept, a uniform sample (seed {seed})")
    table = kept.table(tuple(layout.numbers), with_labels=at is not None, notes=notes)
    if at is not None and not any(table.labels):
        raise LabelMissing(
            "The label column is empty",
            which=f"{label} in {path}",
            next_step="name a column that holds each track's genre",
        )
    return table


@dataclass(frozen=True)
class Block:
    """Some rows of a table, as they were written and as they were understood."""

    headers: tuple[str, ...]
    cells: tuple[Sequence[Any], ...]
    table: GenreTable
    broken: int


def read_blocks(path: Path | str) -> Iterator[Block]:
    """Yield a table in pieces of at most `CHUNK` rows, nothing left out but broken lines.

    Raises
    ------
    SourceUnreadable
        The file cannot be read, or has no rows.
    """
    path = Path(path)
    headers, chunks = open_table(path)
    layout: _Layout | None = None
    for cells, lost in chunks:
        if layout is None and cells:
            layout = _layout(headers, cells, None, ())
        if layout is None:
            continue
        block, _, _ = _parse(layout, cells)
        kept = Reservoir(len(cells), 0)
        kept.start(block.shape[1])
        kept.offer(block, [_texts(layout, row) for row in cells])
        table = kept.table(tuple(layout.numbers), with_labels=False, notes=())
        yield Block(tuple(headers), tuple(cells), table, lost)
    if layout is None:
        raise _no_rows(path)


def _no_rows(path: Path) -> SourceUnreadable:
    return SourceUnreadable(
        "This table has no rows",
        which=str(path),
        next_step="give a table with a header line and rows",
    )


def open_table(path: Path) -> tuple[list[str], Iterator[tuple[list[Sequence[Any]], int]]]:
    """Return a table's header, and its rows in pieces, each with its number of broken lines.

    Raises
    ------
    SourceUnreadable
        The file cannot be read.
    """
    if not path.is_file():
        raise SourceUnreadable(
            "This table cannot be read",
            which=str(path),
            why="there is no such file",
            next_step="give a .csv, .tsv (also .gz or .zip) or .parquet that exists",
        )
    if path.suffix.lower() == ".parquet":
        return _open_parquet(path)
    records = read_delimited(path)
    header = next(records, None)
    if header is None or header.problem:
        raise SourceUnreadable(
            "This table has no readable header line",
            which=str(path),
            why=header.problem if header else "it is empty",
            next_step="give a table with a header line",
        )

    def chunks() -> Iterator[tuple[list[Sequence[Any]], int]]:
        while batch := list(islice(records, CHUNK)):
            whole: list[Sequence[Any]] = [one.cells for one in batch if not one.problem]
            yield whole, len(batch) - len(whole)

    return header.cells, chunks()


def _open_parquet(path: Path) -> tuple[list[str], Iterator[tuple[list[Sequence[Any]], int]]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    def refused(error: Exception) -> SourceUnreadable:
        return SourceUnreadable(
            "This table cannot be read",
            which=str(path),
            why=str(error).splitlines()[0] if str(error) else type(error).__name__,
            next_step="check that it is a whole Parquet file",
        )

    try:
        file = pq.ParquetFile(path, memory_map=False)
    except (pa.ArrowException, OSError) as error:
        raise refused(error) from error

    def chunks() -> Iterator[tuple[list[Sequence[Any]], int]]:
        try:
            for batch in file.iter_batches(batch_size=CHUNK):
                columns = [column.to_pylist() for column in batch.columns]
                yield [list(row) for row in zip(*columns, strict=True)], 0
        except (pa.ArrowException, OSError) as error:
            raise refused(error) from error

    return list(file.schema_arrow.names), chunks()


def _find_label(path: Path, headers: Sequence[str], label: str) -> int:
    for wanted in (label, label.strip().lower()):
        for position, header in enumerate(headers):
            if header == wanted or header.strip().lower() == wanted:
                return position
    raise LabelMissing(
        "The table has no such column",
        which=label,
        why=f"the columns of {path.name} are: {', '.join(headers[:20])}",
        next_step="name the column of genres with --label",
    )


def _layout(
    headers: Sequence[str],
    cells: Sequence[Sequence[Any]],
    label: int | None,
    leave_out: Sequence[str],
) -> _Layout:
    mapped = map_columns(
        [h if at != label else "the label" for at, h in enumerate(headers)]
    ).positions
    roles = {role: mapped[role] for role in TEXT_ROLES if role in mapped}
    ours = {at: role for role, at in mapped.items() if role not in TEXT_ROLES}
    out = {plain_name(name) for name in leave_out}
    numbers: dict[str, int] = {}
    parsers: dict[str, Any] = {}
    notes: list[str] = []
    for at, header in enumerate(headers):
        role = ours.get(at, "")
        name = role or plain_name(header)
        if at == label or at in roles.values() or name in numbers:
            continue
        if name in out or plain_name(header) in out:
            notes.append(f"{header}: left out as asked")
            continue
        parse = _PARSERS.get(role, parse_number)
        column = [row[at] for row in cells]
        kind = _kind(name, column, parse)
        # A column we know may begin with thousands of empty cells.
        if kind == "numbers" or (kind == "empty" and role):
            numbers[name], parsers[name] = at, parse
        elif kind != "text":
            notes.append(f"{header}: left out, {kind}")
    seconds = 1.0
    if "duration" in numbers:
        found = [parse_number(row[numbers["duration"]]) for row in cells]
        known = sorted(value for value in found if value is not None and value > 0)
        # A median at or above 3,000 is in milliseconds: as seconds it would be 50 minutes.
        seconds = 0.001 if known and known[len(known) // 2] >= 3_000 else 1.0
    return _Layout(label, roles, numbers, parsers, seconds, tuple(notes))


def _kind(name: str, column: Sequence[Any], parse: Any) -> str:
    filled = [cell for cell in column if clean_text(cell)]
    values = [value for cell in filled if (value := parse(cell)) is not None]
    if not filled:
        return "empty"
    if len(values) < NUMBER_SHARE * len(filled):
        return "text"
    if _ROW_NAMES.match(name) and all(value == int(value) for value in values):
        return "a row's number or id"
    steps = np.diff(values)
    if len(values) >= 20 and np.all(steps == steps[0]) and steps[0] != 0:
        return "it only counts the rows"
    return "numbers"


def _parse(layout: _Layout, cells: Sequence[Sequence[Any]]) -> tuple[Numbers, dict[str, int], int]:
    block = np.full((len(cells), len(layout.numbers)), np.nan)
    bad: dict[str, int] = {}
    endless = 0
    for place, (name, at) in enumerate(layout.numbers.items()):
        parse = layout.parsers[name]
        for row, cell_row in enumerate(cells):
            cell = cell_row[at]
            value = parse(cell)
            if value is not None:
                block[row, place] = value
            elif _is_infinite(cell):
                endless += 1
            elif clean_text(cell):
                bad[name] = bad.get(name, 0) + 1
        values = block[:, place]
        if name in _POSITIVE:
            values[values <= 0] = np.nan
        elif name == "key":
            values[(values < 0) | (values > 11)] = np.nan
        if name == "duration":
            values *= layout.seconds
    return block, bad, endless


def _is_infinite(cell: Any) -> bool:
    try:
        return math.isinf(float(cell))
    except (TypeError, ValueError):
        return False


def _texts(layout: _Layout, row: Sequence[Any]) -> tuple[str, ...]:
    def of(role: str) -> str:
        return clean_text(row[layout.roles[role]]) if role in layout.roles else ""

    label = clean_text(row[layout.label]) if layout.label is not None else ""
    return label, of("artists"), of("title"), of("album")
