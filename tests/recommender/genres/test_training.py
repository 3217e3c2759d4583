"""From a labelled table to a served classifier, for real: trained, exported, loaded, asked."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recommender.genres import load_classifier, packages, train_classifier
from recommender.genres.errors import (
    ModelDamaged,
    ModelMissing,
    ModelUnwritable,
    NoFeatures,
    TooFewClasses,
    TooFewRows,
    TrainingPackageMissing,
)
from recommender.genres.export import write_model
from recommender.genres.learning import PARTS, Recipe, fit_parts
from recommender.genres.pooling import Pool
from recommender.genres.predicting import predict_table
from recommender.genres.reading import read_table

Rows = list[dict[str, Any]]
Write = Callable[..., Path]
ROOT = Path(__file__).resolve().parents[3]
QUICK = Recipe(trees={"iterations": 15, "rsm": 1.0})

pytestmark = pytest.mark.usefixtures("needs_catboost")


def test_a_classifier_tells_clear_genres_by_artist_far_better_than_chance(model: Path) -> None:
    about = json.loads((model / "model.json").read_text())["about"]
    assert about["split"] == "5 folds by artist"
    assert about["chance"]["accuracy"] == pytest.approx(1 / 3, abs=0.01)
    assert about["measured"]["accuracy"] > 0.9
    assert about["measured"]["log loss"] < 0.5 * about["chance"]["log loss"]


def test_labels_that_mean_nothing_are_told_no_better_than_chance(
    make_songs: Callable[..., Rows], write: Write, tmp_path: Path
) -> None:
    random = np.random.default_rng(7)
    rows = [
        {**row, "genre": str(random.choice(["a", "b"])), "track_name": "Song", "artists": str(at)}
        for at, row in enumerate(make_songs(200))
    ]
    trained = train_classifier(write(rows), "genre", tmp_path / "m", recipe=QUICK)
    assert 0.35 < trained.measures["accuracy"] < 0.65
    assert trained.measures["ECE"] < 0.15


def test_the_served_trees_answer_as_the_trained_ones(
    make_songs: Callable[..., Rows], write: Write, tmp_path: Path
) -> None:
    table = read_table(write(make_songs(150)), label="genre")
    truth = np.arange(150) % 3
    parts = fit_parts(table, truth, 3, Recipe(trees={"iterations": 60}))
    assert parts.names == PARTS
    pool = Pool(np.array([0.9, 0.5, 0.2, 0.1]), np.array([0.1, 0.0, -0.1]))
    write_model(tmp_path / "m", parts, pool, ("a", "b", "c"), threshold=0.5, about={})
    served = load_classifier(tmp_path / "m")
    other = read_table(write(make_songs(90, spread=0.4, seed=9), "other.csv"))
    for name, trained, again in zip(
        PARTS, parts.answers(other), served.parts.answers(other), strict=True
    ):
        # Words are kept in half precision; all else must agree closely.
        bound = 1e-3 if name == "words" else 1e-5
        assert np.abs(trained - again).max() <= bound, name
    whole = served.probabilities(other)
    assert np.abs(whole - pool(parts.answers(other))).max() <= 1e-3
    assert np.allclose(whole.sum(axis=1), 1.0)


def test_training_twice_with_one_seed_gives_the_same_answers(
    make_songs: Callable[..., Rows], write: Write, tmp_path: Path
) -> None:
    path = write(make_songs(90))
    found = []
    for name in ("one", "two"):
        train_classifier(path, "genre", tmp_path / name, recipe=QUICK)
        found.append(load_classifier(tmp_path / name).probabilities(read_table(path)))
    assert np.array_equal(*found)


def test_rows_as_mappings_are_answered_with_what_they_lack_as_unknown(model: Path) -> None:
    classifier = load_classifier(model)
    loud, bare, odd = classifier.predict(
        [
            {"danceability": 0.3, "energy": 0.95, "tempo": 150, "title": "Doom", "artists": ["X"]},
            {"energy": 0.3},
            {"energy": "quiet", "tempo": float("inf"), "danceability": None, "duration": -5},
        ]
    )
    assert loud.genre == "metal"
    assert loud.confidence > max(0.6, bare.confidence)
    assert sum(p for _, p in bare.top) == pytest.approx(1.0)
    assert 0 <= odd.confidence <= 1
    assert classifier.predict([]) == []


def test_more_tables_teach_hints_and_none_of_the_tables_artists_is_among_them(
    make_songs: Callable[..., Rows], write: Write, tmp_path: Path
) -> None:
    other = write(
        [{**row, "artists": f"Other {row['artists']}"} for row in make_songs(240)], "o.csv"
    )
    same = write(make_songs(240), "same.csv")
    table = write(make_songs(90))
    with_hints = train_classifier(
        table, "genre", tmp_path / "m", more=[(other, "genre")], recipe=QUICK
    )
    inputs = json.loads(with_hints.path.read_text())["inputs"]
    assert {"title hints: folk", "name hints: metal", "sound hints: techno"} <= set(inputs)
    assert load_classifier(tmp_path / "m").predict(read_table(table))[0].genre == "techno"
    without = train_classifier(table, "genre", tmp_path / "n", more=[(same, "genre")], recipe=QUICK)
    assert any("no hints" in note for note in without.notes)


def test_one_class_is_refused(
    make_songs: Callable[..., Rows], write: Write, tmp_path: Path
) -> None:
    rows = [{**row, "genre": "folk"} for row in make_songs(30)]
    with pytest.raises(TooFewClasses, match="nothing to tell apart"):
        train_classifier(write(rows), "genre", tmp_path / "m", recipe=QUICK)


def test_a_class_with_one_row_is_left_out_and_named(
    make_songs: Callable[..., Rows], write: Write, tmp_path: Path
) -> None:
    rows = make_songs(60)
    rows[0]["genre"] = "yodel"
    trained = train_classifier(write(rows), "genre", tmp_path / "m", recipe=QUICK)
    assert trained.labels == ("folk", "metal", "techno")
    assert "left out, with one row each: yodel" in trained.notes


def test_two_classes_of_which_one_has_one_row_are_refused(
    make_songs: Callable[..., Rows], write: Write, tmp_path: Path
) -> None:
    rows = [{**row, "genre": "folk"} for row in make_songs(30)]
    rows[5]["genre"] = "yodel"
    with pytest.raises(TooFewClasses, match="yodel"):
        train_classifier(write(rows), "genre", tmp_path / "m", recipe=QUICK)


def test_two_classes_alone_are_learned(
    make_songs: Callable[..., Rows], write: Write, tmp_path: Path
) -> None:
    rows = [row for row in make_songs(90) if row["genre"] != "techno"]
    trained = train_classifier(write(rows), "genre", tmp_path / "m", recipe=QUICK)
    assert trained.measures["accuracy"] > 0.9


def test_a_table_of_one_artist_cannot_be_checked_by_artist(
    make_songs: Callable[..., Rows], write: Write, tmp_path: Path
) -> None:
    rows = [{**row, "artists": "Various"} for row in make_songs(30)]
    with pytest.raises(TooFewRows, match="one artist"):
        train_classifier(write(rows), "genre", tmp_path / "m", recipe=QUICK)


def test_infinities_and_text_among_the_numbers_do_not_stop_training(
    make_songs: Callable[..., Rows], write: Write, tmp_path: Path
) -> None:
    rows = make_songs(90)
    for at, value in enumerate(["inf", "loud", "nan", "-inf", ""]):
        rows[at]["energy"] = value
    trained = train_classifier(write(rows), "genre", tmp_path / "m", recipe=QUICK)
    assert "2 infinite values count as missing" in trained.notes
    assert trained.measures["accuracy"] > 0.85


def test_a_missing_package_is_named_with_how_to_install_it(
    make_songs: Callable[..., Rows],
    write: Write,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "catboost", None)  # as if it were not installed
    with pytest.raises(TrainingPackageMissing, match=r"catboost.*pip install catboost"):
        train_classifier(write(make_songs(60)), "genre", tmp_path / "m", recipe=QUICK)
    monkeypatch.setitem(sys.modules, "xgboost", None)
    with pytest.raises(TrainingPackageMissing, match="xgboost-cpu"):
        packages.need("xgboost")


def test_a_folder_that_cannot_be_written_is_told(
    make_songs: Callable[..., Rows], write: Write, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ModelUnwritable, match="file"):
        train_classifier(write(make_songs(60)), "genre", tmp_path / "file" / "m", recipe=QUICK)


def test_a_folder_without_a_model_and_changed_files_are_refused(
    model: Path, tmp_path: Path
) -> None:
    with pytest.raises(ModelMissing, match="genres train"):
        load_classifier(tmp_path)
    for name in ("model.onnx", "arrays.npz"):
        copy = tmp_path / name
        copy.mkdir()
        for file in model.iterdir():
            (copy / file.name).write_bytes(file.read_bytes())
        whole = (copy / name).read_bytes()
        (copy / name).write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        with pytest.raises(ModelDamaged, match=name):
            load_classifier(copy)
    (copy / "model.json").write_text('{"format": 99}')
    with pytest.raises(ModelDamaged, match="version"):
        load_classifier(copy)
    (copy / "model.json").write_text("{")
    with pytest.raises(ModelDamaged, match=r"model\.json"):
        load_classifier(copy)


def test_serving_imports_no_training_package(model: Path) -> None:
    code = (
        "import sys\nfrom recommender.genres import load_classifier\n"
        f"one = load_classifier({str(model)!r}).predict([{{'energy': 0.9}}])[0]\n"
        "heavy = {'catboost', 'sklearn', 'xgboost', 'lightgbm', 'pandas', 'scipy', 'pyarrow'}\n"
        "print(one.genre != '', sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, timeout=60
    )
    assert done.stdout.strip() == "True []", done.stderr


def test_a_predicted_table_is_the_table_with_two_columns_more(
    model: Path, make_songs: Callable[..., Rows], write: Write, tmp_path: Path
) -> None:
    rows = make_songs(40, seed=8)
    done = predict_table(write(rows), model, tmp_path / "out.csv")
    with (tmp_path / "out.csv").open(encoding="utf-8") as stream:
        answered = list(csv.DictReader(stream))
    assert done.rows == len(answered) == 40
    assert [row["track_id"] for row in answered] == [row["track_id"] for row in rows]
    right = sum(row["genre"] == row["genre_given"] for row in answered)
    assert right > 35
    assert all(0 <= float(row["confidence"]) <= 1 for row in answered)


def test_a_failed_prediction_leaves_no_half_file(model: Path, write: Write, tmp_path: Path) -> None:
    table = write([{"title": "A", "humidity": 0.3}, {"title": "B", "humidity": 0.4}])
    with pytest.raises(NoFeatures, match="danceability"):
        predict_table(table, model, tmp_path / "out.csv")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["table.csv"]


def test_of_a_very_long_table_a_sample_is_learned_from_and_that_is_told(
    make_songs: Callable[..., Rows],
    write: Write,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from recommender.genres import training

    monkeypatch.setattr(training, "LEAST_SAMPLE", 90)
    monkeypatch.setattr(training, "MOST_CELLS", 0)
    trained = train_classifier(write(make_songs(200)), "genre", tmp_path / "m", recipe=QUICK)
    assert any("90 of 200 rows are learned from" in note for note in trained.notes)
    assert json.loads(trained.path.read_text())["about"]["rows"] == 90
