"""The limiter: nothing over the ceiling, nothing else touched."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from highlighter.loudness import true_peak
from highlighter.trailer.limiter import Limiter, sliding_maximum

RATE = 44_100


def run(signal: np.ndarray, ceiling: float = -1.5, block: int = 30_000) -> np.ndarray:
    limiter = Limiter(RATE, ceiling)
    parts = [limiter.push(signal[at : at + block]) for at in range(0, len(signal), block)]
    return np.concatenate([*parts, limiter.flush()])


def swelling_noise(seconds: float, level: float, seed: int = 1) -> np.ndarray:
    random = np.random.default_rng(seed)
    frames = round(seconds * RATE)
    swell = np.abs(np.sin(np.arange(frames) / 9_000.0))[:, None]
    return (level * swell * random.normal(size=(frames, 2))).astype(np.float32)


@pytest.mark.parametrize("level", [0.2, 0.5, 3.0])
def test_no_true_peak_passes_the_ceiling(level):
    signal = swelling_noise(3.0, level)
    assert true_peak(signal, RATE) > -1.5
    limited = run(signal)
    assert limited.shape == signal.shape
    assert true_peak(limited, RATE) <= -1.45


def test_a_single_click_is_caught_and_all_else_stays_as_it_was():
    signal = np.zeros((RATE, 2), dtype=np.float32)
    signal[:, 0] = 0.1 * np.sin(np.arange(RATE) / 20.0)
    signal[RATE // 2] = 2.0
    limited = run(signal)
    assert true_peak(limited, RATE) <= -1.45
    before, long_after = slice(0, RATE // 2 - 400), slice(-100, None)
    assert np.array_equal(limited[before], signal[before])
    assert np.allclose(limited[long_after], signal[long_after], rtol=0.05)


def test_sound_under_the_ceiling_passes_bit_by_bit():
    signal = swelling_noise(2.0, 0.02)
    assert np.array_equal(run(signal), signal)


def test_the_gain_moves_without_steps():
    signal = np.full((RATE, 2), 0.5, dtype=np.float32)
    signal[RATE // 2 : RATE // 2 + 50] = 4.0
    gain = run(signal)[:, 0] / signal[:, 0]
    assert np.abs(np.diff(20.0 * np.log10(gain))).max() < 0.5


@given(cuts=st.lists(st.integers(0, RATE), max_size=8))
@settings(max_examples=15, deadline=None)
def test_the_result_does_not_depend_on_the_blocks(cuts):
    signal = swelling_noise(1.0, 1.0)
    limiter = Limiter(RATE, -1.5)
    edges = [0, *sorted(cuts), len(signal)]
    parts = [limiter.push(signal[low:high]) for low, high in pairwise(edges)]
    pieces = np.concatenate([*parts, limiter.flush()])
    assert np.allclose(pieces, run(signal), atol=1e-6)


def test_it_counts_what_it_turned_down():
    limiter = Limiter(RATE, -1.5)
    limiter.push(swelling_noise(1.0, 0.01))
    limiter.flush()
    assert (limiter.limited, limiter.passed) == (0, RATE)
    limiter = Limiter(RATE, -1.5)
    limiter.push(swelling_noise(1.0, 3.0))
    limiter.flush()
    assert 0.3 < limiter.limited / limiter.passed < 1.0


def test_nothing_and_almost_nothing_pass():
    limiter = Limiter(RATE, -1.5)
    assert limiter.flush().shape == (0, 2)
    limiter = Limiter(RATE, -1.5)
    limiter.push(np.full((3, 2), 5.0, dtype=np.float32))
    assert np.abs(limiter.flush()).max() < 0.9


@given(values=st.lists(st.floats(0.0, 10.0), min_size=1, max_size=200), width=st.integers(1, 40))
@settings(max_examples=50, deadline=None)
def test_the_sliding_maximum_is_the_maximum_of_each_window(values, width):
    found = sliding_maximum(np.array(values), width)
    expected = [max(values[at : at + width]) for at in range(len(values))]
    assert np.array_equal(found, expected)
