"""What is heard when, in the same words for every way of joining tracks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from highlighter.trailer import Chapter
from highlighter.trailer.plan import Plan

SIGMOID, BUTT = "sigmoid", "butt"
"""Kinds of joins that only the peers make."""

CROSSFADES = ("beat-matched", "plain", SIGMOID)
"""Kinds in which one track passes into the other while both sound."""

APART = ("breath", "cut")
"""Kinds that have silence in them on purpose."""


@dataclass(frozen=True, slots=True)
class Part:
    """One track of a trailer.

    Attributes
    ----------
    track
        Its place in the playlist as drawn.
    start, end
        Seconds of the trailer, from the middle of one join to that of the next.
    source_start
        Second of the track that is heard at `start`.
    rate
        Seconds of the track per second of the trailer.
    """

    track: int
    start: float
    end: float
    source_start: float
    rate: float = 1.0

    @property
    def source_end(self) -> float:
        """Second of the track that is heard at `end`."""
        return self.source_start + (self.end - self.start) * self.rate

    def at(self, second: float) -> float:
        """Return the second of the trailer at which a second of the track is heard."""
        return self.start + (second - self.source_start) / self.rate


@dataclass(frozen=True, slots=True)
class Seam:
    """Where one part passes into the next.

    Attributes
    ----------
    kind
        A kind of the trailer's own, `SIGMOID` or `BUTT`.
    seconds
        How long both or neither sound, half of it before the middle.
    """

    kind: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Mixture:
    """A whole trailer.

    Attributes
    ----------
    parts
        In order of time, end to end.
    seams
        One between each two.
    """

    parts: tuple[Part, ...]
    seams: tuple[Seam, ...]

    @property
    def order(self) -> tuple[int, ...]:
        """Places in the playlist, in order of time."""
        return tuple(part.track for part in self.parts)

    @property
    def duration(self) -> float:
        """Seconds."""
        return self.parts[-1].end

    def edges(self, place: int) -> tuple[float, float]:
        """Return the seconds of the trailer at which a part's first and last sound may be heard."""
        lead = self.seams[place - 1].seconds / 2.0 if place else 0.0
        tail = self.seams[place].seconds / 2.0 if place < len(self.seams) else 0.0
        return self.parts[place].start - lead, self.parts[place].end + tail


def of_plan(plan: Plan) -> Mixture:
    """Return a plan of ours."""
    return Mixture(
        tuple(
            Part(one.track, one.start, one.end, one.source_start, one.rate)
            for one in plan.fragments
        ),
        tuple(Seam(join.kind, join.seconds) for join in plan.joins),
    )


def of_chapters(chapters: Sequence[Chapter], tracks: Sequence[int]) -> Mixture:
    """Return a finished trailer of ours; `tracks` tells which track each chapter is."""
    return Mixture(
        tuple(
            Part(track, one.start, one.end, one.source_start, one.rate)
            for track, one in zip(tracks, chapters, strict=True)
        ),
        tuple(Seam(one.transition, one.transition_seconds) for one in chapters[1:]),
    )
