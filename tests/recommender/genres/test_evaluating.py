"""The comparison of models: run for real on tiny tables, and on the development data's format."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from recommender.genres import evaluating
from recommender.genres.comparing import compare, rare_effect, search, step_effects
from recommender.genres.errors import GenreDataMissing, GenreOptions
from recommender.genres.evaluating import evaluate_genres
from recommender.genres.models import KINDS, answers, size_of
from recommender.genres.packages import have
from recommender.genres.plots import correlations
from recommender.genres.splits import SPLITS
from recommender.genres.tasks import SIX, Task, read_tasks
from webapp.cli import main

Rows = list[dict[str, Any]]
NEEDED = ("catboost", "lightgbm", "xgboost", "sklearn")

pytestmark = pytest.mark.skipif(
    not all(have(one) for one in NEEDED),
    reason="the training packages are not installed (HOOKLIST_REQUIREMENTS=train installs them)",
)


@pytest.fixture
def data(tmp_path: Path, make_songs: Callable[..., Rows]) -> Path:
    """Return a folder laid out as the evaluation looks for it, with three of the six genres."""
    folder = tmp_path / "data" / "genres"
    folder.mkdir(parents=True)
    names = {"techno": "hip-hop", "folk": "classical", "metal": "metal"}
    rows = [{**row, "track_genre": names[row["genre"]]} for row in make_songs(90)]
    for row in rows:
        del row["genre"]
    with (folder / "spotify_114_genres.csv").open("w", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return tmp_path / "data"


@pytest.fixture
def task(data: Path) -> Task:
    """Return the task on these rows."""
    return read_tasks(data, ["six"], seed=0, tell=lambda step: None)[0][0]


@pytest.mark.parametrize("name", list(KINDS))
def test_each_kind_of_model_learns_what_can_be_learned(name: str) -> None:
    random = np.random.default_rng(0)
    rows = random.normal(0, 1, (240, 4))
    truth = (rows[:, 0] > 0).astype(np.int64) + (rows[:, 0] > 1)
    kind = KINDS[name]
    model = kind.fit(kind.usual, rows[:180], truth[:180], 3, 0)
    given = answers(model, rows[180:], 3)
    share = np.bincount(truth[180:]).max() / 60  # what always answering one class gets
    assert np.mean(given.argmax(axis=1) == truth[180:]) > share + 0.2
    assert np.allclose(given.sum(axis=1), 1, atol=1e-5)
    assert size_of(model) > 50
    drawn = kind.draw(random)
    assert set(drawn) == set(kind.draw(random))
    kind.build(drawn, 0, 3)


def test_a_search_keeps_the_usual_settings_unless_it_finds_better_and_repeats_itself() -> None:
    random = np.random.default_rng(1)
    rows = random.normal(0, 1, (90, 30))
    truth = (rows[:, 0] + 0.3 * random.normal(0, 1, 90) > 0).astype(np.int64)
    kind, groups = KINDS["logistic regression"], np.arange(90)
    none = search(kind, rows, truth, groups, 2, budget=1e-9, seed=3)
    assert none == (kind.usual, 1)
    some = search(kind, rows, truth, groups, 2, budget=60, seed=3)
    assert some[1] == 40
    assert some == search(kind, rows, truth, groups, 2, budget=60, seed=3)


def test_models_are_measured_by_artist_and_at_random(task: Task) -> None:
    names = ["logistic regression", "SVC (RBF)"]
    found = compare(task, names, budget=0.01, folds=3, seed=0, tell=lambda step: None)
    assert [(one.model, one.split) for one in found] == [
        (name, split) for name in names for split in ("by artist", "random (leaky)")
    ]
    for one in found:
        assert one.measures["accuracy"] > 0.8
        assert one.fit_seconds > 0
        assert one.rows_per_second > 0


def test_a_step_that_matters_is_seen_to_matter(task: Task) -> None:
    found = step_effects(
        task, folds=3, seed=0, names=["logistic regression"], tell=lambda step: None
    )
    right = {steps: accuracy for _, steps, accuracy, _ in found}
    assert right["all steps"] > 0.85
    # Without a common scale the tempo drowns what the titles say.
    assert right["no step"] < right["all steps"]


def test_the_command_writes_tables_and_whole_plots(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(evaluating, "EFFECTS_ON", ("logistic regression",))
    monkeypatch.setattr(evaluating, "FOLDS", 2)
    out = tmp_path / "out"
    told = ["--tables", "six", "--models", "logistic regression", "--budget", "0.01"]
    assert main(["evaluate", "genres", "--data", str(data), "--out", str(out), *told]) == 0
    assert str(out / "report.md") in capsys.readouterr().out
    report = (out / "report.md").read_text(encoding="utf-8")
    for split in SPLITS:
        assert f"### {split}" in report
    assert "| *chance* | 0.333" in report
    assert "plain CatBoost" in report
    plots = {path.name for path in out.glob("*.svg")}
    kinds = ("confusion", "reliability", "importance", "classes", "correlation")
    assert plots == {f"six-{kind}.svg" for kind in kinds}
    for name in plots:
        ElementTree.parse(out / name)
        assert f"({name})" in report
    with (out / "metrics.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    chances = {row["chance"] for row in rows if row["measure"] == "accuracy"}
    assert {round(float(one), 3) for one in chances} == {0.333}


def test_hints_never_come_from_an_artist_that_is_asked_about(
    tmp_path: Path, make_songs: Callable[..., Rows]
) -> None:
    folder = tmp_path / "genres"
    folder.mkdir()
    rows = [{**row, "track_genre": row["genre"]} for row in make_songs(300)]
    for at, row in enumerate(rows):
        # Half the rows are asked about; the others share their artists, but for 70 of them.
        row["track_genre"] = SIX[at % 3] if at < 150 else "techno"
        if at >= 230:
            row["artists"] = f"Somebody else {at}"
    with (folder / "spotify_114_genres.csv").open("w", newline="") as stream:
        writer = csv.DictWriter(stream, [name for name in rows[0] if name != "genre"])
        writer.writeheader()
        writer.writerows({k: v for k, v in row.items() if k != "genre"} for row in rows)
    (task,), _ = read_tasks(tmp_path, ["six"], seed=0, tell=lambda step: None)
    assert any("learned from 70 rows" in note for note in task.notes)
    assert task.hints is not None
    assert "techno" in task.hints.labels


def test_wrong_names_and_an_empty_folder_are_refused(data: Path, tmp_path: Path) -> None:
    with pytest.raises(GenreOptions, match="random forest"):
        evaluate_genres(data, tmp_path / "out", models="oracle")
    with pytest.raises(GenreOptions, match="gtzan"):
        evaluate_genres(data, tmp_path / "out", tables="gzan")
    with pytest.raises(GenreOptions, match="budget"):
        evaluate_genres(data, tmp_path / "out", budget=0)
    with pytest.raises(GenreDataMissing, match="--data"):
        evaluate_genres(tmp_path / "nothing", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_correlations_skip_what_is_missing() -> None:
    columns = np.array([[1.0, 2, 5], [2, 4, 5], [3, 6, 5], [np.nan, 0, 5]])
    assert correlations(columns).tolist() == [[1, 1, 0], [1, 1, 0], [0, 0, 1]]


def test_merging_rare_classes_is_measured_on_the_same_labels(task: Task) -> None:
    names = (*task.labels, "polka", "yodel")
    truth = task.truth.copy()
    truth[:3], truth[3:6] = 3, 4
    found = rare_effect(
        replace(task, truth=truth, labels=names), folds=2, seed=0, name="logistic regression"
    )
    assert [steps for _, steps, _, _ in found] == ["all steps", "without rare"]
    assert all(0.7 < right <= 1 for _, _, right, _ in found)
    assert rare_effect(task, folds=2, seed=0, name="logistic regression") == []
