"""Excerpts of tracks in a nameless file on disk, as stereo at one sample rate."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO

import numpy as np
from numpy.typing import NDArray

from highlighter.audio import decode
from highlighter.trailer.errors import TrailerNotWrittenError
from hooklist_errors import HooklistError

Float32 = NDArray[np.float32]

_FRAME_BYTES = 2 * 4


class LostExcerptError(Exception):
    """An excerpt that was to be decoded when it is needed cannot be: its file has changed.

    Parameters
    ----------
    number
        Of the excerpt.
    """

    def __init__(self, number: int) -> None:
        super().__init__(f"excerpt {number} cannot be decoded")
        self.number = number


@dataclass(frozen=True, slots=True)
class _Excerpt:
    offset: int  # frames into the file
    frames: int
    source_start: float  # seconds of the track


@dataclass(frozen=True, slots=True)
class _Awaited:
    file: Path  # decoded when it is read


class ExcerptStore:
    """Stereo excerpts in a nameless file on disk, so that memory holds one fragment at a time.

    Parameters
    ----------
    sample_rate
        Hz of every excerpt.
    folder
        Where the file lies; it has no name and is gone when the store is closed, or the process.

    Raises
    ------
    TrailerNotWrittenError
        The folder cannot be written to, or the disk is full.
    """

    def __init__(self, sample_rate: int, folder: Path) -> None:
        self.sample_rate = sample_rate
        self._folder = folder
        self._excerpts: list[_Excerpt | _Awaited] = []
        self._end = 0
        try:
            self._file: IO[bytes] = tempfile.TemporaryFile(  # noqa: SIM115 - closed by __exit__
                prefix=".trailer-", dir=folder
            )
        except OSError as error:
            raise self._no_room(error) from error

    def __enter__(self) -> ExcerptStore:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._file.close()

    def add(self, samples: Float32, source_start: float) -> int:
        """Keep (n, 2) `samples` that start at `source_start` seconds of their track.

        Returns
        -------
        The excerpt's number, counted from 0.

        Raises
        ------
        TrailerNotWrittenError
            The disk is full.
        """
        try:
            self._file.seek(self._end * _FRAME_BYTES)
            self._file.write(np.ascontiguousarray(samples, dtype=np.float32).data)
        except OSError as error:
            raise self._no_room(error) from error
        self._excerpts.append(_Excerpt(self._end, samples.shape[0], source_start))
        self._end += samples.shape[0]
        return len(self._excerpts) - 1

    def add_file(self, file: Path) -> int:
        """Have a track decoded from `file` where and when it is read; return its number."""
        self._excerpts.append(_Awaited(file))
        return len(self._excerpts) - 1

    def read(self, number: int, source_start: float, frames: int) -> Float32:
        """Return (frames, 2) of excerpt `number` from `source_start` seconds of its track on.

        What lies outside the excerpt, or the file, is silent.

        Raises
        ------
        LostExcerptError
            Its file, added by `add_file`, cannot be decoded.
        """
        excerpt = self._excerpts[number]
        if isinstance(excerpt, _Awaited):
            return self._decoded(number, excerpt.file, source_start, frames)
        first = round((source_start - excerpt.source_start) * self.sample_rate)
        low, high = max(0, first), min(excerpt.frames, first + frames)
        samples = np.zeros((frames, 2), dtype=np.float32)
        if high > low:
            self._file.seek((excerpt.offset + low) * _FRAME_BYTES)
            data = self._file.read((high - low) * _FRAME_BYTES)
            samples[low - first : high - first] = np.frombuffer(data, np.float32).reshape(-1, 2)
        return samples

    def _decoded(self, number: int, file: Path, source_start: float, frames: int) -> Float32:
        first = round(source_start * self.sample_rate)
        missing = max(0, -first)
        samples = np.zeros((frames, 2), dtype=np.float32)
        if missing < frames:
            try:
                audio = decode(
                    file,
                    sample_rate=self.sample_rate,
                    start=max(0.0, source_start),
                    duration=(frames - missing + 1) / self.sample_rate,
                )
            except HooklistError as error:
                raise LostExcerptError(number) from error
            stereo = to_stereo(audio.samples)[: frames - missing]
            samples[missing : missing + stereo.shape[0]] = stereo
        return samples

    def clear(self) -> None:
        """Forget every excerpt."""
        self._excerpts.clear()
        self._end = 0

    def whole(self, number: int) -> Float32:
        """Return all of excerpt `number`, (n, 2), one that was added as samples."""
        excerpt = self._excerpts[number]
        if isinstance(excerpt, _Awaited):
            raise TypeError("an excerpt that is decoded when it is read has no extent of its own")
        return self.read(number, excerpt.source_start, excerpt.frames)

    def __len__(self) -> int:
        """Return how many excerpts there are."""
        return len(self._excerpts)

    def _no_room(self, error: OSError) -> TrailerNotWrittenError:
        return TrailerNotWrittenError(
            "There is no room to work on the trailer",
            which=str(self._folder),
            why=error.strerror or str(error),
            next_step="see that the folder exists, can be written to and has room",
        )


def to_stereo(samples: Float32) -> Float32:
    """Return (n, channels) as (n, 2).

    One channel plays on both sides. More than two are folded down as ITU-R BS.775 does, in the
    usual order (left, right, centre, low-frequency effects, then pairs), without the effects
    channel, and no louder than the loudest channel pair can get.
    """
    channels = samples.shape[1]
    if channels == 1:
        return np.repeat(samples, 2, axis=1)
    if channels == 2:
        return samples
    shares = np.zeros((channels, 2), dtype=np.float32)
    shares[0, 0] = shares[1, 1] = 1.0
    half = np.float32(np.sqrt(0.5))
    if channels == 4:
        shares[2, 0] = shares[3, 1] = half
    else:
        shares[2] = half
        first_pair = 3 if channels in (3, 5) else 4
        for channel in range(first_pair, channels):
            shares[channel, (channel - first_pair) % 2] = half
    return np.asarray(samples @ (shares / shares.sum(axis=0)), dtype=np.float32)
