"""What frames are like, against librosa 0.11 with its defaults as the reference."""

from __future__ import annotations

import warnings

import librosa
import numpy as np
import pytest

from highlighter.analysis import chroma_bins, sound_frames
from highlighter.analysis.sound_frames import RATE, FrameMeter, SoundFrames

SECONDS = 4.0
BIN = RATE / 2048


def sweep_and_clicks(t: np.ndarray) -> np.ndarray:
    sweep = 0.3 * np.sin(2 * np.pi * (100.0 + 350.0 * t) * t)
    return (
        sweep + 0.5 * (t % 0.37 < 1.5 / RATE) + 3e-3 * np.random.default_rng(1).normal(size=t.size)
    )


def chords_off_pitch(t: np.ndarray) -> np.ndarray:
    """Return three chords, 23 cents high, over a beat of noise."""
    sound = np.zeros(t.size)
    for number, chord in enumerate([(0, 3, 7), (-4, 0, 3), (-2, 2, 5)]):
        for semitone in chord:
            hertz = 440.0 * 2.0 ** ((semitone + 0.23) / 12.0)
            held = (t // 1.4).astype(int) == number
            sound += held * sum(np.sin(2 * np.pi * hertz * k * t) / k for k in (1, 2, 3))
    beat = np.exp(-(t % 0.5) * 30.0) * np.random.default_rng(7).standard_normal(t.size)
    floor = 3e-3 * np.random.default_rng(8).standard_normal(t.size)
    return 0.05 * sound + 0.2 * beat + floor + 1e-4


def noise_that_fades(t: np.ndarray) -> np.ndarray:
    return 0.3 * np.random.default_rng(2).standard_normal(t.size) * 10.0 ** (-t)


def measured(signal: np.ndarray, step: int = 1 << 17) -> SoundFrames:
    meter = FrameMeter(RATE)
    for first in range(0, signal.size, step):
        meter.push(signal[first : first + step])
    return meter.finish()


@pytest.fixture(
    scope="module",
    params=[sweep_and_clicks, chords_off_pitch, noise_that_fades],
    ids=lambda make: make.__name__,
)
def heard(request: pytest.FixtureRequest) -> tuple[np.ndarray, SoundFrames]:
    t = np.arange(round(SECONDS * RATE)) / RATE
    signal = request.param(t).astype(np.float32)
    return signal, measured(signal)


Heard = tuple[np.ndarray, SoundFrames]


def test_mel_cepstra_are_those_of_librosa(heard: Heard) -> None:
    signal, frames = heard
    theirs = librosa.feature.mfcc(y=signal, sr=RATE).T
    np.testing.assert_allclose(frames.mfcc, theirs, atol=0.01)


def test_chroma_tuning_and_tonnetz_are_those_of_librosa(heard: Heard) -> None:
    signal, frames = heard
    power = np.abs(librosa.stft(signal)) ** 2
    tuning = librosa.estimate_tuning(S=power, sr=RATE, bins_per_octave=12)
    assert frames.tuning == pytest.approx(tuning, abs=0.0101)
    chroma = librosa.feature.chroma_stft(S=power, sr=RATE, tuning=frames.tuning)
    np.testing.assert_allclose(frames.chroma, chroma.T, atol=0.01)
    np.testing.assert_allclose(frames.tonnetz, librosa.feature.tonnetz(chroma=chroma).T, atol=0.005)


@pytest.mark.parametrize("tuning", [-0.5, -0.31, 0.0, 0.07, 0.5])
def test_chroma_filters_are_those_of_librosa_at_every_tuning(tuning: float) -> None:
    theirs = librosa.filters.chroma(sr=RATE, n_fft=2048, tuning=tuning).T
    exact = chroma_bins.chroma_filters(RATE, 2048, tuning)
    np.testing.assert_allclose(exact, theirs, atol=1e-6)
    between = chroma_bins.chroma(chroma_bins.fold(np.eye(1025, dtype=np.float32), RATE), tuning)
    normal = theirs / theirs.max(axis=1, keepdims=True)
    np.testing.assert_allclose(between, normal, atol=0.012)


def test_centroid_bandwidth_and_rolloff_are_those_of_librosa(heard: Heard) -> None:
    signal, frames = heard
    feature = librosa.feature
    centroid = feature.spectral_centroid(y=signal, sr=RATE)[0]
    bandwidth = feature.spectral_bandwidth(y=signal, sr=RATE)[0]
    rolloff = feature.spectral_rolloff(y=signal, sr=RATE)[0]
    np.testing.assert_allclose(frames.shape[:, 0], centroid, atol=0.1)
    np.testing.assert_allclose(frames.shape[:, 1], bandwidth, atol=0.1)
    # Where the sum meets its share exactly at a bin, rounding decides.
    apart = np.abs(frames.shape[:, 2] - rolloff)
    assert apart.max() < 1.01 * BIN
    assert np.mean(apart > 0.1) < 0.02


def test_contrast_is_that_of_librosa(heard: Heard) -> None:
    """Where valleys are not rounding errors of single precision, as in sounds without noise."""
    signal, frames = heard
    theirs = librosa.feature.spectral_contrast(y=signal, sr=RATE).T
    np.testing.assert_allclose(frames.contrast, theirs, atol=0.05)


def test_level_and_zero_crossings_are_those_of_librosa(heard: Heard) -> None:
    signal, frames = heard
    crossings = librosa.feature.zero_crossing_rate(signal)[0]
    np.testing.assert_allclose(frames.zero_crossing_rate, crossings, atol=1e-7)
    np.testing.assert_allclose(frames.rms, librosa.feature.rms(y=signal)[0], atol=1e-6)


def test_harmonic_and_percussive_power_are_those_of_librosa(heard: Heard) -> None:
    signal, frames = heard
    parts = librosa.decompose.hpss(np.abs(librosa.stft(signal)))
    theirs = np.stack([(part**2).sum(axis=0)[::2] for part in parts], axis=1) * 2.0 / (2048 * 768)
    np.testing.assert_allclose(frames.power, theirs, rtol=0.01, atol=1e-6)


def test_a_tone_is_harmonic_and_a_click_is_percussive_in_units_of_the_mean_square() -> None:
    t = np.arange(4 * RATE) / RATE
    tone = measured((0.5 * np.sin(2 * np.pi * 440.0 * t)).astype(np.float32))
    assert np.median(tone.power[:, 0]) == pytest.approx(0.125, rel=0.01)
    assert np.median(tone.power[:, 1]) < 1e-4
    clicks = measured(((t % 0.5) < 0.5 / RATE).astype(np.float32))
    assert clicks.power[:, 1].sum() > 100.0 * clicks.power[:, 0].sum()


@pytest.mark.parametrize("step", [100, 5_000])
def test_frames_do_not_depend_on_how_the_signal_comes(step: int) -> None:
    t = np.arange(2 * RATE) / RATE
    signal = chords_off_pitch(t).astype(np.float32)
    whole, parts = measured(signal), measured(signal, step)
    for name in ("mfcc", "chroma", "shape", "contrast", "rms", "zero_crossing_rate", "power"):
        np.testing.assert_allclose(getattr(parts, name), getattr(whole, name), rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("size", [0, 1, 511, 512, 513, 1024, 4410])
def test_short_sounds_have_frames_like_librosas(size: int) -> None:
    signal = np.random.default_rng(size).standard_normal(size).astype(np.float32)
    frames = measured(signal)
    assert frames.rms.shape == frames.zero_crossing_rate.shape == (size // 512 + 1,)
    assert frames.mfcc.shape == (size // 512 + 1, 20)
    if size:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # librosa warns of frames longer than the signal
            theirs = librosa.feature.mfcc(y=signal, sr=RATE).T
        np.testing.assert_allclose(frames.mfcc, theirs, atol=0.01)
        np.testing.assert_allclose(frames.rms, librosa.feature.rms(y=signal)[0], atol=1e-6)


@pytest.mark.parametrize("step", [300, 700, 9_000])
def test_of_a_long_sound_every_nth_frame_is_kept(
    monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    t = np.arange(4 * RATE) / RATE
    signal = chords_off_pitch(t).astype(np.float32)
    whole = measured(signal, 9_000)
    monkeypatch.setattr(sound_frames, "MOST_FRAMES", 64)
    thinned = measured(signal, step)
    assert thinned.stride == 4
    assert len(thinned.rms) <= 64
    for name in ("shape", "rms", "zero_crossing_rate"):
        ours, every = getattr(thinned, name), getattr(whole, name)[:: thinned.stride]
        np.testing.assert_allclose(ours, every, rtol=1e-4, atol=1e-3)
    np.testing.assert_allclose(thinned.power, whole.power[::2], rtol=1e-3)
