"""Architectures under one budget, and the ablation: resumable, measured, told in one table."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from highlighter.training.__main__ import main
from highlighter.training.batches import read_recording
from highlighter.training.comparison import keep_cost, keep_scores, read_scores, told
from highlighter.training.cost import spent_in_a_fresh_process
from highlighter.training.differences import cell, differences_of, named
from highlighter.training.errors import CostUnknownError
from highlighter.training.gathering import folder_name, validation
from highlighter.training.labelled import heard, labelled_sets
from highlighter.training.references import BASELINE, BEST, CHANCE, references
from highlighter.training.tables import Cost

SIX_SCORES = [0.8, 1.0, 0.6, 0.0, 0.9, 0.7]


@pytest.fixture
def songs(tmp_path: Path) -> Path:
    """A folder with a labelled song of 45 s, one without a chorus and one that is not there."""
    folder = tmp_path / "labelled"
    folder.mkdir()
    rng = np.random.default_rng(3)
    loud = 0.02 + 0.3 * ((np.arange(45 * 22_050) // 22_050) % 30 >= 15)
    tone = np.sin(np.arange(45 * 22_050) * 2 * np.pi * 330 / 22_050)
    samples = loud * (tone + 0.3 * rng.standard_normal(tone.size)) / 2.0
    soundfile.write(folder / "one.wav", samples.astype(np.float32), 22_050)
    labels: dict[str, Any] = {
        "one.wav": {"chorus": [[15, 30]]},
        "none.wav": {"chorus": []},
        "gone.wav": {"chorus": [[1, 9]]},
    }
    (folder / "songs.json").write_text(json.dumps(labels))
    return folder


def test_references_bracket_what_can_be_reached(corpus: Path) -> None:
    read = [read_recording(path) for path in sorted(corpus.glob("*.npz"))]
    found = {name: named(table) for name, table in references(read).items()}
    for score in ("precision", "iou"):
        assert found[CHANCE][score] < found[BEST][score] <= 1.0
        assert found[BASELINE][score] <= found[BEST][score] + 1e-9
    assert found[CHANCE]["auc"] == 0.5
    share = 24.0 / 70.0
    assert found[CHANCE]["f1"] == pytest.approx(2 * share / (1 + share), abs=0.03)


def test_means_leave_out_what_a_song_has_no_score_for() -> None:
    rows = {"a": [0.5, 1.0, 0.5, 0.0, math.nan, 0.2], "b": [0.7, 0.0, 0.1, 1.0, 0.8, 0.4]}
    assert named(rows)["auc"] == 0.8
    assert named(rows)["precision"] == pytest.approx(0.6)
    assert named({}) == {}


def test_differences_are_paired_over_the_songs_that_both_have() -> None:
    ours = {str(one): [0.1 * one + 0.05] * 6 for one in range(8)} | {"more": [1.0] * 6}
    theirs = {str(one): [0.1 * one] * 6 for one in range(8)}
    value, low, high = differences_of(ours, theirs)["precision"]
    assert (value, low, high) == pytest.approx((0.05, 0.05, 0.05))
    assert differences_of(ours, {"other": [1.0] * 6}) == {}


@pytest.mark.parametrize(
    ("difference", "text"),
    [
        ((0.05, 0.01, 0.09), "**+.050 (.010 … .090)**"),
        ((-0.05, -0.12, 0.01), "−.050 (−.120 … .010)"),
        ((math.nan, 0.0, 0.0), "–"),
        (None, "–"),
    ],
)
def test_a_difference_is_bold_where_chance_does_not_explain_it(
    difference: tuple[float, float, float] | None, text: str
) -> None:
    assert cell(difference) == text


def test_the_table_is_put_together_of_what_a_folder_holds(tmp_path: Path) -> None:
    better = {"set": {"a": [0.9] * 6, "b": [0.8] * 6}}
    keep_scores(tmp_path, "ours", better)
    keep_scores(tmp_path, "pglsum", {"set": {"a": [0.5] * 6, "b": [0.5] * 6}})
    keep_cost(tmp_path, "ours", Cost(parameters=1_234, passes=3))
    text = told(tmp_path, 60.0)
    assert "| set (2) | ours | 1,234 | – | 3.0 |" in text
    assert "**+.350 (.300 … .400)**" in text
    assert "hooknet" not in text
    plain = json.loads((tmp_path / "compare.json").read_text())
    assert [row["name"] for row in plain["rows"]] == ["pglsum", "ours"]


def test_the_even_window_is_where_interest_is_highest_in_the_mean() -> None:
    pytest.importorskip("torch", reason="training needs torch, which is not installed")
    from highlighter.training.scores import Prediction
    from highlighter.training.trial import even_scores

    curve = np.zeros(270)
    curve[100:200] = 1.0
    prediction = Prediction(curve, np.zeros(270), 2.7, 100.0)
    inside = even_scores(prediction, [(37.0, 74.0)])
    assert inside[0] == pytest.approx(1.0, abs=0.02)
    assert inside[2] == pytest.approx(30 / 37, abs=0.02)
    assert even_scores(prediction, [(80.0, 99.0)])[0] == 0.0


def test_scores_that_were_damaged_count_as_not_there(tmp_path: Path) -> None:
    for text in ("", "[1]", '{"set": 3}', '{"set": {"a": ["x"]}}'):
        (tmp_path / "x.json").write_text(text)
        assert read_scores(tmp_path / "x.json") == {}


def test_labelled_songs_are_heard_once_and_never_learned_from(songs: Path, tmp_path: Path) -> None:
    lines: list[str] = []
    (found,) = labelled_sets(songs, tmp_path / "cache", progress=lines.append)
    assert found.name == "labelled"
    recording = read_recording(found.files[0], ("mel10", "semitones"))
    assert recording.split == "test"
    assert recording.choruses == ((15.0, 30.0),)
    assert abs(recording.duration - 45.0) < 0.1
    assert recording.target.mean() == pytest.approx(1 / 3, abs=0.02)
    assert recording.extra["mel10"].shape == (2 * recording.bands.shape[0], 64)
    assert any("gone.wav" in line and "left out" in line for line in lines)
    lines.clear()
    assert labelled_sets(songs, tmp_path / "cache", progress=lines.append) == [found]
    assert not any(line.startswith("heard") for line in lines)


def test_a_song_is_heard_as_the_product_hears_it(songs: Path) -> None:
    from highlighter.analysis import listen

    ours, theirs = heard(songs / "one.wav"), listen(songs / "one.wav")
    assert ours.bands.shape == theirs.bands.shape
    expected = np.log10(np.maximum(theirs.bands, 1e-8))
    np.testing.assert_allclose(ours.bands.astype(float), expected, atol=0.02)


def test_gathering_copies_validation_and_labelled_songs(
    corpus: Path, songs: Path, tmp_path: Path
) -> None:
    orders = ["gather", "--corpus", str(corpus), "--out", str(tmp_path / "check")]
    assert main([*orders, "--data", str(songs)]) == 0
    kept = sorted(path.name for path in (tmp_path / "check" / "pop909_validation").iterdir())
    assert kept == ["002-0.npz", "005-0.npz", "008-0.npz"]
    assert len(list((tmp_path / "check" / "labelled").iterdir())) == 1
    assert [one.name for one in validation(corpus).files] == kept
    assert folder_name("RWC Popular, rendered") == "rwc_popular_rendered"


def test_the_cost_without_training_is_measured_in_a_process_of_its_own(songs: Path) -> None:
    spent = spent_in_a_fresh_process(None, [songs / "one.wav"])
    assert 0.0 < spent.network_seconds < spent.seconds < 10.0
    assert 30.0 < spent.megabytes < 400.0


def test_a_cost_that_cannot_be_measured_says_why(songs: Path, tmp_path: Path) -> None:
    (tmp_path / "broken.onnx").write_bytes(b"no graph")
    with pytest.raises(CostUnknownError, match=r"broken\.onnx"):
        spent_in_a_fresh_process(tmp_path / "broken.onnx", [songs / "one.wav"])


def test_an_architecture_that_does_not_exist_is_refused_with_those_that_do(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    orders = ["compare", "--corpus", str(corpus), "--out", str(tmp_path / "out")]
    assert main([*orders, "--only", "transformer"]) == 1
    assert "pglsum" in capsys.readouterr().err


@pytest.mark.slow
def test_a_comparison_trains_exports_and_tells_and_does_nothing_twice(
    corpus: Path, songs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("torch", reason="training needs torch, which is not installed")
    out = tmp_path / "out"
    orders = ["compare", "--corpus", str(corpus), "--out", str(out), "--budget", "0.5"]
    orders += ["--views", "1", "--data", str(songs)]
    orders += ["--only", "similarity_baseline", "--only", "pglsum"]
    assert main(orders) == 0
    table = capsys.readouterr().out
    assert "| POP909, validation (3) | pglsum | 207,649 |" in table
    assert "| labelled (1) | similarity_baseline | 0 |" in table
    assert "| architecture | POP909, validation: P / hit50 / IoU / st3 | labelled: P" in table
    assert table.count("| pglsum |") == 3
    assert (out / "pglsum" / "pglsum.onnx").stat().st_size > 500_000
    first = json.loads((out / "compare.json").read_text())
    row = next(one for one in first["rows"] if one["name"] == "pglsum")
    assert row["cost"]["seconds"] > row["cost"]["network_seconds"] > 0.0
    assert main(orders) == 0
    assert "pglsum was trained before" in capsys.readouterr().err
    again = json.loads((out / "compare.json").read_text())
    assert [one["scores"] for one in again["rows"]] == [one["scores"] for one in first["rows"]]


@pytest.mark.slow
def test_another_budget_or_seed_is_trained_anew(corpus: Path, tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="training needs torch, which is not installed")
    from highlighter.training.architectures import build
    from highlighter.training.trial import Trial

    trial = Trial("a", "pglsum", {}, {}, 1.0)
    network: Any = build("pglsum")
    others = ({"budget": 2.0}, {"seed": 1}, {"limit": 2})
    all_of_them = [trial, *(replace(trial, **one) for one in others)]
    keys = {one.key(network, corpus, []) for one in all_of_them}
    assert len(keys) == 4
    assert replace(trial, name="b").key(network, corpus, []) == trial.key(network, corpus, [])


@pytest.mark.slow
def test_an_ablation_tells_each_variant_beside_the_six(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("torch", reason="training needs torch, which is not installed")
    orders = ["ablate", "--corpus", str(corpus), "--out", str(tmp_path / "out"), "--budget", "0.3"]
    orders += ["--views", "1", "--only", "the six", "--only", "without pitch"]
    assert main(orders) == 0
    table = capsys.readouterr().out
    assert "| POP909, validation (3) | the six (1) |" in table
    assert "| POP909, validation | without pitch |" in table
    assert "none (" not in table


def test_each_of_the_six_is_left_out_once_and_the_rest_stays() -> None:
    from highlighter.training.ablate import EVERY, NONE, SIX, YARDSTICK, variants

    found = variants({"pitch": 0.5})
    assert len(found) == 9
    assert not any(found[NONE].values())
    assert {name for name, chance in found[YARDSTICK].items() if chance} == set(SIX)
    assert found[YARDSTICK]["pitch"] == 0.5
    for one in SIX:
        kept = {name for name, chance in found[f"without {one}"].items() if chance}
        assert kept == set(SIX) - {one}
    assert {name for name, chance in found[EVERY].items() if chance} > set(SIX)
