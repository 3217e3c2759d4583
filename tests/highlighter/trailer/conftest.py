"""Sounds to make trailers of, and an ear that shares no code with what renders them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
import pyloudnorm
import pytest
import soundfile
import soxr

RATE = 44_100


@dataclass(frozen=True)
class Heard:
    """What an independent ear says of a file."""

    samples: np.ndarray
    rate: int
    lufs: float
    true_peak: float

    @property
    def duration(self) -> float:
        return len(self.samples) / self.rate

    def longest_silence(self) -> float:
        """Return the longest stretch, in seconds, of 10 ms steps below −60 dBFS."""
        step = self.rate // 100
        rows = self.samples[: len(self.samples) // step * step].reshape(-1, step, 2)
        quiet = np.sqrt((rows**2).mean(axis=(1, 2))) < 1e-3
        longest = run = 0
        for one in quiet:
            run = run + 1 if one else 0
            longest = max(longest, run)
        return longest / 100.0


def listen_to(file: Path) -> Heard:
    with av.open(str(file)) as container:
        resampler = av.AudioResampler(format="fltp", layout="stereo")
        frames = [
            piece.to_ndarray()
            for frame in container.decode(audio=0)
            for piece in resampler.resample(frame)
        ]
        rate = container.streams.audio[0].rate
    samples = np.concatenate(frames, axis=1).T
    fine = soxr.resample(samples, rate, 4 * rate, "VHQ")
    peak = float(np.abs(fine).max())
    return Heard(
        samples=samples,
        rate=rate,
        lufs=float(pyloudnorm.Meter(rate).integrated_loudness(samples)),
        true_peak=20.0 * math.log10(peak) if peak else -math.inf,
    )


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes samples to a file of the test's own folder."""

    def write_file(name: str, samples: np.ndarray, rate: int = RATE) -> Path:
        file = tmp_path / name
        soundfile.write(file, samples.astype(np.float32), rate, subtype="PCM_16")
        return file

    return write_file


@pytest.fixture
def ear() -> Callable[[Path], Heard]:
    """Return a function that decodes and measures a file independently."""
    return listen_to
