"""The way from MIDI files to the shipped file: `dvc.yaml`, and the same in one command."""

from __future__ import annotations

import re
import shlex
from argparse import Namespace
from pathlib import Path

import pytest

from highlighter.training.__main__ import parser
from highlighter.training.parameters import USUAL_PATH, read_parameters
from highlighter.training.pipeline import Stage, done, stages
from webapp.cli import build_parser

ROOT = Path(__file__).parents[3]
DVC = (ROOT / "dvc.yaml").read_text(encoding="utf-8")


def options(out: Path, **changes: object) -> Namespace:
    given = {"pop909": Path("pop909"), "out": out, "data": None, "rendered": None}
    given |= {"params": USUAL_PATH, "songs": None, "variants": 1, "processes": 1, "budget": None}
    return Namespace(**{**given, **changes})


def commands() -> list[list[str]]:
    variables = dict(re.findall(r"^  - (\w+): (\S+)$", DVC.split("stages:")[0], re.MULTILINE))
    found = re.findall(r"^\s+cmd: (.+)$", DVC, re.MULTILINE)
    filled = [
        re.sub(r"\$\{(\w+)\}", lambda one: {**variables, "item": "0"}[one[1]], text)
        for text in found
    ]
    return [shlex.split(one) for one in filled]


def test_every_command_of_dvc_is_understood() -> None:
    found = commands()
    assert len(found) == 5
    for words in found:
        if words[:3] == ["python", "-m", "highlighter.training"]:
            assert parser().parse_args(words[3:]).run
        else:
            assert words[0] == "hooklist"
            assert build_parser().parse_args(words[1:]).run


def test_every_file_that_dvc_watches_is_there() -> None:
    watched = re.findall(r"^\s+- ((?:highlighter)/\S+)$", DVC, re.MULTILINE)
    assert len(watched) > 10
    assert [one for one in watched if not (ROOT / one).exists()] == []


def test_dvc_trains_the_seeds_of_the_ensemble() -> None:
    listed = re.search(r"foreach: \[([\d, ]+)\]", DVC)
    assert listed is not None
    seeds = [int(one) for one in listed[1].split(",")]
    assert seeds == read_parameters()["ensemble"]["seeds"]


def test_dvc_reads_the_file_when_it_is_installed() -> None:
    yaml = pytest.importorskip("yaml", reason="no YAML parser is installed")
    plain = yaml.safe_load(DVC)
    assert list(plain["stages"]) == ["render", "gather", "train", "export", "evaluate"]
    for stage in plain["stages"].values():
        part = stage.get("do", stage)
        assert part["cmd"]
        assert part["deps"]
        assert part["outs"]


def test_the_one_command_has_the_same_stages_with_orders_that_are_understood(
    tmp_path: Path,
) -> None:
    found = list(stages(options(tmp_path, data=Path("songs"), songs=5, budget=60.0)))
    names = [one.name for one in found]
    trained = [f"train {seed}" for seed in read_parameters()["ensemble"]["seeds"]]
    assert names == ["render", "gather", *trained, "export"]
    for stage in found:
        assert parser().parse_args(list(stage.orders)).run


def test_the_network_is_measured_on_what_was_gathered_labelled_songs_first(tmp_path: Path) -> None:
    for name in ("pop909_validation", "songs", "heard"):
        (tmp_path / "check" / name).mkdir(parents=True)
        (tmp_path / "check" / name / "1.npz").touch()
    *_, export = stages(options(tmp_path))
    after = export.orders[export.orders.index("--check") + 1 :]
    assert [Path(one).name for one in after] == ["songs", "pop909_validation"]


def test_a_stage_is_done_once_and_again_when_its_orders_or_needs_change(tmp_path: Path) -> None:
    made, need = tmp_path / "made", tmp_path / "need"
    need.write_text("1")
    asked: list[list[str]] = []

    def main(orders: list[str]) -> int:
        asked.append(orders)
        made.write_text("done")
        return 0

    stage = Stage("train 0", ("train",), (need,), made)
    for _ in range(2):
        assert done(stage, tmp_path, USUAL_PATH, main) == 0
    assert len(asked) == 1
    need.write_text("12")
    done(stage, tmp_path, USUAL_PATH, main)
    assert len(asked) == 2
    made.unlink()
    done(stage, tmp_path, USUAL_PATH, main)
    assert len(asked) == 3
    done(Stage("train 0", ("train", "--seed", "1"), (need,), made), tmp_path, USUAL_PATH, main)
    assert len(asked) == 4


def test_a_stage_that_fails_is_not_taken_for_done(tmp_path: Path) -> None:
    stage = Stage("render", ("render",), (), tmp_path)
    assert done(stage, tmp_path, USUAL_PATH, lambda orders: 1) == 1
    assert not (tmp_path / "stages").exists()
