"""Analysis and highlight of a file together, from one decoding."""

from __future__ import annotations

from pathlib import Path

from highlighter.analysis import Analysis, analyse_sound, listen
from highlighter.audio import DEFAULT_LIMITS, Limits
from highlighter.highlight import USUAL, Highlight, check_seconds, highlight_of


def study(
    path: Path | str,
    seconds: float = USUAL,
    *,
    genre: str | None = None,
    genre_confidence: float | None = None,
    limits: Limits = DEFAULT_LIMITS,
    statistics: bool = False,
) -> tuple[Analysis, Highlight]:
    """Return analysis and highlight of a file.

    Parameters
    ----------
    path
        The file.
    seconds
        Length of the highlight, 8 to 60.
    genre, genre_confidence
        See `highlighter.highlight.find_highlight`.
    limits
        Bounds for header and decoding.
    statistics
        See `highlighter.analysis.analyse`.

    Raises
    ------
    AudioError
        One of `highlighter.errors`, naming the file.
    """
    check_seconds(seconds)
    sound = listen(path, limits=limits, statistics=statistics)
    analysis = analyse_sound(sound)
    highlight = highlight_of(
        sound, analysis, seconds=seconds, genre=genre, genre_confidence=genre_confidence
    )
    return analysis, highlight
