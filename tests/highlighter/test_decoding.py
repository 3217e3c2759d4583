from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from highlighter.audio import Limits, decode, probe
from highlighter.errors import AudioBadRequestError, AudioError, AudioTooLargeError

CODECS = {
    "mp3": "mp3",
    "flac": "flac",
    "wav": "wav",
    "ogg": "vorbis",
    "aiff": "aiff",
    "m4a": "aac",
    "opus": "opus",
    "aac": "aac",
}
LOSSLESS = ("flac", "wav", "aiff")


@pytest.mark.parametrize("ending", CODECS)
def test_every_format_is_probed_and_decoded_to_the_same_tune(
    tunes: dict[str, Path], tune: np.ndarray, ending: str
) -> None:
    info = probe(tunes[ending])
    assert info.codec == CODECS[ending]
    assert info.channels == 2
    audio = decode(tunes[ending], sample_rate=44_100)
    assert audio.samples.dtype == np.float32
    assert audio.duration == pytest.approx(6.0, abs=0.1)
    if ending != "aac":  # a bare AAC stream has no length in its header
        assert info.duration == pytest.approx(6.0, abs=0.05)
    lag = 1024 if ending == "aac" else 0
    length = 200_000
    heard = audio.samples[lag : lag + length, 0]
    likeness = np.corrcoef(heard, tune[:length, 0])[0, 1]
    assert likeness > (0.9999 if ending in LOSSLESS else 0.9)


@pytest.mark.parametrize("ending", CODECS)
def test_a_part_is_the_same_samples_as_in_the_whole(tunes: dict[str, Path], ending: str) -> None:
    whole = decode(tunes[ending])
    part = decode(tunes[ending], start=2.25, duration=1.5)
    first = round(2.25 * whole.sample_rate)
    same = whole.samples[first : first + part.samples.shape[0]]
    assert part.duration == pytest.approx(1.5)
    difference = float(np.sqrt(np.mean((part.samples - same) ** 2)))
    # AAC fills bands with noise, and anew each time; a shift by one sample differs by 0.045.
    assert difference < {"m4a": 0.0045, "aac": 0.0045, "opus": 0.0005}.get(ending, 1e-6)


def test_a_part_beyond_the_end_is_cut_there_and_one_behind_it_refused(
    tunes: dict[str, Path],
) -> None:
    assert decode(tunes["wav"], start=5.0, duration=10.0).duration == pytest.approx(1.0)
    with pytest.raises(AudioBadRequestError, match="after the end"):
        decode(tunes["wav"], start=6.5)


@pytest.mark.parametrize(
    "wrong", [{"start": -1.0}, {"start": float("nan")}, {"duration": 0.0}, {"sample_rate": 7}]
)
def test_impossible_parts_and_rates_are_refused(
    tunes: dict[str, Path], wrong: dict[str, float]
) -> None:
    with pytest.raises(AudioBadRequestError):
        decode(tunes["wav"], **wrong)  # type: ignore[arg-type]


def test_mono_is_the_mean_of_the_channels(tunes: dict[str, Path]) -> None:
    stereo, mono = decode(tunes["wav"]), decode(tunes["wav"], mono=True)
    assert mono.samples.shape[1] == 1
    assert np.allclose(mono.samples[:, 0], stereo.samples.mean(axis=1), atol=1e-6)


@pytest.mark.parametrize("rate", [8_000, 22_050, 96_000])
def test_resampling_keeps_pitch_and_length(tmp_path: Path, rate: int) -> None:
    t = np.arange(44_100 * 2) / 44_100
    soundfile.write(tmp_path / "a.wav", 0.5 * np.sin(2 * np.pi * 1000 * t), 44_100)
    audio = decode(tmp_path / "a.wav", sample_rate=rate)
    assert audio.samples.shape[0] == pytest.approx(2 * rate, abs=2)
    spectrum = np.abs(np.fft.rfft(audio.samples[: 2 * rate, 0]))
    assert spectrum.argmax() / 2 == pytest.approx(1000, abs=1)
    assert np.abs(audio.samples).max() == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize(("rate", "channels"), [(8_000, 1), (192_000, 2), (48_000, 8)])
def test_unusual_rates_and_channels_are_read(tmp_path: Path, rate: int, channels: int) -> None:
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, (rate // 4, channels))
    soundfile.write(tmp_path / "a.wav", noise, rate)
    audio = decode(tmp_path / "a.wav")
    assert (audio.sample_rate, audio.channels) == (rate, channels)
    mono = decode(tmp_path / "a.wav", mono=True)
    assert np.allclose(mono.samples[:, 0], noise.mean(axis=1), atol=1e-3)


def test_what_is_held_at_once_is_bounded(tunes: dict[str, Path]) -> None:
    with pytest.raises(AudioTooLargeError, match="held at once"):
        decode(tunes["wav"], limits=Limits(max_decoded_bytes=1_000_000))


@pytest.mark.parametrize("name", ["plain.raw", "song.mp3", "ünï 曲.txt", "no-ending", "x.m3u8"])
def test_a_name_says_nothing_about_the_content(
    tunes: dict[str, Path], tmp_path: Path, name: str
) -> None:
    for ending in ("wav", "mp3", "m4a"):
        path = tmp_path / name
        path.write_bytes(tunes[ending].read_bytes())
        assert probe(path).codec == CODECS[ending]
        assert decode(path).duration == pytest.approx(6.0, abs=0.1)


def test_a_name_that_is_no_unicode_is_read(tunes: dict[str, Path], tmp_path: Path) -> None:
    path = tmp_path / b"caf\xe9.wav".decode(errors="surrogateescape")
    try:
        path.write_bytes(tunes["wav"].read_bytes())
    except OSError:
        pytest.skip("this file system takes Unicode names only")
    assert decode(path).duration == pytest.approx(6.0)


def test_mp3_behind_junk_and_behind_a_large_picture_is_found(
    tunes: dict[str, Path], tmp_path: Path
) -> None:
    frames = tunes["mp3"].read_bytes()
    size = 200_000
    tag = b"ID3\x04\0\0" + bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0)) + bytes(size)
    (tmp_path / "picture.mp3").write_bytes(tag + frames)
    assert decode(tmp_path / "picture.mp3").duration == pytest.approx(6.0, abs=0.1)
    start = frames.index(b"\xff\xfb")
    (tmp_path / "junk.mp3").write_bytes(bytes(500) + frames[start:])
    try:
        assert decode(tmp_path / "junk.mp3").duration == pytest.approx(6.0, abs=0.2)
    except AudioError as error:
        pytest.fail(str(error))


def test_samples_that_are_no_floats_come_out_the_same(
    tmp_path: Path, tune: np.ndarray, encode: Callable[[Path, np.ndarray, str], Path]
) -> None:
    path = encode(tmp_path / "lossless.m4a", tune, "alac")
    audio = decode(path)
    assert probe(path).codec == "alac"
    assert audio.samples.shape[0] == pytest.approx(tune.shape[0], abs=4096)
    np.testing.assert_allclose(audio.samples[: tune.shape[0]], tune, atol=2 / 32_768)


@pytest.mark.parametrize("codec", ["alac", "aac"])
def test_one_channel_stays_one_channel(
    tmp_path: Path,
    tune: np.ndarray,
    codec: str,
    encode: Callable[[Path, np.ndarray, str], Path],
) -> None:
    audio = decode(encode(tmp_path / "mono.m4a", tune[:, :1], codec))
    assert audio.channels == 1
    assert audio.samples.flags.c_contiguous
    assert np.corrcoef(audio.samples[:200_000, 0], tune[:200_000, 0])[0, 1] > 0.9
