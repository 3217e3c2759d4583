"""What survives a restart: small JSON documents in one SQLite file."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from standin.errors import StateUnusable

FILE_NAME = "standin.sqlite3"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS kept (
    kind TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (kind, id)
) WITHOUT ROWID
"""


class State:
    """Documents by kind and id.

    A write is on its way to the disk when the call returns: it survives the death of this
    process at any moment (SQLite WAL, synchronous=NORMAL), though the last ones may be lost if
    the machine loses power. Callers hold one lock around every use.

    Parameters
    ----------
    folder
        Where ``standin.sqlite3`` lies; None keeps everything in memory.

    Raises
    ------
    StateUnusable
        If the folder cannot be written, the file is damaged, or another stand-in has it open.
    """

    def __init__(self, folder: Path | None) -> None:
        self._where = "memory" if folder is None else str(folder / FILE_NAME)
        self._depth = 0
        try:
            if folder is not None:
                folder.mkdir(parents=True, exist_ok=True)
            self._database = sqlite3.connect(
                ":memory:" if folder is None else self._where,
                timeout=1.0,
                isolation_level=None,
                check_same_thread=False,
            )
            # Exclusive from the first write on: two stand-ins must not share one account's life.
            self._database.execute("PRAGMA locking_mode=EXCLUSIVE")
            self._database.execute("PRAGMA journal_mode=WAL")
            self._database.execute("PRAGMA synchronous=NORMAL")
            self._database.execute(_SCHEMA)
        except (OSError, sqlite3.Error) as error:
            raise StateUnusable(
                "The stand-in's state cannot be opened",
                which=self._where,
                why=str(error),
                next_step="stop the stand-in that uses it, or move the file away to start afresh",
            ) from error

    @contextmanager
    def together(self) -> Iterator[None]:
        """Make the writes inside all happen or none."""
        self._depth += 1
        try:
            if self._depth == 1:
                self._database.execute("BEGIN IMMEDIATE")
            yield
        except BaseException:
            if self._depth == 1:
                self._database.execute("ROLLBACK")
            raise
        else:
            if self._depth == 1:
                self._database.execute("COMMIT")
        finally:
            self._depth -= 1

    def put(self, kind: str, key: str, body: Any) -> None:
        """Keep a document, replacing what was there."""
        text = json.dumps(body, separators=(",", ":"))
        self._database.execute("INSERT OR REPLACE INTO kept VALUES (?, ?, ?)", (kind, key, text))

    def delete(self, kind: str, key: str) -> None:
        """Forget a document; forgetting what is not there is harmless."""
        self._database.execute("DELETE FROM kept WHERE kind = ? AND id = ?", (kind, key))

    def load(self, kind: str) -> dict[str, Any]:
        """Return every document of a kind by id."""
        rows = self._database.execute("SELECT id, body FROM kept WHERE kind = ?", (kind,))
        return {key: json.loads(body) for key, body in rows}

    def clear(self) -> None:
        """Forget everything."""
        self._database.execute("DELETE FROM kept")

    def close(self) -> None:
        """Close the file; the write-ahead log is folded in."""
        self._database.close()
