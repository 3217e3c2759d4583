"""`render`: the command that makes a corpus, song by song, where it was left off."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from highlighter.training.corpus import INDEX, file_name, is_current, write_index, write_rendering
from highlighter.training.song_errors import (
    CorpusUnusableError,
    SongError,
    SynthesiserMissingError,
)
from highlighter.training.synthesiser import sound_font

INSTRUMENTS = ".instruments"
"""Folder of samples within the corpus; it may be deleted."""

_INDEX_EVERY = 20
"""Renderings after which the index is written anew."""

_STALE = 900.0
"""Seconds after which a half-written file belongs to nobody."""


@dataclass(frozen=True, slots=True)
class Job:
    """One file to make.

    Attributes
    ----------
    source
        The data set's folder, or the audio file.
    song, variant, seed
        See `highlighter.training.render.render`; of an audio file only the song counts.
    out
        The corpus.
    choruses
        Seconds of an audio file's choruses; None for POP909.
    """

    source: str
    song: str
    variant: int
    seed: int
    out: str
    choruses: tuple[tuple[float, float], ...] | None = None

    @property
    def path(self) -> Path:
        """Where its file goes."""
        return Path(self.out) / f"{file_name(self.song, self.variant)}.npz"


def add_parser(commands: Any) -> None:
    """Add `render` to the subparsers of `python -m highlighter.training`."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "render",
        help="make training songs",
        description="Arrange and render POP909, or hear labelled audio, and write a corpus.",
    )
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--pop909", type=Path, metavar="DIR", help="folder with 001, 002, …")
    source.add_argument("--audio", type=Path, metavar="DIR", help="folder of audio files")
    parser.add_argument("--labels", type=Path, metavar="FILE", help="choruses of --audio, as JSON")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="the corpus")
    parser.add_argument("--songs", type=_positive, metavar="N", help="only so many songs")
    parser.add_argument("--variants", type=_positive, default=1, metavar="V")
    parser.add_argument("--processes", type=_positive, default=1, metavar="P")
    parser.add_argument("--seed", type=int, default=0, metavar="S")
    parser.set_defaults(run=run)


def _positive(text: str) -> int:
    value = int(text)
    if not 1 <= value <= 100_000:
        raise argparse.ArgumentTypeError(f"{text} is not between 1 and 100000")
    return value


def run(options: argparse.Namespace) -> int:
    """Make what is missing; return 0, or 1 where nothing could be made."""
    jobs = _jobs(options)
    prepare(options.out)
    missing = [job for job in jobs if not is_current(job.path)]
    missing.sort(key=lambda job: job.path.is_file())  # what is there in an older form comes last
    if options.pop909 and missing:
        sound_font()
    print(f"{len(jobs)} renderings, {len(jobs) - len(missing)} are there", flush=True)
    made, failed = make(missing, options.processes, _Progress(len(missing)))
    total = write_index(options.out)
    print(f"{made} made, {failed} failed; {options.out / INDEX} lists {total}", flush=True)
    return 1 if failed and not made else 0


def _jobs(options: argparse.Namespace) -> list[Job]:
    if options.pop909:
        from highlighter.training.pop909 import song_names

        names = song_names(options.pop909)
        order = np.random.default_rng(options.seed).permutation(len(names))
        chosen = [names[place] for place in order[: options.songs]]
        where = str(options.pop909.resolve())
        return [
            Job(where, name, variant, options.seed, str(options.out))
            for variant in range(options.variants)
            for name in chosen
        ]
    from highlighter.training.library import labelled_files

    files = labelled_files(options.audio, options.labels)
    return [
        Job(str(path), path.stem, 0, options.seed, str(options.out), choruses)
        for path, choruses in files[: options.songs]
    ]


def prepare(out: Path) -> None:
    """Make the folder and clear away what killed runs left half written.

    Raises
    ------
    CorpusUnusableError
        It cannot be made.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        for part in out.glob(".*.part"):
            if time.time() - part.stat().st_mtime > _STALE:
                part.unlink(missing_ok=True)
    except OSError as error:
        raise CorpusUnusableError(
            "This folder cannot hold a corpus",
            which=str(out),
            why=str(error),
            next_step="name another folder with --out",
        ) from error


def work(job: Job) -> str:
    """Make one file; return its name."""
    if job.choruses is not None:
        from highlighter.training.library import hear_file

        rendering = hear_file(Path(job.source), job.choruses)
    else:
        from highlighter.training.pop909 import read_songbook
        from highlighter.training.render import render
        from highlighter.training.sampler import Bank

        book = read_songbook(Path(job.source), job.song)
        rendering = render(book, job.variant, job.seed, Bank(Path(job.out) / INSTRUMENTS))
    return write_rendering(Path(job.out), rendering).name


def make(jobs: list[Job], processes: int, progress: Callable[[str, str], None]) -> tuple[int, int]:
    """Do the jobs; return how many were done and how many failed.

    Parameters
    ----------
    jobs
        Files that are missing; they are made in this order.
    processes
        How many at a time; 1 works in this process.
    progress
        Called with a name, and why it failed or an empty string, after each job.

    Raises
    ------
    SynthesiserMissingError
        The first job that needs it finds it gone; other failures are counted.
    """
    made = failed = 0
    for job, problem in _done(jobs, processes):
        if isinstance(problem, SynthesiserMissingError):
            raise problem
        made, failed = made + (problem is None), failed + (problem is not None)
        progress(job.path.name, str(problem) if problem else "")
        if jobs and (made + failed) % _INDEX_EVERY == 0:
            write_index(Path(job.out))
    return made, failed


def _done(jobs: list[Job], processes: int) -> Iterator[tuple[Job, Exception | None]]:
    if processes == 1:
        for job in jobs:
            try:
                work(job)
            except (SongError, _audio_error()) as error:
                yield job, error
            else:
                yield job, None
        return
    # One thread of arithmetic per process: more would only get into each other's way.
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    waiting = iter(jobs)
    running: dict[Future[str], Job] = {}
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        try:
            while True:
                for job in islice(waiting, 2 * processes - len(running)):
                    running[pool.submit(work, job)] = job
                if not running:
                    return
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    job = running.pop(future)
                    try:
                        future.result()
                    except (SongError, _audio_error()) as error:
                        yield job, error
                    else:
                        yield job, None
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _audio_error() -> type[Exception]:
    from highlighter.errors import AudioError

    return AudioError


class _Progress:
    """A line per rendering: how many, how long the rest may take."""

    def __init__(self, total: int) -> None:
        self._total, self._count, self._began = total, 0, time.monotonic()

    def __call__(self, name: str, failure: str) -> None:
        self._count += 1
        each = (time.monotonic() - self._began) / self._count
        left = each * (self._total - self._count)
        line = f"{self._count}/{self._total} {name} {each:.2f} s each, {left / 60.0:.0f} min left"
        if failure:
            print(f"{line}: {failure}", file=sys.stderr, flush=True)
        else:
            print(line, flush=True)
