"""Beats as a grid."""

from __future__ import annotations

import numpy as np
import pytest

from highlighter.trailer.grid import beat_grid, with_bars

EXACT = tuple(3.1 + 0.5 * beat for beat in range(40))


def test_a_grid_through_jittering_beats_knows_the_period_far_better_than_they_do():
    jitter = np.random.default_rng(3).normal(0.0, 0.008, 40)
    grid = beat_grid([time + off for time, off in zip(EXACT, jitter, strict=True)], 0.0, 30.0)
    assert grid is not None
    assert grid.period == pytest.approx(0.5, abs=0.0005)
    assert grid.nearest(12.0) == pytest.approx(12.1, abs=0.006)
    assert grid.deviation == pytest.approx(0.008, abs=0.003)
    assert grid.steady
    assert grid.tempo == pytest.approx(120.0, abs=0.2)


def test_missed_beats_are_stepped_over():
    some = [time for number, time in enumerate(EXACT) if number not in (5, 6, 20)]
    grid = beat_grid(some, 0.0, 30.0)
    assert grid is not None
    assert grid.period == pytest.approx(0.5)
    assert 6 <= len(grid.beats(5.0, 8.1)) <= 7


def test_beats_that_lie_on_no_line_make_no_grid():
    assert beat_grid(EXACT[:6], 0.0, 30.0) is None
    assert beat_grid([*EXACT[:20], 13.3, *EXACT[20:]], 0.0, 30.0) is None
    swaying = [time + 0.06 * np.sin(number / 3.0) for number, time in enumerate(EXACT)]
    grid = beat_grid(swaying, 0.0, 30.0)
    assert grid is None or not grid.steady


def test_a_grid_is_not_trusted_far_beyond_its_beats():
    grid = beat_grid(EXACT, 0.0, 60.0)
    assert grid is not None
    assert max(grid.beats(0.0, 60.0)) <= EXACT[-1] + 1.0 + 1e-6
    assert min(grid.beats(0.0, 60.0)) >= EXACT[0] - 1.0 - 1e-6


def test_bars_are_told_by_downbeats_that_agree():
    grid = beat_grid(EXACT, 0.0, 30.0)
    assert grid is not None
    barred = with_bars(grid, EXACT[2::4])
    assert barred.bar == 4
    assert barred.downbeats(4.0, 9.0) == pytest.approx([4.1, 6.1, 8.1])
    assert with_bars(grid, EXACT[1::3]).bar == 3
    assert with_bars(grid, (EXACT[2], EXACT[6])).bar == 0
    assert with_bars(grid, [EXACT[n] for n in (0, 4, 9, 13, 18, 22, 27)]).bar == 0
