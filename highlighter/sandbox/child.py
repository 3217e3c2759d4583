"""The process in which files are opened: it takes orders on a socket and may die of them.

Started as ``python -m highlighter.sandbox DESCRIPTOR``. It trusts its parent, and is not trusted.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import resource
import select
import signal
import socket
import sys
import threading
from collections.abc import Callable
from typing import Any

from highlighter.sandbox.codec import CodecError, Inbox, send, unpack
from hooklist_errors import HooklistError

_IDLE_SECONDS = 120.0
"""An idle process leaves, with its memory; the parent starts another when there is work."""

_LARGEST_ORDER = 1 << 30
_GRACE_SECONDS = 3.0


def main(descriptor: int) -> int:
    """Serve until the parent closes its end, or nothing came for two minutes."""
    connection = socket.socket(fileno=descriptor)
    os.dup2(2, 1)  # nothing a library prints may get between the messages
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    threading.Thread(target=_leave_with_parent, args=(connection,), daemon=True).start()
    inbox = Inbox(_LARGEST_ORDER)
    while True:
        if not select.select([connection], [], [], _IDLE_SECONDS)[0]:
            return 0
        data = connection.recv(1 << 20)
        if not data:
            return 0
        for message in inbox.feed(data):
            _serve(connection, unpack(message, trusted=True))


def _leave_with_parent(connection: socket.socket) -> None:
    """End the process when the parent's end of the socket is gone, whatever it is doing."""
    poll = select.poll()
    poll.register(connection, select.POLLHUP | getattr(select, "POLLRDHUP", 0))
    poll.poll()
    os._exit(0)


def _serve(connection: socket.socket, order: dict[str, Any]) -> None:
    try:
        _limit(order)
        function = _find(order)
        keywords = dict(order["keywords"])
        if order["progress"]:
            keywords["progress"] = _reporter(connection)
        result = function(*order["arguments"], **keywords)
        reply: dict[str, Any] = {"result": result}
    except HooklistError as error:
        reply = {"failure": _told(error)}
    except MemoryError:
        reply = {"out_of_memory": True}
    except Exception as error:
        reply = {"unexpected": f"{type(error).__name__}: {error}"[:500]}
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
    reply["resident_kb"] = _resident_kb()
    try:
        send(connection, reply)
    except MemoryError:
        send(connection, {"out_of_memory": True, "resident_kb": reply["resident_kb"]})
    except CodecError as error:
        send(connection, {"unexpected": str(error), "resident_kb": reply["resident_kb"]})


def _resident_kb() -> int:
    """Return the memory held now; ru_maxrss would also count what the parent held at the start."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * (resource.getpagesize() // 1024)
    except (OSError, ValueError, IndexError):
        return 0


def _limit(order: dict[str, Any]) -> None:
    """Set this job's bounds; hard limits stay, so that the next job may have others."""
    seconds = float(order["timeout"])
    used = resource.getrusage(resource.RUSAGE_SELF)
    cpu = used.ru_utime + used.ru_stime + seconds + _GRACE_SECONDS
    for kind, value in (
        (resource.RLIMIT_AS, int(order["memory_mb"]) << 20),
        (resource.RLIMIT_CPU, int(cpu) + 1),
        (resource.RLIMIT_FSIZE, int(order["file_mb"]) << 20),
        (resource.RLIMIT_NOFILE, int(order["open_files"])),
    ):
        hard = resource.getrlimit(kind)[1]
        # Where the system allows less than asked, less it is; some systems allow no bound at all.
        soft = value if hard == resource.RLIM_INFINITY else min(value, hard)
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(kind, (soft, hard))
    # Should the parent fail to keep time, the kernel does.
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, seconds + _GRACE_SECONDS)
    sys.path[:] = [str(entry) for entry in order["import_path"]]
    with contextlib.suppress(OSError):
        os.chdir(order["folder"])


def _find(order: dict[str, Any]) -> Callable[..., Any]:
    found: Any = importlib.import_module(order["module"])
    for name in str(order["name"]).split("."):
        found = getattr(found, name)
    if not callable(found):
        raise TypeError(f"{order['module']}.{order['name']} cannot be called")
    function: Callable[..., Any] = found
    return function


def _reporter(connection: socket.socket) -> Callable[..., None]:
    def report(*values: Any) -> None:
        send(connection, {"progress": list(values)})

    return report


def _told(error: HooklistError) -> dict[str, Any]:
    return {
        "code": error.code,
        "what": error.what,
        "which": error.which,
        "why": error.why,
        "next_step": error.next_step,
        "kept": error.kept,
        "details": error.details,
    }
