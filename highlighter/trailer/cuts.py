"""Where a fragment is cut out of its track: on phrases, bars or beats, near where it should be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from highlighter.trailer.objective import Ground, cut_cost
from highlighter.trailer.sides import Side

REACH = 2.0
"""Seconds that a cut may move to lie on a bar or a phrase."""

_BEAT_REACH = 1.0  # seconds to the nearest beat, at most: a beat of 30 BPM is never further
_LEAST = 0.05  # seconds of a fragment between its transitions
_ON_IT = 0.07  # seconds within which a phrase's start is that of a bar or beat


@dataclass(frozen=True, slots=True)
class Cut:
    """An end of a fragment.

    Parameters
    ----------
    time
        Seconds of the file.
    ground
        What it lies on.
    """

    time: float
    ground: Ground


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked of a fragment.

    Parameters
    ----------
    seconds
        From the middle of one transition to that of the next, seconds of the trailer.
    rate
        Seconds of the file per second of the trailer.
    lead, tail
        Seconds of the trailer that have to be there before and after.
    enters, leaves
        What the cuts have to lie on: ``"downbeat"`` or ``"beat"`` of the grid where the transition
        is beat-matched, ``"free"`` where nothing is asked.
    exact
        Whether the end is to be where `seconds` says, whatever lies there.
    """

    seconds: float
    rate: float = 1.0
    lead: float = 0.0
    tail: float = 0.0
    enters: Ground = "free"
    leaves: Ground = "free"
    exact: bool = False


def cut_out(side: Side, wish: Wish) -> tuple[Cut, Cut] | None:
    """Return where a fragment starts and ends; None where what the cuts have to lie on is missing.

    Parameters
    ----------
    side
        The track.
    wish
        What is asked.
    """
    material = side.material
    low = material.available_start + wish.lead * wish.rate
    high = max(low + _LEAST, material.available_end - wish.tail * wish.rate)
    length = wish.seconds * wish.rate
    start = min(max(material.wanted_start, low), high)
    if start + length > high:
        start = max(low, high - length)
    reach = min(REACH, 0.25 * length)
    # A start moved later must not push the end out of what there is; an exact end leaves no room.
    latest = high - length if wish.exact else high - 0.5 * (high - start)
    first = _best(side, start, (low, max(low, latest)), wish.enters, reach, length)
    if first is None:
        return None
    end = min(first.time + length, high)
    if wish.exact:
        return first, Cut(end, "free")
    last = _best(
        side, end, (first.time + 0.5 * (end - first.time), high), wish.leaves, reach, length
    )
    return None if last is None else (first, last)


def _best(
    side: Side,
    wanted: float,
    bounds: tuple[float, float],
    needed: Ground,
    reach: float,
    length: float,
) -> Cut | None:
    """Return the cheapest cut near `wanted` that lies on what is needed."""
    options = list(_options(side, wanted, bounds, needed, reach))
    if needed == "free":
        options.append(Cut(min(max(wanted, bounds[0]), max(bounds)), "free"))
    return min(
        options,
        key=lambda one: (cut_cost(one.ground, one.time - wanted, length), one.time),
        default=None,
    )


def _options(
    side: Side, wanted: float, bounds: tuple[float, float], needed: Ground, reach: float
) -> Iterator[Cut]:
    low, high = max(bounds[0], wanted - reach), min(bounds[1], wanted + reach)
    grid = side.grid
    if needed != "free":
        if grid is None:
            return
        # What has to lie on a bar finds one within half of it, however slow the music is.
        span = grid.period * (grid.bar if needed == "downbeat" else 1)
        low = max(bounds[0], min(low, wanted - 0.51 * span))
        high = min(bounds[1], max(high, wanted + 0.51 * span))
    downbeats = grid.downbeats(low, high) if grid is not None and side.sure else ()
    if needed == "downbeat":
        yield from (Cut(time, _at(time, side.phrases, "downbeat")) for time in downbeats)
        return
    beats = [beat for beat in side.beats if low <= beat <= high]
    if needed == "free":
        beats = [beat for beat in beats if abs(beat - wanted) <= _BEAT_REACH]
    yield from (Cut(time, _at(time, side.phrases, "beat")) for time in beats)
    yield from (Cut(time, _at(time, side.phrases, "downbeat")) for time in downbeats)
    if needed == "free" and not side.sure:
        yield from (Cut(time, "phrase") for time in side.phrases if low <= time <= high)


def _at(time: float, phrases: Sequence[float], otherwise: Ground) -> Ground:
    return "phrase" if any(abs(time - phrase) <= _ON_IT for phrase in phrases) else otherwise
