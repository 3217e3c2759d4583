"""What the command line does with files: one plain answer per file, in order, failures too."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

from highlighter.analysis import Analysis, analyse, gtzan_style
from highlighter.audio import DEFAULT_LIMITS, Limits
from highlighter.audio.tags import genre_tag
from highlighter.highlight import USUAL, Highlight, check_seconds, find_highlight, route
from highlighter.sandbox import run_isolated
from hooklist_errors import HooklistError
from hooklist_genres import Labelled, most_trusted

TIMEOUT = 300.0
"""Seconds a file may take; three hours of music take about forty."""

_AT_ONCE = min(8, os.cpu_count() or 1)
"""Files worked on at once, each in a process with one thread; as many as there are processes."""

_AHEAD = 2 * _AT_ONCE
"""Files taken before the first of them is answered, so that a long one keeps no core waiting."""

GuessGenre = Callable[[Mapping[str, float | None]], Labelled | None]
"""Estimates a genre from the features of a file; None where it is not sure enough."""


def analyse_files(
    files: Iterable[Path | str],
    *,
    statistics: bool = False,
    guess: GuessGenre | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Iterator[dict[str, Any]]:
    """Yield, for each file, `file` and its analysis, or `file`, `error` (a sentence) and `code`.

    Each file is opened in a process of its own, so that none can end this one; as many of them work
    side by side as there are cores.

    Parameters
    ----------
    files
        In the order of the answers.
    statistics
        Whether the 373 `highlighter.analysis.SOUND_STATISTICS` are part of the answer.
    guess
        Asked for the genre of a file whose tags name none.
    limits
        Bounds for header and decoding.
    """
    guess = _one_at_a_time(guess)

    def answer(file: Path | str, stopped: Callable[[], bool]) -> dict[str, Any]:
        analysis = _heard(file, statistics or guess is not None, limits, stopped)
        found = _genre(file, "", guess, lambda: features_of(analysis))
        shown = analysis if statistics else replace(analysis, statistics=None)
        return (
            shown.to_json()
            | found.to_json()
            | {"route": route(found.genre, found.estimated).to_json()}
            | {"features": analysis.catalogue_features()}
        )

    return _each(files, answer)


def highlight_files(
    files: Iterable[Path | str],
    *,
    seconds: float = USUAL,
    genre: str | None = None,
    guess: GuessGenre | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Iterator[dict[str, Any]]:
    """Yield, for each file, `file` and its highlight, or `file`, `error` (a sentence) and `code`.

    Files are worked on as by `analyse_files`: in processes, side by side.

    Parameters
    ----------
    files
        In the order of the answers.
    seconds
        Length of each highlight, 8 to 60.
    genre
        What all of them are; if nobody says, each file's tags are asked.
    guess
        Asked for the genre of a file whose tags name none; such a file is decoded twice.
    limits
        Bounds for header and decoding.

    Raises
    ------
    AudioBadRequestError
        No highlight can be `seconds` long. Raised before the first file is opened.
    """
    check_seconds(seconds)

    guess = _one_at_a_time(guess)

    def answer(file: Path | str, stopped: Callable[[], bool]) -> dict[str, Any]:
        found = _genre(
            file, genre or "", guess, lambda: features_of(_heard(file, True, limits, stopped))
        )
        highlight: Highlight = run_isolated(
            find_highlight,
            str(file),
            seconds=seconds,
            genre=found.genre,
            genre_confidence=found.estimated,
            limits=limits,
            timeout=TIMEOUT,
            should_stop=stopped,
        )
        return highlight.to_json()

    return _each(files, answer)


def features_of(analysis: Analysis) -> dict[str, float | None]:
    """Return everything a classifier of genres may have been trained on, by its usual names.

    The catalogue's features and, where they were heard, `SOUND_STATISTICS` and their likes in
    tables of the GTZAN kind. Where both know a `tempo`, it is that of the statistics, which is
    told however unsure it is, as it was when the classifier was trained.
    """
    statistics = analysis.statistics or {}
    return {
        **analysis.catalogue_features(),
        **(gtzan_style(statistics) if statistics else {}),
        **statistics,
    }


def _heard(
    file: Path | str, statistics: bool, limits: Limits, stopped: Callable[[], bool]
) -> Analysis:
    analysis: Analysis = run_isolated(
        analyse,
        str(file),
        limits=limits,
        statistics=statistics,
        timeout=TIMEOUT,
        should_stop=stopped,
    )
    return analysis


def _one_at_a_time(guess: GuessGenre | None) -> GuessGenre | None:
    """Return `guess` as several threads may ask it: what classifies need not be made for that."""
    if guess is None:
        return None
    turn = threading.Lock()

    def in_turn(features: Mapping[str, float | None]) -> Labelled | None:
        with turn:
            return guess(features)

    return in_turn


def _genre(
    file: Path | str,
    given: str,
    guess: GuessGenre | None,
    features: Callable[[], Mapping[str, float | None]],
) -> Labelled:
    return most_trusted(
        given=given,
        tag="" if given else genre_tag(file),
        guess=None if guess is None else lambda: guess(features()),
    )


def _each(
    files: Iterable[Path | str], answer: Callable[[Path | str, Callable[[], bool]], dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    """Yield the answers in order, while the next files are worked on beside each other."""
    stop = threading.Event()

    def one(file: Path | str) -> dict[str, Any]:
        try:
            return {"file": str(file)} | answer(file, stop.is_set)
        except HooklistError as error:
            return {"file": str(file), "error": str(error), "code": error.code}

    waiting: deque[Future[dict[str, Any]]] = deque()
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        try:
            for file in files:
                waiting.append(threads.submit(one, file))
                if len(waiting) >= _AHEAD:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            stop.set()
            for future in waiting:
                future.cancel()
