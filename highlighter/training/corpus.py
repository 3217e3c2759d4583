"""A folder of songs to learn from: one npz per rendering, no pickle, each written whole or not."""

from __future__ import annotations

import hashlib
import io
import json
import os
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from highlighter.analysis.hearing import TABLE_RATE
from highlighter.audio.model import Float32
from highlighter.training.hearing import Heard
from highlighter.training.song_errors import CorpusUnusableError

EDITION = 4
"""Raised whenever the same song, variant and seed would give something else."""

INDEX = "index.json"
_TENTH = 10


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """What is known of a rendering.

    Attributes
    ----------
    edges
        (s + 1,) seconds, rising: where the sections begin and end.
    interest, weight, chorus
        (s,) in [0, 1] per section: target, how much it is believed, probability of a chorus.
    beats, downbeats
        Seconds, rising.
    """

    edges: Float32
    interest: Float32
    weight: Float32
    chorus: Float32
    beats: Float32
    downbeats: Float32


@dataclass(frozen=True, slots=True, eq=False)
class Rendering:
    """One file of the corpus.

    Attributes
    ----------
    song
        POP909's number, or an id of a library.
    variant
        From 0.
    split
        `train` or `valid`, the same for all variants of a song.
    heard
        What it sounds like.
    target, weight
        (k,) per row of `heard.bands`.
    starts, ends
        (s,) seconds of the choruses, neighbours joined.
    beats, downbeats
        Seconds.
    about
        Plain values: style, tempo, dynamics and the like.
    """

    song: str
    variant: int
    split: str
    heard: Heard
    target: Float32
    weight: Float32
    starts: Float32
    ends: Float32
    beats: Float32
    downbeats: Float32
    about: dict[str, Any]

    @property
    def name(self) -> str:
        """Of the file, without a suffix."""
        return file_name(self.song, self.variant)


def file_name(song: str, variant: int) -> str:
    """Return the name of a rendering's file, without a suffix."""
    return f"{song}-{variant}"


def split_of(song: str) -> str:
    """Return `valid` for a tenth of all songs, chosen by their name alone, else `train`."""
    digest = hashlib.sha256(f"split {song}".encode()).digest()
    return "valid" if digest[0] % _TENTH == 0 else "train"


def rendering_of(
    song: str, variant: int, heard: Heard, truth: Truth, about: dict[str, Any]
) -> Rendering:
    """Put a truth onto the rows of what was heard.

    A row of the tables covers 1 / `TABLE_RATE` seconds from row / `TABLE_RATE` on; its target is
    the mean over these.
    """
    rows = heard.bands.shape[0]
    starts, ends = _choruses(truth, heard.duration)
    return Rendering(
        song=song,
        variant=variant,
        split=split_of(song),
        heard=heard,
        target=_averaged(truth.edges, truth.interest, rows),
        weight=_averaged(truth.edges, truth.weight, rows),
        starts=starts,
        ends=ends,
        beats=truth.beats[truth.beats < heard.duration],
        downbeats=truth.downbeats[truth.downbeats < heard.duration],
        about=about,
    )


def _averaged(edges: Float32, values: Float32, rows: int) -> Float32:
    """Return the mean of a step function over each row; 0 outside of it."""
    total = np.concatenate([[0.0], np.cumsum(np.diff(edges).astype(np.float64) * values)])
    at = np.interp(np.arange(rows + 1) / TABLE_RATE, edges.astype(np.float64), total)
    return np.clip(np.diff(at) * TABLE_RATE, 0.0, 1.0).astype(np.float32)


def _choruses(truth: Truth, duration: float) -> tuple[Float32, Float32]:
    starts: list[float] = []
    ends: list[float] = []
    for first, last, chance in zip(truth.edges, truth.edges[1:], truth.chorus, strict=False):
        if chance < 0.5 or first >= duration - 1.0:
            continue
        if ends and abs(ends[-1] - float(first)) < 0.05:
            ends[-1] = min(float(last), duration)
        else:
            starts.append(float(first))
            ends.append(min(float(last), duration))
    return np.array(starts, dtype=np.float32), np.array(ends, dtype=np.float32)


def write_rendering(folder: Path, rendering: Rendering) -> Path:
    """Write a rendering; a file that is there is replaced, and never half written.

    Raises
    ------
    CorpusUnusableError
        The folder cannot be written.
    """
    heard = rendering.heard
    held = io.BytesIO()
    np.savez_compressed(
        held,
        bands=heard.bands.astype(np.float16),
        chroma=heard.chroma.astype(np.float16),
        onsets=heard.onsets.astype(np.float16),
        mel10=heard.mel10.astype(np.float16),
        semitones=heard.semitones.astype(np.float16),
        duration=np.float32(heard.duration),
        target=rendering.target,
        weight=rendering.weight,
        starts=rendering.starts,
        ends=rendering.ends,
        beats=rendering.beats,
        downbeats=rendering.downbeats,
        song=np.str_(rendering.song),
        variant=np.int32(rendering.variant),
        split=np.str_(rendering.split),
        about=np.str_(json.dumps(rendering.about, sort_keys=True)),
        edition=np.int32(EDITION),
    )
    path = folder / f"{rendering.name}.npz"
    write_whole(path, held.getvalue())
    return path


def write_whole(path: Path, data: bytes) -> None:
    """Write a file beside its place, then move it there."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        beside.write_bytes(data)
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise CorpusUnusableError(
            "This file of the corpus cannot be written",
            which=str(path),
            why=str(error),
            next_step="free space, or name another folder with --out",
        ) from error


def read_rendering(path: Path) -> Rendering:
    """Read a rendering back, tables in float32.

    Raises
    ------
    CorpusUnusableError
        It is none.
    """
    try:
        with np.load(path, allow_pickle=False) as held:
            tables = {
                name: held[name].astype(np.float32)
                for name in ("bands", "chroma", "onsets", "mel10", "semitones")
            }
            return Rendering(
                song=str(held["song"]),
                variant=int(held["variant"]),
                split=str(held["split"]),
                heard=Heard(duration=float(held["duration"]), **tables),
                target=held["target"],
                weight=held["weight"],
                starts=held["starts"],
                ends=held["ends"],
                beats=held["beats"],
                downbeats=held["downbeats"],
                about=json.loads(str(held["about"])),
            )
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise CorpusUnusableError(
            "This is no rendering of the corpus",
            which=str(path),
            why=str(error),
            next_step="delete it and render again; what is there is kept",
        ) from error


def is_current(path: Path) -> bool:
    """Tell whether a file is there and of this edition; what cannot be read is not."""
    try:
        with np.load(path, allow_pickle=False) as held:
            return int(held["edition"]) == EDITION
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return False


def renderings(folder: Path) -> Iterator[Path]:
    """Yield the files of a corpus, by name."""
    yield from sorted(part for part in folder.glob("*.npz") if not part.name.startswith("."))


def write_index(folder: Path) -> int:
    """Write `index.json`: what each file is, read from the files themselves; return how many.

    Rows of files that did not change since are taken over, so that a running job stays quick.
    """
    known = {row["file"]: row for row in read_index(folder)}
    rows = []
    for path in renderings(folder):
        written = path.stat().st_mtime_ns
        row = known.get(path.name)
        if row is None or row.get("written") != written:
            with np.load(path, allow_pickle=False) as held:
                row = {
                    "file": path.name,
                    "written": written,
                    "song": str(held["song"]),
                    "variant": int(held["variant"]),
                    "split": str(held["split"]),
                    "duration": round(float(held["duration"]), 3),
                    "choruses": int(held["starts"].size),
                    "share": round(
                        float((held["ends"] - held["starts"]).sum()) / float(held["duration"]), 4
                    ),
                    **json.loads(str(held["about"])),
                }
        rows.append(row)
    text = json.dumps({"edition": EDITION, "renderings": rows}, indent=0)
    write_whole(folder / INDEX, text.encode())
    return len(rows)


def read_index(folder: Path) -> list[dict[str, Any]]:
    """Return the rows of `index.json`; [] where there is none, or one of another edition."""
    try:
        held = json.loads((folder / INDEX).read_text())
        rows: list[dict[str, Any]] = held["renderings"] if held["edition"] == EDITION else []
    except (OSError, ValueError, KeyError, TypeError):
        return []
    return rows
