"""Scales, chords in Roman numerals, and voice leading."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

SCALES: dict[str, tuple[int, ...]] = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "harmonic minor": (0, 2, 3, 5, 7, 8, 11),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "lydian": (0, 2, 4, 6, 7, 9, 11),
    "major pentatonic": (0, 2, 4, 7, 9),
    "minor pentatonic": (0, 3, 5, 7, 10),
    "blues": (0, 3, 5, 6, 7, 10),
}
"""Semitones above the tonic."""

_NUMERALS = {"i": 0, "ii": 1, "iii": 2, "iv": 3, "v": 4, "vi": 5, "vii": 6}
_SYMBOL = re.compile(r"([b#]?)(VII|III|VI|IV|II|V|I|vii|iii|vi|iv|ii|v|i)(.*)")
_QUALITIES: dict[str, tuple[int, ...]] = {
    "maj7": (0, 4, 7, 11), "maj9": (0, 4, 7, 11, 14), "add9": (0, 4, 7, 14), "m7": (0, 3, 7, 10),
    "sus4": (0, 5, 7), "sus2": (0, 2, 7), "5": (0, 7), "ø7": (0, 3, 6, 10), "°": (0, 3, 6),
    "°7": (0, 3, 6, 9), "7b9": (0, 4, 7, 10, 13), "13": (0, 4, 10, 14, 21), "+": (0, 4, 8),
    "7sus4": (0, 5, 7, 10), "7#9": (0, 4, 7, 10, 15),
}  # fmt: skip
_MAJOR = {"": (0, 4, 7), "7": (0, 4, 7, 10), "9": (0, 4, 7, 10, 14), "6": (0, 4, 7, 9)}
_MINOR = {
    "": (0, 3, 7), "7": (0, 3, 7, 10), "9": (0, 3, 7, 10, 14), "6": (0, 3, 7, 9),
    "add9": (0, 3, 7, 14), "11": (0, 3, 7, 10, 14, 17),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Chord:
    """A chord relative to the tonic.

    Parameters
    ----------
    root
        Semitones above the tonic, 0 to 11.
    tones
        Semitones above the root, ascending, starting with 0.
    """

    root: int
    tones: tuple[int, ...]

    def classes(self, tonic: int) -> tuple[int, ...]:
        """Return its pitch classes in a key, root first."""
        return tuple((tonic + self.root + tone) % 12 for tone in self.tones)

    @property
    def minor(self) -> bool:
        """Whether its third is minor."""
        return 3 in self.tones

    @property
    def fifth(self) -> int:
        """Semitones from root to fifth: 7, or 6 or 8 where it is altered."""
        return next((tone for tone in (7, 6, 8) if tone in self.tones), 7)

    @property
    def third(self) -> int:
        """Semitones from root to third, or to what stands in its place."""
        return next((tone for tone in (4, 3, 5, 2) if tone in self.tones), 7)


@lru_cache(maxsize=512)
def chord(symbol: str, minor_key: bool) -> Chord:
    """Read a Roman numeral such as ``ii7``, ``bVII``, ``Imaj9`` or ``vø7``.

    Upper case is major, lower case minor. Degrees are those of the major or natural minor scale.

    Raises
    ------
    ValueError
        If the symbol is not known; symbols are written in this package only.
    """
    found = _SYMBOL.fullmatch(symbol)
    if found is None:
        raise ValueError(f"not a chord: {symbol}")
    accidental, numeral, suffix = found.groups()
    scale = SCALES["minor" if minor_key else "major"]
    root = scale[_NUMERALS[numeral.lower()]] + {"b": -1, "#": 1, "": 0}[accidental]
    own = _MAJOR if numeral.isupper() else _MINOR
    tones = own.get(suffix) or _QUALITIES.get(suffix)
    if tones is None:
        raise ValueError(f"not a chord quality: {symbol}")
    return Chord(root % 12, tones)


def progression(text: str, minor_key: bool) -> tuple[tuple[Chord, ...], ...]:
    """Read a progression: one word is one bar, and ``/`` divides a bar evenly."""
    return tuple(
        tuple(chord(symbol, minor_key) for symbol in word.split("/")) for word in text.split()
    )


def voice_lead(
    harmony: Chord, tonic: int, previous: Sequence[int], low: int, high: int, size: int
) -> tuple[int, ...]:
    """Return the close voicing that moves least from `previous`.

    Parameters
    ----------
    previous
        MIDI pitches sounded before; empty at the start.
    low, high
        Compass in MIDI pitches; at least an octave.
    size
        Number of voices. A chord of more tones leaves out its fifth, then its root.
    """
    classes = list(harmony.classes(tonic))
    if len(classes) > size:
        fifth = (tonic + harmony.root + harmony.fifth) % 12
        classes = [one for one in classes if one != fifth] or classes
    if len(classes) > size:
        classes = classes[1:]
    classes = classes[:size] if len(classes) > size else classes
    centre = (low + high) / 2
    best: tuple[float, tuple[int, ...]] | None = None
    for bottom in range(low, high + 1):
        if bottom % 12 not in classes:
            continue
        voicing = [bottom]
        while len(voicing) < size:
            voicing.append(next(p for p in range(voicing[-1] + 1, 140) if p % 12 in classes))
        if len({pitch % 12 for pitch in voicing}) < min(size, len(classes)):
            continue
        overshoot = max(0, voicing[-1] - high)
        cost = 0.25 * abs(sum(voicing) / size - centre) + 2.0 * overshoot
        if previous:
            cost += sum(min(abs(pitch - other) for other in previous) for pitch in voicing) / size
        if best is None or cost < best[0]:
            best = (cost, tuple(voicing))
    if best is None:  # the compass is narrower than an octave
        return tuple(low + (one - low) % 12 for one in classes)
    return best[1]


def nearest(classes: Sequence[int], pitch: float) -> int:
    """Return the MIDI pitch nearest to `pitch` whose class is one of `classes`."""
    middle = round(pitch)
    return min(
        (p for p in range(middle - 12, middle + 13) if p % 12 in classes),
        key=lambda p: (abs(p - pitch), p),
    )
