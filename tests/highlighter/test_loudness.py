"""Loudness and true peak against the standards' own signals and an independent meter."""

from __future__ import annotations

import math
import time

import numpy as np
import pyloudnorm
import pytest
import soxr
from hypothesis import given, settings
from hypothesis import strategies as st

from highlighter.loudness import (
    SILENCE,
    LoudnessMeter,
    integrated_loudness,
    k_weighting,
    peak_envelope,
    short_term_loudness,
    true_peak,
)

RATES = (8_000, 11_025, 22_050, 32_000, 44_100, 48_000, 88_200, 96_000)


def sine(seconds: float, decibels: float, rate: int = 48_000, hertz: float = 1_000.0) -> np.ndarray:
    """Return a stereo sine whose peak is at `decibels` below full scale in both channels."""
    place = np.arange(round(seconds * rate)) / rate
    wave = 10.0 ** (decibels / 20.0) * np.sin(2.0 * np.pi * hertz * place)
    return np.stack([wave, wave], axis=1)


def noise(seconds: float, rate: int, channels: int = 2, seed: int = 3) -> np.ndarray:
    random = np.random.default_rng(seed)
    frames = round(seconds * rate)
    swell = 0.2 + np.abs(np.sin(np.linspace(0.0, 9.0, frames)))[:, None]
    return 0.05 * swell * random.normal(size=(frames, channels))


def reference(samples: np.ndarray, rate: int) -> float:
    return float(pyloudnorm.Meter(rate, filter_class="DeMan").integrated_loudness(samples))


def test_the_filter_at_48_khz_has_the_coefficients_printed_in_the_standard():
    shelf, high_pass = k_weighting(48_000)
    assert shelf.b == pytest.approx((1.53512485958697, -2.69169618940638, 1.19839281085285))
    assert shelf.a == pytest.approx((-1.69065929318241, 0.73248077421585))
    assert high_pass.b == (1.0, -2.0, 1.0)
    assert high_pass.a == pytest.approx((-1.99004745483398, 0.99007225036621))


def test_a_full_scale_997_hz_sine_in_one_channel_reads_minus_3_01():
    mono = sine(5.0, 0.0, hertz=997.0)[:, 0]
    assert integrated_loudness(mono, 48_000) == pytest.approx(-3.01, abs=0.01)
    assert integrated_loudness(np.stack([mono, mono], 1), 48_000) == pytest.approx(0.0, abs=0.01)


# EBU Tech 3341, table 1, cases 1 to 5: (seconds, dBFS) one after the other, and what a meter shows.
EBU_CASES = [
    ([(20.0, -23.0)], -23.0),
    ([(20.0, -33.0)], -33.0),
    ([(10.0, -36.0), (60.0, -23.0), (10.0, -36.0)], -23.0),
    ([(10.0, -72.0), (10.0, -36.0), (60.0, -23.0), (10.0, -36.0), (10.0, -72.0)], -23.0),
    ([(20.0, -26.0), (20.1, -20.0), (20.0, -26.0)], -23.0),
]


@pytest.mark.parametrize(("parts", "expected"), EBU_CASES)
def test_the_ebu_gating_signals_read_within_a_tenth(parts, expected):
    signal = np.concatenate([sine(seconds, level) for seconds, level in parts])
    assert integrated_loudness(signal, 48_000) == pytest.approx(expected, abs=0.1)


def test_surround_channels_weigh_more_and_bass_effects_nothing():
    # EBU Tech 3341 case 6: L and R −28, C −24, surrounds −30 dBFS.
    place = np.arange(20 * 48_000) / 48_000
    wave = np.sin(2.0 * np.pi * 1_000.0 * place)
    levels = [-28.0, -28.0, -24.0, -30.0, -30.0]
    five = np.stack([10.0 ** (level / 20.0) * wave for level in levels], axis=1)
    assert integrated_loudness(five, 48_000) == pytest.approx(-23.0, abs=0.1)
    six = np.insert(five, 3, wave, axis=1)
    assert integrated_loudness(six, 48_000) == pytest.approx(-23.0, abs=0.1)


# EBU Tech 3342, cases 1 to 4: loudness range of 20 s steps.
@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        ((-20.0, -30.0), 10.0),
        ((-20.0, -15.0), 5.0),
        ((-40.0, -20.0), 20.0),
        ((-50.0, -35.0, -20.0, -35.0, -50.0), 15.0),
    ],
)
def test_the_ebu_loudness_range_signals_read_within_one(levels, expected):
    meter = LoudnessMeter(48_000, 2)
    for level in levels:
        meter.push(sine(20.0, level))
    assert meter.loudness_range() == pytest.approx(expected, abs=1.0)


def test_short_term_follows_a_step_within_its_three_seconds():
    signal = np.concatenate([sine(5.0, -33.0), sine(5.0, -23.0)])
    loudness = short_term_loudness(signal, 48_000)
    assert loudness[0] == pytest.approx(-33.0, abs=0.1)
    assert loudness[-1] == pytest.approx(-23.0, abs=0.1)
    assert (np.diff(loudness) > -0.01).all()
    assert loudness.size == 71


@pytest.mark.parametrize("rate", RATES)
def test_every_sample_rate_agrees_with_an_independent_meter(rate):
    samples = noise(12.0, rate)
    assert integrated_loudness(samples, rate) == pytest.approx(reference(samples, rate), abs=0.01)


def test_the_independent_meters_default_filter_agrees_within_a_tenth():
    samples = noise(12.0, 44_100)
    expected = float(pyloudnorm.Meter(44_100).integrated_loudness(samples))
    assert integrated_loudness(samples, 44_100) == pytest.approx(expected, abs=0.1)


def test_a_constant_offset_does_not_spoil_the_measure():
    samples = 0.01 * noise(6.0, 48_000)
    assert integrated_loudness(samples + 0.5, 48_000) == pytest.approx(
        reference(samples + 0.5, 48_000), abs=0.1
    )


@settings(max_examples=20, deadline=None)
@given(
    cuts=st.lists(st.integers(0, 44_100 * 3), max_size=12), rate=st.sampled_from([11_025, 44_100])
)
def test_blocks_of_any_length_measure_the_same_as_the_whole(cuts, rate):
    samples = noise(3.0, rate)
    meter = LoudnessMeter(rate, 2)
    places = sorted(min(cut, len(samples)) for cut in cuts)
    for start, stop in zip([0, *places], [*places, len(samples)], strict=True):
        meter.push(samples[start:stop])
        meter.integrated()  # measuring on the way changes nothing
    assert meter.duration == pytest.approx(3.0)
    assert meter.integrated() == pytest.approx(integrated_loudness(samples, rate), abs=1e-3)


def test_silence_and_nothing_read_minus_infinity():
    assert integrated_loudness(np.zeros((48_000, 2)), 48_000) == SILENCE
    assert integrated_loudness(np.zeros((0, 2)), 48_000) == SILENCE
    assert integrated_loudness(sine(2.0, -80.0), 48_000) == SILENCE
    assert true_peak(np.zeros(0), 48_000) == SILENCE
    assert true_peak(np.zeros((100, 2)), 48_000) == SILENCE


def test_a_signal_shorter_than_a_block_is_measured_as_a_whole():
    assert integrated_loudness(sine(0.2, -23.0), 48_000) == pytest.approx(-23.0, abs=0.3)


def test_impossible_input_is_refused():
    with pytest.raises(ValueError, match="4000 Hz"):
        integrated_loudness(np.zeros(100), 2_000)
    with pytest.raises(ValueError, match="channel weights"):
        LoudnessMeter(48_000, 2, (1.0,))
    with pytest.raises(ValueError, match="3 channels"):
        LoudnessMeter(48_000, 2).push(np.zeros((10, 3)))
    with pytest.raises(ValueError, match="at least one channel"):
        LoudnessMeter(48_000, 0)
    with pytest.raises(ValueError, match="samples must be"):
        true_peak(np.zeros((2, 2, 2)), 48_000)


@pytest.mark.parametrize("rate", [44_100, 48_000, 96_000])
def test_a_peak_between_the_samples_is_found(rate):
    """A quarter-rate sine sampled at 45° hides 3 dB of its peak (EBU Tech 3341, cases 15 to 19)."""
    place = np.arange(rate)
    fade = np.hanning(rate)
    wave = 0.5 * fade * np.sin(2.0 * np.pi * place / 4.0 + np.pi / 4.0)
    assert 20.0 * math.log10(np.abs(wave).max()) == pytest.approx(-9.03, abs=0.01)
    assert true_peak(wave, rate) == pytest.approx(-6.02, abs=0.1)


def test_true_peak_agrees_with_a_four_times_resampled_signal():
    random = np.random.default_rng(8)
    band_limited = soxr.resample(random.normal(size=(22_050, 2)) * 0.2, 22_050, 44_100, "VHQ")
    fine = soxr.resample(band_limited, 44_100, 4 * 44_100, "VHQ")
    expected = 20.0 * math.log10(np.abs(fine).max())
    assert true_peak(band_limited, 44_100) == pytest.approx(expected, abs=0.1)


def test_the_envelope_is_never_below_the_samples_and_does_not_depend_on_chunking():
    samples = noise(4.0, 44_100)
    envelope = peak_envelope(samples, 44_100)
    assert envelope.shape == (len(samples),)
    assert (envelope >= np.abs(samples.astype(np.float32)).max(axis=1)).all()
    piece = peak_envelope(samples[100_000:150_000], 44_100)
    assert np.allclose(piece[64:-64], envelope[100_064:149_936], atol=1e-6)


def test_three_minutes_are_measured_in_a_fraction_of_a_second():
    samples = noise(180.0, 44_100).astype(np.float32)
    start = time.process_time()
    integrated_loudness(samples, 44_100)
    # Measured at 0.05 s; processor time of all threads, with room for a busy machine.
    assert time.process_time() - start < 0.6
