"""What nobody needs any more in the folder of trailers: removed by a worker's regular cleaning.

A playlist can be deleted while its trailer is rendered, with its whole account even; then the sound
is written after everything else of it is gone. And a worker that is killed leaves a growing sound.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from pathlib import Path

from webapp.services.trailers import FORMAT, LIVE

LONGEST_MADE = 2 * 3600.0
"""Seconds after which a file is of no trailer that is just being made, or copied."""
_NAME = re.compile(rf"([0-9a-f]{{32}})-[0-9]+(?:{re.escape(FORMAT)}|({re.escape(LIVE)}))\Z")


def remove_leftovers(
    folder: Path,
    there: Callable[[Collection[str]], Collection[str]],
    *,
    now: float | None = None,
) -> int:
    """Remove the sound of playlists that are gone, and sound that has stopped growing.

    Parameters
    ----------
    folder
        Of all trailers.
    there
        Returns those of some ids that playlists have.
    now
        Seconds since the epoch by the file system's clock.

    Returns
    -------
    int
        How many files.
    """
    before = (time.time() if now is None else now) - LONGEST_MADE
    found = list(_old_files(folder, before))
    kept = there(frozenset(playlist_id for _, playlist_id, _ in found))
    gone = [path for path, playlist_id, grows in found if grows or playlist_id not in kept]
    for path in gone:
        with suppress(OSError):
            path.unlink(missing_ok=True)
    return len(gone)


def _old_files(folder: Path, before: float) -> Iterator[tuple[Path, str, bool]]:
    """Yield files as old as that, whose they are, and whether they were to grow."""
    with suppress(FileNotFoundError):
        for path in folder.iterdir():
            name = _NAME.match(path.name)
            with suppress(OSError):
                # Not when the sound was written: a copy is a second name of the same file.
                if name is not None and path.stat().st_ctime < before:
                    yield path, name[1], name[2] is not None
