"""The ephemeral store inside this process: the default, and stand-in for a server that fails."""

from __future__ import annotations

import json
import threading
import time
from collections import OrderedDict
from typing import Any

from webapp.store.clock import Clock
from webapp.store.ephemeral import LARGEST_VALUE, Health, Hit, Wakeup
from webapp.store.values import to_json

MOST_VALUES = 10_000
MOST_BYTES = 32_000_000
MOST_COUNTERS = 50_000
MOST_CALLS = 64
"""Wake-up calls remembered for workers that are busy; more would only make them look in vain."""


class ProcessEphemeral:
    """Cache, counters and wake-up calls of one process, bounded in number and size.

    Parameters
    ----------
    monotonic
        Seconds since any start.
    most_values, most_bytes
        Beyond either, the values used longest ago are forgotten.
    """

    def __init__(
        self,
        monotonic: Clock = time.monotonic,
        *,
        most_values: int = MOST_VALUES,
        most_bytes: int = MOST_BYTES,
    ) -> None:
        self._monotonic = monotonic
        self._most_values = most_values
        self._most_bytes = most_bytes
        self._lock = threading.Lock()
        self._values: OrderedDict[str, tuple[float, str]] = OrderedDict()
        self._bytes = 0
        self._counters: dict[str, tuple[float, int]] = {}
        self._wakeups: dict[str, ProcessWakeup] = {}

    def get(self, key: str) -> Any:
        """See `Ephemeral.get`."""
        with self._lock:
            held = self._values.get(key)
            if held is None:
                return None
            if held[0] <= self._monotonic():
                self._forget(key)
                return None
            self._values.move_to_end(key)
        # A fresh copy each time: what a caller does to it changes nothing here.
        return json.loads(held[1])

    def set(self, key: str, value: Any, *, ttl: float) -> bool:
        """See `Ephemeral.set`."""
        text = to_json(value, which=key)
        with self._lock:
            self._forget(key)
            if len(text) > LARGEST_VALUE or ttl <= 0:
                return False
            self._values[key] = (self._monotonic() + ttl, text)
            self._bytes += len(text)
            while len(self._values) > self._most_values or self._bytes > self._most_bytes:
                self._forget(next(iter(self._values)))
        return True

    def delete(self, key: str) -> None:
        """See `Ephemeral.delete`."""
        with self._lock:
            self._forget(key)

    def hit(self, key: str, *, limit: int, window: float) -> Hit:
        """See `Ephemeral.hit`."""
        now = self._monotonic()
        with self._lock:
            ends, count = self._counters.get(key, (0.0, 0))
            if ends <= now:
                ends, count = now + window, 0
            if key not in self._counters and len(self._counters) >= MOST_COUNTERS:
                self._drop_counters(now)
            self._counters[key] = (ends, count + 1)
        return Hit(count < limit, count + 1, ends - now)

    def wakeup(self, name: str) -> Wakeup:
        """See `Ephemeral.wakeup`."""
        with self._lock:
            return self._wakeups.setdefault(name, ProcessWakeup())

    def health(self) -> Health:
        """See `Ephemeral.health`."""
        return Health("process", True)

    def close(self) -> None:
        """Forget everything."""
        with self._lock:
            self._values.clear()
            self._counters.clear()
            self._bytes = 0

    def _forget(self, key: str) -> None:
        held = self._values.pop(key, None)
        if held is not None:
            self._bytes -= len(held[1])

    def _drop_counters(self, now: float) -> None:
        self._counters = {key: held for key, held in self._counters.items() if held[0] > now}
        # All of them in use: the older half goes, which forgives some; memory stays bounded.
        if len(self._counters) >= MOST_COUNTERS:
            for key in list(self._counters)[: MOST_COUNTERS // 2]:
                del self._counters[key]


class ProcessWakeup:
    """Wakes threads of this process."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._calls = 0

    def wake(self) -> None:
        """See `Wakeup.wake`."""
        with self._condition:
            self._calls = min(self._calls + 1, MOST_CALLS)
            self._condition.notify()

    def wait(self, seconds: float) -> bool:
        """See `Wakeup.wait`."""
        with self._condition:
            if not self._condition.wait_for(lambda: self._calls > 0, timeout=max(0.0, seconds)):
                return False
            self._calls -= 1
            return True
