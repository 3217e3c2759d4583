"""``listened``: music that listeners have judged, as recordings to learn from.

``hooklist listening export`` tells what they skip and replay, per second of each piece of audio and
with how much evidence. The curve is the target, the evidence its weight: seconds that nobody was
offered teach nothing. Put the recordings beside the corpus' and train as ever.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from highlighter.analysis.hearing import TABLE_RATE
from highlighter.errors import AudioError
from highlighter.training.labelled import heard, write_recording
from highlighter.training.song_errors import LabelsUnreadableError

LEAST_EVIDENCE = 0.05
"""Below this mean over its best 30 s, a piece of audio is left out."""

LIKED = 0.65
"""Height of the curve from which a passage counts as one that listeners look for; 0.5 is usual."""

_LARGEST_LINE = 4 << 20
_SECONDS = 30


def add_parser(commands: Any) -> None:
    """Add the command to `python -m highlighter.training`."""
    parser = commands.add_parser("listened", help="make recordings of music that was listened to")
    parser.add_argument("--targets", type=Path, required=True, help="of hooklist listening export")
    parser.add_argument("--audio", type=Path, required=True, help="folder that holds the audio")
    parser.add_argument("--out", type=Path, required=True, help="the corpus they are added to")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Make the recordings; return 1 where none could be made."""
    targets = read_targets(options.targets)
    made = 0
    for path in sorted(one for one in options.audio.rglob("*") if one.is_file()):
        with path.open("rb") as stream:
            key = hashlib.file_digest(stream, "sha256").hexdigest()
        target = targets.get(key)
        if target is None:
            continue
        out = options.out / f"listened-{key[:16]}.npz"
        try:
            made += out.is_file() or write(path, *target, out)
        except AudioError as error:
            print(f"{error}: left out", flush=True)
    print(f"{made} of {len(targets)} pieces of audio with targets are in {options.out}", flush=True)
    return 0 if made else 1


Target = tuple[NDArray[np.float64], NDArray[np.float64]]
"""Curve, 0.5 as usual, and evidence: each 0 to 1, one value per second."""


def read_targets(path: Path) -> dict[str, Target]:
    """Return what listeners say, by the SHA-256 of the audio.

    Raises
    ------
    LabelsUnreadableError
        The file cannot be read, or a line of it is not as exported.
    """
    found: dict[str, Target] = {}
    try:
        with path.open(encoding="utf-8") as stream:
            for number, line in enumerate(stream, start=1):
                if len(line) > _LARGEST_LINE:
                    raise ValueError(f"line {number} has more than {_LARGEST_LINE:,} letters")
                entry = json.loads(line)
                found[str(entry["content_key"])] = _target(entry, number)
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise LabelsUnreadableError(
            "These targets cannot be used",
            which=str(path),
            why=str(error),
            next_step="hooklist listening export --out FILE.jsonl writes them",
        ) from error
    return found


def _target(entry: Any, number: int) -> Target:
    curve, evidence = (np.asarray(entry[name], dtype=np.float64) for name in ("curve", "evidence"))
    for values in (curve, evidence):
        inside = values.ndim == 1 and values.size and values.shape == curve.shape
        if not inside or not ((values >= 0.0) & (values <= 1.0)).all():
            raise ValueError(f"line {number}: curve and evidence are not lists of 0 to 1 alike")
    return curve, evidence


def write(path: Path, curve: NDArray[np.float64], evidence: NDArray[np.float64], out: Path) -> bool:
    """Hear a file and write its recording; return False where there is too little evidence.

    Raises
    ------
    AudioError
        It cannot be heard.
    """
    summed = np.concatenate([[0.0], np.cumsum(evidence)])
    length = min(_SECONDS, evidence.size)
    if float((summed[length:] - summed[:-length]).max()) / length < LEAST_EVIDENCE:
        return False
    song = heard(path)
    times = (np.arange(song.bands.shape[0]) + 0.5) / TABLE_RATE
    second = np.minimum(times.astype(int), curve.size - 1)
    known = times < curve.size
    liked = np.concatenate([[False], (curve >= LIKED) & (evidence > 0.0), [False]])
    starts, ends = (np.flatnonzero(liked[1:] > liked[:-1]), np.flatnonzero(liked[1:] < liked[:-1]))
    write_recording(
        out,
        replace(
            song,
            split="train",
            target=np.where(known, curve[second], 0.0).astype(np.float32),
            weight=np.where(known, evidence[second], 0.0).astype(np.float32),
            starts=starts.astype(np.float64),
            ends=ends.astype(np.float64),
        ),
    )
    return True
