"""From a request to the disk, counting what really comes."""

from __future__ import annotations

import errno
import hashlib
from dataclasses import dataclass
from typing import IO, BinaryIO

from webapp.services.uploads.errors import (
    NoRoomForUploads,
    UploadBrokenOff,
    UploadEmpty,
    UploadTooLarge,
)

_BLOCK = 1 << 18


@dataclass(frozen=True, slots=True)
class Received:
    """What came.

    Parameters
    ----------
    bytes
        How many.
    content_key
        SHA-256 of them: the name their study is kept under.
    """

    bytes: int
    content_key: str


def receive(
    stream: IO[bytes], target: BinaryIO, *, most: int, announced: int | None, name: str
) -> Received:
    """Write a stream to a file, block by block, never more than `most` bytes of it.

    Parameters
    ----------
    stream
        What is sent; its end is where it says.
    target
        Open and empty.
    most
        Bytes of one file.
    announced
        Bytes the sender spoke of, where it did; believed only to notice that some are missing.
    name
        Of the file, for errors.

    Raises
    ------
    UploadTooLarge, UploadEmpty, UploadBrokenOff
        More than `most`, nothing, or less than announced came.
    NoRoomForUploads
        If the disk is full.
    """
    if announced is not None and announced > most:
        raise too_large(name, announced, most)
    digest, size = hashlib.sha256(), 0
    while True:
        try:
            block = stream.read(_BLOCK)
        except OSError as error:
            raise _broken_off(name, size, announced) from error
        if not block:
            break
        size += len(block)
        if size > most:
            raise too_large(name, size, most)
        digest.update(block)
        try:
            target.write(block)
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            raise disk_full(name) from error
    if size == 0 and not announced:
        raise UploadEmpty(
            "This file was not taken",
            which=name,
            why="it has 0 bytes",
            next_step="copy or export it again",
        )
    if announced is not None and size < announced:
        raise _broken_off(name, size, announced)
    return Received(size, digest.hexdigest())


def too_large(name: str, size: int, most: int) -> UploadTooLarge:
    """Return the failure of a file of more than `most` bytes."""
    return UploadTooLarge(
        "This file was not taken",
        which=name,
        why=f"it has {size / 1e6:.1f} MB or more, and {most / 1e6:g} MB are allowed",
        next_step="use a compressed or a shorter file",
    )


def disk_full(name: str) -> NoRoomForUploads:
    """Return the failure of a disk that takes no more."""
    return NoRoomForUploads(
        "This file was not taken",
        which=name,
        why="the server's disk is full",
        kept="the files that are there already",
        next_step="try again later, or tell the operator",
    )


def _broken_off(name: str, size: int, announced: int | None) -> UploadBrokenOff:
    whole = f" of {announced:,}" if announced is not None else ""
    return UploadBrokenOff(
        "This file did not arrive whole",
        which=name,
        why=f"only {size:,}{whole} bytes came",
        kept="nothing of it was kept",
        next_step="send it again",
    )
