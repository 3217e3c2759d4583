"""Music that was listened to becomes recordings to learn from."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from highlighter.training.__main__ import main
from highlighter.training.batches import read_recording
from highlighter.training.listened import read_targets
from highlighter.training.song_errors import LabelsUnreadableError


@pytest.fixture
def audio(tmp_path: Path) -> Path:
    folder = tmp_path / "music"
    folder.mkdir()
    noise = np.random.default_rng(1).standard_normal(40 * 11_025).astype(np.float32)
    soundfile.write(folder / "tune.wav", 0.1 * noise, 11_025)
    soundfile.write(folder / "nobody.wav", 0.1 * noise[::-1], 11_025)
    (folder / "cover.jpg").write_bytes(b"no sound")
    return folder


def key_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write_targets(path: Path, *entries: dict[str, object]) -> Path:
    path.write_text("".join(json.dumps(one) + "\n" for one in entries))
    return path


def test_the_curve_is_the_target_and_the_evidence_its_weight(audio: Path, tmp_path: Path) -> None:
    curve = [0.5] * 10 + [0.9] * 10 + [0.2] * 15
    evidence = [0.0] * 8 + [0.8] * 20 + [0.0] * 7
    entry = {"content_key": key_of(audio / "tune.wav"), "curve": curve, "evidence": evidence}
    targets = write_targets(tmp_path / "targets.jsonl", entry)
    orders = ["listened", "--targets", str(targets), "--audio", str(audio)]
    assert main([*orders, "--out", str(tmp_path / "corpus")]) == 0
    (made,) = (tmp_path / "corpus").glob("*.npz")
    song = read_recording(made, ("mel10", "semitones"))
    rate = song.target.size / song.duration
    assert song.split == "train"
    assert song.target[round(15 * rate)] == pytest.approx(0.9)
    assert song.target[round(25 * rate)] == pytest.approx(0.2)
    assert song.weight[round(15 * rate)] == pytest.approx(0.8)
    assert song.weight[round(4 * rate)] == 0.0
    assert song.weight[round(38 * rate)] == 0.0
    assert song.choruses == ((10.0, 20.0),)


def test_audio_that_nobody_judged_is_left_out(
    audio: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    entry = {
        "content_key": key_of(audio / "nobody.wav"),
        "curve": [0.5] * 40,
        "evidence": [0.0] * 40,
    }
    targets = write_targets(tmp_path / "targets.jsonl", entry)
    orders = ["listened", "--targets", str(targets), "--audio", str(audio)]
    assert main([*orders, "--out", str(tmp_path / "corpus")]) == 1
    assert "0 of 1" in capsys.readouterr().out
    assert not list(tmp_path.glob("corpus/*.npz"))


@pytest.mark.parametrize(
    "text",
    [
        "no json",
        "[]",
        '{"content_key": "a", "curve": [0.5]}',
        '{"content_key": "a", "curve": [0.5, 0.5], "evidence": [0.5]}',
        '{"content_key": "a", "curve": [1.5], "evidence": [0.5]}',
        '{"content_key": "a", "curve": [NaN], "evidence": [0.5]}',
        '{"content_key": "a", "curve": [], "evidence": []}',
    ],
)
def test_targets_that_are_none_are_refused_with_their_file(text: str, tmp_path: Path) -> None:
    path = tmp_path / "targets.jsonl"
    path.write_text(text)
    with pytest.raises(LabelsUnreadableError, match=r"targets\.jsonl"):
        read_targets(path)
