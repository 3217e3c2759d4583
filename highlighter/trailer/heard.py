"""All that is found out about the part of a track around its highlight, as plain data.

It holds for any length that a trailer plays of the track, as far as the part reaches, so it can be
kept beside the file's content and used for every trailer to come.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any, TypeVar

import numpy as np

from highlighter.loudness import SILENCE, integrated_of_hops, range_of, short_term_of_hops

T = TypeVar("T")

VERSION = 2
"""Of the plain data; raised whenever what is found out changes, so that older data is not used."""

HOPS_PER_SECOND = 10

_QUIETEST = -120.0  # stands for silence, which plain data cannot tell
_LOUDEST = 60.0
_LONGEST = 24 * 3600.0  # seconds of a file
_MOST_VALUES = 20_000
_FASTEST = 1_000.0  # beats per minute that are believed


@dataclass(frozen=True, slots=True)
class Level:
    """How loud a stretch of the part is.

    Parameters
    ----------
    loudness
        LUFS; `SILENCE` where nothing is heard.
    peak
        dBTP.
    opening, closing
        LU by which its first and last three seconds are louder than all of it; None where it is
        shorter, or silent there.
    range
        LU between quiet and loud (EBU Tech 3342).
    """

    loudness: float
    peak: float
    opening: float | None
    closing: float | None
    range: float


@dataclass(frozen=True, slots=True)
class Heard:
    """What was heard of a track around its highlight; times are seconds of the file.

    Parameters
    ----------
    start
        Where the highlight starts.
    length
        Of the file as its header tells; None where it does not.
    low, high
        The part that was listened to.
    ended
        Whether the file ends there.
    first, last
        Where in it the first and the last sound is.
    levels
        LUFS of each tenth of a second from `low` on, as stereo.
    peaks
        dBTP of each.
    tempo
        Beats per minute; None where nothing beats.
    key, mode
        Pitch class 0 to 11 and 1 for major, 0 for minor; None where not looked for or not found.
    beats, beat_confidence, pulse_confidence, downbeats, downbeat_confidence, phrases,
    phrase_confidence
        See `highlighter.trailer.material.Material`.
    """

    start: float
    length: float | None
    low: float
    high: float
    ended: bool
    first: float
    last: float
    levels: tuple[float, ...]
    peaks: tuple[float, ...]
    tempo: float | None
    key: int | None
    mode: int | None
    beats: tuple[float, ...]
    beat_confidence: float
    pulse_confidence: float
    downbeats: tuple[float, ...]
    downbeat_confidence: float
    phrases: tuple[float, ...]
    phrase_confidence: float

    def level(self, start: float, end: float) -> Level:
        """Return how loud the stretch from `start` to `end` is, to a tenth of a second."""
        low, high = (round((time - self.low) * HOPS_PER_SECOND) for time in (start, end))
        low = min(max(0, low), max(0, len(self.levels) - 1))
        high = max(low + 1, high)
        hops = np.array(self.levels[low:high])
        hops = np.where(hops <= _QUIETEST, -math.inf, hops)
        loudness = integrated_of_hops(hops)
        peak = max(self.peaks[low:high], default=_QUIETEST)
        short = short_term_of_hops(hops)
        if not short.size or loudness == SILENCE:
            return Level(loudness, peak, None, None, 0.0)
        opening, closing = (float(one) - loudness for one in (short[0], short[-1]))
        return Level(
            loudness,
            peak,
            opening if math.isfinite(opening) else None,
            closing if math.isfinite(closing) else None,
            range_of(short),
        )

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data, with its version."""
        return {"version": VERSION} | {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in asdict(self).items()
        }


def decibel_steps(values: Sequence[float]) -> tuple[float, ...]:
    """Return levels in steps of 0.01, silence as the quietest there is."""
    return tuple(round(min(max(value, _QUIETEST), _LOUDEST), 2) for value in values)


def heard_from_json(data: Mapping[str, Any]) -> Heard | None:
    """Return what `Heard.to_json` told; None where that is of another version, or makes no sense.

    Nothing in `data` is believed: who keeps it may have mixed it up.
    """
    if not isinstance(data, Mapping) or data.get("version") != VERSION:
        return None
    try:
        heard = Heard(
            start=_number(data["start"], 0.0, _LONGEST),
            length=_maybe(data["length"], lambda value: _number(value, 0.0, _LONGEST)),
            low=_number(data["low"], 0.0, _LONGEST),
            high=_number(data["high"], 0.0, _LONGEST),
            ended=bool(data["ended"]),
            first=_number(data["first"], 0.0, _LONGEST),
            last=_number(data["last"], 0.0, _LONGEST),
            levels=_numbers(data["levels"], _QUIETEST, _LOUDEST),
            peaks=_numbers(data["peaks"], _QUIETEST, _LOUDEST),
            tempo=_maybe(data["tempo"], lambda value: _number(value, 1.0, _FASTEST)),
            key=_maybe(data["key"], lambda value: _whole(value, 11)),
            mode=_maybe(data["mode"], lambda value: _whole(value, 1)),
            beats=_times(data["beats"]),
            beat_confidence=_number(data["beat_confidence"], 0.0, 1.0),
            pulse_confidence=_number(data["pulse_confidence"], 0.0, 1.0),
            downbeats=_times(data["downbeats"]),
            downbeat_confidence=_number(data["downbeat_confidence"], 0.0, 1.0),
            phrases=_times(data["phrases"]),
            phrase_confidence=_number(data["phrase_confidence"], 0.0, 1.0),
        )
    except (KeyError, TypeError, ValueError):
        return None
    ordered = heard.low <= heard.first < heard.last <= heard.high
    hops = round((heard.high - heard.low) * HOPS_PER_SECOND)
    told = len(heard.levels) == len(heard.peaks) and abs(len(heard.levels) - hops) <= 2
    return heard if ordered and told and heard.levels else None


def _number(value: Any, low: float, high: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError
    if not low <= value <= high:  # not a number is not, either
        raise ValueError
    return float(value)


def _whole(value: Any, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError
    if not 0 <= value <= most:
        raise ValueError
    return value


def _maybe(value: Any, read: Callable[[Any], T]) -> T | None:
    return None if value is None else read(value)


def _numbers(values: Any, low: float, high: float) -> tuple[float, ...]:
    if not isinstance(values, list | tuple) or len(values) > _MOST_VALUES:
        raise TypeError
    return tuple(_number(value, low, high) for value in values)


def _times(values: Any) -> tuple[float, ...]:
    times = _numbers(values, 0.0, _LONGEST)
    if any(after <= before for before, after in pairwise(times)):
        raise ValueError
    return times
