"""A band from samples: FluidSynth plays each note of an instrument once, numpy plays the songs.

Rendering a song of 5000 notes in FluidSynth takes seconds of processor time, adding up samples a
fifth of one. What is lost is small for songs that are only heard by coarse tables: a note's colour
does not change with its strength, and releases are all alike.
"""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from highlighter.audio.model import Float32
from highlighter.training.corpus import write_whole
from highlighter.training.midi import DRUM_CHANNEL, Note, Song, Track, write_midi
from highlighter.training.synthesiser import RATE, play

LOWEST, HIGHEST = 28, 100
"""Pitches that are kept; others are played an octave nearer."""

_LOWEST_DRUM, _HIGHEST_DRUM = 35, 82
_HOLD, _RING = 2.2, 0.5
"""Seconds a note is held, and rings on before the next begins."""

_SECOND = 960
"""Ticks per second while samples are made: 480 per beat at 120 a minute."""

_LOOP = (1.2, 2.1)
"""Seconds of a sample that go on and on where a note is longer."""

_JOIN = 0.15
"""Seconds in which one round fades into the next."""

_STRUCK = 100
"""Velocity of the samples."""

_RELEASE = 0.12
_SLOW_RELEASE = 0.35


class Bank:
    """Samples of instruments, made when first asked for and kept as files.

    Parameters
    ----------
    folder
        Where the files are; 6 MB for an instrument, 70 instruments at most.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held: dict[tuple[int, bool], NDArray[np.int16]] = {}

    def sample(self, program: int, drums: bool, pitch: int) -> Float32:
        """Return a note's samples at `RATE`, struck with velocity 100.

        Raises
        ------
        SynthesiserMissingError, SynthesiserFailedError
            It has to be made first, and cannot be.
        """
        lowest, highest = _range(drums)
        while pitch > highest:
            pitch -= 12
        while pitch < lowest:
            pitch += 12
        key = program, drums
        if key not in self._held:
            self._held[key] = self._load(program, drums)
        return self._held[key][pitch - lowest].astype(np.float32) / np.float32(32_768.0)

    def _load(self, program: int, drums: bool) -> NDArray[np.int16]:
        path = self._folder / f"{'kit' if drums else 'program'}-{program:03d}.npy"
        if not path.is_file():
            held = io.BytesIO()
            np.save(held, _recorded(program, drums))
            self._folder.mkdir(parents=True, exist_ok=True)
            write_whole(path, held.getvalue())
        loaded: NDArray[np.int16] = np.load(path, mmap_mode="r", allow_pickle=False)
        return loaded


def _range(drums: bool) -> tuple[int, int]:
    return (_LOWEST_DRUM, _HIGHEST_DRUM) if drums else (LOWEST, HIGHEST)


def _recorded(program: int, drums: bool) -> NDArray[np.int16]:
    """Return (pitches, samples): each note of an instrument, one after the other."""
    lowest, highest = _range(drums)
    spacing = round((_HOLD + _RING) * _SECOND)
    notes = tuple(
        Note(place * spacing, place * spacing + round(_HOLD * _SECOND), pitch, _STRUCK)
        for place, pitch in enumerate(range(lowest, highest + 1))
    )
    channel = DRUM_CHANNEL if drums else 0
    # A silent last note: the synthesiser stops where the file does.
    end = Note(len(notes) * spacing, len(notes) * spacing + 10, lowest, 1)
    track = Track("", (*notes, end), channel, program, ((0, 7, 127),))
    sound = play(write_midi(Song(480, ((0, 500_000),), (track,))))
    step, size = round((_HOLD + _RING) * RATE), round(_HOLD * RATE)
    rows = np.zeros((len(notes), size), dtype=np.int16)
    for place in range(len(notes)):
        part = sound[place * step : place * step + size]
        rows[place, : part.size] = np.clip(np.rint(part * 32_768.0), -32_768, 32_767)
    return rows


def perform(song: Song, bank: Bank) -> Float32:
    """Return (n,) samples at `RATE` of a song, tick 0 first, with a second after its last note.

    Strength follows the square of velocity and of volume, as General MIDI recommends.
    """
    places = np.array([tick for tick, _ in song.tempos], dtype=np.float64)
    tempos = np.array([tempo for _, tempo in song.tempos], dtype=np.float64)
    passed = np.concatenate([[0.0], np.cumsum(np.diff(places) * tempos[:-1])])
    scale = RATE / (song.division * 1e6)

    def at(ticks: list[int]) -> list[int]:
        values = np.array(ticks, dtype=np.float64)
        index = np.maximum(np.searchsorted(places, values, side="right") - 1, 0)
        when = (passed[index] + (values - places[index]) * tempos[index]) * scale
        return np.rint(when).astype(np.int64).tolist()

    last = at([max(note.end for track in song.tracks for note in track.notes)])[0]
    sound = np.zeros(last + RATE, dtype=np.float32)
    for track in song.tracks:
        drums = track.channel == DRUM_CHANNEL
        samples: dict[int, Float32] = {}
        volumes = _volumes(track)
        starts = at([note.start for note in track.notes])
        ends = at([note.end for note in track.notes])
        for note, start, end, volume in zip(track.notes, starts, ends, volumes, strict=True):
            if note.pitch not in samples:
                samples[note.pitch] = bank.sample(track.program, drums, note.pitch)
            struck = samples[note.pitch]
            piece = struck if drums else _held(struck, end - start, track.program)
            piece = piece[: sound.size - start]
            gain = np.float32(volume * (note.velocity / _STRUCK) ** 2)
            sound[start : start + piece.size] += gain * piece
    return sound


def _volumes(track: Track) -> list[float]:
    """Return each note's factor from the track's volume controller at its start."""
    held = [(tick, value) for tick, controller, value in track.controls if controller == 7]
    if not held:
        held = [(0, 100)]
    ticks = [tick for tick, _ in held]
    found = np.searchsorted(ticks, [note.start for note in track.notes], side="right") - 1
    return [(held[max(0, int(place))][1] / 127.0) ** 2 for place in found]


def _held(sample: Float32, length: int, program: int) -> Float32:
    """Return a note of `length` samples and its release."""
    slow = 48 <= program <= 55 or 88 <= program <= 95
    release = round((_SLOW_RELEASE if slow else _RELEASE) * RATE)
    piece = _lengthened(sample, length + release).copy()
    release = min(release, piece.size)
    piece[piece.size - release :] *= np.linspace(1.0, 0.0, release, dtype=np.float32) ** 2
    return piece


def _lengthened(sample: Float32, length: int) -> Float32:
    """Return the first `length` samples, looped as loud as the note has become by then."""
    if length <= sample.size:
        return sample[:length]
    first, last, join = (round(part * RATE) for part in (*_LOOP, _JOIN))
    loop = sample[first:last]
    half = loop.size // 2
    early, late = (float(np.sqrt(np.mean(p**2)) + 1e-9) for p in (loop[:half], loop[half:]))
    decay = min(1.0, late / early) ** 2
    rise = np.linspace(0.0, 1.0, join, dtype=np.float32)
    out = np.zeros(length + loop.size, dtype=np.float32)
    out[:last] = sample[:last]
    at, gain = last - join, decay
    while at < length:
        out[at : at + join] *= 1.0 - rise
        out[at : at + join] += gain * loop[:join] * rise
        out[at + join : at + loop.size] = gain * loop[join:]
        at += loop.size - join
        gain *= decay
    return out[:length]
