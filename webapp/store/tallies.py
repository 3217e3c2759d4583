"""How often something happened on each day: counts by name, without anybody's.

Kept in the table of small values, one row per name. Counting must not make what is counted slower
or fail: it is gathered in memory and written every few seconds, and a crash may lose those.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, delete, select, update

from webapp.store.clock import DAY, Clock
from webapp.store.engine import once_more, reading, writing
from webapp.store.errors import StoreError
from webapp.store.schema import META

LOG = logging.getLogger(__name__)

PREFIX = "tally:"
KEPT_DAYS = 8
WRITE_SECONDS = 5.0
MOST_NAMES = 200
"""Names counted at once; further ones are dropped, so that no mistake fills the table."""


@dataclass(frozen=True, slots=True)
class Tally:
    """One thing that happened.

    Attributes
    ----------
    name
        What, such as ``spotify.rate_limited``.
    count
        How often, in the days asked for.
    last
        When at last, seconds since the epoch.
    """

    name: str
    count: int
    last: float


class Tallies:
    """The counts. May be used from many threads.

    Parameters
    ----------
    engine
        From `webapp.store.open_engine`.
    clock
        Seconds since the epoch.
    every
        Seconds between two writings.
    """

    def __init__(
        self, engine: Engine, clock: Clock = time.time, *, every: float = WRITE_SECONDS
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._every = every
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._last: dict[str, float] = {}
        self._written = float("-inf")

    def add(self, name: str) -> None:
        """Count one; never fails."""
        now = self._clock()
        with self._lock:
            if name not in self._counts and len(self._counts) >= MOST_NAMES:
                return
            self._counts[name] += 1
            self._last[name] = now
            due = abs(now - self._written) >= self._every
        if due:
            self.flush()

    def flush(self) -> None:
        """Write what has gathered; what cannot be written is kept for the next time."""
        with self._lock:
            counts, self._counts = self._counts, Counter()
            last, self._last = self._last, {}
            self._written = self._clock()
        if not counts:
            return
        try:
            once_more(lambda: self._write(counts, last), which="tallies")
        except StoreError as error:
            LOG.warning("counts could not be written: %s", error)
            with self._lock:
                self._counts.update(counts)
                self._last = {**last, **self._last}

    def recent(self, days: int = 1) -> dict[str, Tally]:
        """Return what happened today and in the `days` before, by name."""
        self.flush()
        oldest = _day(self._clock()) - days
        query = select(META.c.name, META.c.value).where(META.c.name.startswith(PREFIX))
        found: dict[str, Tally] = {}
        with reading(self._engine) as connection:
            for row in connection.execute(query):
                name = row.name.removeprefix(PREFIX)
                count = sum(n for day, n in _days(row.value).items() if day >= oldest)
                if count:
                    found[name] = Tally(name, count, float(row.value.get("last") or 0.0))
        return found

    def purge(self) -> int:
        """Forget what did not happen for more than a week; return how many names."""
        old = delete(META).where(
            META.c.name.startswith(PREFIX), META.c.updated_at < self._clock() - KEPT_DAYS * DAY
        )
        with writing(self._engine) as connection:
            return connection.execute(old).rowcount

    def _write(self, counts: Mapping[str, int], last: Mapping[str, float]) -> None:
        now = self._clock()
        today = _day(now)
        with writing(self._engine) as connection:
            for name, count in sorted(counts.items()):  # in one order: no two wait for each other
                row = META.c.name == PREFIX + name
                held = connection.execute(
                    select(META.c.value).where(row).with_for_update()
                ).scalar()
                days = {day: n for day, n in _days(held or {}).items() if day > today - KEPT_DAYS}
                days[today] = days.get(today, 0) + count
                value = {"days": {str(day): n for day, n in days.items()}, "last": last[name]}
                values = {"value": value, "updated_at": now}
                if held is None:
                    connection.execute(META.insert().values(name=PREFIX + name, **values))
                else:
                    connection.execute(update(META).where(row).values(values))


def _day(moment: float) -> int:
    return int(moment // DAY)


def _days(value: Any) -> dict[int, int]:
    days = value.get("days") if isinstance(value, dict) else None
    return {int(day): int(count) for day, count in (days or {}).items()}
