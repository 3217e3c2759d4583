"""POP909 as a songbook: melody, accompaniment, chords and two people's phrases on one grid.

POP909 (Z. Wang et al., *POP909: A pop-song dataset for music arrangement generation*, ISMIR 2020)
has the notes; the phrase labels (S. Dai, H. Zhang, R. B. Dannenberg, *Automatic analysis and
influence of hierarchical structure on melody, rhythm and harmony in popular music*, CSMC 2020)
count bars of four beats from their own first bar, which is not the first of the MIDI file. The
melody is in both, note for note, so it tells where each bar lies.

A label is a letter and a number of bars. Capitals are phrases that are sung; equal capitals are
repetitions; `X` is sung once. `i` is the intro, `o` the outro, `b` and `x` are bridges and other
passages without the tune.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from highlighter.training.midi import Note, Song, read_midi
from highlighter.training.song_errors import DatasetMissingError, SongUnreadableError

BEAT = 480
"""Ticks per beat here, whatever the file says."""

_SIXTEENTH = BEAT // 4
_BAR = 4 * BEAT
_RUN = 4
"""Notes in a row that must agree before they count as the same passage."""

_PHRASE = re.compile(r"([A-Za-z])(\d+)")
_CHORD = re.compile(r"^(\S+) \[([\d, ]*)\] (-?\d+) (\d+)$")


@dataclass(frozen=True, slots=True)
class Phrase:
    """A labelled passage.

    Attributes
    ----------
    letter
        As labelled.
    start, end
        Ticks.
    """

    letter: str
    start: int
    end: int

    @property
    def sung(self) -> bool:
        """Whether the label says that the tune is in it."""
        return self.letter.isupper()


@dataclass(frozen=True, slots=True)
class Chord:
    """A chord of the accompaniment.

    Attributes
    ----------
    start, end
        Ticks.
    pitches
        Pitch classes, 0 = C; empty where there is none.
    bass
        Pitch class of the lowest note, −1 where there is none.
    """

    start: int
    end: int
    pitches: tuple[int, ...]
    bass: int


@dataclass(frozen=True, slots=True)
class Songbook:
    """One song of the data set, in ticks of 1 / 480 beat.

    Attributes
    ----------
    name
        Three digits.
    beat
        Seconds a beat lasts in the recording that was transcribed.
    melody, bridge, piano
        Notes by start.
    chords, labellings
        By start; a labelling per annotator.
    bars
        Ticks of the labels' downbeats, the last one's end included.
    """

    name: str
    beat: float
    melody: tuple[Note, ...]
    bridge: tuple[Note, ...]
    piano: tuple[Note, ...]
    chords: tuple[Chord, ...]
    labellings: tuple[tuple[Phrase, ...], ...]
    bars: tuple[int, ...]

    @property
    def end(self) -> int:
        """Tick of the last note's end."""
        voices = (self.melody, self.bridge, self.piano)
        return max(note.end for voice in voices for note in voice)


def song_names(folder: Path) -> list[str]:
    """Return the songs in a folder of POP909 with phrase labels, by name.

    Raises
    ------
    DatasetMissingError
        There is none.
    """
    names = sorted(
        part.name
        for part in (folder.iterdir() if folder.is_dir() else ())
        if (part / f"{part.name}.mid").is_file() and (part / "human_label1.txt").is_file()
    )
    if not names:
        raise DatasetMissingError(
            "There are no POP909 songs in this folder",
            which=str(folder),
            why="no subfolder NNN holds NNN.mid and human_label1.txt",
            next_step="name the folder that holds 001, 002, … of the copy with phrase labels",
        )
    return names


def read_songbook(folder: Path, name: str) -> Songbook:
    """Read one song.

    Raises
    ------
    SongUnreadableError
        A file is absent or not as described, or the melody of the labels is not the MIDI file's.
    """
    place = folder / name
    song = read_midi(place / f"{name}.mid")
    voices = {part: _voice(song, part) for part in ("MELODY", "BRIDGE", "PIANO")}
    if not voices["MELODY"] or not voices["PIANO"]:
        raise _unreadable(place, "its tracks MELODY and PIANO are not both there")
    try:
        grid = _grid(voices["MELODY"], _labelled_melody(place))
        labels = [_phrase_list(place / f"human_label{n}.txt") for n in (1, 2)]
        chords = _chord_list(place / "finalized_chord.txt")
    except (OSError, ValueError) as error:
        raise _unreadable(place, str(error)) from error
    bars = max(sum(count for _, count in label) for label in labels)
    spans = np.diff([tick for tick, _ in song.tempos] + [max(song.tempos[-1][0] + 1, 10**6)])
    tempo = _weighted_median([value for _, value in song.tempos], spans)
    return Songbook(
        name=name,
        beat=tempo / 1e6,
        melody=voices["MELODY"],
        bridge=voices["BRIDGE"],
        piano=voices["PIANO"],
        chords=tuple(
            Chord(grid.tick(first), grid.tick(last), pitches, bass)
            for first, last, pitches, bass in chords
        ),
        labellings=tuple(_on_grid(label, grid) for label in labels),
        bars=tuple(grid.tick(bar * 16) for bar in range(bars + 1)),
    )


def _voice(song: Song, name: str) -> tuple[Note, ...]:
    track = song.track(name)
    notes = []
    for note in track.notes if track else ():
        first, last = (tick * BEAT // song.division for tick in (note.start, note.end))
        notes.append(Note(first, max(last, first + 1), note.pitch, note.velocity))
    return tuple(notes)


def _unreadable(place: Path, why: str) -> SongUnreadableError:
    return SongUnreadableError(
        "This POP909 song cannot be used",
        which=str(place),
        why=why,
        next_step="unpack the data set again; other songs can be rendered without it",
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Grid:
    """Where the labels' sixteenths lie in the MIDI file."""

    sixteenths: NDArray[np.float64]
    ticks: NDArray[np.float64]

    def tick(self, sixteenth: float) -> int:
        """Return the tick; outside the melody the beat goes on as at its ends."""
        first, last = self.sixteenths[0], self.sixteenths[-1]
        if sixteenth <= first:
            place = self.ticks[0] + (sixteenth - first) * _SIXTEENTH
        elif sixteenth >= last:
            place = self.ticks[-1] + (sixteenth - last) * _SIXTEENTH
        else:
            # Where the two differ by a beat or two, they do so in the rest between two phrases:
            # the later phrase, with its bar's first note, is what must be met.
            after = int(np.searchsorted(self.sixteenths, sixteenth, side="left"))
            place = max(
                self.ticks[after] - (self.sixteenths[after] - sixteenth) * _SIXTEENTH,
                self.ticks[after - 1],
            )
        return round(float(place))


def _grid(melody: tuple[Note, ...], labelled: list[tuple[int, int]]) -> _Grid:
    played = [note.pitch for note in melody]
    matcher = SequenceMatcher(None, [pitch for _, pitch in labelled], played, autojunk=False)
    pairs = [
        (labelled[block.a + k][0], melody[block.b + k].start)
        for block in matcher.get_matching_blocks()
        if block.size >= _RUN
        for k in range(block.size)
    ]
    if len(pairs) < 0.8 * len(labelled) or len(pairs) < 2 * _RUN:
        raise ValueError(f"{len(pairs)} of the {len(labelled)} notes of melody.txt were found")
    values = np.array(pairs, dtype=np.float64)
    return _Grid(values[:, 0], values[:, 1])


def _labelled_melody(place: Path) -> list[tuple[int, int]]:
    """Return (sixteenth, pitch) of the notes in melody.txt, whose rows are pitch and length."""
    notes, at = [], 0
    for row in (place / "melody.txt").read_text().split("\n"):
        if row.strip():
            pitch, length = (int(part) for part in row.split())
            if pitch:
                notes.append((at, pitch))
            at += length
    return notes


def _phrase_list(path: Path) -> list[tuple[str, int]]:
    text = path.read_text().strip()
    found = [(letter, int(count)) for letter, count in _PHRASE.findall(text)]
    if not found or "".join(f"{letter}{count}" for letter, count in found) != text:
        raise ValueError(f"{path.name} is no row of letters and numbers of bars")
    return found


def _on_grid(label: list[tuple[str, int]], grid: _Grid) -> tuple[Phrase, ...]:
    phrases, bar = [], 0
    for letter, count in label:
        phrases.append(Phrase(letter, grid.tick(bar * 16), grid.tick((bar + count) * 16)))
        bar += count
    return tuple(phrases)


def _chord_list(path: Path) -> list[tuple[int, int, tuple[int, ...], int]]:
    """Return (first sixteenth, last, pitch classes, bass); rows that name no bass have none."""
    chords, at = [], 0
    for row in path.read_text().split("\n"):
        if not row.strip():
            continue
        length = int(row.split()[-1]) * 4
        match = _CHORD.match(row.strip())
        if match:
            pitches = tuple(int(part) % 12 for part in match[2].split(",") if part.strip())
            bass = int(match[3]) % 12 if pitches else -1
            chords.append((at, at + length, pitches, bass))
        at += length
    return chords


def _weighted_median(values: list[int], weights: NDArray[np.int64]) -> float:
    order = np.argsort(values)
    total = np.cumsum(weights[order])
    return float(np.array(values)[order][int(np.searchsorted(total, total[-1] / 2.0))])
