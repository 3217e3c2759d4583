"""Writing a version's rows and look-up keys in a process of its own while the space is fitted.

The two do not depend on each other. Threads would not do: the keys are made in Python, and fitting,
which is thousands of short calls, would wait for the interpreter's lock at each of them.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from recommender.catalogue.tables import read_rows, write_rows, write_tables

if TYPE_CHECKING:
    import pyarrow as pa

ROWS_ASIDE = 50_000
"""Rows from which a second process is worth its start."""

WAITED = 1_800.0
"""Seconds for the process at most; after that the rows are written without it."""

_HANDED = ".rows.arrow"


@contextmanager
def tables_aside(
    table: pa.Table, folder: Path, *, least: int = ROWS_ASIDE, waited: float = WAITED
) -> Iterator[Callable[[], None]]:
    """Begin to write a version's tables; the function given finishes it.

    Where there is one core, few rows, or the process fails or does not end, the function writes
    them itself: whatever is wrong shows there.

    Parameters
    ----------
    table
        The rows, in the stored schema.
    folder
        The version's folder.
    least
        Rows from which a second process is started.
    waited
        Seconds it is given after the function was called.
    """
    process = None
    if table.num_rows >= least and _cores() > 1 and sys.executable:
        process = _begun(table, folder)

    def finish() -> None:
        done = process is not None and _ended_well(process, waited)
        (folder / _HANDED).unlink(missing_ok=True)
        if not done:
            write_tables(table, folder)

    try:
        yield finish
    finally:
        if process is not None:
            _stop(process)
        (folder / _HANDED).unlink(missing_ok=True)


def _begun(table: pa.Table, folder: Path) -> subprocess.Popen[bytes] | None:
    write_rows(table, folder / _HANDED)
    # -P and this path: our own package, not one that happens to lie in the current folder.
    paths = [str(Path(__file__).resolve().parents[2]), os.environ.get("PYTHONPATH", "")]
    try:
        return subprocess.Popen(  # noqa: S603 - this interpreter, this module, our own folder
            [sys.executable, "-P", "-m", "recommender.catalogue.aside", str(folder)],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    except OSError:
        return None


def _ended_well(process: subprocess.Popen[bytes], waited: float) -> bool:
    try:
        return process.wait(timeout=waited) == 0
    except subprocess.TimeoutExpired:
        # Two must not write the same files.
        _stop(process)
        return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        with contextlib.suppress(OSError):
            process.kill()
        process.wait()


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def main() -> None:
    """Write the tables of the folder named; the rows were put there by `tables_aside`."""
    folder = Path(sys.argv[1])
    write_tables(read_rows(folder / _HANDED), folder)


if __name__ == "__main__":
    main()
