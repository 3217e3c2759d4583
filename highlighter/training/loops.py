"""Songs over a loop: the same few chords from beginning to end, verses spoken in rhythm.

In much hip-hop and club music harmony tells nothing of the form; who sings, and what, does.
"""

from __future__ import annotations

import numpy as np

from highlighter.training.draws import one
from highlighter.training.drums import bars
from highlighter.training.midi import Note
from highlighter.training.plan import Passage, Plan
from highlighter.training.pop909 import BEAT, Chord

_STEP = BEAT // 4
_BAR = 4 * BEAT
_FLOWS = (
    "xxx.xxx.xxx.xx..",
    "x.xxx.xxx.xxx.x.",
    "xxxxx.x.xxxxx.x.",
    "x.x.xxx.x.xxx...",
    "xx.xx.xxxx.xx.x.",
    "x.xx.xx.x.xx.xx.",
    "xxxxxxx.xxxxxx..",
    "..x.xxx.x.x.xx..",
)


def looped_chords(plan: Plan, passage: Passage) -> list[Chord]:
    """Return the chords of the song's first chorus, over and over through a passage."""
    home = next((p.source for p in plan.passages if p.role == "chorus"), plan.passages[0].source)
    length = plan.loop * _BAR
    shift = plan.transpose + passage.shift
    cell = [
        (max(chord.start - home.start, 0), min(chord.end - home.start, length), chord)
        for chord in plan.song.chords
        if chord.pitches and chord.start < home.start + length and chord.end > home.start
    ]
    return [
        Chord(
            begin + first,
            min(begin + last, passage.end),
            tuple((pitch + shift) % 12 for pitch in chord.pitches),
            (chord.bass + shift) % 12,
        )
        for begin in range(passage.start, passage.end, length)
        for first, last, chord in cell
        if begin + first < passage.end
    ]


def spoken(plan: Plan, passage: Passage, random: np.random.Generator) -> list[Note]:
    """Return a verse of speech: syllables in a rhythm of two bars, falling at each line's end."""
    pitches = [note.pitch for note in plan.song.melody]
    middle = float(np.median(pitches)) + plan.transpose - float(random.uniform(3.0, 9.0))
    flow = (one(_FLOWS, random), one(_FLOWS, random))
    notes: list[Note] = []
    for number, bar in enumerate(bars(passage)):
        steps = flow[number % 2] if random.random() < 0.75 else one(_FLOWS, random)
        for place, sign in enumerate(steps):
            tick = bar + place * _STEP
            if sign == "." or not passage.start <= tick < passage.end - _STEP // 2:
                continue
            fall = 2.5 * (place / 16.0) * (number % 2)
            pitch = middle - fall + float(random.normal(0.0, 1.3))
            accent = 8 if place % 4 == 0 else 0
            length = _STEP if place + 1 < 16 and steps[place + 1] == "x" else 2 * _STEP - 30
            notes.append(Note(tick, tick + length - 12, round(pitch), 88 + accent))
    return notes
