"""A songbook small enough to read, and instruments that need no synthesiser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from highlighter.audio.model import Float32
from highlighter.training.midi import Note, Song, Track, write_midi
from highlighter.training.sampler import Bank
from highlighter.training.synthesiser import RATE

BEAT, BAR = 480, 1920
VERSE = (60, 62, 64, 62, 60, 59, 60, 62)
CHORUS = (69, 71, 72, 71, 69, 72, 74, 72)
FORM = "i2A4B4A4B4b2B4o2"
LEAD_IN = BAR
"""The MIDI file begins a bar before the labels do."""


def phrases(label: str) -> list[tuple[str, int]]:
    """Return (letter, bars) of a label with one-digit lengths."""
    return [(label[k], int(label[k + 1])) for k in range(0, len(label), 2)]


def _write_song(folder: Path, name: str = "001", second: str = FORM) -> Path:
    """Write one POP909 song: verse low and thin, chorus high and full; return the data set."""
    place = folder / name
    place.mkdir(parents=True)
    melody, rows, piano, chords = [], [], [], []
    bar, rest = 0, 0
    for letter, count in phrases(FORM):
        for number in range(count):
            start = LEAD_IN + (bar + number) * BAR
            tune = {"A": VERSE, "B": CHORUS}.get(letter)
            for k in range(8):
                if tune is not None and not (k == 7 and number == count - 1):
                    pitch = tune[(k + 2 * number) % 8]
                    melody.append(Note(start + k * 240, start + k * 240 + 230, pitch, 100))
                    if rest:
                        rows.append((0, rest))
                        rest = 0
                    rows.append((pitch, 2))
                else:
                    rest += 2
            for k in range(8 if letter == "B" else 2):
                step = BAR // (8 if letter == "B" else 2)
                for pitch in (48, 55, 60):
                    piano.append(Note(start + k * step, start + (k + 1) * step - 5, pitch, 80))
            root = ("C:maj [0, 4, 7] 0 4", "A:min [9, 0, 4] 9 4")[number % 2]
            chords.append(root)
        bar += count
    tracks = (
        Track("MELODY", tuple(melody)),
        Track("BRIDGE", ()),
        Track("PIANO", tuple(sorted(piano))),
    )
    song = Song(BEAT, ((0, 500_000),), tracks)
    (place / f"{name}.mid").write_bytes(write_midi(song))
    (place / "melody.txt").write_text("".join(f"{pitch} {length}\n" for pitch, length in rows))
    (place / "finalized_chord.txt").write_text("\n".join(chords) + "\n")
    (place / "human_label1.txt").write_text(FORM)
    (place / "human_label2.txt").write_text(second)
    return folder


@pytest.fixture
def pop909(tmp_path: Path) -> Path:
    """Return a data set of one song whose annotators agree."""
    return _write_song(tmp_path / "pop909")


@pytest.fixture
def write_song() -> Callable[..., Path]:
    """Return a function (folder, name, second) that writes one song and returns the data set."""
    return _write_song


class Sines(Bank):
    """Instruments of pure tones, drums of noise."""

    def __init__(self) -> None:
        super().__init__(Path("unused"))

    def sample(self, program: int, drums: bool, pitch: int) -> Float32:
        time = np.arange(int(2.2 * RATE)) / RATE
        if drums:
            noise = np.random.default_rng(pitch).standard_normal(time.size)
            return (0.1 * noise * np.exp(-time * 20.0)).astype(np.float32)
        hertz = 440.0 * 2.0 ** ((pitch - 69) / 12.0)
        return (0.1 * np.sin(2 * np.pi * hertz * time)).astype(np.float32)


@pytest.fixture
def sines() -> Bank:
    """Return instruments of pure tones."""
    return Sines()
