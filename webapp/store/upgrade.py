"""Bringing a database to the tables of this release, also when two processes start at once."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from webapp.store.engine import migration_engine, reading, sqlite_path, translated
from webapp.store.errors import StoreDamaged, StoreTooNew, StoreUnavailable
from webapp.store.migrations import HEAD, SCRIPTS

LOCK_SECONDS = 60.0
"""How long a process waits for another one that is migrating."""

_POSTGRES_LOCK = 0x484F4F4B
"""Of ``pg_advisory_xact_lock``: any number that nobody else uses ("HOOK")."""


def migrate(
    engine: Engine,
    *,
    scripts: Path = SCRIPTS,
    head: str = HEAD,
    lock_seconds: float = LOCK_SECONDS,
) -> str | None:
    """Make the tables, or bring those of an earlier release up to date.

    A database that is up to date costs one query. Otherwise all steps run in one transaction under
    a lock: after a crash the database is as it was before. Before a SQLite database that holds
    something is changed, a copy is put beside it (``hooklist.db.before-0002``).

    Parameters
    ----------
    engine
        From `webapp.store.open_engine`.
    scripts, head
        Folder of the migrations and the last of them; others only in tests.
    lock_seconds
        How long to wait for another process that is migrating.

    Returns
    -------
    str or None
        The revision the database had before; None if it was empty.

    Raises
    ------
    StoreTooNew
        If a later release has migrated it.
    StoreBusy
        If another process holds it for longer than `lock_seconds`.
    StoreUnavailable, StoreFull, StoreReadOnly, StoreDamaged
        As for any step.
    """
    if _revision(engine) == head:
        return head
    changing = migration_engine(engine, busy_seconds=lock_seconds)
    try:
        with translated(), changing.begin() as connection:
            if engine.dialect.name == "postgresql":
                connection.execute(
                    text("SELECT pg_advisory_xact_lock(:key)"), {"key": _POSTGRES_LOCK}
                )
            # Again, now that nobody else can change it.
            before = _revision_of(connection)
            if before == head:
                return before
            _refuse_later(before, scripts)
            path = sqlite_path(engine)
            if path is not None and before is not None:
                _copy(path, path.with_name(f"{path.name}.before-{head}"))
            _run(connection, scripts, head)
            _check_references(connection)
            return before
    finally:
        changing.dispose()


def _revision(engine: Engine) -> str | None:
    with reading(engine) as connection:
        return _revision_of(connection)


def _revision_of(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    rows = connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all()
    return str(rows[0]) if rows else None


def _refuse_later(before: str | None, scripts: Path) -> None:
    from alembic.script import ScriptDirectory

    if before is None:
        return
    known = {script.revision for script in ScriptDirectory(str(scripts)).walk_revisions()}
    if before not in known:
        raise StoreTooNew(
            "The database cannot be opened",
            which=f"revision {before}",
            why="a later release of Hooklist has changed its tables",
            kept="everything in it",
            next_step="install that release again, or put back the copy that it made "
            "(docs/storage.md)",
        )


def _run(connection: Connection, scripts: Path, head: str) -> None:
    # Half a second that a database which is up to date does not pay.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, head)


def _check_references(connection: Connection) -> None:
    # Foreign keys are off while SQLite's tables are made anew, so they are checked at the end.
    if connection.dialect.name != "sqlite":
        return
    broken = connection.execute(text("PRAGMA foreign_key_check")).fetchmany(3)
    if broken:
        raise StoreDamaged(
            "The database was not migrated",
            which=", ".join(f"{row[0]} row {row[1]}" for row in broken),
            why="rows point at others that do not exist",
            kept="the database as it was",
            next_step="report this",
        )


def _copy(source: Path, target: Path) -> None:
    """Copy a SQLite database, write-ahead log included, whole or not at all."""
    part = target.with_name(f"{target.name}.part")
    try:
        os.close(os.open(part, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600))
        with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(part)) as new:
            old.backup(new)
        os.replace(part, target)
    except (OSError, sqlite3.Error) as error:
        part.unlink(missing_ok=True)
        raise StoreUnavailable(
            "The database was not migrated",
            which=str(target),
            why=f"the copy that is made before cannot be written ({error})",
            kept="the database as it was",
            next_step="free disk space or give the right to write there, then start again",
        ) from error
