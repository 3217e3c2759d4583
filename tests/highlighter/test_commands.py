from __future__ import annotations

import json
from pathlib import Path

import pytest

from highlighter.commands import analyse_files, highlight_files
from highlighter.errors import AudioBadRequestError


def test_each_file_has_its_answer_in_order_failures_too(
    tunes: dict[str, Path], tmp_path: Path
) -> None:
    (tmp_path / "text.mp3").write_text("no music")
    files = [tunes["mp3"], tmp_path / "gone.wav", tunes["opus"], tmp_path / "text.mp3"]
    answers = list(highlight_files(files))
    assert [answer["file"] for answer in answers] == [str(file) for file in files]
    assert [answer.get("code") for answer in answers] == [
        None,
        "audio.missing",
        None,
        "audio.unsupported",
    ]
    assert set(answers[0]) >= {"start", "end", "duration", "strategy", "confidence"}
    for failed in (answers[1], answers[3]):
        assert set(failed) == {"file", "error", "code"}
        assert failed["file"] in failed["error"]


def test_an_analysis_is_one_line_of_json_with_its_confidences(tunes: dict[str, Path]) -> None:
    (answer,) = analyse_files([str(tunes["flac"])])
    plain = json.loads(json.dumps(answer, allow_nan=False))
    names = {"file", "duration", "bpm", "bpm_confidence", "beats", "key", "key_confidence"}
    assert names | {"loudness_lufs", "spectral_centroid_hz", "features"} <= set(plain)
    assert plain["beats"] == sorted(plain["beats"])
    assert plain["features"]["loudness"] == plain["loudness_lufs"]


def test_answers_come_as_files_are_done(tunes: dict[str, Path]) -> None:
    answers = highlight_files(iter([tunes["wav"], Path("/never/asked")]))
    assert next(answers)["strategy"] == "whole"


def test_an_impossible_length_is_refused_before_any_file_is_opened() -> None:
    with pytest.raises(AudioBadRequestError):
        highlight_files([Path("/gone")], seconds=5.0)
