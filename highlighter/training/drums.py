"""The drummer: a pattern per section, fills into the next one, crashes on its first beat."""

from __future__ import annotations

import numpy as np

from highlighter.training.draws import one
from highlighter.training.midi import DRUM_CHANNEL, Note, Track
from highlighter.training.plan import Passage, Plan
from highlighter.training.pop909 import BEAT
from highlighter.training.styles import CRASH, CRASH_2, FILLS, FULL, LIGHT, Pattern

_STEP = BEAT // 4
_BAR = 4 * BEAT
_LENGTH = _STEP // 2
_LEVELS = {"x": 1.0, "o": 0.62}


def drum_track(plan: Plan, depth: float, random: np.random.Generator) -> Track:
    """Write the drums of a plan; `depth` is how much softer quiet sections are struck, 0 to 1."""
    style = plan.style
    light = LIGHT[one(style.light, random)]
    middle, full = FULL[one(style.full, random)], FULL[one(style.full, random)]
    enters = float(random.uniform(0.35, 0.62))
    fills, crashes = float(random.uniform(0.4, 0.95)), float(random.uniform(0.3, 1.0))
    level, swing = float(random.uniform(80, 120)), int(random.choice([0, 0, 0, 20, 40]))
    notes: list[Note] = []
    for number, passage in enumerate(plan.passages):
        if passage.energy < enters:
            continue
        before = plan.passages[number - 1] if number else None
        new = before is None or before.run != passage.run or before.energy < enters
        pattern = light if passage.energy < 0.6 else middle if passage.energy < 0.82 else full
        force = level * (1.0 - depth * max(0.0, 0.9 - passage.energy))
        after = plan.passages[number + 1] if number + 1 < len(plan.passages) else None
        fill: tuple[int, Pattern] | None = None
        if after is not None and after.run != passage.run and random.random() < fills:
            fill = one(FILLS, random)
        notes += _groove(passage, pattern, fill, force, swing, random)
        if new and random.random() < crashes * (1.0 if passage.energy > 0.7 else 0.4):
            cymbal = one((CRASH, CRASH_2), random)
            notes.append(_hit(passage.start, cymbal, force * 1.05))
    return Track("drums", tuple(sorted(notes)), DRUM_CHANNEL, one(style.kits, random))


def _groove(
    passage: Passage,
    pattern: Pattern,
    fill: tuple[int, Pattern] | None,
    force: float,
    swing: int,
    random: np.random.Generator,
) -> list[Note]:
    notes: list[Note] = []
    filled = passage.end - (fill[0] * _STEP if fill else 0)
    for bar in bars(passage):
        for drum, steps in pattern.items():
            for place, stroke in enumerate(steps):
                tick = bar + place * _STEP
                if stroke == "." or not passage.start <= tick < filled:
                    continue
                late = swing if place % 2 else 0
                strength = force * _LEVELS[stroke] * float(random.uniform(0.92, 1.06))
                notes.append(_hit(tick + late, drum, strength))
    for drum, steps in (fill[1] if fill else {}).items():
        for place, stroke in enumerate(steps):
            tick = filled + place * _STEP
            if stroke != "." and tick >= passage.start:
                notes.append(_hit(tick, drum, force * _LEVELS[stroke] * (0.8 + 0.25 * place / 16)))
    return notes


def bars(passage: Passage) -> range:
    """Return the ticks of a passage's downbeats; a short bar is its first if nothing precedes it.

    What comes before the labels' first bar ends with a whole bar; everything else begins with one.
    """
    if passage.source.start <= 0:
        short = (passage.end - passage.start) % _BAR
        return range(passage.start - (_BAR - short if short else 0), passage.end, _BAR)
    return range(passage.start, passage.end, _BAR)


def _hit(tick: int, drum: int, strength: float) -> Note:
    return Note(tick, tick + _LENGTH, drum, min(max(round(strength), 1), 127))
