"""An ear of its own: the standards' cases, and what pyloudnorm and the product say."""

from __future__ import annotations

import math

import numpy as np
import pyloudnorm
import pytest

from highlighter.evaluation.trailers import ear
from highlighter.loudness import integrated_loudness
from highlighter.loudness import true_peak as product_peak

RATE = 44_100


def sine(hertz: float, level: float, seconds: float, rate: int = RATE) -> np.ndarray:
    t = np.arange(round(seconds * rate)) / rate
    wave = 10.0 ** (level / 20.0) * np.sin(2 * np.pi * hertz * t)
    return np.stack([wave, wave], axis=1).astype(np.float32)


@pytest.mark.parametrize("rate", [44_100, 48_000])
@pytest.mark.parametrize("level", [-23.0, -33.0])
def test_a_stereo_sine_of_1_khz_is_as_loud_as_its_level_says(rate: int, level: float) -> None:
    # EBU Tech 3341, cases 1 and 2: ± 0.1 LU.
    found = ear.loudness(ear.step_energies(sine(1000.0, level, 5.0, rate), rate))
    assert found == pytest.approx(level, abs=0.1)


def test_quiet_stretches_are_gated_away() -> None:
    # EBU Tech 3341, case 3: 10 s at −36, 60 s at −23, 10 s at −36 LUFS come to −23.
    parts = [sine(1000.0, level, seconds) for level, seconds in ((-36, 3), (-23, 12), (-36, 3))]
    found = ear.loudness(ear.step_energies(np.concatenate(parts), RATE))
    assert found == pytest.approx(-23.0, abs=0.1)
    assert ear.loudness(ear.step_energies(np.zeros((RATE, 2), np.float32), RATE)) == -math.inf


def test_three_meters_say_the_same_of_music_like_noise(rng: np.random.Generator) -> None:
    # As dull as music is: averages over eight samples.
    noise = np.cumsum(rng.standard_normal((8 * RATE + 8, 2)), axis=0)
    noise = noise[8:] - noise[:-8]
    envelope = 0.2 + np.abs(np.sin(np.arange(noise.shape[0]) / RATE * 3.0))[:, None]
    signal = (0.04 * envelope * noise).astype(np.float32)
    found = ear.loudness(ear.step_energies(signal, RATE))
    assert found == pytest.approx(pyloudnorm.Meter(RATE).integrated_loudness(signal), abs=0.1)
    assert found == pytest.approx(integrated_loudness(signal, RATE), abs=0.05)
    assert ear.true_peak(signal) == pytest.approx(product_peak(signal, RATE), abs=0.1)


def test_a_peak_between_samples_is_seen() -> None:
    # A quarter of the sample rate, 45° off: every sample is at −3.01 dB of the peak.
    t = np.arange(3 * RATE) / RATE
    wave = 0.5 * np.sin(2 * np.pi * RATE / 4 * t + np.pi / 4) * np.hanning(t.size)
    samples = np.stack([wave, 0.0 * wave], axis=1).astype(np.float32)
    assert 20 * math.log10(np.abs(samples).max()) == pytest.approx(-9.03, abs=0.01)
    assert ear.true_peak(samples) == pytest.approx(-6.02, abs=0.02)
    assert ear.true_peak(np.zeros((100, 2), np.float32)) == -math.inf


def test_samples_at_full_scale_are_counted() -> None:
    samples = np.array([[0.5, 1.0], [-1.2, 0.99]], dtype=np.float32)
    assert ear.clipped(samples) == 2


def test_a_silence_is_measured_unless_it_is_meant() -> None:
    samples = sine(440.0, -20.0, 4.0)
    samples[RATE : RATE + round(0.4 * RATE)] = 0.0
    samples[3 * RATE : 3 * RATE + round(0.7 * RATE)] = 0.0
    assert ear.longest_silence(samples, RATE) == pytest.approx(0.7, abs=0.02)
    assert ear.longest_silence(samples, RATE, [(2.9, 3.8)]) == pytest.approx(0.4, abs=0.02)
    assert ear.longest_silence(sine(440.0, -20.0, 1.0), RATE) == 0.0
