"""What Hooklist answers, in the lines of `pychorus_peer.py`, so that both are measured alike.

    python benchmarks/peers/hooklist_peer.py [--seconds 30] [--study] FILE… (or the paths on stdin)

Each line holds `file`, `start`, `strategy`, `seconds` (clock) and `processor` (seconds of processor
time) for that file alone, `since_start` (clock since the process began) and `peak_mb`. With
`--study`, everything that the application wants to know of a file is heard, not its highlight only.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

BEGUN = time.perf_counter()


def peak_mb() -> float:
    """Return this process's peak memory; `ru_maxrss` would count its parent's at the start."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024.0


def main() -> None:
    """Answer for the files named, or listed on standard input."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("files", nargs="*", metavar="FILE")
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--study", action="store_true")
    options = parser.parse_args()
    if options.study:
        from highlighter.study import study
    else:
        from highlighter.highlight import find_highlight
    files = options.files or [line.rstrip("\n") for line in sys.stdin if line.strip()]
    for file in files:
        begun, busy = time.perf_counter(), time.process_time()
        if options.study:
            found = study(file, options.seconds)[1]
        else:
            found = find_highlight(file, seconds=options.seconds)
        now = time.perf_counter()
        line = {
            "file": file,
            "start": found.start,
            "strategy": found.strategy,
            "seconds": round(now - begun, 4),
            "processor": round(time.process_time() - busy, 4),
            "since_start": round(now - BEGUN, 4),
            "peak_mb": round(peak_mb(), 1),
        }
        print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
