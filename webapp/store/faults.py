"""Which of the store's errors a database's own error is."""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import (
    DBAPIError,
    IntegrityError,
    SQLAlchemyError,
    StatementError,
    TimeoutError,
)

from webapp.store.errors import (
    StoreBusy,
    StoreDamaged,
    StoreError,
    StoreFull,
    StoreReadOnly,
    StoreUnavailable,
)

_SQLITE: dict[int, type[StoreError]] = {
    sqlite3.SQLITE_BUSY: StoreBusy,
    sqlite3.SQLITE_LOCKED: StoreBusy,
    sqlite3.SQLITE_FULL: StoreFull,
    sqlite3.SQLITE_READONLY: StoreReadOnly,
    sqlite3.SQLITE_PERM: StoreReadOnly,
    sqlite3.SQLITE_CORRUPT: StoreDamaged,
    sqlite3.SQLITE_NOTADB: StoreDamaged,
    sqlite3.SQLITE_IOERR: StoreUnavailable,
    sqlite3.SQLITE_CANTOPEN: StoreUnavailable,
}

# SQLSTATE, by the longest prefix that fits (PostgreSQL manual, appendix A).
_POSTGRES: dict[str, type[StoreError]] = {
    "53100": StoreFull,
    "53": StoreUnavailable,
    "25006": StoreReadOnly,
    "55P03": StoreBusy,
    "57014": StoreBusy,
    "40": StoreBusy,
    "57": StoreUnavailable,
    "08": StoreUnavailable,
    "XX001": StoreDamaged,
    "XX002": StoreDamaged,
}

_WORDS: dict[type[StoreError], tuple[str, str]] = {
    StoreBusy: (
        "The database was busy for too long",
        "try again; if it stays so, look for another program that holds the database",
    ),
    StoreFull: (
        "There is no room left for the database",
        "free disk space, then try again",
    ),
    StoreReadOnly: (
        "The database cannot be written",
        "give the user Hooklist runs as the right to write the data folder",
    ),
    StoreDamaged: (
        "The database is damaged",
        "stop Hooklist and put back the newest copy (docs/storage.md)",
    ),
    StoreUnavailable: (
        "The database does not answer",
        "see that it runs and can be reached, then try again",
    ),
    StoreError: ("The database refused a step", "see the log for the statement"),
}


def fault(error: SQLAlchemyError) -> StoreError | None:
    """Return the store's error for `error`, or None for one that the caller must understand.

    Broken constraints are the caller's (they mean "somebody was faster"), and so are mistakes in
    the use of the library.
    """
    if isinstance(error, StatementError) and isinstance(error.orig, StoreError):
        # Refused by a column of ours (`webapp.store.values`) before it reached the database.
        return error.orig
    if isinstance(error, TimeoutError):
        kind: type[StoreError] = StoreBusy
        why = "all its connections are in use"
    elif isinstance(error, DBAPIError) and not isinstance(error, IntegrityError):
        kind = _kind(error)
        # Only the first line of the driver's own message: it holds no values, and it is for people.
        why = (str(error.orig).strip().splitlines() or ["it gave no reason"])[0]
    else:
        return None
    what, next_step = _WORDS[kind]
    return kind(what, why=why, next_step=next_step, kept="nothing of this step was written")


def busy(why: str) -> StoreError:
    """Return that a step waited too long for others."""
    what, next_step = _WORDS[StoreBusy]
    return StoreBusy(what, why=why, next_step=next_step, kept="nothing of this step was written")


def _kind(error: DBAPIError) -> type[StoreError]:
    original = error.orig
    if isinstance(original, sqlite3.Error):
        # The low byte is the primary code; the rest says which kind of it.
        code = getattr(original, "sqlite_errorcode", None) or 0
        return _SQLITE.get(code & 0xFF, StoreError)
    state = getattr(original, "sqlstate", None)
    if state is None:
        # psycopg leaves it out where there was no server to give one.
        return StoreUnavailable
    for length in (5, 2):
        if (kind := _POSTGRES.get(state[:length])) is not None:
            return kind
    return StoreError
