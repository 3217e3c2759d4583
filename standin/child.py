"""A stand-in in a process of its own, so that it can be killed."""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from standin.app import Options
from standin.errors import StandinNotRunning


class ChildServer:
    """Runs ``python -m standin serve --control``, which ends when this process does.

    Parameters
    ----------
    options
        How to start it.

    Raises
    ------
    StandinNotRunning
        If it does not name its address within `start_timeout` seconds.
    """

    start_timeout = 20.0

    def __init__(self, options: Options) -> None:
        self._library_file: Path | None = None
        self._child = subprocess.Popen(  # noqa: S603
            self._command(options),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            cwd=Path(__file__).resolve().parents[1],
        )
        self.pid = self._child.pid
        try:
            self.port = self._read_port()
        except BaseException:
            self.stop()
            raise

    def _command(self, options: Options) -> list[str]:
        command = [sys.executable, "-m", "standin", "serve", "--control"]
        command += ["--exit-with-parent", str(os.getpid())]
        command += ["--port", str(options.port), "--client-id", options.client_id]
        if options.client_secret is not None:
            command += ["--client-secret", options.client_secret]
        for uri in options.redirect_uris:
            command += ["--redirect-uri", uri]
        if options.state is not None:
            command += ["--state", str(options.state)]
        if options.audio_cache is not None:
            command += ["--audio-cache", str(options.audio_cache)]
        if isinstance(options.library, Path):
            command += ["--library", str(options.library)]
        elif options.library is not None:
            handle, name = tempfile.mkstemp(prefix="standin-library-", suffix=".json")
            with open(handle, "w", encoding="utf-8") as file:
                json.dump({"tracks": [dict(track) for track in options.library]}, file)
            self._library_file = Path(name)
            command += ["--library", name]
        return command

    def _read_port(self) -> int:
        # The first line names the address; a child that dies or hangs must not hang the test.
        stdout = self._child.stdout
        assert stdout is not None  # noqa: S101
        deadline = time.monotonic() + self.start_timeout
        with selectors.DefaultSelector() as selector:
            selector.register(stdout, selectors.EVENT_READ)
            ready = selector.select(max(0.0, deadline - time.monotonic()))
        line = stdout.readline().decode("utf-8", "replace").strip() if ready else ""
        if "http://127.0.0.1:" not in line:
            raise StandinNotRunning(
                "The stand-in did not start",
                why=line or "it said nothing; its messages are on stderr",
            )
        return int(line.rsplit(":", 1)[1])

    def kill(self) -> None:
        """Kill it as a crash would."""
        self._child.kill()
        self._child.wait(10)

    def stop(self) -> None:
        """End it: politely, and after 5 s by force."""
        if self._child.poll() is None:
            self._child.send_signal(signal.SIGTERM)
            try:
                self._child.wait(5)
            except subprocess.TimeoutExpired:
                self.kill()
        if self._child.stdout is not None:
            self._child.stdout.close()
        if self._library_file is not None:
            self._library_file.unlink(missing_ok=True)
