"""Mending beats that slip by half a beat, from the beat to the off-beat or back.

Where drums pause and what is left plays off the beat, as before the drop of house music, the most
probable path follows the off-beat, and hurries or lingers through half a beat when the drums come
back. Music hardly ever does that. So the fragment as a whole says which of the two series of beats
is the true one, and the others are laid anew, going on as the true ones do.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from highlighter.rhythm.pulse import half_way, highest

Float64 = NDArray[np.float64]

_REACH = 12
"""Beats on either side whose median interval is the tempo at a beat."""

_LONGEST = 10
"""Beats over which a slip may be spread: half a beat in steps of 7 % takes seven."""

_LEAST, _MOST = 0.38, 0.62
"""Beats that a slip gains or loses."""

_DONE, _PART = 0.95, 0.85
"""Shares of a slip after which it is over, and that its shortest stretch has."""

_CLEAR = 0.55
"""Share of the evidence from which one series of beats is taken for the true one."""

_AS_LOUD, _LOUDER = 0.9, 1.3
_ENOUGH = 8
"""Beats of a stretch that has drums of its own, as loud as elsewhere and louder than between."""

_FEWEST = 4
_EVEN, _JITTER, _MOSTLY = 0.06, 0.03, 0.8
"""Deviations of intervals, as shares, in a stretch that is steady, and how many intervals are."""

_ASTRAY = 0.25
_BESIDE, _FOLLOWED = 0.12, 0.3
"""Beats within which a beat that goes on is led by one that was found, and how far."""


def mended(places: Float64, evidence: Float64, bass: Float64) -> Float64:
    """Return beats without slips; `places` itself where there are none, or neither side is clear.

    Parameters
    ----------
    places
        (b,) frames of beats, in parts, rising.
    evidence
        (n,) how much speaks for a beat at each frame, at least 0.
    bass
        (n,) level of the bass, 0 for silence to about 1 for the loudest. A stretch whose beats are
        as loud in it as the true ones has drums of its own: then half a beat was really played.
    """
    slips = _slips(places) if places.size >= 2 * _LONGEST else []
    if not slips:
        return places
    edges = [0, *(beat for slip in slips for beat in slip), places.size - 1]
    stretches = [
        places[first : last + 1] for first, last in zip(edges[::2], edges[1::2], strict=True)
    ]
    told = [0.0, 0.0]
    for number, own in enumerate(stretches):
        told[number % 2] += float(highest(evidence, own).sum())
        told[1 - number % 2] += float(highest(evidence, half_way(own)).sum())
    true = int(told[1] > told[0])
    if told[true] < _CLEAR * sum(told):
        return places
    loud = float(np.concatenate([highest(bass, own) for own in stretches[true::2]]).mean())
    if any(_drummed(bass, own, loud) for own in stretches[1 - true :: 2]):
        return places
    steady = [part for part in map(_steady_part, stretches[true::2]) if part.size >= _FEWEST]
    return _laid(places, steady, evidence.size) if steady else places


def _slips(places: Float64) -> list[tuple[int, int]]:
    """Return the first and last beat of each slip."""
    intervals = np.diff(places)
    count = intervals.size
    around = np.clip(np.arange(count)[:, None] + np.arange(-_REACH, _REACH + 1), 0, count - 1)
    steps = intervals / np.median(intervals[around], axis=1) - 1.0
    gained = np.concatenate([[0.0], np.cumsum(steps)])
    found: list[tuple[int, int]] = []
    at = 0
    while at < count:
        ahead = gained[at + 1 : at + _LONGEST + 1] - gained[at]
        reached = np.flatnonzero(np.abs(ahead) >= _LEAST)
        if not reached.size:
            at += 1
            continue
        way = float(np.sign(ahead[reached[0]]))
        further = way * (gained[at + 1 : at + 2 * _LONGEST + 1] - gained[at])
        end = at + 1 + int(np.flatnonzero(further >= _DONE * further.max())[0])
        total = way * (gained[end] - gained[at])
        left = way * (gained[end] - gained[at:end])
        start = at + int(np.flatnonzero(left >= _PART * total)[-1])
        if total <= _MOST:
            found.append((start, end))
        at = end
    return found


def _drummed(bass: Float64, places: Float64, loud: float) -> bool:
    """Return whether bass drums as loud as `loud` play at (b,) beats, and not between them."""
    if places.size < _ENOUGH:
        return False
    own, between = (float(highest(bass, at).mean()) for at in (places, half_way(places)))
    return own >= _AS_LOUD * loud and own >= _LOUDER * between


def _steady_part(places: Float64) -> Float64:
    """Return a stretch without uneven beats at its ends; nothing where it is uneven throughout."""
    if places.size < _FEWEST:
        return places[:0]
    ratio = np.diff(places) / np.median(np.diff(places))
    even = np.flatnonzero(np.abs(ratio - 1.0) <= _EVEN)
    if even.size < _MOSTLY * ratio.size or float(np.std(ratio[even])) > _JITTER:
        return places[:0]
    return places[even[0] : even[-1] + 2]


def _laid(places: Float64, true: list[Float64], count: int) -> Float64:
    """Return the true stretches, and between and beside them beats that go on as they do."""
    known = np.sort(np.concatenate([places, half_way(places)]))
    beats = true[0]
    for part in true[1:]:
        interval = _tempo(beats[-_REACH:])
        steps = round((part[0] - beats[-1]) / interval)
        if steps < 1:
            return places
        on = _gone_on(float(beats[-1]), interval, steps, known)
        astray = float(part[0] - on[-1])
        if abs(astray) > _ASTRAY * interval:
            return places
        on += astray * np.arange(1, steps + 1) / steps
        beats = np.concatenate([beats, on[:-1], part])
    first, last = float(beats[0]), float(beats[-1])
    interval = _tempo(beats[:_REACH])
    before = _gone_on(first, -interval, int(first / interval), known)[::-1]
    interval = _tempo(beats[-_REACH:])
    behind = _gone_on(last, interval, int((count - 1 - last) / interval), known)
    return np.concatenate([before, beats, behind])


def _tempo(places: Float64) -> float:
    """Return the interval of (b,) beats, in frames."""
    return float(np.polyfit(np.arange(places.size), places, 1)[0])


def _gone_on(start: float, interval: float, steps: int, known: Float64) -> Float64:
    """Return beats from `start` on, led by `known` places where these are near."""
    found = np.zeros(steps)
    at = start
    for step in range(steps):
        at += interval
        away = float(known[np.abs(known - at).argmin()]) - at
        if abs(away) <= _BESIDE * abs(interval):
            at += _FOLLOWED * away
        found[step] = at
    return found
