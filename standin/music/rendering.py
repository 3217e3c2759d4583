"""From a track's id to its sound."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from standin.music.arrangement import Arrangement, Part
from standin.music.arrangements import ARRANGEMENTS
from standin.music.composing.composer import compose
from standin.music.dice import Dice
from standin.music.form import Plan
from standin.music.library import plan_of
from standin.music.mastering import master
from standin.music.mixing import Desk, halved
from standin.music.score import Hit, Note
from standin.music.synthesis.instruments import VOICES, Voice, forget
from standin.music.synthesis.kits import KITS
from standin.music.synthesis.oscillators import RATE, Samples, seconds

_REFERENCE = 0.1
_DRUMS = 0.55
_TONES = 8
_VARIANTS = 2
_QUIETER, _LOUDER = 1.6, 0.5
"""LU by which a track's loudness may differ from its genre's: no two masters are alike."""
_ROOM = 2.5
"""dB by which every arrangement's reverb is raised."""
_TRIM = {"bass": -4.5, "pad": 1.5, "chords": 1.5, "arp": 1.0, "counter": 0.5}
"""dB by role: a note's power says more than its loudness in the low octaves."""
_KEYBOARD = 0.45
"""How far the outer notes of chords and arpeggios stand to the sides."""


@dataclass(frozen=True, slots=True, eq=False)
class Rendered:
    """A track's sound.

    Parameters
    ----------
    samples
        float32 of shape (n, 2), within [-1, 1].
    sample_rate
        44100.
    """

    samples: Samples
    sample_rate: int = RATE


def render(track_id: str) -> Rendered:
    """Compose, play and master a track.

    Raises
    ------
    TrackUnknown
        If the library has no such id.
    """
    plan = plan_of(track_id)
    band = ARRANGEMENTS[plan.genre]
    kit = KITS.get(band.kit, {})
    score = compose(plan, band, frozenset(kit))
    length = round(plan.duration * RATE)
    desk = Desk(length)
    for part in band.parts:
        _Player(plan, band, part, desk).play(score.parts[part.name])
    forget()
    kicks = _play_drums(plan, band, score.hits, desk)
    mix = desk.mix_down(kicks, band.duck, band.room, band.room_level + _ROOM)
    del desk
    _fade_out(mix, length, plan)
    loudness = band.loudness + Dice(plan.seed, "master").between(-_QUIETER, _LOUDER)
    mix = master(mix[:, :length], loudness, band.squeeze)
    return Rendered(np.ascontiguousarray(mix.T))


def chosen_voice(plan: Plan, part: Part) -> str:
    """Return which of a part's instruments plays in a track."""
    return Dice(plan.seed, "voice", part.name).pick(part.voices)


def swung(beat: float, band: Arrangement) -> float:
    """Return where a position in beats is really played.

    Written halves of the swing unit come late; triplets are already where they should be.
    """
    if band.swing == 0.5:
        return beat
    unit = band.swing_unit
    whole = beat // unit * unit
    place = (beat - whole) / unit
    if abs(place * 3 - round(place * 3)) < 1e-3:
        return beat
    if place < 0.5:
        return whole + unit * place * band.swing / 0.5
    return whole + unit * (band.swing + (place - 0.5) * (1 - band.swing) / 0.5)


class _Player:
    """One part's instrument at the desk; every distinct note is synthesised once."""

    def __init__(self, plan: Plan, band: Arrangement, part: Part, desk: Desk) -> None:
        self._plan, self._band, self._part, self._desk = plan, band, part, desk
        self._voice: Voice = VOICES[chosen_voice(plan, part)]
        self._seed = Dice(plan.seed, "tone of", part.name).below(1000)
        self._spread = part.size if part.role in ("chords", "pad") else 1
        level = part.level + _TRIM.get(part.role, 0.0)
        self._gain = 10 ** (level / 20) / self._spread**0.5
        self._notes: dict[tuple[int, int, int, int, bool], tuple[Samples, Samples]] = {}

    def play(self, notes: list[Note]) -> None:
        """Lay all notes of the part onto tape."""
        pulse = 60.0 / self._plan.tempo
        part = self._part
        for number, note in enumerate(notes):
            start = self._plan.time_of(swung(note.beat, self._band)) + note.delay
            gate = max(0.045, round(note.length * pulse * 50) / 50)
            tone = self._tone(note)
            gain = self._gain * note.velocity**1.25
            if part.double:
                for side in (0, 1):
                    wave, half = self._sound(note, gate, tone, side)
                    late = (0.004, 0.013)[side] + 0.004 * ((number * 7 + side * 3) % 5) / 5
                    pan = (-0.75, 0.75)[side]
                    self._lay(wave, half, start + late, gain * 0.75, pan)
                continue
            wave, half = self._sound(note, gate, tone, 0)
            self._lay(wave, half, start, gain, self._pan(note))
            if part.echo:
                beats, level, count = part.echo
                for turn in range(1, count + 1):
                    pan = 0.55 if turn % 2 else -0.55
                    self._lay(wave, half, start + turn * beats * pulse, gain * level**turn, pan)

    def _lay(self, wave: Samples, half: Samples, start: float, gain: float, pan: float) -> None:
        self._desk.lay(wave, half, round(start * RATE), gain, pan, self._part.send, self._part.pump)

    def _pan(self, note: Note) -> float:
        part = self._part
        pan = 1.25 * part.pan
        if part.role in ("chords", "arp"):
            middle, reach = (part.low + part.high) / 2, max(part.high - part.low, 6) / 2
            pan += _KEYBOARD * (note.pitch - middle) / reach
        return min(max(pan, -0.9), 0.9)

    def _tone(self, note: Note) -> int:
        tone = 0.1 + 0.75 * note.velocity
        if self._part.sweep:
            bars = note.beat / self._plan.metre.beats
            tone += 0.3 * float(np.sin(2 * np.pi * bars / self._part.sweep - 1.5))
        return min(max(round(tone * _TONES), 1), _TONES)

    def _sound(self, note: Note, gate: float, tone: int, side: int) -> tuple[Samples, Samples]:
        key = (note.pitch, round(gate * 1000), tone, side, note.muted)
        found = self._notes.get(key)
        if found is None:
            hz = 440.0 * 2 ** ((note.pitch - 69 + 0.03 * side) / 12)
            samples = seconds(min(gate, 0.06) if note.muted else gate)
            seed = self._seed + note.pitch + 101 * side
            wave = self._voice(hz, samples, tone / _TONES, seed)
            wave = _levelled(wave)
            found = self._notes[key] = (wave, halved(wave))
        return found


def _levelled(wave: Samples) -> Samples:
    """Scale a note so that its loudest moment has the reference level, whatever its instrument."""
    flat = wave if wave.ndim == 1 else wave.reshape(2, -1)[0]
    block = 2048
    blocks = flat.size // block
    if blocks:
        framed = flat[: blocks * block].reshape(blocks, block)
        loudest = float(np.einsum("ij,ij->i", framed, framed).max()) / block
    else:
        loudest = float(np.dot(flat, flat)) / block
    wave *= np.float32(_REFERENCE / max(loudest, 1e-9) ** 0.5)
    return wave


def _play_drums(plan: Plan, band: Arrangement, hits: list[Hit], desk: Desk) -> list[int]:
    """Lay the drums onto tape and return where the kicks are."""
    kit = KITS.get(band.kit, {})
    gain = _DRUMS * 10 ** (band.drum_level / 20)
    sounds: dict[tuple[str, int, int], tuple[Samples, Samples]] = {}
    kicks = []
    for number, hit in enumerate(hits):
        piece = kit[hit.piece]
        grade = 0 if hit.velocity < 0.55 else 1 if hit.velocity < 0.85 else 2
        key = (hit.piece, grade, number % _VARIANTS)
        if key not in sounds:
            wave = piece.stroke((0.4, 0.7, 1.0)[grade], number % _VARIANTS)
            sounds[key] = (wave, halved(wave))
        wave, half = sounds[key]
        start = round((plan.time_of(swung(hit.beat, band)) + hit.delay) * RATE)
        if hit.piece == "kick":
            kicks.append(start)
        strength = gain * piece.level * hit.velocity**1.3
        desk.lay(wave, half, start, strength, piece.pan, piece.send)
    return kicks


def _fade_out(mix: Samples, length: int, plan: Plan) -> None:
    """Let the tail end in silence, not in a cut."""
    fade = seconds(min(plan.tail * 0.6, 2.0))
    mix[:, length - fade : length] *= np.linspace(1, 0, fade, dtype=np.float32) ** 1.5
