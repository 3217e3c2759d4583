"""Opening the database, SQLite by default and PostgreSQL by URL, with every wait bounded."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar, cast
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, IntegrityError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

from webapp.store.errors import StoreConflict, StoreMisconfigured, StoreUnavailable
from webapp.store.faults import busy, fault
from webapp.store.writers_turn import WritersTurn

BUSY_SECONDS = 10.0
"""How long a step waits for a locked database, a locked row or a free connection."""

STATEMENT_SECONDS = 15.0
CONNECT_SECONDS = 5

_READING = "hooklist_reading"

_Result = TypeVar("_Result")

_TURNS: WeakKeyDictionary[Engine, tuple[WritersTurn, float]] = WeakKeyDictionary()
"""SQLite's writers: who is next, and how long it is waited for."""


def open_engine(url: str, *, connections: int = 20, busy_seconds: float = BUSY_SECONDS) -> Engine:
    """Open the database at `url`; it is not contacted yet, and not migrated (`migrate`).

    Parameters
    ----------
    url
        ``sqlite:///relative.db``, ``sqlite:////absolute.db``, or
        ``postgresql://user:password@host/name`` (``postgres://`` too).
    connections
        Most connections this process opens; ask as many as it has threads, and a few.
    busy_seconds
        How long a step waits for a lock before `StoreBusy`.

    Returns
    -------
    Engine
        SQLite: write-ahead log, ``synchronous=FULL`` (a commit survives loss of power), foreign
        keys on, and write transactions that take the lock at once, so that they never fail half-way
        because a reader was upgraded. PostgreSQL: psycopg 3, bounded pool, and time limits on
        connecting, on each statement and on each lock.

    Raises
    ------
    StoreMisconfigured
        If `url` is no such address.
    StoreUnavailable
        If the folder of a SQLite file cannot be made.
    """
    address = _address(url)
    if address.get_backend_name() == "sqlite":
        _prepare_file(address)
        engine = _sqlite_engine(address, connections=connections, busy_seconds=busy_seconds)
        turn = WritersTurn(Path(f"{address.database}-turn"))
        _TURNS[engine] = (turn, busy_seconds)
        event.listen(engine, "engine_disposed", lambda _: turn.close())
        return engine
    return _postgres_engine(address, connections=connections, busy_seconds=busy_seconds)


def migration_engine(engine: Engine, *, busy_seconds: float) -> Engine:
    """Return an engine on the same database for changing tables, to be disposed of by the caller.

    On SQLite it has foreign keys off: a table is changed there by making it anew, and with them on,
    dropping the old one would delete the rows of others that point at it.
    """
    if engine.dialect.name == "sqlite":
        return _sqlite_engine(
            engine.url, connections=1, busy_seconds=busy_seconds, foreign_keys=False
        )
    return _postgres_engine(
        engine.url, connections=1, busy_seconds=busy_seconds, statement_seconds=0
    )


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Give a connection that sees one state of the database and writes nothing.

    Raises
    ------
    StoreError
        For what `webapp.store.faults` knows.
    """
    with translated(), engine.connect().execution_options(**{_READING: True}) as connection:
        yield connection


@contextmanager
def writing(engine: Engine, connection: Connection | None = None) -> Iterator[Connection]:
    """Give a connection in a transaction that is committed at the end, or undone on an error.

    Parameters
    ----------
    engine
        Where to open the transaction.
    connection
        A transaction that is open already, to take part in; its owner commits it.

    Raises
    ------
    StoreError
        For what `webapp.store.faults` knows.
    """
    if connection is not None:
        yield connection
        return
    with _turn(engine), translated(), engine.begin() as fresh:
        yield fresh


@contextmanager
def _turn(engine: Engine) -> Iterator[None]:
    """Wait until this thread may write, where only one may."""
    held = _TURNS.get(engine)
    if held is None:
        yield
        return
    turn, patience = held
    with turn.taken(patience) as came:
        if not came:
            raise busy("others were writing all the time")
        yield


def once_more(step: Callable[[], _Result], *, which: str) -> _Result:
    """Do `step`, and once more if it breaks a constraint: somebody else was faster.

    `step` looks for a row first and makes it if there is none, in a transaction of its own.

    Raises
    ------
    StoreConflict
        If it breaks one again; it names `which`.
    """
    try:
        return step()
    except IntegrityError:
        pass
    try:
        return step()
    except IntegrityError as error:
        raise StoreConflict(
            "A step contradicts what is stored",
            which=which,
            why="something it belongs to was deleted or made anew meanwhile",
            next_step="reload the page, then try again",
        ) from error


@contextmanager
def translated() -> Iterator[None]:
    """Turn the database's errors inside into the store's."""
    try:
        yield
    except SQLAlchemyError as error:
        if (known := fault(error)) is None:
            raise
        raise known from error


def sqlite_path(engine: Engine) -> Path | None:
    """Return the file of a SQLite database, or None for another kind."""
    if engine.dialect.name != "sqlite" or not engine.url.database:
        return None
    return Path(engine.url.database)


def _address(url: str) -> URL:
    example = "use sqlite:///hooklist.db or postgresql://user:password@host/name"
    try:
        address = make_url(url.replace("postgres://", "postgresql://", 1))
    except ArgumentError:
        # Not the text itself: it may hold a password.
        raise StoreMisconfigured(
            "The database address cannot be read", why="it is no URL", next_step=example
        ) from None
    backend = address.get_backend_name()
    if backend == "postgresql":
        return address.set(drivername="postgresql+psycopg")
    if backend != "sqlite":
        raise StoreMisconfigured(
            "The database address cannot be used",
            which=backend,
            why="only sqlite and postgresql are supported",
            next_step=example,
        )
    if not address.database or address.database == ":memory:" or "uri" in address.query:
        raise StoreMisconfigured(
            "The database address cannot be used",
            which="sqlite",
            why="it names no file, and web and worker must share one",
            next_step=example,
        )
    return address.set(drivername="sqlite+pysqlite")


def _prepare_file(address: URL) -> None:
    path = Path(cast(str, address.database))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Private from the first byte; SQLite gives its -wal and -shm files the same rights.
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise StoreUnavailable(
            "The database file cannot be opened",
            which=str(path),
            why=error.strerror or str(error),
            next_step="give the user Hooklist runs as the right to write there, or set another "
            "data folder",
        ) from error


def _sqlite_engine(
    address: URL, *, connections: int, busy_seconds: float, foreign_keys: bool = True
) -> Engine:
    pool: dict[str, Any] = (
        {"poolclass": NullPool}
        if connections == 1
        else {"pool_size": connections, "max_overflow": 0, "pool_timeout": busy_seconds}
    )
    engine = create_engine(
        address, connect_args={"timeout": busy_seconds, "check_same_thread": False}, **pool
    )

    @event.listens_for(engine, "connect")
    def _set_up(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
        # Python's own transaction control begins late and without a lock; ours begins below.
        connection.isolation_level = None
        _set_wal(connection, busy_seconds)
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute(f"PRAGMA foreign_keys={'ON' if foreign_keys else 'OFF'}")
        connection.execute("PRAGMA journal_size_limit=67108864")
        connection.execute("PRAGMA trusted_schema=OFF")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        reads = connection.get_execution_options().get(_READING, False)
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")

    return engine


def _set_wal(
    connection: sqlite3.Connection,
    busy_seconds: float,
    monotonic: Callable[[], float] = time.monotonic,
) -> None:
    # Switching to the write-ahead log does not go through the busy handler.
    deadline = monotonic() + busy_seconds
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL").fetchone()
            return
        except sqlite3.OperationalError as error:
            locked = error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
            if not locked or monotonic() > deadline:
                raise
            time.sleep(0.02)


def _postgres_engine(
    address: URL,
    *,
    connections: int,
    busy_seconds: float,
    statement_seconds: float = STATEMENT_SECONDS,
) -> Engine:
    limits = (
        f"-c statement_timeout={int(statement_seconds * 1000)} "
        f"-c lock_timeout={int(busy_seconds * 1000)} "
        "-c idle_in_transaction_session_timeout=60000"
    )
    given = address.query.get("options")
    pool: dict[str, Any] = (
        {"poolclass": NullPool}
        if connections == 1
        else {
            "pool_size": max(1, connections // 2),
            "max_overflow": connections - max(1, connections // 2),
            "pool_timeout": busy_seconds,
            "pool_pre_ping": True,
            "pool_recycle": 1800,
        }
    )
    return create_engine(
        address,
        connect_args={
            "connect_timeout": CONNECT_SECONDS,
            "options": f"{limits} {given}" if isinstance(given, str) else limits,
            # A server that vanished without a word is noticed within this time (milliseconds).
            "tcp_user_timeout": 20_000,
            "keepalives_idle": 30,
            "application_name": "hooklist",
        },
        **pool,
    )
