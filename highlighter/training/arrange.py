"""A plan becomes a band: drums, bass, chords, pads and the tune, as tracks of a MIDI file.

POP909 has the tune, a second voice and a piano. What a pop production adds, and how it thickens
from verse to chorus, is written here; who plays from which energy on is drawn for each song.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from highlighter.training.draws import one, sometimes
from highlighter.training.drums import bars, drum_track
from highlighter.training.loops import looped_chords, spoken
from highlighter.training.midi import Note, Song, Track
from highlighter.training.plan import Passage, Plan
from highlighter.training.pop909 import BEAT, Chord
from highlighter.training.styles import BASS, COMPING, Style

_STEP = BEAT // 4
_NEVER = 9.0
_LOUD = 0.74
_LEADS = (73, 65, 66, 56, 71, 68, 40, 80, 81, 85, 53, 54, 11, 22, 26, 27, 30, 75, 72)
_SECONDS = (25, 26, 40, 48, 11, 71, 73, 81, 27, 46, 88)
_PIANOS = (0, 0, 0, 1, 4, 5, 2, 24, 25)
_STRINGS = (48, 49, 50, 44, 61, 62, 52)
_SOLOS = (29, 30, 27, 26, 65, 66, 81, 40, 73, 22, 4, 11)
_DOUBLES = (80, 81, 48, 62, 11, 73)
_POWER_LOWEST, _BASS_LOWEST, _COMP_LOWEST, _PAD_LOWEST, _STRINGS_LOWEST = 40, 28, 52, 48, 64

Line = list[tuple[Note, Passage]]


@dataclass(frozen=True, slots=True)
class Arrangement:
    """What is played.

    Attributes
    ----------
    band
        All instruments; the tune is among them where no voice sings it, and in a quarter of the
        songs where one does.
    tune
        Notes to be sung, in ticks, already transposed, each with the passage it is in.
    """

    band: Song
    tune: tuple[tuple[Note, Passage], ...]


@dataclass(frozen=True, slots=True)
class _Seat:
    """One player: on what channel and program, from which energy on, how loud."""

    channel: int
    program: int
    enters: float
    level: float


def arrange(plan: Plan, random: np.random.Generator) -> Arrangement:
    """Write out the band of a plan."""
    seats = _seats(plan.style, random)
    depth = float(random.uniform(0.25, 0.75))
    loose = float(random.uniform(0.0, 9.0))
    tune = _tune(plan, random)
    in_band = not plan.sung or random.random() < 0.25
    doubled = [
        (replace(note, pitch=_within(note.pitch + 12, 60, 96)), passage)
        for note, passage in _sung_only(plan, tune)
    ]
    parts = {
        "piano": _struck(
            [] if plan.loop else _carried(plan, plan.song.piano), seats["piano"], depth
        ),
        "second": _struck(
            [] if plan.loop else _carried(plan, plan.song.bridge), seats["second"], depth
        ),
        "lead": _struck(_sung_only(plan, tune), seats["lead"], depth * 0.6) if in_band else [],
        "double": _struck(doubled, seats["double"], depth),
        "solo": _solo(plan, depth, random) if seats["solo"].enters < _NEVER else [],
        **_accompaniment(plan, seats, depth, random),
    }
    tracks = [
        Track(
            name,
            tuple(sorted(_loosened(notes, loose, random))),
            seats[name].channel,
            seats[name].program,
            ((0, 7, round(seats[name].level)), *_fading(plan, seats[name].level)),
        )
        for name, notes in parts.items()
        if notes
    ]
    if random.random() < plan.style.drums:
        drums = drum_track(plan, depth, random)
        tracks.append(replace(drums, controls=((0, 7, 100), *_fading(plan, 100.0))))
    return Arrangement(Song(BEAT, plan.tempos, tuple(tracks)), tuple(tune))


def _seats(style: Style, random: np.random.Generator) -> dict[str, _Seat]:
    def seat(
        channel: int, programs: Sequence[int], enters: float, low: float, high: float
    ) -> _Seat:
        return _Seat(channel, one(programs, random), enters, float(random.uniform(low, high)))

    def entry(chance: float, low: float, high: float, otherwise: float = _NEVER) -> float:
        return sometimes(chance, low, high, otherwise, random)

    return {
        "piano": seat(0, _PIANOS, entry(0.12, 0.5, 0.7, 0.0), 60, 105),
        "lead": seat(1, _LEADS, 0.0, 90, 124),
        "second": seat(2, _SECONDS, entry(0.3, 0.5, 0.8, 0.0), 50, 95),
        "bass": seat(3, style.basses, entry(1.0, 0.3, 0.58), 85, 120),
        "comp": seat(4, style.comps, entry(0.85, 0.3, 0.8), 45, 90),
        "pad": seat(5, style.pads, entry(0.75, 0.35, 0.85), 40, 80),
        "strings": seat(6, _STRINGS, entry(0.5, 0.65, 0.9), 45, 85),
        "power": seat(7, (29, 30, 30), entry(style.power, 0.7, 0.85), 45, 85),
        "double": seat(8, _DOUBLES, entry(0.3, 0.75, 0.95), 35, 70),
        "solo": seat(10, _SOLOS, entry(0.4, 0.0, 0.0), 85, 120),
    }


def _tune(plan: Plan, random: np.random.Generator) -> Line:
    """Return the tune; where verses are spoken, speech in its place."""
    tune = _sung_only(plan, _carried(plan, plan.song.melody))
    if plan.spoken:
        for passage in plan.passages:
            if passage.role in ("verse", "lead"):
                tune += [(note, passage) for note in spoken(plan, passage, random)]
    return sorted(tune, key=lambda part: part[0])


def _sung_only(plan: Plan, tune: Line) -> Line:
    """Return the tune without spoken verses."""
    return [(n, p) for n, p in tune if not (plan.spoken and p.role in ("verse", "lead"))]


def _carried(plan: Plan, notes: tuple[Note, ...]) -> Line:
    """Return a voice of the song where its sections stand in the version, transposed."""
    starts = np.array([note.start for note in notes], dtype=np.int64)
    line: Line = []
    for passage in plan.passages:
        source, by = passage.source, passage.start - passage.source.start
        first, last = np.searchsorted(starts, [source.start, source.end])
        shift = plan.transpose + passage.shift
        for note in notes[int(first) : int(last)]:
            pitch = min(max(note.pitch + shift, 21), 108)
            end = min(note.end + by, plan.end)
            if end > note.start + by:
                line.append((Note(note.start + by, end, pitch, note.velocity), passage))
    return line


def _struck(line: Line, seat: _Seat, depth: float) -> list[Note]:
    """Return the notes of the sections a player plays in, as hard as each section asks."""
    return [
        replace(note, velocity=_velocity(0.5 * (note.velocity + 90) * force(passage, depth)))
        for note, passage in line
        if passage.energy >= seat.enters
    ]


def force(passage: Passage, depth: float) -> float:
    """Return by what factor a section's notes are struck; `depth` 0 knows no difference."""
    return 1.0 + depth * (min(passage.energy, 1.1) - 0.9)


def _velocity(value: float) -> int:
    return min(max(round(value), 8), 127)


def _loosened(notes: list[Note], ticks: float, random: np.random.Generator) -> list[Note]:
    """Move each start and strength a little, as hands do."""
    if not notes:
        return []
    late = np.rint(random.normal(0.0, ticks / 2.0, len(notes))).astype(int)
    harder = np.rint(random.normal(0.0, 4.0, len(notes))).astype(int)
    moved = []
    for note, by, more in zip(notes, late.tolist(), harder.tolist(), strict=True):
        start = max(0, note.start + by)
        velocity = _velocity(note.velocity + more)
        moved.append(Note(start, max(start + 10, note.end), note.pitch, velocity))
    return moved


def _fading(plan: Plan, level: float) -> list[tuple[int, int, int]]:
    """Return volume controls from the fade's start to the end."""
    if plan.fade is None:
        return []
    steps = np.linspace(0.0, 1.0, 40)[1:]
    return [
        (round(plan.fade + (plan.end - plan.fade) * step), 7, round(level * (1.0 - step)))
        for step in steps
    ]


def _solo(plan: Plan, depth: float, random: np.random.Generator) -> list[Note]:
    """Improvise through the interludes: a walk along the tune's scale, held now and then."""
    scale = sorted({(note.pitch + plan.transpose) % 12 for note in plan.song.melody})
    ladder = [pitch for pitch in range(57, 89) if pitch % 12 in scale]
    strides = (_STEP, 2 * _STEP, 2 * _STEP, 2 * _STEP, 4 * _STEP, 6 * _STEP)
    notes: list[Note] = []
    place = len(ladder) // 2
    for passage in plan.passages:
        if passage.role != "interlude":
            continue
        tick, velocity = passage.start, 100.0 * force(passage, depth)
        while tick < passage.end:
            length = min(one(strides, random), passage.end - tick)
            place = int(np.clip(place + random.integers(-3, 4), 0, len(ladder) - 1))
            if random.random() > 0.12 and length > 20:
                notes.append(Note(tick, tick + length - 10, ladder[place], _velocity(velocity)))
            tick += max(length, 20)
    return notes


def _accompaniment(
    plan: Plan, seats: dict[str, _Seat], depth: float, random: np.random.Generator
) -> dict[str, list[Note]]:
    style = plan.style
    bass = (one(style.quiet_bass, random), one(style.bass, random))
    comp = (one(style.comping, random), one(style.comping, random))
    parts: dict[str, list[Note]] = {"bass": [], "comp": [], "pad": [], "strings": [], "power": []}
    for passage in plan.passages:
        chords = _chords(plan, passage)
        loud = passage.energy >= _LOUD
        velocity = 92.0 * force(passage, depth)
        if passage.energy >= seats["bass"].enters:
            parts["bass"] += _bass(passage, chords, BASS[bass[loud]], velocity)
        if passage.energy >= seats["comp"].enters:
            parts["comp"] += _comped(passage, chords, COMPING[comp[loud]], velocity * 0.9)
        if passage.energy >= seats["pad"].enters:
            parts["pad"] += _held(chords, _PAD_LOWEST, velocity * 0.85)
        if passage.energy >= seats["strings"].enters:
            parts["strings"] += _held(chords, _STRINGS_LOWEST, velocity * 0.9)
        if passage.energy >= seats["power"].enters:
            parts["power"] += _powered(passage, chords, velocity)
    return parts


def _chords(plan: Plan, passage: Passage) -> list[Chord]:
    """Return a section's chords where they stand in the version, transposed."""
    if plan.loop:
        return looped_chords(plan, passage)
    source, by = passage.source, passage.start - passage.source.start
    shift = plan.transpose + passage.shift
    return [
        Chord(
            max(chord.start, source.start) + by,
            min(chord.end, source.end) + by,
            tuple((pitch + shift) % 12 for pitch in chord.pitches),
            (chord.bass + shift) % 12,
        )
        for chord in plan.song.chords
        if chord.pitches and chord.start < source.end and chord.end > source.start
    ]


def _chord_at(chords: list[Chord], tick: int) -> Chord | None:
    return next((chord for chord in chords if chord.start <= tick < chord.end), None)


def _within(pitch: int, lowest: int, highest: int) -> int:
    while pitch > highest:
        pitch -= 12
    while pitch < lowest:
        pitch += 12
    return pitch


def _bass(passage: Passage, chords: list[Chord], pattern: str, velocity: float) -> list[Note]:
    notes = []
    for tick, length, sign in _steps(passage, pattern):
        chord = _chord_at(chords, tick)
        if chord is None:
            continue
        root = _BASS_LOWEST + (chord.bass - _BASS_LOWEST) % 12
        pitch = root + {"R": 0, "5": 7, "O": 12}[sign]
        end = min(tick + length, max(chord.end, tick + _STEP))
        notes.append(Note(tick, end, pitch, _velocity(velocity)))
        if chord.end < tick + length and sign == "R":  # the next chord is not slept through
            after = _chord_at(chords, chord.end)
            if after is not None:
                low = _BASS_LOWEST + (after.bass - _BASS_LOWEST) % 12
                notes.append(Note(chord.end, tick + length, low, _velocity(velocity)))
    return notes


def _steps(passage: Passage, pattern: str) -> list[tuple[int, int, str]]:
    """Return (tick, ticks until the next stroke, sign) of a pattern played through a section."""
    strokes = [
        (bar + place * _STEP, sign)
        for bar in bars(passage)
        for place, sign in enumerate(pattern)
        if sign != "." and passage.start <= bar + place * _STEP < passage.end
    ]
    ends = [tick for tick, _ in strokes[1:]] + [passage.end]
    return [
        (tick, max(_STEP // 2, end - tick - 12), sign)
        for (tick, sign), end in zip(strokes, ends, strict=False)
    ]


def _voicing(chord: Chord, lowest: int) -> list[int]:
    return sorted(lowest + (pitch - lowest) % 12 for pitch in chord.pitches)


def _comped(passage: Passage, chords: list[Chord], pattern: str, velocity: float) -> list[Note]:
    notes = []
    for tick, length, sign in _steps(passage, pattern):
        chord = _chord_at(chords, tick)
        if chord is None:
            continue
        voicing = _voicing(chord, _COMP_LOWEST)
        ladder = [*voicing, voicing[0] + 12]
        pitches = ladder if sign == "C" else [ladder[int(sign) % len(ladder)]]
        accent = 1.0 if (tick - passage.start) % BEAT == 0 else 0.85
        for place, pitch in enumerate(pitches):
            start = tick + 4 * place  # a hand across the strings
            notes.append(Note(start, start + length, pitch, _velocity(velocity * accent)))
    return notes


def _held(chords: list[Chord], lowest: int, velocity: float) -> list[Note]:
    return [
        Note(chord.start, chord.end - 8, pitch, _velocity(velocity))
        for chord in chords
        if chord.end - chord.start > 16
        for pitch in _voicing(chord, lowest)
    ]


def _powered(passage: Passage, chords: list[Chord], velocity: float) -> list[Note]:
    notes = []
    pattern = COMPING["eights" if passage.energy >= _LOUD else "quarters"]
    for tick, length, _ in _steps(passage, pattern):
        chord = _chord_at(chords, tick)
        if chord is not None:
            root = _POWER_LOWEST + (chord.bass - _POWER_LOWEST) % 12
            notes += [
                Note(tick, tick + length, root + more, _velocity(velocity)) for more in (0, 7, 12)
            ]
    return notes
