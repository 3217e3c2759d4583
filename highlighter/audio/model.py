"""What is known of a file before it is decoded, and what it decodes to."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class AudioInfo:
    """What a file's header says, which need not be true.

    Attributes
    ----------
    path
        The file.
    duration
        Seconds; 0 where the header does not tell.
    sample_rate
        Hz.
    channels
        Number of channels.
    codec
        `mp3`, `flac`, `wav`, `aiff`, `vorbis`, `opus`, `aac`, `alac`, …: found in the bytes, not in
        the file's name.
    """

    path: Path
    duration: float
    sample_rate: int
    channels: int
    codec: str


@dataclass(frozen=True, slots=True)
class Audio:
    """Decoded sound.

    Attributes
    ----------
    samples
        float32 (n, channels), full scale at ±1; lossy codecs overshoot it a little.
    sample_rate
        Hz.
    """

    samples: Float32
    sample_rate: int

    @property
    def duration(self) -> float:
        """Seconds."""
        return float(self.samples.shape[0]) / self.sample_rate

    @property
    def channels(self) -> int:
        """Number of channels."""
        return int(self.samples.shape[1])
