"""Beats that slip by half a beat are mended where the fragment tells which half is true."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from highlighter.rhythm.slips import mended

Float64 = NDArray[np.float64]

FRAMES = 3440
TRUE = np.arange(40.0, FRAMES - 24.0, 48.0)


def peaks(places: Float64, height: float = 1.0) -> Float64:
    curve = np.zeros(FRAMES)
    curve[np.round(places).astype(int)] = height
    return curve


def slipped(beats: int, over: int) -> Float64:
    """Return beats the first of which lie half a beat early, and come back within `over`."""
    late = np.interp(np.arange(TRUE.size), [beats - over, beats], [0.5, 0.0])
    return TRUE - 48.0 * late


@pytest.mark.parametrize("over", [1, 3, 7])
@pytest.mark.parametrize("beats", [12, 30])
def test_the_part_with_less_evidence_is_laid_on_the_other(beats: int, over: int) -> None:
    found = slipped(beats, over)
    mend = mended(found, peaks(TRUE[beats:]) + peaks(found[:beats], 0.4), peaks(TRUE[beats:]))
    assert mend.size == TRUE.size
    assert np.abs(mend - TRUE).max() < 3.0


def test_a_slip_away_and_back_is_mended_in_the_middle() -> None:
    late = np.interp(np.arange(TRUE.size), [20, 24, 40, 43], [0.0, 0.5, 0.5, 0.0])
    mend = mended(TRUE + 48.0 * late, peaks(TRUE), peaks(TRUE))
    assert mend.size == TRUE.size
    assert np.abs(mend - TRUE).max() < 3.0


def test_half_a_beat_that_drums_really_play_stays() -> None:
    found = slipped(24, 1)
    assert mended(found, peaks(found), peaks(found)) is found


def test_where_neither_part_has_more_evidence_nothing_is_moved() -> None:
    found = slipped(40, 3)
    both = peaks(TRUE) + peaks(TRUE + 24.0)
    assert mended(found, both, np.zeros(FRAMES)) is found


def test_tempo_that_breathes_or_changes_is_no_slip() -> None:
    number = np.arange(70.0)
    breathes = 20.0 + 46.0 * number + 20.0 * np.sin(number / 9.0)
    slower = 20.0 + np.cumsum(np.linspace(40.0, 50.0, 70))
    for beats in (TRUE, breathes, slower):
        assert mended(beats, peaks(beats), peaks(beats)) is beats


def test_few_beats_are_left_alone() -> None:
    few = TRUE[:15]
    assert mended(few, peaks(few), peaks(few)) is few
