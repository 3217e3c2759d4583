"""Which strategy answers for a track, and what it answers."""

from __future__ import annotations

import math
from pathlib import Path

from highlighter.analysis import Analysis, Sound, analyse_sound, listen_for_highlight
from highlighter.audio import DEFAULT_LIMITS, Audio, Limits
from highlighter.errors import AudioBadRequestError
from highlighter.highlight.model import LONGEST, SHORTEST, USUAL, Highlight
from highlighter.highlight.router import Route, route
from highlighter.highlight.strategies import Energy, Fixed, Found, Heard, Repetition, Strategy


def find_highlight(
    source: Path | str | Audio,
    *,
    seconds: float = USUAL,
    genre: str | None = None,
    genre_confidence: float | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Highlight:
    """Return the seconds of a track worth hearing first; there is always an answer.

    Parameters
    ----------
    source
        A file, or decoded sound.
    seconds
        Length of the highlight, 8 to 60. Shorter tracks are answered whole.
    genre
        What the music is said to be. It is answered with the route that such music asks for;
        where the highlight lies is found in the same way for every genre so far.
    genre_confidence
        0 to 1 where the genre was estimated, None where it was stated.
    limits
        Bounds for header and decoding.

    Raises
    ------
    AudioError
        The file cannot be heard, or the length is out of range (`audio.bad_request`).
    """
    check_seconds(seconds)
    sound = listen_for_highlight(source, limits=limits)
    return highlight_of(
        sound,
        analyse_sound(sound),
        seconds=seconds,
        genre=genre,
        genre_confidence=genre_confidence,
    )


def check_seconds(seconds: float) -> None:
    """Refuse a length that no highlight may have.

    Raises
    ------
    AudioBadRequestError
        It is not a number from 8 to 60.
    """
    if not (math.isfinite(seconds) and SHORTEST <= seconds <= LONGEST):
        raise AudioBadRequestError(
            "A highlight cannot be that long",
            which=f"{seconds} s",
            why=f"{SHORTEST:.0f} to {LONGEST:.0f} s are possible",
        )


def highlight_of(
    sound: Sound,
    analysis: Analysis,
    *,
    seconds: float = USUAL,
    genre: str | None = None,
    genre_confidence: float | None = None,
) -> Highlight:
    """Return the highlight of what was heard and analysed already; see `find_highlight`."""
    way = route(genre, genre_confidence)
    if sound.duration <= seconds:
        return _whole(sound.duration, way)
    heard = Heard(sound, analysis, way)
    for strategy in chain(way):
        found = strategy.find(heard, seconds)
        if found is not None:
            return _made(found, strategy.name, analysis.completeness, way)
    raise AssertionError("the last strategy of a chain always answers")


def chain(way: Route) -> tuple[Strategy, ...]:
    """Return the strategies that are asked for a route, in their order; the last always answers."""
    return _FALLBACKS


_FALLBACKS: tuple[Strategy, ...] = (Repetition(), Energy(), Fixed())


def _whole(duration: float, way: Route) -> Highlight:
    end = round(duration, 3)
    reason = "the track is no longer than what was asked for"
    return Highlight(0.0, end, end, "whole", 1.0, reason, way)


def _made(found: Found, strategy: str, completeness: float, way: Route) -> Highlight:
    first, last = round(found.start, 3), round(found.end, 3)
    curve, rate = found.curve.kept()
    return Highlight(
        first,
        last,
        round(last - first, 3),
        strategy,
        round(found.confidence * completeness, 4),
        found.reason,
        way,
        curve,
        rate,
    )
