"""Which kind of audio a file holds, by its first bytes; its name is never believed."""

from __future__ import annotations

import errno
import stat
from dataclasses import dataclass
from pathlib import Path

from highlighter.audio.limits import Limits
from highlighter.errors import (
    AudioEmptyError,
    AudioForbiddenError,
    AudioMissingError,
    AudioNotAFileError,
    AudioTooLargeError,
    AudioUnsupportedError,
    unreadable,
)

_HEAD = 4096
_MP3_SCAN = 1 << 16

SUPPORTED = "MP3, FLAC, WAV, AIFF, Ogg Vorbis, Opus, M4A, AAC or WebM"


@dataclass(frozen=True, slots=True)
class Format:
    """How a file is opened.

    Attributes
    ----------
    name
        The codec as people call it; for containers that hold several, the container.
    demuxer
        FFmpeg's name of the container where PyAV reads it; empty where libsndfile does. It is
        always given to FFmpeg, whose own guessing would also find playlists that name other files.
    """

    name: str
    demuxer: str = ""


MP3 = Format("mp3")
FLAC = Format("flac")
WAV = Format("wav")
AIFF = Format("aiff")
VORBIS = Format("vorbis")
OPUS = Format("opus", "ogg")
AAC = Format("aac", "aac")
M4A = Format("m4a", "mov")
MATROSKA = Format("matroska", "matroska")


def identify(path: Path, limits: Limits) -> Format:
    """Return the kind of audio in a file.

    Raises
    ------
    AudioMissingError, AudioNotAFileError, AudioForbiddenError
        There is no file to read.
    AudioEmptyError, AudioTooLargeError
        It has no bytes, or more than `limits.max_bytes`.
    AudioUnsupportedError
        It does not begin like any audio that is read here.
    """
    head = _read_head(path, limits)
    found = _by_magic(head)
    if found is None and _looks_like_mp3(head):
        found = MP3
    if found is None:
        looks_like_text = b"\0" not in head[:_HEAD]
        raise AudioUnsupportedError(
            "This file is not audio that can be read",
            which=str(path),
            why="it holds text" if looks_like_text else "its first bytes belong to no known format",
            next_step=f"use {SUPPORTED}",
        )
    return found


def _read_head(path: Path, limits: Limits) -> bytes:
    try:
        status = path.stat()
        # A pipe would block its reader for ever, so the kind is asked before opening.
        if not stat.S_ISREG(status.st_mode):
            kind = "a folder" if stat.S_ISDIR(status.st_mode) else "no regular file"
            raise AudioNotAFileError(
                "This path cannot be read as audio",
                which=str(path),
                why=f"it is {kind}",
                next_step="name an audio file",
            )
        if status.st_size == 0:
            raise AudioEmptyError(
                "This file is empty",
                which=str(path),
                why="it has 0 bytes",
                next_step="copy or export it again",
            )
        if status.st_size > limits.max_bytes:
            raise AudioTooLargeError(
                "This file is too large",
                which=str(path),
                why=f"{status.st_size:,} bytes, and {limits.max_bytes:,} are allowed",
                next_step="use a shorter or a compressed file",
            )
        with path.open("rb") as file:
            return file.read(_MP3_SCAN)
    except FileNotFoundError as error:
        raise AudioMissingError(
            "There is no such file", which=str(path), next_step="check its path"
        ) from error
    except PermissionError as error:
        raise AudioForbiddenError(
            "This file may not be read",
            which=str(path),
            why="permission denied",
            next_step="give this account the right to read it",
        ) from error
    except ValueError as error:
        raise AudioMissingError(
            "There is no such file", which=repr(str(path)), why=str(error)
        ) from error
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENOTDIR, errno.ENAMETOOLONG, errno.EISDIR):
            raise AudioNotAFileError(
                "This path leads to no file",
                which=str(path),
                why=error.strerror or "",
                next_step="name an audio file",
            ) from error
        raise unreadable(path, error.strerror or str(error)) from error


def _by_magic(head: bytes) -> Format | None:
    if head[:4] in (b"RIFF", b"RIFX", b"RF64", b"riff") and head[8:12] in (b"WAVE", b"wave"):
        return WAV
    if head[:4] == b"fLaC":
        return FLAC
    if head[:4] == b"OggS":
        return _ogg(head)
    if head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        return AIFF
    if head[4:8] == b"ftyp":
        return M4A
    if head[:4] == b"\x1a\x45\xdf\xa3":
        return MATROSKA
    if head[:3] == b"ID3":
        return _after_id3(head)
    if len(head) > 2 and head[0] == 0xFF and head[1] & 0xF6 == 0xF0:
        return AAC  # ADTS: layer bits 00, which MPEG audio leaves unused
    return None


def _ogg(head: bytes) -> Format | None:
    first_page = head[:300]
    if b"\x01vorbis" in first_page:
        return VORBIS
    if b"OpusHead" in first_page:
        return OPUS
    if b"\x7fFLAC" in first_page:
        return FLAC
    return None


def _after_id3(head: bytes) -> Format:
    size = 0
    for byte in head[6:10]:
        size = size << 7 | byte & 0x7F
    behind = head[10 + size : 14 + size]
    return FLAC if behind == b"fLaC" else MP3


def _looks_like_mp3(head: bytes) -> bool:
    """Tell whether two MPEG audio frames follow each other exactly, somewhere near the start."""
    position = head.find(b"\xff")
    while 0 <= position < len(head) - 4:
        length = _mpeg_frame_length(head[position : position + 4])
        if length:
            following = head[position + length : position + length + 4]
            at_end = len(following) < 4 and position < 4
            if at_end or _mpeg_frame_length(following):
                return True
        position = head.find(b"\xff", position + 1)
    return False


_BITRATES = {  # kbit/s, ISO/IEC 11172-3 table 2.4.2.3 and 13818-3; keyed by (version 1?, layer)
    (True, 1): (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (True, 2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (True, 3): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (False, 1): (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (False, 2): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (False, 3): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_RATES = (44_100, 48_000, 32_000)


def _mpeg_frame_length(header: bytes) -> int:
    """Return the bytes of the MPEG audio frame that begins here, 0 where none does."""
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE0 != 0xE0:
        return 0
    version, layer = header[1] >> 3 & 3, 4 - (header[1] >> 1 & 3)
    bitrate, rate = header[2] >> 4, header[2] >> 2 & 3
    if version == 1 or layer == 4 or bitrate in (0, 15) or rate == 3:
        return 0
    first = version == 3
    kbits = _BITRATES[first, layer][bitrate - 1]
    hertz = _RATES[rate] // {3: 1, 2: 2, 0: 4}[version]
    padding = header[2] >> 1 & 1
    if layer == 1:
        return (12_000 * kbits // hertz + padding) * 4
    slots = 144_000 if first or layer == 2 else 72_000
    return slots * kbits // hertz + padding
