"""Our own pace, kept below Spotify's unpublished limits: one bucket for all, one per user.

Token bucket: a bucket holds at most `burst` requests and refills at `rate` per second.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from webapp.spotify.errors import SpotifyBudgetSpent

_USERS = 10_000


class Bucket:
    """A token bucket.

    Parameters
    ----------
    rate
        Requests per second.
    burst
        Requests at once.
    now
        Seconds since any start.
    """

    def __init__(self, rate: float, burst: float, now: float) -> None:
        self.rate = rate
        self.burst = burst
        self._level = burst
        self._at = now

    def wait_for(self, now: float) -> float:
        """Return after how many seconds there is room for one request."""
        self._refill(now)
        return max(0.0, (1.0 - self._level) / self.rate)

    def left(self, now: float) -> float:
        """Return how many requests may be made at once; below 0 if others wait for room."""
        self._refill(now)
        return self._level

    def take(self, now: float) -> None:
        """Use up one request; the level may go below zero, which makes the next ones wait."""
        self._refill(now)
        self._level -= 1.0

    def _refill(self, now: float) -> None:
        self._level = min(self.burst, self._level + max(0.0, now - self._at) * self.rate)
        self._at = max(self._at, now)


class Budget:
    """What this process may ask of Spotify.

    Parameters
    ----------
    rate, burst
        Of all users together.
    user_rate, user_burst
        Of each user.
    monotonic, sleep
        For tests.
    """

    def __init__(
        self,
        *,
        rate: float,
        burst: float,
        user_rate: float,
        user_burst: float,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._user_rate = user_rate
        self._user_burst = user_burst
        self._monotonic = monotonic
        self._sleep = sleep
        self._lock = threading.Lock()
        self._all = Bucket(rate, burst, monotonic())
        self._users: OrderedDict[str, Bucket] = OrderedDict()

    def spend(self, user_id: str, *, patience: float) -> None:
        """Use up one request of the user's budget, waiting for room if need be.

        Parameters
        ----------
        user_id
            Whose request; a user beyond theirs does not use up that of others.
        patience
            Seconds to wait at most.

        Raises
        ------
        SpotifyBudgetSpent
            If there will be no room within `patience`; nothing is used up then.
        """
        with self._lock:
            now = self._monotonic()
            mine = self._bucket(user_id, now)
            wait = max(mine.wait_for(now), self._all.wait_for(now))
            if wait <= patience:
                # Taken before the wait, so that those who come later queue behind.
                mine.take(now)
                self._all.take(now)
        if wait > patience:
            raise SpotifyBudgetSpent(
                "Spotify was not asked",
                why="too many requests were made in the last seconds",
                next_step=f"try again in {max(1, round(wait))} s",
                retry_after=max(1.0, wait),
            )
        if wait > 0:
            self._sleep(wait)

    def left(self) -> float:
        """Return how many requests may be made at once, of all users together."""
        with self._lock:
            return self._all.left(self._monotonic())

    def _bucket(self, user_id: str, now: float) -> Bucket:
        bucket = self._users.get(user_id)
        if bucket is None:
            bucket = self._users[user_id] = Bucket(self._user_rate, self._user_burst, now)
            if len(self._users) > _USERS:
                self._users.popitem(last=False)
        self._users.move_to_end(user_id)
        return bucket
