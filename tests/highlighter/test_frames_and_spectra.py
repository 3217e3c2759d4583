"""Filters, frames and features, against librosa as the reference."""

from __future__ import annotations

import librosa
import numpy as np
import pytest
from scipy import fft

from highlighter.analysis.frames import Framer, hann, mel_filters, power_spectra
from highlighter.analysis.hearing import RATE, listen_to
from highlighter.analysis.rhythm_input import BANDS, FLOOR, HOP, SIZE, OnsetMeter
from highlighter.analysis.timbre import TimbreMeter
from highlighter.audio import Audio


@pytest.fixture(scope="module")
def music() -> np.ndarray:
    """Return ten seconds of rising tones and noise bursts at 11,025 Hz."""
    t = np.arange(10 * RATE) / RATE
    noise = np.random.default_rng(5).standard_normal(t.size)
    tones = np.sin(2 * np.pi * (200 + 40 * t) * t) + 0.5 * np.sin(2 * np.pi * 1500 * t)
    return (0.2 * tones + 0.2 * noise * np.exp(-(t % 0.6) * 20)).astype(np.float32)


@pytest.mark.parametrize(("rate", "size", "bands"), [(11_025, 512, 40), (22_050, 2048, 128)])
def test_mel_filters_are_those_of_librosa(rate: int, size: int, bands: int) -> None:
    ours = mel_filters(rate, size, bands, 30.0, rate / 2)
    theirs = librosa.filters.mel(sr=rate, n_fft=size, n_mels=bands, fmin=30.0, fmax=rate / 2)
    assert np.allclose(ours.T, theirs, atol=1e-6)


@pytest.mark.parametrize(("size", "hop", "step"), [(512, 128, 777), (4096, 2048, 65_536)])
def test_frames_are_the_same_however_the_signal_is_cut(
    music: np.ndarray, size: int, hop: int, step: int
) -> None:
    framer = Framer(size, hop)
    frames = [
        part.copy()
        for first in range(0, music.size, step)
        for part in framer.push(music[first : first + step])
    ]
    frames += [part.copy() for part in framer.finish()]
    ours = np.concatenate(frames)
    padded = np.pad(music, size // 2)
    theirs = librosa.util.frame(padded, frame_length=size, hop_length=hop).T
    assert np.array_equal(ours[: theirs.shape[0]], theirs)
    assert ours.shape[0] == music.size // hop + 1


def test_power_spectra_and_window_are_those_of_librosa(music: np.ndarray) -> None:
    window = librosa.filters.get_window("hann", 512)
    assert np.allclose(hann(512), window / window.sum(), atol=1e-7)
    padded = librosa.util.frame(np.pad(music, 256), frame_length=512, hop_length=128).T
    theirs = np.abs(librosa.stft(music, n_fft=512, hop_length=128, pad_mode="constant")) ** 2
    ours = power_spectra(padded) * window.sum() ** 2
    assert np.allclose(ours.T, theirs, rtol=1e-3, atol=1e-4)


def test_onset_strength_is_librosas_spectral_flux(music: np.ndarray) -> None:
    meter = OnsetMeter(RATE)
    for first in range(0, music.size, 5000):
        meter.push(music[first : first + 5000])
    meter.finish()
    window = librosa.filters.get_window("hann", SIZE).sum()
    power = np.abs(librosa.stft(music, n_fft=SIZE, hop_length=HOP, pad_mode="constant")) ** 2
    mel = librosa.feature.melspectrogram(
        S=power / window**2, sr=RATE, n_fft=SIZE, n_mels=BANDS, fmin=30.0, fmax=RATE / 2
    )
    level = librosa.power_to_db(mel, amin=FLOOR, top_db=None)
    theirs = librosa.onset.onset_strength(S=level, sr=RATE, hop_length=HOP, center=False)
    ours = meter.onset_strength()
    assert ours.shape == theirs.shape
    assert np.allclose(ours[1:], theirs[1:], atol=0.02)


def test_pooled_bands_are_means_of_mel_power(music: np.ndarray) -> None:
    meter = OnsetMeter(RATE)
    meter.push(music)
    meter.finish()
    bands = meter.bands()
    assert bands.shape == (-(-(music.size // HOP + 1) // 16), BANDS)
    framed = librosa.util.frame(np.pad(music, SIZE // 2), frame_length=SIZE, hop_length=HOP).T
    power = np.abs(fft.rfft(framed * hann(SIZE), axis=1)) ** 2
    mel = np.maximum(power @ mel_filters(RATE, SIZE, BANDS, 30.0, RATE / 2), FLOOR)
    assert np.allclose(bands[10], mel[160:176].mean(axis=0), rtol=1e-4)


def test_colour_is_that_of_librosa() -> None:
    rate = 44_100
    rng = np.random.default_rng(2)
    t = np.arange(rate * 8) / rate
    signal = (0.2 * np.sin(2 * np.pi * 440 * t) + 0.05 * rng.standard_normal(t.size)).astype("f4")
    meter = TimbreMeter(rate)
    meter.push(signal)
    ours = meter.finish()
    spectrum = np.abs(librosa.stft(signal, n_fft=2048, hop_length=4096))
    feature = librosa.feature
    assert ours.centroid_hz == pytest.approx(
        feature.spectral_centroid(S=spectrum, sr=rate).mean(), rel=0.01
    )
    assert ours.bandwidth_hz == pytest.approx(
        feature.spectral_bandwidth(S=spectrum, sr=rate).mean(), rel=0.01
    )
    assert ours.rolloff_hz == pytest.approx(
        feature.spectral_rolloff(S=spectrum, sr=rate, roll_percent=0.85).mean(), rel=0.01
    )
    assert ours.flatness == pytest.approx(feature.spectral_flatness(S=spectrum).mean(), rel=0.05)
    assert ours.zero_crossing_rate == pytest.approx(
        feature.zero_crossing_rate(signal, frame_length=2048, hop_length=4096).mean(), rel=0.05
    )
    assert ours.rms_mean == pytest.approx(float(np.sqrt(np.mean(signal**2))), rel=0.02)
    assert ours.audible == 1.0


def test_silence_between_sounds_does_not_change_the_colour() -> None:
    rate = 44_100
    tone = (0.3 * np.sin(2 * np.pi * 2000 * np.arange(rate * 2) / rate)).astype(np.float32)

    def centroid(signal: np.ndarray) -> float:
        timbre = listen_to(Audio(signal[:, None], rate)).timbre
        assert timbre is not None
        return timbre.centroid_hz

    spaced = np.concatenate([tone, np.zeros(rate * 4, np.float32), tone])
    assert centroid(spaced) == pytest.approx(centroid(tone), rel=0.05)
