"""The rendered sound: sane, whole, true to its truth, and kept on disk without accidents."""

from __future__ import annotations

import hashlib
import itertools
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from standin import music
from standin.music.__main__ import main
from standin.music.arrangements import ARRANGEMENTS
from standin.music.cache import EDITION
from standin.music.errors import CacheUnusable, TrackUnknown
from standin.music.form import PITCH_CLASSES
from standin.music.loudness import integrated_loudness, true_peak
from standin.music.synthesis.instruments import VOICES
from standin.music.synthesis.kits import KITS

Sound = Callable[[str], tuple[music.TrackSpec, NDArray[np.float32]]]
GENRES = (
    "pop", "metal", "hip-hop", "techno", "ambient", "jazz", "classical", "folk", "reggae",
)  # fmt: skip


@pytest.mark.parametrize("genre", GENRES)
def test_a_render_is_sane_whole_and_as_loud_as_its_genre(genre: str, sound: Sound) -> None:
    spec, samples = sound(genre)
    assert samples.dtype == np.float32
    assert samples.shape == (round(spec.duration * 44100), 2)
    assert np.isfinite(samples).all()
    mix = np.ascontiguousarray(samples.T)
    assert np.abs(mix.mean(axis=1)).max() < 1e-3
    assert 20 * np.log10(true_peak(mix)) < -0.5
    target = ARRANGEMENTS[genre].loudness
    assert target - 4.0 < integrated_loudness(mix) < target + 1.0
    middle = mix[:, : mix.shape[1] // 4410 * 4410].reshape(2, -1, 4410)
    power = (middle**2).mean(axis=(0, 2))
    assert (power[5:-60] > 1e-9).all(), "silence in the middle"
    assert np.abs(mix[:, -200:]).max() < 0.01
    side = (mix[0] - mix[1]).std() / (mix[0] + mix[1]).std()
    assert 0.03 < side < 1.0


@pytest.mark.parametrize("genre", [g for g in GENRES if g not in ("ambient",)])
def test_sound_starts_at_the_true_beats(genre: str, sound: Sound) -> None:
    spec, samples = sound(genre)
    rise = _flux(samples.mean(axis=1))
    # A bowed note takes a moment to speak: what counts is the greatest rise just after the beat.
    flux = np.lib.stride_tricks.sliding_window_view(np.pad(rise, (0, 5)), 6).max(axis=1)
    beats = np.asarray(music.truth(spec.id).beats)
    gap = np.median(np.diff(beats))
    on = _at(flux, beats)
    shifted = [_at(flux, beats + part * gap) for part in (0.12, 0.35, 0.62, 0.85)]
    assert on > 1.1 * max(shifted)


@pytest.mark.parametrize("genre", GENRES)
def test_the_pitches_that_sound_belong_to_the_true_key(genre: str, sound: Sound) -> None:
    spec, samples = sound(genre)
    name, mode = music.truth(spec.id).key.split()
    chroma = _chroma(samples.mean(axis=1))
    scale = [0, 2, 3, 5, 7, 8, 10] if mode == "minor" else [0, 2, 4, 5, 7, 9, 11]
    shares = [chroma[[(tonic + step) % 12 for step in scale]].sum() for tonic in range(12)]
    true = shares[PITCH_CLASSES.index(name)]
    assert true > np.mean(shares) + 0.08
    assert sorted(shares, reverse=True).index(true) <= 2


@pytest.mark.parametrize("genre", ["pop", "metal", "hip-hop", "folk", "reggae"])
def test_a_chorus_is_louder_and_fuller_than_a_verse(genre: str, sound: Sound) -> None:
    spec, samples = sound(genre)
    levels: dict[str, list[float]] = {"verse": [], "chorus": []}
    for section in music.truth(spec.id).sections:
        if section.label in levels:
            heard = samples[round(section.start * 44100) : round(section.end * 44100)]
            levels[section.label].append(integrated_loudness(np.ascontiguousarray(heard.T)))
    assert np.mean(levels["chorus"]) > np.mean(levels["verse"]) + 0.5


def test_genres_sound_different(sound: Sound) -> None:
    """Spectral and rhythmic distance between genres exceeds that within a track."""
    halves = []
    for genre in GENRES:
        _, samples = sound(genre)
        mono = samples.mean(axis=1)
        third = mono.size // 3
        halves.append(
            [
                _fingerprint(mono[third // 2 : third * 3 // 2]),
                _fingerprint(mono[third * 3 // 2 : third * 5 // 2]),
            ]
        )
    table = np.array(halves)
    table = (table - table.mean(axis=(0, 1))) / table.std(axis=(0, 1))
    right = sum(
        int(np.argmin(((table[:, 1] - first) ** 2).sum(axis=1))) == index
        for index, first in enumerate(table[:, 0])
    )
    assert right >= len(GENRES) - 2


def test_the_same_id_gives_the_same_bytes_in_another_process(sound: Sound) -> None:
    spec, samples = sound("folk")
    code = (
        "import hashlib, sys; from standin import music;"
        f"print(hashlib.sha256(music.render({spec.id!r}).samples.tobytes()).hexdigest())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True, text=True, check=True,
        env={"PYTHONHASHSEED": "77", "PYTHONPATH": ":".join(sys.path)},
    )  # fmt: skip
    assert done.stdout.strip() == hashlib.sha256(samples.tobytes()).hexdigest()


def test_cached_audio_is_one_whole_flac_file_however_many_ask(tmp_path: Path, sound: Sound) -> None:
    spec, samples = sound("folk")
    found: list[Path] = []
    threads = [
        threading.Thread(target=lambda: found.append(music.cached_audio(spec.id, tmp_path / "a")))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert len(found) == 2
    assert set(found) == {tmp_path / "a" / f"{spec.id}.{EDITION}.flac"}
    assert list((tmp_path / "a").iterdir()) == [found[0]]
    written, rate = soundfile.read(found[0], dtype="float32")
    assert rate == 44100
    assert np.abs(written - samples).max() < 1.0 / 32000
    stamp = found[0].stat().st_mtime_ns
    assert music.cached_audio(spec.id, tmp_path / "a").stat().st_mtime_ns == stamp


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    spec = music.library()[0]
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    with pytest.raises(CacheUnusable, match="file"):
        music.cached_audio(spec.id, blocked)
    with pytest.raises(TrackUnknown):
        music.cached_audio("no-such-id", tmp_path)
    assert list(tmp_path.iterdir()) == [blocked]


def test_the_command_tells_an_unknown_id_on_stderr(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["render", "nobody", "--out", str(tmp_path / "x.wav")]) == 1
    assert "nobody" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", sorted(VOICES))
def test_an_instrument_starts_and_ends_without_a_click_and_in_tune(name: str) -> None:
    hz = 220.0
    wave = VOICES[name](hz, 22050, 0.6, 3)
    assert wave.dtype == np.float32
    assert np.isfinite(wave).all()
    loudest = np.abs(wave).max()
    assert 0 < loudest < 50
    assert np.abs(wave[..., 0]).max() <= 0.03 * loudest
    assert np.abs(wave[..., -1]).max() <= 0.01 * loudest
    assert abs(float(wave.mean())) < 0.03 * loudest
    mono = wave if wave.ndim == 1 else wave.mean(axis=0)
    body = mono[1000 : min(22050, mono.size)]
    spectrum = np.abs(np.fft.rfft(body * np.hanning(body.size), 1 << 18))
    frequency = np.fft.rfftfreq(1 << 18, 1 / 44100)
    strongest = frequency[np.argmax(spectrum * (frequency > 60))]
    # The strongest partial is a harmonic, a fifth (power chords), or a bell's own mode.
    cents = min(
        abs(1200 * np.log2(strongest / (hz * ratio)))
        for ratio in (0.5, 1, 1.498, 1.5, 2, 2.5, 2.996, 3, 4, 4.5, 5, 6, 7, 8)
    )
    assert cents < 35


@pytest.mark.parametrize("kit", sorted(KITS))
def test_a_kit_s_strokes_have_a_peak_of_one_and_die_away(kit: str) -> None:
    for name, piece in KITS[kit].items():
        wave = piece.stroke(0.8, 0)
        assert wave.dtype == np.float32, name
        assert np.abs(wave).max() <= 1.0001, name
        assert abs(wave[-1]) < 0.01, name
        assert abs(wave[0]) < 0.05, name


def test_loudness_and_true_peak_agree_with_references() -> None:
    """A full-scale sine of 997 Hz in both channels is 0 LUFS (BS.1770-4), and pyloudnorm agrees."""
    pyloudnorm = pytest.importorskip("pyloudnorm")
    time = np.arange(44100 * 8) / 44100
    tone = (0.1 * np.sin(2 * np.pi * 997 * time)).astype(np.float32)
    grain = np.random.default_rng(3).standard_normal(tone.size).astype(np.float32) * 0.05
    for mix in (np.stack([tone, tone]), np.stack([grain, grain * 0.5 + tone])):
        expected = pyloudnorm.Meter(44100).integrated_loudness(mix.T)
        assert integrated_loudness(mix) == pytest.approx(expected, abs=0.25)
    # A sine at a quarter of the rate, sampled off its peaks, peaks 3 dB above its samples.
    hidden = np.sin(np.pi / 2 * np.arange(44100) + np.pi / 4).astype(np.float32)
    hidden *= np.hanning(44100).astype(np.float32) ** 0.25
    assert 20 * np.log10(true_peak(np.stack([hidden, hidden]))) == pytest.approx(0.0, abs=0.1)


def _flux(mono: NDArray[np.float32]) -> NDArray[np.float64]:
    frames = np.lib.stride_tricks.sliding_window_view(mono, 1024)[::256]
    rise = np.zeros(len(frames))
    last: NDArray[np.float32] | None = None
    for first in range(0, len(frames), 1024):
        size = np.log1p(
            20
            * np.abs(
                np.fft.rfft(frames[first : first + 1024] * np.hanning(1024).astype(np.float32))
            )
        )
        before = np.vstack([size[:1] if last is None else last[None], size[:-1]])
        rise[first : first + 1024] = np.maximum(size - before, 0).mean(axis=1)
        last = size[-1]
    return np.convolve(rise, np.ones(5) / 5, mode="same")


def _at(flux: NDArray[np.float64], times: NDArray[np.float64]) -> float:
    index = np.round((times * 44100 - 512) / 256).astype(int)
    return float(flux[np.clip(index, 0, flux.size - 1)].mean())


def _chroma(mono: NDArray[np.float32]) -> NDArray[np.float64]:
    frames = mono[: mono.size // 8192 * 8192].reshape(-1, 8192)[::2]
    power = np.abs(np.fft.rfft(frames * np.hanning(8192).astype(np.float32))).mean(axis=0)
    frequency = np.fft.rfftfreq(8192, 1 / 44100)
    chroma = np.zeros(12)
    use = (frequency > 180) & (frequency < 2000)
    pitch = np.round(69 + 12 * np.log2(frequency[use] / 440)).astype(int) % 12
    # Only what stands out of its neighbourhood is a pitch.
    floor = np.convolve(power, np.ones(41) / 41, mode="same")[use]
    np.add.at(chroma, pitch, np.maximum(power[use] - floor, 0.0))
    return chroma / chroma.sum()


def _fingerprint(mono: NDArray[np.float32]) -> NDArray[np.float64]:
    frames = mono[: mono.size // 4096 * 4096].reshape(-1, 4096)
    power = np.abs(np.fft.rfft(frames * np.hanning(4096).astype(np.float32))) ** 2
    frequency = np.fft.rfftfreq(4096, 1 / 44100)
    edges = np.geomspace(40, 16000, 11)
    bands = [
        10 * np.log10(power[:, (frequency >= a) & (frequency < b)].sum() + 1e-9)
        for a, b in itertools.pairwise(edges)
    ]
    flux = _flux(mono)
    return np.array(
        [
            *(np.array(bands) - np.mean(bands)),
            20 * flux.mean(),
            20 * flux.std(),
            10 * np.log10(mono.var()),
        ]
    )
