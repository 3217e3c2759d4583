"""Recordings with nobody's beats written down: what can be checked without."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from highlighter.audio import decode
from highlighter.rhythm import folded, rhythm_of

pytestmark = pytest.mark.realdata

STEADY = ("Guayeteo_*", "*Chiron_Beta*", "*Code_Monkey*", "*I_Feel_Fantasti*", "*Mr._Fancy*")
"""Songs played to a machine's beat."""

UNSTEADY = ("Hungarian_Dance*",)


def fragments(folder: Path, pattern: str) -> list[np.ndarray]:
    path = next(iter((folder / "songs").glob(pattern)), None)
    if path is None:
        pytest.skip(f"there is no {pattern}")
    return [
        decode(path, start=start, duration=30.0, sample_rate=22_050).samples
        for start in (8.0, 40.0)
    ]


@pytest.mark.parametrize("pattern", STEADY)
def test_two_fragments_of_a_steady_song_have_one_tempo(shared_data: Path, pattern: str) -> None:
    rhythms = [rhythm_of(part, 22_050) for part in fragments(shared_data, pattern)]
    tempi = [folded(rhythm.bpm or 1.0, 100.0) for rhythm in rhythms]
    assert tempi[0] == pytest.approx(tempi[1], rel=0.005)
    assert max(rhythm.pulse_confidence for rhythm in rhythms) > 0.5
    for rhythm in rhythms:
        steps = np.diff(rhythm.beats)
        assert np.median(np.abs(steps - np.median(steps))) < 0.005


@pytest.mark.parametrize("pattern", UNSTEADY)
def test_what_is_played_freely_is_not_relied_on(shared_data: Path, pattern: str) -> None:
    path = next((shared_data / "songs").glob(pattern), None)
    if path is None:
        pytest.skip(f"there is no {pattern}")
    sound = decode(path, duration=45.0, sample_rate=22_050).samples
    assert rhythm_of(sound, 22_050).pulse_confidence < 0.3
