"""A trailer's sound while it is still written: read from its growing file until it is whole."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

from webapp.errors import AudioUnavailable, NotFound

LOOKS_EVERY = 0.1
LONGEST_STALL = 60.0
"""Seconds without a new byte after which a writer counts as dead: mastering takes less."""
LONGEST = 15 * 60.0
"""Seconds one listener may follow in all, as long as a rendering may take."""
_BLOCK = 1 << 16


class LiveSounds:
    """Follows growing files for a bounded number of listeners; each takes a thread of the server.

    Parameters
    ----------
    most
        Listeners at the same time.
    monotonic, sleep
        Seconds since any start, and waiting for some.
    """

    def __init__(
        self,
        most: int,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._places = threading.BoundedSemaphore(max(1, most))
        self._monotonic = monotonic
        self._sleep = sleep

    def follow(self, file: Path) -> Following:
        """Return what is in `file` and what is still written into it, until its writer removes it.

        The answer must be closed.

        Raises
        ------
        NotFound
            If there is no such file (any more).
        AudioUnavailable
            If as many listen already as may.
        """
        if not self._places.acquire(blocking=False):
            raise AudioUnavailable(
                "This cannot be heard already",
                why="as many as may listen to unfinished trailers do so at the moment",
                kept="the trailer goes on being made",
                next_step="wait until it is there",
            )
        try:
            descriptor = os.open(file, os.O_RDONLY)
        except OSError as error:
            self._places.release()
            raise NotFound(
                "There is nothing to hear yet",
                which=file.name,
                next_step="wait until the trailer is there",
            ) from error
        return Following(descriptor, self._places.release, self._monotonic, self._sleep)


class Following:
    """The bytes of a growing file, in blocks; an iterator that must be closed.

    Parameters
    ----------
    descriptor
        The opened file; closed at the end.
    release
        Called once at the end.
    monotonic, sleep
        See `LiveSounds`.
    """

    def __init__(
        self,
        descriptor: int,
        release: Callable[[], None],
        monotonic: Callable[[], float],
        sleep: Callable[[float], None],
    ) -> None:
        self._descriptor = descriptor
        self._release = release
        self._monotonic = monotonic
        self._sleep = sleep
        self._began = self._grew = monotonic()
        self._closed = False

    def __iter__(self) -> Self:
        """Return itself."""
        return self

    def __next__(self) -> bytes:
        """Return the next bytes, as soon as there are some."""
        while not self._closed:
            # Asked before reading: what was written before the end is read after it, too.
            ended = os.fstat(self._descriptor).st_nlink == 0
            block = os.read(self._descriptor, _BLOCK)
            now = self._monotonic()
            if block:
                self._grew = now
                return block
            if ended or now - self._grew > LONGEST_STALL or now - self._began > LONGEST:
                break
            self._sleep(LOOKS_EVERY)
        self.close()
        raise StopIteration

    def close(self) -> None:
        """Let go of the file and of the listener's place; more than once does no harm."""
        if not self._closed:
            self._closed = True
            os.close(self._descriptor)
            self._release()
