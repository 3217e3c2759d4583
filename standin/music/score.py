"""What composers hand to players: notes and strokes on a line of beats."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Note:
    """A note.

    Parameters
    ----------
    beat
        When it starts, in beats from the start of the track, before swing.
    length
        Beats it is held.
    pitch
        MIDI pitch.
    velocity
        0 to 1.
    delay
        Seconds it comes late (strums, human hands); may be negative.
    muted
        Whether a guitar string is damped.
    """

    beat: float
    length: float
    pitch: int
    velocity: float
    delay: float = 0.0
    muted: bool = False


@dataclass(frozen=True, slots=True)
class Hit:
    """A stroke on a piece of a drum kit; fields as of `Note`."""

    beat: float
    piece: str
    velocity: float
    delay: float = 0.0


@dataclass(slots=True)
class Score:
    """All notes of a track by part, and all strokes.

    Parameters
    ----------
    parts
        Notes by the name of their part.
    hits
        Strokes on the drum kit.
    """

    parts: dict[str, list[Note]] = field(default_factory=dict)
    hits: list[Hit] = field(default_factory=list)
