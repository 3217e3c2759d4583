"""What can go wrong between a file and its sound, each with a stable code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hooklist_errors import HooklistError


class AudioError(HooklistError):
    """A file could not be turned into sound, or its sound into an answer."""

    code = "audio.failed"


class AudioMissingError(AudioError):
    """There is no such file."""

    code = "audio.missing"


class AudioNotAFileError(AudioError):
    """The path leads to a folder, a device, a pipe, or round in a circle of links."""

    code = "audio.not_a_file"


class AudioForbiddenError(AudioError):
    """The file exists, and this process may not read it."""

    code = "audio.forbidden"


class AudioEmptyError(AudioError):
    """There are no bytes, or no samples, in the file."""

    code = "audio.empty"


class AudioUnsupportedError(AudioError):
    """The bytes are not of a kind that is read here, or have too many channels."""

    code = "audio.unsupported"


class AudioUnreadableError(AudioError):
    """The bytes claim to be audio, and no sound worth the name comes out of them."""

    code = "audio.unreadable"


class AudioTooLongError(AudioError):
    """The file plays longer than the limit, by its header or while it is decoded."""

    code = "audio.too_long"


class AudioTooLargeError(AudioError):
    """The file, or what it decodes to, takes more bytes than the limit."""

    code = "audio.too_large"


class AudioBadRequestError(AudioError):
    """The part, rate or length that was asked for does not exist."""

    code = "audio.bad_request"


class AudioTimeoutError(AudioError):
    """The work took longer than it may; it was stopped."""

    code = "audio.timeout"


class AudioOutOfMemoryError(AudioError):
    """The work wanted more memory than it may have; it was stopped."""

    code = "audio.out_of_memory"


class AudioCrashedError(AudioError):
    """The process that did the work died of it; this process did not."""

    code = "audio.crashed"


class AudioStoppedError(AudioError):
    """The caller asked to stop."""

    code = "audio.stopped"


class HighlightModelError(HooklistError):
    """The file of the highlight network is damaged, foreign, or made for other tokens."""

    code = "highlight.model"


def unreadable(path: Path, why: str, **details: Any) -> AudioUnreadableError:
    """Return the failure of a file from which no usable sound can be had, and why."""
    return AudioUnreadableError(
        "This file cannot be read as audio",
        which=str(path),
        why=why,
        next_step="export it again as MP3, FLAC, WAV, Ogg, Opus or M4A",
        details=details,
    )
