"""Which strategy answers for a track, and what it answers."""

from __future__ import annotations

import math
from pathlib import Path

from highlighter.analysis import Analysis, Sound, analyse_sound, listen_for_highlight
from highlighter.audio import DEFAULT_LIMITS, Audio, Limits
from highlighter.errors import AudioBadRequestError
from highlighter.highlight.model import LONGEST, SHORTEST, USUAL, Highlight
from highlighter.highlight.router import Route, chain_of, route
from highlighter.highlight.strategies import ALL, Found, Heard, Strategy

ENOUGH = 0.25
"""Confidence from which the first strategy of a chain that has an answer is believed."""


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
        What the music is said to be, which decides what is looked for: see `router.route`.
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
    name, found = _found(Heard(sound, analysis, way), seconds, chain(way))
    return _made(found, name, analysis.completeness, way)


def chain(way: Route) -> tuple[Strategy, ...]:
    """Return the strategies that are asked for a route, in their order; the last always answers."""
    known = {strategy.name: strategy for strategy in ALL}
    return tuple(known[name] for name in chain_of(way.strategy))


def _found(heard: Heard, seconds: float, asked: tuple[Strategy, ...]) -> tuple[str, Found]:
    """Return the first answer that is sure enough, or else the surest."""
    best: tuple[str, Found] | None = None
    for strategy in asked:
        found = strategy.find(heard, seconds)
        if found is None:
            continue
        if found.confidence >= ENOUGH:
            return strategy.name, found
        if best is None or found.confidence > best[1].confidence:
            best = (strategy.name, found)
    if best is None:
        raise AssertionError("the last strategy of a chain always answers")
    return best


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
