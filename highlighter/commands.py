"""What the command line does with files: one plain answer per file, in order, failures too."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
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

    Each file is opened in a process of its own, so that none can end this one.

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

    def answer(file: Path | str) -> dict[str, Any]:
        analysis = _heard(file, statistics or guess is not None, limits)
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

    def answer(file: Path | str) -> dict[str, Any]:
        found = _genre(file, genre or "", guess, lambda: features_of(_heard(file, True, limits)))
        highlight: Highlight = run_isolated(
            find_highlight,
            str(file),
            seconds=seconds,
            genre=found.genre,
            genre_confidence=found.estimated,
            limits=limits,
            timeout=TIMEOUT,
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


def _heard(file: Path | str, statistics: bool, limits: Limits) -> Analysis:
    analysis: Analysis = run_isolated(
        analyse, str(file), limits=limits, statistics=statistics, timeout=TIMEOUT
    )
    return analysis


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
    files: Iterable[Path | str], answer: Callable[[Path | str], dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    for file in files:
        try:
            yield {"file": str(file)} | answer(file)
        except HooklistError as error:
            yield {"file": str(file), "error": str(error), "code": error.code}
