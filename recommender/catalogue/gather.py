"""Sources in, one table of validated rows out, with what was refused listed beside it."""

from __future__ import annotations

import csv
import os
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from recommender.catalogue.genres import with_guesses
from recommender.catalogue.sources import Source
from recommender.catalogue.validate import Reject, arrow_schema, validate
from recommender.errors import CatalogueEmpty

if TYPE_CHECKING:
    import pyarrow as pa

    from recommender.genre_guess import GenreGuesser

REJECTS = "rejects.csv"

Progress = Callable[[str, int], None]
"""Called as ``progress(phase, rows so far)``.

Phases are "read", "merge", "space", "index", "write".
"""


@dataclass(frozen=True)
class SourceCount:
    """What one source gave: rows read, and those of them refused."""

    name: str
    read: int
    rejected: int


@dataclass
class Gathered:
    """Rows that fit the schema, and what became of the others.

    Attributes
    ----------
    table
        The rows, in the order of the sources.
    source_numbers
        For each row the number of its source.
    read, rejected
        Rows met and refused.
    notes
        Single values left out of accepted rows, with how many.
    counts
        Read and refused, by source.
    """

    table: pa.Table
    source_numbers: np.ndarray[Any, Any]
    read: int
    rejected: int
    notes: Counter[str]
    counts: list[SourceCount]


def gather(
    sources: Sequence[Source],
    rejects: Path,
    tell: Progress,
    guesser: GenreGuesser | None = None,
) -> Gathered:
    """Read sources, validate their rows, and list the refused ones in a file.

    Parameters
    ----------
    sources
        Read one after the other.
    rejects
        The CSV file to write, replaced as a whole at the end.
    tell
        Told how many rows have been read.
    guesser
        Estimates the genre of rows that name none, by the features of their table.

    Raises
    ------
    SourceUnreadable, SourceColumns
        A source cannot be read; the file stays as it was.
    """
    import pyarrow as pa

    tables: list[pa.Table] = []
    numbers: list[np.ndarray[Any, Any]] = []
    notes: Counter[str] = Counter()
    counts: list[SourceCount] = []
    read = rejected = 0
    beside = rejects.with_name(f".{rejects.name}.{os.getpid()}")
    try:
        with beside.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(("source", "line", "id", "reason", "raw"))
            for number, source in enumerate(sources):
                of_source = refused = 0
                for chunk in source.chunks():
                    verdict = validate(chunk, source.name, source.licence)
                    notes += verdict.notes
                    fitting = verdict.table
                    if guesser is not None and not chunk.heard:
                        fitting = with_guesses(fitting, guesser)
                    tables.append(fitting)
                    numbers.append(np.full(verdict.table.num_rows, number, dtype=np.int32))
                    writer.writerows(map(_reject_row, verdict.rejects))
                    refused += len(verdict.rejects)
                    of_source += len(chunk.lines) + len(chunk.broken)
                    tell("read", read + of_source)
                counts.append(SourceCount(source.name, of_source, refused))
                read += of_source
                rejected += refused
        os.replace(beside, rejects)
    finally:
        beside.unlink(missing_ok=True)
    return Gathered(
        table=pa.concat_tables(tables) if tables else arrow_schema().empty_table(),
        source_numbers=np.concatenate(numbers) if numbers else np.zeros(0, dtype=np.int32),
        read=read,
        rejected=rejected,
        notes=notes,
        counts=counts,
    )


def _reject_row(reject: Reject) -> tuple[Any, ...]:
    return (reject.source, reject.line, reject.id, reject.reason, reject.raw)


def refuse_nothing(
    gathered: Gathered, sources: Sequence[Source], rejects: Path, *, kept: str
) -> None:
    """Raise `CatalogueEmpty` if the sources gave no usable row, saying what was kept."""
    if gathered.table.num_rows:
        return
    raise CatalogueEmpty(
        "No usable track was found",
        which=", ".join(source.name for source in sources) or "no source given",
        why=f"{gathered.read} rows read, all of them refused" if gathered.read else "no rows",
        kept=kept,
        next_step=f"see {rejects} for the reason of each row",
        details={"read": gathered.read, "rejected": gathered.rejected},
    )
