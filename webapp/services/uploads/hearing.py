"""The job that hears what visitors brought: two files at a time, a few in a turn."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, Any

from hooklist_errors import HooklistError
from hooklist_genres import Labelled
from webapp.errors import AudioUnavailable
from webapp.jobs.job import describe
from webapp.services.uploads.inspection import inspect, named_for_visitor
from webapp.store.errors import StoreError

if TYPE_CHECKING:
    from webapp.jobs import JobContext, Jobs
    from webapp.services.studies import Studies
    from webapp.services.uploads.idle_children import IdleChildren
    from webapp.services.uploads.service import UploadService
    from webapp.services.uploads.shelf import Shelf
    from webapp.store import Upload, Uploads

LISTENERS = 2
"""Files heard at the same time, each in a process of its own."""
TURN = 6
"""Files heard before others' work gets its turn."""


class UploadHearing:
    """Hears uploads.

    Parameters
    ----------
    service, uploads, jobs
        What is kept.
    shelf
        Where the files lie.
    studies
        Hears, within the bounds for strangers' files, and keeps what was found out by content.
    children
        Told when they were used.
    """

    def __init__(
        self,
        service: UploadService,
        uploads: Uploads,
        jobs: Jobs,
        shelf: Shelf,
        studies: Studies,
        children: IdleChildren,
    ) -> None:
        self._children = children
        self._service = service
        self._uploads = uploads
        self._jobs = jobs
        self._shelf = shelf
        self._studies = studies

    def hear(self, context: JobContext) -> Mapping[str, Any] | None:
        """Carry a job out: its task.

        Each file has its verdict as soon as it is known. A worker that dies takes nothing with it:
        what it had not finished still waits, and the job is taken by another.
        """
        box_id = str(context.payload["box"])
        waiting = [one for one in self._uploads.list(box_id) if one.state == "waiting"]
        turn = waiting[:TURN]
        with ThreadPoolExecutor(LISTENERS, thread_name_prefix="listener") as pool:
            pending = {pool.submit(self._hear_one, upload) for upload in turn}
            try:
                self._follow(context, pending, len(turn))
            finally:
                pool.shutdown(wait=False, cancel_futures=True)
        self._children.used()
        with context.completing({"box": box_id}) as connection:
            box = self._uploads.lock_box(box_id, connection)
            rest = self._uploads.list(box_id, connection) if box is not None else ()
            if box is not None and any(one.state == "waiting" for one in rest):
                self._service.see_to_hearing(box, connection, done=context.job.id)
        self._jobs.announce()
        return None

    def _follow(self, context: JobContext, pending: set[Future[None]], total: int) -> None:
        while pending:
            context.check()
            done, pending = wait(pending, timeout=0.5, return_when=FIRST_COMPLETED)
            for future in done:
                future.result()
            context.progress("listening", total - len(pending), total)

    def _hear_one(self, upload: Upload) -> None:
        try:
            values = self._heard(upload)
        except StoreError:
            raise  # nothing is wrong with the file: the job is tried again
        except HooklistError as error:
            self._shelf.remove(upload.box_id, upload.file)
            told = describe(named_for_visitor(error, upload.name))
            values = {"state": "failed", "error": told, "file": "", "bytes": 0, "picked": False}
        # What was removed meanwhile stays removed.
        self._uploads.change(upload.box_id, upload.id, if_state="waiting", **values)

    def _heard(self, upload: Upload) -> dict[str, Any]:
        path = self._shelf.place(upload.box_id, upload.file)
        if not path.is_file():
            raise AudioUnavailable(
                "This file is gone", which=upload.name, next_step="bring it again"
            )
        track = inspect(path, upload.name, self._service.bounds.for_decoding())
        study = self._studies.of(path, Labelled.of_row(track))
        length = float(study.highlight.get("track") or track["duration"])
        return {
            "state": "ready",
            "track": {**track, "duration": round(length, 3)},
            "study": study.method,
        }
