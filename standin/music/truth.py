"""What is true of a track by construction: its sections, beats, key and tempo."""

from __future__ import annotations

from dataclasses import dataclass

from standin.music.library import plan_of
from standin.music.styles import HOOKS


@dataclass(frozen=True, slots=True)
class Section:
    """A stretch of a track.

    Parameters
    ----------
    start, end
        Seconds.
    label
        intro, verse, pre-chorus, chorus, bridge, solo, outro; build, drop, breakdown, groove; head;
        theme, variation, development, climax, interlude, coda.
    """

    start: float
    end: float
    label: str

    @property
    def carries_hook(self) -> bool:
        """Whether this is a chorus, a drop, a head or a climax."""
        return self.label in HOOKS


@dataclass(frozen=True, slots=True)
class Truth:
    """The ground truth of a track.

    Parameters
    ----------
    sections
        In order, without gaps, from the first beat to the end of the last one.
    beats, downbeats
        Seconds; every downbeat is a beat.
    key
        Such as ``A minor``; sharps only.
    tempo
        Beats per minute; in classical and folk music the pulse breathes around it.
    signature
        Numerator of the time signature: 3, 4, or 6 for 6/8, whose beat is the dotted quarter.
    """

    sections: tuple[Section, ...]
    beats: tuple[float, ...]
    downbeats: tuple[float, ...]
    key: str
    tempo: float
    signature: int


def truth(track_id: str) -> Truth:
    """Return a track's ground truth; needs no rendering.

    Raises
    ------
    TrackUnknown
        If the library has no such id.
    """
    plan = plan_of(track_id)
    beats = plan.metre.beats
    grid = plan.grid
    sections = tuple(
        Section(
            grid[section.first_bar * beats],
            grid[(section.first_bar + section.bars) * beats],
            section.label,
        )
        for section in plan.sections
    )
    return Truth(
        sections=sections,
        beats=grid[:-1],
        downbeats=grid[:-1:beats],
        key=plan.key,
        tempo=plan.tempo,
        signature=plan.metre.signature,
    )
