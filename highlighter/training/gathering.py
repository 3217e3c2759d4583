"""``gather``: the recordings that trained networks are measured on, a folder for each set."""

from __future__ import annotations

import argparse
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np

from highlighter.training.batches import files_of
from highlighter.training.labelled import MeasuredSet, labelled_sets

VALIDATION = "POP909, validation"
"""Songs of the corpus that no network learns from, and that choose the best pass of each."""


HEARD = "heard"
"""Folder for what was heard of labelled songs, before it is put into one for each set."""


def add_parser(commands: Any) -> None:
    """Add the command to `python -m highlighter.training`."""
    parser = commands.add_parser("gather", help="gather the recordings to measure networks on")
    parser.add_argument("--corpus", type=Path, required=True, help="folder of rendered songs")
    parser.add_argument("--out", type=Path, required=True, help="gets a folder for each set")
    parser.add_argument("--data", type=Path, help="folder of labelled songs")
    parser.add_argument("--rendered", type=Path, help="folder of the MIDI archive's songs as WAV")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Gather as the command line asks; return the exit status."""
    cache = options.out / HEARD
    sets = [validation(options.corpus)]
    if options.data is not None:
        sets += labelled_sets(options.data, cache, options.rendered)
    for one in sets:
        folder = options.out / folder_name(one.name)
        folder.mkdir(parents=True, exist_ok=True)
        for path in one.files:
            shutil.copyfile(path, folder / path.name)
        print(f"{folder}: {len(one.files)} recordings", flush=True)
    return 0


def validation(corpus: Path) -> MeasuredSet:
    """Return the corpus's recordings that no network learns from.

    Raises
    ------
    CorpusMissingError
        The folder holds no recordings at all.
    """
    return MeasuredSet(VALIDATION, tuple(one for one in files_of(corpus) if _is_kept(one)))


def folder_name(name: str) -> str:
    """Return a set's name as that of a folder: ``rwc_popular_rendered``."""
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")


def _is_kept(path: Path) -> bool:
    with np.load(path, allow_pickle=False) as held:
        return str(held["split"]) == "valid"
