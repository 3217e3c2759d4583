from __future__ import annotations

import numpy as np
import pytest

from highlighter.analysis import Analysis, analyse_sound, listen_to
from highlighter.analysis.tempo import tempogram_mean, track_beats
from highlighter.audio import Audio

RATE = 44_100


def clicks(times: np.ndarray, seconds: float, hertz: float = 1000.0) -> np.ndarray:
    signal = np.zeros(round(RATE * seconds), dtype=np.float32)
    length = 2000
    shape = np.exp(-np.arange(length) / 200) * np.sin(2 * np.pi * hertz * np.arange(length) / RATE)
    for time in times:
        first = round(float(time) * RATE)
        part = signal[first : first + length]
        part += (0.7 * shape[: part.size]).astype(np.float32)
    return signal


def heard(signal: np.ndarray) -> Analysis:
    return analyse_sound(listen_to(Audio(signal.astype(np.float32)[:, None], RATE)))


@pytest.mark.parametrize("bpm", [60.0, 75.0, 97.3, 120.0, 128.0, 141.5, 174.0, 200.0])
def test_a_click_track_is_counted_within_one_percent_and_twenty_milliseconds(bpm: float) -> None:
    times = np.arange(0.37, 29.5, 60.0 / bpm)
    analysis = heard(clicks(times, 30.0))
    assert analysis.bpm == pytest.approx(bpm, rel=0.01)
    beats = np.asarray(analysis.beats)
    errors = np.abs(beats[:, None] - times[None, :])
    assert errors.min(axis=1).max() < 0.02  # no beat where no click is
    assert errors.min(axis=0).max() < 0.02  # no click without its beat
    assert analysis.bpm_confidence > 0.9


def test_drums_and_chords_give_their_tempo_with_confidence(tune: np.ndarray) -> None:
    analysis = analyse_sound(listen_to(Audio(np.tile(tune, (4, 1)), RATE)))
    assert analysis.bpm == pytest.approx(120.0, rel=0.01)
    assert analysis.bpm_confidence > 0.7


def test_a_slow_change_of_tempo_is_followed() -> None:
    intervals = 60.0 / np.linspace(110.0, 122.0, 60)
    times = 0.2 + np.concatenate([[0.0], np.cumsum(intervals)])
    beats = np.asarray(heard(clicks(times, times[-1] + 1.0)).beats)
    errors = np.abs(beats[:, None] - times[None, :]).min(axis=0)
    assert np.mean(errors < 0.03) > 0.95


def test_no_beats_are_invented_in_silence_before_and_behind_the_music() -> None:
    times = np.arange(10.0, 30.0, 0.5)
    beats = np.asarray(heard(clicks(times, 40.0)).beats)
    assert beats.min() > 9.4
    assert beats.max() < 30.1


@pytest.mark.parametrize("seed", range(4))
def test_noise_has_no_tempo_to_rely_on(seed: int) -> None:
    noise = 0.1 * np.random.default_rng(seed).standard_normal(RATE * 30)
    assert heard(noise).bpm_confidence < 0.35


@pytest.mark.parametrize(
    "signal",
    [
        np.zeros(RATE * 10),
        np.full(RATE * 10, 0.5),
        0.3 * np.sin(2 * np.pi * 440 * np.arange(RATE * 10) / RATE),
        np.full(1, 0.1),
        0.1 * np.random.default_rng(0).standard_normal(RATE // 4),
        clicks(np.array([1.0]), 10.0),
    ],
    ids=["silence", "offset", "tone", "one sample", "a quarter second", "one click"],
)
def test_what_has_no_beat_gets_none(signal: np.ndarray) -> None:
    analysis = heard(signal)
    assert analysis.bpm is None
    assert analysis.beats == ()
    assert analysis.bpm_confidence == 0.0


def test_irregular_clicks_are_believed_less_than_regular_ones() -> None:
    rng = np.random.default_rng(4)
    regular = np.arange(0.2, 29.0, 0.5)
    jittered = regular + rng.uniform(-0.12, 0.12, regular.size)
    assert heard(clicks(jittered, 30.0)).bpm_confidence < 0.6
    assert heard(clicks(regular, 30.0)).bpm_confidence > 0.9


def test_the_autocorrelation_is_that_of_the_definition() -> None:
    rate = 86.13
    strength = np.abs(np.random.default_rng(0).standard_normal(800))
    strength[::52] += 10.0
    ours = tempogram_mean(strength, rate)
    window = 0.5 - 0.5 * np.cos(2.0 * np.pi * (np.arange(800) + 0.5) / 800)
    row = (strength - strength.mean()) * window
    for lag in (1, 17, 52, 104, 300):
        defined = np.dot(row[lag:], row[: 800 - lag]) / np.dot(row, row)
        usual = np.dot(window[lag:], window[: 800 - lag]) / np.dot(window, window)
        assert ours[lag] == pytest.approx(defined / max(usual, 0.05))
    assert ours[0] == pytest.approx(1.0)
    assert int(ours[30:80].argmax()) + 30 == 52


def test_tracking_does_not_depend_on_the_scale_of_the_onsets() -> None:
    strength = np.abs(np.random.default_rng(1).standard_normal(2000)).astype(np.float32)
    strength[::43] += 8.0
    once, louder = track_beats(strength, 86.13), track_beats(strength * 3.0, 86.13)
    assert once.beats == louder.beats
    assert once.bpm == pytest.approx(60 * 86.13 / 43, rel=0.005)
