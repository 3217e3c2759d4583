"""Tunes: motifs that are repeated, answered and led to a close.

A phrase is four bars in the order a, b, a, c: a motif, its answer, the motif on the new chords, and
a close on a long note. A motif is a rhythm and a contour in steps of the scale; the same motif on
another chord keeps both. Strong and long notes are chord notes; what lies between moves by step.
The hook has its own motif, higher, simpler, and the same each time it returns.
"""

from __future__ import annotations

from dataclasses import dataclass

from standin.music.arrangement import Part, Tune
from standin.music.composing.context import Context, group_of
from standin.music.dice import Dice
from standin.music.form import PlannedSection
from standin.music.score import Note
from standin.music.theory import Chord, nearest

Rhythm = tuple[tuple[float, float], ...]
_PHRASES = (("a", "b", "a", "c"), ("a", "a", "b", "c"), ("a", "b", "a", "c"))
_HOOK_PHRASES = (("a", "a", "a", "c"), ("a", "b", "a", "c"), ("a", "a", "b", "c"))


@dataclass(frozen=True, slots=True)
class Motif:
    """A rhythm as (beat, length) and a contour in steps of the scale."""

    rhythm: Rhythm
    contour: tuple[int, ...]


def compose_melody(context: Context, section: PlannedSection, part: Part) -> list[Note]:
    """Return a section's tune."""
    if section.label == "solo":
        return _solo(context, section, part)
    group = group_of(section.label)
    dice = context.dice("melody", group)
    motifs = _motifs(context, dice, group)
    order = dice.pick(_HOOK_PHRASES if group == "hook" else _PHRASES)
    ladder = _ladder(context, part)
    place = {"hook": 0.62, "pre": 0.5, "bridge": 0.48}.get(group, 0.36)
    notes: list[Note] = []
    register = part.low + place * (part.high - part.low)
    variation = context.dice("ornament", section.label, section.turn)
    for bar in range(section.bars):
        letter = order[bar % 4]
        closing = bar % 8 == 7 or bar == section.bars - 1
        motif = motifs["d" if closing else letter]
        arch = (0.0, 1.5, 2.5, -0.5)[bar % 4]
        bar_notes = _sing(context, section, bar, motif, ladder, register + arch, closing)
        if section.turn and letter == "b" and variation.chance(0.5):
            bar_notes = _ornament(bar_notes, ladder, variation, context.band.tune.grid)
        notes += bar_notes
    return notes


def _motifs(context: Context, dice: Dice, group: str) -> dict[str, Motif]:
    tune = context.band.tune
    density = tune.hook_density if group == "hook" else tune.density
    if group == "pre":
        density *= 1.1
    if group == "bridge":
        density *= 0.75
    grid = tune.grid if context.plan.metre.signature != 6 else 1 / 3
    if group == "hook":
        grid = max(grid, min(0.5, grid * 2))
    motifs = {}
    for letter in "abcd":
        closing = letter in "cd"
        rhythm = _rhythm(dice, context.beats, grid, density * (0.6 if closing else 1.0), tune)
        if closing:
            rhythm = _with_long_end(rhythm, context.beats)
        elif letter == "b" and dice.chance(tune.rest):
            rhythm = rhythm[: max(1, len(rhythm) - 1)]
        motifs[letter] = Motif(rhythm, _contour(dice, len(rhythm), tune.leap))
    # The answer keeps the question's rhythm at times: fewer ideas are remembered better.
    if dice.chance(0.6 if group == "hook" else 0.35):
        motifs["b"] = Motif(motifs["a"].rhythm, _contour(dice, len(motifs["a"].rhythm), tune.leap))
    return motifs


def _rhythm(dice: Dice, beats: int, grid: float, density: float, tune: Tune) -> Rhythm:
    slots = round(beats / grid)
    count = max(1, min(slots, round(beats * density + 0.6 * dice.bell())))
    weights = {}
    for slot in range(slots):
        beat = slot * grid
        on_beat = abs(beat - round(beat)) < 1e-6
        weight = 3.0 if slot == 0 else 2.0 if on_beat else 1.1 if grid >= 0.5 else 0.7
        weights[slot] = weight * dice.between(0.5, 1.5)
    chosen = sorted(sorted(weights, key=lambda slot: -weights[slot])[:count])
    moved = []
    for slot in chosen:
        early = slot - 1
        on_beat = abs(slot * grid - round(slot * grid)) < 1e-6
        free = early > 0 and early not in chosen and early not in moved
        moved.append(early if slot and on_beat and free and dice.chance(tune.syncopation) else slot)
    starts = [slot * grid for slot in sorted(set(moved))]
    ends = [*starts[1:], float(beats)]
    return tuple(
        (start, min(end - start, 1.5 if end < beats else 1.0))
        for start, end in zip(starts, ends, strict=True)
    )


def _with_long_end(rhythm: Rhythm, beats: int) -> Rhythm:
    """Keep the first half of a rhythm and hold its last note."""
    kept = [one for one in rhythm if one[0] < beats / 2] or [rhythm[0]]
    start, _ = kept[-1]
    kept[-1] = (start, max(beats - start - 0.5, 1.0))
    return tuple(kept)


def _contour(dice: Dice, count: int, leap: float) -> tuple[int, ...]:
    steps = [0]
    direction = dice.pick((-1, 1))
    for _ in range(count - 1):
        if dice.chance(leap):
            move = direction * dice.pick((2, 3, 4))
            direction = -direction  # a leap is answered by motion the other way
        else:
            move = direction * dice.weighted([(1, 6.0), (0, 2.0), (2, 1.0)])
            if dice.chance(0.3):
                direction = -direction
        steps.append(steps[-1] + move)
        if abs(steps[-1]) > 4:
            direction = -1 if steps[-1] > 0 else 1
    return tuple(steps)


def _ladder(context: Context, part: Part) -> list[int]:
    return [p for p in range(part.low - 2, part.high + 3) if p % 12 in context.scale]


def _sing(
    context: Context,
    section: PlannedSection,
    bar: int,
    motif: Motif,
    ladder: list[int],
    register: float,
    closing: bool,
) -> list[Note]:
    """Return a bar in which a motif is sung on the chords that sound."""
    base = float((section.first_bar + bar) * context.beats)
    tonic = context.plan.tonic
    first = context.harmony.at(base + motif.rhythm[0][0])
    anchor = _rung(ladder, nearest(first.classes(tonic)[:3], register))
    notes = []
    for index, (start, length) in enumerate(motif.rhythm):
        harmony = context.harmony.at(base + start)
        rung = min(max(anchor + motif.contour[index], 0), len(ladder) - 1)
        pitch = ladder[rung]
        strong = abs(start - round(start)) < 1e-6
        if length >= 0.9 or (strong and index in (0, len(motif.rhythm) - 1)):
            pitch = _chord_note(harmony, tonic, pitch)
        else:
            pitch = _in_agreement(harmony, tonic, context.scale, pitch)
        if closing and index == len(motif.rhythm) - 1:
            pitch = nearest(harmony.classes(tonic)[:3], pitch)
        accent = 0.82 + (0.12 if strong else 0.0) + (0.06 if index == 0 else 0.0)
        notes.append(Note(base + start, length * part_hold(length), pitch, accent))
    return notes


def part_hold(length: float) -> float:
    """Return the share of a note that is held: short notes are a little detached."""
    return 0.9 if length < 0.6 else 0.96


def _rung(ladder: list[int], pitch: int) -> int:
    return min(range(len(ladder)), key=lambda rung: (abs(ladder[rung] - pitch), rung))


def _chord_note(harmony: Chord, tonic: int, pitch: int) -> int:
    classes = harmony.classes(tonic)
    return nearest(classes[: min(len(classes), 4)], pitch)


def _in_agreement(harmony: Chord, tonic: int, scale: tuple[int, ...], pitch: int) -> int:
    """Bend a scale note that a chord has altered (such as the leading note over V in minor)."""
    classes = harmony.classes(tonic)
    if pitch % 12 in classes:
        return pitch
    for step in (1, -1):
        if (pitch + step) % 12 in classes and (pitch + step) % 12 not in scale:
            return pitch + step
    return pitch


def _ornament(notes: list[Note], ladder: list[int], dice: Dice, grid: float) -> list[Note]:
    """Split one longer note into itself and a neighbour, when a verse comes again."""
    long = [index for index, note in enumerate(notes) if note.length >= 2 * grid]
    if not long:
        return notes
    index = dice.pick(long)
    note = notes[index]
    rung = min(_rung(ladder, note.pitch) + 1, len(ladder) - 1)
    half = note.length / 2
    turned = [
        Note(note.beat, half * 0.9, note.pitch, note.velocity),
        Note(note.beat + half, half * 0.9, ladder[rung], note.velocity * 0.85),
    ]
    return notes[:index] + turned + notes[index + 1 :]


def _solo(context: Context, section: PlannedSection, part: Part) -> list[Note]:
    """Return an improvisation: runs and figures that aim at the chord notes of the next beat."""
    dice = context.dice("solo", section.turn)
    tune = context.band.tune
    ladder = _ladder(context, part)
    beats = context.beats
    tonic = context.plan.tonic
    six_eight = context.plan.metre.signature == 6
    grid = 1 / 3 if six_eight else 0.5 if tune.solo_density <= 2.2 else 0.25
    rung = _rung(ladder, (part.low + part.high) // 2)
    notes: list[Note] = []
    lick: list[tuple[float, int]] = []
    direction = 1
    for bar in range(section.bars):
        base = float((section.first_bar + bar) * beats)
        # The line rises through the solo, and breathes at the end of every second phrase.
        height = 0.4 + 0.35 * (bar / max(section.bars - 1, 1))
        target = part.low + height * (part.high - part.low)
        if lick and bar % 4 == 1 and dice.chance(0.6):
            shape = lick
        else:
            shape = []
            slot = 0
            while slot * grid < beats - 1e-6:
                beat = slot * grid
                if bar % 4 == 3 and beat >= beats * 0.6:
                    break
                if not dice.chance(min(0.95, tune.solo_density * grid * 1.15)):
                    slot += 1
                    continue
                move = direction * dice.weighted([(1, 7.0), (2, 2.0), (3, 1.0)])
                if dice.chance(0.28):
                    direction = -direction
                shape.append((beat, move))
                slot += 1
            lick = shape
        for index, (beat, move) in enumerate(shape):
            rung += move
            if ladder[min(max(rung, 0), len(ladder) - 1)] > target + 8:
                direction, rung = -1, rung - 2 * abs(move)
            elif ladder[min(max(rung, 0), len(ladder) - 1)] < target - 8:
                direction, rung = 1, rung + 2 * abs(move)
            rung = min(max(rung, 0), len(ladder) - 1)
            pitch = ladder[rung]
            harmony = context.harmony.at(base + beat)
            strong = abs(beat - round(beat)) < 1e-6
            if strong and (round(beat) % 2 == 0 or index == len(shape) - 1):
                pitch = _chord_note(harmony, tonic, pitch)
            else:
                pitch = _in_agreement(harmony, tonic, context.scale, pitch)
            until = shape[index + 1][0] if index + 1 < len(shape) else min(beat + 1.5, float(beats))
            length = min(until - beat, 1.5)
            velocity = 0.78 + 0.14 * strong + 0.06 * dice.random()
            notes.append(Note(base + beat, max(length, grid) * 0.92, pitch, velocity))
    return notes


def compose_counter(
    context: Context, section: PlannedSection, part: Part, lead: list[Note], manner: str
) -> list[Note]:
    """Return a second voice to a tune.

    Parameters
    ----------
    lead
        The tune.
    manner
        ``third`` sings along in thirds below, ``octave`` doubles, ``answer`` fills the rests.
    """
    if manner == "octave":
        return [
            _moved(note, note.pitch + (12 if note.pitch + 12 <= part.high else -12))
            for note in lead
        ]
    if manner == "third":
        return [_moved(note, _third_below(context, note)) for note in lead]
    return _answers(context, section, part, lead)


def _moved(note: Note, pitch: int) -> Note:
    return Note(note.beat, note.length, pitch, note.velocity * 0.85)


def _third_below(context: Context, note: Note) -> int:
    harmony = context.harmony.at(note.beat)
    classes = harmony.classes(context.plan.tonic)
    if note.length >= 0.5:
        below = [p for p in range(note.pitch - 9, note.pitch - 2) if p % 12 in classes]
        if below:
            return below[-1]
    below = [p for p in range(note.pitch - 5, note.pitch - 2) if p % 12 in context.scale]
    return _in_agreement(
        harmony, context.plan.tonic, context.scale, below[-1] if below else note.pitch - 12
    )


def _answers(context: Context, section: PlannedSection, part: Part, lead: list[Note]) -> list[Note]:
    """Return short figures where the tune rests for a beat or more."""
    start, end = context.span(section)
    dice = context.dice("answers", section.label)
    step = 1 / 3 if context.plan.metre.signature == 6 else 0.5
    figure = [dice.pick((0, 1, 2)) for _ in range(4)]
    ends = [start, *(note.beat + note.length for note in lead)]
    starts = [*(note.beat for note in lead), end]
    notes = []
    for silent_from, silent_to in zip(ends, starts, strict=True):
        beat = -(-silent_from // step) * step
        index = 0
        while beat + step <= silent_to - 0.2 and index < 4 and silent_to - silent_from > 1.0:
            classes = context.harmony.at(beat).classes(context.plan.tonic)
            pitch = nearest([classes[figure[index] % len(classes)]], (part.low + part.high) / 2)
            notes.append(Note(beat, step * 0.9, pitch, 0.7 + 0.1 * (index == 0)))
            beat += step
            index += 1
    return notes
