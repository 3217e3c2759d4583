from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pytest
import soundfile

from highlighter.commands import analyse_files, highlight_files
from highlighter.errors import AudioBadRequestError
from hooklist_genres import Labelled


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
    taken = []

    def files() -> Iterator[Path]:
        for number in range(1000):
            taken.append(number)
            yield tunes["wav"] if number == 0 else Path(f"/gone/{number}")

    answers = highlight_files(files())
    assert next(answers)["strategy"] == "whole"
    assert len(taken) <= 16  # not all are taken before the first is answered
    assert [next(answers)["file"] for _ in range(30)] == [f"/gone/{n}" for n in range(1, 31)]
    answers.close()  # type: ignore[attr-defined]


def test_who_stops_listening_stops_the_work(tmp_path: Path, tunes: dict[str, Path]) -> None:
    hours = tmp_path / "hours.wav"
    with soundfile.SoundFile(hours, "w", 8000, 1, subtype="PCM_16") as file:
        for _ in range(100):
            file.write(np.zeros(8000 * 60))
    answers = highlight_files([tunes["wav"], *[hours] * 20])
    next(answers)
    begun = time.monotonic()
    answers.close()  # type: ignore[attr-defined]
    assert time.monotonic() - begun < 10.0  # one of them takes longer than a look at the clock


def test_a_classifier_is_asked_by_one_thread_at_a_time(tunes: dict[str, Path]) -> None:
    inside = []

    def guess(features: Mapping[str, float | None]) -> Labelled | None:
        inside.append(1)
        most.append(len(inside))
        time.sleep(0.05)
        inside.pop()
        return None

    most: list[int] = []
    found = list(highlight_files([tunes["wav"], tunes["flac"], tunes["mp3"]], guess=guess))
    assert [answer["strategy"] for answer in found] == ["whole"] * 3
    assert most == [1, 1, 1]


def test_an_impossible_length_is_refused_before_any_file_is_opened() -> None:
    with pytest.raises(AudioBadRequestError):
        highlight_files([Path("/gone")], seconds=5.0)
