"""Makes worker processes that do saves, for tests that kill them.

Reads lines ``DATABASE URL`` and answers each with the id of a process of its own that works on it.
They are forked from this process, which has everything imported and no threads, so that each starts
in a few milliseconds instead of seconds.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from tests.webapp.spotify.world import World


def work(database: str, url: str) -> None:
    """Work until killed."""
    spotify: Any = SimpleNamespace(
        url=url,
        api_url=f"{url}/v1",
        open_url=f"{url}/open",
        client_id="standin-client",
        client_secret=None,
    )
    worker = World(spotify, Path(database)).worker()
    worker.stop_on_signals()
    worker.run()


def main() -> None:
    """Fork a worker for each line."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    children = []
    print("ready", flush=True)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            try:
                work(*line.split())
            finally:
                os._exit(0)
        children.append(child)
        print(child, flush=True)
    for child in children:
        try:
            os.kill(child, signal.SIGKILL)
        except ProcessLookupError:
            continue


if __name__ == "__main__":
    main()
