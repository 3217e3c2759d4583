"""What pychorus answers, asked of another interpreter: it is a peer, and no dependency.

The adapter is ``benchmarks/peers/pychorus_peer.py`` of the checkout: files on its command line, one
JSON object per line with `start` (null where it found no chorus), and `error` where it failed.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from highlighter.evaluation.baselines import SLACK_WHERE_SILENT
from highlighter.evaluation.cache import AnswerCache, file_hash
from highlighter.evaluation.hear import Answer

PYCHORUS = "pychorus"
ADAPTER = Path(__file__).resolve().parents[2] / "benchmarks" / "peers" / "pychorus_peer.py"
TIMEOUT = 300.0
"""Seconds per song; pychorus takes about one per minute of music."""

_LARGEST_ANSWER = 1 << 20


class Peer:
    """Asks pychorus, song by song, each in a process of its own.

    Parameters
    ----------
    python
        An interpreter that has pychorus.
    cache
        Keeps what was answered.
    adapter
        The script that is run with it.
    """

    def __init__(self, python: Path, cache: AnswerCache, adapter: Path = ADAPTER) -> None:
        self._python, self._cache, self._adapter = python, cache, adapter
        self._script = file_hash(adapter)

    def ask(self, path: Path, content: str, seconds: float, duration: float) -> Answer:
        """Return pychorus's answer for a song; where it finds nothing, the clip starts at 45 s.

        Parameters
        ----------
        path, content
            The file, and its hash.
        seconds, duration
            Of the clip and of the song.
        """
        key = self._cache.key(PYCHORUS, content, self._script, self._python.absolute())
        line = self._cache.get(key)
        if line is None:
            line = self._run(path)
            if "error" not in line:
                self._cache.put(key, line)
        return _answer(line, seconds, duration)

    def _run(self, path: Path) -> dict[str, object]:
        order = [str(self._python), str(self._adapter), str(path)]
        try:
            done = subprocess.run(  # noqa: S603  # the interpreter that was named for it
                order,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=TIMEOUT,
                check=False,
                env={**os.environ, "OMP_NUM_THREADS": "1"},
            )
        except subprocess.TimeoutExpired:
            return {"error": f"it took over {TIMEOUT:.0f} s"}
        except OSError as error:
            return {"error": f"{self._python} cannot be run: {error.strerror}"}
        lines = done.stdout[:_LARGEST_ANSWER].decode(errors="replace").strip().splitlines()
        try:
            plain = json.loads(lines[-1])
        except (IndexError, ValueError):
            said = done.stderr[-300:].decode(errors="replace").strip().splitlines()
            return {
                "error": f"it answered nothing (status {done.returncode}): {(said or [''])[-1]}"
            }
        return plain if isinstance(plain, dict) else {"error": "it answered no object"}


def _answer(line: dict[str, object], seconds: float, duration: float) -> Answer:
    if line.get("error"):
        return Answer(PYCHORUS, error=str(line["error"])[:300])
    start = line.get("start")
    found = isinstance(start, int | float) and 0.0 <= start < duration
    place = float(start) if found and isinstance(start, int | float) else SLACK_WHERE_SILENT
    place = max(0.0, min(place, duration - seconds))
    reason = "" if found else "it found no chorus, so 45 s is taken"
    return Answer(PYCHORUS, place, place + seconds, reason=reason)


def ask_all(
    peer: Peer,
    songs: Sequence[tuple[Path, str, float]],
    seconds: float,
    tell: Callable[[str], None],
) -> list[Answer]:
    """Return the peer's answers for (file, hash, duration) each, one after the other."""
    answers = []
    for count, (path, content, duration) in enumerate(songs, start=1):
        answers.append(peer.ask(path, content, seconds, duration))
        tell(f"asked {PYCHORUS} {count}/{len(songs)} {path.name}")
    return answers
