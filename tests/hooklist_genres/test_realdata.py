"""What share of the labels in public tables the vocabulary knows."""

from __future__ import annotations

import csv
import gzip
import io
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from hooklist_genres import resolve

pytestmark = pytest.mark.realdata


def plain(path: Path) -> io.TextIOBase:
    if path.suffix == ".gz":
        return io.TextIOWrapper(gzip.open(path), encoding="utf-8-sig")
    if path.suffix == ".zip":
        archive = zipfile.ZipFile(path)
        name = next(name for name in archive.namelist() if name.endswith(".csv"))
        return io.TextIOWrapper(archive.open(name), encoding="utf-8-sig")
    return path.open(encoding="utf-8-sig", newline="")


def labels(path: Path, column: str) -> Iterator[str]:
    with plain(path) as stream:
        for row in csv.DictReader(stream):
            if row[column]:
                yield row[column]


@pytest.mark.parametrize(
    ("table", "column", "of_rows", "of_labels"),
    [
        ("genres/spotify_114_genres.csv", "track_genre", 1.0, 1.0),
        ("genres/music_genre.csv.zip", "music_genre", 1.0, 1.0),
        ("genres/gtzan_features_30_sec.csv", "label", 1.0, 1.0),
        ("genres/fma-rock-vs-hiphop.csv", "genre_top", 1.0, 1.0),
        ("tracks/genre_labels.csv.gz", "genre", 0.97, 0.97),
        ("tracks/tracks.csv.gz", "genre", 1.0, 1.0),
        ("tracks/tracks.csv.gz", "subgenre", 1.0, 1.0),
    ],
)
def test_labels_of_the_tables_are_known(
    shared_data: Path, table: str, column: str, of_rows: float, of_labels: float
) -> None:
    counts = Counter(labels(shared_data / table, column))
    unknown = {label: rows for label, rows in counts.items() if resolve(label) is None}
    known_rows = 1.0 - sum(unknown.values()) / counts.total()
    known_labels = 1.0 - len(unknown) / len(counts)
    print(f"{table} {column}: {len(counts)} labels, {counts.total()} rows;", end=" ")
    print(f"known {known_labels:.2%} of labels, {known_rows:.2%} of rows; not: {sorted(unknown)}")
    assert known_rows >= of_rows
    assert known_labels >= of_labels


def test_most_of_four_thousand_fine_names_of_artists_are_known(shared_data: Path) -> None:
    counts: Counter[str] = Counter()
    for text in labels(shared_data / "tracks" / "tracks.csv.gz", "artist_genres"):
        parts = text.replace(";", ",").split(",")
        counts.update(name for part in parts if (name := part.strip(" []'\"")))
    unknown = {label: rows for label, rows in counts.items() if resolve(label) is None}
    known_rows = 1.0 - sum(unknown.values()) / counts.total()
    known_labels = 1.0 - len(unknown) / len(counts)
    print(
        f"{len(counts)} names, {counts.total()} times; known {known_labels:.2%} of names,", end=""
    )
    print(f" {known_rows:.2%} of mentions; most frequent unknown ones:")
    print(sorted(unknown, key=lambda name: -unknown[name])[:60])
    assert known_rows >= 0.97
    assert known_labels >= 0.85
