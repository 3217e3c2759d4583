"""The two commands as a person types them."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from webapp.cli import main

Rows = list[dict[str, Any]]

pytestmark = pytest.mark.usefixtures("needs_catboost")


def test_train_and_predict_work_end_to_end(
    make_songs: Callable[..., Rows],
    write: Callable[..., Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    table, model, out = write(make_songs(90)), tmp_path / "model", tmp_path / "out.csv"
    told = ["--label", "genre", "--out", str(model), "--without", "kernel", "--without", "log"]
    assert main(["genres", "train", str(table), *told]) == 0
    printed = capsys.readouterr().out
    assert "chance" in printed
    assert str(model / "model.json") in printed
    assert main(["genres", "predict", str(table), "--model", str(model), "--out", str(out)]) == 0
    with out.open(encoding="utf-8") as stream:
        assert {"genre", "confidence", "genre_given"} <= set(next(csv.DictReader(stream)))


def test_broken_lines_are_told_and_the_rest_is_answered(
    model: Path, make_songs: Callable[..., Rows], write: Callable[..., Path], tmp_path: Path
) -> None:
    table, out = write(make_songs(10)), tmp_path / "out.csv"
    with table.open("a") as stream:
        stream.write("one,cell,too,few\n")
    assert main(["genres", "predict", str(table), "--model", str(model), "--out", str(out)]) == 1
    assert len(out.read_text().splitlines()) == 11


@pytest.mark.parametrize(
    ("arguments", "said", "status"),
    [
        (["--label", "style"], "no such column", 2),
        (["--label", "genre", "--without", "luck"], "no such step", 2),
        (["--label", "genre", "--more", "other.csv"], "TABLE:COLUMN", 2),
        (["--label", "genre", "--more", "nowhere.csv:genre"], "nowhere.csv", 1),
    ],
)
def test_wrong_use_is_told_in_one_sentence(
    arguments: list[str],
    said: str,
    status: int,
    make_songs: Callable[..., Rows],
    write: Callable[..., Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    table = write(make_songs(20))
    out = ["--out", str(tmp_path / "m")]
    assert main(["genres", "train", str(table), *arguments, *out]) == status
    assert said in capsys.readouterr().err
    assert not (tmp_path / "m").exists()
