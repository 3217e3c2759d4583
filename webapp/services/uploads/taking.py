"""Taking a visitor's file in: room for it, its bytes, what they are; or why not."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from time import time
from typing import IO, TYPE_CHECKING, BinaryIO

from hooklist_errors import HooklistError
from webapp.errors import InvalidRequest
from webapp.jobs.job import describe
from webapp.services.uploads.errors import (
    NoRoomForUploads,
    TooManyUploads,
    UploadsOff,
    UploadTwice,
)
from webapp.services.uploads.inspection import check_kind, ending_of
from webapp.services.uploads.receiving import Received, disk_full, receive, too_large
from webapp.services.uploads.service import unknown
from webapp.store.engine import writing
from webapp.store.errors import StoreError
from webapp.store.uploads import Upload, UploadBox, Uploads
from webapp.store.values import plain_text

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from webapp.jobs import Jobs
    from webapp.services.uploads.bounds import UploadBounds
    from webapp.services.uploads.service import UploadService
    from webapp.services.uploads.shelf import Shelf

_ID = re.compile(r"[0-9a-f]{32}\Z")


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who brings something.

    Parameters
    ----------
    box_id
        Of the box in the browser's session.
    session_handle
        Of that session.
    user_id
        Who is logged in; None for nobody.
    """

    box_id: str
    session_handle: str
    user_id: str | None = None


class UploadTaking:
    """Takes files in.

    Parameters
    ----------
    engine
        The database.
    service, uploads, jobs
        What is kept.
    shelf
        Where the files lie.
    bounds
        How much of them.
    clock
        Seconds since the epoch.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        service: UploadService,
        uploads: Uploads,
        jobs: Jobs,
        shelf: Shelf,
        bounds: UploadBounds,
        clock: Callable[[], float] = time,
    ) -> None:
        self._engine = engine
        self._service = service
        self._uploads = uploads
        self._jobs = jobs
        self._shelf = shelf
        self._bounds = bounds
        self._clock = clock

    def take(
        self,
        visitor: Visitor,
        upload_id: str,
        name: str,
        stream: IO[bytes],
        announced: int | None = None,
        place: int | None = None,
    ) -> Upload:
        """Take a file in: to disk, checked, and waiting to be heard.

        Parameters
        ----------
        visitor
            Whose box it goes into, which is made if there is none.
        upload_id
            32 hex digits, chosen by the sender: sent again under the same id, a file that has
            arrived is not taken twice.
        name
            As the visitor calls it.
        stream, announced
            The bytes, and how many of them were announced.
        place
            Among the others; after them if left out. Files that are sent at the same time arrive in
            any order.

        Returns
        -------
        Upload
            Waiting; or as it is if it had arrived before.

        Raises
        ------
        InvalidRequest
            If the id is none.
        hooklist_errors.HooklistError
            With a code of ``uploads.…``. What was refused is kept in the box with the reason,
            without its bytes.
        """
        if not _ID.match(upload_id):
            raise InvalidRequest("cannot take this file", which="id", why="it is no id")
        if self._bounds.server_bytes == 0:
            raise UploadsOff(
                "Files are not taken here",
                why="the operator has switched that off",
                next_step="ask the operator",
            )
        called = clean_name(name)
        own = ""
        try:
            ending_of(called)
            if announced is not None and announced > self._bounds.file_bytes:
                raise too_large(called, announced, self._bounds.file_bytes)
            own, file = self._open(visitor, called)
            path = self._shelf.place(visitor.box_id, own)
            with file:
                arrived = self._reserve(visitor, upload_id, called, own, announced, place)
                if arrived is not None:
                    self._shelf.remove(visitor.box_id, own)
                    return arrived
                received = receive(
                    stream, file, most=self._bounds.file_bytes, announced=announced, name=called
                )
            check_kind(path, called, self._bounds.for_decoding())
            return self._arrived(visitor, upload_id, own, received)
        except StoreError:
            self._shelf.remove(visitor.box_id, own)
            raise
        except HooklistError as error:
            self._shelf.remove(visitor.box_id, own)
            self._refuse(visitor, upload_id, called, own, error)
            raise
        except BaseException:
            self._shelf.remove(visitor.box_id, own)
            self._forget(visitor, upload_id, own)
            raise

    def _open(self, visitor: Visitor, name: str) -> tuple[str, BinaryIO]:
        try:
            return self._shelf.create(visitor.box_id)
        except OSError as error:
            raise disk_full(name) from error

    def _reserve(
        self,
        visitor: Visitor,
        upload_id: str,
        name: str,
        file: str,
        announced: int | None,
        place: int | None,
    ) -> Upload | None:
        """Take down that a file is on its way, if there is room; return it if it has arrived."""
        now = self._clock()
        size = announced if announced is not None else self._bounds.file_bytes
        with writing(self._engine) as connection:
            self._open_box(visitor, connection)
            kept = self._uploads.list(visitor.box_id, connection)
            same = next((one for one in kept if one.id == upload_id), None)
            if same is not None and same.state in {"waiting", "ready"}:
                return same
            if same is not None:
                # Sent once more under its id: whoever received it before takes it in no more.
                self._shelf.remove(visitor.box_id, same.file)
            others = [one for one in kept if one.state != "failed" and one.id != upload_id]
            self._check_room(name, others, size, self._uploads.total_bytes(connection))
            self._uploads.add(
                Upload(
                    box_id=visitor.box_id,
                    id=upload_id,
                    number=place
                    if place is not None
                    else 1 + max((one.number for one in kept), default=-1),
                    name=name,
                    file=file,
                    bytes=size,
                    content_key=None,
                    state="receiving",
                    picked=True,
                    track=None,
                    study=None,
                    start=None,
                    error=None,
                    created_at=now,
                    updated_at=now,
                    expires_at=now + self._bounds.keep_seconds,
                ),
                connection,
            )
        return None

    def _check_room(self, name: str, others: list[Upload], size: int, here: int) -> None:
        bounds, own = self._bounds, sum(one.bytes for one in others)
        why = ""
        if len(others) >= bounds.files:
            why = f"{len(others)} files are here already, {bounds.files} may be"
        elif own + size > bounds.visitor_bytes:
            why = (
                f"your files would have {(own + size) / 1e6:.0f} MB together, "
                f"and {bounds.visitor_bytes / 1e6:g} MB are allowed"
            )
        if why:
            raise TooManyUploads(
                "This file was not taken",
                which=name,
                why=why,
                kept="the files that are there",
                next_step="remove one, then bring this one again",
            )
        if here + size > bounds.server_bytes:
            raise NoRoomForUploads(
                "This file was not taken",
                which=name,
                why="the files of all visitors together are at the server's bound",
                kept="the files that are there",
                next_step="try again later: files go by themselves",
            )
        if self._shelf.free_bytes() < size:
            raise disk_full(name)

    def _arrived(self, visitor: Visitor, upload_id: str, file: str, received: Received) -> Upload:
        with writing(self._engine) as connection:
            box = self._open_box(visitor, connection)
            here = self._uploads.list(visitor.box_id, connection)
            if all((one.id, one.file) != (upload_id, file) for one in here):
                raise unknown(upload_id)
            for other in here:
                same = other.content_key == received.content_key and other.state != "failed"
                if same and other.id != upload_id:
                    raise UploadTwice(
                        "This file is there already",
                        which=self._name(visitor.box_id, upload_id),
                        why=f"it has the same content as {other.name}",
                        kept="the one that is there",
                        next_step="nothing needs to be done",
                    )
            upload = self._uploads.change(
                visitor.box_id,
                upload_id,
                connection,
                if_state="receiving",
                state="waiting",
                bytes=received.bytes,
                content_key=received.content_key,
                expires_at=self._clock() + self._bounds.keep_seconds,
            )
            if upload is None:
                raise unknown(upload_id)
            self._service.see_to_hearing(box, connection)
        self._jobs.announce()
        return upload

    def _name(self, box_id: str, upload_id: str) -> str:
        found = self._uploads.get(box_id, upload_id)
        return found.name if found else upload_id

    def _refuse(
        self, visitor: Visitor, upload_id: str, name: str, own: str, error: HooklistError
    ) -> None:
        """Keep why a file was refused, and no more of such verdicts than a page can show.

        Another file that has arrived under the same id, or is on its way, stays what it is: with
        its row, nobody would count its bytes any more.
        """
        now = self._clock()
        with writing(self._engine) as connection:
            self._open_box(visitor, connection)
            kept = self._uploads.list(visitor.box_id, connection)
            if any(one.id == upload_id and one.file not in ("", own) for one in kept):
                return
            refused = [one for one in kept if one.state == "failed" and one.id != upload_id]
            for old in refused[: max(0, len(refused) - self._bounds.failed + 1)]:
                self._uploads.remove(visitor.box_id, old.id, connection)
            self._uploads.add(
                Upload(
                    box_id=visitor.box_id,
                    id=upload_id,
                    number=1 + max((one.number for one in kept), default=-1),
                    name=name,
                    file="",
                    bytes=0,
                    content_key=None,
                    state="failed",
                    picked=False,
                    track=None,
                    study=None,
                    start=None,
                    error=describe(error),
                    created_at=now,
                    updated_at=now,
                    expires_at=now + self._bounds.keep_seconds,
                ),
                connection,
            )

    def _forget(self, visitor: Visitor, upload_id: str, own: str) -> None:
        with writing(self._engine) as connection:
            kept = self._uploads.list(visitor.box_id, connection)
            if any((one.id, one.file) == (upload_id, own) for one in kept):
                self._uploads.remove(visitor.box_id, upload_id, connection)

    def _open_box(self, visitor: Visitor, connection: Connection) -> UploadBox:
        return self._uploads.open_box(
            visitor.box_id,
            user_id=visitor.user_id,
            session_handle=visitor.session_handle,
            connection=connection,
        )


def clean_name(name: str) -> str:
    r"""Return a file's name as it may be shown: no folders, no control characters, not endless.

    >>> clean_name("C:\\music\\a.mp3"), clean_name("../../etc/a\nb.mp3")
    ('a.mp3', 'a b.mp3')
    """
    last = plain_text(name, 2_000).replace("\\", "/").rpartition("/")[2]
    shown = " ".join("".join(c if c.isprintable() else " " for c in last).split())
    if len(shown) <= 200:
        return shown or "?"
    return f"{shown[:180]}…{shown[-16:]}"
