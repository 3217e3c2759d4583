"""Labelled audio as training songs: a folder of files and a JSON file of chorus intervals."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np

from highlighter.audio import AudioStream, to_mono
from highlighter.audio.decode import Resampler
from highlighter.audio.model import Float32
from highlighter.training.corpus import Rendering, Truth, rendering_of
from highlighter.training.hearing import hear_samples
from highlighter.training.song_errors import LabelsUnreadableError
from highlighter.training.structure import BEFORE_CHORUS
from highlighter.training.synthesiser import RATE

_LEAD = 8.0
"""Seconds before a chorus that count as what leads into it."""

_SUFFIXES = frozenset((".wav", ".flac", ".mp3", ".ogg", ".opus", ".m4a", ".aac"))

Intervals = tuple[tuple[float, float], ...]


def labelled_files(folder: Path, labels: Path | None) -> list[tuple[Path, Intervals]]:
    """Return the files of a folder that a labels file knows, by name.

    The labels are `{"name": [[start, end], …], …}` in seconds; a name is a file's, with or without
    its suffix. Files without labels, and labels without files, are passed over.

    Raises
    ------
    LabelsUnreadableError
        There are none, or they are not so.
    """
    if labels is None:
        raise _unreadable("--labels", "it was not given")
    try:
        held = json.loads(labels.read_text(encoding="utf-8"))
        known = {
            str(name): tuple((float(first), float(last)) for first, last in intervals)
            for name, intervals in held.items()
        }
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise _unreadable(str(labels), str(error)) from error
    for name, intervals in known.items():
        flat = [value for pair in intervals for value in pair]
        if not all(math.isfinite(value) for value in flat) or flat != sorted(flat):
            raise _unreadable(f"{labels}: {name}", "its intervals are not rising seconds")
    files = sorted(path for path in folder.glob("*") if path.suffix.lower() in _SUFFIXES)
    found = [
        (path, known.get(path.name, known.get(path.stem, ())))
        for path in files
        if path.name in known or path.stem in known
    ]
    if not found:
        raise _unreadable(str(labels), f"it names none of the audio files in {folder}")
    return found


def _unreadable(which: str, why: str) -> LabelsUnreadableError:
    return LabelsUnreadableError(
        "These labels cannot be used",
        which=which,
        why=why,
        next_step='write {"file name": [[start, end], …], …} in seconds',
    )


def hear_file(path: Path, choruses: Intervals) -> Rendering:
    """Return a file of audio as a rendering; a chorus counts 1, the 8 s before it 0.4.

    Raises
    ------
    AudioError
        It cannot be decoded.
    """
    samples = _mono(path)
    heard = hear_samples(samples, RATE)
    edges, interest, chorus = [0.0], [], []
    for first, last in choruses:
        for until, value, is_chorus in (
            (first - _LEAD, 0.0, 0.0),
            (first, BEFORE_CHORUS, 0.0),
            (last, 1.0, 1.0),
        ):
            if until > edges[-1]:
                edges.append(until)
                interest.append(value)
                chorus.append(is_chorus)
    if edges[-1] < heard.duration:
        edges.append(heard.duration)
        interest.append(0.0)
        chorus.append(0.0)
    truth = Truth(
        edges=np.array(edges, dtype=np.float32),
        interest=np.array(interest, dtype=np.float32),
        weight=np.ones(len(interest), dtype=np.float32),
        chorus=np.array(chorus, dtype=np.float32),
        beats=np.zeros(0, dtype=np.float32),
        downbeats=np.zeros(0, dtype=np.float32),
    )
    return rendering_of(path.stem, 0, heard, truth, {"style": "audio", "sections": []})


def _mono(path: Path) -> Float32:
    parts = []
    with AudioStream(path) as stream:
        resampler = Resampler(stream.sample_rate, RATE, 1, "MQ")
        parts = [resampler.push(to_mono(block)) for block in stream.blocks()]
        parts.append(resampler.finish())
    return np.concatenate(parts)[:, 0]
