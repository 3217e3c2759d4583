"""A table in, the same table with a genre and a confidence out: what ``genres predict`` runs."""

from __future__ import annotations

import csv
import os
import time
from dataclasses import dataclass
from pathlib import Path

from recommender.genres.errors import ModelUnwritable
from recommender.genres.reading import read_blocks
from recommender.genres.serving import load_classifier

ADDED = ("genre", "confidence")


@dataclass(frozen=True)
class Answered:
    """What answering a table came to."""

    path: Path
    rows: int
    broken: int
    seconds: float
    notes: tuple[str, ...]


def predict_table(source: Path | str, model: Path | str, out: Path | str) -> Answered:
    """Write `source` again as CSV with `genre` and `confidence` on each row.

    Columns of these names that the table has already are called ``genre_given`` and
    ``confidence_given``. The table is read in pieces, so its length does not matter; the file
    appears under its name when it is whole.

    Raises
    ------
    ModelMissing, ModelDamaged
        The model cannot be loaded.
    SourceUnreadable
        The table cannot be read.
    NoFeatures
        It has none of the columns that the model reads.
    ModelUnwritable
        The answers cannot be written.
    """
    started = time.perf_counter()
    classifier = load_classifier(model)
    out = Path(out)
    aside = out.with_name(f"{out.name}.part")
    rows = broken = 0
    blocks = read_blocks(source)
    try:
        with aside.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            for block in blocks:
                if not block.cells and not block.broken:
                    continue
                if rows == 0:
                    given = [f"{h}_given" if h in ADDED else h for h in block.headers]
                    writer.writerow([*given, *ADDED])
                broken += block.broken
                answers = classifier.predict(block.table)
                for cells, one in zip(block.cells, answers, strict=True):
                    writer.writerow([*cells, one.genre, f"{one.confidence:.4f}"])
                rows += len(answers)
        os.replace(aside, out)
    except OSError as error:
        raise ModelUnwritable(
            "The answers cannot be written",
            which=str(out),
            why=error.strerror or str(error),
            next_step="check the folder and the free space",
        ) from error
    finally:
        aside.unlink(missing_ok=True)
    notes = (f"{broken} lines could not be taken apart and were left out",) if broken else ()
    return Answered(out, rows, broken, time.perf_counter() - started, notes)
