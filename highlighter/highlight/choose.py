"""Which strategy answers for a track, and what it answers."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np

from highlighter.analysis import Analysis, Sound, analyse_sound, listen, listen_to
from highlighter.audio import DEFAULT_LIMITS, Audio, Limits
from highlighter.errors import AudioBadRequestError
from highlighter.highlight.curve import interest
from highlighter.highlight.model import LONGEST, SHORTEST, USUAL, Highlight, Interest
from highlighter.highlight.router import route
from highlighter.highlight.window import PEAK_SHARE, best_window, snapped

_REPEATS = 0.2
"""Strength of repetition from which it decides."""

_CONTRAST = 3.0
"""Decibels between loud and quiet passages from which loudness alone decides."""

_SNAP_NEEDS = 0.35
_FIXED_PLACE = 0.5


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
    sound = listen_to(source) if isinstance(source, Audio) else listen(source, limits=limits)
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
    return replace(_placed(sound, analysis, seconds), route=route(genre, genre_confidence))


def _placed(sound: Sound, analysis: Analysis, seconds: float) -> Highlight:
    if sound.duration <= seconds:
        return _made(
            0.0, sound.duration, "whole", 1.0, "the track is no longer than what was asked for"
        )
    curve = interest(sound)
    strategy, confidence, reason = _strategy(curve)
    if strategy == "fixed":
        start = (sound.duration - seconds) * _FIXED_PLACE
        return _made(start, start + seconds, strategy, 0.0, reason)
    if strategy == "energy":
        choice = best_window(curve.energy, curve.rate, seconds, sound.duration, PEAK_SHARE)
    else:
        choice = best_window(curve.values, curve.rate, seconds, sound.duration)
    start = choice.start
    if analysis.bpm is not None and analysis.bpm_confidence >= _SNAP_NEEDS:
        reach = min(1.0, 60.0 / analysis.bpm)
        start = snapped(start, analysis.beats, sound.duration - seconds, reach)
    confidence *= (0.3 + 0.7 * choice.margin) * analysis.completeness
    return _made(start, start + seconds, strategy, confidence, reason)


def _strategy(curve: Interest) -> tuple[str, float, str]:
    if curve.repeats >= _REPEATS:
        return (
            "repetition",
            float(np.clip(0.4 + curve.repeats, 0.0, 0.95)),
            "this passage comes back more often, and is played with more force, than the rest",
        )
    if curve.contrast >= _CONTRAST:
        return (
            "energy",
            0.5,
            "nothing in the track clearly comes back, and this is its most forceful passage",
        )
    return (
        "fixed",
        0.0,
        "the track neither repeats itself nor changes in force, so its middle is taken",
    )


def _made(start: float, end: float, strategy: str, confidence: float, reason: str) -> Highlight:
    first, last = round(start, 3), round(end, 3)
    return Highlight(first, last, round(last - first, 3), strategy, round(confidence, 4), reason)
