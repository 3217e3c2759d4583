"""The ephemeral store on Redis or Valkey, with this process standing in while the server fails.

A request never waits for the server longer than one short time-out: after a failure, or several
slow answers, everything is served from this process at once, and a thread in the background tries
the server until it can be written again, quickly (a circuit breaker whose probe costs no request).
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar, cast

import redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from webapp.store.clock import Clock
from webapp.store.ephemeral import LARGEST_VALUE, Health, Hit, Wakeup
from webapp.store.ephemeral_process import MOST_CALLS, ProcessEphemeral
from webapp.store.errors import StoreMisconfigured
from webapp.store.values import to_json

LOG = logging.getLogger(__name__)

TIMEOUT_SECONDS = 0.3
SLOW_SECONDS = 0.1
SLOW_ANSWERS = 3
"""So many slow answers in a row count as a failure."""

RETRY_SECONDS = (0.2, 5.0)
MOST_STALE = 10_000
LONGEST_KEY = 200
LONGEST_WAIT = 2.0
"""Seconds a worker sleeps on the server at a time, so that it also looks for itself."""

_Result = TypeVar("_Result")


class RedisEphemeral:
    """Cache, counters and wake-up calls on a server, or in this process while it fails.

    Parameters
    ----------
    url
        See `webapp.store.open_ephemeral`.
    namespace
        What every key begins with.
    timeout
        Seconds for connecting and for each answer.
    slow
        Seconds from which an answer counts as slow.
    monotonic
        Seconds since any start.

    Raises
    ------
    StoreMisconfigured
        If `url` cannot be read. A server that is not there is no error.
    """

    def __init__(
        self,
        url: str,
        *,
        namespace: str = "hooklist:",
        timeout: float = TIMEOUT_SECONDS,
        slow: float = SLOW_SECONDS,
        monotonic: Clock = time.monotonic,
    ) -> None:
        self._namespace = namespace
        self._timeout = timeout
        self._slow = slow
        self._monotonic = monotonic
        self._stand_in = ProcessEphemeral(monotonic)
        self._client = _client(url, timeout)
        self._waiting_client = _client(url, timeout, waits=LONGEST_WAIT)
        self._lock = threading.Lock()
        self._healthy = False
        self._trouble = "not connected yet"
        self._slow_answers = 0
        # What was written while the server was away: its own copies of these are out of date.
        self._stale: set[str] = set()
        self._all_stale = False
        self._probe: threading.Thread | None = None
        self._closed = threading.Event()
        self._recovered = threading.Event()
        self._start_probe()
        # A server that is there is used from the first request on.
        self._recovered.wait(timeout + slow)

    def get(self, key: str) -> Any:
        """See `Ephemeral.get`."""

        def ask() -> Any:
            # Never more than the largest value, whoever wrote it.
            found = cast(bytes, self._client.getrange(self._name("c", key), 0, LARGEST_VALUE))
            if not found or len(found) > LARGEST_VALUE:
                return None
            try:
                return json.loads(found)
            except ValueError:
                return None

        return self._try(ask, lambda: self._stand_in.get(key))

    def set(self, key: str, value: Any, *, ttl: float) -> bool:
        """See `Ephemeral.set`."""
        text = to_json(value, which=key)
        if len(text) > LARGEST_VALUE or ttl <= 0:
            self.delete(key)
            return False
        name = self._name("c", key)

        def ask() -> bool:
            self._client.set(name, text, px=max(1, int(ttl * 1000)))
            return True

        def instead() -> bool:
            self._note_stale(name)
            return self._stand_in.set(key, value, ttl=ttl)

        return self._try(ask, instead)

    def delete(self, key: str) -> None:
        """See `Ephemeral.delete`."""
        name = self._name("c", key)
        # Also here: it may have been put here while the server was away, and may be again.
        self._stand_in.delete(key)
        self._try(lambda: self._client.delete(name), lambda: self._note_stale(name))

    def hit(self, key: str, *, limit: int, window: float) -> Hit:
        """See `Ephemeral.hit`."""
        name = self._name("n", key)

        def ask() -> Hit:
            with self._client.pipeline(transaction=True) as steps:
                steps.set(name, 0, px=max(1, int(window * 1000)), nx=True)
                steps.incr(name)
                steps.pttl(name)
                _, count, left = steps.execute()
            return Hit(count <= limit, count, max(0.0, left / 1000))

        return self._try(ask, lambda: self._stand_in.hit(key, limit=limit, window=window))

    def wakeup(self, name: str) -> Wakeup:
        """See `Ephemeral.wakeup`."""
        return _RedisWakeup(self, self._name("w", name), self._stand_in.wakeup(name))

    def health(self) -> Health:
        """See `Ephemeral.health`."""
        with self._lock:
            return Health("redis", self._healthy, self._trouble)

    def close(self) -> None:
        """See `Ephemeral.close`."""
        self._closed.set()
        probe = self._probe
        if probe is not None:
            probe.join(self._timeout * 2 + 1)
        for client in (self._client, self._waiting_client):
            with contextlib.suppress(RedisError, OSError):
                client.close()
        self._stand_in.close()

    def call(self, name: str) -> None:
        """Leave a wake-up call on the server (for `_RedisWakeup`)."""
        with self._client.pipeline(transaction=True) as steps:
            steps.rpush(name, 1)
            steps.ltrim(name, -MOST_CALLS, -1)
            steps.pexpire(name, 60_000)
            steps.execute()

    def await_call(self, name: str, seconds: float) -> bool:
        """Wait on the server for a wake-up call (for `_RedisWakeup`)."""
        # Zero would be for ever.
        seconds = min(max(0.01, seconds), LONGEST_WAIT)
        return self._waiting_client.blpop([name], timeout=seconds) is not None

    def attempt(
        self, ask: Callable[[], _Result], instead: Callable[[], _Result], *, patient: bool = False
    ) -> _Result:
        """Ask the server, or do `instead` if it is away or fails (for `_RedisWakeup`).

        `patient` is for what is meant to take its time: it is never counted as slow.
        """
        if not self._healthy:
            return instead()
        begun = self._monotonic()
        try:
            result = ask()
        except (RedisError, OSError, ValueError) as error:
            self._fail(str(error) or type(error).__name__)
            return instead()
        if not patient:
            self._weigh(self._monotonic() - begun)
        return result

    def _try(self, ask: Callable[[], _Result], instead: Callable[[], _Result]) -> _Result:
        return self.attempt(ask, instead)

    def _weigh(self, seconds: float) -> None:
        if seconds < self._slow:
            self._slow_answers = 0
            return
        self._slow_answers += 1
        if self._slow_answers >= SLOW_ANSWERS:
            self._fail(f"{SLOW_ANSWERS} answers in a row took longer than {self._slow:g} s")

    def _fail(self, trouble: str) -> None:
        with self._lock:
            was_healthy = self._healthy
            self._healthy = False
            self._trouble = trouble[:200]
            self._slow_answers = 0
        if was_healthy:
            LOG.warning("the cache server fails, this process stands in: %s", trouble)
        self._start_probe()

    def _start_probe(self) -> None:
        with self._lock:
            if self._closed.is_set() or (self._probe is not None and self._probe.is_alive()):
                return
            self._recovered.clear()
            self._probe = threading.Thread(
                target=self._probe_until_well, name="cache-probe", daemon=True
            )
            self._probe.start()

    def _probe_until_well(self) -> None:
        pause = RETRY_SECONDS[0]
        while not self._closed.is_set():
            trouble = self._probe_once()
            if not trouble:
                return
            with self._lock:
                self._trouble = trouble[:200]
            self._closed.wait(pause)
            pause = min(pause * 1.5, RETRY_SECONDS[1])

    def _probe_once(self) -> str:
        """Try a write, and catch up; return what was wrong."""
        begun = self._monotonic()
        try:
            # A write, because a full or read-only server still answers pings.
            self._client.set(self._name("p", "probe"), b"1", px=1000)
            took = self._monotonic() - begun
            if took >= self._slow:
                # Connecting may have been the slow part; the connection is there now.
                begun = self._monotonic()
                self._client.set(self._name("p", "probe"), b"1", px=1000)
                took = self._monotonic() - begun
            if took >= self._slow:
                return f"an answer took {took:.2f} s"
            self._forget_stale()
        except (RedisError, OSError, ValueError) as error:
            return str(error) or type(error).__name__
        with self._lock:
            self._healthy = True
            self._trouble = ""
            # Before the lock is let go: from here on a failure must start a new probe.
            self._probe = None
        self._recovered.set()
        LOG.info("the cache server is used")
        return ""

    def _note_stale(self, name: str) -> None:
        with self._lock:
            if len(self._stale) < MOST_STALE:
                self._stale.add(name)
            else:
                self._all_stale = True

    def _forget_stale(self) -> None:
        with self._lock:
            names, everything = list(self._stale), self._all_stale
        if everything:
            names = list(self._client.scan_iter(match=f"{self._namespace}c:*", count=1000))
        for start in range(0, len(names), 500):
            self._client.delete(*names[start : start + 500])
        with self._lock:
            self._stale.difference_update(names)
            if everything:
                self._stale.clear()
                self._all_stale = False

    def _name(self, kind: str, key: str) -> str:
        if len(key) > LONGEST_KEY or not key.isascii():
            key = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
        return f"{self._namespace}{kind}:{key}"


class _RedisWakeup:
    """A wake-up call through a list on the server: each call wakes one worker of any process."""

    def __init__(self, server: RedisEphemeral, name: str, stand_in: Wakeup) -> None:
        self._server = server
        self._name = name
        self._stand_in = stand_in

    def wake(self) -> None:
        """See `Wakeup.wake`."""
        self._server.attempt(lambda: self._server.call(self._name), self._stand_in.wake)

    def wait(self, seconds: float) -> bool:
        """See `Wakeup.wait`."""
        begun = time.monotonic()

        def instead() -> bool:
            return self._stand_in.wait(seconds - (time.monotonic() - begun))

        if seconds < 0.05:
            return instead()
        return self._server.attempt(
            lambda: self._server.await_call(self._name, seconds), instead, patient=True
        )


def _client(url: str, timeout: float, *, waits: float = 0.0) -> redis.Redis:
    address = url
    for theirs, ours in (("valkeys://", "rediss://"), ("valkey://", "redis://")):
        if url.startswith(theirs):
            address = ours + url[len(theirs) :]
    try:
        return redis.Redis.from_url(
            address,
            socket_timeout=timeout + waits,
            socket_connect_timeout=timeout,
            # The library's own retries would wait, and repeat what may have been done.
            retry=Retry(NoBackoff(), 0),
            decode_responses=False,
            health_check_interval=0,
        )
    except (ValueError, TypeError) as error:
        raise StoreMisconfigured(
            "The address of the cache server cannot be read",
            why=str(error),
            next_step="use redis://host:6379/0, rediss://…, unix:///path, or leave it empty",
        ) from error
