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


def _market(count: int = 3_000, seed: int = 11) -> list[dict[str, Any]]:
    """Return rows as a real catalogue has them: styles that overlap, eras, hits, gaps, versions."""
    random = np.random.default_rng(seed)
    styles = random.uniform(0.15, 0.85, (12, 8))
    artists = count // 12
    style_of = random.integers(0, len(styles), artists)
    began = random.integers(1960, 2015, artists)
    # Few artists have many tracks, most have few.
    by = np.minimum(random.geometric(0.006, count) - 1, 10 * artists) % artists
    rows = []
    for number in range(count):
        artist = int(by[number])
        style = int(style_of[artist])
        sound = np.clip(styles[style] + random.normal(0.0, 0.12, 8), 0.0, 1.0)
        title = f"{_WORDS[number % len(_WORDS)]} {number // 7}"
        version = ("", "", "", "", " - Live", " (2011 Remaster)", " - Radio Edit")[number % 7]
        known = random.random(4) > 0.1
        rows.append(
            {
                "id": f"m{number:05d}",
                "title": title + version,
                "artists": [f"Artist {artist}"]
                + ([f"Artist {(artist + 5) % artists}"] if number % 9 == 0 else []),
                "album": f"Album {artist}",
                "year": int(began[artist] + random.integers(0, 12)) if known[0] else None,
                "duration": round(float(random.lognormal(5.35, 0.3)), 1),
                "explicit": bool(random.random() < 0.15) if known[1] else None,
                "isrc": f"XX{number // 3:010d}" if number % 5 == 0 else "",
                "genre": f"style {style}" if known[2] else "",
                "popularity": int(random.beta(1.5, 4) * 100) if known[3] else None,
                "danceability": float(sound[0]),
                "energy": float(sound[1]),
                "key": int(random.integers(0, 12)),
                "loudness": float(-25 + 22 * sound[2]),
                "mode": int(random.integers(0, 2)),
                "speechiness": float(sound[3] / 2),
                "acousticness": float(sound[4]),
                "instrumentalness": float(sound[5]),
                "liveness": float(sound[6]),
                "valence": float(sound[7]),
                "tempo": float(np.clip(random.normal(80 + 70 * sound[0], 15), 50, 200)),
                "time_signature": 4,
            }
        )
    return rows


_WORDS = ("Love", "Christmas", "Night", "River", "Fire", "Home", "Rain", "Star", "Road", "Light")


@pytest.fixture(scope="session")
def market_of() -> Callable[..., list[dict[str, Any]]]:
    """Return the maker of rows as a real catalogue has them."""
    return _market


@pytest.fixture(scope="session")
def market(tmp_path_factory: pytest.TempPathFactory) -> Recommender:
    """Return a recommender over 3,000 rows as a real catalogue has them; read-only, so shared."""
    out = tmp_path_factory.mktemp("market") / "catalogue"
    build_catalogue([RowsSource("market", _market())], out, space="base")
    return Recommender.open(out)
