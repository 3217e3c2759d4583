"""Write beside what is there and take its place in one step."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from highlighter.trailer.errors import TrailerNotWrittenError

ABANDONED_AFTER = 6 * 3600.0
"""Seconds after which an unfinished file is nobody's any more."""

_DRAFT = ".trailer-"


@contextmanager
def replacing(out: Path) -> Iterator[Path]:
    """Give a name beside `out` to write to; it takes the place of `out` once all went well.

    What a killed process left behind in the same folder is removed after `ABANDONED_AFTER`.

    Raises
    ------
    TrailerNotWrittenError
        The folder cannot be written to, or the disk is full.
    """
    try:
        _remove_abandoned(out.parent)
        handle, name = tempfile.mkstemp(prefix=_DRAFT, suffix=out.suffix, dir=out.parent)
        os.close(handle)
    except OSError as error:
        raise not_written(out, error) from error
    draft = Path(name)
    try:
        yield draft
        # mkstemp makes files that only their owner can read; the web server may be another.
        draft.chmod(0o644)
        os.replace(draft, out)
    except OSError as error:
        raise not_written(out, error) from error
    finally:
        draft.unlink(missing_ok=True)


def _remove_abandoned(folder: Path) -> None:
    for draft in folder.glob(f"{_DRAFT}*"):
        with suppress(OSError):
            if draft.stat().st_mtime < time.time() - ABANDONED_AFTER:
                draft.unlink()


def not_written(out: Path, error: Exception) -> TrailerNotWrittenError:
    """Return the error that tells why `out` could not be written."""
    return TrailerNotWrittenError(
        "The trailer could not be written",
        which=out.name,
        why=getattr(error, "strerror", None) or str(error) or type(error).__name__,
        next_step="see that its folder exists, can be written to and has room",
        kept="an earlier file of that name is untouched",
    )
