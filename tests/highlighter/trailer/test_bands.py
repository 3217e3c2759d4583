"""Low and high, and both together again."""

from __future__ import annotations

import numpy as np
import pytest

from highlighter.trailer.bands import CROSSOVER, low_pass, split

RATE = 44_100


def level_of(hertz: float, cutoff: float) -> float:
    place = np.arange(2 * RATE) / RATE
    tone = np.sin(2 * np.pi * hertz * place)[:, None].astype(np.float32)
    middle = slice(RATE // 2, -RATE // 2)
    found = low_pass(tone, cutoff, RATE)[middle]
    return float(10.0 * np.log10(np.mean(found**2) / np.mean(tone[middle] ** 2) + 1e-12))


def test_what_is_split_adds_up_again():
    noise = np.random.default_rng(1).normal(size=(30_000, 2)).astype(np.float32)
    low, high = split(noise, RATE)
    assert np.abs(low + high - noise).max() < 1e-5


@pytest.mark.parametrize("cutoff", [CROSSOVER, 400.0, 6_000.0])
def test_a_low_pass_keeps_what_is_below_and_takes_what_is_above(cutoff):
    assert level_of(0.6 * cutoff, cutoff) == pytest.approx(0.0, abs=0.1)
    assert level_of(cutoff, cutoff) == pytest.approx(-6.0, abs=0.5)
    assert level_of(1.5 * cutoff, cutoff) < -60.0


def test_nothing_is_moved_in_time():
    click = np.zeros((8_001, 1), dtype=np.float32)
    click[4_000] = 1.0
    assert int(low_pass(click, 500.0, RATE)[:, 0].argmax()) == 4_000


def test_a_sound_of_no_length_has_no_bands():
    assert low_pass(np.zeros((0, 2), dtype=np.float32), 500.0, RATE).shape == (0, 2)
