"""What need not be kept: cached answers, counters, wake-up calls. It may vanish at any time.

Without a URL it lives in this process, or in a file that several processes of one machine share
(`webapp.store.ephemeral_file`). With a URL it lives in Redis or Valkey, shared by all processes
(`webapp.store.ephemeral_redis`). Both fall back to this process while the file or the server is
away, full, read-only or slow. Values are JSON, so that nothing that is read is run.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from pathlib import Path

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
        ``process``, ``file`` or ``redis``.
    healthy
        False while this process stands in for the file or the server.
    trouble
        Its last failure; empty if there was none since it last worked.
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
    """A cache, counters and wake-up calls. No method raises for trouble of a server or a file."""

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


def open_ephemeral(
    url: str = "", *, namespace: str = "hooklist:", file: Path | None = None
) -> Ephemeral:
    """Return the ephemeral store at `url`.

    Parameters
    ----------
    url
        ``redis://[:password@]host[:port][/db]``, ``rediss://…``, ``unix:///path``, the same with
        ``valkey``; empty for this process. The server need not be there yet.
    namespace
        What every key on the server begins with.
    file
        What processes of this machine share where there is no URL.

    Raises
    ------
    StoreMisconfigured
        If `url` is no such address.
    """
    if not url and file is not None:
        from webapp.store.ephemeral_file import FileEphemeral

        return FileEphemeral(file)
    if not url:
        from webapp.store.ephemeral_process import ProcessEphemeral

        return ProcessEphemeral()
    from webapp.store.ephemeral_redis import RedisEphemeral

    return RedisEphemeral(url, namespace=namespace)
