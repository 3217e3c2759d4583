"""A voice that sings the tune: vowels, consonants, vibrato, other words in each verse.

MIDI has no voices, songs do, and a voice covers much of a song's spectrum. This one is a source
and a filter (G. Fant, *Acoustic Theory of Speech Production*, 1960): harmonics that fall by 6 to
12 dB per octave, weighted with the resonances of a vowel (formants after G. Peterson and
H. Barney, JASA 24, 1952), put into one period of a wave table per vowel and pitch, which is what
makes it quick; noise of several colours for breath and consonants. It says nothing, yet choruses
say the same each time and verses do not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from highlighter.audio.model import Float32
from highlighter.training.draws import one

_TABLE = 2048
_SCOOP = 0.06
"""Seconds in which the voice slides from one note to the next."""

VOWELS: tuple[tuple[float, float, float], ...] = (
    (750.0, 1250.0, 2550.0),
    (530.0, 1850.0, 2500.0),
    (290.0, 2280.0, 3000.0),
    (520.0, 900.0, 2450.0),
    (330.0, 820.0, 2300.0),
    (500.0, 1400.0, 2450.0),
    (680.0, 1700.0, 2450.0),
    (300.0, 1750.0, 2200.0),
    (620.0, 1150.0, 2400.0),
)
"""First three formants in Hz of an adult man; others are scaled."""

_NOISES: tuple[tuple[float, float, float, float], ...] = (
    (4500.0, 9500.0, 0.09, 0.5),
    (2200.0, 6500.0, 0.09, 0.45),
    (1200.0, 9000.0, 0.07, 0.15),
    (1500.0, 4500.0, 0.025, 0.6),
    (3000.0, 8000.0, 0.02, 0.6),
    (400.0, 1800.0, 0.02, 0.5),
)
"""Consonants: lowest and highest Hz, seconds, strength beside a vowel."""


@dataclass(frozen=True, slots=True)
class SungNote:
    """One note of the tune.

    Attributes
    ----------
    start, end
        Seconds.
    pitch
        MIDI number.
    strength
        0 to about 1.2.
    words
        Which text this belongs to; notes with the same number are sung on the same syllables, in
        order.
    """

    start: float
    end: float
    pitch: float
    strength: float
    words: int


@dataclass(frozen=True, slots=True)
class Singer:
    """How somebody sings.

    Attributes
    ----------
    formants
        Factor on all resonances: 1 for a man, up to 1.2.
    tilt
        Power with which harmonics fall, 0.9 (bright) to 1.8 (dull).
    breath
        Noise beside tone, 0 to 0.1.
    vibrato
        Semitones to each side.
    vibrato_rate
        Hz.
    consonants
        Chance that a syllable begins with one.
    """

    formants: float
    tilt: float
    breath: float
    vibrato: float
    vibrato_rate: float
    consonants: float


def draw_singer(random: np.random.Generator) -> Singer:
    """Draw a singer."""
    return Singer(
        formants=float(random.uniform(0.95, 1.22)),
        tilt=float(random.uniform(0.9, 1.7)),
        breath=float(random.uniform(0.005, 0.06)),
        vibrato=float(random.uniform(0.08, 0.45)),
        vibrato_rate=float(random.uniform(4.8, 6.6)),
        consonants=float(random.uniform(0.5, 0.9)),
    )


@dataclass(frozen=True, slots=True)
class _Syllable:
    vowel: int
    towards: int
    consonant: int


def sing(
    notes: list[SungNote], singer: Singer, duration: float, rate: int, random: np.random.Generator
) -> Float32:
    """Return (duration · rate,) samples of a voice; about full scale at strength 1.

    Parameters
    ----------
    notes
        By start; where two overlap, the first ends early.
    singer
        Who sings.
    duration
        Seconds.
    rate
        Hz.
    random
        Decides words and small irregularities.
    """
    sound = np.zeros(round(duration * rate) + 1, dtype=np.float32)
    tables: dict[tuple[int, int], Float32] = {}
    noises = [_coloured(low, high, rate, random) for low, high, _, _ in _NOISES]
    breath = _coloured(800.0, 7000.0, rate, random)
    texts = {words: int(random.integers(1 << 31)) for words in sorted({n.words for n in notes})}
    drawing: dict[int, np.random.Generator] = {}
    before: SungNote | None = None
    for place, note in enumerate(notes):
        after = notes[place + 1] if place + 1 < len(notes) else None
        if before is None or before.words != note.words:
            drawing[note.words] = np.random.default_rng(texts[note.words])
        close = before is not None and note.start - before.end < 0.08
        syllable = _syllable(singer, close, drawing[note.words])
        end = min(note.end, after.start if after else duration, duration)
        first, last = round(note.start * rate), round(end * rate)
        if last - first < rate // 50 or last >= sound.size:
            before = note
            continue
        came = before.pitch if before is not None and close else note.pitch - 0.6
        tone = _tone(note, came, last - first, singer, syllable, tables, rate, random)
        where = int(random.integers(breath.size))
        noise = np.take(breath, np.arange(where, where + tone.size), mode="wrap")
        envelope = _envelope(tone.size, rate)
        sound[first:last] += note.strength * envelope * (tone + singer.breath * noise)
        if syllable.consonant >= 0:
            _say(sound, first, syllable.consonant, note.strength, noises, rate, random)
        before = note
    return sound


def _syllable(singer: Singer, close: bool, random: np.random.Generator) -> _Syllable:
    """Draw the next syllable; always the same number of draws, or texts would drift apart."""
    vowel, towards, consonant = (int(value) for value in random.integers(0, 1 << 16, 3))
    slurred, glides, silent = random.random(3)
    vowel %= len(VOWELS)
    return _Syllable(
        vowel,
        towards % len(VOWELS) if glides < 0.3 else vowel,
        consonant % len(_NOISES)
        if silent < singer.consonants and not (close and slurred < 0.2)
        else -1,
    )


def _tone(
    note: SungNote,
    came: float,
    count: int,
    singer: Singer,
    syllable: _Syllable,
    tables: dict[tuple[int, int], Float32],
    rate: int,
    random: np.random.Generator,
) -> Float32:
    time = np.arange(count, dtype=np.float32) / np.float32(rate)
    slide = np.exp(-time / np.float32(_SCOOP / 3.0))
    swell = np.clip((time - np.float32(0.18)) / np.float32(0.3), 0.0, 1.0)
    turn = 2.0 * np.pi * singer.vibrato_rate * time + random.uniform(0.0, 6.3)
    pitch = note.pitch + (came - note.pitch) * slide + singer.vibrato * swell * np.sin(turn)
    pitch += float(random.normal(0.0, 0.05))
    hertz = 440.0 * np.exp2((pitch - 69.0) / 12.0)
    phase = np.cumsum(hertz, dtype=np.float64) / rate
    place = ((phase % 1.0) * _TABLE).astype(np.int32) & (_TABLE - 1)
    tone = _table(syllable.vowel, note.pitch, singer, tables, rate)[place]
    if syllable.towards != syllable.vowel:
        other = _table(syllable.towards, note.pitch, singer, tables, rate)[place]
        mix = np.linspace(0.0, 1.0, count, dtype=np.float32)
        tone = tone + (other - tone) * mix * mix
    return np.asarray(tone, dtype=np.float32)


def _table(
    vowel: int, pitch: float, singer: Singer, tables: dict[tuple[int, int], Float32], rate: int
) -> Float32:
    key = vowel, round(pitch)
    if key not in tables:
        base = 440.0 * 2.0 ** ((key[1] - 69.0) / 12.0)
        harmonics = np.arange(1, max(2, int(0.45 * rate / base)))
        spectrum = np.zeros(_TABLE // 2 + 1, dtype=np.complex128)
        level = harmonics**-singer.tilt * _resonance(harmonics * base, vowel, singer.formants)
        spectrum[harmonics] = level * np.exp(1j * 0.7 * harmonics**1.3)
        wave = np.fft.irfft(spectrum)
        tables[key] = (wave / max(np.sqrt(np.mean(wave**2)), 1e-12) * 0.25).astype(np.float32)
    return tables[key]


def _resonance(hertz: NDArray[np.float64], vowel: int, scale: float) -> NDArray[np.float64]:
    """Return the response of a vowel's formants, and a fixed one at 3.2 kHz, in parallel."""
    formants = (*VOWELS[vowel], 3200.0)
    total = np.full(hertz.shape, 0.02)
    for number, (centre, width) in enumerate(
        zip(formants, (90.0, 110.0, 160.0, 220.0), strict=True)
    ):
        off = (hertz - centre * scale) / (width * scale)
        total += (1.0, 0.7, 0.4, 0.3)[number] / np.sqrt(1.0 + off * off)
    return np.asarray(total)


def _envelope(count: int, rate: int) -> Float32:
    rise, fall = min(count // 3, int(0.03 * rate)), min(count // 3, int(0.05 * rate))
    envelope = np.ones(count, dtype=np.float32)
    envelope[:rise] = np.linspace(0.0, 1.0, rise, dtype=np.float32)
    envelope[count - fall :] = np.linspace(1.0, 0.0, fall, dtype=np.float32)
    return envelope


def _say(
    sound: Float32,
    first: int,
    consonant: int,
    strength: float,
    noises: list[Float32],
    rate: int,
    random: np.random.Generator,
) -> None:
    """Add a consonant that ends where the vowel begins."""
    _, _, seconds, level = _NOISES[consonant]
    length = min(int(seconds * rate), first)
    if length < 8:
        return
    where = int(random.integers(noises[consonant].size))
    noise = np.take(noises[consonant], np.arange(where, where + length), mode="wrap")
    shape = np.hanning(2 * length)[:length].astype(np.float32) ** np.float32(0.5)
    sound[first - length : first] += np.float32(0.25 * level * strength) * noise * shape


def _coloured(low: float, high: float, rate: int, random: np.random.Generator) -> Float32:
    """Return a second of noise between two frequencies, of unit power."""
    spectrum = np.fft.rfft(random.standard_normal(rate))
    hertz = np.fft.rfftfreq(rate, 1.0 / rate)
    spectrum[(hertz < low) | (hertz > min(high, 0.48 * rate))] = 0.0
    noise = np.fft.irfft(spectrum)
    return (noise / np.sqrt(np.mean(noise**2))).astype(np.float32)


def harmony(notes: list[SungNote], random: np.random.Generator) -> list[SungNote]:
    """Return a second voice: a third above in the tune's own scale, or an octave or unison."""
    kind = one(("third", "third", "double", "octave"), random)
    scale = {round(note.pitch) % 12 for note in notes}
    late, cents = float(random.uniform(0.01, 0.03)), float(random.uniform(-0.15, 0.15))
    found = []
    for note in notes:
        if kind == "third":
            more = 3.0 if (round(note.pitch) + 3) % 12 in scale else 4.0
        else:
            more = -12.0 if kind == "octave" else 0.0
        found.append(
            SungNote(
                note.start + late,
                note.end + late,
                note.pitch + more + cents,
                note.strength,
                note.words,
            )
        )
    return found
