"""What is sure about a track: which of its beats, bars and phrases can be built on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from highlighter.trailer.grid import BeatGrid, beat_grid, with_bars
from highlighter.trailer.material import Material
from highlighter.trailer.objective import Character

SURE_BEATS = 0.5
"""Confidence from which beats are cut on; of the pulse is enough."""

MATCHED_BEATS = 0.9
"""Confidence from which beats are laid upon those of another track: `highlighter.rhythm.SURE`.

That of the pulse is not enough: of beats twice as many as a listener taps, every second one is off.
"""

SURE_DOWNBEATS = 0.9
"""Confidence from which bars are laid upon those of another track: 95 of 100 are right."""

SURE_PHRASES = 0.5

_EDGE = 4.0  # seconds at either end of a fragment that meet the next track


@dataclass(frozen=True, slots=True)
class Side:
    """A track as its neighbours see it.

    Parameters
    ----------
    material
        What is known.
    grid
        Through its beats, with bars where those are sure; None where the beats are not sure or do
        not lie on one.
    beats
        Those that can be cut on, seconds of the file; empty where none are sure.
    phrases
        Starts of phrases that are sure.
    matchable
        Whether the beats can be laid upon another track's.
    """

    material: Material
    grid: BeatGrid | None
    beats: tuple[float, ...]
    phrases: tuple[float, ...]
    matchable: bool

    @property
    def sure(self) -> bool:
        """Whether there are beats to cut on."""
        return bool(self.beats)

    @property
    def tempo(self) -> float | None:
        """Beats per minute here, or of the whole track, or None."""
        return self.grid.tempo if self.grid is not None else self.material.tempo

    def character(self, seconds: float) -> Character:
        """Return what decides how well it sits beside others, if `seconds` of it are heard."""
        material = self.material
        start = material.wanted_start
        return Character(
            tempo=self.tempo,
            key=material.key,
            mode=material.mode,
            loudness=material.loudness,
            opening=material.opening,
            closing=material.closing,
            sung_first=_sung(material.vocals, start, start + _EDGE),
            sung_last=_sung(material.vocals, start + seconds - _EDGE, start + seconds),
        )


def side_of(material: Material) -> Side:
    """Return what of `material` is sure."""
    low, high = material.available_start - 1.0, material.available_end + 1.0
    pulse = max(material.beat_confidence, material.pulse_confidence)
    sure = pulse >= SURE_BEATS and bool(material.beats)
    grid = beat_grid(material.beats, low, high) if sure else None
    if grid is not None and material.downbeat_confidence >= SURE_DOWNBEATS:
        grid = with_bars(grid, material.downbeats)
    steady = grid is not None and grid.steady
    beats: tuple[float, ...] = ()
    if sure:
        beats = grid.beats(low, high) if grid is not None and steady else material.beats
    return Side(
        material=material,
        grid=grid,
        beats=beats,
        phrases=material.phrases if material.phrase_confidence >= SURE_PHRASES else (),
        matchable=steady and material.beat_confidence >= MATCHED_BEATS,
    )


def _sung(vocals: Sequence[tuple[float, float]] | None, start: float, end: float) -> float | None:
    if vocals is None:
        return None
    sung = sum(max(0.0, min(end, last) - max(start, first)) for first, last in vocals)
    return min(1.0, sung / (end - start))
