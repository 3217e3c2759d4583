"""Hearing many songs: each in a child process, a few at a time, and none twice."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from highlighter.evaluation.cache import (
    AnswerCache,
    file_hash,
    from_json,
    listener_hash,
    to_json,
)
from highlighter.evaluation.hear import DEFAULT, Answer, Listening, hear_song
from highlighter.evaluation.metrics import Span, frame_auc, frame_f1, seconds_of_chorus
from highlighter.evaluation.songs import Song
from highlighter.sandbox import Pool, run_isolated
from hooklist_errors import HooklistError

TIMEOUT = 900.0
MEMORY_MB = 4_096
"""Of address space, most of which onnxruntime reserves and does not use."""

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class HeardSong:
    """A song with what was answered for it, or why nothing was.

    Attributes
    ----------
    song
        With its truth.
    content
        SHA-256 of the file; empty where there is none.
    listening
        None where it failed.
    error
        One sentence; empty where it did not.
    """

    song: Song
    content: str
    listening: Listening | None
    error: str = ""


def hear_all(
    songs: Sequence[Song],
    seconds: float,
    cache: AnswerCache,
    *,
    models: Sequence[Path] = (),
    processes: int = 1,
    tell: Tell = lambda step: None,
) -> list[HeardSong]:
    """Return what is answered for each song, in order; what was heard before is not heard again.

    Parameters
    ----------
    songs
        Files that are missing or cannot be heard become answers with an error.
    seconds
        Length of the clip.
    cache
        Where answers are kept.
    models
        See `highlighter.evaluation.hear.hear_song`.
    processes
        Songs at once.
    tell
        Told what was done.
    """
    listener = listener_hash(models)
    stop = threading.Event()
    pool = Pool(size=processes)
    found: dict[int, HeardSong] = {}

    def one(song: Song) -> HeardSong:
        return _hear(song, seconds, cache, listener, [str(path) for path in models], pool, stop)

    threads = ThreadPoolExecutor(processes)
    try:
        tasks = {threads.submit(one, song): number for number, song in enumerate(songs)}
        for count, task in enumerate(as_completed(tasks), start=1):
            heard = task.result()
            found[tasks[task]] = heard
            tell(
                f"heard {count}/{len(songs)} {heard.song.name}" + (" – failed" * bool(heard.error))
            )
    finally:
        stop.set()
        threads.shutdown(cancel_futures=True)
        pool.close()
    return [found[number] for number in range(len(songs))]


def _hear(
    song: Song,
    seconds: float,
    cache: AnswerCache,
    listener: str,
    models: list[str],
    pool: Pool,
    stop: threading.Event,
) -> HeardSong:
    try:
        content = file_hash(song.path)
    except OSError as error:
        why = f"There is no such file ({song.path}): {error.strerror}"
        return HeardSong(song, "", None, why)
    key = cache.key("heard", content, song.path.suffix.lower(), seconds, listener)
    kept = cache.get(key)
    listening = from_json(kept) if kept is not None else None
    if listening is None:
        try:
            listening = run_isolated(
                hear_song,
                str(song.path),
                seconds,
                models,
                timeout=TIMEOUT,
                memory_mb=MEMORY_MB,
                pool=pool,
                should_stop=stop.is_set,
            )
        except HooklistError as error:
            return HeardSong(song, content, None, str(error))
        cache.put(key, to_json(listening))
    return HeardSong(song, content, compared(listening, song.choruses))


def compared(listening: Listening, choruses: Sequence[Span]) -> Listening:
    """Return the answers with AUC and F1 of their curves, of which only the default's is kept.

    So the memory of an evaluation grows by one curve per song and not by one per answer.
    """
    inside = seconds_of_chorus(choruses, listening.duration)
    return replace(
        listening, answers=tuple(_compared(answer, inside) for answer in listening.answers)
    )


def _compared(answer: Answer, inside: NDArray[np.bool_]) -> Answer:
    if not answer.curve:
        return answer
    values = np.array(answer.curve)
    curve = answer.curve if answer.row == DEFAULT else ()
    return replace(answer, curve=curve, auc=frame_auc(values, inside), f1=frame_f1(values, inside))
