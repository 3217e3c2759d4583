"""A clock that tests can move."""

from __future__ import annotations

import calendar
import time
from datetime import UTC, datetime


class Clock:
    """Wall-clock time plus an offset.

    Parameters
    ----------
    offset
        Seconds added to the machine's time.
    """

    def __init__(self, offset: float = 0.0) -> None:
        self.offset = offset

    def now(self) -> float:
        """Return Unix time in seconds, as this stand-in sees it."""
        return time.time() + self.offset


def iso_seconds(at: float) -> str:
    """Write a Unix time as Spotify writes `added_at`: ``2026-11-21T08:15:00Z``."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def iso_milliseconds(at_ms: int) -> str:
    """Write Unix milliseconds as Spotify writes `played_at`: ``2026-11-21T08:15:00.123Z``."""
    seconds, rest = divmod(at_ms, 1000)
    moment = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{moment}.{rest:03d}Z"


def months_later(at: float, months: int) -> float:
    """Return the same time of day `months` calendar months later, clipped to the month's end."""
    moment = datetime.fromtimestamp(at, UTC)
    index = moment.year * 12 + moment.month - 1 + months
    year, month = divmod(index, 12)
    last_day = calendar.monthrange(year, month + 1)[1]
    later = moment.replace(year=year, month=month + 1, day=min(moment.day, last_day))
    return later.timestamp()
