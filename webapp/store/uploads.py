"""Files that visitors brought: what is known of each, and the box that a browser keeps them in.

The files themselves lie in a folder (`webapp.services.uploads.shelf`). A box belongs to a session
of a browser, whoever is logged in there, and goes with the user if somebody was.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from sqlalchemy import Connection, Engine, RowMapping, delete, exists, func, select, text, update
from sqlalchemy.exc import IntegrityError

from webapp.store.clock import Clock
from webapp.store.engine import reading, writing
from webapp.store.schema import SESSION, UPLOAD, UPLOAD_BOX

UploadState: TypeAlias = Literal["receiving", "waiting", "ready", "failed"]

_POSTGRES_LOCK = 0x484F4F4C
"""Of ``pg_advisory_xact_lock``, for the sum of everybody's bytes; another than the migrations'."""


@dataclass(frozen=True, slots=True)
class UploadBox:
    """What one browser has brought.

    Attributes
    ----------
    id
        32 hex digits, kept in the session.
    user_id
        Who was logged in; None for a visitor without an account.
    session_handle
        Of the session it belongs to.
    hear_job
        The job that hears its files, or heard them last.
    mix
        The mix as plain data (`webapp.services.uploads.mixing`); None where there is none.
    mix_version
        Goes up with each mix that is asked for.
    created_at, updated_at
        Seconds since the epoch.
    """

    id: str
    user_id: str | None
    session_handle: str
    hear_job: str | None
    mix: dict[str, Any] | None
    mix_version: int
    created_at: float
    updated_at: float


@dataclass(frozen=True, slots=True)
class Upload:
    """One file.

    Attributes
    ----------
    box_id, id
        Whose, and which; unique together.
    number
        Its place among the others, from 0.
    name
        As the visitor called it; never part of a path.
    file
        What it is called on the disk; empty once it was refused.
    bytes
        Size; while it is on its way, what was announced.
    content_key
        SHA-256 of its bytes; None until it has arrived.
    state
        ``receiving`` → ``waiting`` → ``ready`` or ``failed``.
    picked
        Whether it is to be part of the mix.
    track
        ``title``, ``artists``, ``duration`` and so on, once its header was read.
    study
        The method its study is kept under, once it was heard.
    start
        Second at which the visitor wants the highlight to begin; None for where it was found.
    error
        Why it failed, as `webapp.jobs.job.describe` gives it.
    created_at, updated_at, expires_at
        Seconds since the epoch; the file is removed at the last.
    """

    box_id: str
    id: str
    number: int
    name: str
    file: str
    bytes: int
    content_key: str | None
    state: UploadState
    picked: bool
    track: dict[str, Any] | None
    study: str | None
    start: float | None
    error: dict[str, Any] | None
    created_at: float
    updated_at: float
    expires_at: float


class Uploads:
    """Boxes and the uploads in them.

    Parameters
    ----------
    engine
        From `webapp.store.open_engine`.
    clock
        Seconds since the epoch.
    """

    def __init__(self, engine: Engine, clock: Clock = time.time) -> None:
        self._engine = engine
        self._clock = clock

    def open_box(
        self, box_id: str, *, user_id: str | None, session_handle: str, connection: Connection
    ) -> UploadBox:
        """Return the box, made if there is none yet, locked until the end of the transaction."""
        found = self.lock_box(box_id, connection)
        if found is not None:
            return found
        now = self._clock()
        made = UploadBox(box_id, user_id, session_handle, None, None, 0, now, now)
        try:
            with connection.begin_nested():
                connection.execute(UPLOAD_BOX.insert().values(_values(made)))
        except IntegrityError:
            # Two files of one browser come at once, and the other was first.
            found = self.lock_box(box_id, connection)
            if found is None:
                raise
            return found
        return made

    def lock_box(self, box_id: str, connection: Connection) -> UploadBox | None:
        """Return the box, locked until the end of the transaction; None if there is none."""
        query = select(UPLOAD_BOX).where(UPLOAD_BOX.c.id == box_id).with_for_update()
        row = connection.execute(query).mappings().first()
        return None if row is None else UploadBox(**row)

    def box(self, box_id: str) -> UploadBox | None:
        """Return the box; None if there is none."""
        with reading(self._engine) as connection:
            query = select(UPLOAD_BOX).where(UPLOAD_BOX.c.id == box_id)
            row = connection.execute(query).mappings().first()
        return None if row is None else UploadBox(**row)

    def change_box(
        self, box_id: str, connection: Connection | None = None, **values: Any
    ) -> UploadBox | None:
        """Set columns of a box; return it as it is then, None if there is none."""
        changed = (
            update(UPLOAD_BOX)
            .where(UPLOAD_BOX.c.id == box_id)
            .values(**values, updated_at=self._clock())
            .returning(UPLOAD_BOX)
        )
        with writing(self._engine, connection) as inside:
            row = inside.execute(changed).mappings().first()
        return None if row is None else UploadBox(**row)

    def list(self, box_id: str, connection: Connection | None = None) -> tuple[Upload, ...]:
        """Return what is in a box, in its order."""
        query = (
            select(UPLOAD).where(UPLOAD.c.box_id == box_id).order_by(UPLOAD.c.number, UPLOAD.c.id)
        )
        if connection is not None:
            return tuple(_upload(row) for row in connection.execute(query).mappings())
        with reading(self._engine) as own:
            return tuple(_upload(row) for row in own.execute(query).mappings())

    def get(self, box_id: str, upload_id: str) -> Upload | None:
        """Return an upload of this box; None if it has none of that id."""
        query = select(UPLOAD).where(UPLOAD.c.box_id == box_id, UPLOAD.c.id == upload_id)
        with reading(self._engine) as connection:
            row = connection.execute(query).mappings().first()
        return None if row is None else _upload(row)

    def add(self, upload: Upload, connection: Connection) -> None:
        """Put an upload into its box, in the place of one with the same id."""
        self._delete(connection, upload.box_id, upload.id)
        connection.execute(UPLOAD.insert().values(_values(upload)))

    def change(
        self,
        box_id: str,
        upload_id: str,
        connection: Connection | None = None,
        *,
        if_state: UploadState | None = None,
        **values: Any,
    ) -> Upload | None:
        """Set columns of an upload; return it as it is then.

        None if it is not there any more, or not in the state `if_state`: nothing was written.
        """
        mine = (UPLOAD.c.box_id == box_id) & (UPLOAD.c.id == upload_id)
        if if_state is not None:
            mine = mine & (UPLOAD.c.state == if_state)
        changed = (
            update(UPLOAD).where(mine).values(**values, updated_at=self._clock()).returning(UPLOAD)
        )
        with writing(self._engine, connection) as inside:
            row = inside.execute(changed).mappings().first()
        return None if row is None else _upload(row)

    def remove(self, box_id: str, upload_id: str, connection: Connection) -> None:
        """Take an upload out of its box."""
        self._delete(connection, box_id, upload_id)

    def remove_box(self, box_id: str) -> bool:
        """Remove a box with everything in it; return whether there was one."""
        with writing(self._engine) as connection:
            gone = delete(UPLOAD_BOX).where(UPLOAD_BOX.c.id == box_id)
            return connection.execute(gone).rowcount > 0

    def boxes_of(
        self, *, user_id: str | None = None, session_handle: str | None = None
    ) -> tuple[str, ...]:
        """Return the ids of the boxes of a user, or of a session."""
        of = (
            UPLOAD_BOX.c.user_id == user_id
            if user_id is not None
            else UPLOAD_BOX.c.session_handle == (session_handle or "")
        )
        with reading(self._engine) as connection:
            return tuple(connection.execute(select(UPLOAD_BOX.c.id).where(of)).scalars())

    def box_ids(self) -> frozenset[str]:
        """Return the ids of all boxes."""
        with reading(self._engine) as connection:
            return frozenset(connection.execute(select(UPLOAD_BOX.c.id)).scalars())

    def abandoned_boxes(self, *, before: float) -> tuple[str, ...]:
        """Return the boxes whose session is gone, and empty ones not touched since `before`."""
        with_session = exists().where(SESSION.c.handle == UPLOAD_BOX.c.session_handle)
        with_upload = exists().where(UPLOAD.c.box_id == UPLOAD_BOX.c.id)
        gone = ~with_session | (~with_upload & (UPLOAD_BOX.c.updated_at < before))
        with reading(self._engine) as connection:
            return tuple(connection.execute(select(UPLOAD_BOX.c.id).where(gone)).scalars())

    def expired(self, *, stuck_before: float) -> tuple[Upload, ...]:
        """Return uploads whose time is over, and those on their way since before `stuck_before`."""
        over = (UPLOAD.c.expires_at <= self._clock()) | (
            (UPLOAD.c.state == "receiving") & (UPLOAD.c.updated_at < stuck_before)
        )
        with reading(self._engine) as connection:
            rows = connection.execute(select(UPLOAD).where(over)).mappings()
            return tuple(_upload(row) for row in rows)

    def total_bytes(self, connection: Connection) -> int:
        """Return the size of all uploads of everybody, those on their way as announced.

        Whoever asks for it next waits until `connection` ends, so that what is reserved after a
        look at the sum is in the next one's sum. (SQLite has one writer at a time anyway.)
        """
        if connection.dialect.name == "postgresql":
            locked = text("SELECT pg_advisory_xact_lock(:key)")
            connection.execute(locked, {"key": _POSTGRES_LOCK})
        kept = select(func.coalesce(func.sum(UPLOAD.c.bytes), 0)).where(UPLOAD.c.state != "failed")
        return int(connection.execute(kept).scalar_one())

    def _delete(self, connection: Connection, box_id: str, upload_id: str) -> None:
        gone = delete(UPLOAD).where(UPLOAD.c.box_id == box_id, UPLOAD.c.id == upload_id)
        connection.execute(gone)


def _upload(row: RowMapping) -> Upload:
    return Upload(**row)


def _values(kept: Upload | UploadBox) -> dict[str, Any]:
    return {name: getattr(kept, name) for name in type(kept).__slots__}
