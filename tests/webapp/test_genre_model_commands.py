"""A model trained by ear is asked by `analyse`, `highlight` and `catalogue build`, end to end."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import mutagen.flac
import numpy as np
import pytest
import soundfile

from highlighter.analysis import analyse
from highlighter.commands import features_of

ROOT = Path(__file__).resolve().parents[2]
COLUMNS = ("spectral_centroid_mean", "zero_crossing_rate_mean", "mfcc_02_mean", "rms_mean")


def hooklist(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("HOOKLIST_")}
    return subprocess.run(
        [sys.executable, "-m", "webapp.cli", *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**clean, **environment},
        timeout=150,
    )


def sound(path: Path, *, noisy: bool, genre: str = "") -> Path:
    """Write ten seconds of a low hum, or of hiss."""
    moments = np.arange(22_050 * 10) / 22_050
    random = np.random.default_rng(len(path.name))
    hum = 0.3 * np.sin(2 * np.pi * 110 * moments) * (1.2 + np.sin(2 * np.pi * 2 * moments)) / 2
    hiss = 0.1 * random.standard_normal(moments.size)
    soundfile.write(path, (hiss if noisy else hum).astype(np.float32), 22_050)
    if genre:
        file = mutagen.flac.FLAC(path)
        file["genre"] = genre
        file.save()
    return path


@pytest.fixture(scope="module")
def music(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("music")
    sound(folder / "hiss.flac", noisy=True)
    sound(folder / "hum.flac", noisy=False)
    sound(folder / "tagged.flac", noisy=True, genre="Minimal Techno")
    return folder


@pytest.fixture(scope="module")
def model(music: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Train on a table whose rows scatter around how the two sounds were heard."""
    folder = tmp_path_factory.mktemp("model")
    random = np.random.default_rng(0)
    rows: list[Sequence[object]] = []
    for name, usual, other in (("hiss", "noise", "ambient"), ("hum", "ambient", "noise")):
        heard = features_of(analyse(music / f"{name}.flac", statistics=True))
        for number in range(60):
            scattered = [(heard[column] or 0.0) * random.normal(1.0, 0.1) for column in COLUMNS]
            # Some labels are wrong, as in every table, so that nothing is quite sure.
            genre = other if number % 12 == 0 else usual
            rows.append([f"{usual} artist {number % 20}", f"Song {number}", genre, *scattered])
    table = folder / "table.csv"
    with table.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["artist", "title", "genre", *COLUMNS])
        writer.writerows(rows)
    done = hooklist("genres", "train", table, "--label", "genre", "--out", folder / "trained")
    if "not installed" in done.stderr:
        pytest.skip("the packages for training are not installed")
    assert done.returncode == 0, done.stderr
    return folder / "trained"


def answers(done: subprocess.CompletedProcess[str]) -> dict[str, dict[str, object]]:
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return {Path(line["file"]).stem: line for line in lines}


@pytest.mark.slow
def test_untagged_files_are_heard_and_tags_are_believed(model: Path, music: Path) -> None:
    files = sorted(music.glob("*.flac"))
    found = answers(hooklist("analyse", *files, "--genre-model", model, "--json"))
    assert found["tagged"]["genre"] == "Minimal Techno"
    assert found["tagged"]["genre_source"] == "tag"
    assert found["tagged"]["genre_family"] == "techno"
    for name, genre in (("hiss", "noise"), ("hum", "ambient")):
        assert found[name]["genre"] == genre
        assert found[name]["genre_source"] == "model"
        assert 0.5 < float(str(found[name]["genre_confidence"])) <= 1.0
        assert found[name]["route"]["strategy"] == "densest"  # type: ignore[index]
        assert "statistics" not in found[name]


@pytest.mark.slow
def test_a_highlight_of_an_untagged_file_tells_the_route_of_the_guess(
    model: Path, music: Path
) -> None:
    done = hooklist("highlight", music / "hum.flac", "--genre-model", model, "--json")
    route = answers(done)["hum"]["route"]
    assert isinstance(route, dict)
    assert (route["family"], route["strategy"]) == ("ambient", "densest")
    assert "% sure" in route["reason"]
    done = hooklist("highlight", music / "hum.flac", "--genre", "Jazz", "--json")
    assert answers(done)["hum"]["route"]["strategy"] == "theme"  # type: ignore[index]


@pytest.mark.slow
def test_a_catalogue_of_a_folder_is_filled_by_ear(model: Path, music: Path, tmp_path: Path) -> None:
    arguments = ("catalogue", "build", music, "--out", tmp_path / "built", "--json")
    where = {"HOOKLIST_DATA_DIR": str(tmp_path / "data")}
    done = hooklist(*arguments, "--genre-model", model, **where)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["genres"] == {"table": 0, "tag": 1, "model": 2, "unknown": 0}
    without = json.loads(hooklist(*arguments, **where).stdout)
    assert without["genres"] == {"table": 0, "tag": 1, "model": 0, "unknown": 2}


def test_a_folder_without_a_model_is_told(music: Path, tmp_path: Path) -> None:
    done = hooklist("analyse", music / "hum.flac", "--genre-model", tmp_path)
    assert done.returncode != 0
    assert "no genre model" in done.stderr
    assert done.stdout == ""
