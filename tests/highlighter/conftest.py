"""Sounds made here: no audio file is kept in the repository."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

RATE = 44_100
LOSSY = {"mp3": "libmp3lame", "m4a": "aac", "opus": "libopus", "aac": "aac"}


def small_tune(seconds: float = 6.0, rate: int = RATE) -> np.ndarray:
    """Return (n, 2) float32: chords of A minor on a 120 BPM beat, a little noise."""
    t = np.arange(round(seconds * rate)) / rate
    rng = np.random.default_rng(7)
    chords = ([220.0, 261.63, 329.63], [174.61, 220.0, 261.63], [196.0, 246.94, 293.66])
    which = (t // 1.0).astype(int) % len(chords)
    tune = np.zeros(t.size)
    for number, chord in enumerate(chords):
        for hertz in chord:
            for overtone in (1, 2, 3):
                tune += (which == number) * np.sin(2 * np.pi * hertz * overtone * t) / overtone
    beat = np.exp(-(t % 0.5) * 30.0) * rng.standard_normal(t.size)
    left = 0.05 * tune + 0.2 * beat
    right = 0.05 * tune + 0.15 * beat + 0.002 * rng.standard_normal(t.size)
    return np.stack([left, right], axis=1).astype(np.float32)


def encode_lossy(path: Path, samples: np.ndarray, codec: str, rate: int = RATE) -> Path:
    import av

    layout = "mono" if samples.shape[1] == 1 else "stereo"
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=48_000 if codec == "libopus" else rate)
        stream.layout = layout
        for first in range(0, samples.shape[0], 4096):
            block = np.ascontiguousarray(samples[first : first + 4096].T)
            frame = av.AudioFrame.from_ndarray(block, format="fltp", layout=layout)
            frame.sample_rate, frame.pts = rate, first
            for packet in stream.encode(frame):
                container.mux(packet)
        for packet in stream.encode(None):
            container.mux(packet)
    return path


def write_tune(folder: Path, ending: str, samples: np.ndarray, rate: int = RATE) -> Path:
    path = folder / f"tune.{ending}"
    if ending in LOSSY:
        return encode_lossy(path, samples, LOSSY[ending], rate)
    with soundfile.SoundFile(path, "w", rate, samples.shape[1]) as file:
        for first in range(0, samples.shape[0], 65_536):
            file.write(samples[first : first + 65_536])
    return path


@pytest.fixture(scope="session")
def tune() -> np.ndarray:
    return small_tune()


@pytest.fixture(scope="session")
def tunes(tmp_path_factory: pytest.TempPathFactory, tune: np.ndarray) -> dict[str, Path]:
    """Return the same six seconds in every format that is read, by ending."""
    folder = tmp_path_factory.mktemp("tunes")
    endings = ("mp3", "flac", "wav", "ogg", "aiff", "m4a", "opus", "aac")
    return {ending: write_tune(folder, ending, tune) for ending in endings}


@pytest.fixture(scope="session")
def encode() -> Callable[[Path, np.ndarray, str], Path]:
    """Return what writes samples with one of FFmpeg's encoders."""
    return encode_lossy
