"""``python -m standin serve``: run the stand-in Spotify on 127.0.0.1."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from standin.app import Options
from standin.errors import StandinError
from standin.server import start_server


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit status (0 done, 2 wrong use)."""
    chosen = _parser().parse_args(arguments)
    try:
        options = Options(
            client_id=chosen.client_id,
            client_secret=chosen.client_secret,
            redirect_uris=tuple(chosen.redirect_uri),
            port=chosen.port,
            library=chosen.library,
            state=chosen.state,
            audio_cache=chosen.audio_cache,
            control=chosen.control,
        )
        return _serve(options, parent=chosen.exit_with_parent)
    except StandinError as error:
        print(f"standin: {error}", file=sys.stderr)
        return 2


def _serve(options: Options, *, parent: int | None) -> int:
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    running = start_server(options)
    print(f"standin: listening on http://127.0.0.1:{running.port}", flush=True)
    # Polling rather than PR_SET_PDEATHSIG: that fires when the parent's *thread* ends.
    while not ended.wait(3600 if parent is None else 0.25):
        if parent is not None and os.getppid() != parent:
            break
    running.stop()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m standin", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    serve = commands.add_parser("serve", help="serve until SIGTERM or SIGINT")
    serve.add_argument("--port", type=int, default=8808, help="0 chooses a free one")
    serve.add_argument("--library", type=Path, help="library JSON instead of generated music")
    serve.add_argument("--state", type=Path, help="folder that survives restarts")
    serve.add_argument("--audio-cache", type=Path, help="folder for rendered audio")
    serve.add_argument("--control", action="store_true", help="open the control interface")
    serve.add_argument("--client-id", required=True, help="of the one registered app")
    serve.add_argument("--client-secret", help="without one, logins must use PKCE")
    serve.add_argument(
        "--redirect-uri", action="append", required=True, help="registered; may be repeated"
    )
    serve.add_argument(
        "--exit-with-parent",
        nargs="?",
        type=int,
        const=os.getppid(),
        metavar="PID",
        help="end when the starting process ends; with its id, also if it ended before now",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
