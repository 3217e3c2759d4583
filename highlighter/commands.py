"""What the command line does with files: one plain answer per file, in order, failures too."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from highlighter.analysis import Analysis, analyse
from highlighter.audio import DEFAULT_LIMITS, Limits
from highlighter.highlight import USUAL, Highlight, check_seconds, find_highlight
from highlighter.sandbox import run_isolated
from hooklist_errors import HooklistError

TIMEOUT = 300.0
"""Seconds a file may take; three hours of music take about forty."""


def analyse_files(
    files: Iterable[Path | str], *, limits: Limits = DEFAULT_LIMITS
) -> Iterator[dict[str, Any]]:
    """Yield, for each file, `file` and its analysis, or `file`, `error` (a sentence) and `code`.

    Each file is opened in a process of its own, so that none can end this one.
    """

    def answer(file: Path | str) -> dict[str, Any]:
        analysis: Analysis = run_isolated(analyse, str(file), limits=limits, timeout=TIMEOUT)
        return analysis.to_json() | {"features": analysis.catalogue_features()}

    return _each(files, answer)


def highlight_files(
    files: Iterable[Path | str],
    *,
    seconds: float = USUAL,
    genre: str | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Iterator[dict[str, Any]]:
    """Yield, for each file, `file` and its highlight, or `file`, `error` (a sentence) and `code`.

    Raises
    ------
    AudioBadRequestError
        No highlight can be `seconds` long. Raised before the first file is opened.
    """
    check_seconds(seconds)

    def answer(file: Path | str) -> dict[str, Any]:
        highlight: Highlight = run_isolated(
            find_highlight, str(file), seconds=seconds, genre=genre, limits=limits, timeout=TIMEOUT
        )
        return highlight.to_json()

    return _each(files, answer)


def _each(
    files: Iterable[Path | str], answer: Callable[[Path | str], dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    for file in files:
        try:
            yield {"file": str(file)} | answer(file)
        except HooklistError as error:
            yield {"file": str(file), "error": str(error), "code": error.code}
