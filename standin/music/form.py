"""A track's plan: key, tempo, sections and the time of every beat, all before a note is written."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from math import cos, pi

from standin.music.dice import Dice
from standin.music.styles import LEVELS, STYLES, Metre

PITCH_CLASSES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
SHORTEST, LONGEST = 90.0, 180.0
LEAD_IN = 0.08
"""Seconds before the first beat, so that a humanised note may come early."""


@dataclass(frozen=True, slots=True)
class PlannedSection:
    """A section before it has notes.

    Parameters
    ----------
    label
        What it is: verse, chorus, drop, ...
    bars, first_bar
        Its length and place in bars.
    level
        How full it is, 0 to 1.1.
    turn
        How many sections of this label came before it.
    last
        Whether it is the last section of its label.
    """

    label: str
    bars: int
    first_bar: int
    level: float
    turn: int
    last: bool


@dataclass(frozen=True)
class Plan:
    """Everything about a track's time and tonality.

    Parameters
    ----------
    tonic
        Pitch class, 0 = C.
    minor
        Whether the key is minor.
    tempo
        Beats per minute.
    tail
        Seconds after the last beat has ended.
    rubato
        Greatest relative deviation of a beat's length.
    """

    seed: str
    genre: str
    metre: Metre
    tempo: float
    tonic: int
    minor: bool
    sections: tuple[PlannedSection, ...]
    tail: float
    rubato: float

    @property
    def bars(self) -> int:
        """Number of bars."""
        last = self.sections[-1]
        return last.first_bar + last.bars

    @property
    def key(self) -> str:
        """Key as text, such as ``A minor``."""
        return f"{PITCH_CLASSES[self.tonic]} {'minor' if self.minor else 'major'}"

    @cached_property
    def grid(self) -> tuple[float, ...]:
        """Time in seconds of every beat, and of the end of the last one."""
        return _beat_times(self)

    @property
    def duration(self) -> float:
        """Length in seconds, rounded to the millisecond."""
        return round(self.grid[-1] + self.tail, 3)

    def time_of(self, beat: float) -> float:
        """Return the time in seconds of a position in beats, linear between beats."""
        grid = self.grid
        whole = min(max(int(beat), 0), len(grid) - 2)
        return grid[whole] + (beat - whole) * (grid[whole + 1] - grid[whole])

    def section_at(self, bar: int) -> PlannedSection:
        """Return the section a bar belongs to."""
        starts = [section.first_bar for section in self.sections]
        return self.sections[max(0, bisect_right(starts, bar) - 1)]


def plan_track(seed: str, genre: str) -> Plan:
    """Decide a track's metre, tempo, key and form.

    Parameters
    ----------
    seed
        The track's id.
    genre
        A name of `standin.music.styles.GENRES`.
    """
    style = STYLES[genre]
    dice = Dice(seed, "plan")
    metre, slowest, fastest = dice.weighted(
        [((metre, low, high), weight) for metre, low, high, weight in style.tempos]
    )
    tempo = float(round(dice.between(slowest, fastest)))
    tonic = dice.below(12)
    minor = dice.chance(style.minor)
    form = _fitting_form(dice, style.forms, metre, tempo, style.tail)
    return Plan(seed, genre, metre, tempo, tonic, minor, _sections(form), style.tail, style.rubato)


def _fitting_form(
    dice: Dice, forms: tuple[str, ...], metre: Metre, tempo: float, tail: float
) -> list[tuple[str, int]]:
    parsed = [_parse(form) for form in forms]
    bar = metre.beats * 60.0 / tempo

    def misfit(form: list[tuple[str, int]]) -> float:
        seconds = sum(bars for _, bars in form) * bar + tail
        return max(SHORTEST + 2 - seconds, seconds - (LONGEST - 4), 0.0)

    # A form that fits as it is wins; otherwise the nearest one is stretched or cut by whole bars.
    fitting = [form for form in parsed if misfit(form) == 0.0]
    if fitting:
        return dice.pick(fitting)
    form = min(parsed, key=misfit)
    while misfit(form) > 0:
        too_long = sum(bars for _, bars in form) * bar + tail > LONGEST - 4
        longest = max(range(len(form)), key=lambda index: form[index][1])
        shortest = min(range(len(form)), key=lambda index: form[index][1] % 8 or 8)
        place = longest if too_long else shortest
        label, bars = form[place]
        form[place] = (label, bars - 4 if too_long else bars + 4)
    return form


def _parse(form: str) -> list[tuple[str, int]]:
    words = [word.rsplit(":", 1) for word in form.split()]
    return [(label, int(bars)) for label, bars in words]


def _sections(form: list[tuple[str, int]]) -> tuple[PlannedSection, ...]:
    totals: dict[str, int] = {}
    for label, _ in form:
        totals[label] = totals.get(label, 0) + 1
    seen: dict[str, int] = {}
    sections = []
    bar = 0
    for label, bars in form:
        turn = seen.get(label, 0)
        seen[label] = turn + 1
        level = min(LEVELS[label] + 0.07 * turn, 1.1)
        sections.append(PlannedSection(label, bars, bar, level, turn, turn + 1 == totals[label]))
        bar += bars
    return tuple(sections)


def _beat_times(plan: Plan) -> tuple[float, ...]:
    beats = plan.bars * plan.metre.beats
    pulse = 60.0 / plan.tempo
    if not plan.rubato:
        return tuple(LEAD_IN + index * pulse for index in range(beats + 1))
    dice = Dice(plan.seed, "rubato")
    phrase = 4 * plan.metre.beats
    closing = 2 * plan.metre.beats
    time, times, drift = LEAD_IN, [LEAD_IN], 0.0
    for index in range(beats):
        drift = 0.8 * drift + 0.15 * dice.bell()
        # A phrase leans forward in its middle and breathes at its end; the last bars slow down.
        breath = 0.6 * cos(2 * pi * (index % phrase) / phrase)
        slowing = max(0, index - (beats - closing)) / closing * 4.0 if plan.rubato > 0.02 else 0.0
        time += pulse * (1.0 + plan.rubato * (breath + 0.4 * drift + slowing))
        times.append(time)
    return tuple(times)
