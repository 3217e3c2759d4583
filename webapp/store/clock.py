"""Time as the store keeps it: seconds since 1970-01-01 UTC, as a float, in every database alike.

The wall clock may jump. Nothing whose correctness matters (leases) is decided by it; those compare
how long a value has stood still on the observer's own monotonic clock.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

Clock: TypeAlias = Callable[[], float]
"""Returns seconds since the epoch (`time.time`) or since an arbitrary start (`time.monotonic`)."""

MINUTE = 60.0
HOUR = 60 * MINUTE
DAY = 24 * HOUR

CLOCK_SLACK = 60.0
"""Seconds by which clocks may differ; a moment further ahead shows that the clock jumped."""
