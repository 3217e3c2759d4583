"""Reading through libsndfile: MP3, FLAC, WAV, AIFF, Ogg Vorbis, all with sample-exact seeking."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from highlighter.audio.model import Float32
from highlighter.audio.reader import BLOCK
from highlighter.errors import unreadable

_BLOCKS_READ = 4
"""Blocks read at once: soundfile seeks after each reading, and an MP3 is then decoded again."""

_UNKNOWN_LENGTH = 1 << 40  # libsndfile answers 2^63 − 1 where a header names no length


class SndfileReader:
    """A file opened by libsndfile; see `highlighter.audio.reader.Reader`."""

    def __init__(self, path: Path, codec: str) -> None:
        import soundfile

        self._path = path
        self._failures: tuple[type[Exception], ...] = (
            soundfile.SoundFileError,
            RuntimeError,
            TypeError,
            ValueError,
            OSError,
        )
        try:
            # Opened by descriptor: no name has to be encoded, and no ending can mislead.
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            try:
                self._file: Any = soundfile.SoundFile(descriptor, "r", closefd=True)
            except BaseException:
                _close_quietly(descriptor)
                raise
        except self._failures as error:
            raise unreadable(path, _reason(error)) from error
        self.codec = codec
        self.sample_rate = int(self._file.samplerate)
        self.channels = int(self._file.channels)
        frames = int(self._file.frames)
        self.expected_frames = frames if 0 < frames < _UNKNOWN_LENGTH else 0
        self.damaged = 0

    def blocks(self, first_frame: int) -> Iterator[Float32]:
        """Yield the samples from `first_frame` on."""
        try:
            if first_frame:
                self._file.seek(first_frame)
            for read in self._reads(first_frame):
                for first in range(0, read.shape[0], BLOCK):
                    yield read[first : first + BLOCK]
        except self._failures as error:
            # Libsndfile gives up for good at the first frame it cannot decode.
            self.damaged += 1
            if isinstance(error, OSError):
                raise unreadable(self._path, _reason(error)) from error

    def _reads(self, place: int) -> Iterator[Float32]:
        frames = _BLOCKS_READ * BLOCK
        while True:
            read = np.empty((frames, self.channels), dtype=np.float32)
            try:
                # Not `read`: that one sizes its answer by what the header promised.
                count = self._file.buffer_read_into(read.data, dtype="float32")
            except self._failures:
                if frames == BLOCK:
                    raise
                # Once more in small steps, for the sound that comes before the damage.
                self._file.seek(place)
                frames = BLOCK
                continue
            place += count
            yield read[:count]
            if count < frames:
                return

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _close_quietly(descriptor: int) -> None:
    # Soundfile may have closed it already.
    with contextlib.suppress(OSError):
        os.close(descriptor)


def _reason(error: Exception) -> str:
    text = str(getattr(error, "error_string", "")) or str(error)
    return text.strip().rstrip(".") or type(error).__name__
