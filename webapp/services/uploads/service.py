"""What a visitor does with files that were taken: pick, move the highlight of, remove."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from time import time
from typing import TYPE_CHECKING

from hooklist_errors import HooklistError
from webapp.errors import InvalidRequest
from webapp.services.highlights_moved import TrackHighlight, placed
from webapp.services.uploads.bounds import UploadBounds
from webapp.services.uploads.errors import (
    UploadNotReady,
    UploadUnknown,
)
from webapp.services.uploads.shelf import Shelf
from webapp.store.engine import writing
from webapp.store.errors import StoreError
from webapp.store.moved_highlights import MovedHighlight
from webapp.store.uploads import Upload, UploadBox, Uploads

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from webapp.jobs import Jobs
    from webapp.store import TrackStudies

HEAR_JOB = "uploads.hear"


class UploadService:
    """The files of visitors.

    Parameters
    ----------
    engine
        The database.
    uploads, studies, jobs
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
        uploads: Uploads,
        studies: TrackStudies,
        jobs: Jobs,
        shelf: Shelf,
        bounds: UploadBounds,
        clock: Callable[[], float] = time,
    ) -> None:
        self._engine = engine
        self._uploads = uploads
        self._studies = studies
        self._jobs = jobs
        self._shelf = shelf
        self.bounds = bounds
        self._clock = clock

    def box(self, box_id: str | None) -> UploadBox | None:
        """Return a box; None if there is none (yet, or any more)."""
        return self._uploads.box(box_id) if box_id else None

    def of(self, box_id: str | None) -> tuple[Upload, ...]:
        """Return the uploads of a box whose time is not over, in its order."""
        now = self._clock()
        found = self._uploads.list(box_id) if box_id else ()
        return tuple(one for one in found if one.expires_at > now)

    def get(self, box_id: str | None, upload_id: str) -> Upload:
        """Return an upload of a box.

        Raises
        ------
        UploadUnknown
            If the box has none of that id, or its time is over.
        """
        found = self._uploads.get(box_id, upload_id) if box_id else None
        if found is None or found.expires_at <= self._clock():
            raise unknown(upload_id)
        return found

    def highlights(self, uploads: Iterable[Upload]) -> dict[str, TrackHighlight]:
        """Return where each upload that was heard is heard, by its id."""
        heard = [one for one in uploads if one.state == "ready" and one.content_key and one.study]
        found: dict[tuple[str, str], Mapping[str, object]] = {}
        for method in {str(one.study) for one in heard}:
            keys = [str(one.content_key) for one in heard if one.study == method]
            for key, highlight in self._studies.highlights(keys, method).items():
                found[key, method] = highlight
        return {
            one.id: _placed(one, found[str(one.content_key), str(one.study)])
            for one in heard
            if (one.content_key, one.study) in found
        }

    def highlight_of(self, upload: Upload) -> TrackHighlight:
        """Return where an upload is heard.

        Raises
        ------
        UploadNotReady
            If it was not heard yet, or cannot be.
        """
        here = self.highlights([upload]).get(upload.id)
        if here is None:
            raise UploadNotReady(
                "There is no highlight",
                which=upload.name,
                why="this file has not been heard"
                + (" and cannot be" if upload.state == "failed" else " yet"),
                next_step="wait for it; it goes on by itself"
                if upload.state != "failed"
                else "bring the file again",
            )
        return here

    def pick(self, box_id: str | None, upload_id: str, *, picked: bool) -> Upload:
        """Make a file part of the mix, or not.

        Raises
        ------
        UploadUnknown
            If the box has none of that id.
        """
        upload = self.get(box_id, upload_id)
        return self._uploads.change(upload.box_id, upload.id, picked=picked) or upload

    def pick_only(self, box_id: str | None, upload_ids: Iterable[str]) -> None:
        """Make these files part of the mix, and no other."""
        wanted = frozenset(upload_ids)
        if box_id is None:
            return
        with writing(self._engine) as connection:
            for one in self._uploads.list(box_id, connection):
                if one.picked != (one.id in wanted):
                    self._uploads.change(box_id, one.id, connection, picked=one.id in wanted)

    def move(self, box_id: str | None, upload_id: str, start: float) -> TrackHighlight:
        """Let the highlight of a file begin at a second.

        Raises
        ------
        UploadUnknown, UploadNotReady
            If there is no such file, or it was not heard.
        InvalidRequest
            If `start` is no second at which it can begin.
        """
        upload = self.get(box_id, upload_id)
        here = self.highlight_of(upload)
        latest = here.latest_start
        # Pages send rounded seconds; the last one is not refused for its rounding.
        if not (math.isfinite(start) and -0.05 <= start <= latest + 0.05):
            raise InvalidRequest(
                "The highlight was not moved",
                which=f"{start:g} s",
                why=f"it can begin from 0 to {latest:.1f} s of this track",
                kept="the highlight as it is",
                next_step="choose another second",
            )
        first = round(min(max(0.0, start), latest), 3)
        return self._moved(upload, first)

    def go_back(self, box_id: str | None, upload_id: str) -> TrackHighlight:
        """Put the highlight of a file back to where it was found.

        Raises
        ------
        UploadUnknown, UploadNotReady
            As for `move`.
        """
        upload = self.get(box_id, upload_id)
        self.highlight_of(upload)
        return self._moved(upload, None)

    def hear_again(self, box_id: str | None) -> None:
        """Ask once more that what waits is heard; nothing happens if it is under way."""
        if box_id is None:
            return
        with writing(self._engine) as connection:
            box = self._uploads.lock_box(box_id, connection)
            if box is None:
                return
            if any(one.state == "waiting" for one in self._uploads.list(box_id, connection)):
                self.see_to_hearing(box, connection)
        self._jobs.announce()

    def see_to_hearing(self, box: UploadBox, connection: Connection, *, done: str = "") -> None:
        """Ask for the job that hears a locked box, unless one waits or runs.

        Parameters
        ----------
        box
            As `connection` has locked it.
        connection
            The open transaction; `Jobs.announce` is the caller's to call after its commit.
        done
            A job that is about to end and does not count.
        """
        if box.hear_job and box.hear_job != done and not self._is_over(box.hear_job):
            return
        job = self._jobs.enqueue(HEAR_JOB, {"box": box.id}, user_id=None, connection=connection)
        self._uploads.change_box(box.id, connection, hear_job=job.id)

    def remove(self, box_id: str | None, upload_id: str) -> None:
        """Remove a file, what was cut from it, and the mix it is part of, at once.

        Raises
        ------
        UploadUnknown
            If the box has none of that id.
        """
        if box_id is None:
            raise unknown(upload_id)
        with writing(self._engine) as connection:
            box = self._uploads.lock_box(box_id, connection)
            found = [one for one in self._uploads.list(box_id, connection) if one.id == upload_id]
            if box is None or not found:
                raise unknown(upload_id)
            self._uploads.remove(box_id, upload_id, connection)
            mixed = box.mix is not None and upload_id in {
                one["id"] for one in box.mix.get("files", ())
            }
            if mixed:
                self._uploads.change_box(
                    box_id, connection, mix=None, mix_version=box.mix_version + 1
                )
        self._shelf.remove(box_id, found[0].file)
        self._shelf.remove_like(box_id, f"cut-{upload_id}-")
        if mixed:
            self._shelf.remove_like(box_id, "mix-")

    def remove_box(self, box_id: str | None) -> None:
        """Remove everything that a browser has brought, at once."""
        if box_id:
            self._uploads.remove_box(box_id)
            self._shelf.remove_box(box_id)

    def remove_of_user(self, user_id: str) -> None:
        """Remove everything that a user has brought, in whichever browser."""
        for box_id in self._uploads.boxes_of(user_id=user_id):
            self.remove_box(box_id)

    def remove_of_session(self, session_handle: str) -> None:
        """Remove everything that was brought in a session."""
        for box_id in self._uploads.boxes_of(session_handle=session_handle):
            self.remove_box(box_id)

    def follow_session(self, box_id: str, session_handle: str) -> None:
        """Take down that the session of a box has another handle now."""
        self._uploads.change_box(box_id, session_handle=session_handle)

    def clean(self) -> int:
        """Remove what has had its time, and what nobody can reach any more; return how many files.

        Part of a worker's regular cleaning: it needs nobody to ask.
        """
        now = self._clock()
        over = self._uploads.expired(stuck_before=now - STUCK_SECONDS)
        for upload in over:
            try:
                self.remove(upload.box_id, upload.id)
            except UploadUnknown:
                continue
        for box_id in self._uploads.abandoned_boxes(before=now - self.bounds.keep_seconds):
            self.remove_box(box_id)
        self._shelf.sweep(self._uploads.box_ids(), older_than=STUCK_SECONDS)
        return len(over)

    def is_hearing_over(self, box: UploadBox) -> bool:
        """Whether nobody hears what waits in a box, and nobody will by itself."""
        return not box.hear_job or self._is_over(box.hear_job)

    def _is_over(self, job_id: str) -> bool:
        try:
            return self._jobs.get(job_id, None).is_over
        except StoreError:
            raise
        except HooklistError:
            return True

    def _moved(self, upload: Upload, start: float | None) -> TrackHighlight:
        changed = self._uploads.change(upload.box_id, upload.id, start=start)
        return self.highlight_of(changed or replace(upload, start=start))


STUCK_SECONDS = 3_600.0
"""A file that is on its way for so long will never arrive: whoever received it is gone."""


def _placed(upload: Upload, highlight: Mapping[str, object]) -> TrackHighlight:
    moved = None
    if upload.start is not None:
        length = float(str(highlight["end"])) - float(str(highlight["start"]))
        moved = MovedHighlight("", "", upload.start, round(upload.start + length, 3), 0, 0.0, 0.0)
    return placed(highlight, moved, None)


def unknown(upload_id: str) -> UploadUnknown:
    """Return the failure of an id that names nothing in a box."""
    return UploadUnknown(
        "There is no such file here",
        which=upload_id[:64],
        why="it was removed, or belongs to another browser",
        next_step="reload the page",
    )
