"""What need not be kept: cached answers, counters, wake-up calls. It may vanish at any time.

Without a URL it lives in this process. With one it lives in Redis or Valkey, shared by all
processes, and falls back to this process while that server is away, full, read-only or slow
(`webapp.store.ephemeral_redis`). Values are JSON, so that nothing read from the server is run.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

LARGEST_VALUE = 256_000
"""Bytes of JSON; a larger value is not cached."""


@dataclass(frozen=True, slots=True)
class Hit:
    """What a counter said.

    Attributes
    ----------
    allowed
        Whether this one is within the limit.
    count
        How many there were in this window, this one included.
    retry_after
        Seconds until the window ends.
    """

    allowed: bool
    count: int
    retry_after: float


@dataclass(frozen=True, slots=True)
class Health:
    """How the ephemeral store is.

    Attributes
    ----------
    kind
        ``process`` or ``redis``.
    healthy
        False while a server is configured and this process stands in for it.
    trouble
        The server's last failure; empty if there was none since it last worked.
    """

    kind: str
    healthy: bool
    trouble: str = ""


class Wakeup(Protocol):
    """Tells sleeping workers that there is a job; they look by themselves once a second anyway."""

    def wake(self) -> None:
        """Wake one worker, or remember it for the next that goes to sleep. Never fails."""

    def wait(self, seconds: float) -> bool:
        """Sleep for at most `seconds`; return whether there was a call."""


class Ephemeral(Protocol):
    """A cache, counters and wake-up calls. No method raises for trouble of a server."""

    def get(self, key: str) -> Any:
        """Return the value, or None if there is none (any more)."""

    def set(self, key: str, value: Any, *, ttl: float) -> bool:
        """Keep plain data for `ttl` seconds; return False if it is too large to be kept."""

    def delete(self, key: str) -> None:
        """Forget the value."""

    def hit(self, key: str, *, limit: int, window: float) -> Hit:
        """Count one use of `key` in windows of `window` seconds that begin with a first use."""

    def wakeup(self, name: str) -> Wakeup:
        """Return the wake-up call of this name."""

    def health(self) -> Health:
        """Return how the store is, without asking the server."""

    def close(self) -> None:
        """Let go of connections and threads."""


def open_ephemeral(url: str = "", *, namespace: str = "hooklist:") -> Ephemeral:
    """Return the ephemeral store at `url`.

    Parameters
    ----------
    url
        ``redis://[:password@]host[:port][/db]``, ``rediss://…``, ``unix:///path``, the same with
        ``valkey``; empty for this process. The server need not be there yet.
    namespace
        What every key on the server begins with.

    Raises
    ------
    StoreMisconfigured
        If `url` is no such address.
    """
    if not url:
        from webapp.store.ephemeral_process import ProcessEphemeral

        return ProcessEphemeral()
    from webapp.store.ephemeral_redis import RedisEphemeral

    return RedisEphemeral(url, namespace=namespace)
