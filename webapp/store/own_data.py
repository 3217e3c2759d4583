"""Everything that is kept of one user, as plain data (GDPR, article 20)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import IO, Any

from sqlalchemy import Engine, Table, select

from webapp.store.engine import reading
from webapp.store.schema import (
    DRAFT,
    JOB,
    METADATA,
    MOVED_HIGHLIGHT,
    PLAYLIST,
    PLAYLIST_STEP,
    RATING,
    SAVE,
    SESSION,
    SHARED_LINK,
    THUMB,
    TOKEN,
    UPLOAD,
    UPLOAD_BOX,
    USER,
)

OWN: Mapping[Table, frozenset[str]] = {
    USER: frozenset(),
    # Whoever has these could act as the user, or read what another secret guards.
    TOKEN: frozenset({"ciphertext"}),
    SESSION: frozenset({"id_hash", "data"}),
    SHARED_LINK: frozenset({"nonce", "token_hash"}),
    DRAFT: frozenset(),
    PLAYLIST: frozenset(),
    PLAYLIST_STEP: frozenset(),
    SAVE: frozenset(),
    MOVED_HIGHLIGHT: frozenset(),
    THUMB: frozenset(),
    RATING: frozenset(),
    # The id of a box is the session's secret.
    UPLOAD_BOX: frozenset({"id", "session_handle"}),
    UPLOAD: frozenset({"box_id", "file"}),
    JOB: frozenset({"fence", "beat", "worker", "idempotency"}),
}
"""Tables with something of a user's, and the columns that are left out."""

NOBODYS: Mapping[str, str] = {
    "login": "a login that has not ended yet: gone within minutes",
    "lease": "whose turn it is among the server's processes",
    "track_study": "what is known of a sound, whoever brought it",
    "heard_count": "sums over everybody",
    "listener_event": "kept under a pseudonym that nobody can join with a user",
    "user_count": "sums over everybody",
    "feedback_message": "kept without its sender",
    "listening_vote": "kept under a pseudonym that nobody can join with a user",
    "cooldown": "until when Spotify wants to be left alone",
    "meta": "the server's own notes",
}
"""Tables with nothing of a user's, and why."""


_ROWS_AT_ONCE = 4

NO_CONCERN: Mapping[str, frozenset[str]] = {
    "tracks": frozenset({"audio"}),
    "skipped": frozenset({"reason"}),
    "error": frozenset({"which", "details"}),
}
"""Within columns, by the name that holds them: where files lie on the server, which is nobody's."""


def own_rows(engine: Engine, user_id: str) -> Iterator[tuple[str, Iterator[dict[str, Any]]]]:
    """Give all rows of a user, table by table; moments are seconds since the epoch.

    A few rows are in memory at a time: lists of tracks with all their steps are long. The rows of a
    table have to be taken before the next table is asked for.
    """
    with reading(engine) as connection:
        few = connection.execution_options(yield_per=_ROWS_AT_ONCE)
        for table in OWN:
            found = few.execute(select(*_shown(table)).where(_owned(table, user_id))).mappings()
            yield (
                table.name,
                (
                    {name: _without_places(value, name) for name, value in row.items()}
                    for row in found
                ),
            )


def write_own_data(file: IO[bytes], engine: Engine, user_id: str, head: Mapping[str, Any]) -> None:
    """Write all rows of a user as one JSON object.

    Parameters
    ----------
    file
        Written to from where it stands, in UTF-8.
    engine, user_id
        Where, and whose.
    head
        Plain data that stands before ``kept``, which has the rows by table.
    """
    said = "".join(f"{_json(name)}: {_json(value)},\n" for name, value in head.items())
    file.write(_line(f'{{\n{said}"kept": {{'))
    for number, (table, rows) in enumerate(own_rows(engine, user_id)):
        file.write(_line(f"{',' if number else ''}\n{_json(table)}: ["))
        for place, row in enumerate(rows):
            file.write(_line(f"{',' if place else ''}\n {_json(row)}"))
        file.write(b"]")
    file.write(b"}}\n")


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _line(text: str) -> bytes:
    # Half a character that somebody's list had in it: escaped as JSON does.
    return text.encode("utf-8", "backslashreplace")


def _shown(table: Table) -> Iterator[Any]:
    return (column for column in table.columns if column.name not in OWN[table])


def _without_places(value: Any, name: str = "") -> Any:
    if isinstance(value, list):
        return [_without_places(one, name) for one in value]
    if not isinstance(value, dict):
        return value
    left_out = NO_CONCERN.get(name, frozenset())
    return {key: _without_places(one, key) for key, one in value.items() if key not in left_out}


def _owned(table: Table, user_id: str) -> Any:
    if table is USER:
        return table.c.id == user_id
    if "user_id" in table.c:
        return table.c.user_id == user_id
    # Rows of a row of the user's: found by what they hang on.
    (key,) = (key for key in table.foreign_keys if "user_id" in key.column.table.c)
    owner = key.column.table
    return key.parent.in_(select(key.column).where(owner.c.user_id == user_id))


def unclassified() -> list[str]:
    """Return the tables that this module does not know yet; a test wants none."""
    known = {table.name for table in OWN} | set(NOBODYS)
    return sorted(set(METADATA.tables) - known)
