"""Write a trailer as MP3, Opus or M4A, block by block, with tags and chapters inside.

FFmpeg (through PyAV) writes the chapters: ID3v2 CHAP and CTOC frames in MP3, ``CHAPTERxxx``
comments in Ogg Opus, a chapter track and a ``chpl`` box in M4A. Nothing that is written depends on
the time or on chance, so the same sound gives the same bytes.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import numpy as np
from mutagen import MutagenError
from mutagen.id3 import COMM, ID3, ID3NoHeaderError
from numpy.typing import NDArray

from highlighter.trailer.errors import TrailerNotWrittenError, UnknownTrailerFormatError

Float32 = NDArray[np.float32]

ABANDONED_AFTER = 6 * 3600.0
"""Seconds after which an unfinished file is nobody's any more."""

_BLOCK = 1 << 15
_DRAFT = ".trailer-"


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


@contextmanager
def replacing(out: Path) -> Iterator[Path]:
    """Give a name beside `out` to write to; it takes the place of `out` once all went well.

    What a killed process left behind in the same folder is removed after `ABANDONED_AFTER`.

    Raises
    ------
    TrailerNotWrittenError
        The folder cannot be written to, or the disk is full.
    """
    try:
        _remove_abandoned(out.parent)
        handle, name = tempfile.mkstemp(prefix=_DRAFT, suffix=out.suffix, dir=out.parent)
        os.close(handle)
    except OSError as error:
        raise _not_written(out, error) from error
    draft = Path(name)
    try:
        yield draft
        # mkstemp makes files that only their owner can read; the web server may be another.
        draft.chmod(0o644)
        os.replace(draft, out)
    except OSError as error:
        raise _not_written(out, error) from error
    finally:
        draft.unlink(missing_ok=True)


def _remove_abandoned(folder: Path) -> None:
    for draft in folder.glob(f"{_DRAFT}*"):
        with suppress(OSError):
            if draft.stat().st_mtime < time.time() - ABANDONED_AFTER:
                draft.unlink()


def encode(
    out: Path, form: OutputFormat, blocks: Iterable[Float32], marks: Iterable[Mark], tags: Tags
) -> None:
    """Encode a stream of stereo blocks into `out`.

    Parameters
    ----------
    out
        Written in place; see `replacing` for doing so safely.
    form
        From `output_format`.
    blocks
        (n, 2) float32 each, full scale at ±1, at ``form.sample_rate``.
    marks
        The chapters, in order of time.
    tags
        Title, artist and comment.

    Raises
    ------
    TrailerNotWrittenError
        FFmpeg refused, or the disk is full.
    """
    try:
        with av.open(
            str(out), "w", format=form.container, options=dict(form.container_options)
        ) as container:
            container.metadata.update(
                {"title": tags.title, "artist": tags.artist, "comment": tags.comment}
            )
            container.set_chapters(
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
            stream = cast(
                av.AudioStream,
                container.add_stream(
                    form.codec, rate=form.sample_rate, options=dict(form.codec_options)
                ),
            )
            stream.layout = "stereo"
            stream.format = form.sample_format
            stream.bit_rate = form.bit_rate
            for frame in _frames(form, blocks):
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
        if form.container == "mp3":
            _comment_as_id3(out, tags.comment)
    except (av.error.FFmpegError, MutagenError, OSError) as error:
        raise _not_written(out, error) from error


def _frames(form: OutputFormat, blocks: Iterable[Float32]) -> Iterator[av.AudioFrame]:
    position = 0
    for block in blocks:
        for start in range(0, block.shape[0], _BLOCK):
            part = block[start : start + _BLOCK]
            packed = part.reshape(1, -1) if form.sample_format == "flt" else part.T
            frame = av.AudioFrame.from_ndarray(
                np.ascontiguousarray(packed), format=form.sample_format, layout="stereo"
            )
            frame.sample_rate = form.sample_rate
            frame.time_base = Fraction(1, form.sample_rate)
            frame.pts = position
            position += part.shape[0]
            yield frame


def _comment_as_id3(out: Path, comment: str) -> None:
    """Move the comment to the frame that players show; FFmpeg writes a private one."""
    try:
        tag = ID3(out)  # type: ignore[no-untyped-call]
    except ID3NoHeaderError:
        return
    tag.delall("TXXX:comment")  # type: ignore[no-untyped-call]
    told = COMM(encoding=1, lang="eng", desc="", text=[comment])  # type: ignore[no-untyped-call]
    tag.add(told)  # type: ignore[no-untyped-call]
    tag.save(out, v2_version=3, v1=0)


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
        raise _not_written(path, error) from error


def _not_written(out: Path, error: Exception) -> TrailerNotWrittenError:
    return TrailerNotWrittenError(
        "The trailer could not be written",
        which=out.name,
        why=getattr(error, "strerror", None) or str(error) or type(error).__name__,
        next_step="see that its folder exists, can be written to and has room",
        kept="an earlier file of that name is untouched",
    )
