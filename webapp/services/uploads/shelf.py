"""Where uploaded files lie: one folder per box, names that nobody can guess or choose."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_BOX = re.compile(r"[0-9a-f]{32}\Z")
_NAME = re.compile(r"[0-9a-z][0-9a-z.-]{0,63}\Z")
FREE_BYTES = 500_000_000
"""So much of the disk stays free: the database must be able to write."""


@dataclass(frozen=True)
class Shelf:
    """The folder of all boxes.

    Parameters
    ----------
    folder
        Never one that is served.
    """

    folder: Path

    def place(self, box_id: str, name: str) -> Path:
        """Return the path of a file of a box.

        Raises
        ------
        ValueError
            If either is no name of ours.
        """
        if not _BOX.match(box_id) or not _NAME.match(name):
            raise ValueError("no name of the shelf")
        return self.folder / box_id / name

    def create(self, box_id: str) -> tuple[str, BinaryIO]:
        """Return the name of a new file, and the file, open for writing and for nobody else."""
        name = secrets.token_hex(16)
        path = self.place(box_id, name)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_NOFOLLOW", 0)
        return name, os.fdopen(os.open(path, flags, 0o600), "wb", buffering=0)

    def remove(self, box_id: str, name: str) -> None:
        """Remove a file; one that is not there is removed already."""
        if name:
            with suppress(OSError, ValueError):
                self.place(box_id, name).unlink(missing_ok=True)

    def remove_like(self, box_id: str, start: str) -> None:
        """Remove what was made of a file, or of all: every name that begins like this."""
        if _BOX.match(box_id) and re.match(r"[0-9a-z-]+\Z", start):
            for path in (self.folder / box_id).glob(f"{start}*"):
                with suppress(OSError):
                    path.unlink(missing_ok=True)

    def remove_box(self, box_id: str) -> None:
        """Remove a box with everything in it."""
        if _BOX.match(box_id):
            shutil.rmtree(self.folder / box_id, ignore_errors=True)

    def sweep(self, known: Iterable[str], *, older_than: float, now: float | None = None) -> int:
        """Remove the folders of boxes that nobody knows; return how many.

        Parameters
        ----------
        known
            Boxes with a row.
        older_than
            Seconds that a folder must not have been touched: one may just be made.
        now
            Seconds since the epoch by the file system's clock.
        """
        kept, gone = frozenset(known), 0
        moment = time.time() if now is None else now
        with suppress(OSError):
            for path in self.folder.iterdir():
                with suppress(OSError):
                    idle = moment - path.stat().st_mtime
                    if _BOX.match(path.name) and path.name not in kept and idle > older_than:
                        shutil.rmtree(path, ignore_errors=True)
                        gone += 1
        return gone

    def free_bytes(self) -> int:
        """Return how much may still be written, beside what stays free; negative if none."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return shutil.disk_usage(self.folder).free - FREE_BYTES
