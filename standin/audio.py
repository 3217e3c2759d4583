"""Serving the sound of generated tracks, rendered on demand."""

from __future__ import annotations

import json
import re
import selectors
import subprocess
import sys
import threading
import time
from concurrent.futures import Future
from pathlib import Path

from standin.wire import FileBody, Request, Response, text_response

WORKERS = 2
RENDER_SECONDS = 60.0
IDLE_SECONDS = 10.0
_KINDS = {".flac": "audio/flac", ".wav": "audio/wav", ".mp3": "audio/mpeg", ".ogg": "audio/ogg"}
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


class RenderFailed(Exception):
    """A track's sound could not be made."""


class _Worker:
    """One rendering child."""

    def __init__(self, folder: Path) -> None:
        self.idle_since = time.monotonic()
        self._child = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "standin.audio_worker", str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=Path(__file__).resolve().parents[1],
        )

    @property
    def alive(self) -> bool:
        return self._child.poll() is None

    def render(self, track_id: str) -> Path:
        source, sink = self._child.stdout, self._child.stdin
        assert source is not None and sink is not None  # noqa: PT018, S101
        try:
            sink.write(f"{track_id}\n".encode())
            sink.flush()
        except OSError as error:
            raise RenderFailed("the rendering process has ended") from error
        with selectors.DefaultSelector() as selector:
            selector.register(source, selectors.EVENT_READ)
            if not selector.select(RENDER_SECONDS):
                self.end()
                raise RenderFailed(f"rendering took more than {RENDER_SECONDS:.0f} s")
        line = source.readline()
        answer = json.loads(line) if line else {"error": "the rendering process died"}
        if "error" in answer:
            raise RenderFailed(answer["error"])
        return Path(answer["path"])

    def end(self) -> None:
        self._child.kill()
        self._child.wait(10)
        for pipe in (self._child.stdin, self._child.stdout):
            if pipe is not None:
                pipe.close()


class Renderer:
    """Renders tracks: `WORKERS` at once at most, and each id only once at a time.

    Parameters
    ----------
    folder
        Where the audio is kept.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._lock = threading.Lock()
        self._slots = threading.BoundedSemaphore(WORKERS)
        self._under_way: dict[str, Future[Path]] = {}
        self._idle: list[_Worker] = []
        self._done: dict[str, Path] = {}
        self._stopped = False

    def path(self, track_id: str) -> Path:
        """Return the audio file of a track, waiting for it where necessary.

        Raises
        ------
        RenderFailed
            If it cannot be made.
        """
        with self._lock:
            done = self._done.get(track_id)
            if done is not None and done.is_file():
                return done
            waiting = self._under_way.get(track_id)
            mine = waiting is None
            if waiting is None:
                waiting = self._under_way[track_id] = Future()
        if mine:
            self._run(track_id, waiting)
        return waiting.result(timeout=20 * RENDER_SECONDS)

    def _run(self, track_id: str, result: Future[Path]) -> None:
        try:
            with self._slots:
                path = self._render(track_id)
        except BaseException as error:
            with self._lock:
                del self._under_way[track_id]
            result.set_exception(error)
        else:
            with self._lock:
                del self._under_way[track_id]
                self._done[track_id] = path
            result.set_result(path)

    def _render(self, track_id: str) -> Path:
        with self._lock:
            if self._stopped:
                raise RenderFailed("the server is stopping")
            worker = self._idle.pop() if self._idle else None
        if worker is not None and not worker.alive:
            worker.end()
            worker = None
        worker = worker or _Worker(self._folder)
        try:
            path = worker.render(track_id)
        except BaseException:
            worker.end()
            raise
        self._release(worker)
        return path

    def _release(self, worker: _Worker) -> None:
        worker.idle_since = time.monotonic()
        with self._lock:
            if not self._stopped:
                self._idle.append(worker)
                timer = threading.Timer(IDLE_SECONDS + 1, self._let_go)
                timer.daemon = True
                timer.start()
                return
        worker.end()

    def _let_go(self) -> None:
        now = time.monotonic()
        with self._lock:
            tired = [w for w in self._idle if now - w.idle_since >= IDLE_SECONDS]
            self._idle = [w for w in self._idle if w not in tired]
        for worker in tired:
            worker.end()

    def stop(self) -> None:
        """End the children that wait; one that renders ends by itself."""
        with self._lock:
            self._stopped = True
            idle, self._idle = self._idle, []
        for worker in idle:
            worker.end()


def audio_response(request: Request, path: Path) -> Response:
    """Return a whole file, or the one range asked for (RFC 9110 §14)."""
    size = path.stat().st_size
    headers = (
        ("Content-Type", _KINDS.get(path.suffix, "application/octet-stream")),
        ("Accept-Ranges", "bytes"),
        ("Cross-Origin-Resource-Policy", "cross-origin"),
        ("Cache-Control", "public, max-age=86400"),
    )
    match = _RANGE.fullmatch(request.headers.get("range", "").strip())
    if match is None or match.groups() == ("", ""):
        return Response(200, b"", headers, FileBody(path, 0, size))
    first, last = match.groups()
    start = int(first) if first else max(0, size - int(last))
    end = min(size - 1, int(last)) if first and last else size - 1
    if start > end:
        return text_response("", 416, ("Content-Range", f"bytes */{size}"))
    return Response(
        206,
        b"",
        (*headers, ("Content-Range", f"bytes {start}-{end}/{size}")),
        FileBody(path, start, end - start + 1),
    )
