"""Files are heard and trailers rendered in children; what goes wrong there comes back by name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from hooklist_errors import HooklistError
from webapp.services.listening import listen, render
from webapp.services.trailers import track_spec


def tone(path: Path, frequency: float, seconds: float = 8.0) -> Path:
    moments = np.arange(int(22050 * seconds)) / 22050
    envelope = 0.6 + 0.4 * np.sin(2 * np.pi * 2 * moments)
    sound = 0.3 * envelope * np.sin(2 * np.pi * frequency * moments)
    soundfile.write(path, sound.astype(np.float32), 22050)
    return path


def ask(
    out: Path, files: list[Path], *, should_stop: Callable[[], bool] = lambda: False
) -> tuple[dict[str, Any], list[tuple[int, int, str]]]:
    steps: list[tuple[int, int, str]] = []
    made = render(
        [
            track_spec(file, {"title": file.stem, "artists": ["Ada"]}, listen(file))
            for file in files
        ],
        out,
        seconds_per_track=4.0,
        title="Test",
        progress=lambda *step: steps.append(step),
        should_stop=should_stop,
    )
    return made, steps


def test_a_file_is_heard_with_its_analysis_its_features_and_its_highlight(tmp_path: Path) -> None:
    study = listen(tone(tmp_path / "a.wav", 220))
    assert study.analysis["duration"] == pytest.approx(8.0, abs=0.01)
    assert study.analysis["features"]["loudness"] == pytest.approx(
        study.analysis["loudness_lufs"], abs=0.1
    )
    assert (study.highlight["start"], study.highlight["strategy"]) == (0.0, "whole")


def test_a_trailer_comes_back_with_chapters_and_progress(tmp_path: Path) -> None:
    files = [tone(tmp_path / "a.wav", 220), tone(tmp_path / "b.wav", 330)]
    made, steps = ask(tmp_path / "out.mp3", files)
    assert [chapter["title"] for chapter in made["chapters"]] == ["a", "b"]
    assert abs(made["lufs"] + 14.0) <= 0.5
    assert made["true_peak_dbtp"] <= -1.0
    assert soundfile.info(tmp_path / "out.mp3").duration == pytest.approx(made["duration"], abs=0.1)
    assert steps[-1][2] == "done"


def test_a_file_that_is_no_audio_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "a.mp3").write_bytes(b"no audio at all" * 100)
    with pytest.raises(HooklistError) as caught:
        listen(tmp_path / "a.mp3")
    assert caught.value.code.startswith("audio.")
    assert "a.mp3" in str(caught.value)


def test_a_stopped_job_leaves_no_trailer(tmp_path: Path) -> None:
    with pytest.raises(HooklistError) as caught:
        ask(tmp_path / "o.mp3", [tone(tmp_path / "a.wav", 220)], should_stop=lambda: True)
    assert caught.value.code in {"audio.stopped", "trailer.cancelled"}
    assert not (tmp_path / "o.mp3").exists()
