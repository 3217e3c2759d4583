"""What is heard when: fragments, and how one passes into the next.

The cut of a fragment lies in the middle of its transition, so what it lies on (a phrase, a bar, a
beat) is heard exactly where the chapter starts; the transition's first half plays what comes before
the cut, and its second half what comes after the previous one's end.
"""

from __future__ import annotations

from dataclasses import dataclass

from highlighter.trailer.objective import Ground
from highlighter.trailer.transitions.kinds import Kind, Style


@dataclass(frozen=True, slots=True)
class Fragment:
    """The part of one track that is heard.

    Parameters
    ----------
    track
        Index of its `Material`.
    start, end
        Seconds of the trailer between the middles of its transitions.
    source_start, source_end
        The same span in seconds of the file.
    rate
        Seconds of the file per second of the trailer: ``source_start + (t - start) · rate`` is
        heard at time t.
    lead, tail
        Seconds of the trailer in which it sounds before and after that span.
    gain
        dB.
    starts_on, ends_on
        What the two cuts lie on.
    """

    track: int
    start: float
    end: float
    source_start: float
    source_end: float
    rate: float
    lead: float
    tail: float
    gain: float
    starts_on: Ground
    ends_on: Ground


@dataclass(frozen=True, slots=True)
class Join:
    """How one fragment passes into the next; see `Shape` for what is not said here.

    Parameters
    ----------
    kind, style, reason
        Which way, and why, in one clause.
    middle
        Seconds of the trailer.
    seconds
        How long it lasts, half of it on each side of `middle`.
    beats, beat_seconds, fade, gap
        See `Shape`.
    """

    kind: Kind
    style: Style
    middle: float
    seconds: float
    reason: str
    beats: int = 0
    beat_seconds: float = 0.0
    fade: float = 0.0
    gap: float = 0.0


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
    most_boost
        dB by which any of its fragments may be raised (`highlighter.trailer.gains.boost_bound`).
    """

    fragments: tuple[Fragment, ...]
    joins: tuple[Join, ...]
    fade_in: float
    fade_out: float
    most_boost: float

    @property
    def duration(self) -> float:
        """Seconds of the whole trailer."""
        return self.fragments[-1].end
