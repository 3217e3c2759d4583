"""What the processes of a server under load take: memory by share, files, processor time, sockets.

Memory is PSS: what is shared between processes (the catalogue's mapped files, libraries) counts
once in all, a share for each.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

SAMPLE_SECONDS = 2.0


@dataclass(frozen=True)
class Sample:
    """All processes at one moment.

    Attributes
    ----------
    at
        Monotonic seconds.
    servers, workers
        PSS in MB: whatever answers requests, their parent included; everything else.
    files
        Open files of the servers.
    """

    at: float
    servers: float
    workers: float
    files: int


def family(pid: int) -> list[int]:
    """Return a process and those that it has started, and theirs."""
    try:
        tasks = Path(f"/proc/{pid}/task").iterdir()
        found = [int(c) for task in tasks for c in (task / "children").read_text().split()]
    except OSError:
        found = []
    return [pid, *(member for child in found for member in family(child))]


def servers(pid: int) -> list[int]:
    """Return those of the family that answer requests, and their parent."""
    return [one for one in family(pid) if b"\0serve\0" in _command(one) + b"\0"]


def serving(pid: int) -> list[int]:
    """Return those of the family that answer requests."""
    found = servers(pid)
    return found[1:] or found


def share_of_memory(pid: int) -> float:
    """Return a process's proportional share of memory in MB; 0 if it is gone."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1000


def open_files(pid: int) -> int:
    """Return how many files a process has open; 0 if it is gone."""
    try:
        return len(os.listdir(f"/proc/{pid}/fd"))
    except OSError:
        return 0


def processor_seconds(pids: Iterable[int]) -> dict[int, float]:
    """Return the processor time that each process has used so far, dead children included."""
    used = {}
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        used[pid] = sum(int(field) for field in fields[11:15]) / os.sysconf("SC_CLK_TCK")
    return used


def connections(pid: int, port: int) -> int:
    """Return how many connections to this port a process holds."""
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    rows = [line.split() for line in lines]
    ours = {f"socket:[{row[9]}]" for row in rows if row[1].endswith(f":{port:04X}")}
    held = 0
    for name in os.listdir(f"/proc/{pid}/fd"):
        try:
            held += os.readlink(f"/proc/{pid}/fd/{name}") in ours
        except OSError:
            continue
    return held


async def watch(pid: int, until: float, samples: list[Sample]) -> None:
    """Sample memory and files until the end."""
    while time.monotonic() < until:
        answering = servers(pid)
        others = [one for one in family(pid) if one not in answering]
        samples.append(
            Sample(
                time.monotonic(),
                sum(map(share_of_memory, answering)),
                sum(map(share_of_memory, others)),
                sum(map(open_files, answering)),
            )
        )
        await asyncio.sleep(SAMPLE_SECONDS)


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""
