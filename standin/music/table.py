"""The library as a catalogue table, with the features that were measured from its own renders."""

from __future__ import annotations

import csv
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TextIO

from standin.music.errors import TableUnusable
from standin.music.library import TrackSpec, library

FEATURES = (
    "danceability", "energy", "key", "loudness", "mode", "speechiness", "acousticness",
    "instrumentalness", "liveness", "valence", "tempo", "time_signature",
)  # fmt: skip
"""Spotify's names and scales; the thirteenth, duration, is a column of its own."""

COLUMNS = (
    "id", "title", "artists", "album", "year", "duration", "explicit", "isrc", "spotify_id",
    "genre", "popularity", *FEATURES, "source", "licence", "audio",
)  # fmt: skip

SHIPPED = Path(__file__).with_name("features.csv")
LICENCE = "CC0-1.0"


def read_features(path: Path = SHIPPED) -> dict[str, dict[str, str]]:
    """Return the features of every track by id, as text.

    Raises
    ------
    TableUnusable
        If the file is missing, has other columns, or lacks a track of the library.
    """
    remedy = "make it again: `python -m standin.music features`"
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            found = {row.pop("id"): row for row in reader}
            columns = tuple(reader.fieldnames or ())
    except (OSError, UnicodeDecodeError, csv.Error, KeyError) as error:
        raise TableUnusable(
            "cannot read the table of features", which=str(path), why=str(error), next_step=remedy
        ) from error
    if columns != ("id", *FEATURES):
        raise TableUnusable(
            "the table of features has other columns than expected",
            which=str(path),
            why=f"found {', '.join(columns) or 'none'}",
            next_step=remedy,
        )
    missing = [spec.id for spec in library() if spec.id not in found]
    if missing:
        raise TableUnusable(
            "the table of features is older than the library",
            which=str(path),
            why=f"{len(missing)} tracks are not in it, {missing[0]} first",
            next_step=remedy,
        )
    return found


def write_table(out: Path) -> int:
    """Write the catalogue table as CSV through a temporary file, and return the number of rows.

    Raises
    ------
    TableUnusable
        If the shipped features cannot be used.
    OSError
        If `out` cannot be written.
    """
    features = read_features()
    out.parent.mkdir(parents=True, exist_ok=True)
    half_done = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        with half_done.open("w", encoding="utf-8", newline="") as file:
            _write_rows(file, features)
        half_done.replace(out)
    finally:
        half_done.unlink(missing_ok=True)
    return len(library())


def _write_rows(file: TextIO, features: Mapping[str, Mapping[str, str]]) -> None:
    writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for spec in library():
        writer.writerow({**_row(spec), **features[spec.id]})


def _row(spec: TrackSpec) -> dict[str, object]:
    return {
        "id": spec.id,
        "title": spec.title,
        "artists": ";".join(spec.artists),
        "album": spec.album,
        "year": spec.year,
        "duration": spec.duration,
        "explicit": str(spec.explicit).lower(),
        "isrc": spec.isrc,
        "spotify_id": spec.id,
        "genre": spec.genre,
        "popularity": spec.popularity,
        "source": "demo",
        "licence": LICENCE,
        "audio": f"demo:{spec.id}",
    }
