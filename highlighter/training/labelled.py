"""Songs whose choruses people marked, heard once and kept as recordings like the corpus'.

They are measured on and never learned from, so their split is ``test``, which no training reads.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from highlighter.analysis.hearing import TABLE_RATE
from highlighter.audio import AudioStream, to_mono
from highlighter.errors import AudioError
from highlighter.evaluation.render import find_synthesizer, render_archive
from highlighter.evaluation.songs import Song, read_songs, rwc_archive
from highlighter.training.batches import ONSETS_PER_ROW, Recording
from highlighter.training.examples import Progress, say
from highlighter.training.hearing import hear_samples

_SHORTEST = 30.0


@dataclass(frozen=True, slots=True)
class MeasuredSet:
    """Songs that are measured together.

    Attributes
    ----------
    name
        Of the set.
    files
        Recordings, as `batches.read_recording` reads them.
    audio
        The songs themselves, in the same order; empty where they are not at hand.
    """

    name: str
    files: tuple[Path, ...]
    audio: tuple[Path, ...] = ()


def labelled_sets(
    data: Path, cache: Path, rendered: Path | None = None, progress: Progress = say
) -> list[MeasuredSet]:
    """Return the labelled songs of a data folder as recordings; a song that fails is left out.

    Parameters
    ----------
    data
        As `evaluation.songs.read_songs` takes it.
    cache
        Folder for the recordings.
    rendered
        Where the archive's songs lie as ``NAME.wav``. By default they are rendered into `cache`,
        where FluidSynth is installed.
    progress
        Told of each song that is heard, and of each that is left out.

    Raises
    ------
    HighlightEvaluationError
        There are no labels, or they cannot be used.
    """
    archive = rwc_archive(data)
    if archive is not None and rendered is None:
        synthesizer = find_synthesizer()
        if synthesizer is None:
            progress("FluidSynth is not installed: the songs of the MIDI archive are left out")
        else:
            rendered = render_archive(archive, cache / "rendered", synthesizer).folder
    sets: dict[str, list[tuple[Path, Path]]] = {}
    for song in read_songs(data, rendered):
        kept = _recording(song, cache / "labelled", progress) if song.choruses else None
        if kept is not None:
            sets.setdefault(song.data_set, []).append((kept, song.path))
    return [
        MeasuredSet(name, *(tuple(one) for one in zip(*sorted(files), strict=True)))
        for name, files in sorted(sets.items())
    ]


def _recording(song: Song, folder: Path, progress: Progress) -> Path | None:
    """Return where a song's recording lies, made now if need be; None where it cannot be heard."""
    try:
        changed = song.path.stat()
    except OSError:
        progress(f"{song.path} is not there: left out")
        return None
    given = f"{song.path.resolve()} {changed.st_size} {changed.st_mtime_ns} {song.choruses}"
    known = hashlib.sha256(given.encode()).hexdigest()[:12]
    path = folder / f"{song.path.stem}-{known}.npz"
    if path.is_file():
        return path
    try:
        recording = heard(song.path, song.choruses)
    except AudioError as error:
        progress(f"{error}: left out")
        return None
    if recording.duration < _SHORTEST:
        progress(f"{song.path} is shorter than a clip: left out")
        return None
    write_recording(path, recording)
    progress(f"heard {song.path.name}")
    return path


def write_recording(path: Path, recording: Recording) -> None:
    """Write a recording as `batches.read_recording` reads it; whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        np.savez_compressed(
            file,
            bands=recording.bands,
            chroma=recording.chroma,
            onsets=recording.onsets,
            mel10=recording.extra["mel10"],
            semitones=recording.extra["semitones"],
            duration=np.float64(recording.duration),
            target=recording.target,
            weight=recording.weight,
            starts=recording.starts,
            ends=recording.ends,
            song=np.str_(recording.song),
            split=np.str_(recording.split),
        )
    part.replace(path)


def heard(path: Path, choruses: Sequence[tuple[float, float]] = ()) -> Recording:
    """Return a file as the corpus would have it, in half precision as there.

    Raises
    ------
    AudioError
        It cannot be heard.
    """
    with AudioStream(path) as stream:
        blocks = [to_mono(block)[:, 0] for block in stream.blocks()]
        samples = np.concatenate(blocks) if blocks else np.zeros(0, dtype=np.float32)
        rate = stream.sample_rate
    if samples.size == 0:
        samples = np.zeros(rate, dtype=np.float32)
    tables = hear_samples(samples, rate)
    rows = tables.bands.shape[0]
    spans = np.array(choruses, dtype=np.float64).reshape(-1, 2)
    onsets = np.zeros(rows * ONSETS_PER_ROW, dtype=np.float16)
    given = tables.onsets[: onsets.size]
    onsets[: given.size] = given
    return Recording(
        name=path.stem,
        song=path.stem,
        split="test",
        duration=tables.duration,
        bands=tables.bands.astype(np.float16),
        chroma=tables.chroma.astype(np.float16),
        onsets=onsets,
        extra={
            "mel10": tables.mel10.astype(np.float16),
            "semitones": tables.semitones.astype(np.float16),
        },
        target=_target(choruses, rows),
        weight=np.ones(rows, dtype=np.float32),
        starts=spans[:, 0],
        ends=spans[:, 1],
    )


def _target(choruses: Sequence[tuple[float, float]], rows: int) -> NDArray[np.float32]:
    times = (np.arange(rows) + 0.5) / TABLE_RATE
    target = np.zeros(rows, dtype=np.float32)
    for start, end in choruses:
        target[(times >= start) & (times < end)] = 1.0
    return target
