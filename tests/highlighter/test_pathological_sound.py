"""Sound that is odd, damaged or extreme: what each gets is stated here, and memory stays bounded.

Every case goes through ``hooklist highlight --json`` and through the library; three hours, which
take as long as all others together, through the library alone.
"""

from __future__ import annotations

import io
import json
import math
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from highlighter.errors import AudioBadRequestError
from highlighter.highlight import find_highlight

# All are heard once, by one worker: three hours among them.
pytestmark = [pytest.mark.slow]

RATE = 22_050
SONG_SECONDS = 64.0
LOUD = (20.0, 52.0)
"""Where the small song is played with force, on chords that it has nowhere else."""

THREE_HOURS = 3 * 3600
LONGEST = "three hours"

MOST_MB = 250.0

Maker = Callable[[Path], Path]


@dataclass(frozen=True)
class Case:
    """A file, and what is to come of it.

    `code` for those that are refused; else `strategies`, the latest `end`, the earliest and latest
    `start` (in each round of `every` seconds), and the most `confidence`.
    """

    name: str
    make: Maker
    code: str = ""
    strategies: frozenset[str] = frozenset()
    start: tuple[float, float] = (0.0, math.inf)
    every: float = math.inf
    end: float = SONG_SECONDS
    confidence: float = 1.0


@lru_cache(maxsize=4)
def song(rate: int = RATE) -> np.ndarray:
    """Return (n,) float32: 64 s, quiet, then with force on other chords, then quiet again."""
    t = (np.arange(round(SONG_SECONDS * rate)) / rate).astype(np.float32)
    loud = (t >= LOUD[0]) & (t < LOUD[1])
    tune = np.zeros_like(t)
    for chord, when in (((220.0, 261.6, 329.6), ~loud), ((174.6, 220.0, 261.6, 349.2), loud)):
        for hertz in chord:
            tune[when] += np.sin(np.float32(2 * np.pi * hertz) * t[when])
    hiss = np.random.default_rng(5).standard_normal(t.size, dtype=np.float32)
    tune += np.float32(2.0) * np.exp((t % np.float32(0.5)) * np.float32(-30.0)) * hiss
    tune *= np.where(loud, np.float32(0.09), np.float32(0.02))
    tune.flags.writeable = False
    return tune


def wav(samples: np.ndarray | Callable[[], np.ndarray], rate: int = RATE, kind: str = "") -> Maker:
    def make(folder: Path) -> Path:
        heard = samples() if callable(samples) else samples
        soundfile.write(folder / "sound.wav", heard, rate, subtype=kind or "PCM_16")
        return folder / "sound.wav"

    return make


def changed(change: Callable[[np.ndarray], np.ndarray], rate: int = RATE, kind: str = "") -> Maker:
    return wav(lambda: change(song(rate)), rate, kind)


@lru_cache(maxsize=3)
def encoded(ending: str) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, song(), RATE, format=ending)
    return file.getvalue()


def kept_as(ending: str, name: str) -> Maker:
    def make(folder: Path) -> Path:
        (folder / name).write_bytes(encoded(ending))
        return folder / name

    return make


def cut_in_half(ending: str) -> Maker:
    def make(folder: Path) -> Path:
        path = folder / f"song.{ending}"
        path.write_bytes(encoded(ending)[: len(encoded(ending)) // 2])
        return path

    return make


def bytes_of(name: str, content: bytes) -> Maker:
    def make(folder: Path) -> Path:
        (folder / name).write_bytes(content)
        return folder / name

    return make


def hours(seconds: float) -> Maker:
    """Return what writes a WAV of 8 kHz, mono: the small song again and again."""

    def make(folder: Path) -> Path:
        rate = 8_000
        once = (song(rate) * 32_767).astype("<i2")
        with soundfile.SoundFile(folder / "hours.wav", "w", rate, 1, subtype="PCM_16") as file:
            left = round(seconds * rate)
            while left > 0:
                file.write(once[:left])
                left -= once.size
        return folder / "hours.wav"

    return make


def header_of(seconds: float) -> Maker:
    """Return what writes a sparse WAV of silence, 8 kHz and mono."""

    def make(folder: Path) -> Path:
        path, size = folder / "silence.wav", round(seconds * 8_000) * 2
        soundfile.write(path, np.zeros(0), 8_000, subtype="PCM_16")
        head = bytearray(path.read_bytes()[:44])
        head[4:8], head[40:44] = (36 + size).to_bytes(4, "little"), size.to_bytes(4, "little")
        with path.open("wb") as file:
            file.write(head)
            file.truncate(44 + size)
        return path

    return make


def noise(seconds: float = 60.0) -> np.ndarray:
    generator = np.random.default_rng(11)
    return (0.1 * generator.standard_normal(round(seconds * RATE))).astype(np.float32)


def clicks(seconds: float = 60.0) -> np.ndarray:
    track = np.zeros(round(seconds * RATE), dtype=np.float32)
    track[:: RATE // 2] = 0.9
    return track


def with_values(*values: float, every: int) -> Callable[[np.ndarray], np.ndarray]:
    def change(samples: np.ndarray) -> np.ndarray:
        samples = samples.copy()
        for number, value in enumerate(values):
            samples[number * 101 :: every] = value
        return samples

    return change


def opposite(samples: np.ndarray) -> np.ndarray:
    return np.stack([samples, -samples], axis=1)


def one_silent(samples: np.ndarray) -> np.ndarray:
    return np.stack([samples, np.zeros_like(samples)], axis=1)


def first(seconds: float) -> Callable[[np.ndarray], np.ndarray]:
    return lambda samples: samples[: round(seconds * RATE)]


SILENT = frozenset({"fixed"})
WHOLE = frozenset({"whole"})
HEARD = frozenset({"network", "repetition", "energy", "drop", "theme", "climax", "densest"})
ANY = HEARD | SILENT
IN_THE_LOUD = (LOUD[0] - 5.0, LOUD[0] + 5.0)


def like_the_song(name: str, make: Maker, **more: Any) -> Case:
    return Case(name, make, strategies=HEARD, start=IN_THE_LOUD, **more)


CASES = (
    # How long it is.
    Case("no bytes", bytes_of("zero.mp3", b""), "audio.empty"),
    Case("no samples", wav(np.zeros(0)), "audio.empty"),
    Case("one sample", wav(np.full(1, 0.5)), strategies=WHOLE, end=0.001),
    Case("one second", changed(first(1.0)), strategies=WHOLE, end=1.0),
    Case("just below the length", changed(first(29.99)), strategies=WHOLE, end=29.99),
    Case("exactly the length", changed(first(30.0)), strategies=WHOLE, end=30.0),
    Case("just above it", changed(first(30.05)), strategies=ANY, start=(0.0, 0.05), end=30.05),
    Case(
        LONGEST,
        hours(THREE_HOURS),
        strategies=HEARD,
        start=IN_THE_LOUD,
        every=SONG_SECONDS,
        end=THREE_HOURS,
    ),
    Case("more than three hours", header_of(THREE_HOURS + 1), "audio.too_long"),
    # What sounds.
    Case("silence", wav(np.zeros(60 * RATE)), strategies=SILENT, end=60.0, confidence=0.0),
    Case("constant", wav(np.full(60 * RATE, 0.5)), strategies=SILENT, confidence=0.0),
    Case("opposite channels", changed(opposite), strategies=SILENT, confidence=0.0),
    Case("white noise", wav(noise), strategies=ANY, end=60.0, confidence=0.5),
    Case("clicks", wav(clicks), strategies=ANY, end=60.0),
    Case("one click", wav(lambda: np.eye(1, 60 * RATE, 9 * RATE)[0]), strategies=ANY, end=60.0),
    # How it was recorded.
    like_the_song("as it is", changed(np.asarray)),
    like_the_song("8 channels", changed(lambda samples: np.tile(samples[:, None], 8))),
    like_the_song("one channel silent", changed(one_silent)),
    like_the_song("8 kHz", changed(np.asarray, 8_000)),
    like_the_song("192 kHz", changed(np.asarray, 192_000)),
    like_the_song("off zero", changed(lambda samples: samples * 0.7 + 0.5)),
    like_the_song("faint", changed(lambda samples: samples * 0.05, kind="FLOAT")),
    Case(
        "next to nothing",
        changed(lambda samples: samples * 1e-5, kind="FLOAT"),
        strategies=SILENT,
        confidence=0.0,
    ),
    Case("clipped", changed(lambda samples: np.clip(samples * 50, -1, 1)), strategies=ANY),
    Case("9 channels", wav(lambda: np.tile(noise(1.0)[:, None], 9)), "audio.unsupported"),
    Case("500 Hz", wav(np.zeros(500), 500), "audio.unsupported"),
    Case("384 kHz", wav(np.zeros(1000), 384_000), "audio.unsupported"),
    # How it was kept.
    like_the_song("mp3", kept_as("mp3", "song.mp3")),
    like_the_song("mp3 called wav", kept_as("mp3", "song.wav")),
    Case("text called mp3", bytes_of("text.mp3", b"not music\n" * 99), "audio.unsupported"),
    Case("half an mp3", cut_in_half("mp3"), strategies=ANY, end=50.0),
    Case("half a flac", cut_in_half("flac"), strategies=ANY | WHOLE, end=33.0),
    Case("half a wav", cut_in_half("wav"), strategies=ANY, end=33.0),
    like_the_song("a few NaN", changed(with_values(math.nan, every=30_011), kind="FLOAT")),
    like_the_song(
        "a few infinite",
        changed(with_values(math.inf, -math.inf, every=30_011), kind="FLOAT"),
    ),
    Case("many NaN", changed(with_values(math.nan, every=50), kind="FLOAT"), "audio.unreadable"),
    Case("far too loud", changed(lambda samples: samples * 1e9, kind="FLOAT"), "audio.unreadable"),
)

BY_LIBRARY = """
import json, sys
from highlighter.highlight import find_highlight
from hooklist_errors import HooklistError

for line in sys.stdin:
    file = line.rstrip("\\n")
    try:
        answer = find_highlight(file).to_json()
    except HooklistError as error:
        answer = {"error": str(error), "code": error.code}
    print(json.dumps({"file": file} | answer, allow_nan=False))
with open("/proc/self/status") as status:
    peak = next(line for line in status if line.startswith("VmHWM"))
print(json.dumps({"peak_mb": int(peak.split()[1]) / 1024.0}))
"""


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return the path of each case's file, by the case's name."""
    made = {}
    for case in CASES:
        made[case.name] = str(case.make(tmp_path_factory.mktemp("odd")))
    return made


@pytest.fixture(scope="session")
def by_library(files: dict[str, str]) -> dict[str, dict[str, Any]]:
    """Return what one process that finds all highlights answers, by path, and its peak memory."""
    lines = subprocess.run(
        [sys.executable, "-c", BY_LIBRARY],
        input="\n".join(files.values()),
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    ).stdout.splitlines()
    answers = [json.loads(line) for line in lines]
    return {answer.get("file", "peak"): answer for answer in answers}


@pytest.fixture(scope="session")
def by_command(files: dict[str, str]) -> dict[str, dict[str, Any]]:
    """Return what `hooklist highlight --json` answers, by path."""
    asked = [path for name, path in files.items() if name != LONGEST]
    done = subprocess.run(
        [sys.executable, "-m", "webapp.cli", "highlight", "--json", *asked],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 1  # some were refused, which is no crash
    assert "Traceback" not in done.stderr
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    return {answer["file"]: answer for answer in answers}


def check(case: Case, answer: dict[str, Any]) -> None:
    if case.code:
        assert answer["code"] == case.code
        assert Path(answer["file"]).name in answer["error"]
        return
    assert "error" not in answer
    assert answer["strategy"] in case.strategies
    assert answer["reason"]
    assert 0.0 <= answer["start"] <= answer["end"] <= case.end + 0.1
    assert case.start[0] <= answer["start"] % case.every <= case.start[1]
    assert 0.0 <= answer["confidence"] <= case.confidence
    if answer["strategy"] != "whole":
        assert answer["duration"] == pytest.approx(30.0, rel=0.051)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_odd_sound_has_a_stated_result(
    case: Case,
    files: dict[str, str],
    by_library: dict[str, dict[str, Any]],
    by_command: dict[str, dict[str, Any]],
) -> None:
    path = files[case.name]
    check(case, by_library[path])
    if case.name != LONGEST:
        check(case, by_command[path])


def test_none_of_them_takes_much_memory(by_library: dict[str, dict[str, Any]]) -> None:
    assert by_library["peak"]["peak_mb"] < MOST_MB


@pytest.mark.parametrize(
    "seconds", [math.nan, math.inf, -math.inf, -30.0, 0.0, 7.99, 60.01], ids=str
)
def test_no_highlight_of_an_impossible_length(seconds: float, tmp_path: Path) -> None:
    with pytest.raises(AudioBadRequestError) as caught:
        find_highlight(tmp_path / "never opened", seconds=seconds)
    assert caught.value.code == "audio.bad_request"
    assert "8 to 60" in str(caught.value)


def test_the_command_refuses_an_impossible_length_in_one_sentence() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "webapp.cli", "highlight", "--json", "--seconds", "nan", "gone.mp3"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode not in (0, 1)
    assert "8 to 60" in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
