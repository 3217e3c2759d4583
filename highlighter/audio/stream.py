"""Decoding block by block, with every bound held while it happens."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from highlighter.audio.ffmpeg_reader import FfmpegReader
from highlighter.audio.formats import MP3, VORBIS, identify
from highlighter.audio.limits import DEFAULT_LIMITS, Limits
from highlighter.audio.model import AudioInfo, Float32
from highlighter.audio.reader import BLOCK, Reader
from highlighter.audio.sndfile_reader import SndfileReader
from highlighter.errors import (
    AudioBadRequestError,
    AudioEmptyError,
    AudioTooLongError,
    AudioUnreadableError,
    AudioUnsupportedError,
    unreadable,
)

_LOUDEST = 64.0
"""Largest magnitude believed, 36 dB over full scale; noise taken for floats is far beyond it."""

_FEWEST_FINITE = 0.999
"""Share of samples that must be numbers; the others are heard as silence."""

_LEAST_DECODED = 0.05
"""Share of the promised frames that must come out."""

_TOLERANCE = 1.0
"""Seconds that a length may differ from the header's before it counts as lost sound."""


class AudioStream:
    """An open file whose sound comes in blocks; use it in a `with` statement.

    Parameters
    ----------
    path
        The file.
    limits
        Bounds for header and decoding.
    start
        Seconds to begin at, ≥ 0.
    duration
        Seconds to decode at most; to the end by default.

    Attributes
    ----------
    info : AudioInfo
        What the header says.
    sample_rate : int
        Hz.
    channels : int
        Number of channels.
    frames : int
        Frames decoded so far.

    Raises
    ------
    AudioError
        One of `highlighter.errors`, naming the file.
    """

    def __init__(
        self,
        path: Path | str,
        *,
        limits: Limits = DEFAULT_LIMITS,
        start: float = 0.0,
        duration: float | None = None,
    ) -> None:
        self.path = Path(path)
        self._limits = limits
        self._reader = _open(self.path, limits, from_start=start == 0.0)
        try:
            self.info = _checked_info(self.path, self._reader, limits)
            self._first, self._wanted = _part(self.info, start, duration)
        except BaseException:
            self._reader.close()
            raise
        self.sample_rate = self.info.sample_rate
        self.channels = self.info.channels
        self.frames = 0
        self._not_finite = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._reader.close()

    @property
    def damaged(self) -> int:
        """Pieces that could not be decoded so far."""
        return self._reader.damaged

    @property
    def lost(self) -> float:
        """Share of the promised sound that never came, 0 to 1; meant for after the last block."""
        promised = self._reader.expected_frames - self._first
        if self._wanted is not None:
            promised = min(promised, self._wanted)
        if promised - self.frames < _TOLERANCE * self.sample_rate:
            return 0.0
        return 1.0 - self.frames / promised

    def blocks(self) -> Iterator[Float32]:
        """Yield float32 (≤ 65,536, channels) until the end of the part.

        Raises
        ------
        AudioTooLongError
            More comes than the limits allow, whatever the header said.
        AudioEmptyError, AudioUnreadableError
            Nothing comes, next to nothing of what was promised, or no sensible numbers.
        """
        most = int(self._limits.max_seconds * self.sample_rate) - self._first
        for block in self._reader.blocks(self._first):
            if self._wanted is not None:
                block = block[: self._wanted - self.frames]
            if block.shape[0]:
                self.frames += block.shape[0]
                if self.frames > most:
                    raise _too_long(self.path, self._limits, "more sound came than its header said")
                yield self._sensible(block)
            if self._wanted is not None and self.frames >= self._wanted:
                break
        self._check_whole()

    def _sensible(self, block: Float32) -> Float32:
        # NaN makes both comparisons false, so the usual, clean block costs two reductions.
        if float(block.max()) <= _LOUDEST and float(block.min()) >= -_LOUDEST:
            return block
        finite = np.isfinite(block)
        self._not_finite += int(block.size - np.count_nonzero(finite))
        if self._not_finite > (1.0 - _FEWEST_FINITE) * max(BLOCK, self.frames) * self.channels:
            raise unreadable(self.path, "many of its samples are not numbers")
        cleaned = np.where(finite, block, np.float32(0.0))
        if float(np.abs(cleaned).max()) > _LOUDEST:
            raise unreadable(self.path, "its samples are far beyond full scale")
        return cleaned

    def _check_whole(self) -> None:
        if self.frames == 0:
            if self.damaged:
                raise unreadable(self.path, "not one piece of it could be decoded")
            raise AudioEmptyError(
                "There is no sound in this file",
                which=str(self.path),
                why="not a single sample comes out of it",
                next_step="export it again",
            )
        if self.lost > 1.0 - _LEAST_DECODED:
            raise unreadable(
                self.path,
                f"only {self.frames / self.sample_rate:.1f} of {self.info.duration:.1f} s are left",
                lost=round(self.lost, 3),
            )


def probe(path: Path | str, *, limits: Limits = DEFAULT_LIMITS) -> AudioInfo:
    """Return what a file's header says, without decoding it.

    Raises
    ------
    AudioError
        The file is missing, no file, forbidden, empty, too large, too long, or no audio that can
        be read; each its own subclass and code.
    """
    source = Path(path)
    reader = _open(source, limits)
    try:
        return _checked_info(source, reader, limits)
    finally:
        reader.close()


def _open(path: Path, limits: Limits, *, from_start: bool = False) -> Reader:
    form = identify(path, limits)
    if form.demuxer:
        return FfmpegReader(path, form.demuxer)
    if form is VORBIS and from_start:
        # FFmpeg takes half of libvorbis's time, but only libsndfile seeks to the sample.
        with contextlib.suppress(AudioUnreadableError, AudioUnsupportedError):
            return FfmpegReader(path, "ogg")
    try:
        return SndfileReader(path, form.name)
    except AudioUnreadableError:
        if form is not MP3:
            raise
        # Libsndfile wants a clean first frame; FFmpeg looks further.
        return FfmpegReader(path, "mp3")


def _checked_info(path: Path, reader: Reader, limits: Limits) -> AudioInfo:
    rate, channels = reader.sample_rate, reader.channels
    for value, lowest, highest, unit in (
        (rate, limits.min_sample_rate, limits.max_sample_rate, "Hz"),
        (channels, 1, limits.max_channels, "channels"),
    ):
        if not lowest <= value <= highest:
            raise AudioUnsupportedError(
                "This kind of audio is not read here",
                which=str(path),
                why=f"{value} {unit}, and {lowest} to {highest} are allowed",
                next_step="convert it, for example to 44100 Hz stereo",
            )
    duration = reader.expected_frames / rate
    if duration > limits.max_seconds:
        raise _too_long(path, limits, f"its header says {duration:,.0f} s")
    return AudioInfo(path, duration, rate, channels, reader.codec)


def _too_long(path: Path, limits: Limits, why: str) -> AudioTooLongError:
    return AudioTooLongError(
        "This file plays too long",
        which=str(path),
        why=f"{why}, and {limits.max_seconds:,.0f} s are allowed",
        next_step="cut it into parts",
    )


def _part(info: AudioInfo, start: float, duration: float | None) -> tuple[int, int | None]:
    """Return the first frame and the number of frames (None: all that come)."""
    if not (math.isfinite(start) and start >= 0.0):
        raise AudioBadRequestError(
            "No part of a file begins there", which=str(info.path), why=f"start is {start} s"
        )
    if duration is not None and not (math.isfinite(duration) and duration > 0.0):
        raise AudioBadRequestError(
            "No part of a file is that long", which=str(info.path), why=f"duration is {duration} s"
        )
    if info.duration and start >= info.duration:
        raise AudioBadRequestError(
            "The part begins after the end",
            which=str(info.path),
            why=f"start is {start:.3f} s, the file ends at {info.duration:.3f} s",
        )
    first = round(start * info.sample_rate)
    wanted = None if duration is None else max(1, round(duration * info.sample_rate))
    return first, wanted
