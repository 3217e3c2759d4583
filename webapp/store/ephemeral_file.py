"""The ephemeral store in a file that processes of one machine share, with no server to run.

A small SQLite database of its own, never waiting for the disk: nothing in it matters. Whatever goes
wrong with it (locked, damaged, full) costs a request one short wait at most; this process stands in
then, and the file is tried again from time to time.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from webapp.store.clock import Clock
from webapp.store.ephemeral import LARGEST_VALUE, Health, Hit, Wakeup
from webapp.store.ephemeral_process import (
    MOST_BYTES,
    MOST_COUNTERS,
    MOST_VALUES,
    ProcessEphemeral,
)
from webapp.store.values import to_json

LOG = logging.getLogger(__name__)

PATIENCE_SECONDS = 0.2
"""How long a lock of another process is waited for."""
MOST_BUSY = 3
"""So many locks in a row that lasted too long count as a failure."""
RETRY_SECONDS = (0.5, 5.0)
LOOK_SECONDS = 0.05
"""How often a sleeper looks for calls of other processes."""
MOST_STALE = 10_000

_LONGEST_KEY = 200
_WRITES_BETWEEN_TIDYING = 256
_TIDYING_SHARE = 16
"""The file may grow by this part of its bound before it is tidied."""
_PAGE = 4096

_TABLES = """
CREATE TABLE IF NOT EXISTS value (key BLOB NOT NULL UNIQUE, ends REAL NOT NULL, text BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS counter
    (key BLOB PRIMARY KEY, ends REAL NOT NULL, count INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS call
    (name BLOB, caller TEXT, count INTEGER NOT NULL, PRIMARY KEY (name, caller)) WITHOUT ROWID;
"""
_HIT = """
INSERT INTO counter VALUES (?1, ?2 + ?3, 1) ON CONFLICT (key) DO UPDATE SET
    count = CASE WHEN ends <= ?2 THEN 1 ELSE count + 1 END,
    ends = CASE WHEN ends <= ?2 THEN ?2 + ?3 ELSE ends END
RETURNING count, ends
"""
_DROP_VALUES = """
DELETE FROM value WHERE rowid IN (SELECT rowid FROM value ORDER BY rowid LIMIT ?)
"""
_DROP_COUNTERS = """
DELETE FROM counter WHERE key IN (SELECT key FROM counter ORDER BY ends LIMIT ?)
"""
_CALL = "INSERT INTO call VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET count = count + 1"

_Result = TypeVar("_Result")


class FileEphemeral:
    """Cache, counters and wake-up calls in a file, or in this process while that fails.

    Parameters
    ----------
    path
        Made if it is not there; readable by its owner only. On a local disk.
    monotonic
        Seconds since a start that all processes of the machine have in common.
    most_values, most_bytes
        Beyond either, the values written longest ago are forgotten, a little later.
    """

    def __init__(
        self,
        path: Path,
        monotonic: Clock = time.monotonic,
        *,
        most_values: int = MOST_VALUES,
        most_bytes: int = MOST_BYTES,
    ) -> None:
        self._path = path
        self._monotonic = monotonic
        self._most_values = most_values
        self._most_bytes = most_bytes
        self._stand_in = ProcessEphemeral(monotonic)
        self._caller = secrets.token_hex(8)
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._wakeups: dict[str, _FileWakeup] = {}
        self._trouble = ""
        self._retry_at = float("-inf")
        self._pause = RETRY_SECONDS[0]
        self._writes = self._written_bytes = 0
        self._busy = 0
        # What was written while the file was away: its own copies of these are out of date.
        self._stale: set[bytes] = set()
        self._all_stale = False
        self._closed = False
        # Now, so that processes that are started one after the other do not race to make it.
        self.attempt(lambda _: None, lambda: None)

    def get(self, key: str) -> Any:
        """See `Ephemeral.get`."""
        name, now = _name(key), self._monotonic()

        def ask(connection: sqlite3.Connection) -> Any:
            query = "SELECT text FROM value WHERE key = ? AND ends > ?"
            return connection.execute(query, (name, now)).fetchall()

        def instead() -> Any:
            return None

        rows = self.attempt(ask, instead)
        if rows is None:
            return self._stand_in.get(key)
        try:
            return json.loads(rows[0][0]) if rows else None
        except ValueError:
            return None

    def set(self, key: str, value: Any, *, ttl: float) -> bool:
        """See `Ephemeral.set`."""
        text = to_json(value, which=key)
        if len(text) > LARGEST_VALUE or ttl <= 0:
            self.delete(key)
            return False
        name, ends = _name(key), self._monotonic() + ttl

        def ask(connection: sqlite3.Connection) -> bool:
            row = (name, ends, text.encode("ascii"))
            connection.execute("INSERT OR REPLACE INTO value VALUES (?, ?, ?)", row)
            self._written(connection, len(text))
            return True

        def instead() -> bool:
            self._note_stale(name)
            return self._stand_in.set(key, value, ttl=ttl)

        return self.attempt(ask, instead)

    def delete(self, key: str) -> None:
        """See `Ephemeral.delete`."""
        name = _name(key)
        # Also here: it may have been put here while the file was away, and may be again.
        self._stand_in.delete(key)

        def ask(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM value WHERE key = ?", (name,))

        self.attempt(ask, lambda: self._note_stale(name))

    def hit(self, key: str, *, limit: int, window: float) -> Hit:
        """See `Ephemeral.hit`."""
        name, now = _name(key), self._monotonic()

        def ask(connection: sqlite3.Connection) -> Hit:
            # All of them, so that the statement has ended and is kept.
            ((count, ends),) = connection.execute(_HIT, (name, now, window)).fetchall()
            self._written(connection)
            return Hit(count <= limit, count, max(0.0, ends - now))

        return self.attempt(ask, lambda: self._stand_in.hit(key, limit=limit, window=window))

    def wakeup(self, name: str) -> Wakeup:
        """See `Ephemeral.wakeup`."""
        with self._lock:
            if name not in self._wakeups:
                self._wakeups[name] = _FileWakeup(self, name, self._stand_in.wakeup(name))
            return self._wakeups[name]

    def health(self) -> Health:
        """See `Ephemeral.health`."""
        with self._lock:
            return Health("file", self._connection is not None, self._trouble)

    def close(self) -> None:
        """See `Ephemeral.close`."""
        with self._lock:
            self._closed = True
            self._let_go()
        self._stand_in.close()

    def call(self, name: str) -> None:
        """Leave a wake-up call for other processes (for `_FileWakeup`)."""
        row = (_name(name), self._caller)
        self.attempt(lambda connection: connection.execute(_CALL, row).fetchall(), lambda: [])

    def calls(self, name: str) -> int | None:
        """Return how many calls other processes have left (for `_FileWakeup`)."""
        query = "SELECT total(count) FROM call WHERE name = ? AND caller <> ?"
        row = (_name(name), self._caller)

        def ask(connection: sqlite3.Connection) -> int | None:
            return int(connection.execute(query, row).fetchall()[0][0])

        return self.attempt(ask, lambda: None)

    def attempt(
        self, ask: Callable[[sqlite3.Connection], _Result], instead: Callable[[], _Result]
    ) -> _Result:
        """Ask the file, or do `instead` while it is away or if it fails."""
        if self._away():
            return instead()
        with self._lock:
            # Once more: another thread may have found out while this one waited for it.
            if not self._away():
                try:
                    if self._connection is None:
                        self._connection = self._open()
                    found = ask(self._connection)
                except (sqlite3.Error, OSError) as error:
                    self._weigh(error)
                else:
                    self._busy = 0
                    return found
        return instead()

    def _weigh(self, error: sqlite3.Error | OSError) -> None:
        """Give the file up, unless others have merely kept it for once."""
        busy = getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY
        self._busy += 1
        if not busy or self._busy >= MOST_BUSY or self._connection is None:
            self._busy = 0
            self._fail(str(error) or type(error).__name__)

    def _away(self) -> bool:
        return self._closed or (
            self._connection is None and bool(self._trouble) and self._monotonic() < self._retry_at
        )

    def _open(self) -> sqlite3.Connection:
        os.close(os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        connection = sqlite3.connect(
            self._path,
            timeout=PATIENCE_SECONDS,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute("PRAGMA cache_size = -1024")
            connection.execute("PRAGMA journal_size_limit = 8000000")
            connection.execute(f"PRAGMA max_page_count = {2 * MOST_BYTES // _PAGE}")
            connection.executescript(_TABLES)
            if self._all_stale:
                connection.execute("DELETE FROM value")
            else:
                names = [(name,) for name in self._stale]
                connection.execute("BEGIN IMMEDIATE")
                connection.executemany("DELETE FROM value WHERE key = ?", names)
                connection.execute("COMMIT")
        except BaseException:
            connection.close()
            raise
        self._stale.clear()
        self._all_stale = False
        if self._trouble:
            LOG.info("the shared cache file is used again")
        self._trouble = ""
        self._pause = RETRY_SECONDS[0]
        return connection

    def _fail(self, trouble: str) -> None:
        if not self._trouble:
            LOG.warning("the shared cache file fails, this process stands in: %s", trouble)
        self._trouble = trouble[:200]
        self._let_go()
        self._retry_at = self._monotonic() + self._pause
        self._pause = min(self._pause * 1.5, RETRY_SECONDS[1])

    def _let_go(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _note_stale(self, name: bytes) -> None:
        with self._lock:
            if len(self._stale) < MOST_STALE:
                self._stale.add(name)
            else:
                self._all_stale = True

    def _written(self, connection: sqlite3.Connection, size: int = 0) -> None:
        """Keep the file within its bounds, now and then."""
        self._writes += 1
        self._written_bytes += size
        if (
            self._writes >= _WRITES_BETWEEN_TIDYING
            or self._written_bytes > self._most_bytes // _TIDYING_SHARE
        ):
            self._writes = self._written_bytes = 0
            self._tidy(connection)

    def _tidy(self, connection: sqlite3.Connection) -> None:
        now = self._monotonic()
        connection.execute("DELETE FROM value WHERE ends <= ?", (now,))
        connection.execute("DELETE FROM counter WHERE ends <= ?", (now,))
        values = _count(connection, "value")
        surplus = max(0, values - self._most_values)
        while surplus or (values and _used_bytes(connection) > self._most_bytes):
            surplus = surplus or (values + 1) // 2
            connection.execute(_DROP_VALUES, (surplus,))
            values, surplus = values - surplus, 0
        counters = _count(connection, "counter")
        if counters > MOST_COUNTERS:
            # All of them in use: half of them go, which forgives some; the file stays bounded.
            connection.execute(_DROP_COUNTERS, (counters // 2,))


class _FileWakeup:
    """A wake-up call to the sleepers of this process, and to those of others within moments.

    All processes that wait are woken, not one: which of them does this kind of job is not known.
    """

    def __init__(self, store: FileEphemeral, name: str, stand_in: Wakeup) -> None:
        self._store = store
        self._name = name
        self._stand_in = stand_in
        self._heard = 0

    def wake(self) -> None:
        """See `Wakeup.wake`."""
        self._stand_in.wake()
        self._store.call(self._name)

    def wait(self, seconds: float) -> bool:
        """See `Wakeup.wait`."""
        deadline = time.monotonic() + seconds
        while True:
            left = deadline - time.monotonic()
            if self._stand_in.wait(min(left, LOOK_SECONDS)):
                return True
            calls = self._store.calls(self._name)
            if calls is not None and calls != self._heard:
                self._heard = calls
                return True
            if left <= LOOK_SECONDS:
                return False


def _name(key: str) -> bytes:
    name = key.encode("utf-8", "surrogatepass")
    return name if len(name) <= _LONGEST_KEY else hashlib.sha256(name).digest()


def _count(connection: sqlite3.Connection, table: str) -> int:
    ((rows,),) = connection.execute(f"SELECT count(*) FROM {table}").fetchall()  # noqa: S608
    return int(rows)


def _used_bytes(connection: sqlite3.Connection) -> int:
    ((pages,),) = connection.execute("PRAGMA page_count").fetchall()
    ((free,),) = connection.execute("PRAGMA freelist_count").fetchall()
    return int(pages - free) * _PAGE
