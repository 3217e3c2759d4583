"""What pychorus answers, one JSON line per file; run it with an interpreter that has pychorus.

    PEER/bin/python benchmarks/peers/pychorus_peer.py [--clip 15] FILE… (or the paths on stdin)

Each line holds `file`, `start` (seconds; null where it found no chorus, which is often), `seconds`
(clock) and `processor` (seconds of processor time), both for that file alone, `peak_mb` (of this
process so far), and `error` where it failed. The first file of a process also pays for imports that
librosa puts off, and for compiling them where numba's cache is empty.

pychorus 0.1 is a peer that highlights are compared with, and no dependency: it wants librosa below
1 and matplotlib. `pip install --no-deps --no-build-isolation pychorus`, with setuptools there.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import resource
import sys
import time
import warnings
from collections.abc import Iterator
from typing import Any

CLIP = 15.0
"""pychorus's own default: the least length in seconds of what it calls a chorus."""


def answers(files: list[str], clip: float) -> Iterator[dict[str, Any]]:
    """Yield what pychorus answers for each file, in order.

    Parameters
    ----------
    files
        Paths.
    clip
        Seconds a repetition must last to count.
    """
    from pychorus import find_and_output_chorus

    for file in files:
        begun, busy = time.perf_counter(), time.process_time()
        start: float | None = None
        error = ""
        try:
            # It prints its findings in words.
            with contextlib.redirect_stdout(io.StringIO()):
                start = find_and_output_chorus(file, None, clip)
        except Exception as failure:
            error = f"{type(failure).__name__}: {failure}"[:300]
        line: dict[str, Any] = {
            "file": file,
            "start": None if start is None else round(float(start), 3),
            "seconds": round(time.perf_counter() - begun, 3),
            "processor": round(time.process_time() - busy, 3),
            "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0, 1),
        }
        yield line | ({"error": error} if error else {})


def main() -> None:
    """Answer for the files named, or listed on standard input."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("files", nargs="*", metavar="FILE")
    parser.add_argument("--clip", type=float, default=CLIP, help="default: %(default)g s")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    files = options.files or [line.rstrip("\n") for line in sys.stdin if line.strip()]
    for line in answers(files, options.clip):
        print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
