"""Reading through FFmpeg (PyAV): Opus, AAC, ALAC and Matroska, and MP3s that libsndfile refuses."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import chain, pairwise
from pathlib import Path
from typing import Any

from highlighter.audio.model import Float32
from highlighter.audio.reader import BLOCK
from highlighter.errors import AudioUnsupportedError, unreadable

_PREROLL = 0.2
"""Seconds decoded and thrown away after a seek: Opus needs 80 ms (RFC 7845, 4.6), AAC a frame."""

_MOST_DAMAGE = 2_000
"""Pieces that may fail before the file is given up; a whole song has about 10,000."""


def _lenient_tags(av: Any) -> dict[str, Any]:
    """Return what keeps tags in no known encoding from being an error; from PyAV 19 on, nothing."""
    return {"metadata_errors": "replace"} if int(av.__version__.partition(".")[0]) < 19 else {}


class FfmpegReader:
    """A file opened by FFmpeg; see `highlighter.audio.reader.Reader`."""

    def __init__(self, path: Path, demuxer: str) -> None:
        import av

        self._path = path
        self._failures: tuple[type[Exception], ...] = (
            av.error.FFmpegError,
            ValueError,
            OSError,
            EOFError,
        )
        self._container: Any = None
        try:
            # A file object, not a name: FFmpeg then has no way to open anything else.
            self._source = path.open("rb")
            self._container = av.open(
                self._source, "r", format=demuxer, buffer_size=1 << 16, **_lenient_tags(av)
            )
            streams = self._container.streams.audio
            if not streams:
                raise AudioUnsupportedError(
                    "This file holds no sound",
                    which=str(path),
                    why="no audio stream is in it",
                    next_step="use a file with sound",
                )
            self._stream = streams[0]
            context = self._stream.codec_context
            if context is None:
                raise unreadable(path, "its codec is not known")
            context.thread_count = 1
            self.codec = str(context.name).removesuffix("float").removeprefix("lib")
            self.sample_rate = int(context.sample_rate or 0)
            self.channels = int(context.channels or 0)
            self.expected_frames = int(self._seconds() * self.sample_rate)
        except self._failures as error:
            self.close()
            raise unreadable(path, _reason(error)) from error
        except BaseException:
            self.close()
            raise
        self.damaged = 0

    def _seconds(self) -> float:
        if self._stream.duration and self._stream.time_base:
            return max(0.0, float(self._stream.duration * self._stream.time_base))
        return max(0.0, float(self._container.duration or 0) / 1e6)

    def blocks(self, first_frame: int) -> Iterator[Float32]:
        """Yield the samples from `first_frame` on."""
        try:
            yield from self._blocks(first_frame)
        except self._failures as error:
            if isinstance(error, OSError) and error.errno is None:
                raise unreadable(self._path, _reason(error)) from error
            self.damaged += 1

    def _blocks(self, first_frame: int) -> Iterator[Float32]:
        import av

        base = self._stream.time_base or Fraction(1, self.sample_rate)
        origin = int(self._stream.start_time or 0)
        if first_frame:
            wanted = max(0.0, first_frame / self.sample_rate - _PREROLL)
            self._container.seek(origin + int(wanted / base), stream=self._stream, backward=True)
        frames = self._frames()
        first = next(frames, None)
        if first is None:
            return
        skip = 0
        if first_frame:
            place = first.pts if first.pts is not None else origin
            skip = first_frame - round(float((place - origin) * base) * self.sample_rate)
        floats = first.format.name in ("flt", "fltp")
        gather: _Fifo | _Graph = _Fifo(av) if floats else _Graph(av, self._stream)
        waiting = 0
        for frame in chain((first,), frames):
            frame.pts = None
            gather.push(frame)
            waiting += frame.samples
            if waiting < BLOCK:
                continue  # asking costs as much as a frame's decoding
            waiting %= BLOCK
            for block in gather.ready(self.channels):
                if skip < block.shape[0]:
                    yield block[max(0, skip) :]
                skip -= block.shape[0]
        for block in gather.rest(self.channels):
            if skip < block.shape[0]:
                yield block[max(0, skip) :]
            skip -= block.shape[0]

    def _frames(self) -> Iterator[Any]:
        """Yield decoded frames of the kind the header announced; count all else as damage."""
        for packet in self._container.demux(self._stream):
            try:
                frames = packet.decode()
            except self._failures:
                self.damaged += 1
                if self.damaged > _MOST_DAMAGE:
                    return
                continue
            for frame in frames:
                same = frame.sample_rate == self.sample_rate
                if same and frame.layout.nb_channels == self.channels:
                    yield frame
                else:
                    self.damaged += 1

    def close(self) -> None:
        """Close the file."""
        if self._container is not None:
            self._container.close()
        source = getattr(self, "_source", None)
        if source is not None:
            source.close()


class _Fifo:
    """Puts small frames of floats together."""

    def __init__(self, av: Any) -> None:
        self._fifo = av.AudioFifo()

    def push(self, frame: Any) -> None:
        self._fifo.write(frame)

    def ready(self, channels: int) -> Iterator[Float32]:
        while (frame := self._fifo.read(BLOCK)) is not None:
            yield _samples(frame, channels)

    def rest(self, channels: int) -> Iterator[Float32]:
        yield from self.ready(channels)
        frame = self._fifo.read(0, partial=True)
        if frame is not None:
            yield _samples(frame, channels)


class _Graph:
    """Puts small frames of any kind together, as floats, by a filter graph of FFmpeg."""

    def __init__(self, av: Any, stream: Any) -> None:
        import av.filter

        self._nothing = (av.error.BlockingIOError, av.error.EOFError)
        self._graph = av.filter.Graph()
        links = [
            self._graph.add_abuffer(template=stream),
            self._graph.add("aformat", "sample_fmts=fltp"),
            self._graph.add("asetnsamples", f"n={BLOCK}:p=0"),
            self._graph.add("abuffersink"),
        ]
        for left, right in pairwise(links):
            left.link_to(right)
        self._graph.configure()

    def push(self, frame: Any) -> None:
        self._graph.push(frame)

    def ready(self, channels: int) -> Iterator[Float32]:
        while True:
            try:
                frame = self._graph.pull()
            except self._nothing:
                return
            yield _samples(frame, channels)

    def rest(self, channels: int) -> Iterator[Float32]:
        self._graph.push(None)
        yield from self.ready(channels)


def _samples(frame: Any, channels: int) -> Float32:
    """Return (n, channels) of a frame of floats; of a planar one, a view, channel by channel."""
    samples: Float32 = frame.to_ndarray()
    return samples.T if samples.shape[0] == channels else samples.reshape(-1, channels)


def _reason(error: Exception) -> str:
    text = getattr(error, "strerror", None) or str(error)
    return text.strip().rstrip(".") or type(error).__name__
