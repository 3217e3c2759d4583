"""A child renders; it may fail, die, hang or be stopped, and the worker lives and knows why."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from webapp.services import render_process
from webapp.services.render_process import RenderCrashed, RenderFailed, render


def ask(
    out: Path,
    tracks: list[dict[str, Any]],
    *,
    should_stop: Callable[[], bool] = lambda: False,
    code: str | None = None,
) -> tuple[dict[str, Any], list[tuple[int, int, str]]]:
    steps: list[tuple[int, int, str]] = []
    more = {} if code is None else {"command": [sys.executable, "-c", code]}
    made = render(
        tracks,
        out,
        seconds_per_track=4.0,
        title="Test",
        progress=lambda *step: steps.append(step),
        should_stop=should_stop,
        **more,
    )
    return made, steps


def tone(path: Path, frequency: float, seconds: float = 8.0) -> dict[str, Any]:
    time_axis = np.arange(int(22050 * seconds)) / 22050
    envelope = 0.6 + 0.4 * np.sin(2 * np.pi * 2 * time_axis)
    sound = 0.3 * envelope * np.sin(2 * np.pi * frequency * time_axis)
    soundfile.write(path, sound.astype(np.float32), 22050)
    return {
        "file": str(path),
        "title": path.stem,
        "artists": ["Ada"],
        "start": 1.0,
        "end": 7.0,
        "beats": None,
        "beat_confidence": 0.0,
        "tempo": None,
        "genre": None,
        "attribution": "",
    }


def test_a_real_trailer_comes_back_with_chapters_and_progress(tmp_path: Path) -> None:
    tracks = [tone(tmp_path / "a.wav", 220), tone(tmp_path / "b.wav", 330)]
    made, steps = ask(tmp_path / "out.mp3", tracks)
    assert [chapter["title"] for chapter in made["chapters"]] == ["a", "b"]
    assert abs(made["lufs"] + 14.0) <= 0.5
    assert made["true_peak_dbtp"] <= -1.0
    assert soundfile.info(tmp_path / "out.mp3").duration == pytest.approx(made["duration"], abs=0.1)
    assert steps[-1][2] == "done"


def test_a_failure_comes_back_in_the_child_s_own_words(tmp_path: Path) -> None:
    track = tone(tmp_path / "a.wav", 220)
    (tmp_path / "a.wav").write_bytes(b"no audio at all")
    with pytest.raises(RenderFailed) as caught:
        ask(tmp_path / "out.mp3", [track])
    assert "a.wav" in str(caught.value)
    assert caught.value.details["code"].startswith("trailer.")
    assert not (tmp_path / "out.mp3").exists()


def test_a_child_that_dies_is_a_failure_with_its_status(tmp_path: Path) -> None:
    with pytest.raises(RenderCrashed, match="-9"):
        ask(tmp_path / "o.mp3", [], code="import os; os.kill(os.getpid(), 9)")


def test_a_child_that_hangs_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(render_process, "SILENCE", 0.5)
    began = time.monotonic()
    with pytest.raises(RenderCrashed, match="no progress"):
        ask(tmp_path / "o.mp3", [], code="import time; time.sleep(60)")
    assert time.monotonic() - began < 10


def test_a_stopped_job_ends_its_child_at_once(tmp_path: Path) -> None:
    began = time.monotonic()
    with pytest.raises(RenderFailed, match="stopped"):
        ask(
            tmp_path / "o.mp3",
            [],
            should_stop=lambda: True,
            code="import time; time.sleep(60)",
        )
    assert time.monotonic() - began < 10
