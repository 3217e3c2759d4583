from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyloudnorm
import pytest
import soundfile

from highlighter.analysis import (
    FEATURE_NAMES,
    Analysis,
    analyse,
    analyse_sound,
    listen,
    listen_for_highlight,
    listen_to,
)
from highlighter.audio import Audio, decode
from highlighter.highlight import find_highlight
from highlighter.study import study

RATE = 44_100


def heard(samples: np.ndarray, rate: int = RATE) -> Analysis:
    samples = samples if samples.ndim == 2 else samples[:, None]
    return analyse_sound(listen_to(Audio(samples.astype(np.float32), rate)))


@pytest.mark.parametrize("ending", ["mp3", "flac", "wav", "ogg", "m4a", "opus"])
def test_each_format_of_one_tune_gives_the_same_analysis(
    tunes: dict[str, Path], ending: str
) -> None:
    whole, analysis = analyse(tunes["wav"]), analyse(tunes[ending])
    assert analysis.duration == pytest.approx(6.0, abs=0.06)
    assert analysis.bpm == pytest.approx(whole.bpm, rel=0.01)
    assert analysis.key == whole.key
    assert analysis.loudness_lufs == pytest.approx(whole.loudness_lufs, abs=1.0)
    assert analysis.completeness == 1.0
    assert analysis.warnings == ()


def test_blocks_give_what_the_whole_gives(tunes: dict[str, Path]) -> None:
    from_file = analyse(tunes["wav"])
    from_memory = analyse_sound(listen_to(decode(tunes["wav"])))
    plain, other = from_file.to_json(), from_memory.to_json()
    plain.pop("codec"), other.pop("codec")
    assert plain == other


def test_loudness_is_that_of_the_reference(tune: np.ndarray) -> None:
    reference = pyloudnorm.Meter(RATE).integrated_loudness(tune.astype(np.float64))
    assert heard(tune).loudness_lufs == pytest.approx(reference, abs=0.1)
    assert heard(tune * 0.5).loudness_lufs == pytest.approx(reference - 6.02, abs=0.1)


@pytest.mark.parametrize(("rate", "channels"), [(8_000, 1), (48_000, 8), (192_000, 2), (2_000, 1)])
def test_unusual_rates_and_channels_are_analysed(tmp_path: Path, rate: int, channels: int) -> None:
    t = np.arange(rate * 12) / rate
    beat = np.exp(-(t % 0.5) * 30) * np.random.default_rng(0).standard_normal(t.size)
    sound = 0.2 * beat + 0.1 * np.sin(2 * np.pi * 220 * t)
    soundfile.write(tmp_path / "a.wav", np.repeat(sound[:, None], channels, axis=1), rate)
    analysis, highlight = study(tmp_path / "a.wav")
    assert analysis.duration == pytest.approx(12.0, abs=0.01)
    assert analysis.bpm == pytest.approx(120.0, rel=0.01)
    assert highlight.strategy == "whole"
    assert (analysis.loudness_lufs is None) == (rate < 4_000)


@pytest.mark.parametrize("length", [1, 2, 100, 5000])
def test_a_handful_of_samples_is_analysed(length: int) -> None:
    analysis = heard(np.full(length, 0.3))
    assert analysis.duration == pytest.approx(length / RATE, abs=1e-6)
    assert analysis.bpm is None
    json.dumps(analysis.to_json(), allow_nan=False)


@pytest.mark.parametrize(
    "signal",
    [
        np.zeros(RATE * 12),
        np.full(RATE * 12, -0.9),
        np.sign(np.sin(2 * np.pi * 100 * np.arange(RATE * 12) / RATE)),
        np.random.default_rng(0).uniform(-1, 1, RATE * 12),
        1e-6 * np.random.default_rng(0).standard_normal(RATE * 12),
    ],
    ids=["silence", "offset", "clipped", "noise", "inaudible"],
)
def test_pathological_sound_has_an_answer_of_finite_numbers(signal: np.ndarray) -> None:
    audio = Audio(signal.astype(np.float32)[:, None], RATE)
    analysis = heard(signal)
    plain = json.loads(json.dumps(analysis.to_json(), allow_nan=False))
    assert Analysis.from_json(plain) == analysis
    for name in ("bpm_confidence", "key_confidence", "tonality", "pulse_clarity", "completeness"):
        assert 0.0 <= plain[name] <= 1.0, name
    assert find_highlight(audio, seconds=8.0).duration == pytest.approx(8.0)


def test_silence_says_so() -> None:
    analysis = heard(np.zeros(RATE * 5))
    assert (analysis.loudness_lufs, analysis.key, analysis.bpm) == (None, None, None)
    assert any("silent" in line for line in analysis.warnings)
    features = analysis.catalogue_features()
    assert features["duration"] == 5.0
    assert {name for name, value in features.items() if value is not None} == {"duration"}


def test_the_thirteen_features_are_there_and_only_those_that_are_known(tune: np.ndarray) -> None:
    features = heard(np.tile(tune, (4, 1))).catalogue_features()
    assert tuple(features) == FEATURE_NAMES
    assert len(features) == 13
    unknown = {"speechiness", "instrumentalness", "liveness", "valence", "time_signature"}
    assert {name for name, value in features.items() if value is None} == unknown
    assert features["tempo"] == pytest.approx(120.0, rel=0.01)
    for name in ("energy", "danceability", "acousticness"):
        assert 0.0 <= (features[name] or 0.0) <= 1.0


def test_louder_denser_brighter_sound_has_more_energy_and_is_less_acoustic() -> None:
    t = np.arange(RATE * 12) / RATE
    rng = np.random.default_rng(0)
    quiet = 0.03 * np.sin(2 * np.pi * 220 * t) * np.exp(-(t % 2.0))
    dense = 0.3 * np.exp(-(t % 0.25) * 12) * rng.standard_normal(t.size) + 0.1 * np.sign(
        np.sin(2 * np.pi * 110 * t)
    )
    soft, hard = heard(quiet).catalogue_features(), heard(dense).catalogue_features()
    assert (hard["energy"] or 0.0) > (soft["energy"] or 0.0) + 0.3
    assert (soft["acousticness"] or 0.0) > (hard["acousticness"] or 0.0) + 0.15


def test_study_is_analysis_and_highlight_of_one_hearing(tunes: dict[str, Path]) -> None:
    analysis, highlight = study(tunes["mp3"])
    assert analysis == analyse(tunes["mp3"])
    assert highlight == find_highlight(tunes["mp3"])


def test_listening_for_a_highlight_hears_the_same_rhythm_pitch_and_bands(
    tunes: dict[str, Path],
) -> None:
    whole, light = listen(tunes["wav"]), listen_for_highlight(tunes["wav"])
    np.testing.assert_array_equal(light.onsets, whole.onsets)
    np.testing.assert_array_equal(light.chroma, whole.chroma)
    np.testing.assert_array_equal(light.bands, whole.bands)
    assert (light.duration, light.tuning) == (whole.duration, whole.tuning)
    from_memory = listen_for_highlight(decode(tunes["wav"]))
    np.testing.assert_array_equal(from_memory.bands, whole.bands)


def test_what_listening_for_a_highlight_leaves_out_is_told_as_unknown(
    tunes: dict[str, Path],
) -> None:
    whole, light = analyse(tunes["wav"]), analyse_sound(listen_for_highlight(tunes["wav"]))
    assert (light.bpm, light.beats) == (whole.bpm, whole.beats)
    assert light.bpm is not None
    assert (light.key, light.key_confidence) == (None, 0.0)
    assert light.warnings == ()
    assert light.loudness_lufs is None
    plain = json.loads(json.dumps(light.to_json(), allow_nan=False))
    assert plain["crest_db"] is None
    assert plain["tonality"] is None
    assert plain["spectral_centroid_hz"] is None
    assert Analysis.from_json(plain).to_json() == light.to_json()
    assert light.catalogue_features()["energy"] is None
