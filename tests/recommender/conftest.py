"""Small catalogues whose right answers are known."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recommender import Recommender, RowsSource, build_catalogue

GENRES = ("techno", "folk", "metal", "jazz", "ambient", "rap")


def _songs(count: int = 240, seed: int = 3) -> list[dict[str, Any]]:
    """Return rows in six clusters, one per genre, each with its own sound and ten artists."""
    random = np.random.default_rng(seed)
    rows = []
    for number in range(count):
        cluster = number % len(GENRES)
        centre = 0.1 + 0.15 * cluster
        jitter = random.normal(0.0, 0.02, 8)
        rows.append(
            {
                "id": f"s{number:04d}",
                "title": f"Song {number}",
                "artists": [f"{GENRES[cluster]} artist {number // len(GENRES) % 10}"],
                "album": f"Album {number // 12}",
                "year": 1970 + 8 * cluster,
                "duration": 180.0 + number % 50,
                "genre": GENRES[cluster],
                "popularity": number % 100,
                "danceability": float(np.clip(centre + jitter[0], 0, 1)),
                "energy": float(np.clip(0.95 - centre + jitter[1], 0, 1)),
                "key": number % 12,
                "loudness": -20.0 + 3.0 * cluster + float(jitter[2]),
                "mode": cluster % 2,
                "speechiness": float(np.clip(centre / 2 + jitter[3], 0, 1)),
                "acousticness": float(np.clip(centre + jitter[4], 0, 1)),
                "instrumentalness": float(np.clip(0.9 - centre + jitter[5], 0, 1)),
                "liveness": float(np.clip(0.2 + jitter[6], 0, 1)),
                "valence": float(np.clip(centre + jitter[7], 0, 1)),
                "tempo": 80.0 + 15.0 * cluster + float(jitter[0]) * 50,
                "time_signature": 4,
            }
        )
    return rows


def _write_csv(path: Path, rows: Sequence[Mapping[str, Any]], **options: Any) -> Path:
    """Write rows as a table with the keys of the first as header."""
    encoding = options.pop("encoding", "utf-8")
    with path.open("w", encoding=encoding, newline="") as stream:
        writer = csv.writer(stream, **options)
        writer.writerow(rows[0].keys())
        for row in rows:
            writer.writerow(
                ";".join(value) if isinstance(value, list | tuple) else value
                for value in row.values()
            )
    return path


@pytest.fixture(scope="session")
def songs() -> Callable[..., list[dict[str, Any]]]:
    """Return the maker of clustered rows."""
    return _songs


@pytest.fixture(scope="session")
def write_csv() -> Callable[..., Path]:
    """Return the writer of tables."""
    return _write_csv


@pytest.fixture(scope="session")
def clusters_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a built catalogue of clustered rows."""
    out = tmp_path_factory.mktemp("clusters") / "catalogue"
    build_catalogue([RowsSource("clusters", _songs())], out)
    return out


@pytest.fixture(scope="session")
def clusters(clusters_dir: Path) -> Recommender:
    """Return a recommender over clustered rows; read-only, so shared."""
    return Recommender.open(clusters_dir)


@pytest.fixture
def recommender_of(tmp_path: Path) -> Callable[[Sequence[Mapping[str, Any]]], Recommender]:
    """Return a maker of recommenders over given rows."""

    def make(rows: Sequence[Mapping[str, Any]]) -> Recommender:
        build_catalogue([RowsSource("rows", rows)], tmp_path / "made")
        return Recommender.open(tmp_path / "made")

    return make
