"""A moment by which something must be over."""

from __future__ import annotations

import time
from collections.abc import Callable


class Deadline:
    """A bound for everything that is done under it.

    Parameters
    ----------
    seconds
        From now.
    monotonic
        Seconds since any start.
    """

    def __init__(self, seconds: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.seconds = seconds
        self._monotonic = monotonic
        self._end = monotonic() + seconds

    @property
    def left(self) -> float:
        """Seconds that are left; 0 if it is over."""
        return max(0.0, self._end - self._monotonic())

    @property
    def over(self) -> bool:
        """Whether no time is left."""
        return self.left <= 0
