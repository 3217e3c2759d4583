"""Drum parts: a groove in three grades, variations, fills, and what announces a section."""

from __future__ import annotations

from standin.music.arrangement import Groove
from standin.music.composing.context import Context
from standin.music.form import PlannedSection
from standin.music.score import Hit

_STRENGTH = {"X": 1.0, "x": 0.78, "o": 0.42}


def compose_drums(context: Context, pieces: frozenset[str]) -> list[Hit]:
    """Return every stroke of a track.

    Parameters
    ----------
    pieces
        Names of the kit's pieces; what a pattern asks for and the kit lacks is left out.
    """
    grooves = _grooves(context)
    hits: list[Hit] = []
    if grooves:
        groove = context.dice("groove").pick(grooves)
        sections = context.plan.sections
        for number, section in enumerate(sections):
            following = sections[number + 1] if number + 1 < len(sections) else None
            hits += _section(context, groove, section, following)
    if context.band.risers:
        hits += _announcements(context)
    if context.band.crackle:
        hits += [
            Hit(float(beat), "crackle", 0.8)
            for beat in range(0, context.plan.bars * context.beats, 5)
        ]
    # The last bar is one stroke that rings.
    last = float((context.plan.bars - 1) * context.beats)
    return [
        hit
        for hit in hits
        if hit.piece in pieces and (hit.beat < last + 0.01 or hit.piece == "crackle")
    ]


def _grooves(context: Context) -> tuple[Groove, ...]:
    signature = context.plan.metre.signature
    if signature == 6:
        return context.band.grooves_six
    return context.band.grooves_three if signature == 3 else context.band.grooves


def _section(
    context: Context, groove: Groove, section: PlannedSection, following: PlannedSection | None
) -> list[Hit]:
    if section.level < context.band.drum_enter:
        return []
    if section.label == "build":
        return _build(context, groove, section)
    grade = dict(groove.main)
    if section.level < 0.45 or section.label in ("breakdown", "interlude"):
        grade = dict(groove.soft)
    elif section.level >= 0.8:
        grade.update(groove.full)
    dice = context.dice("drums", section.label, section.turn)
    hits: list[Hit] = []
    for bar in range(section.bars):
        base = float((section.first_bar + bar) * context.beats)
        last = bar == section.bars - 1
        fill_now = (
            grade
            and groove.fills
            and (
                (last and following is not None and following.level >= 0.45)
                or (
                    bar % context.band.fills_every == context.band.fills_every - 1
                    and dice.chance(0.5)
                )
            )
        )
        if fill_now:
            hits += _filled(context, grade, dice.pick(groove.fills), base, bar)
        else:
            hits += _bar(context, grade, base, bar)
            if grade and bar % 2 == 1 and dice.chance(0.5) and context.band.human[0] > 0:
                beat = base + dice.pick((context.beats - 0.25, context.beats - 0.75, 1.75))
                hits.append(Hit(beat, dice.pick(("kick", "snare")), 0.38))
    if section.level >= 0.8 and grade:
        hits.append(Hit(float(section.first_bar * context.beats), "crash", 0.9))
        if section.bars >= 16:
            hits.append(Hit(float((section.first_bar + 8) * context.beats), "crash", 0.75))
    return hits


def _bar(context: Context, grade: dict[str, str], base: float, bar: int) -> list[Hit]:
    hits = []
    for piece, pattern in grade.items():
        bars = pattern.split("|")
        text = bars[bar % len(bars)]
        step = context.beats / len(text)
        for number, character in enumerate(text):
            if character in _STRENGTH:
                # Hands lean on the beat: repeated strokes are not all alike.
                lean = 1.0 if (number * step) % 1.0 < 1e-6 else 0.86
                if piece in ("kick", "snare", "clap"):
                    lean = 1.0
                hits.append(Hit(base + number * step, piece, _STRENGTH[character] * lean))
    return hits


def _filled(
    context: Context, grade: dict[str, str], fill: dict[str, str], base: float, bar: int
) -> list[Hit]:
    """Return a bar whose later part is a fill: the groove stops where the fill starts."""
    fill_hits = _bar(context, fill, base, 0)
    starts = min((hit.beat for hit in fill_hits), default=base + context.beats)
    kept = [
        hit
        for hit in _bar(context, grade, base, bar)
        if hit.beat < starts - 1e-6 or hit.piece in ("kick", "hat", "shaker", "ride")
    ]
    return kept + fill_hits


def _build(context: Context, groove: Groove, section: PlannedSection) -> list[Hit]:
    """Return a roll that doubles its speed on the way to the drop, and a breath before it."""
    hits: list[Hit] = []
    roll = "snare" if "snare" in groove.main or "snare" in groove.full else "clap"
    total = section.bars * context.beats
    for number in range(total * 4):
        place = number / (total * 4)
        every = 4 if place < 0.5 else 2 if place < 0.75 else 1
        if number % every == 0 and number / 4 < total - 1:
            beat = float(section.first_bar * context.beats) + number / 4
            hits.append(Hit(beat, roll, 0.3 + 0.5 * place))
            if every == 4:
                hits.append(Hit(beat, "kick", 0.85))
        if number % 2 == 0 and place < 0.9 and number % 4 == 2:
            hits.append(Hit(section.first_bar * context.beats + number / 4, "hat", 0.6))
    return hits


def _announcements(context: Context) -> list[Hit]:
    """Return sweeps into full sections, and a boom and a falling sweep at their start."""
    hits = []
    seconds_per_beat = 60.0 / context.plan.tempo
    for section in context.plan.sections:
        beat = float(section.first_bar * context.beats)
        if section.level >= 0.9:
            if section.first_bar:
                hits.append(Hit(beat - 4.0 / seconds_per_beat, "riser", 0.8))
            hits += [Hit(beat, "impact", 0.8), Hit(beat, "faller", 0.7)]
        elif section.first_bar and section.label not in ("build", "outro"):
            hits.append(Hit(beat - 1.6 / seconds_per_beat, "reverse", 0.6))
    return hits
