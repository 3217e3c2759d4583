"""Whole tracks of the operator's own audio: what kind of sound a file is, and its picture."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from webapp.errors import AudioUnavailable, AudioUnplayable

LARGEST_PICTURE = 4 * 1024 * 1024
_MOST_PICTURES = 8
_HEAD = 64

_PICTURES = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that browsers show.

    Parameters
    ----------
    data
        The file.
    kind
        Its media type, by its content.
    """

    data: bytes
    kind: str


def sound_kind(file: Path) -> str:
    """Return the media type of a sound that browsers play, by its content and not by its name.

    Raises
    ------
    AudioUnavailable
        If the file cannot be read.
    AudioUnplayable
        If it is of no kind that browsers play.
    """
    try:
        with file.open("rb") as opened:
            head = opened.read(_HEAD)
    except OSError as error:
        raise AudioUnavailable(
            "cannot play the track",
            which=file.name,
            why=error.strerror or "its file cannot be read",
            next_step="hear it in the trailer, or open it at its source",
        ) from error
    kind = _kind_of(head)
    if not kind:
        raise AudioUnplayable(
            "cannot play the whole track",
            which=file.name,
            why="its file is of a kind that browsers do not play",
            next_step="hear it in the trailer, or open it at its source",
        )
    return kind


def embedded_picture(file: Path) -> Picture | None:
    """Return the cover that a sound's tags hold, or None where they hold none that can be shown."""
    import mutagen

    try:
        found = mutagen.File(file)
        held = list(_held_pictures(found))[:_MOST_PICTURES] if found is not None else []
    except (
        Exception
    ):  # tags are decoration, and mutagen lets errors of many kinds out of damaged files
        return None
    shown = [picture for _, data in sorted(held, key=_front_first) if (picture := _picture(data))]
    return shown[0] if shown else None


def _front_first(held: tuple[int, bytes]) -> bool:
    return held[0] != 3  # of ID3's kinds of pictures, the front cover


def _held_pictures(found: Any) -> Iterator[tuple[int, bytes]]:
    """Yield kind and bytes of the pictures in the tags of any format."""
    from mutagen import flac

    read: Any = flac.Picture
    for picture in getattr(found, "pictures", None) or ():
        yield picture.type, picture.data
    tags = found.tags
    if tags is None:
        return
    if hasattr(tags, "getall"):
        for frame in tags.getall("APIC"):
            yield frame.type, frame.data
        return
    for text in _listed(tags, "metadata_block_picture"):
        block = read(base64.b64decode(text))
        yield block.type, block.data
    for data in _listed(tags, "covr"):
        yield 3, bytes(data)


def _listed(tags: Any, name: str) -> Any:
    try:
        return tags.get(name) or ()
    except (KeyError, ValueError):
        return ()


def _picture(data: bytes) -> Picture | None:
    if not 0 < len(data) <= LARGEST_PICTURE:
        return None
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return Picture(data, "image/webp")
    return next((Picture(data, kind) for magic, kind in _PICTURES if data.startswith(magic)), None)


def _kind_of(head: bytes) -> str:
    """Return the media type that the first bytes of a file speak for, or nothing."""
    if head.startswith(b"ID3") or (len(head) > 1 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2):
        return "audio/mpeg"
    if head.startswith(b"OggS"):
        return "audio/ogg"
    if head.startswith(b"fLaC"):
        return "audio/flac"
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        return "audio/wav"
    if head[4:8] == b"ftyp":
        return "audio/mp4"
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xF6 == 0xF0:
        return "audio/aac"
    return "audio/webm" if head.startswith(b"\x1a\x45\xdf\xa3") else ""
