"""Leases: one holder at a time across threads and processes, given up if the holder has died.

Whether a holder has died is decided by the observer's monotonic clock: the same holder has stood in
the row for the whole lease. A wall clock that jumps by an hour therefore takes a lease from nobody.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from weakref import WeakValueDictionary

from sqlalchemy import Engine, delete, select, update
from sqlalchemy.exc import IntegrityError

from webapp.store.clock import HOUR, Clock
from webapp.store.engine import reading, writing
from webapp.store.errors import StoreBusy
from webapp.store.schema import LEASE
from webapp.store.values import new_id

LONG_DEAD = 3 * HOUR
"""Wall-clock age beyond which no clock jump explains a lease: taken without watching it first."""

_POLL_SECONDS = 0.05


def token_lease(user_id: str) -> str:
    """Return the name of the lease under which a user's token is refreshed."""
    return f"token:{user_id}"


class Leases:
    """Named leases in the database.

    Parameters
    ----------
    engine
        From `webapp.store.open_engine`.
    clock
        Seconds since the epoch.
    lease
        Seconds after which a holder that has not let go counts as dead. What is done under a lease
        must be bounded below this.
    monotonic, sleep
        For tests.
    """

    def __init__(
        self,
        engine: Engine,
        clock: Clock = time.time,
        *,
        lease: float = 25.0,
        monotonic: Clock = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._lease = lease
        self._monotonic = monotonic
        self._sleep = sleep
        self._guard = threading.Lock()
        self._local: WeakValueDictionary[str, _NameLock] = WeakValueDictionary()
        self._seen: dict[str, tuple[str, float]] = {}

    @contextmanager
    def hold(self, name: str, *, wait: float = 20.0) -> Iterator[None]:
        """Hold the lease `name` inside the block.

        Parameters
        ----------
        name
            At most 120 characters.
        wait
            Seconds to wait for another holder.

        Raises
        ------
        StoreBusy
            If somebody else still holds it after `wait`.
        """
        deadline = self._monotonic() + wait
        local = self._local_lock(name)
        # Threads of one process queue here, so that one of them at most polls the database.
        if not local.lock.acquire(timeout=wait):
            raise _busy(name, wait)
        try:
            holder = self._acquire(name, deadline, wait)
            try:
                yield
            finally:
                self._release(name, holder)
        finally:
            local.lock.release()

    def _local_lock(self, name: str) -> _NameLock:
        with self._guard:
            lock = self._local.get(name)
            if lock is None:
                lock = self._local[name] = _NameLock()
            return lock

    def _acquire(self, name: str, deadline: float, wait: float) -> str:
        holder = new_id()
        while not self._try(name, holder):
            if self._monotonic() >= deadline:
                raise _busy(name, wait)
            self._sleep(_POLL_SECONDS)
        return holder

    def _try(self, name: str, holder: str) -> bool:
        now = self._clock()
        with reading(self._engine) as connection:
            row = connection.execute(select(LEASE).where(LEASE.c.name == name)).first()
        if row is None:
            self._seen.pop(name, None)
            try:
                with writing(self._engine) as connection:
                    connection.execute(
                        LEASE.insert().values(name=name, holder=holder, taken_at=now)
                    )
            except IntegrityError:
                return False
            return True
        if not self._dead(name, row.holder, now - row.taken_at):
            return False
        with writing(self._engine) as connection:
            taken = connection.execute(
                update(LEASE)
                .where(LEASE.c.name == name, LEASE.c.holder == row.holder)
                .values(holder=holder, taken_at=now)
            )
        return taken.rowcount == 1

    def _dead(self, name: str, holder: str, age: float) -> bool:
        seen_holder, since = self._seen.get(name, ("", 0.0))
        now = self._monotonic()
        if seen_holder != holder:
            self._seen[name] = (holder, now)
            since = now
        return now - since >= self._lease or age >= LONG_DEAD

    def _release(self, name: str, holder: str) -> None:
        with writing(self._engine) as connection:
            connection.execute(delete(LEASE).where(LEASE.c.name == name, LEASE.c.holder == holder))


class _NameLock:
    """A lock that a weak dictionary can hold: it lives while somebody uses it."""

    __slots__ = ("__weakref__", "lock")

    def __init__(self) -> None:
        self.lock = threading.Lock()


def _busy(name: str, wait: float) -> StoreBusy:
    return StoreBusy(
        "Another part of Hooklist is still at this",
        which=name,
        why=f"it has not finished within {wait:g} seconds",
        next_step="try again in a moment",
    )
