"""The corpus: whole files, no pickle, resumed where it was left, the same for the same seed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from highlighter.analysis.hearing import TABLE_RATE, listen_to
from highlighter.audio.model import Audio
from highlighter.training import rendering
from highlighter.training.__main__ import main
from highlighter.training.corpus import (
    Rendering,
    Truth,
    is_current,
    read_index,
    read_rendering,
    rendering_of,
    renderings,
    split_of,
    write_index,
    write_rendering,
)
from highlighter.training.hearing import Heard, hear_samples
from highlighter.training.library import hear_file, labelled_files
from highlighter.training.pop909 import read_songbook
from highlighter.training.render import render
from highlighter.training.sampler import Bank
from highlighter.training.song_errors import (
    CorpusUnusableError,
    LabelsUnreadableError,
    SynthesiserMissingError,
)
from highlighter.training.synthesiser import RATE, sound_font


def heard(seconds: float = 20.0) -> Heard:
    samples = np.random.default_rng(0).standard_normal(int(seconds * RATE)).astype(np.float32)
    return hear_samples(0.1 * samples, RATE)


def truth() -> Truth:
    return Truth(
        edges=np.array([0.0, 5.0, 8.1, 12.0, 30.0], dtype=np.float32),
        interest=np.array([0.0, 0.4, 1.0, 0.2], dtype=np.float32),
        weight=np.array([1.0, 0.5, 1.0, 1.0], dtype=np.float32),
        chorus=np.array([0.0, 0.0, 1.0, 0.2], dtype=np.float32),
        beats=np.arange(0.0, 30.0, 0.5, dtype=np.float32),
        downbeats=np.arange(0.0, 30.0, 2.0, dtype=np.float32),
    )


def test_targets_change_within_one_row_of_where_the_sections_do() -> None:
    made = rendering_of("001", 0, heard(), truth(), {})
    assert made.target.shape == made.weight.shape == (made.heard.bands.shape[0],)
    at = (np.arange(made.target.size) + 0.5) / TABLE_RATE
    assert np.all(made.target[(at > 5.2) & (at < 7.9)] == pytest.approx(0.4))
    assert np.all(made.target[(at > 8.3) & (at < 11.8)] == pytest.approx(1.0))
    assert np.all(made.target[at < 4.8] == 0.0)
    np.testing.assert_allclose(made.starts, [8.1], atol=1e-5)
    np.testing.assert_allclose(made.ends, [12.0], atol=1e-5)
    assert made.beats.max() < 20.0


def test_neighbouring_choruses_are_one_and_one_beyond_the_end_is_none() -> None:
    known = truth()
    chances = np.array([0.9, 0.8, 0.1, 0.9], dtype=np.float32)
    joined = Truth(known.edges, known.interest, known.weight, chances, known.beats, known.downbeats)
    made = rendering_of("001", 0, heard(11.0), joined, {})
    np.testing.assert_allclose(made.starts, [0.0], atol=1e-5)
    np.testing.assert_allclose(made.ends, [8.1], atol=1e-5)


def test_what_is_heard_is_what_the_product_hears() -> None:
    samples = 0.1 * np.random.default_rng(1).standard_normal(8 * RATE).astype(np.float32)
    ours, theirs = hear_samples(samples, RATE), listen_to(Audio(samples[:, None], RATE))
    np.testing.assert_allclose(10.0**ours.bands, np.maximum(theirs.bands, 1e-8), rtol=1e-3)
    np.testing.assert_allclose(ours.chroma, theirs.chroma, rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(ours.onsets, theirs.onsets, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("semitone", [40, 57, 76])
def test_a_tone_is_loudest_in_its_own_semitone_and_band(semitone: int) -> None:
    time_ = np.arange(3 * RATE) / RATE
    tone = np.sin(2 * np.pi * 440.0 * 2 ** ((semitone - 69) / 12) * time_)
    found = hear_samples((0.3 * tone).astype(np.float32), RATE)
    assert np.argmax(found.semitones[4:-4].mean(axis=0)) + 24 == semitone
    assert found.mel10.shape[1] == 64
    assert found.mel10.shape[0] / found.duration == pytest.approx(11_025 / 1_024, rel=0.03)


def same(a: Rendering, b: Rendering) -> bool:
    tables = ("bands", "chroma", "onsets", "mel10", "semitones")
    return (
        all(np.array_equal(getattr(a.heard, name), getattr(b.heard, name)) for name in tables)
        and np.array_equal(a.target, b.target)
        and a.about == b.about
    )


def test_a_rendering_read_back_holds_what_was_written(tmp_path: Path) -> None:
    made = rendering_of("001", 2, heard(), truth(), {"style": "pop"})
    path = write_rendering(tmp_path, made)
    assert path.name == "001-2.npz"
    assert [part.name for part in tmp_path.iterdir()] == ["001-2.npz"]
    with np.load(path, allow_pickle=False) as held:
        assert all(held[name].dtype != object for name in held.files)
        assert held["bands"].dtype == np.float16
    back = read_rendering(path)
    np.testing.assert_allclose(back.heard.bands, made.heard.bands, atol=0.01)
    np.testing.assert_array_equal(back.target, made.target)
    assert (back.song, back.variant, back.split) == ("001", 2, made.split)
    assert back.about == {"style": "pop"}


def test_a_file_that_is_no_rendering_is_refused_with_its_name(tmp_path: Path) -> None:
    path = write_rendering(tmp_path, rendering_of("001", 0, heard(), truth(), {}))
    path.write_bytes(path.read_bytes()[:1000])
    assert not is_current(path)
    with pytest.raises(CorpusUnusableError, match=r"001-0\.npz"):
        read_rendering(path)


def test_about_a_tenth_of_the_songs_is_kept_aside_whatever_the_variant() -> None:
    names = [f"{number:03d}" for number in range(1, 910)]
    share = np.mean([split_of(name) == "valid" for name in names])
    assert 0.08 < share < 0.13


def test_the_index_lists_what_is_there_and_notices_what_changed(tmp_path: Path) -> None:
    for variant in (0, 1):
        write_rendering(tmp_path, rendering_of("001", variant, heard(), truth(), {"style": "pop"}))
    assert write_index(tmp_path) == 2
    rows = read_index(tmp_path)
    assert [row["file"] for row in rows] == ["001-0.npz", "001-1.npz"]
    assert rows[0]["share"] == pytest.approx(3.9 / 20.0, abs=0.01)
    time.sleep(0.02)
    write_rendering(tmp_path, rendering_of("001", 1, heard(25.0), truth(), {"style": "rock"}))
    write_index(tmp_path)
    rows = read_index(tmp_path)
    assert [row["style"] for row in rows] == ["pop", "rock"]
    assert rows[1]["duration"] == pytest.approx(25.0, abs=0.01)


def test_the_same_seed_renders_the_same_tables_and_another_others(
    pop909: Path, sines: Bank
) -> None:
    book = read_songbook(pop909, "001")
    first, again = render(book, 0, 7, sines), render(book, 0, 7, sines)
    assert same(first, again)
    assert not same(first, render(book, 0, 8, sines))
    assert not same(first, render(book, 1, 7, sines))


@pytest.fixture
def synthesiser() -> None:
    try:
        sound_font()
    except SynthesiserMissingError as error:
        pytest.skip(str(error))


def test_the_command_without_a_synthesiser_says_what_to_install(
    pop909: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("SOUNDFONT", str(tmp_path / "none.sf2"))
    assert main(["render", "--pop909", str(pop909), "--out", str(tmp_path / "out")]) == 1
    said = capsys.readouterr().err
    assert "training.synthesiser_missing" in said
    assert "fluid-soundfont-gm" in said


def test_the_command_on_a_folder_without_songs_names_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["render", "--pop909", str(tmp_path), "--out", str(tmp_path / "out")]) == 1
    assert str(tmp_path) in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.usefixtures("synthesiser")
def test_a_killed_run_goes_on_where_it_was_and_a_damaged_song_is_passed_over(
    tmp_path: Path, write_song: Callable[..., Path], capfd: pytest.CaptureFixture[str]
) -> None:
    data, out = tmp_path / "pop909", tmp_path / "corpus"
    for name in ("001", "002", "003"):
        write_song(data, name)
    (data / "003" / "melody.txt").write_text("x")
    command = ["render", "--pop909", str(data), "--out", str(out)]
    root = Path(rendering.__file__).parents[2]
    child = subprocess.Popen(
        [sys.executable, "-m", "highlighter.training", *command],
        cwd=root,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    until = time.monotonic() + 90.0
    while not list(out.glob("*.npz")) and time.monotonic() < until and child.poll() is None:
        time.sleep(0.02)
    child.send_signal(signal.SIGKILL)
    child.wait(10.0)
    there = list(renderings(out))
    assert there
    written = {path.name: path.stat().st_mtime_ns for path in there}
    (out / ".left.npz.1.part").write_bytes(b"half")
    os.utime(out / ".left.npz.1.part", (0, 0))
    assert main(command) == 0
    said = capfd.readouterr()
    assert "1 failed" in said.out
    assert "003" in said.err
    assert [path.name for path in renderings(out)] == ["001-0.npz", "002-0.npz"]
    assert all((out / name).stat().st_mtime_ns == at for name, at in written.items())
    assert not list(out.glob(".*.part"))
    assert [row["song"] for row in read_index(out)] == ["001", "002"]
    made = read_rendering(out / "001-0.npz")
    assert made.heard.bands.std() > 0.3
    assert made.starts.size >= 1


def test_labelled_audio_becomes_a_rendering(tmp_path: Path) -> None:
    samples = 0.1 * np.random.default_rng(0).standard_normal(40 * 22_050)
    soundfile.write(tmp_path / "a.wav", samples, 22_050)
    soundfile.write(tmp_path / "unlabelled.wav", samples, 22_050)
    labels = tmp_path / "labels.json"
    labels.write_text(json.dumps({"a": [[12.0, 20.0], [30.0, 38.0]], "gone": [[0, 1]]}))
    files = labelled_files(tmp_path, labels)
    assert [path.name for path, _ in files] == ["a.wav"]
    made = hear_file(*files[0])
    np.testing.assert_allclose(made.starts, [12.0, 30.0])
    at = (np.arange(made.target.size) + 0.5) / TABLE_RATE
    assert made.target[(at > 13) & (at < 19)].min() == 1.0
    assert made.target[(at > 5) & (at < 11)] == pytest.approx(0.4)
    assert made.target[at > 38.3].max() == 0.0
    out = tmp_path / "out"
    assert (
        main(["render", "--audio", str(tmp_path), "--labels", str(labels), "--out", str(out)]) == 0
    )
    assert [path.name for path in renderings(out)] == ["a-0.npz"]


@pytest.mark.parametrize("text", ["[]", "{", '{"a": [[5, 2]]}', '{"a": [["x", 2]]}', '{"b": []}'])
def test_labels_that_are_none_are_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.wav").write_bytes(b"RIFF")
    (tmp_path / "labels.json").write_text(text)
    with pytest.raises(LabelsUnreadableError):
        labelled_files(tmp_path, tmp_path / "labels.json")
