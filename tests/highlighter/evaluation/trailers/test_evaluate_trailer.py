"""A whole evaluation of four short tracks of clicks over chords, whose beats and keys are known."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import soundfile

from highlighter.evaluation.errors import BadEvaluationRequestError
from highlighter.evaluation.trailers import ear
from highlighter.evaluation.trailers.commands import TrailerReport, evaluate_trailer
from highlighter.evaluation.trailers.figures import FLOW, SYSTEMS
from highlighter.evaluation.trailers.pool import TRUTH_FILE
from webapp.cli import main

RATE = 22_050
LENGTH = 26.0
SECONDS = 5.0
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
TEMPI = {"one.wav": 120.0, "two.wav": 121.0, "three.wav": 119.0}
SILENT = "silent.wav"


def a_track(tempo: float, seed: int) -> np.ndarray:
    """Return (n,) clicks on every beat, a deeper one on every fourth, over a held chord."""
    rng = np.random.default_rng(seed)
    t = np.arange(round(LENGTH * RATE)) / RATE
    signal = 0.05 * sum(np.sin(2 * np.pi * hertz * t) for hertz in (220.0, 277.2, 329.6))
    for number, beat in enumerate(np.arange(0.1, LENGTH - 0.2, 60.0 / tempo)):
        first, length = round(beat * RATE), round(0.06 * RATE)
        decay = np.exp(-np.arange(length) / (0.012 * RATE))
        signal[first : first + length] += 0.5 * decay * rng.standard_normal(length)
        if number % 4 == 0:
            thump = np.sin(2 * np.pi * 60.0 * np.arange(length) / RATE)
            signal[first : first + length] += 0.5 * decay * thump
    return signal.astype(np.float32)


@pytest.fixture(scope="module")
def music(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clicks")
    said = {}
    for seed, (name, tempo) in enumerate(TEMPI.items()):
        soundfile.write(folder / name, a_track(tempo, seed), RATE)
        beats = np.arange(0.1, LENGTH - 0.2, 60.0 / tempo).tolist()
        said[name] = {"genre": "house", "key": "A major", "beats": beats}
    soundfile.write(folder / SILENT, np.zeros(10 * RATE), RATE)
    (folder / TRUTH_FILE).write_text(json.dumps(said), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("report")


@pytest.fixture(scope="module")
def evaluate(music: Path, out: Path) -> Callable[[Path | None], TrailerReport]:
    def run(pairs: Path | None = None) -> TrailerReport:
        return evaluate_trailer(
            None,
            out,
            music=[music],
            playlists=2,
            tracks=3,
            seconds=SECONDS,
            sound=1,
            pairs=pairs,
            processes=2,
            now=lambda: NOON,
        )

    return run


@pytest.fixture(scope="module")
def report(evaluate: Callable[[Path | None], TrailerReport], out: Path) -> TrailerReport:
    return evaluate(out / "pairs")


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_every_system_is_measured_on_every_playlist(report: TrailerReport) -> None:
    told = rows(report.path.parent / "playlists.csv")
    assert {(row["system"], row["playlist"]) for row in told} >= {
        (system, number) for system in SYSTEMS for number in ("0", "1")
    }
    joins = rows(report.path.parent / "joins.csv")
    assert {row["kind"] for row in joins if row["system"] == FLOW} <= {
        "beat-matched", "assisted", "plain", "breath",
    }  # fmt: skip
    assert all(float(row["gap"]) < 0.02 for row in joins)
    matched = [row for row in joins if row["kind"] == "beat-matched"]
    assert all(abs(float(row["offset_ms"])) <= 15.0 for row in matched)


def test_what_was_made_was_heard_by_another_ear(report: TrailerReport) -> None:
    told = rows(report.path.parent / "playlists.csv")
    (ours,) = [row for row in told if row["system"] == FLOW and row["lufs"]]
    assert ours["playlist"] == "0"
    assert float(ours["true_peak_dbtp"]) <= -1.0
    assert ours["clipped"] == "0"
    assert float(ours["cpu_s"]) > 0.0


def test_every_figure_asked_for_is_met_missed_or_not_measured(report: TrailerReport) -> None:
    text = report.path.read_text(encoding="utf-8")
    assert "2026-11-21T12:00:00+00:00" in text
    for check in report.checks:
        assert check.what in text
    met = {check.what: check.met for check in report.checks}
    assert met["tempo gap in flow order, octaves folded: median"] is True
    assert met["samples clipped"] is True
    assert met["beats around the highlight, RWC Popular, rendered"] is None
    assert "![Joins with a tempo gap" in text
    assert (report.path.parent / "tempo.svg").read_text(encoding="utf-8").startswith("<svg")


def test_a_track_that_cannot_be_heard_is_told_and_left_out(report: TrailerReport) -> None:
    assert len(report.failures) == 1
    assert report.failures[0].startswith(SILENT)
    assert SILENT in report.path.read_text(encoding="utf-8")


def test_pairs_are_equally_loud_and_say_nowhere_whose_they_are(
    report: TrailerReport, out: Path
) -> None:
    listed = json.loads((out / "pairs" / "pairs.json").read_text(encoding="utf-8"))
    assert listed["version"] == 1
    assert [pair["id"] for pair in listed["pairs"]] == [
        "000-cuts", "000-sigmoid", "001-cuts", "001-sigmoid",
    ]  # fmt: skip
    pair = listed["pairs"][1]
    assert (pair["a"]["system"], pair["b"]["system"]) == ("hooklist", "sigmoid")
    assert pair["title"]
    levels = []
    for side in ("a", "b"):
        path = out / "pairs" / pair[side]["file"]
        samples, rate = ear.read_sound(path)
        levels.append(ear.loudness(ear.step_energies(samples, rate)))
        assert ear.clipped(samples) == 0
        assert b"ooklist" not in path.read_bytes()
    assert levels[0] == pytest.approx(levels[1], abs=0.3)


def test_a_second_run_hears_and_makes_nothing_again(
    report: TrailerReport, evaluate: Callable[[Path | None], TrailerReport], out: Path
) -> None:
    kept = {path: path.stat().st_mtime_ns for path in (out / "answers").iterdir()}
    again = evaluate(None)
    assert {path: path.stat().st_mtime_ns for path in (out / "answers").iterdir()} == kept
    assert again.checks == report.checks


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"playlists": 0}, "0 playlists"),
        ({"tracks": 1}, "1 tracks"),
        ({"seconds": 90.0}, "90 seconds"),
        ({"sound": -1}, "-1 playlists"),
        ({"processes": 0}, "0 processes"),
        ({"music": []}, "neither --data nor --music"),
    ],
)
def test_an_option_that_makes_no_sense_is_refused(
    music: Path, tmp_path: Path, options: dict, why: str
) -> None:
    with pytest.raises(BadEvaluationRequestError, match=why):
        evaluate_trailer(None, tmp_path, **{"music": [music], **options})


def test_the_command_refuses_wrong_use_in_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = main(["evaluate", "trailer", "--out", str(tmp_path)])
    assert status == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert "neither --data nor --music" in line
