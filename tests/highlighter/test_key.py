from __future__ import annotations

import librosa
import numpy as np
import pytest

from highlighter.analysis import analyse_sound, listen_to
from highlighter.analysis.hearing import RATE as LOW_RATE
from highlighter.analysis.key import NAMES, estimate_key
from highlighter.analysis.pitch import HOP, SIZE, PitchMeter
from highlighter.audio import Audio

RATE = 22_050


def chord(root: float, minor: bool, seconds: float = 1.0) -> np.ndarray:
    t = np.arange(round(RATE * seconds)) / RATE
    sound = np.zeros(t.size)
    for semitones in (0.0, 3.0 if minor else 4.0, 7.0):
        hertz = 261.6256 * 2.0 ** ((root + semitones) / 12.0)
        sound += sum(np.sin(2 * np.pi * hertz * n * t) / n**1.2 for n in range(1, 6))
    return 0.05 * sound * np.minimum(1.0, 20.0 * np.minimum(t, seconds - t))


def cadence(tonic: float, minor: bool) -> np.ndarray:
    """Return I–IV–V–I three times, the dominant major in minor too."""
    steps = [(0.0, minor), (5.0, minor), (7.0, False), (0.0, minor)] * 3
    return np.concatenate([chord(tonic + step, kind) for step, kind in steps])


@pytest.mark.parametrize("minor", [False, True], ids=["major", "minor"])
@pytest.mark.parametrize("tonic", range(12), ids=NAMES)
def test_a_cadence_names_its_key(tonic: int, minor: bool) -> None:
    analysis = analyse_sound(listen_to(Audio(cadence(tonic, minor).astype("f4")[:, None], RATE)))
    assert analysis.key == f"{NAMES[tonic]} {'minor' if minor else 'major'}"
    assert (analysis.pitch_class, analysis.mode) == (tonic, 0 if minor else 1)
    assert analysis.key_confidence > 0.5


@pytest.mark.parametrize("cents", [-40.0, -25.0, 15.0, 40.0])
def test_music_off_concert_pitch_keeps_its_key_and_tells_its_tuning(cents: float) -> None:
    sound = cadence(9.0 + cents / 100.0, True).astype("f4")
    analysis = analyse_sound(listen_to(Audio(sound[:, None], RATE)))
    assert analysis.key == "A minor"
    assert analysis.tuning_cents == pytest.approx(cents, abs=4.0)


def test_chroma_has_the_shape_of_librosas() -> None:
    sound = librosa.resample(cadence(2.0, False), orig_sr=RATE, target_sr=LOW_RATE)
    meter = PitchMeter(LOW_RATE)
    meter.push(sound.astype(np.float32))
    meter.finish()
    ours = meter.chroma()
    theirs = librosa.feature.chroma_stft(
        y=sound, sr=LOW_RATE, n_fft=SIZE, hop_length=HOP, tuning=0.0
    ).T
    rows = min(ours.shape[0], theirs.shape[0])
    likeness = np.corrcoef(ours[:rows].mean(axis=0), theirs[:rows].mean(axis=0))[0, 1]
    assert likeness > 0.9
    loudest = np.argsort(ours[:rows], axis=1)[:, -3:]
    for row in range(3, rows - 3, 5):
        assert theirs[row, loudest[row]].mean() > theirs[row].mean()


def test_noise_has_a_key_of_no_confidence_and_silence_none() -> None:
    noise = 0.1 * np.random.default_rng(0).standard_normal((RATE * 10, 1)).astype("f4")
    assert analyse_sound(listen_to(Audio(noise, RATE))).key_confidence < 0.1
    silence = analyse_sound(listen_to(Audio(np.zeros((RATE * 5, 1), np.float32), RATE)))
    assert silence.key is None
    assert silence.key_confidence == 0.0


def test_an_even_profile_and_no_rows_have_no_key() -> None:
    assert estimate_key(np.ones((10, 12), np.float32)) is None
    assert estimate_key(np.zeros((0, 12), np.float32)) is None


def test_a_single_held_note_is_believed_less_than_a_cadence() -> None:
    t = np.arange(RATE * 10) / RATE
    note = (0.3 * np.sin(2 * np.pi * 440 * t)).astype("f4")
    alone = analyse_sound(listen_to(Audio(note[:, None], RATE))).key_confidence
    full = analyse_sound(
        listen_to(Audio(cadence(9, True).astype("f4")[:, None], RATE))
    ).key_confidence
    assert alone < 0.5 < full
