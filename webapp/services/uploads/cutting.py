"""A highlight as a file of its own: cut when it is asked for, in a child process, and kept."""

from __future__ import annotations

from pathlib import Path
from threading import BoundedSemaphore
from typing import TYPE_CHECKING

from webapp.services.trailers import attribution
from webapp.services.uploads.errors import CuttersBusy, UploadUnknown
from webapp.services.uploads.inspection import named_for_visitor

if TYPE_CHECKING:
    from webapp.services.highlights_moved import TrackHighlight
    from webapp.services.uploads.bounds import UploadBounds
    from webapp.services.uploads.idle_children import IdleChildren
    from webapp.services.uploads.shelf import Shelf
    from webapp.store import Upload

CUTTERS = 2
"""Highlights cut at the same time by one server process."""
WAITING = 4
"""Requests that may wait for their turn; each holds a thread of the server."""
PATIENCE_SECONDS = 20.0
CUT_SECONDS = 60.0
CUT_MEGABYTES = 1_536


class HighlightFiles:
    """Files of highlights, beside the uploads they were cut from.

    Parameters
    ----------
    shelf
        Where they lie.
    bounds
        For decoding.
    children
        Told when they were used.
    """

    def __init__(self, shelf: Shelf, bounds: UploadBounds, children: IdleChildren) -> None:
        self._shelf = shelf
        self._bounds = bounds
        self._children = children
        self._free = BoundedSemaphore(CUTTERS)
        self._places = BoundedSemaphore(CUTTERS + WAITING)

    def of(self, upload: Upload, here: TrackHighlight) -> Path:
        """Return an MP3 of an upload's highlight, made now if there is none.

        Raises
        ------
        CuttersBusy
            If it had to wait for too long, or as many wait as may.
        UploadUnknown
            If the file is gone.
        hooklist_errors.HooklistError
            With a code of ``audio.…`` or ``trailer.not_written``.
        """
        start, end = round(1000 * here.start), round(1000 * here.end)
        out = self._shelf.place(upload.box_id, f"cut-{upload.id}-{start}-{end}.mp3")
        if out.is_file():
            return out
        if not self._places.acquire(blocking=False):
            raise _busy(upload)
        try:
            self._cut_in_turn(upload, here, out)
        finally:
            self._places.release()
        return out

    def _cut_in_turn(self, upload: Upload, here: TrackHighlight, out: Path) -> None:
        if not self._free.acquire(timeout=PATIENCE_SECONDS):
            raise _busy(upload)
        try:
            if not out.is_file():
                self._cut(upload, here, out)
        finally:
            self._free.release()
            self._children.used()

    def _cut(self, upload: Upload, here: TrackHighlight, out: Path) -> None:
        from highlighter.cutting import cut
        from highlighter.sandbox import run_isolated
        from hooklist_errors import HooklistError

        path = self._shelf.place(upload.box_id, upload.file)
        if not path.is_file():
            raise UploadUnknown("This file is gone", which=upload.name, next_step="bring it again")
        track = upload.track or {}
        # One per file: where the highlight was before, nobody hears it any more.
        self._shelf.remove_like(upload.box_id, f"cut-{upload.id}-")
        try:
            run_isolated(
                cut,
                path,
                out,
                start=here.start,
                end=here.end,
                title=str(track.get("title") or upload.name),
                artists=tuple(str(one) for one in track.get("artists") or ()),
                comment=attribution(track) if track else "",
                limits=self._bounds.for_decoding(),
                timeout=CUT_SECONDS,
                memory_mb=CUT_MEGABYTES,
            )
        except HooklistError as error:
            raise named_for_visitor(error, upload.name) from None


def _busy(upload: Upload) -> CuttersBusy:
    return CuttersBusy(
        "This highlight cannot be played yet",
        which=upload.name,
        why="too many are being cut at this moment",
        next_step="try again in some seconds",
    )
