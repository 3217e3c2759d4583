"""Decoding a whole file, or a part of it, into one array."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from highlighter.audio.limits import DEFAULT_LIMITS, Limits
from highlighter.audio.model import Audio, Float32
from highlighter.audio.stream import AudioStream
from highlighter.errors import AudioBadRequestError, AudioTooLargeError


def decode(
    path: Path | str,
    *,
    sample_rate: int | None = None,
    mono: bool = False,
    start: float = 0.0,
    duration: float | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Audio:
    """Decode a file.

    Parameters
    ----------
    path
        The file; what it is called does not matter, its bytes decide.
    sample_rate
        Hz to resample to (libsoxr, high quality); the file's own by default.
    mono
        Average the channels into one.
    start, duration
        Seconds: the part to decode. A part that reaches beyond the end is cut there.
    limits
        Bounds for header, decoding and memory.

    Returns
    -------
    Audio
        float32 (n, channels).

    Raises
    ------
    AudioError
        One of `highlighter.errors`, naming the file.
    """
    if sample_rate is not None and not 1_000 <= sample_rate <= 384_000:
        raise AudioBadRequestError(
            "This sample rate is out of range", which=str(path), why=f"{sample_rate} Hz"
        )
    with AudioStream(path, limits=limits, start=start, duration=duration) as stream:
        target = sample_rate or stream.sample_rate
        converter = Resampler(stream.sample_rate, target, 1 if mono else stream.channels)
        kept: list[Float32] = []
        size = 0
        for block in stream.blocks():
            part = converter.push(to_mono(block) if mono else block)
            size += part.nbytes
            if size > limits.max_decoded_bytes:
                raise AudioTooLargeError(
                    "This file decodes to more than may be held at once",
                    which=str(path),
                    why=f"{limits.max_decoded_bytes:,} bytes are allowed",
                    next_step="decode a part of it, in mono, or at a lower sample rate",
                )
            kept.append(part)
        kept.append(converter.finish())
        return Audio(np.ascontiguousarray(np.concatenate(kept)), target)


def to_mono(block: Float32) -> Float32:
    """Return (n, 1): the mean over the channels of (n, channels)."""
    channels = block.shape[1]
    if channels == 1:
        return block
    if channels == 2:
        # Sixteen times faster than `mean` over an axis of two.
        return ((block[:, 0] + block[:, 1]) * np.float32(0.5))[:, None]
    return (block @ np.full((channels, 1), 1.0 / channels, dtype=np.float32)).astype(np.float32)


class Resampler:
    """Changes the sample rate of a signal that comes in blocks (libsoxr).

    Parameters
    ----------
    source, target
        Hz; equal rates hand blocks through untouched.
    channels
        Number of channels.
    quality
        libsoxr's name of a quality: `HQ`, `MQ`, …
    """

    def __init__(self, source: int, target: int, channels: int, quality: str = "HQ") -> None:
        self._channels = channels
        self._stream: Any = None
        if source != target:
            import soxr

            self._stream = soxr.ResampleStream(source, target, channels, "float32", quality)

    def push(self, block: Float32) -> Float32:
        """Return what is ready once `block`, (n, channels), is in."""
        if self._stream is None:
            return block
        ready: Float32 = self._stream.resample_chunk(np.ascontiguousarray(block))
        return ready.reshape(-1, self._channels)

    def finish(self) -> Float32:
        """Return the rest."""
        empty = np.zeros((0, self._channels), dtype=np.float32)
        if self._stream is None:
            return empty
        rest: Float32 = self._stream.resample_chunk(empty, last=True)
        return rest.reshape(-1, self._channels)
