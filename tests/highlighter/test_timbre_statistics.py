"""A sound in 373 numbers: names, summaries, and sounds that are hardly any."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from highlighter.analysis import (
    SOUND_STATISTICS,
    SOUND_STATISTICS_VERSION,
    Analysis,
    analyse,
    analyse_sound,
    gtzan_style,
    listen_to,
)
from highlighter.analysis.tempo import track_beats
from highlighter.analysis.timbre_statistics import SUMMARIES, sound_statistics, summarised
from highlighter.audio import Audio, decode
from highlighter.commands import analyse_files

GTZAN = [
    *("chroma_stft", "rms", "spectral_centroid", "spectral_bandwidth", "rolloff"),
    *("zero_crossing_rate", "harmony", "perceptr"),
    *(f"mfcc{number}" for number in range(1, 21)),
]


def statistics_of(samples: np.ndarray, rate: int = 22_050) -> dict[str, float]:
    audio = Audio(np.atleast_2d(samples.T).T.astype(np.float32), rate)
    found = analyse_sound(listen_to(audio, statistics=True)).statistics
    assert found is not None
    return dict(found)


def test_the_names_are_fixed_and_in_order() -> None:
    assert len(SOUND_STATISTICS) == len(set(SOUND_STATISTICS)) == 373
    assert SOUND_STATISTICS_VERSION == 1
    assert SOUND_STATISTICS[:8] == (
        *(f"mfcc_01_{summary}" for summary in SUMMARIES),
        "mfcc_02_mean",
    )
    expected = {
        "chroma_00_std",
        "chroma_11_max",
        "tonnetz_5_skew",
        "spectral_contrast_3_max",
        "zero_crossing_rate_median",
        "harmonic_power_mean",
        "percussive_power_kurtosis",
        "tempo_std",
        "tempo",
        "signal_mean",
    }
    assert expected <= set(SOUND_STATISTICS)


def test_summaries_are_those_of_scipy() -> None:
    table = np.random.default_rng(4).gamma(0.7, size=(501, 3)).astype(np.float32)
    values = table.astype(np.float64)
    expected = [
        values.mean(axis=0),
        values.std(axis=0),
        stats.skew(values, axis=0),
        stats.kurtosis(values, axis=0),
        np.median(values, axis=0),
        values.min(axis=0),
        values.max(axis=0),
    ]
    np.testing.assert_allclose(summarised(table), expected, rtol=1e-9)


@pytest.mark.parametrize("value", [0.0, 0.1, -1e9])
def test_what_does_not_change_has_no_shape(value: float) -> None:
    mean, *shape, median, low, high = summarised(np.full((50, 1), value, np.float32))[:, 0]
    assert shape == [0.0, 0.0, 0.0]
    assert mean == median == low == high == pytest.approx(value)


@pytest.mark.parametrize("rate", [8_000, 22_050, 44_100, 192_000])
@pytest.mark.parametrize("seconds", [0.0005, 0.2, 3.0])
@pytest.mark.parametrize("kind", ["silence", "click", "offset", "noise"])
def test_every_sound_has_finite_statistics(rate: int, seconds: float, kind: str) -> None:
    samples = np.zeros(max(1, round(rate * seconds)))
    if kind == "click":
        samples[samples.size // 2] = 1.0
    elif kind == "offset":
        samples += 0.25
    elif kind == "noise":
        samples += np.random.default_rng(0).standard_normal(samples.size)
    found = statistics_of(samples, rate)
    assert tuple(found) == SOUND_STATISTICS
    assert all(math.isfinite(value) for value in found.values())
    if kind == "silence":
        moving = {name for name, value in found.items() if value and "mfcc_01" not in name}
        assert not moving
        assert found["mfcc_01_mean"] == pytest.approx(-100.0 * math.sqrt(128.0))


def test_mono_and_stereo_of_the_same_sound_are_alike(tune: np.ndarray) -> None:
    one = statistics_of(tune.mean(axis=1), 44_100)
    both = statistics_of(tune, 44_100)
    for name in SOUND_STATISTICS:
        assert one[name] == pytest.approx(both[name], rel=1e-3, abs=1e-3), name


def test_the_rate_of_a_file_makes_little_difference(tune: np.ndarray) -> None:
    import soxr

    usual = statistics_of(tune[:, 0], 44_100)
    high = statistics_of(soxr.resample(tune[:, 0], 44_100, 192_000, "VHQ"), 192_000)
    for name in ("mfcc_02_mean", "chroma_09_mean", "rms_mean", "harmonic_power_median"):
        assert high[name] == pytest.approx(usual[name], rel=0.02), name


def test_statistics_are_heard_only_when_asked_for(tunes: dict[str, Path]) -> None:
    without = analyse(tunes["flac"])
    assert without.statistics is None
    assert "statistics" not in without.to_json()
    sound = listen_to(Audio(np.zeros((4_410, 1), np.float32), 22_050))
    with pytest.raises(ValueError, match="statistics=True"):
        sound_statistics(sound, track_beats(sound.onsets, 86.13, 0.0))


def test_an_analysis_with_statistics_survives_json(tunes: dict[str, Path]) -> None:
    analysis = analyse(tunes["mp3"], statistics=True)
    plain = json.loads(json.dumps(analysis.to_json(), allow_nan=False))
    assert plain["statistics_version"] == SOUND_STATISTICS_VERSION
    again = Analysis.from_json(plain)
    assert again == analysis
    assert hash(again) == hash(analysis)
    plain["statistics_version"] += 1
    assert Analysis.from_json(plain).statistics is None


def test_the_command_gives_them_as_an_object(tunes: dict[str, Path]) -> None:
    with_them, without = (
        next(analyse_files([tunes["wav"]], statistics=asked)) for asked in (True, False)
    )
    assert tuple(with_them["statistics"]) == SOUND_STATISTICS
    assert with_them["statistics_version"] == SOUND_STATISTICS_VERSION
    assert set(with_them) - set(without) == {"statistics", "statistics_version"}


def test_everything_else_is_the_same_with_and_without_statistics(tunes: dict[str, Path]) -> None:
    plain = analyse(tunes["ogg"], statistics=True).to_json()
    del plain["statistics"], plain["statistics_version"]
    assert plain == analyse(tunes["ogg"]).to_json()


def test_the_tempo_is_that_of_the_analysis_and_of_its_windows() -> None:
    rate = 22_050
    t = np.arange(40 * rate) / rate
    clicks = np.exp(-(t % 0.5) * 60.0) * np.random.default_rng(1).standard_normal(t.size)
    found = statistics_of(0.5 * clicks)
    assert found["tempo"] == pytest.approx(120.0, rel=0.005)
    assert found["tempo_median"] == pytest.approx(120.0, rel=0.02)
    assert found["tempo_std"] < 2.0


def test_the_gtzan_reading_is_what_librosa_would_put_into_such_a_table() -> None:
    import librosa

    rate = 22_050
    t = np.arange(4 * rate) / rate
    tone = 0.2 * np.sin(2 * np.pi * 330.0 * t) + 0.1 * np.sin(2 * np.pi * 495.0 * t)
    beat = np.exp(-(t % 0.4) * 30.0) * np.random.default_rng(5).standard_normal(t.size)
    signal = (tone + 0.2 * beat + 0.01).astype(np.float32)
    found = gtzan_style(statistics_of(signal))
    assert set(found) == {"tempo"} | {
        f"{name}_{kind}" for name in GTZAN for kind in ("mean", "var")
    }
    feature = librosa.feature
    harmonic, percussive = librosa.effects.hpss(signal)
    theirs = {
        "chroma_stft": feature.chroma_stft(y=signal, sr=rate),
        "rms": feature.rms(y=signal),
        "spectral_centroid": feature.spectral_centroid(y=signal, sr=rate),
        "spectral_bandwidth": feature.spectral_bandwidth(y=signal, sr=rate),
        "rolloff": feature.spectral_rolloff(y=signal, sr=rate),
        "zero_crossing_rate": feature.zero_crossing_rate(signal),
    }
    theirs |= {f"mfcc{k + 1}": row for k, row in enumerate(feature.mfcc(y=signal, sr=rate))}
    for name, values in theirs.items():
        assert found[f"{name}_mean"] == pytest.approx(values.mean(), rel=2e-3, abs=2e-3), name
        assert found[f"{name}_var"] == pytest.approx(values.var(), rel=5e-3, abs=1e-4), name
    assert found["harmony_var"] == pytest.approx(harmonic.var(), rel=0.1)
    assert found["perceptr_var"] == pytest.approx(percussive.var(), rel=0.2)
    assert found["harmony_mean"] == pytest.approx(harmonic.mean(), rel=0.05)
    assert abs(percussive.mean()) < 1e-3


def test_hearing_statistics_imports_nothing_heavy() -> None:
    script = (
        "import sys, numpy as np\n"
        "from highlighter.audio import Audio\n"
        "from highlighter.analysis import analyse_sound, listen_to\n"
        "noise = np.random.default_rng(0).standard_normal((44100 * 15, 2)).astype('f4') * .1\n"
        "found = analyse_sound(listen_to(Audio(noise, 44100), statistics=True)).statistics\n"
        "print(len(found))\n"
        "print(*sorted(sys.modules))"
    )
    count, loaded = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert int(count) == len(SOUND_STATISTICS)
    heavy = {"librosa", "numba", "pandas", "sklearn", "scipy.signal", "scipy.stats"}
    assert not heavy & set(loaded.split())


@pytest.mark.realdata
def test_ten_seconds_of_a_song_are_like_librosas(shared_data: Path) -> None:
    import librosa

    song = shared_data / "songs" / "Karissa_Hobbs_-_Lets_Go_Fishin.hq.ogg"
    sound = decode(song, mono=True, start=30.0, duration=10.0)
    found = statistics_of(sound.samples[:, 0], sound.sample_rate)
    signal = librosa.resample(
        sound.samples[:, 0], orig_sr=sound.sample_rate, target_sr=22_050, res_type="soxr_hq"
    )
    feature = librosa.feature
    theirs = {f"mfcc_{k + 1:02}": row for k, row in enumerate(feature.mfcc(y=signal))}
    theirs |= {f"chroma_{k:02}": row for k, row in enumerate(feature.chroma_stft(y=signal))}
    theirs["spectral_centroid"] = feature.spectral_centroid(y=signal)[0]
    theirs["spectral_rolloff"] = feature.spectral_rolloff(y=signal)[0]
    theirs["zero_crossing_rate"] = feature.zero_crossing_rate(signal)[0]
    theirs["rms"] = feature.rms(y=signal)[0]
    for name, values in theirs.items():
        table = values[:, None].astype(np.float64)
        for summary, expected in zip(SUMMARIES, summarised(table)[:, 0], strict=True):
            near = pytest.approx(expected, rel=0.02, abs=0.02 * max(float(values.std()), 0.05))
            assert found[f"{name}_{summary}"] == near, (name, summary)
