"""Files that are damaged, lie, or are no files: a typed failure each, or a stated result."""

from __future__ import annotations

import errno
import os
import random
import resource
import struct
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile

from highlighter.analysis import Analysis
from highlighter.audio import UPLOAD_LIMITS, AudioStream, Limits, decode, probe
from highlighter.errors import (
    AudioEmptyError,
    AudioError,
    AudioForbiddenError,
    AudioMissingError,
    AudioNotAFileError,
    AudioTooLargeError,
    AudioTooLongError,
    AudioUnreadableError,
    AudioUnsupportedError,
)
from highlighter.highlight import Highlight
from highlighter.sandbox import Pool, run_isolated
from highlighter.study import study
from hooklist_errors import HooklistError


def refuse(path: Path, kind: type[AudioError], **more: Limits) -> AudioError:
    """Return the failure that both the header's reader and the decoder name the file with."""
    failures = []
    for read in (probe, decode):
        with pytest.raises(kind) as caught:
            read(path, **more)  # type: ignore[operator]
        failures.append(caught.value)
        assert str(path) in str(caught.value) or repr(str(path)) in str(caught.value)
    assert failures[0].code == failures[1].code
    return failures[0]


def test_a_missing_file_is_told_by_name(tmp_path: Path) -> None:
    assert refuse(tmp_path / "gone.mp3", AudioMissingError).code == "audio.missing"
    refuse(tmp_path / "nul\0byte.mp3", AudioMissingError)


def test_folders_pipes_devices_and_circles_of_links_are_no_files(tmp_path: Path) -> None:
    refuse(tmp_path, AudioNotAFileError)
    refuse(Path("/dev/null"), AudioNotAFileError)
    os.mkfifo(tmp_path / "pipe.mp3")
    refuse(tmp_path / "pipe.mp3", AudioNotAFileError)
    (tmp_path / "a.mp3").symlink_to(tmp_path / "b.mp3")
    (tmp_path / "b.mp3").symlink_to(tmp_path / "a.mp3")
    refuse(tmp_path / "a.mp3", AudioNotAFileError)
    refuse(tmp_path / ("x" * 300 + ".mp3"), AudioNotAFileError)


def test_a_file_that_may_not_be_read_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "private.wav"
    soundfile.write(path, np.zeros(100), 8000)
    path.chmod(0)
    if os.access(path, os.R_OK):  # root may read everything: let the system refuse all the same

        def refused(self: Path, *_: object) -> object:
            raise PermissionError(errno.EACCES, "Permission denied", str(self))

        monkeypatch.setattr(Path, "open", refused)
    refuse(path, AudioForbiddenError)


def test_an_empty_file_is_told_from_one_without_samples(tmp_path: Path) -> None:
    (tmp_path / "zero.mp3").touch()
    assert "0 bytes" in str(refuse(tmp_path / "zero.mp3", AudioEmptyError))
    soundfile.write(tmp_path / "header.wav", np.zeros(0), 44_100)
    with pytest.raises(AudioEmptyError, match="not a single sample"):
        decode(tmp_path / "header.wav")


@pytest.mark.parametrize(
    "content",
    [
        b"#EXTM3U\nfile:///etc/passwd\n",
        b"ffconcat version 1.0\nfile /etc/passwd\n",
        b"<html>not found</html>" * 50,
        b"%PDF-1.7\n\0\x01\x02",
        b"\x89PNG\r\n\x1a\n" + bytes(100),
        bytes(10_000),
        b"\xff",
        b"RIFF",
        b"OggS" + bytes(200),
    ],
)
def test_what_is_no_audio_is_refused_whatever_it_is_called(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "song.mp3"
    path.write_bytes(content)
    refuse(path, AudioUnsupportedError)


@pytest.mark.parametrize(
    "head", [b"RIFF\x24\0\0\0WAVE", b"fLaC", b"ID3\x03\0\0\0\0\0\0", b"\0\0\0 ftypM4A "]
)
def test_a_header_with_nothing_behind_it_is_unreadable(tmp_path: Path, head: bytes) -> None:
    path = tmp_path / "song"
    path.write_bytes(head + random.Random(1).randbytes(3000))
    refuse(path, AudioUnreadableError)


def test_a_video_without_sound_is_told(tmp_path: Path) -> None:
    import av

    with av.open(str(tmp_path / "v.mp4"), "w") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width = stream.height = 32
        frame = av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), format="rgb24")
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)
    refuse(tmp_path / "v.mp4", AudioUnsupportedError)


@pytest.mark.parametrize(
    ("limits", "kind"),
    [
        (Limits(max_bytes=1000), AudioTooLargeError),
        (Limits(max_seconds=5.0), AudioTooLongError),
        (Limits(max_channels=1), AudioUnsupportedError),
        (Limits(max_sample_rate=32_000), AudioUnsupportedError),
    ],
)
def test_each_limit_is_held_before_decoding(
    tunes: dict[str, Path], limits: Limits, kind: type[AudioError]
) -> None:
    for ending in ("mp3", "flac", "wav", "ogg", "m4a"):
        refuse(tunes[ending], kind, limits=limits)


def test_the_limits_for_uploads_are_a_quarter_of_an_hour(tmp_path: Path) -> None:
    with soundfile.SoundFile(tmp_path / "long.flac", "w", 8000, 1) as file:
        for _ in range(16):
            file.write(np.zeros(8000 * 60))
    assert probe(tmp_path / "long.flac").duration == pytest.approx(960)
    refuse(tmp_path / "long.flac", AudioTooLongError, limits=UPLOAD_LIMITS)


@pytest.fixture(scope="module")
def flac_bomb(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return twenty minutes of silence in few bytes, with a header that claims ten hours."""
    folder = tmp_path_factory.mktemp("bomb")
    minute = folder / "minute.flac"
    with soundfile.SoundFile(minute, "w", 44_100, 2, subtype="PCM_16") as file:
        for _ in range(200):
            file.write(np.zeros((44_100 * 6, 2), dtype=np.int16))
    path = folder / "bomb.flac"
    data = bytearray(minute.read_bytes())
    _set_flac_length(data, 10 * 3600 * 44_100)
    path.write_bytes(data)
    return path


def _set_flac_length(data: bytearray, frames: int) -> None:
    """Write the 36 bits of STREAMINFO that tell the number of frames (RFC 9639, 8.2)."""
    place = 4 + 4 + 13
    data[place] = data[place] & 0xF0 | frames >> 32 & 0x0F
    data[place + 1 : place + 5] = struct.pack(">I", frames & 0xFFFFFFFF)


def test_a_ten_hour_flac_bomb_is_refused_by_its_header_at_once(flac_bomb: Path) -> None:
    script = (
        "import sys, time\n"
        "from highlighter.audio import probe, decode\n"
        "from highlighter.errors import AudioTooLongError\n"
        "import soundfile\n"
        "for read in (probe, decode):\n"
        "    begun = time.process_time()\n"
        "    try: read(sys.argv[1])\n"
        "    except AudioTooLongError as error: print(error.code, time.process_time() - begun)\n"
        "status = open('/proc/self/status').read()\n"
        "print(int(status.split('VmHWM:')[1].split()[0]) // 1024)\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", script, str(flac_bomb)], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    for line in told[:2]:
        code, seconds = line.split()
        assert code == "audio.too_long"
        assert float(seconds) < 0.2
    assert int(told[2]) < 150


@pytest.mark.parametrize("claimed", [0, 44_100])
def test_a_bomb_that_claims_to_be_short_is_stopped_while_it_is_decoded(
    flac_bomb: Path, tmp_path: Path, claimed: int
) -> None:
    data = bytearray(flac_bomb.read_bytes())
    _set_flac_length(data, claimed)
    path = tmp_path / "short.flac"
    path.write_bytes(data)
    begun = time.monotonic()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    heard = 0
    try:
        with AudioStream(path, limits=Limits(max_seconds=60.0)) as stream:
            for block in stream.blocks():
                heard += block.shape[0]
    except AudioTooLongError:
        pass
    else:
        # A decoder that stops where the header says it ends is as safe.
        assert heard == claimed > 0
    assert heard <= 60 * 44_100
    assert time.monotonic() - begun < 5
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000


def test_wav_samples_that_are_no_numbers_or_absurd_are_unreadable(tmp_path: Path) -> None:
    noise = np.random.default_rng(3).standard_normal((44_100, 1)).astype(np.float32) * 0.1
    few, many, loud = noise.copy(), noise.copy(), noise * np.float32(1e6)
    few[100] = np.nan
    many[::10] = np.inf
    for name, samples in (("few", few), ("many", many), ("loud", loud)):
        soundfile.write(tmp_path / f"{name}.wav", samples, 44_100, subtype="FLOAT")
    assert np.isfinite(decode(tmp_path / "few.wav").samples).all()
    with pytest.raises(AudioUnreadableError, match="not numbers"):
        decode(tmp_path / "many.wav")
    with pytest.raises(AudioUnreadableError, match="beyond full scale"):
        decode(tmp_path / "loud.wav")


def test_a_truncated_file_is_heard_as_far_as_it_goes_with_less_confidence(
    tmp_path: Path, tunes: dict[str, Path]
) -> None:
    data = tunes["flac"].read_bytes()
    path = tmp_path / "half.flac"
    path.write_bytes(data[: len(data) * 6 // 10])
    analysis, highlight = study(path)
    assert 1.0 < analysis.duration < 5.0
    assert analysis.completeness < 0.9
    assert any("missing" in line for line in analysis.warnings)
    assert highlight.end == pytest.approx(analysis.duration, abs=0.01)
    path.write_bytes(data[: len(data) // 30])
    with pytest.raises(AudioError):
        study(path)


def mutated(data: bytes, chance: random.Random) -> bytes:
    """Return `data` with one kind of damage: flipped, cut, lost, added or zeroed bytes."""
    damaged, kind = bytearray(data), chance.randrange(6)
    place = chance.randrange(len(damaged))
    if kind == 0:
        for _ in range(chance.randrange(1, 50)):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
    elif kind == 1:
        for _ in range(chance.randrange(1, 8)):
            damaged[chance.randrange(min(200, len(damaged)))] = chance.randrange(256)
    elif kind == 2:
        del damaged[max(1, place) :]
    elif kind == 3:
        del damaged[place : place + chance.randrange(1, 4000)]
    elif kind == 4:
        damaged[place:place] = chance.randbytes(chance.randrange(1, 4000))
    else:
        damaged[place : place + 5000] = bytes(min(5000, len(damaged) - place))
    return bytes(damaged)


def test_two_hundred_mutated_files_are_each_an_answer_or_a_typed_failure(
    tunes: dict[str, Path], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    whole = {ending: path.read_bytes() for ending, path in tunes.items()}
    endings = list(whole)
    pool = Pool(1)
    answers, codes = 0, {}
    try:
        for seed in range(200):
            chance = random.Random(seed)
            ending = endings[seed % len(endings)]
            path = tmp_path / f"{seed}.{ending}"
            path.write_bytes(mutated(whole[ending], chance))
            try:
                analysis, highlight = run_isolated(study, str(path), timeout=20, pool=pool)
            except HooklistError as error:
                codes[seed] = error.code
            else:
                answers += 1
                assert isinstance(analysis, Analysis)
                assert isinstance(highlight, Highlight)
                assert 0.0 <= highlight.start < highlight.end <= analysis.duration + 0.001
    finally:
        pool.close()
    # Damage that is always, or never, noticed would mean that the files were not damaged as meant.
    assert answers > 50
    assert len(codes) > 20
    expected = {"audio.unreadable", "audio.unsupported", "audio.empty", "audio.too_long"}
    expected |= {"audio.crashed", "audio.out_of_memory"}
    assert set(codes.values()) <= expected, codes
    assert capfd.readouterr().err == ""
