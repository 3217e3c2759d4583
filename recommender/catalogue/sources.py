"""Where tracks come from: tables on disk, and rows somebody already has in hand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

from recommender.catalogue.columns import ColumnMap, map_columns, plain_name
from recommender.catalogue.delimited import Record, read_delimited
from recommender.catalogue.schema import STORED_FEATURES
from recommender.catalogue.values import parse_number
from recommender.errors import SourceColumns, SourceUnreadable

CHUNK_ROWS = 20_000
TABLE_SUFFIXES = (".csv", ".csv.gz", ".csv.zip", ".tsv", ".tsv.gz", ".txt", ".parquet")

_MILLISECONDS_FROM = 3_000.0
"""A typical duration at or above this is in milliseconds: as seconds it would be 50 minutes."""

ROW_COLUMNS = (
    "id", "spotify_id", "title", "artists", "album", "year", "duration", "explicit", "isrc",
    "genre", "genre_source", "genre_confidence", "subgenre", "popularity", *STORED_FEATURES,
    "source", "licence", "audio",
)  # fmt: skip
"""The catalogue's own column names, in the order of the stored table."""


@dataclass(frozen=True)
class RawChunk:
    """Some rows of a source, by column, not yet judged.

    Attributes
    ----------
    columns
        Our column's name → one value per row, as the source gave it.
    lines
        For each row the line (or row number, from 1) it came from.
    broken
        Lines that could not even be taken apart.
    milliseconds
        Whether `duration` is in milliseconds.
    percent
        Features written as 0–100.
    folder
        The folder that a relative `audio` path is relative to, or empty.
    heard
        Whether the features were measured by us, whose scales are not those of public tables.
    """

    columns: Mapping[str, Sequence[Any]]
    lines: Sequence[int]
    broken: Sequence[Record] = ()
    milliseconds: bool = False
    percent: frozenset[str] = frozenset()
    folder: str = ""
    heard: bool = False


class Source(Protocol):
    """Anything that gives raw chunks of rows."""

    @property
    def name(self) -> str:
        """What the source is called in `source`, in reports and in ``rejects.csv``."""

    @property
    def licence(self) -> str:
        """The licence of rows that name none of their own."""

    def chunks(self) -> Iterator[RawChunk]:
        """Yield the rows in their order, in pieces of bounded size."""


@dataclass(frozen=True)
class TableSource:
    """A table on disk: ``.csv``, ``.tsv`` (also ``.gz``, or alone in a ``.zip``) or ``.parquet``.

    Parameters
    ----------
    path
        The file.
    name
        How the source is named; the file's name without its suffixes by default.
    licence
        The licence of rows that name none of their own.
    """

    path: Path
    name: str = ""
    licence: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "path", Path(self.path))
        if not self.name:
            object.__setattr__(self, "name", self.path.name.split(".")[0] or self.path.name)

    def chunks(self) -> Iterator[RawChunk]:
        """Yield the table's rows.

        Raises
        ------
        SourceUnreadable
            The file cannot be opened, decoded or decompressed.
        SourceColumns
            No column names a track.
        """
        if not self.path.is_file():
            raise SourceUnreadable(
                "This source cannot be read",
                which=str(self.path),
                why="there is no such file",
                next_step="give a table (" + ", ".join(TABLE_SUFFIXES) + ") that exists",
            )
        if self.path.suffix.lower() == ".parquet":
            return self._parquet_chunks()
        return self._text_chunks()

    def _columns(self, headers: Sequence[str]) -> ColumnMap:
        found = map_columns(headers)
        if not found.names_tracks:
            shown = ", ".join(header[:40] for header in headers[:12])
            raise SourceColumns(
                "This table has no column that names a track",
                which=str(self.path),
                why=f"its columns are: {shown}",
                next_step="give it a header line with at least an id or a title column",
            )
        return found

    def _text_chunks(self) -> Iterator[RawChunk]:
        records = read_delimited(self.path)
        header = next(records, None)
        if header is None or header.problem:
            raise SourceUnreadable(
                "This table has no readable header line",
                which=str(self.path),
                why=header.problem if header else "it is empty",
                next_step="give a table with a header line",
            )
        columns = self._columns(header.cells)
        milliseconds: bool | None = None
        while batch := list(islice(records, CHUNK_ROWS)):
            whole = [record for record in batch if not record.problem]
            cells = list(zip(*(record.cells for record in whole), strict=True))
            values = {ours: cells[at] if cells else () for ours, at in columns.positions.items()}
            if milliseconds is None and whole:
                milliseconds = _in_milliseconds(columns, values.get("duration", ()))
            yield RawChunk(
                columns=values,
                lines=[record.line for record in whole],
                broken=[record for record in batch if record.problem],
                milliseconds=bool(milliseconds),
                percent=columns.percent,
                folder=str(self.path.parent.resolve()),
            )

    def _parquet_chunks(self) -> Iterator[RawChunk]:
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            table = pq.ParquetFile(self.path, memory_map=False)
            columns = self._columns(table.schema_arrow.names)
            names = [table.schema_arrow.names[at] for at in columns.positions.values()]
            milliseconds: bool | None = None
            line = 1
            for batch in table.iter_batches(batch_size=CHUNK_ROWS, columns=names):
                values = {
                    ours: batch.column(batch.schema.get_field_index(name)).to_pylist()
                    for ours, name in zip(columns.positions, names, strict=True)
                }
                if milliseconds is None:
                    milliseconds = _in_milliseconds(columns, values.get("duration", ()))
                yield RawChunk(
                    columns=values,
                    lines=range(line, line + batch.num_rows),
                    milliseconds=milliseconds,
                    percent=columns.percent,
                    folder=str(self.path.parent.resolve()),
                )
                line += batch.num_rows
        except (pa.ArrowException, OSError) as error:
            raise SourceUnreadable(
                "This source cannot be read",
                which=str(self.path),
                why=str(error).splitlines()[0] if str(error) else type(error).__name__,
                next_step="check that it is a whole Parquet file",
            ) from error


def _in_milliseconds(columns: ColumnMap, durations: Sequence[Any]) -> bool:
    """Tell a duration column's unit from its name and from what is in it."""
    header = plain_name(columns.headers.get("duration", ""))
    known = sorted(
        number for value in durations if (number := parse_number(value)) is not None and number > 0
    )
    if header.endswith(("ms", "millis", "milliseconds")):
        # Some tables keep the name and store seconds.
        return not known or known[-1] >= _MILLISECONDS_FROM
    if header.endswith(("_s", "_sec", "_seconds")):
        return False
    return bool(known) and known[len(known) // 2] >= _MILLISECONDS_FROM


@dataclass(frozen=True)
class RowsSource:
    """Rows already in hand, in the catalogue's own columns; what an analysed folder becomes.

    Parameters
    ----------
    name
        How the source is named.
    rows
        Mappings with the names of `ROW_COLUMNS`; `duration` in seconds, `artists` a sequence or
        joined by ``;``. Features may lie beside the other columns or in a mapping `features`.
        Read once.
    licence
        The licence of rows that name none of their own.
    """

    name: str
    rows: Iterable[Any] = field(repr=False)
    licence: str = ""

    def chunks(self) -> Iterator[RawChunk]:
        """Yield the rows; one that is no mapping is given back as broken."""
        rows = iter(self.rows)
        line = 1
        while batch := list(islice(rows, CHUNK_ROWS)):
            whole: list[Mapping[str, Any]] = []
            lines: list[int] = []
            broken: list[Record] = []
            for at, row in enumerate(batch, start=line):
                if isinstance(row, Mapping):
                    whole.append(_flat(row))
                    lines.append(at)
                else:
                    broken.append(Record(at, [], "not a row with named columns", repr(row)[:300]))
            line += len(batch)
            yield RawChunk(
                columns={name: [row.get(name) for row in whole] for name in ROW_COLUMNS},
                lines=lines,
                broken=broken,
            )


def _flat(row: Mapping[str, Any]) -> Mapping[str, Any]:
    features = row.get("features")
    if not isinstance(features, Mapping):
        return row
    # What stands beside `features` is the row's own word.
    return {**features, **{name: value for name, value in row.items() if value is not None}}


def is_table(path: Path) -> bool:
    """Return whether a path's name says that it is a table this package reads."""
    return path.name.lower().endswith(TABLE_SUFFIXES)


__all__ = [
    "CHUNK_ROWS",
    "ROW_COLUMNS",
    "TABLE_SUFFIXES",
    "RawChunk",
    "RowsSource",
    "Source",
    "TableSource",
    "is_table",
]
