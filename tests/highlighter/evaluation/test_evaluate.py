"""A whole evaluation of three short songs whose choruses are known."""

from __future__ import annotations

import csv
import json
import shutil
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from highlighter.commands import highlight_files
from highlighter.evaluation import commands, listening, render
from highlighter.evaluation.cache import AnswerCache, from_json, listener_hash
from highlighter.evaluation.commands import Report, evaluate_highlights
from highlighter.evaluation.errors import BadEvaluationRequestError, NoLabelledSongsError
from highlighter.evaluation.hear import DEFAULT
from highlighter.evaluation.measure import RANDOM_ROW
from highlighter.evaluation.report import THIRDS
from webapp.cli import main

CLIP = 10.0
LISTENER = "what listens, whose own hash has a test of its own"
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)

RATE = 11_025
SONGS = {
    "early.wav": ((12.0, 24.0), (48.0, 60.0)),
    "late.wav": ((30.0, 42.0), (66.0, 78.0)),
    "one.wav": ((20.0, 34.0),),
}
"""Name → choruses. Each song lasts 84 s."""

LENGTH = 84.0


def tones(hertz: tuple[float, ...], t: np.ndarray) -> np.ndarray:
    return sum((np.sin(2 * np.pi * one * t) for one in hertz), np.zeros(t.size))


def song_with(choruses: tuple[tuple[float, float], ...], seed: int) -> np.ndarray:
    """Return (n,) float32: verses that never come back, choruses that do, louder, on a beat."""
    rng = np.random.default_rng(seed)
    t = np.arange(round(LENGTH * RATE)) / RATE
    signal = np.zeros(t.size)
    for bar in range(int(LENGTH // 2)):
        part = (t >= 2 * bar) & (t < 2 * bar + 2)
        notes = 220.0 * 2.0 ** (rng.integers(0, 12, 3) / 12.0)
        signal[part] = 0.03 * tones(tuple(notes.tolist()), t[part])
    chords = ((261.6, 329.6, 392.0), (293.7, 349.2, 440.0), (196.0, 246.9, 392.0))
    for start, end in choruses:
        for bar, at in enumerate(np.arange(start, end, 2.0)):
            part = (t >= at) & (t < min(at + 2.0, end))
            signal[part] = 0.12 * tones(chords[bar % 3], t[part])
    beat = np.exp(-(t % 0.5) * 40.0) * rng.standard_normal(t.size)
    return (signal + 0.05 * beat).astype(np.float32)


@pytest.fixture(scope="session")
def songs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with three songs of 84 s and their labels; one of them has a genre."""
    folder = tmp_path_factory.mktemp("made")
    labels = {}
    for seed, (name, choruses) in enumerate(SONGS.items()):
        soundfile.write(folder / name, song_with(choruses, seed), RATE)
        labels[name] = {"chorus": [list(one) for one in choruses]}
    labels["one.wav"]["genre"] = "Synthpop"
    (folder / "labels.json").write_text(json.dumps(labels), encoding="utf-8")
    return folder


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def report(songs: Path, tmp_path_factory: pytest.TempPathFactory) -> Report:
    out = tmp_path_factory.mktemp("report")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(listening, "listener_hash", lambda models: LISTENER)
        return evaluate_highlights(songs, out, seconds=CLIP, processes=1, now=lambda: NOON)


def test_every_song_is_scored_by_every_row(report: Report) -> None:
    (measured,) = report.measured
    assert report.failures == ()
    assert [one.song.name for one in measured.songs] == list(SONGS)
    assert {RANDOM_ROW, "start", "middle", "at 45 s", "80 % of the slack", "loudest"} < set(
        measured.rows
    )
    assert {"strategy: repetition", "strategy: energy", "best possible P"} < set(measured.rows)
    assert measured.rows["start"].mean("P") == 0.0
    assert measured.rows["loudest"].mean("P") == pytest.approx(1.0, abs=0.1)
    assert measured.rows["best possible P"].mean("P") == pytest.approx(1.0)
    chorus = sum(end - start for one in SONGS.values() for start, end in one)
    assert measured.chorus_share == pytest.approx(chorus / (3 * LENGTH), abs=0.01)
    assert measured.rows[RANDOM_ROW].mean("P") == pytest.approx(measured.chorus_share, abs=0.1)


def test_the_default_finds_loud_passages_that_come_back(report: Report) -> None:
    (measured,) = report.measured
    assert measured.rows[DEFAULT].mean("P") > measured.rows[RANDOM_ROW].mean("P") + 0.2
    assert measured.rows[DEFAULT].mean("AUC") > 0.6
    assert measured.differences["start"]["P"].value > 0.2


def test_the_default_is_what_the_command_answers(report: Report, songs: Path) -> None:
    (measured,) = report.measured
    asked = highlight_files([songs / name for name in SONGS], seconds=CLIP)
    for found, answer in zip(asked, measured.rows[DEFAULT].answers, strict=True):
        assert answer is not None
        assert (found["start"], found["end"]) == (answer.start, answer.end)
        assert (found["strategy"], found["confidence"]) == (answer.strategy, answer.confidence)


def test_the_report_says_what_was_measured_and_what_was_not(report: Report) -> None:
    text = report.path.read_text(encoding="utf-8")
    assert "2026-11-21T12:00:00" in text
    assert "3 songs scored, 0 failed, 0 left out" in text
    assert "**Not measured:** pychorus" in text
    assert "| pop | 1 |" in text, "a genre of the labels has its own row"
    assert "hooklist less each of the others" in text
    assert all(f"| {name} | 1 |" in text for name in THIRDS)
    for link in ("songs.html", "made0-p.svg"):
        assert link in text
        assert (report.path.parent / link).is_file()


def test_the_tables_hold_every_answer(report: Report) -> None:
    folder = report.path.parent
    metrics = {(one["row"], one["metric"]): one for one in rows(folder / "metrics.csv")}
    ours = metrics[DEFAULT, "P"]
    assert float(ours["low"]) <= float(ours["value"]) <= float(ours["high"])
    assert float(ours["random"]) == pytest.approx(float(metrics[RANDOM_ROW, "P"]["value"]))
    assert metrics[DEFAULT, "AUC"]["random"] == "0.500000"
    mine = [one for one in rows(folder / "songs.csv") if one["row"] == DEFAULT]
    assert [one["song"] for one in mine] == list(SONGS)
    assert all(float(one["end"]) - float(one["start"]) > 9.0 for one in mine)
    differences = {(one["less"], one["metric"]) for one in rows(folder / "differences.csv")}
    assert (RANDOM_ROW, "IoU") in differences


class Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def test_a_person_can_look_through_all_songs(report: Report) -> None:
    page = Page()
    page.feed((report.path.parent / "songs.html").read_text(encoding="utf-8"))
    assert len(page.all("svg")) == len(page.all("polyline")) == len(page.all("audio")) == 3
    targets = {one["id"] for one in page.all("section")}
    assert {(one["href"] or "").removeprefix("#") for one in page.all("a")} == targets
    assert page.all("script") == []
    assert all((one["src"] or "").startswith("file://") for one in page.all("audio"))


def test_a_second_run_hears_nothing_again(
    report: Report, songs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def deaf(*_: object, **__: object) -> None:
        raise AssertionError("a song was heard twice")

    monkeypatch.setattr(listening, "run_isolated", deaf)
    monkeypatch.setattr(listening, "listener_hash", lambda models: LISTENER)
    shutil.copytree(report.path.parent / "answers", tmp_path / "answers")
    again = evaluate_highlights(songs, tmp_path, seconds=CLIP, now=lambda: NOON)
    mean = again.measured[0].rows[DEFAULT].mean("P")
    assert mean == report.measured[0].rows[DEFAULT].mean("P")


def test_files_that_fail_are_rows_and_the_exit_status(
    songs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "some"
    folder.mkdir()
    shutil.copy(songs / "one.wav", folder)
    (folder / "broken.mp3").write_bytes(b"not sound at all" * 64)
    labels: dict[str, Any] = {
        "one.wav": [[20, 34]],
        "broken.mp3": [[1, 5]],
        "gone.ogg": [[1, 5]],
        "nothing.mp3": [],
    }
    (folder / "songs.json").write_text(json.dumps(labels), encoding="utf-8")
    out = tmp_path / "out"
    options = ["--data", str(folder), "--out", str(out), "--seconds", "10", "--processes", "1"]
    assert main(["evaluate", "highlights", *options]) == 1
    printed = capsys.readouterr()
    assert "some, 1 songs: P " in printed.out
    assert "hooklist: broken.mp3: " in printed.err
    assert "hooklist: gone.ogg: " in printed.err
    failed = {one["song"]: one["error"] for one in rows(out / "songs.csv") if one["error"]}
    assert set(failed) == {"broken.mp3", "gone.ogg"}
    text = (out / "report.md").read_text(encoding="utf-8")
    assert "1 songs scored, 2 failed, 1 left out" in text
    assert "- nothing.mp3: no chorus is marked" in text


def test_songs_as_short_as_a_clip_say_nothing(songs: Path, tmp_path: Path) -> None:
    folder = tmp_path / "short"
    folder.mkdir()
    (folder / "labels.json").write_text(json.dumps({"short.wav": [[0, 5]]}), encoding="utf-8")
    samples, rate = soundfile.read(songs / "one.wav", frames=9 * 11_025)
    soundfile.write(folder / "short.wav", samples, rate)
    made = evaluate_highlights(folder, tmp_path / "out", seconds=CLIP, processes=1)
    assert made.measured[0].rows == {}
    assert "no longer than a clip" in made.path.read_text(encoding="utf-8")


def test_the_peer_is_asked_where_it_is_named(songs: Path, report: Report, tmp_path: Path) -> None:
    import sys

    adapter = tmp_path / "adapter.py"
    adapter.write_text("""print('{"start": 20.0}')""")
    shutil.copytree(report.path.parent / "answers", tmp_path / "answers")
    made = evaluate_highlights(
        songs,
        tmp_path,
        seconds=CLIP,
        peer_python=Path(sys.executable),
        peer_adapter=adapter,
        songs=1,
        processes=1,
    )
    row = made.measured[0].rows["pychorus"]
    assert row.songs == 1
    assert row.mean("P") == pytest.approx(0.4)  # from 20 to 30 s; the chorus ends at 24 s
    assert made.notes == ()


def test_models_are_asked_and_one_that_fails_is_named(songs: Path, tmp_path: Path) -> None:
    folder = tmp_path / "models"
    (folder / "broken").mkdir(parents=True)
    (folder / "broken" / "model.onnx").write_bytes(b"no network")
    made = evaluate_highlights(
        songs, tmp_path / "out", seconds=CLIP, models=folder, songs=1, processes=1
    )
    assert made.measured[0].rows["model: broken"].songs == 0
    assert made.measured[0].rows[DEFAULT].songs == 1
    assert "early.wav: model: broken: " in made.failures[0]
    assert "### Answers that failed" in made.path.read_text(encoding="utf-8")


def test_an_exported_architecture_has_a_row(songs: Path, tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    from highlighter.training.graph import write_graph

    class Loudness(torch.nn.Module):
        inputs = ("bands",)

        def forward(self, batch: dict[str, Any], mask: Any) -> Any:
            return batch["bands"].mean(dim=2)[:, ::2] * mask

    write_graph(Loudness(), tmp_path / "models" / "level" / "level.onnx")
    made = evaluate_highlights(
        songs, tmp_path / "out", seconds=CLIP, models=tmp_path / "models", songs=1, processes=1
    )
    row = made.measured[0].rows["model: level"]
    assert made.failures == ()
    assert row.mean("AUC") > 0.7, "its choruses are louder"
    assert row.mean("P") > 0.5


@pytest.mark.parametrize(
    "options",
    [{"songs": 0}, {"processes": 0}, {"models": Path("/nowhere")}, {"peer_python": Path("/no")}],
)
def test_options_that_make_no_sense_are_refused_first(
    songs: Path, tmp_path: Path, options: dict[str, Any]
) -> None:
    with pytest.raises(BadEvaluationRequestError):
        evaluate_highlights(songs, tmp_path / "out", **options)
    assert not (tmp_path / "out").exists()


def test_wrong_use_and_a_folder_in_the_way_have_their_exit_status(
    songs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    start = ["evaluate", "highlights", "--data", str(songs)]
    assert main([*start, "--out", str(tmp_path), "--seconds", "3"]) == 2
    (tmp_path / "file").touch()
    assert main([*start, "--out", str(tmp_path / "file" / "out")]) == 1
    assert "cannot be written" in capsys.readouterr().err


def test_without_fluidsynth_the_report_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(render, "SOUNDFONTS", ())
    (tmp_path / "rwc_pop_dev.tar.gz").touch()
    with pytest.raises(NoLabelledSongsError, match="Debian: fluidsynth and fluid-soundfont-gm"):
        evaluate_highlights(tmp_path, tmp_path / "out")


def test_only_the_first_songs_with_choruses_are_taken() -> None:
    from highlighter.evaluation.songs import Song

    given = [Song(f"{n}", Path(), ((1.0, 2.0),) * (n % 2), "", "ab"[n // 4]) for n in range(8)]
    assert [one.name for one in commands._first(given, 1)] == ["1", "5"]
    assert len(commands._first(given, None)) == 8


def test_an_answer_is_kept_for_what_listened_to_it(tmp_path: Path) -> None:
    model = tmp_path / "m.onnx"
    model.write_bytes(b"1")
    first = listener_hash([model])
    assert first == listener_hash([model])
    assert first != listener_hash()
    model.write_bytes(b"2")
    assert first != listener_hash([model])


def test_a_damaged_answer_is_no_answer(tmp_path: Path) -> None:
    cache = AnswerCache(tmp_path)
    key = cache.key("heard", "a")
    cache.put(key, {"duration": 3.0, "genre": "", "answers": [{"row": "x", "curve": [1]}]})
    kept = cache.get(key)
    assert kept is not None
    found = from_json(kept)
    assert found is not None
    assert found.answers[0].curve == (1.0,)
    assert from_json({"duration": 3.0}) is None
    assert (
        from_json({"duration": 3.0, "genre": "", "answers": [{"nothing": 1, "curve": []}]}) is None
    )
    (tmp_path / f"{key}.json").write_text("{")
    assert cache.get(key) is None
    assert cache.get(cache.key("heard", "b")) is None
