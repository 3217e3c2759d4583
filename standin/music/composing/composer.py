"""The whole band: each part plays its section, and hands that are human are not machines."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from standin.music.arrangement import Arrangement, Part
from standin.music.composing.bass import compose_bass
from standin.music.composing.chording import compose_chords, compose_pad
from standin.music.composing.context import Context, compose_harmony
from standin.music.composing.drumming import compose_drums
from standin.music.composing.melody import compose_counter, compose_melody
from standin.music.dice import Dice
from standin.music.form import Plan, PlannedSection
from standin.music.score import Hit, Note, Score

Event = TypeVar("Event", Note, Hit)


def compose(plan: Plan, band: Arrangement, pieces: frozenset[str]) -> Score:
    """Compose a track.

    Parameters
    ----------
    plan
        Its key, tempo and sections.
    band
        Its genre's arrangement.
    pieces
        Pieces of the drum kit.
    """
    context = Context(plan, band, compose_harmony(plan, band))
    score = Score()
    leads = {section: _lead(context, section) for section in plan.sections}
    for part in band.parts:
        notes: list[Note] = []
        for section in plan.sections:
            if part.plays(section.label, section.level):
                played = _play(context, section, part, leads[section])
                notes += [_shaded(note, section) for note in played]
        score.parts[part.name] = _ending(
            context, _human(notes, band, context.dice("hands", part.name))
        )
    hits = [_shaded(hit, plan.section_at(int(hit.beat // plan.metre.beats)))
            for hit in compose_drums(context, pieces)]  # fmt: skip
    score.hits = _human(hits, band, context.dice("hands", "drums"))
    return score


def _lead(context: Context, section: PlannedSection) -> list[Note]:
    """Return the tune that second voices follow: that of the first melody part that plays."""
    for part in context.band.parts:
        if part.role == "melody" and part.plays(section.label, section.level):
            return compose_melody(context, section, part)
    return []


def _play(context: Context, section: PlannedSection, part: Part, lead: list[Note]) -> list[Note]:
    if part.role == "melody":
        return compose_melody(context, section, part)
    if part.role == "pad":
        return compose_pad(context, section, part)
    patterns = context.patterns(part)
    busy = part.busy if context.plan.metre.signature == 4 else ()
    chosen = context.dice("pattern", part.name).pick(patterns)
    if busy and section.level >= 0.8:
        chosen = context.dice("busy pattern", part.name).pick(busy)
    if part.role == "bass":
        return compose_bass(context, section, part, chosen)
    if part.role == "counter":
        return compose_counter(context, section, part, lead, chosen)
    return compose_chords(context, section, part, chosen)


def _shaded(event: Event, section: PlannedSection) -> Event:
    """Play quiet sections more softly, but an opening firmly: few play in it as it is."""
    level = 0.9 if section.label == "intro" else min(section.level, 1.0)
    strength = 0.62 + 0.38 * level
    return replace(event, velocity=event.velocity * strength)


def _human(events: list[Event], band: Arrangement, dice: Dice) -> list[Event]:
    """Move and weigh events as hands do."""
    timing, weight = band.human
    if not timing and not weight:
        return events
    return [
        replace(
            event,
            delay=event.delay + timing * dice.bell(),
            velocity=min(1.0, event.velocity * (1.0 + weight * dice.bell())),
        )
        for event in events
    ]


def _ending(context: Context, notes: list[Note]) -> list[Note]:
    """Let the last bar rest on its first beat, held."""
    last = float((context.plan.bars - 1) * context.beats)
    kept = [note for note in notes if note.beat < last - 1e-6]
    final = [note for note in notes if abs(note.beat - last) < 1e-6]
    return kept + [replace(note, length=float(context.beats) * 0.95) for note in final]
