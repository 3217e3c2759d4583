"""Rendering a trailer in a process of its own: whatever a file does to it, the worker lives.

The child reads one JSON object from its standard input and writes one JSON object per line: how far
it is, then the trailer or the error. Nothing else passes between the two.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, ClassVar

from hooklist_errors import HooklistError
from webapp.supervisor import die_with_parent

MEMORY_LIMIT = 3 * 1024**3
"""Bytes of address space; a trailer of 100 fragments needs a tenth of it."""
LONGEST_FILE = 512 * 1024**2
PATIENCE = 15 * 60.0
"""Seconds a rendering may take in all."""
SILENCE = 180.0
"""Seconds without any sign of progress after which the child counts as hanging."""
_TICK = 0.2


class RenderCrashed(HooklistError):
    """The process that rendered a trailer died or hung."""

    code: ClassVar[str] = "trailer.crashed"


class RenderFailed(HooklistError):
    """The process that rendered a trailer said why it could not."""

    code: ClassVar[str] = "trailer.failed"


def render(
    tracks: Sequence[Mapping[str, Any]],
    out: Path,
    *,
    seconds_per_track: float,
    title: str,
    progress: Callable[[int, int, str], None],
    should_stop: Callable[[], bool],
    command: Sequence[str] = (sys.executable, "-m", "webapp.services.render_process"),
) -> dict[str, Any]:
    """Render a trailer in a child process.

    Parameters
    ----------
    tracks
        As `webapp.services.trailers.track_spec` makes them.
    out
        Where to write.
    seconds_per_track, title
        As for `highlighter.trailer.make_trailer`.
    progress
        Told steps done, steps in all, and the stage.
    should_stop
        Asked several times a second; the child is ended when it says so.
    command
        Starts the child; another one only in tests.

    Raises
    ------
    RenderFailed
        With the child's own words; `details["code"]` is its error code.
    RenderCrashed
        If it died, hung or took too long.
    """
    asked = {
        "tracks": list(tracks),
        "out": os.fspath(out),
        "seconds_per_track": seconds_per_track,
        "title": title,
    }
    child = subprocess.Popen(  # noqa: S603
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    lines: SimpleQueue[bytes | None] = SimpleQueue()
    threading.Thread(target=_read, args=(child, lines), daemon=True).start()
    try:
        _ask(child, asked)
        return _listen(child, lines, progress, should_stop)
    finally:
        if child.poll() is None:
            child.kill()
        child.wait(10)


def _ask(child: subprocess.Popen[bytes], asked: Mapping[str, Any]) -> None:
    assert child.stdin is not None  # noqa: S101 - it was opened as a pipe
    try:
        child.stdin.write(json.dumps(asked).encode("ascii"))
        child.stdin.close()
    except BrokenPipeError:
        pass  # it has died already; listening finds that out, with its status


def _listen(
    child: subprocess.Popen[bytes],
    lines: SimpleQueue[bytes | None],
    progress: Callable[[int, int, str], None],
    should_stop: Callable[[], bool],
) -> dict[str, Any]:
    begun = heard = time.monotonic()
    while True:
        try:
            line = lines.get(timeout=_TICK)
        except Empty:
            now = time.monotonic()
            if should_stop():
                raise RenderFailed(
                    "the trailer was stopped",
                    kept="the playlist",
                    details={"code": "trailer.cancelled"},
                ) from None
            if now - heard > SILENCE or now - begun > PATIENCE:
                raise RenderCrashed(
                    "the trailer could not be made",
                    why=f"no progress for {now - heard:.0f} s",
                    kept="the playlist",
                    next_step="try again",
                ) from None
            continue
        if line is None:
            raise RenderCrashed(
                "the trailer could not be made",
                why=f"the rendering process ended with status {child.wait(10)}",
                kept="the playlist",
                next_step="try again; if it stays so, one of its audio files is broken",
            )
        heard = time.monotonic()
        message = json.loads(line)
        if "progress" in message:
            done, total, stage = message["progress"]
            progress(done, total, stage)
        elif "error" in message:
            told = message["error"]
            raise RenderFailed(
                told["what"],
                which=told["which"],
                why=told["why"],
                kept=told["kept"] or "the playlist",
                next_step=told["next_step"],
                details={"code": told["code"]},
            )
        else:
            trailer: dict[str, Any] = message["trailer"]
            return trailer


def _read(child: subprocess.Popen[bytes], lines: SimpleQueue[bytes | None]) -> None:
    assert child.stdout is not None  # noqa: S101 - it was opened as a pipe
    for line in child.stdout:
        lines.put(line)
    lines.put(None)


def main() -> int:
    """Be the child."""
    die_with_parent()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))
    resource.setrlimit(resource.RLIMIT_FSIZE, (LONGEST_FILE, LONGEST_FILE))
    asked = json.load(sys.stdin.buffer)
    # Decoders print to stdout if they like; the protocol keeps a descriptor of its own.
    with os.fdopen(os.dup(1), "w", encoding="ascii", buffering=1) as answer:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)

        def say(message: Mapping[str, Any]) -> None:
            answer.write(json.dumps(message) + "\n")

        try:
            say({"trailer": _make(asked, lambda *step: say({"progress": step}))})
        except HooklistError as error:
            texts = ("code", "what", "which", "why", "kept", "next_step")
            say({"error": {name: getattr(error, name) for name in texts}})
            return 1
    return 0


def _make(asked: Mapping[str, Any], progress: Callable[[int, int, str], None]) -> dict[str, Any]:
    from highlighter.trailer import TrailerTrack, make_trailer
    from highlighter.trailer.commands import as_json

    tracks = [
        TrailerTrack(
            **{
                **track,
                "file": Path(track["file"]),
                "artists": tuple(track["artists"]),
                "beats": None if track["beats"] is None else tuple(track["beats"]),
            }
        )
        for track in asked["tracks"]
    ]
    made = make_trailer(
        tracks,
        Path(asked["out"]),
        seconds_per_track=asked["seconds_per_track"],
        title=asked["title"],
        progress=progress,
    )
    return as_json(made)


if __name__ == "__main__":
    sys.exit(main())
