"""What is heard when: fragments, joins, gains. Pure: it sees numbers about tracks, never sound.

A fragment is cut where its highlight starts, at a beat if the beats are sure. The cut lies in the
middle of the join, so the beat is heard exactly where the chapter starts; the join's first half
plays what comes before the cut, and the join's second half what comes after the previous one's end.
"""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from highlighter.trailer.model import Order
from highlighter.trailer.order import Character, flow_order

TARGET_LUFS = -14.0
MOST_BOOST = 12.0
"""dB; a fragment that would need more stays quieter, rather than its noise being heard."""

MOST_LIMITING = 8.0
"""dB that the limiter may take off a fragment's peaks; a boost that needs more is cut back."""

PEAK_CEILING = -1.5
"""dBTP at which the limiter starts to work, for that reckoning."""

SURE_BEATS = 0.5
"""Confidence from which beats are cut on."""

SHORTEST, LONGEST = 2.0, 60.0
"""Seconds per track that can be asked for."""

LONGEST_JOIN = 2.5  # seconds
_JOIN_SHARE = 0.2  # of the shorter neighbour
_SNAP_REACH = 1.0  # seconds to the nearest beat, at most: a beat of 30 BPM is never further
_FADE_IN, _LONGEST_FADE_OUT = 0.25, 3.0
_LEAST_CUT = 0.05  # seconds of a fragment between its joins

EXCERPT_REACH = LONGEST_JOIN / 2.0 + _SNAP_REACH
"""Seconds around a highlight's cut that a plan can come to use."""


@dataclass(frozen=True, slots=True)
class Material:
    """All that the plan may know about one track.

    Parameters
    ----------
    wanted_start
        Where the fragment would best start: the highlight, seconds of the file.
    available_start, available_end
        The span that can be used, seconds of the file; it holds sound at both ends.
    loudness
        LUFS of the part that is likely played, as stereo.
    peak
        dBTP of the same.
    beats
        Seconds of the file, in order.
    beat_confidence
        0 to 1.
    tempo, key, mode
        As in `Character`.
    """

    wanted_start: float
    available_start: float
    available_end: float
    loudness: float
    peak: float
    beats: tuple[float, ...] = ()
    beat_confidence: float = 0.0
    tempo: float | None = None
    key: int | None = None
    mode: int | None = None


@dataclass(frozen=True, slots=True)
class Fragment:
    """The part of one track that is heard.

    Parameters
    ----------
    track
        Index of its `Material`.
    start, end
        Seconds of the trailer between the middles of its joins.
    source_start, source_end
        The same span in seconds of the file.
    lead, tail
        Seconds that sound before and after that span, within the joins.
    gain
        dB.
    starts_on_beat, ends_on_beat
        Whether the two cuts lie on a beat.
    """

    track: int
    start: float
    end: float
    source_start: float
    source_end: float
    lead: float
    tail: float
    gain: float
    starts_on_beat: bool
    ends_on_beat: bool


@dataclass(frozen=True, slots=True)
class Join:
    """How one fragment passes into the next.

    Parameters
    ----------
    kind
        ``"plain"``: an equal-power crossfade, each track at its own tempo.
    middle
        Seconds of the trailer.
    seconds
        How long both sound, half of it on each side of `middle`.
    reason
        Why this kind, in one clause.
    """

    kind: str
    middle: float
    seconds: float
    reason: str


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole trailer, ready to be rendered.

    Parameters
    ----------
    fragments
        In order of time, at least one.
    joins
        One between each two neighbours.
    fade_in, fade_out
        Seconds at the very start and end.
    """

    fragments: tuple[Fragment, ...]
    joins: tuple[Join, ...]
    fade_in: float
    fade_out: float

    @property
    def duration(self) -> float:
        """Seconds of the whole trailer."""
        return self.fragments[-1].end


@dataclass(frozen=True, slots=True)
class _Cut:
    start: float
    end: float
    starts_on_beat: bool
    ends_on_beat: bool


def make_plan(tracks: Sequence[Material], *, seconds: float, order: Order = "keep") -> Plan:
    """Return what is heard when.

    Parameters
    ----------
    tracks
        At least one.
    seconds
        From one chapter to the next, `SHORTEST` to `LONGEST`; less where a track has less.
    order
        ``"keep"`` the given one, or ``"flow"``: neighbours close in tempo, key and loudness.

    Returns
    -------
    The same plan for the same arguments, always.
    """
    sequence = _sequence(tracks, order)
    spans = [tracks[index].available_end - tracks[index].available_start for index in sequence]
    overlaps = _overlaps([min(seconds, span) for span in spans])
    fragments: list[Fragment] = []
    joins: list[Join] = []
    now = 0.0
    for place, index in enumerate(sequence):
        material = tracks[index]
        lead, tail = overlaps[place] / 2.0, overlaps[place + 1] / 2.0
        cut = _cut(material, seconds, lead, tail)
        end = now + cut.end - cut.start
        fragments.append(
            Fragment(
                track=index,
                start=now,
                end=end,
                source_start=cut.start,
                source_end=cut.end,
                lead=lead,
                tail=tail,
                gain=_gain(material),
                starts_on_beat=cut.starts_on_beat,
                ends_on_beat=cut.ends_on_beat,
            )
        )
        if place:
            joins.append(_join(fragments[-2], fragments[-1], overlaps[place]))
        now = end
    last = fragments[-1].end - fragments[-1].start
    return Plan(
        fragments=tuple(fragments),
        joins=tuple(joins),
        fade_in=min(_FADE_IN, _JOIN_SHARE * (fragments[0].end - fragments[0].start)),
        fade_out=min(_LONGEST_FADE_OUT, _JOIN_SHARE * last),
    )


def _sequence(tracks: Sequence[Material], order: Order) -> tuple[int, ...]:
    if order == "keep":
        return tuple(range(len(tracks)))
    return flow_order(
        [Character(track.tempo, track.key, track.mode, track.loudness) for track in tracks]
    )


def _overlaps(lengths: Sequence[float]) -> list[float]:
    """Return how long tracks sound together at each border, the outer two included (0)."""
    inner = [
        min(LONGEST_JOIN, _JOIN_SHARE * min(first, second)) for first, second in pairwise(lengths)
    ]
    return [0.0, *inner, 0.0]


def _cut(material: Material, seconds: float, lead: float, tail: float) -> _Cut:
    """Choose the span between the middles of the joins, `lead` and `tail` kept free around it."""
    low = material.available_start + lead
    high = max(low + _LEAST_CUT, material.available_end - tail)
    start = min(max(material.wanted_start, low), high)
    if start + seconds > high:
        start = max(low, high - seconds)
    sure = material.beat_confidence >= SURE_BEATS
    beats = material.beats if sure else ()
    reach = min(_SNAP_REACH, 0.25 * seconds)
    # A start moved later must not push the end out of what there is.
    first = _nearest(beats, start, low, high - 0.5 * (high - start), reach)
    start = start if first is None else first
    end = min(start + seconds, high)
    last = _nearest(beats, end, start + 0.5 * (end - start), high, reach)
    return _Cut(start, end if last is None else last, first is not None, last is not None)


def _nearest(
    beats: Sequence[float], time: float, low: float, high: float, reach: float
) -> float | None:
    """Return the beat within [low, high] that is nearest to `time`, if it is within `reach`."""
    place = bisect.bisect_left(beats, time)
    near = [beat for beat in beats[max(0, place - 2) : place + 2] if low <= beat <= high]
    best = min(near, key=lambda beat: abs(beat - time), default=None)
    return best if best is not None and abs(best - time) <= reach else None


def _gain(material: Material) -> float:
    wanted = TARGET_LUFS - material.loudness
    room = PEAK_CEILING + MOST_LIMITING - material.peak
    return wanted if wanted <= 0.0 else min(wanted, MOST_BOOST, max(0.0, room))


def _join(before: Fragment, after: Fragment, seconds: float) -> Join:
    if before.ends_on_beat and after.starts_on_beat:
        reason = "both tracks are cut on a beat, each keeps its own tempo"
    elif before.ends_on_beat or after.starts_on_beat:
        which = "first" if before.ends_on_beat else "second"
        reason = f"only the {which} track has beats that are sure enough to cut on"
    else:
        reason = "neither track has beats that are sure enough to cut on"
    return Join("plain", after.start, seconds, reason)
