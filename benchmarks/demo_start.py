"""A newcomer's figures: seconds to the first page, megabytes installed and resident, what is left.

    python3 benchmarks/demo_start.py [--repository PATH]

Clones the repository into an empty folder and runs ``./run hooklist demo`` there, twice. Needs
nothing but Python, git and a package index.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path


def descendants(pid: int) -> list[int]:
    """Return `pid` and every process below it."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
            children.setdefault(parent, []).append(int(entry.name))
    found, pending = [], [pid]
    while pending:
        current = pending.pop()
        found.append(current)
        pending.extend(children.get(current, []))
    return found


def resident_megabytes(pids: list[int]) -> dict[str, float]:
    """Return the proportional set size of each process; the sum counts shared pages once."""
    sizes = {}
    for pid in pids:
        try:
            rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
            name = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()[-60:]
        except OSError:
            continue
        for line in rollup.splitlines():
            if line.startswith("Pss:"):
                sizes[f"{pid} …{name.strip()}"] = int(line.split()[1]) / 1024
    return sizes


def start(folder: Path, port: int) -> tuple[subprocess.Popen[str], float, str]:
    """Start the demo and wait for its first page."""
    began = time.monotonic()
    process = subprocess.Popen(
        ["./run", "hooklist", "demo", "--port", str(port)],
        cwd=folder,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10) as answer:
        answer.read()
    return process, time.monotonic() - began, line.strip()


def stop(process: subprocess.Popen[str]) -> tuple[float, list[int]]:
    """Press Ctrl-C; return the seconds it took and the processes that are left."""
    family = descendants(process.pid)
    began = time.monotonic()
    os.kill(process.pid, signal.SIGINT)
    process.wait(20)
    seconds = time.monotonic() - began
    time.sleep(0.2)
    return seconds, [pid for pid in family if Path(f"/proc/{pid}").exists()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repository", default=str(Path(__file__).resolve().parents[1]))
    parser.add_argument("--port", type=int, default=8400)
    options = parser.parse_args()
    place = Path(tempfile.mkdtemp(prefix="newcomer-"))
    try:
        subprocess.run(["git", "clone", "-q", options.repository, place / "hooklist"], check=True)
        folder = place / "hooklist"
        process, seconds, line = start(folder, options.port)
        print(f"first start: {seconds:.1f} s   {line}")
        time.sleep(3)
        sizes = resident_megabytes(descendants(process.pid))
        for name, size in sizes.items():
            print(f"  {size:7.1f} MB  {name}")
        print(f"resident in all: {sum(sizes.values()):.0f} MB")
        seconds, left = stop(process)
        print(f"Ctrl-C: {seconds:.1f} s, processes left: {left}")
        size = subprocess.run(
            ["du", "-sk", ".venv", ".uv"], cwd=folder, capture_output=True, text=True
        )
        installed = sum(int(row.split()[0]) for row in size.stdout.splitlines()) / 1000
        print(f"installed: {installed:.0f} MB (.venv and .uv)")
        process, seconds, _ = start(folder, options.port)
        print(f"second start: {seconds:.1f} s")
        stop(process)
    finally:
        shutil.rmtree(place, ignore_errors=True)


if __name__ == "__main__":
    main()
