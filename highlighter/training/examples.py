"""Makes what networks learn from, once: recordings, changed in several ways, kept as tokens."""

from __future__ import annotations

import hashlib
import json
import sys
import time
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from highlighter.highlight.tokens import VERSION
from highlighter.training.augment import augmented
from highlighter.training.batches import (
    Example,
    Recording,
    example_of,
    extras_of,
    files_of,
    read_recording,
)
from highlighter.training.errors import CorpusMissingError

Progress = Callable[[str], None]


def say(line: str) -> None:
    """Print a line of progress at once."""
    print(line, file=sys.stderr, flush=True)


@dataclass(frozen=True, slots=True, eq=False)
class Lessons:
    """What is learnt from, and what is validated on.

    Attributes
    ----------
    views
        For each training recording, its examples: plain first, then changed ones.
    valid
        Plain recordings of other songs.
    """

    views: list[list[Example]]
    valid: list[Example]


def prepare(
    corpus: Path,
    inputs: Sequence[str],
    chances: Mapping[str, float],
    *,
    views: int,
    seed: int,
    cache: Path,
    limit: int | None = None,
    progress: Progress = say,
) -> Lessons:
    """Return the corpus as examples; what was made before is read from `cache`.

    Parameters
    ----------
    corpus
        Folder of recordings.
    inputs
        Names of `INPUTS`.
    chances
        How often each augmentation is made.
    views
        Changed examples per training recording, beside the plain one.
    seed
        Of the changes.
    cache
        Folder for what is made; it may be deleted at any time.
    limit
        Training recordings at most, spread over the corpus.
    progress
        Told a line now and then.

    Raises
    ------
    CorpusMissingError
        There is nothing to learn from, or nothing to validate on.
    """
    extra = extras_of(inputs)
    train, valid = _split(files_of(corpus), corpus)
    if limit is not None and len(train) > limit:
        train = [train[round(place)] for place in np.linspace(0, len(train) - 1, limit)]
    if not train or not valid:
        raise CorpusMissingError(
            "The corpus has no songs to learn from or none to validate on",
            which=str(corpus),
            why=f"{len(train)} recordings to learn from, {len(valid)} to validate on",
        )
    plain = _Shelf(cache, inputs, {}, 0)
    changed = _Shelf(cache, inputs, chances, seed)
    began, learnt = time.monotonic(), []
    for number, path in enumerate(train):
        kept = [plain.read(path, 0), *(changed.read(path, view + 1) for view in range(views))]
        if any(one is None for one in kept):
            song = read_recording(path, extra)
            other = read_recording(train[(number * 7 + 3) % len(train)], extra)
            kept[0] = kept[0] or plain.make(path, 0, song, None)
            for view in range(1, views + 1):
                kept[view] = kept[view] or changed.make(path, view, song, other)
        learnt.append([one for one in kept if one is not None])
        if number % 100 == 99:
            spent = time.monotonic() - began
            progress(f"prepared {number + 1} of {len(train)} recordings in {spent:.0f} s")
    checked = [
        plain.read(path, 0) or plain.make(path, 0, read_recording(path, extra), None)
        for path in valid
    ]
    return Lessons(learnt, [one for one in checked if one.choruses])


def _split(files: list[Path], corpus: Path) -> tuple[list[Path], list[Path]]:
    """Return files to learn from and to validate on, from the index where there is one."""
    splits: dict[str, str] = {}
    for path in files:
        with np.load(path, allow_pickle=False) as held:
            splits[path.stem] = str(held["split"])
    train = [path for path in files if splits[path.stem] == "train"]
    valid = [path for path in files if splits[path.stem] == "valid"]
    return train, valid


class _Shelf:
    """Examples made with one set of changes."""

    def __init__(
        self, cache: Path, inputs: Sequence[str], chances: Mapping[str, float], seed: int
    ) -> None:
        self._inputs, self._chances, self._seed = tuple(inputs), dict(chances), seed
        key = json.dumps([VERSION, sorted(inputs), sorted(chances.items()), seed])
        self._folder = cache / hashlib.sha256(key.encode()).hexdigest()[:16]
        self._folder.mkdir(parents=True, exist_ok=True)

    def read(self, path: Path, view: int) -> Example | None:
        """Return what was made before from the same file, or None."""
        kept = self._path(path, view)
        try:
            if kept.stat().st_mtime < path.stat().st_mtime:
                return None
            with np.load(kept, allow_pickle=False) as held:
                return Example(
                    name=path.stem,
                    inputs={name: held[f"input_{name}"] for name in self._inputs},
                    target=held["target"],
                    weight=held["weight"],
                    start=held["start"],
                    rate=float(held["rate"]),
                    duration=float(held["duration"]),
                    choruses=tuple((float(a), float(b)) for a, b in held["choruses"]),
                )
        except (OSError, KeyError, ValueError, zipfile.BadZipFile):
            return None

    def make(self, path: Path, view: int, song: Recording, other: Recording | None) -> Example:
        """Make an example, and keep it."""
        if self._chances:
            name = f"{self._seed} {path.stem} {view}"
            words = np.frombuffer(hashlib.sha256(name.encode()).digest(), dtype=np.uint32)
            song = augmented(song, self._chances, np.random.default_rng(words), other)
        made = example_of(song, self._inputs)
        inputs: dict[str, Any] = {f"input_{key}": table for key, table in made.inputs.items()}
        kept = self._path(path, view)
        part = kept.with_suffix(".part")
        with part.open("wb") as file:
            np.savez(
                file,
                target=made.target,
                weight=made.weight,
                start=made.start,
                rate=made.rate,
                duration=made.duration,
                choruses=np.asarray(made.choruses, dtype=np.float64).reshape(-1, 2),
                **inputs,
            )
        part.replace(kept)
        return made

    def _path(self, path: Path, view: int) -> Path:
        return self._folder / f"{path.stem}-{view}.npz"
