"""The tracks that playlists are drawn from, and what is known to be true of them."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from highlighter.evaluation.archive import read_members
from highlighter.evaluation.errors import BadEvaluationRequestError, LabelsUnreadableError
from highlighter.evaluation.metrics import Floats
from highlighter.evaluation.render import MIDI_FOLDER
from highlighter.evaluation.songs import RWC_NAME, read_songs, rwc_archive

TRUTH_FILE = "truth.json"
"""Beside music: ``{"one.flac": {"genre": "house", "key": "A minor", "beats": [0.0, …]}}``."""

BEATS_FOLDER = "rwc_pop/beats"
ENDINGS = {".mp3", ".flac", ".wav", ".ogg", ".opus", ".m4a", ".aac", ".aiff", ".aif"}

_LARGEST_TRUTH = 64 << 20
_LARGEST_TABLE = 4 << 20
_PITCHES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")


@dataclass(frozen=True, slots=True)
class Truth:
    """What is known of a track because somebody wrote it down, or made it so.

    Attributes
    ----------
    beats
        Seconds, rising.
    key
        Pitch class 0 to 11 and 1 for major, 0 for minor; None where nobody said.
    notes
        Where notes begin, seconds, rising: given where the beats belong to another performance of
        the same notes, so that they may have to be moved.
    """

    beats: tuple[float, ...] = ()
    key: tuple[int, int] | None = None
    notes: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class PoolTrack:
    """A track that playlists are drawn from.

    Attributes
    ----------
    path
        The audio.
    source
        Which tracks it belongs with.
    genre
        As stated; empty where nobody did.
    truth
        None where nothing is known.
    """

    path: Path
    source: str
    genre: str = ""
    truth: Truth | None = None


def read_pool(
    data: Path | None, rendered: Path | None, music: tuple[Path, ...]
) -> tuple[PoolTrack, ...]:
    """Return all tracks, source by source, in the order of their names.

    Parameters
    ----------
    data
        As for `highlighter.evaluation.songs.read_songs`; audio beside a labels file is taken also
        where no chorus is marked in it.
    rendered
        Where the archive's songs lie as ``NAME.wav``; without it they are left out.
    music
        Folders of audio; each may hold `TRUTH_FILE`.

    Raises
    ------
    BadEvaluationRequestError
        A folder is none, or holds no audio.
    LabelsUnreadableError, ArchiveUnsafeError
        What is written about the tracks cannot be used.
    """
    tracks: list[PoolTrack] = []
    if data is not None:
        tracks += _labelled(data)
        archive = rwc_archive(data)
        if archive is not None and rendered is not None:
            tracks += _archived(archive, data, rendered)
    for folder in music:
        tracks += _folder(folder)
    return tuple(tracks)


def beats_moved(beats: Floats, notes: Floats, low: float, high: float) -> float:
    """Return by how many seconds, at most 0.1, beats meet most beginnings of notes.

    Parameters
    ----------
    beats, notes
        Seconds, rising.
    low, high
        Which beats are looked at.
    """
    inside = beats[(beats >= low) & (beats < high)]
    moves = np.arange(-20, 21) * 0.005
    counts = [
        np.searchsorted(notes, inside + move + 0.02) - np.searchsorted(notes, inside + move - 0.02)
        for move in moves
    ]
    met = np.array([int(one.sum()) for one in counts])
    # Of moves that meet as many, the smallest.
    return float(moves[np.lexsort((np.abs(moves), -met))[0]])


def _labelled(data: Path) -> list[PoolTrack]:
    songs = [song for song in read_songs(data) if song.data_set != RWC_NAME]
    genres = {song.path: song.genre for song in songs}
    folders = dict.fromkeys(song.path.parent for song in songs)
    return [
        PoolTrack(path, folder.resolve().name, genres.get(path, ""))
        for folder in folders
        for path in _audio(folder)
    ]


def _archived(archive: Path, data: Path, rendered: Path) -> Iterator[PoolTrack]:
    from highlighter.training.midi import parse_midi

    tables = dict(read_members(archive, BEATS_FOLDER, ".csv", _LARGEST_TABLE))
    midis = dict(read_members(archive, MIDI_FOLDER, ".mid", _LARGEST_TABLE))
    genres = {song.name: song.genre for song in read_songs(data, rendered)}
    for path in _audio(rendered):
        table, midi = tables.get(path.stem), midis.get(path.stem)
        if table is None or midi is None:
            continue
        truth = Truth(_beats_of(table, archive, path.stem), notes=_note_starts(parse_midi(midi)))
        yield PoolTrack(path, RWC_NAME, genres.get(path.stem, "") or "Pop", truth)


def _beats_of(table: bytes, archive: Path, name: str) -> tuple[float, ...]:
    rows = list(csv.reader(io.StringIO(table.decode("utf-8", "replace")), delimiter=";"))[1:]
    try:
        return _rising([float(row[0]) for row in rows if row])
    except ValueError as error:
        raise _unusable(f"{archive}: {BEATS_FOLDER}/{name}.csv", str(error)) from error


def _note_starts(song: Any) -> tuple[float, ...]:
    """Return the seconds at which the notes of a MIDI song begin, its tempo changes followed."""
    tempos = np.array(song.tempos, dtype=np.float64)
    passed = np.concatenate([[0.0], np.cumsum(np.diff(tempos[:, 0]) * tempos[:-1, 1])])
    ticks = np.sort([note.start for track in song.tracks for note in track.notes])
    place = np.searchsorted(tempos[:, 0], ticks, side="right") - 1
    seconds = (passed[place] + (ticks - tempos[place, 0]) * tempos[place, 1]) / song.division / 1e6
    return tuple(seconds.tolist())


def _folder(folder: Path) -> list[PoolTrack]:
    said = _said(folder / TRUTH_FILE)
    found = []
    for path in _audio(folder):
        entry = said.get(path.name, {})
        found.append(
            PoolTrack(
                path, folder.resolve().name, str(entry.get("genre") or ""), _truth(entry, path)
            )
        )
    if not found:
        raise BadEvaluationRequestError(
            "There is no music to make trailers of",
            which=str(folder),
            why="it is no folder with audio files",
            next_step="name one with --music",
        )
    return found


def _audio(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(
        path for path in folder.iterdir() if path.suffix.lower() in ENDINGS and path.is_file()
    )


def _said(path: Path) -> Mapping[str, Mapping[str, Any]]:
    if not path.is_file():
        return {}
    try:
        if path.stat().st_size > _LARGEST_TRUTH:
            raise _unusable(str(path), "it is larger than 64 MB")
        plain = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise _unusable(str(path), f"it cannot be read ({error})") from error
    if not isinstance(plain, dict) or not all(isinstance(one, dict) for one in plain.values()):
        raise _unusable(str(path), "it is no object with an object for each file")
    return plain


def _truth(entry: Mapping[str, Any], path: Path) -> Truth | None:
    if not entry.get("beats") and not entry.get("key"):
        return None
    beats = entry.get("beats") or []
    if not isinstance(beats, list):
        raise _unusable(str(path), "its beats are no list of seconds")
    try:
        times = _rising([float(beat) for beat in beats])
    except (TypeError, ValueError) as error:
        raise _unusable(str(path), f"its beats are no rising seconds ({error})") from error
    return Truth(times, _key(str(entry["key"]), path) if entry.get("key") else None)


def _key(text: str, path: Path) -> tuple[int, int]:
    pitch, _, mode = text.partition(" ")
    if pitch not in _PITCHES or mode not in ("major", "minor"):
        raise _unusable(str(path), f"{text[:40]!r} is no key such as 'A# minor'")
    return _PITCHES.index(pitch), int(mode == "major")


def _rising(times: list[float]) -> tuple[float, ...]:
    if any(not math.isfinite(time) for time in times) or times != sorted(times):
        raise ValueError("they do not rise")
    return tuple(times)


def _unusable(which: str, why: str) -> LabelsUnreadableError:
    return LabelsUnreadableError(
        "What is said to be true of the music cannot be used",
        which=which,
        why=why,
        next_step='write {"one.flac": {"genre": "house", "key": "A minor", "beats": [0.0, 0.5]}}',
    )
