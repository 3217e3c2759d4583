"""Child processes that decode are kept for the next file, and let go after a while without one."""

from __future__ import annotations

import threading
from collections.abc import Callable

IDLE_SECONDS = 60.0
"""A child takes about 170 MB while it waits, and half a second to start."""


class IdleChildren:
    """Ends this process's children once nobody has used them for a while.

    Parameters
    ----------
    close
        Ends those that wait; those at work end with their work.
    seconds
        Without use.
    """

    def __init__(self, close: Callable[[], None], seconds: float = IDLE_SECONDS) -> None:
        self._close = close
        self._seconds = seconds
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None

    def used(self) -> None:
        """Begin to wait anew."""
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
            self._timer = threading.Timer(self._seconds, self._close)
            self._timer.daemon = True
            self._timer.start()
