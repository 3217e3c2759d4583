"""Answers that need little or no listening."""

from __future__ import annotations

import numpy as np

from highlighter.evaluation.baselines import POSITIONS, highest_mean, random_starts


def test_rules_about_position_keep_the_clip_inside_the_song() -> None:
    starts = {name: place(230.0, 30.0) for name, place in POSITIONS.items()}
    assert starts == {"start": 0.0, "middle": 100.0, "at 45 s": 45.0, "80 % of the slack": 160.0}
    assert POSITIONS["at 45 s"](50.0, 30.0) == 20.0


def test_random_starts_depend_on_the_song_alone() -> None:
    first = random_starts("a.mp3", 230.0, 30.0)
    assert first.size == 100
    assert 0.0 <= first.min() < first.max() <= 200.0
    np.testing.assert_array_equal(first, random_starts("a.mp3", 230.0, 30.0))
    assert not np.array_equal(first, random_starts("b.mp3", 230.0, 30.0))


def test_the_highest_window_is_the_first_of_equal_ones() -> None:
    values = np.zeros(100)
    values[40:50] = values[70:80] = 1.0
    assert highest_mean(values, 2.0, 5.0, 50.0) == 20.0
    assert highest_mean(np.ones(100), 2.0, 5.0, 50.0) == 0.0
    assert highest_mean(np.arange(10.0), 2.0, 60.0, 5.0) == 0.0
