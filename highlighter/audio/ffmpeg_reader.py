"""Reading through FFmpeg (PyAV): Opus, AAC, ALAC and Matroska, and MP3s that libsndfile refuses."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

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
        graph = self._graph()
        skip: int | None = None
        waiting = 0
        for frame in self._frames():
            if skip is None and first_frame:
                place = frame.pts if frame.pts is not None else origin
                skip = first_frame - round(float((place - origin) * base) * self.sample_rate)
            if skip is not None and skip >= frame.samples:
                skip -= frame.samples
                continue
            frame.pts = None
            graph.push(frame)
            waiting += frame.samples
            if waiting < BLOCK:
                continue  # asking the graph costs as much as a frame's decoding
            waiting %= BLOCK
            for block in _ready(graph, av, self.channels):
                if skip:
                    block, skip = block[skip:], max(0, skip - block.shape[0])
                if block.shape[0]:
                    yield block
        graph.push(None)
        for block in _ready(graph, av, self.channels):
            rest = block[skip or 0 :]
            skip = max(0, (skip or 0) - block.shape[0])
            if rest.shape[0]:
                yield rest

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

    def _graph(self) -> Any:
        """Return a filter graph from small frames of any kind to large, packed float ones."""
        import av.filter

        graph = av.filter.Graph()
        chain = [
            graph.add_abuffer(template=self._stream),
            graph.add("aformat", "sample_fmts=flt"),
            graph.add("asetnsamples", f"n={BLOCK}:p=0"),
            graph.add("abuffersink"),
        ]
        for left, right in pairwise(chain):
            left.link_to(right)
        graph.configure()
        return graph

    def close(self) -> None:
        """Close the file."""
        if self._container is not None:
            self._container.close()
        source = getattr(self, "_source", None)
        if source is not None:
            source.close()


def _ready(graph: Any, av: Any, channels: int) -> Iterator[Float32]:
    while True:
        try:
            frame = graph.pull()
        except (av.error.BlockingIOError, av.error.EOFError):
            return
        yield np.asarray(frame.to_ndarray(), dtype=np.float32).reshape(-1, channels)


def _reason(error: Exception) -> str:
    text = getattr(error, "strerror", None) or str(error)
    return text.strip().rstrip(".") or type(error).__name__
