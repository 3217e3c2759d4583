"""Bass lines that follow the harmony: patterns of a genre, and walking.

A pattern has one character for each step of a bar: ``R`` root, ``3`` third, ``5`` fifth, ``7``
seventh (or the fifth of a plain triad), ``8`` octave, ``a`` a step into the next chord, ``g`` a
dead note, ``-`` holds, ``.`` rests. ``walk`` and ``acid`` are composed instead.
"""

from __future__ import annotations

from standin.music.arrangement import Part
from standin.music.composing.context import Context, steps_of
from standin.music.form import PlannedSection
from standin.music.score import Note
from standin.music.theory import Chord, nearest


def compose_bass(context: Context, section: PlannedSection, part: Part, pattern: str) -> list[Note]:
    """Return a section's bass line."""
    if pattern == "walk":
        return _walk(context, section, part)
    if pattern == "acid":
        return _acid(context, section, part)
    notes = []
    for bar in range(section.bars):
        base = float((section.first_bar + bar) * context.beats)
        for start, length, what in steps_of(pattern, context.beats, bar):
            harmony = context.harmony.at(base + start)
            pitch = _pitch(context, part, base + start, harmony, what)
            velocity = 0.9 if start == 0 else 0.55 if what == "g" else 0.8
            if what == "8":
                velocity = 0.86
            notes.append(Note(base + start, length * part.hold, pitch, velocity, muted=what == "g"))
    return notes


def root_pitch(context: Context, part: Part, harmony: Chord) -> int:
    """Return a chord's root in the lowest octave of a part's compass."""
    root = (context.plan.tonic + harmony.root) % 12
    return part.low + (root - part.low) % 12


def _pitch(context: Context, part: Part, beat: float, harmony: Chord, what: str) -> int:
    root = root_pitch(context, part, harmony)
    if what == "a":
        goal = root_pitch(context, part, context.harmony.after(beat))
        if goal == root:
            return root + harmony.fifth if root + harmony.fifth <= part.high else root
        # A whole step inside the key from below, or a half step where the key has one.
        steps = [goal - 1, goal - 2, goal + 2, goal + 1]
        inside = [p for p in steps if p % 12 in context.scale and p >= part.low]
        return inside[0] if inside else max(goal - 1, part.low)
    step = {"R": 0, "g": 0, "3": harmony.third, "5": harmony.fifth, "8": 12}.get(what)
    if what == "7":
        step = next((tone for tone in (10, 11, 9) if tone in harmony.tones), harmony.fifth)
    pitch = root + (step or 0)
    return pitch if pitch <= part.high else pitch - 12


def _walk(context: Context, section: PlannedSection, part: Part) -> list[Note]:
    """Return a walking bass: root, chord and scale notes, and a step into the next bar."""
    dice = context.dice("walk", section.label, section.turn)
    notes: list[Note] = []
    pitch = root_pitch(context, part, context.harmony.at(section.first_bar * context.beats))
    for number in range(section.bars * context.beats):
        beat = float(section.first_bar * context.beats + number)
        harmony = context.harmony.at(beat)
        index = context.harmony.index_at(beat)
        span = context.harmony.spans[index]
        to_go = span.beat + span.length - beat
        classes = harmony.classes(context.plan.tonic)
        if beat - span.beat < 0.5:
            pitch = nearest([classes[0]], min(max(pitch, part.low + 5), part.high - 4))
        elif to_go <= 1.0:
            following = context.harmony.after(beat)
            goal_class = (context.plan.tonic + following.root) % 12
            goal = nearest([goal_class], min(max(pitch, part.low + 5), part.high - 4))
            pitch = goal + dice.pick((-1, 1, -1, 2))
        else:
            direction = 1 if pitch < (part.low + part.high) / 2 else -1
            moved = pitch + direction * dice.whole(2, 5)
            pitch = nearest(classes[: min(4, len(classes))], moved)
        pitch = min(max(pitch, part.low), part.high)
        notes.append(Note(beat, 0.92, pitch, 0.8 + 0.08 * (number % 2 == 1)))
        if dice.chance(0.1) and to_go > 1.0:
            notes.append(Note(beat + 0.5, 0.4, pitch, 0.5, muted=True))
    return notes


def _acid(context: Context, section: PlannedSection, part: Part) -> list[Note]:
    """Return sixteen steps that repeat: root, octave, third and seventh, with accents and gaps."""
    dice = context.dice("acid")
    steps: list[tuple[int, int, float, float]] = []
    for step in range(16):
        if dice.chance(0.28) and step not in (0, 10):
            continue
        interval = dice.weighted([(0, 6.0), (12, 2.0), (3, 1.0), (7, 1.2), (10, 1.0), (-12, 0.4)])
        slide = 0.48 if dice.chance(0.2) else 0.22
        steps.append((step, interval, slide, 0.95 if dice.chance(0.3) else 0.68))
    notes = []
    for bar in range(section.bars):
        base = float((section.first_bar + bar) * context.beats)
        harmony = context.harmony.at(base)
        root = root_pitch(context, part, harmony)
        for step, interval, length, velocity in steps:
            moved = interval if interval != 3 or harmony.minor else 4
            pitch = root + moved
            pitch = pitch if part.low - 12 <= pitch <= part.high else root
            notes.append(Note(base + step * 0.25, length, pitch, velocity))
    return notes
