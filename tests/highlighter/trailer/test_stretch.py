"""Tempo changes; moments stay where they belong."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from highlighter.trailer import stretch
from highlighter.trailer.stretch import can_stretch, stretched

RATE = 44_100

pytestmark = pytest.mark.skipif(not can_stretch(), reason="python-stretch is not installed here")


def clicks(times, seconds: float) -> np.ndarray:
    place = np.arange(round(seconds * RATE)) / RATE
    samples = 0.02 * np.sin(2 * np.pi * 220.0 * place)
    burst = np.exp(-np.arange(400) / 60.0) * np.random.default_rng(0).normal(size=400)
    for time in times:
        first = round(time * RATE)
        samples[first : first + 400] += 0.6 * burst
    return np.stack([samples, samples], axis=1).astype(np.float32)


@pytest.mark.parametrize("rate", [0.96, 0.99, 1.02, 1.04])
def test_clicks_are_where_the_rate_says_within_two_milliseconds(rate):
    times = np.arange(0.5, 5.5, 0.5)
    found = stretched(clicks(times, 6.0), rate, RATE)
    assert found.shape == (round(6.0 * RATE / rate), 2)
    for time in times:
        middle = round(time / rate * RATE)
        near = np.abs(found[middle - 1_500 : middle + 1_500, 0])
        onset = int(np.flatnonzero(near > 0.4 * near.max())[0]) - 1_500
        assert abs(onset) / RATE < 0.002


def test_pitch_stays():
    place = np.arange(3 * RATE) / RATE
    tone = np.repeat(np.sin(2 * np.pi * 440.0 * place)[:, None], 2, axis=1).astype(np.float32)
    found = stretched(tone, 1.04, RATE)[RATE // 2 : RATE // 2 + RATE, 0]
    loudest = int(np.abs(np.fft.rfft(found)).argmax())
    assert loudest == pytest.approx(440, abs=1)


def test_the_same_sound_gives_the_same_samples():
    sound = clicks([0.5, 1.0], 2.0)
    assert np.array_equal(stretched(sound, 1.03, RATE), stretched(sound, 1.03, RATE))


def test_where_it_is_not_installed_that_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "python_stretch", None)
    stretch._library.cache_clear()
    try:
        assert not can_stretch()
        with pytest.raises(RuntimeError, match="not installed"):
            stretched(np.zeros((100, 2), dtype=np.float32), 1.02, RATE)
    finally:
        stretch._library.cache_clear()
