"""A circuit breaker: after several failures in a row, nobody waits for the next one.

Nygard, *Release It!* (2007): closed → open → half-open.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from webapp.spotify.errors import SpotifyUnavailable


class Breaker:
    """Stops requests while Spotify is down.

    Parameters
    ----------
    failures
        In a row, within `seconds`, until it opens.
    seconds
        How long it stays open; then one request is let through to see.
    monotonic
        Seconds since any start.
    """

    def __init__(
        self, failures: int, seconds: float, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._limit = failures
        self._seconds = seconds
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._failed_at: list[float] = []
        self._open_until = 0.0
        self._probing = False

    @property
    def is_open(self) -> bool:
        """Whether requests are refused just now."""
        with self._lock:
            return self._monotonic() < self._open_until

    def seconds_open(self) -> float:
        """Return for how long requests are still refused; 0 if they are not."""
        with self._lock:
            return max(0.0, self._open_until - self._monotonic())

    @contextmanager
    def guard(self) -> Iterator[None]:
        """Let a request pass and learn from it: `SpotifyUnavailable` counts as a failure.

        Raises
        ------
        SpotifyUnavailable
            At once, while it is open.
        """
        probe = self._enter()
        try:
            yield
        except SpotifyUnavailable:
            self._failed(probe)
            raise
        except BaseException:
            # Spotify has answered, be it with a refusal.
            self._worked(probe)
            raise
        self._worked(probe)

    def _enter(self) -> bool:
        with self._lock:
            now = self._monotonic()
            tripped = len(self._failed_at) >= self._limit
            wait = self._open_until - now
            if wait > 0 or (tripped and self._probing):
                raise SpotifyUnavailable(
                    "Spotify was not asked",
                    why="it has failed several times in a row",
                    next_step=f"it is asked again in {max(1, round(wait))} s",
                    retry_after=max(1.0, wait),
                )
            if tripped:
                self._probing = True
            return tripped

    def _failed(self, probe: bool) -> None:
        with self._lock:
            now = self._monotonic()
            if probe:
                self._probing = False
                self._open_until = now + self._seconds
                return
            recent = [at for at in self._failed_at if now - at <= self._seconds]
            self._failed_at = [*recent, now][-self._limit :]
            if len(self._failed_at) >= self._limit:
                self._open_until = now + self._seconds

    def _worked(self, probe: bool) -> None:
        with self._lock:
            if probe:
                self._probing = False
            elif self._open_until > self._monotonic():
                # Begun before it opened: says nothing about now.
                return
            self._failed_at.clear()
