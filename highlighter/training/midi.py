"""Standard MIDI files, read and written: notes, tempos, programs and controllers, no more.

Follows *Standard MIDI-File Format Spec. 1.1* (MIDI Manufacturers Association, 1996). Times are
ticks; everything a song needs is kept, everything else (pitch bend, key signatures) is dropped.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from highlighter.training.song_errors import SongUnreadableError

DRUM_CHANNEL = 9
"""Where General MIDI keeps percussion, counted from 0."""

_DEFAULT_TEMPO = 500_000


@dataclass(frozen=True, slots=True, order=True)
class Note:
    """One note.

    Attributes
    ----------
    start, end
        Ticks, end > start.
    pitch
        MIDI number, 60 = middle C.
    velocity
        1 to 127.
    """

    start: int
    end: int
    pitch: int
    velocity: int


@dataclass(frozen=True, slots=True)
class Track:
    """One voice of a song.

    Attributes
    ----------
    name
        As written in the file, often empty.
    notes
        By start.
    channel
        0 to 15.
    program
        General MIDI instrument, 0 to 127.
    controls
        (tick, controller, value), by tick.
    """

    name: str
    notes: tuple[Note, ...]
    channel: int = 0
    program: int = 0
    controls: tuple[tuple[int, int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Song:
    """A whole file.

    Attributes
    ----------
    division
        Ticks per quarter note.
    tempos
        (tick, microseconds per quarter note), by tick, the first at 0.
    tracks
        Those that have a name or notes.
    """

    division: int
    tempos: tuple[tuple[int, int], ...]
    tracks: tuple[Track, ...]

    def track(self, name: str) -> Track | None:
        """Return the first track of that name."""
        return next((track for track in self.tracks if track.name == name), None)


@dataclass(slots=True)
class _Read:
    """What one track chunk holds while it is read."""

    name: str = ""
    channel: int = 0
    program: int = 0
    notes: list[Note] = field(default_factory=list)
    controls: list[tuple[int, int, int]] = field(default_factory=list)
    tempos: list[tuple[int, int]] = field(default_factory=list)
    sounding: dict[tuple[int, int], list[tuple[int, int]]] = field(default_factory=dict)

    def start(self, tick: int, channel: int, pitch: int, velocity: int) -> None:
        self.channel = channel
        self.sounding.setdefault((channel, pitch), []).append((tick, velocity))

    def stop(self, tick: int, channel: int, pitch: int) -> None:
        waiting = self.sounding.get((channel, pitch))
        if waiting:
            first, velocity = waiting.pop(0)
            if tick > first:
                self.notes.append(Note(first, tick, pitch, velocity))


def read_midi(path: Path) -> Song:
    """Read a file of format 0 or 1 with a division in ticks per quarter note.

    Raises
    ------
    SongUnreadableError
        The file is absent, no MIDI file, cut short, or counts time in SMPTE frames.
    """
    try:
        return parse_midi(path.read_bytes())
    except (OSError, ValueError, IndexError, struct.error) as error:
        raise SongUnreadableError(
            "This MIDI file cannot be read",
            which=str(path),
            why=str(error) or type(error).__name__,
            next_step="unpack the data set again",
        ) from error


def parse_midi(data: bytes) -> Song:
    """Return the song in the bytes of a file; `ValueError`, `IndexError` where they hold none."""
    if data[:4] != b"MThd":
        raise ValueError("it does not begin with MThd")
    length, _, count, division = struct.unpack(">IHHH", data[4:14])
    if division & 0x8000 or not division:
        raise ValueError("its division is not in ticks per quarter note")
    at = 8 + length
    read: list[_Read] = []
    for _ in range(count):
        if data[at : at + 4] != b"MTrk":
            raise ValueError(f"no track begins at byte {at}")
        size = struct.unpack(">I", data[at + 4 : at + 8])[0]
        body = data[at + 8 : at + 8 + size]
        if len(body) < size:
            raise ValueError("its last track is cut short")
        read.append(_read_track(body))
        at += 8 + size
    tempos = sorted({tick: value for part in read for tick, value in part.tempos}.items())
    if not tempos or tempos[0][0] > 0:
        tempos.insert(0, (0, _DEFAULT_TEMPO))
    tracks = tuple(
        Track(
            part.name, tuple(sorted(part.notes)), part.channel, part.program, tuple(part.controls)
        )
        for part in read
        if part.name or part.notes
    )
    return Song(division, tuple(tempos), tracks)


def _read_track(body: bytes) -> _Read:
    part = _Read()
    for tick, status, values in _events(body):
        kind, channel = status >> 4, status & 15
        if status == 0xFF:
            meta, payload = values[0], values[1:]
            if meta == 0x03:
                part.name = payload.decode("latin-1")
            elif meta == 0x51 and len(payload) == 3:
                part.tempos.append((tick, int.from_bytes(payload, "big")))
        elif kind == 9 and values[1]:
            part.start(tick, channel, values[0], values[1])
        elif kind in (8, 9):
            part.stop(tick, channel, values[0])
        elif kind == 11:
            part.controls.append((tick, values[0], values[1]))
        elif kind == 12:
            part.program = values[0]
    return part


def _events(body: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Yield (tick, status, data); for a meta event the data begin with its type."""
    at, tick, running = 0, 0, 0
    while at < len(body):
        wait, at = _read_quantity(body, at)
        tick += wait
        if body[at] & 0x80:
            running, at = body[at], at + 1
        elif not running:
            raise ValueError("a track begins with running status")
        if running == 0xFF:
            kind = body[at : at + 1]
            size, at = _read_quantity(body, at + 1)
            yield tick, 0xFF, kind + body[at : at + size]
        elif running in (0xF0, 0xF7):
            size, at = _read_quantity(body, at)
        else:
            size = 1 if running >> 4 in (12, 13) else 2
            if at + size > len(body):
                raise ValueError("a track ends within an event")
            yield tick, running, body[at : at + size]
        at += size


def _read_quantity(body: bytes, at: int) -> tuple[int, int]:
    value = 0
    while True:
        byte, at = body[at], at + 1
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, at


def write_midi(song: Song) -> bytes:
    """Return the bytes of a file of format 1: a track of tempos, then one per track of the song.

    A track ends with its last note's end, so that a synthesiser lets notes ring as it is told to.
    """
    chunks = [_chunk((tick, 1, _tempo(value)) for tick, value in song.tempos)]
    chunks += [_chunk(_track_events(track)) for track in song.tracks]
    header = struct.pack(">4sIHHH", b"MThd", 6, 1, len(chunks), song.division)
    return header + b"".join(chunks)


def _tempo(microseconds: int) -> bytes:
    return b"\xff\x51\x03" + microseconds.to_bytes(3, "big")


def _track_events(track: Track) -> Iterator[tuple[int, int, bytes]]:
    name = track.name.encode("latin-1", "replace")
    yield 0, 0, b"\xff\x03" + _quantity(len(name)) + name
    yield 0, 1, bytes([0xC0 | track.channel, track.program])
    for tick, controller, value in track.controls:
        yield tick, 2, bytes([0xB0 | track.channel, controller, value])
    for note in track.notes:
        # An end comes before a start on the same tick, or the same pitch would be cut at once.
        yield note.end, 3, bytes([0x80 | track.channel, note.pitch, 64])
        yield note.start, 4, bytes([0x90 | track.channel, note.pitch, note.velocity])


def _chunk(events: Iterable[tuple[int, int, bytes]]) -> bytes:
    body, now = bytearray(), 0
    for tick, _, payload in sorted(events, key=lambda event: event[:2]):
        body += _quantity(tick - now) + payload
        now = tick
    body += b"\x00\xff\x2f\x00"
    return b"MTrk" + struct.pack(">I", len(body)) + bytes(body)


def _quantity(value: int) -> bytes:
    parts = [value & 0x7F]
    while value := value >> 7:
        parts.append(value & 0x7F | 0x80)
    return bytes(reversed(parts))
