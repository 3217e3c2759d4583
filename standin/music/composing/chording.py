"""Chord instruments: blocks, strums, arpeggios, chugs, and held pads.

A pattern has one character for each step of a bar: ``x`` and ``X`` the whole chord, ``d`` and ``u``
strummed down and up, ``m`` a muted scratch, ``0`` to ``9`` one note of the chord from below, ``b``
and ``f`` the root and fifth below it, ``p`` the root alone (a power chord's), ``c`` the same under
a damping palm, ``-`` holds, ``.`` rests.
"""

from __future__ import annotations

from standin.music.arrangement import Part
from standin.music.composing.bass import root_pitch
from standin.music.composing.context import Context, steps_of
from standin.music.form import PlannedSection
from standin.music.score import Note
from standin.music.theory import voice_lead

_STRUM = 0.011
"""Seconds between the strings of a strum."""


def compose_chords(
    context: Context, section: PlannedSection, part: Part, pattern: str
) -> list[Note]:
    """Return a section's accompaniment in a pattern."""
    voicings = _voicings(context, section, part)
    notes: list[Note] = []
    for bar in range(section.bars):
        base = float((section.first_bar + bar) * context.beats)
        for start, length, what in steps_of(pattern, context.beats, bar):
            beat = base + start
            voicing = voicings[context.harmony.index_at(beat)]
            accent = 0.85 if abs(start - round(start)) < 1e-6 else 0.74
            notes += _strike(context, part, voicing, beat, length * part.hold, what, accent)
    return notes


def _strike(
    context: Context,
    part: Part,
    voicing: tuple[int, ...],
    beat: float,
    length: float,
    what: str,
    accent: float,
) -> list[Note]:
    if what.isdigit():
        octave, index = divmod(int(what), len(voicing))
        pitch = voicing[index] + 12 * octave
        return [Note(beat, length, pitch if pitch <= part.high + 12 else pitch - 12, accent)]
    if what in "bfpc":
        root = root_pitch(context, part, context.harmony.at(beat))
        if what in "bf":
            root = voicing[0] - 12 + (root - voicing[0]) % 12
        if what == "f":
            root -= 12 - context.harmony.at(beat).fifth
        return [Note(beat, length, root, accent * (0.9 if what == "c" else 1.0), muted=what == "c")]
    if what == "m":
        return [Note(beat, 0.1, pitch, 0.5, muted=True) for pitch in voicing[-2:]]
    velocity = accent + (0.1 if what == "X" else 0.0)
    if what in "du":
        strings = voicing if what == "d" else tuple(reversed(voicing))[:3]
        velocity *= 1.0 if what == "d" else 0.8
        return [
            Note(beat, length, pitch, velocity, delay=_STRUM * number)
            for number, pitch in enumerate(strings)
        ]
    return [Note(beat, length, pitch, velocity) for pitch in voicing]


def compose_pad(context: Context, section: PlannedSection, part: Part) -> list[Note]:
    """Return chords that are held until they change, with common notes tied over."""
    start, end = context.span(section)
    voicings = _voicings(context, section, part)
    open_notes: dict[int, Note] = {}
    notes: list[Note] = []
    for span in context.harmony.within(start, end):
        voicing = voicings[context.harmony.index_at(span.beat)]
        for pitch in list(open_notes):
            if pitch not in voicing or open_notes[pitch].length >= 4 * context.beats - 1e-6:
                notes.append(open_notes.pop(pitch))
        for pitch in voicing:
            held = open_notes.get(pitch)
            since = held.beat if held else span.beat
            open_notes[pitch] = Note(since, span.beat + span.length - since, pitch, 0.8)
    return [*notes, *open_notes.values()]


def _voicings(context: Context, section: PlannedSection, part: Part) -> dict[int, tuple[int, ...]]:
    start, end = context.span(section)
    previous: tuple[int, ...] = ()
    found: dict[int, tuple[int, ...]] = {}
    for span in context.harmony.within(start, end):
        previous = voice_lead(
            span.chord, context.plan.tonic, previous, part.low, part.high, part.size
        )
        found[context.harmony.index_at(span.beat)] = previous
    return found
