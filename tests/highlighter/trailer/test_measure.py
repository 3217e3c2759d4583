"""Measuring a stream gives what measuring the whole gives."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from highlighter.loudness import SILENCE, integrated_loudness, true_peak
from highlighter.trailer.master import Mastering, corrected, settle
from highlighter.trailer.measure import StreamMeter

RATE = 44_100


def sound(frames: int, seed: int = 0) -> np.ndarray:
    random = np.random.default_rng(seed)
    return (0.1 * random.normal(size=(frames, 2))).astype(np.float32)


@given(cuts=st.lists(st.integers(0, 30_000), max_size=12))
@settings(max_examples=25, deadline=None)
def test_blocks_of_any_length_measure_as_the_whole_does(cuts):
    samples = sound(30_000)
    meter = StreamMeter(RATE, 30_000, points=50)
    for low, high in pairwise([0, *sorted(cuts), 30_000]):
        meter.push(samples[low:high])
    assert meter.lufs == pytest.approx(integrated_loudness(samples, RATE), abs=1e-3)
    assert meter.true_peak_dbtp == pytest.approx(true_peak(samples, RATE), abs=1e-3)
    expected = [float(np.abs(samples[at : at + 600]).max()) for at in range(0, 30_000, 600)]
    assert meter.waveform == pytest.approx(expected, abs=1e-4)


def test_a_block_border_is_not_heard_as_a_peak():
    """A tone just below half the sample rate rings at a cut; the stream must not be cut there."""
    place = np.arange(20_000)
    tone = (np.hanning(20_000) * np.sin(2 * np.pi * 0.45 * place))[:, None] * np.ones(2)
    meter = StreamMeter(RATE, 20_000)
    for at in range(0, 20_000, 1_000):
        meter.push(tone[at : at + 1_000].astype(np.float32))
    assert meter.true_peak_dbtp == pytest.approx(true_peak(tone, RATE), abs=1e-3)


def test_more_or_less_sound_than_expected_is_no_fault():
    short, long = StreamMeter(RATE, 10_000, points=10), StreamMeter(RATE, 10_000, points=10)
    short.push(sound(4_000))
    long.push(sound(15_000))
    assert short.waveform[5:] == (0.0,) * 5
    assert len(long.waveform) == 10
    assert min(long.waveform) > 0.0


def test_silence_and_nothing():
    meter = StreamMeter(RATE, 1_000)
    meter.push(np.zeros((0, 2), dtype=np.float32))
    assert meter.true_peak_dbtp == SILENCE
    meter.push(np.zeros((1_000, 2), dtype=np.float32))
    assert meter.lufs == SILENCE
    assert max(meter.waveform) == 0.0


def test_settling_meets_the_target_through_the_limiter():
    peaky = sound(5 * RATE, 3)
    peaky[::5_000] *= 9.0
    settled = settle(lambda: [peaky * 0.4, peaky * 0.4], RATE, Mastering(gain=2.0))
    assert settled.gain <= 3.0
    assert settled.peak == settled.ceiling
    louder = settle(lambda: [peaky * 4.0], RATE, Mastering())
    assert louder.gain < -5.0


def test_settling_leaves_silence_alone():
    silence = np.zeros((RATE, 2), dtype=np.float32)
    assert settle(lambda: [silence], RATE, Mastering()).gain == 0.0


@pytest.mark.parametrize(
    ("lufs", "peak", "target", "ceiling"),
    [
        (-14.1, -1.2, -14.0, -1.5),  # as promised: nothing changes
        (-15.0, -1.2, -13.0, -1.5),  # the encoder took the top off
        (-14.0, -0.6, -14.0, -2.0),  # and added 0.9 dB to the peaks
        (-float("inf"), -float("inf"), -14.0, -1.5),
    ],
)
def test_corrections_go_by_what_was_measured(lufs, peak, target, ceiling):
    better = corrected(Mastering(peak=-1.5), lufs, peak, again=False)
    assert (better.target, better.ceiling) == (target, ceiling)


def test_peaks_that_do_not_follow_the_ceiling_make_everything_quieter():
    better = corrected(Mastering(ceiling=-1.7, peak=-1.7), -14.1, -0.9, again=True)
    assert better.target == pytest.approx(-14.2)
    assert better.ceiling == pytest.approx(-1.9)
