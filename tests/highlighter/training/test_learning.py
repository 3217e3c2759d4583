"""From a corpus to a shipped file, on songs of noise: the whole way, in seconds."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from highlighter.analysis.hearing import TABLE_RATE
from highlighter.highlight.tokens import WIDTH, tokens_of
from highlighter.training.augment import USUAL
from highlighter.training.batches import (
    Example,
    batch_of,
    batches,
    example_of,
    files_of,
    read_recording,
    start_curve,
    tempogram,
)
from highlighter.training.errors import (
    ArchitectureUnknownError,
    CorpusMissingError,
    ParametersError,
    RecordingUnreadableError,
    RunUnreadableError,
)
from highlighter.training.examples import Lessons, prepare
from highlighter.training.parameters import USUAL_PATH, read_parameters
from highlighter.training.scores import Prediction, scores_of, window_start

torch: Any = pytest.importorskip("torch", reason="torch is not installed; training needs it")

INPUTS = ("tokens", "relations")


def write_song(path: Path, number: int, split: str, seconds: float = 70.0) -> None:
    """Write a song whose two choruses are 6 dB louder and come back."""
    rng = np.random.default_rng(number)
    rows = round((seconds + number) * TABLE_RATE)
    times = np.arange(rows) / TABLE_RATE
    spans = [(12.0 + number, 26.0 + number), (42.0 + number, 56.0 + number)]
    target = np.zeros(rows, dtype=np.float32)
    bands, chroma = rng.normal(-3.0, 0.3, (rows, 40)), rng.random((rows, 12))
    colour, harmony = rng.normal(-2.4, 0.5, (200, 40)), rng.random((200, 12))
    for start, end in spans:
        inside = (times >= start) & (times < end)
        target[inside] = 1.0
        bands[inside], chroma[inside] = colour[: inside.sum()], harmony[: inside.sum()]
    np.savez(
        path,
        bands=bands.astype(np.float16),
        chroma=chroma.astype(np.float16),
        onsets=(rng.random(rows * 16) * (1.0 + np.repeat(target, 16))).astype(np.float16),
        mel10=rng.normal(-3.0, 0.5, (2 * rows, 64)).astype(np.float16),
        semitones=rng.normal(-3.0, 0.5, (rows, 84)).astype(np.float16),
        duration=rows / TABLE_RATE,
        target=target,
        weight=np.ones(rows, dtype=np.float32),
        starts=np.array([start for start, _ in spans]),
        ends=np.array([end for _, end in spans]),
        song=f"song{number}",
        split=split,
    )


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpus")
    for number in range(8):
        write_song(folder / f"song{number}-0.npz", number, "valid" if number > 5 else "train")
    return folder


@pytest.fixture(scope="module")
def lessons(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Lessons:
    cache = tmp_path_factory.mktemp("cache")
    return prepare(corpus, INPUTS, USUAL, views=1, seed=0, cache=cache, progress=lambda _: None)


def quiet(_: str) -> None:
    """Say nothing."""


def small() -> Any:
    from highlighter.training.learn import Schedule

    return Schedule(passes=10, batch=3, rate=5e-3, average=0.8)


SETTINGS = {"width": 16, "layers": 1, "heads": 2, "dropout": 0.0}


@pytest.fixture(scope="module")
def learnt(lessons: Lessons, tmp_path_factory: pytest.TempPathFactory) -> Any:
    from highlighter.training.learn import learn

    return learn("ours", SETTINGS, lessons, small(), tmp_path_factory.mktemp("run"), quiet)


def test_a_recording_is_read_as_tokens_with_its_target(corpus: Path) -> None:
    song = read_recording(files_of(corpus)[0])
    example = example_of(song, INPUTS)
    assert example.inputs["tokens"].shape == (example.target.size, WIDTH)
    assert example.choruses == ((12.0, 26.0), (42.0, 56.0))
    seconds = np.arange(example.target.size) / example.rate
    np.testing.assert_array_equal(example.target[(seconds > 13) & (seconds < 25)], 1.0)
    np.testing.assert_array_equal(example.target[(seconds > 27) & (seconds < 41)], 0.0)
    assert seconds[example.start.argmax()] == pytest.approx(12.0, abs=0.5)


def test_training_sees_the_same_tokens_as_serving(corpus: Path) -> None:
    song = read_recording(files_of(corpus)[0])
    served = tokens_of(
        10.0 ** song.bands.astype(np.float32),
        song.chroma.astype(np.float32),
        song.onsets.astype(np.float32),
        song.duration,
    )
    batch = batch_of([example_of(song, INPUTS)])
    np.testing.assert_allclose(batch.inputs["tokens"][0], served.values, atol=2e-3)
    np.testing.assert_allclose(batch.inputs["relations"][0], served.relations, atol=5e-3)


def test_batches_hold_every_song_once_and_pad_with_zeros(lessons: Lessons) -> None:
    songs = [views[0] for views in lessons.views]
    seen = list(batches(songs, 4, seed=1))
    assert sorted(one.name for batch in seen for one in batch.examples) == sorted(
        one.name for one in songs
    )
    for batch in seen:
        assert (
            batch.inputs["tokens"][batch.mask == 0.0].size == 0
            or not batch.inputs["tokens"][batch.mask == 0.0].any()
        )
        for row, one in enumerate(batch.examples):
            assert batch.mask[row].sum() == one.target.size


def test_examples_are_kept_and_read_again_as_they_were(corpus: Path, tmp_path: Path) -> None:
    def made() -> Example:
        return prepare(
            corpus, INPUTS, USUAL, views=1, seed=3, cache=tmp_path, progress=quiet
        ).views[2][1]

    first = made()
    kept = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.npz")}
    second = made()
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.npz")} == kept
    np.testing.assert_array_equal(first.inputs["tokens"], second.inputs["tokens"])
    assert first.choruses == second.choruses


def test_inputs_of_other_architectures_have_the_promised_shapes(corpus: Path) -> None:
    names = ("mel10", "semitones", "bands", "chroma", "tempogram")
    song = read_recording(files_of(corpus)[0], ("mel10", "semitones"))
    batch = batch_of([example_of(song, names)])
    count = batch.target.shape[1]
    assert batch.inputs["mel10"].shape == (1, 4 * count, 64)
    assert batch.inputs["semitones"].shape == (1, 2 * count, 84)
    assert batch.inputs["bands"].shape == (1, 2 * count, 40)
    assert batch.inputs["chroma"].shape == (1, 2 * count, 12)
    assert batch.inputs["tempogram"].shape == (1, count, 32)


def test_the_tempogram_shows_the_distance_of_beats() -> None:
    onsets = np.zeros(16 * 400, dtype=np.float32)
    onsets[::43] = 1.0  # every half second
    lags = np.geomspace(0.25, 2.0, 32)
    middle = tempogram(onsets, 200)[100]
    best = lags[middle.argmax()]
    assert min(abs(best - beat) for beat in (0.5, 1.0, 1.5, 2.0)) < 0.04


def test_the_curve_of_starts_peaks_at_each_start() -> None:
    curve = start_curve(np.array([10.0, 40.0]), 200, 2.69)
    assert curve[round(10 * 2.69)] > 0.97
    assert curve[round(40 * 2.69)] > 0.97
    assert curve[round(25 * 2.69)] < 1e-3
    assert not start_curve(np.zeros(0), 10, 2.69).any()


def test_a_network_learns_where_the_choruses_are(lessons: Lessons, learnt: Any) -> None:
    from highlighter.training.architectures import build
    from highlighter.training.learn import loss_of, measure

    torch.manual_seed(0)
    batch = batch_of(lessons.valid)
    untrained: Any = build("ours", SETTINGS)
    with torch.no_grad():
        before, after = (
            float(loss_of(net.eval(), batch, small())) for net in (untrained, learnt.network)
        )
    assert after < 0.75 * before
    assert measure(learnt.network, lessons.valid)[:, 4].min() > 0.9
    assert learnt.passes == 10


def test_padding_does_not_change_what_is_said_of_a_song(lessons: Lessons, learnt: Any) -> None:
    from highlighter.training.learn import predictions

    songs = [views[0] for views in lessons.views]
    together = predictions(learnt.network, songs, size=6)
    for song, said in zip(songs, together, strict=True):
        alone = predictions(learnt.network, [song])[0]
        np.testing.assert_allclose(said.interest, alone.interest, atol=1e-5)
        np.testing.assert_allclose(said.starts, alone.starts, atol=1e-5)


def test_the_same_seed_learns_the_same_weights(lessons: Lessons, tmp_path: Path) -> None:
    from highlighter.training.learn import learn

    plan = replace(small(), passes=2)
    weights = [
        learn("ours", SETTINGS, lessons, plan, tmp_path / str(turn), quiet).network.state_dict()
        for turn in range(2)
    ]
    for name, value in weights[0].items():
        assert torch.equal(value, weights[1][name]), name


def test_a_run_that_was_stopped_goes_on(lessons: Lessons, tmp_path: Path) -> None:
    from highlighter.training import learn as learning

    lines: list[str] = []

    def stop_after_two(line: str) -> None:
        lines.append(line)
        if len(lines) == 2:
            raise KeyboardInterrupt

    plan = replace(small(), passes=4)
    with pytest.raises(KeyboardInterrupt):
        learning.learn("ours", SETTINGS, lessons, plan, tmp_path, stop_after_two)
    learning.learn("ours", SETTINGS, lessons, plan, tmp_path, lines.append)
    assert [line.split()[2] for line in lines] == ["1", "2", "3", "4"]
    whole = learning.learn("ours", SETTINGS, lessons, plan, tmp_path / "whole", quiet)
    resumed = learning.load_weights(tmp_path / "last.pt")["network"]
    once = learning.load_weights(tmp_path / "whole" / "last.pt")["network"]
    assert whole.passes == 4
    for name, value in once.items():
        torch.testing.assert_close(resumed[name], value)


def test_a_budget_of_processor_time_ends_the_training(lessons: Lessons, tmp_path: Path) -> None:
    from highlighter.training.learn import learn

    plan = replace(small(), passes=100_000, budget=0.5)
    assert learn("ours", SETTINGS, lessons, plan, tmp_path, quiet).seconds < 5.0


def test_a_run_of_another_network_is_refused(lessons: Lessons, tmp_path: Path) -> None:
    from highlighter.training.learn import learn

    plan = replace(small(), passes=1)
    learn("ours", SETTINGS, lessons, plan, tmp_path, quiet)
    with pytest.raises(RunUnreadableError, match="another network"):
        learn("ours", {**SETTINGS, "width": 32}, lessons, plan, tmp_path, quiet)


def test_an_exported_network_says_what_the_trained_one_says(
    lessons: Lessons, learnt: Any, corpus: Path, tmp_path: Path
) -> None:
    from highlighter.highlight.network import Network
    from highlighter.training.export import export
    from highlighter.training.learn import predictions

    path = export([learnt.network], tmp_path / "it.onnx", {"licence": "MIT"})
    network = Network(path)
    assert network.manifest["parameters"] == sum(p.numel() for p in learnt.network.parameters())
    song = read_recording(corpus / "song6-0.npz")
    served = network.curves(
        tokens_of(
            10.0 ** song.bands.astype(np.float32),
            song.chroma.astype(np.float32),
            song.onsets.astype(np.float32),
            song.duration,
        )
    )
    trained = predictions(learnt.network, [example_of(song, INPUTS)])[0]
    np.testing.assert_allclose(served.interest, trained.interest, atol=0.02)
    np.testing.assert_allclose(served.starts, trained.starts, atol=0.02)


def test_an_ensemble_is_the_mean_of_its_members(learnt: Any, tmp_path: Path) -> None:
    from highlighter.highlight.network import Network
    from highlighter.training.architectures import build
    from highlighter.training.export import Ensemble, disagreement, export

    other: Any = build("ours", SETTINGS)
    members = [learnt.network.eval(), other.eval()]
    path = export(members, tmp_path / "both.onnx", {})
    assert disagreement(Ensemble(members), Network(path), seed=5) < 1e-4
    assert Network(path).manifest["members"] == 2


def test_the_commands_train_and_export(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import argparse

    from highlighter.training import learning

    parser = argparse.ArgumentParser()
    learning.add_parser(parser.add_subparsers())
    params = tmp_path / "params.yaml"
    params.write_text("examples:\n  views: 1\nours:\n  width: 16\n  layers: 1\n  heads: 2\n")
    run, out = tmp_path / "run", tmp_path / "model" / "it.onnx"

    def command(*words: str) -> int:
        options = parser.parse_args([*words])
        status: int = options.run(options)
        return status

    train = ["train", "--corpus", str(corpus), "--out", str(run), "--params", str(params)]
    assert command(*train, "--passes", "2") == 0
    told = json.loads((run / "run.json").read_text())
    assert told["architecture"] == "ours"
    assert told["passes"] == 2
    assert command("export", "--runs", str(run), "--out", str(out), "--check", str(corpus)) == 0
    manifest = json.loads(out.with_suffix(".json").read_text())
    assert manifest["scores"][corpus.name]["songs"] == 8
    assert manifest["confidence"]["share"] == sorted(manifest["confidence"]["share"])
    assert "sha256" in capsys.readouterr().out


def broken(table: str) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        write_song(path, 1, "train")
        with np.load(path) as held:
            tables = {name: held[name] for name in held.files if name != table}
        np.savez(path, **tables)

    return change


def nothing(path: Path) -> None:
    path.write_bytes(b"PK\x03\x04 no archive")


@pytest.mark.parametrize("damage", [broken("target"), broken("bands"), nothing])
def test_a_damaged_recording_is_refused_with_its_name(
    damage: Callable[[Path], None], tmp_path: Path
) -> None:
    path = tmp_path / "bad-0.npz"
    damage(path)
    with pytest.raises(RecordingUnreadableError, match="bad-0"):
        read_recording(path)


def test_an_empty_corpus_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CorpusMissingError, match="render"):
        files_of(tmp_path)


def test_an_unknown_architecture_is_refused_with_those_that_exist() -> None:
    from highlighter.training.architectures import build

    with pytest.raises(ArchitectureUnknownError, match="ours"):
        build("theirs")


def test_the_shipped_parameters_are_understood() -> None:
    from highlighter.training.architectures import build
    from highlighter.training.augment import chances_of
    from highlighter.training.learn import schedule_of

    params = read_parameters(USUAL_PATH)
    assert set(chances_of(params["augment"])) == set(USUAL)
    assert schedule_of(params["learn"]).passes > 0
    build("ours", params["ours"])
    assert all(isinstance(seed, int) for seed in params["ensemble"]["seeds"])


def test_parameters_are_read_with_comments_blocks_and_lists(tmp_path: Path) -> None:
    path = tmp_path / "params.yaml"
    path.write_text(
        "# all\nlearn:\n  rate: 1e-3  # per step\n  passes: 24\n  deep:\n    on: true\n"
        "other:\n  words: [a, b]\n  none: null\n  text: 'x y'\n"
    )
    assert read_parameters(path) == {
        "learn": {"rate": 1e-3, "passes": 24, "deep": {"on": True}},
        "other": {"words": ["a", "b"], "none": None, "text": "x y"},
    }


@pytest.mark.parametrize("line", ["- a", "just words", "\tname: 1", "a: 1\n  b\n"])
def test_a_line_that_is_not_understood_is_refused_with_its_number(
    line: str, tmp_path: Path
) -> None:
    path = tmp_path / "params.yaml"
    path.write_text(f"first: 1\n{line}\n")
    with pytest.raises(ParametersError, match=r"line [23]"):
        read_parameters(path)


def test_an_unknown_parameter_of_learning_is_refused() -> None:
    from highlighter.training.learn import schedule_of

    with pytest.raises(ParametersError, match="speed"):
        schedule_of({"speed": 3})


def test_the_window_lies_on_the_interest_and_begins_at_a_start() -> None:
    rate = 2.69
    seconds = np.arange(round(200 * rate)) / rate
    interest = np.where((seconds >= 80) & (seconds < 125), 0.9, 0.1)
    flat = Prediction(interest, np.zeros(seconds.size), rate, 200.0)
    assert 79 <= window_start(flat) <= 96
    starts = np.exp(-0.5 * np.square((seconds - 90.0) / 1.5))
    led = Prediction(interest, starts, rate, 200.0)
    assert window_start(led) == pytest.approx(90.0, abs=0.5)
    scores = scores_of(led, [(90.0, 120.0)])
    assert scores[0] > 0.97
    assert scores[3] == 1.0


def test_the_window_never_leaves_a_song() -> None:
    rising = Prediction(np.linspace(0, 1, 100), np.zeros(100), 2.69, 37.2)
    assert window_start(rising) <= 37.2 - 30.0 + 1e-9
    short = Prediction(np.ones(40), np.zeros(40), 2.69, 15.0)
    assert window_start(short, 15.0) == 0.0
