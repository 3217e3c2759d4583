"""One version of a song before a note is played: form, style, tempo, key, loudness of sections.

Everything is drawn from a seed. The draws keep a network from short cuts: in a part of the songs
the chorus is no louder than the rest, or something else is louder; introductions are left out,
choruses come first or fade out, so that neither level nor position alone is the answer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from highlighter.training.pop909 import BEAT, Songbook
from highlighter.training.structure import Section, sections
from highlighter.training.styles import STYLES, Style

_BAR = 4 * BEAT

_SLOWEST, _FASTEST = 0.87, 1.35
"""Factors on the tempo: most of POP909's songs are slow, and other pop is not."""

_SHORTEST = 0.45
"""A version has at least so much of the song's length."""

_FEWEST, _MOST = 0.15, 0.62
"""Share of choruses in a version whose form was changed."""

USUAL, FLAT, OTHER = "usual", "flat", "other"
"""Dynamics: the chorus is the loudest; all alike; something else is the loudest."""

_DYNAMICS = {False: (0.7, 0.2, 0.1), True: (0.5, 0.38, 0.12)}
"""How often each is drawn, without and with a loop."""

_ENERGY = {
    "intro": 0.45,
    "verse": 0.5,
    "lead": 0.64,
    "chorus": 0.95,
    "interlude": 0.65,
    "bridge": 0.68,
    "outro": 0.4,
}


@dataclass(frozen=True, slots=True)
class Passage:
    """A section where it stands in this version.

    Attributes
    ----------
    source
        The section of the song.
    start, end
        Ticks here.
    role
        A key of `intro verse lead chorus interlude bridge outro`.
    run
        Number of its row of equal letters, which share patterns.
    verse
        How often its role was there before: other words are sung each time.
    energy
        0 to about 1.1.
    shift
        Semitones against the rest of the song.
    """

    source: Section
    start: int
    end: int
    role: str
    run: int
    verse: int
    energy: float
    shift: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """A version of a song.

    Attributes
    ----------
    song
        What is played.
    passages
        In order, without gaps, from tick 0.
    style, style_name
        Of the band.
    dynamics
        `USUAL`, `FLAT` or `OTHER`.
    transpose
        Semitones.
    tempos
        (tick, microseconds per beat), by tick, from 0.
    fade
        Tick from which the song fades out, None where it ends.
    sung
        Whether a voice sings the tune.
    loop
        Bars of the chords that go round through the whole song, 0 where they are the song's own.
    spoken
        Whether verses are spoken, not sung.
    """

    song: Songbook
    passages: tuple[Passage, ...]
    style: Style
    style_name: str
    dynamics: str
    transpose: int
    tempos: tuple[tuple[int, int], ...]
    fade: int | None
    sung: bool
    loop: int = 0
    spoken: bool = False

    @property
    def end(self) -> int:
        """Tick of the end."""
        return self.passages[-1].end

    def seconds(self, tick: float) -> float:
        """Return when a tick sounds."""
        places = [place for place, _ in self.tempos]
        index = max(0, int(np.searchsorted(places, tick, side="right")) - 1)
        passed = sum(
            (after - before) * tempo
            for (before, tempo), after in zip(
                self.tempos[:index], places[1 : index + 1], strict=True
            )
        )
        return (passed + (tick - places[index]) * self.tempos[index][1]) / (BEAT * 1e6)


def draw_plan(song: Songbook, random: np.random.Generator) -> Plan:
    """Draw a version of a song."""
    names = list(STYLES)
    shares = np.array([STYLES[name].share for name in names])
    style = names[int(random.choice(len(names), p=shares / shares.sum()))]
    loop = int(random.choice([2, 4, 4, 8])) if random.random() < STYLES[style].loops else 0
    spoken = bool(loop and random.random() < 0.7)
    dynamics = str(random.choice([USUAL, FLAT, OTHER], p=_DYNAMICS[bool(loop)]))
    runs = _trimmed(_runs(sections(song)), song, random)
    order = _form(runs, random)
    passages, fade = _placed(runs, order, dynamics, random)
    beat = song.beat / float(np.exp(random.uniform(np.log(_SLOWEST), np.log(_FASTEST))))
    beat = float(np.clip(beat, 0.3, 1.3))
    return Plan(
        song=song,
        passages=passages,
        style=STYLES[style],
        style_name=style,
        dynamics=dynamics,
        transpose=int(random.integers(-5, 6)),
        tempos=_tempos(beat, passages[-1].end, random),
        fade=fade,
        sung=bool(random.random() < 0.62) or spoken,
        loop=loop,
        spoken=spoken,
    )


def _runs(found: tuple[Section, ...]) -> list[list[Section]]:
    """Group sections of one letter in a row."""
    runs: list[list[Section]] = []
    for part in found:
        if runs and runs[-1][0].letter == part.letter:
            runs[-1].append(part)
        else:
            runs.append([part])
    return runs


def _trimmed(
    runs: list[list[Section]], song: Songbook, random: np.random.Generator
) -> list[list[Section]]:
    """Let some groups be sung once where the song repeats them at once: A8A8 becomes A8.

    Of a chorus the first half stays, of anything else the last, which leads on. The last chorus
    is left whole in half of the songs, as many are doubled at the end.
    """
    once = {letter for letter in sorted({run[0].letter for run in runs}) if random.random() < 0.35}
    last = max((place for place, run in enumerate(runs) if _is_chorus(run)), default=-1)
    whole = random.random() < 0.5
    trimmed = []
    for place, run in enumerate(runs):
        starts = [
            phrase.start
            for phrase in song.labellings[0]
            if phrase.sung and run[0].start <= phrase.start < run[-1].end
        ]
        if run[0].letter in once and len(starts) > 1 and not (place == last and whole):
            chorus = _is_chorus(run)
            cut = starts[(len(starts) + chorus) // 2]
            first, end = (run[0].start, cut) if chorus else (cut, run[-1].end)
            run = [
                replace(part, start=max(part.start, first), end=min(part.end, end))
                for part in run
                if part.start < end and part.end > first
            ]
        trimmed.append(run)
    return trimmed


def _is_chorus(run: list[Section]) -> bool:
    length = sum(part.end - part.start for part in run)
    return sum((part.end - part.start) * part.chorus for part in run) >= 0.5 * length


def _form(runs: list[list[Section]], random: np.random.Generator) -> list[int]:
    """Return which runs are played in which order."""
    order = list(range(len(runs)))
    choruses = [place for place in order if _is_chorus(runs[place])]
    sung = [place for place in order if runs[place][0].letter.isupper()]
    if not choruses or not sung:
        return order
    draw = random.random()
    if draw < 0.12:  # no introduction
        order = order[sung[0] :]
    elif draw < 0.2:  # it begins with the chorus
        order = [choruses[0], *order[(sung[0] if random.random() < 0.5 else 0) :]]
    elif draw < 0.26 and choruses[0] + 1 < len(runs):  # the first verse is cut short or left out
        order = order[max(1, choruses[0] - 1) :]
    draw = random.random()
    last = choruses[-1]
    if draw < 0.15 and last in order:  # the last chorus again, and out
        order = [*order[: order.index(last) + 1], last]
    elif draw < 0.25 and len(choruses) > 2 and last in order:  # one cycle less
        order = order[: order.index(choruses[-2]) + 1]
    elif draw < 0.37:  # no end
        order = [place for place in order if runs[place][0].letter != "o"]
    whole = sum(_length(runs[place]) for place in order)
    share = sum(_length(runs[place]) for place in order if place in choruses) / max(whole, 1)
    all_of_it = sum(_length(run) for run in runs)
    kept = whole >= _SHORTEST * all_of_it and _FEWEST < share < _MOST
    return order if kept else list(range(len(runs)))


def _length(run: list[Section]) -> int:
    return run[-1].end - run[0].start


def _role(part: Section, chorus: bool) -> str:
    if chorus:
        return "chorus"
    if part.letter in "io":
        return "intro" if part.letter == "i" else "outro"
    if part.letter.islower():
        return "interlude"
    if part.interest > part.chorus + 0.15:
        return "lead"
    return "bridge" if part.letter == "X" else "verse"


def _placed(
    runs: list[list[Section]], order: list[int], dynamics: str, random: np.random.Generator
) -> tuple[tuple[Passage, ...], int | None]:
    base = _energies(dynamics, random)
    lifted = bool(random.random() < 0.15)
    hushed = int(random.integers(len(order))) if random.random() < 0.15 else -1
    raised = int(random.choice([1, 2])) if random.random() < 0.14 else 0
    ahead = [place for place in order if _is_chorus(runs[place])]
    passages: list[Passage] = []
    seen: dict[str, int] = {}
    tick, shift = 0, 0
    for number, place in enumerate(order):
        chorus = _is_chorus(runs[place])
        last = chorus and len(ahead) > 1 and number == len(order) - 1 - order[::-1].index(ahead[-1])
        if last:
            shift = raised
        wobble = float(random.normal(0.0, 0.04))
        again = seen.get(runs[place][0].letter, 0)
        seen[runs[place][0].letter] = again + 1
        for part in runs[place]:
            role = _role(part, chorus)
            energy = base[role] + wobble + (0.05 if again and role == "verse" else 0.0)
            energy += 0.1 if last and lifted else 0.0
            energy = min(energy, 0.45) if number == hushed else energy
            length = part.end - part.start
            passages.append(Passage(part, tick, tick + length, role, number, again, energy, shift))
            tick += length
    fade = None
    if passages[-1].role == "chorus" and random.random() < 0.5:
        fade = max(passages[-1].start, tick - int(random.integers(4, 13)) * _BAR)
    return tuple(passages), fade


def _energies(dynamics: str, random: np.random.Generator) -> dict[str, float]:
    spread = {role: float(random.normal(0.0, 0.06)) for role in _ENERGY}
    if dynamics == FLAT:
        level = float(random.uniform(0.55, 0.95))
        return {role: level + spread[role] / 3.0 for role in _ENERGY}
    energies = {role: value + spread[role] for role, value in _ENERGY.items()}
    if dynamics == OTHER:
        loud = str(random.choice(["interlude", "intro", "bridge", "verse"]))
        energies["chorus"] = float(random.uniform(0.5, 0.8))
        energies[loud] = float(random.uniform(0.95, 1.1))
    return energies


def _tempos(beat: float, end: int, random: np.random.Generator) -> tuple[tuple[int, int], ...]:
    """Return a steady tempo, or, in a third of the songs, one that breathes by up to 2 %."""
    if random.random() < 0.67:
        return ((0, round(beat * 1e6)),)
    depth, phase = float(random.uniform(0.004, 0.02)), float(random.uniform(0.0, 6.3))
    period = float(random.uniform(12, 40)) * _BAR
    return tuple(
        (tick, round(beat * 1e6 * (1.0 + depth * np.sin(2 * np.pi * tick / period + phase))))
        for tick in range(0, end + 1, _BAR)
    )
