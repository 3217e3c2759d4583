"""Write a trailer as MP3, Opus or M4A, block by block, with tags and chapters inside.

FFmpeg (through PyAV) writes the chapters: ID3v2 CHAP and CTOC frames in MP3, ``CHAPTERxxx``
comments in Ogg Opus, a chapter track and a ``chpl`` box in M4A. Nothing that is written depends on
the time or on chance, so the same sound gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import cast

import av
import numpy as np
from mutagen import MutagenError
from mutagen.id3 import COMM, ID3, ID3NoHeaderError
from numpy.typing import NDArray

from highlighter.trailer.drafts import not_written
from highlighter.trailer.errors import UnknownTrailerFormatError

Float32 = NDArray[np.float32]

_BLOCK = 1 << 15


@dataclass(frozen=True, slots=True)
class OutputFormat:
    """One of the formats a trailer can have.

    Parameters
    ----------
    container, codec
        FFmpeg's names.
    sample_rate
        Hz; Opus knows only 48,000.
    bit_rate
        Bits per second.
    sample_format
        FFmpeg's name of the sample layout that the encoder takes.
    codec_options, container_options
        FFmpeg options.
    ceiling
        dBTP to limit to first, so that the decoded file seldom peaks above −1 dBTP.
    loss
        dB by which the encoder turns everything down.
    """

    container: str
    codec: str
    sample_rate: int
    bit_rate: int
    sample_format: str
    codec_options: tuple[tuple[str, str], ...]
    container_options: tuple[tuple[str, str], ...]
    ceiling: float
    loss: float


FORMATS: dict[str, OutputFormat] = {
    # LAME's level 7 sounds alike at this rate and takes two thirds of the default's time.
    ".mp3": OutputFormat(
        "mp3",
        "libmp3lame",
        44_100,
        192_000,
        "fltp",
        (("compression_level", "7"),),
        (("id3v2_version", "3"),),
        -1.7,
        0.26,  # LAME multiplies by 0.97 at this bit rate
    ),
    ".opus": OutputFormat(
        "ogg",
        "libopus",
        48_000,
        128_000,
        "flt",
        (("compression_level", "5"),),
        (("fflags", "+bitexact"),),  # else the stream's serial number is drawn by lot
        -1.8,
        0.0,
    ),
    ".m4a": OutputFormat(
        "ipod",
        "aac",
        44_100,
        192_000,
        "fltp",
        (("aac_coder", "fast"),),
        (("movflags", "+faststart"),),
        -1.5,
        0.0,
    ),
}


@dataclass(frozen=True, slots=True)
class Mark:
    """A chapter as it stands in the file: seconds of the trailer, and its name."""

    start: float
    end: float
    title: str


@dataclass(frozen=True, slots=True)
class Tags:
    """What the file says about itself."""

    title: str
    artist: str
    comment: str


def output_format(out: Path) -> OutputFormat:
    """Return the format that the ending of `out` names.

    Raises
    ------
    UnknownTrailerFormatError
        It names none of `FORMATS`.
    """
    try:
        return FORMATS[out.suffix.lower()]
    except KeyError:
        raise UnknownTrailerFormatError(
            "A trailer cannot be written in this format",
            which=out.name,
            why=f"the ending {out.suffix!r} names no known format",
            next_step="let the name end in " + ", ".join(FORMATS),
        ) from None


class Encoder:
    """Encodes a stream of stereo blocks into a file, as they come.

    A context: left without an error, the file is whole.

    Parameters
    ----------
    out
        Written in place; see `highlighter.trailer.drafts` for doing so safely.
    form
        From `output_format`.
    marks
        The chapters, in order of time.
    tags
        Title, artist and comment.
    followed
        Whether somebody reads the file while it grows: all that is encoded then goes to disk at
        once. The bytes are the same.

    Raises
    ------
    TrailerNotWrittenError
        From every method: FFmpeg refused, or the disk is full.
    """

    def __init__(
        self,
        out: Path,
        form: OutputFormat,
        marks: Iterable[Mark],
        tags: Tags,
        *,
        followed: bool = False,
    ) -> None:
        self._out, self._form = out, form
        self._position = 0
        options = dict(form.container_options) | ({"flush_packets": "1"} if followed else {})
        with self._told():
            self._container = av.open(str(out), "w", format=form.container, options=options)
            self._container.metadata.update(
                {"title": tags.title, "artist": tags.artist, "comment": tags.comment}
            )
            self._container.set_chapters(
                [
                    {
                        "id": number,
                        "start": round(mark.start * 1000),
                        "end": round(mark.end * 1000),
                        "time_base": Fraction(1, 1000),
                        "metadata": {"title": mark.title},
                    }
                    for number, mark in enumerate(marks)
                ]
            )
            self._stream = cast(
                av.AudioStream,
                self._container.add_stream(
                    form.codec, rate=form.sample_rate, options=dict(form.codec_options)
                ),
            )
            self._stream.layout = "stereo"
            self._stream.format = form.sample_format
            self._stream.bit_rate = form.bit_rate

    def __enter__(self) -> Encoder:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is not None:
            with suppress(av.error.FFmpegError, OSError):
                self._container.close()
            return
        with self._told():
            self._container.mux(self._stream.encode(None))
            self._container.close()

    def push(self, block: Float32) -> None:
        """Encode the next (n, 2) samples, full scale at ±1, at the format's sample rate."""
        with self._told():
            for start in range(0, block.shape[0], _BLOCK):
                part = block[start : start + _BLOCK]
                self._container.mux(self._stream.encode(self._frame(part)))

    def _frame(self, part: Float32) -> av.AudioFrame:
        form = self._form
        packed = part.reshape(1, -1) if form.sample_format == "flt" else part.T
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(packed), format=form.sample_format, layout="stereo"
        )
        frame.sample_rate = form.sample_rate
        frame.time_base = Fraction(1, form.sample_rate)
        frame.pts = self._position
        self._position += part.shape[0]
        return frame

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (av.error.FFmpegError, OSError) as error:
            raise not_written(self._out, error) from error


def encode(
    out: Path, form: OutputFormat, blocks: Iterable[Float32], marks: Iterable[Mark], tags: Tags
) -> None:
    """Encode all of a stream of stereo blocks into `out`; see `Encoder`."""
    with Encoder(out, form, marks, tags) as encoder:
        for block in blocks:
            encoder.push(block)
    show_comment(out, form, tags)


def show_comment(out: Path, form: OutputFormat, tags: Tags) -> None:
    """Put the comment of a whole MP3 where players show it; FFmpeg writes a private frame.

    Other formats have it in its place already.

    Raises
    ------
    TrailerNotWrittenError
        The file cannot be changed.
    """
    if form.container != "mp3":
        return
    try:
        tag = ID3(out)  # type: ignore[no-untyped-call]
        tag.delall("TXXX:comment")  # type: ignore[no-untyped-call]
        told = COMM(encoding=1, lang="eng", desc="", text=[tags.comment])  # type: ignore[no-untyped-call]
        tag.add(told)  # type: ignore[no-untyped-call]
        tag.save(out, v2_version=3, v1=0)
    except ID3NoHeaderError:
        return
    except (MutagenError, OSError) as error:
        raise not_written(out, error) from error


def read_decoded(path: Path, sample_rate: int) -> Iterator[Float32]:
    """Decode what was written, as a listener's player would: (n, 2) float32 blocks.

    Raises
    ------
    TrailerNotWrittenError
        What was written cannot be read back.
    """
    try:
        with av.open(str(path)) as container:
            resampler = av.AudioResampler(format="fltp", layout="stereo", rate=sample_rate)
            waiting: list[Float32] = []
            for frame in container.decode(audio=0):
                for piece in resampler.resample(frame):
                    waiting.append(np.asarray(piece.to_ndarray(), dtype=np.float32))
                if len(waiting) >= 64:
                    yield np.ascontiguousarray(np.concatenate(waiting, axis=1).T)
                    waiting.clear()
            for piece in resampler.resample(None):
                waiting.append(np.asarray(piece.to_ndarray(), dtype=np.float32))
            if waiting:
                yield np.ascontiguousarray(np.concatenate(waiting, axis=1).T)
    except (av.error.FFmpegError, OSError) as error:
        raise not_written(path, error) from error
