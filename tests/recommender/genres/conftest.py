"""Small labelled tables whose right answers are known."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recommender.genres.packages import have

CENTRES = {"techno": (0.8, 0.9, 128.0), "folk": (0.4, 0.3, 100.0), "metal": (0.3, 0.95, 150.0)}
WORDS = {"techno": "Warehouse Acid Loop", "folk": "Old River Ballad", "metal": "Blood Throne Doom"}


def songs(count: int = 120, *, spread: float = 0.12, seed: int = 4) -> list[dict[str, Any]]:
    """Return rows of three genres, eight artists each, whose sounds overlap by `spread`."""
    random = np.random.default_rng(seed)
    rows = []
    for number in range(count):
        genre = list(CENTRES)[number % 3]
        dance, energy, tempo = CENTRES[genre]
        rows.append(
            {
                "track_id": f"t{number:04d}",
                "artists": f"{genre} artist {number // 3 % 8}",
                "track_name": f"{WORDS[genre].split()[number % 3]} {number}",
                "danceability": round(float(dance + random.normal(0, spread)), 5),
                "energy": round(float(energy + random.normal(0, spread)), 5),
                "tempo": round(float(tempo + random.normal(0, 100 * spread)), 3),
                "loudness": round(float(random.normal(-9, 3)), 3),
                "key": number % 12,
                "mode": number % 2,
                "duration_ms": 180_000 + 37 * (number * 7919 % 1000),
                "genre": genre,
            }
        )
    return rows


def written(path: Path, rows: list[dict[str, Any]]) -> Path:
    """Write rows as a CSV table."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.fixture
def make_songs() -> Callable[..., list[dict[str, Any]]]:
    """Return the maker of rows."""
    return songs


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Return a writer of tables into this test's folder."""
    return lambda rows, name="table.csv": written(tmp_path / name, rows)


@pytest.fixture(scope="session")
def needs_catboost() -> None:
    """Skip where CatBoost is not installed, saying so."""
    if not have("catboost"):
        pytest.skip("catboost is not installed (HOOKLIST_REQUIREMENTS=train installs it)")


@pytest.fixture(scope="session")
def model(needs_catboost: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a classifier trained on 120 rows."""
    from recommender.genres.learning import Recipe
    from recommender.genres.training import train_classifier

    folder = tmp_path_factory.mktemp("genres")
    table = written(folder / "table.csv", songs())
    train_classifier(
        table, "genre", folder / "model", recipe=Recipe(trees={"iterations": 25, "rsm": 1.0})
    )
    return folder / "model"
