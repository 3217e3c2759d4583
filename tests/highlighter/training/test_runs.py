"""The diary of a training: a file that survives a stop, and MLflow where there is one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from highlighter.training.errors import RunNotWrittenError
from highlighter.training.runs import Run, read_run, revision


class Tracker:
    """As much of MLflow as is spoken to, remembering what it was told."""

    def __init__(self, fails_at: str = "") -> None:
        self.told: list[tuple[Any, ...]] = []
        self._fails_at = fails_at

    def __getattr__(self, name: str) -> Any:
        def tell(*given: Any, **named: Any) -> None:
            if name == self._fails_at:
                raise ConnectionError("nobody answers")
            self.told.append((name, *given, *named.values()))

        return tell


def test_a_run_is_written_down_with_what_it_was_given_and_what_came_of_it(tmp_path: Path) -> None:
    weights = tmp_path / "model.onnx"
    weights.write_bytes(b"1234")
    with Run(tmp_path, "deep chorus/1", {"seed": 3}, clock=lambda: 5.0, mlflow=None) as run:
        run.metrics({"auc": 0.75, "f1": float("nan")}, step=2)
        run.file(weights)
    assert run.path == tmp_path / "runs" / "deep-chorus-1.jsonl"
    begun, measured, made, ended = read_run(run.path)
    assert begun["params"]["seed"] == 3
    assert begun["params"]["revision"] == revision()
    assert (measured["step"], measured["metrics"]) == (2, {"auc": 0.75})
    assert (made["file"], made["bytes"]) == ("model.onnx", 4)
    assert ended == {"time": 5.0, "status": "done", "why": ""}


def test_a_run_that_fails_says_why_and_lets_the_failure_through(tmp_path: Path) -> None:
    run = Run(tmp_path, "ours", {}, mlflow=None)
    with pytest.raises(ValueError, match="no songs"), run:
        raise ValueError("no songs")
    assert read_run(run.path)[-1]["status"] == "failed"
    assert read_run(run.path)[-1]["why"] == "no songs"


def test_a_run_that_is_begun_again_adds_to_its_file(tmp_path: Path) -> None:
    for seed in (1, 2):
        with Run(tmp_path, "ours", {"seed": seed}, mlflow=None):
            pass
    seeds = [
        one["params"]["seed"] for one in read_run(tmp_path / "runs/ours.jsonl") if "params" in one
    ]
    assert seeds == [1, 2]


def test_a_last_line_that_was_cut_off_is_left_out(tmp_path: Path) -> None:
    with Run(tmp_path, "ours", {}, mlflow=None) as run:
        run.metrics({"loss": 1.0})
    whole = run.path.read_bytes()
    run.path.write_bytes(whole[:-20])
    assert "params" in read_run(run.path)[0]
    assert len(read_run(run.path)) == 2


def test_mlflow_is_told_the_same(tmp_path: Path) -> None:
    tracker = Tracker()
    with Run(tmp_path, "ours", {"seed": 3}, mlflow=tracker) as run:
        run.metrics({"ten songs, P": 0.75}, step=1)
    told = {one[0]: one[1:] for one in tracker.told}
    assert list(told) == ["set_experiment", "start_run", "log_params", "log_metrics", "end_run"]
    assert told["start_run"] == ("ours",)
    # MLflow refuses names with a comma.
    assert told["log_metrics"] == ({"ten songs P": 0.75}, 1)
    assert told["end_run"] == ("FINISHED",)


def test_an_mlflow_that_fails_is_left_alone_and_the_file_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tracker = Tracker(fails_at="log_metrics")
    with Run(tmp_path, "ours", {}, mlflow=tracker) as run:
        run.metrics({"auc": 0.5})
        run.metrics({"auc": 0.6})
    assert capsys.readouterr().err.count("MLflow is left out") == 1
    assert tracker.told[-1] == ("end_run", "FAILED")
    assert [one["metrics"] for one in read_run(run.path) if "metrics" in one] == [
        {"auc": 0.5},
        {"auc": 0.6},
    ]


def test_a_folder_that_cannot_be_written_is_told_before_anything_is_run(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("a file where a folder should be")
    with pytest.raises(RunNotWrittenError, match=r"ours\.jsonl"):
        Run(tmp_path, "ours", {}, mlflow=None)


def test_every_line_is_json_of_its_own(tmp_path: Path) -> None:
    with Run(tmp_path, "ours", {"name": "Séculaire\n"}, mlflow=None) as run:
        pass
    for line in run.path.read_text(encoding="utf-8").splitlines():
        json.loads(line)
