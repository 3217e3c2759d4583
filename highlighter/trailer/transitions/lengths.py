"""How long a transition lasts, and what it asks of the two fragments."""

from __future__ import annotations

from dataclasses import dataclass

from highlighter.trailer.objective import Ground, keys_apart
from highlighter.trailer.sides import Side
from highlighter.trailer.transitions.kinds import Kind, Style, Verdict

SHORTEST_PLAIN, LONGEST_PLAIN = 1.5, 3.0
LONGEST_MATCH = 8.0
"""Seconds that a beat-matched transition lasts at most."""

SILENCE = 0.3
"""Seconds of silence around a track that is not to be mixed."""

_PLAIN_SHARE = 0.2  # of the shorter neighbour
_MOST_SHARE = 0.4  # of the shorter neighbour, so that two tracks at most ever sound together
_BREATH, _BREATH_SHARE, _BREATH_GAP = 3.0, 0.3, 0.35
_CUT_FADE = 0.3  # seconds, where mixing is switched off
_DECLICK = 0.01
_ECHOES = 4
_LONGEST_ECHO = 3.0  # seconds for all of them
_FILTER_BEATS = 8
_LONGEST_FILTER = 2.5  # seconds that it takes to close
_SHIFT = 1.5  # seconds that a cut may be moved to make room for a match
_CLASH = 3  # steps on the Camelot wheel from which two keys are not left together for long
_MOSTLY = 0.5


@dataclass(frozen=True, slots=True)
class Shape:
    """A transition before it has a place.

    Parameters
    ----------
    kind, style, reason
        See `Verdict`.
    seconds
        How long it lasts, half of it before its middle.
    beats
        The same in beats of the slower track, where it is beat-matched; else 0.
    beat_seconds
        Seconds of the trailer from beat to beat, of the first track where its beats are sure, else
        of the second; 0 where no beats are.
    fade, gap
        Seconds of each fade, and of the silence between them, where the two tracks do not sound
        together.
    ground
        What both cuts have to lie on.
    """

    kind: Kind
    style: Style
    reason: str
    seconds: float
    beats: int = 0
    beat_seconds: float = 0.0
    fade: float = 0.0
    gap: float = 0.0
    ground: Ground = "free"

    @property
    def overlap(self) -> float:
        """Seconds of the file that are needed of each track beyond the middle, half of it each."""
        return self.seconds if self.kind in ("plain", "beat-matched") else 0.0


def shape_of(
    found: Verdict,
    before: Side,
    after: Side,
    rates: tuple[float, float],
    lengths: tuple[float, float],
) -> Shape | None:
    """Return the shape of a transition; None where a beat-matched one has no room.

    Parameters
    ----------
    found
        Which way to go.
    before, after
        The two tracks.
    rates
        How fast they are played.
    lengths
        Seconds of the trailer that the two fragments are to last.
    """
    shorter = min(lengths)
    if found.kind == "beat-matched":
        return _matched(found, before, after, rates, lengths)
    if found.kind == "assisted":
        return _assisted(found, before, after, rates, shorter)
    if found.kind == "breath":
        gap = min(_BREATH_GAP, 0.1 * shorter)
        seconds = min(_BREATH, _BREATH_SHARE * shorter)
        return Shape("breath", "", found.reason, seconds, fade=0.5 * (seconds - gap), gap=gap)
    if found.kind == "cut":
        gap, fade = (SILENCE, _DECLICK) if found.style == "silence" else (0.0, _CUT_FADE)
        fade = min(fade, 0.1 * shorter)
        gap = min(gap, 0.2 * shorter)
        return Shape("cut", found.style, found.reason, gap + 2.0 * fade, fade=fade, gap=gap)
    seconds = max(SHORTEST_PLAIN, min(LONGEST_PLAIN, _PLAIN_SHARE * shorter))
    return Shape("plain", "", found.reason, min(seconds, _MOST_SHARE * shorter))


def _matched(
    found: Verdict,
    before: Side,
    after: Side,
    rates: tuple[float, float],
    lengths: tuple[float, float],
) -> Shape | None:
    if before.grid is None or after.grid is None:
        return None
    beat = max(before.grid.period / rates[0], after.grid.period / rates[1])
    bars = before.grid.bar if before.grid.bar == after.grid.bar else 0
    counts = [count for count in _counts(bars) if count * beat <= LONGEST_MATCH]
    shorter = min(lengths)
    first, second = before.material, after.material
    room = min(
        first.available_end - first.wanted_start - lengths[0] * rates[0],
        second.wanted_start - second.available_start,
    )
    most = min(_MOST_SHARE * shorter, 2.0 * (max(0.0, room) + _SHIFT))
    fitting = [count for count in counts if count * beat <= most]
    if not fitting:
        if not counts or counts[0] * beat > 0.5 * shorter:
            return None
        fitting = counts[:1]
    clash = _clash(before, after, lengths)
    count = fitting[0] if clash else fitting[-1]
    on = "downbeat on downbeat" if bars else "beat on beat"
    return Shape(
        "beat-matched",
        "",
        f"{found.reason}: {count} beats, {on}" + (f", short because {clash}" if clash else ""),
        count * beat,
        beats=count,
        beat_seconds=beat,
        ground="downbeat" if bars else "beat",
    )


def _counts(bar: int) -> list[int]:
    """Return how many beats, 4 to 16, a match may last, in rising order."""
    unit = bar or 4
    return [count for count in (unit, 2 * unit, 4 * unit) if 4 <= count <= 16]


def _clash(before: Side, after: Side, lengths: tuple[float, float]) -> str:
    first, second = before.character(lengths[0]), after.character(lengths[1])
    steps = keys_apart(first, second)
    if steps is not None and steps >= _CLASH:
        return f"the keys are {steps} steps apart"
    if (first.sung_last or 0.0) > _MOSTLY and (second.sung_first or 0.0) > _MOSTLY:
        return "both tracks sing there"
    return ""


def _assisted(
    found: Verdict, before: Side, after: Side, rates: tuple[float, float], shorter: float
) -> Shape:
    side, rate = (before, rates[0]) if found.style == "echo" else (after, rates[1])
    beat = _beat_of(side) / rate
    if found.style == "echo":
        while beat > 0.8:  # slow music echoes on half its beats
            beat /= 2.0
        half = min(_ECHOES * beat, _LONGEST_ECHO, 0.5 * _MOST_SHARE * shorter)
    else:
        half = min(_FILTER_BEATS * beat, _LONGEST_FILTER, 0.5 * _MOST_SHARE * shorter)
    return Shape("assisted", found.style, found.reason, 2.0 * half, beat_seconds=beat)


def _beat_of(side: Side) -> float:
    """Return seconds from beat to beat, as far as they are known."""
    if side.grid is not None:
        return side.grid.period
    gaps = sorted(after - before for before, after in zip(side.beats, side.beats[1:], strict=False))
    return gaps[len(gaps) // 2] if gaps and gaps[len(gaps) // 2] > 0.0 else 0.5
