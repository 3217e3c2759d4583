"""The development songs: all are heard, and their choruses are found better than by chance."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from highlighter.analysis import Analysis
from highlighter.highlight import Highlight
from highlighter.sandbox import run_isolated
from highlighter.study import study

pytestmark = [pytest.mark.realdata, pytest.mark.slow]

Studies = dict[str, tuple[Analysis, Highlight]]


@pytest.fixture(scope="session")
def studies(shared_data: Path) -> Studies:
    files = sorted(
        file for file in (shared_data / "songs").iterdir() if file.suffix in (".mp3", ".ogg")
    )
    return {file.name: run_isolated(study, str(file)) for file in files}


def test_all_songs_are_analysed_and_have_a_highlight(studies: Studies) -> None:
    assert len(studies) == 23
    for name, (analysis, highlight) in studies.items():
        assert analysis.duration > 20.0, name
        assert analysis.completeness == 1.0, name
        assert analysis.bpm is not None, name
        assert analysis.key is not None, name
        assert analysis.loudness_lufs is not None, name
        assert highlight.end <= analysis.duration + 0.001, name
        assert highlight.strategy in ("network", "repetition", "energy", "whole"), name


def test_highlights_meet_choruses_more_than_the_middle_does(
    studies: Studies, shared_data: Path
) -> None:
    labels = json.loads((shared_data / "songs" / "songs.json").read_text())
    ours, middle = [], []
    for name, label in labels.items():
        if label["chorus"]:
            analysis, highlight = studies[name]
            ours.append(_overlap(highlight.start, label["chorus"]))
            middle.append(_overlap((analysis.duration - 30.0) / 2.0, label["chorus"]))
    assert len(ours) == 10
    assert sum(ours) / len(ours) > 0.5
    assert sum(ours) > 1.2 * sum(middle)


def _overlap(start: float, chorus: list[list[float]], seconds: float = 30.0) -> float:
    inside = (min(start + seconds, end) - max(start, begin) for begin, end in chorus)
    return sum(max(0.0, part) for part in inside) / seconds
