"""What ``hooklist evaluate trailer --data DIR --out DIR`` runs."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from highlighter.evaluation.errors import BadEvaluationRequestError, ReportNotWrittenError
from highlighter.evaluation.render import PACKAGES, find_synthesizer, render_archive
from highlighter.evaluation.songs import rwc_archive
from highlighter.evaluation.trailers.acceptance import Check, checks
from highlighter.evaluation.trailers.draws import TRACKS, Playlist, draw_playlists
from highlighter.evaluation.trailers.figures import planned
from highlighter.evaluation.trailers.keeping import Kept, code_hash
from highlighter.evaluation.trailers.learning import Known, learn_all
from highlighter.evaluation.trailers.making import sounded
from highlighter.evaluation.trailers.pairs import write_pairs
from highlighter.evaluation.trailers.pool import read_pool
from highlighter.evaluation.trailers.report import Heading, write_trailer_report
from highlighter.evaluation.trailers.work import Workers
from highlighter.trailer.plan import LONGEST, SHORTEST

PLAYLISTS = 200
SECONDS = 12.0
MOST_PLAYLISTS = 10_000
MOST_PROCESSES = 8

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class TrailerReport:
    """What an evaluation came to.

    Attributes
    ----------
    path
        ``report.md``; tables and plots are beside it.
    checks
        What was asked for, met or missed.
    failures
        Sentences: tracks that could not be heard, trailers that could not be made.
    notes
        Sentences about what was not measured.
    seconds
        How long it took.
    """

    path: Path
    checks: tuple[Check, ...]
    failures: tuple[str, ...]
    notes: tuple[str, ...]
    seconds: float


def evaluate_trailer(
    data: Path | None,
    out: Path,
    *,
    music: Sequence[Path] = (),
    rendered: Path | None = None,
    playlists: int = PLAYLISTS,
    tracks: int = TRACKS,
    seconds: float = SECONDS,
    seed: int = 0,
    sound: int | None = None,
    pairs: Path | None = None,
    processes: int | None = None,
    tell: Tell = lambda step: None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> TrailerReport:
    """Draw playlists, make trailers of them in several ways, measure them, write the report.

    Parameters
    ----------
    data
        As for `highlighter.evaluation.commands.evaluate_highlights`; may be None where there is
        music.
    out
        The folder to write; what was heard and made is kept in it, so that a second run is quick.
    music
        Folders of audio, each with ``truth.json`` or not.
    rendered
        A folder with the archive's songs as ``NAME.wav``; rendered into `out` when None.
    playlists, tracks
        How many, and of how many tracks each.
    seconds
        Per track, 2 to 60.
    seed
        Of the draws.
    sound
        Of so many playlists the trailers are made and heard; of all when None.
    pairs
        Where pairs to be heard blind are written; nowhere when None.
    processes
        At once; as many as there are processors, at most 8, when None.
    tell
        Told what was done.
    now
        The clock that dates the report.

    Raises
    ------
    BadEvaluationRequestError
        An option makes no sense, or there are not two tracks that can be heard.
    NoLabelledSongsError, LabelsUnreadableError, ArchiveUnsafeError
        The data cannot be read.
    ReportNotWrittenError
        A folder cannot be written.
    """
    begun = time.monotonic()
    _check(data, music, playlists, tracks, seconds, sound, processes)
    size = min(MOST_PROCESSES, processes or os.cpu_count() or 1)
    out = Path(out)
    try:
        out.mkdir(parents=True, exist_ok=True)
        notes: list[str] = []
        if data is not None and rendered is None:
            rendered = _rendered(data, out, size, notes, tell)
        pool = read_pool(data, rendered, tuple(music))
        with Workers(size) as workers:
            kept = Kept(out / "answers")
            known, failures = learn_all(pool, seconds, kept, code_hash(), workers, tell)
            drawn = _drawn(known, playlists, seed, tracks, failures)
            tell(f"planning {len(drawn)} playlists")
            results = [one for each in drawn for one in planned(each, seconds, seed)]
            most = len(drawn) if sound is None else sound
            results, failed = sounded(results, seconds, most, kept, workers, tell)
            failures += failed
            if pairs is not None:
                failures += write_pairs(Path(pairs), results, seconds, workers, tell)
        found = checks(results, known)
        took = time.monotonic() - begun
        if most < len(drawn):
            notes.append(f"Sound was made and heard of the first {most} playlists only.")
        stamp = now().isoformat(timespec="seconds")
        heading = Heading(stamp, seconds, seed, took, (*notes, *failures))
        path = write_trailer_report(out, heading, known, results, found)
    except OSError as error:
        raise ReportNotWrittenError(
            "The report cannot be written",
            which=str(error.filename or out),
            why=error.strerror or str(error),
            next_step="name another folder with --out",
        ) from error
    return TrailerReport(path, found, tuple(failures), tuple(notes), took)


def _drawn(
    known: Sequence[Known], playlists: int, seed: int, tracks: int, failures: Sequence[str]
) -> tuple[Playlist, ...]:
    if len(known) < 2:
        raise BadEvaluationRequestError(
            "There is nothing to make trailers of",
            which=f"{len(known)} tracks that can be heard",
            why=failures[0] if failures else "a trailer joins two at least",
            next_step="name a folder with songs with --data, or with --music",
        )
    return draw_playlists(known, playlists, seed, tracks)


def _rendered(data: Path, out: Path, processes: int, notes: list[str], tell: Tell) -> Path | None:
    archive = rwc_archive(data)
    if archive is None:
        return None
    synthesizer = find_synthesizer()
    if synthesizer is None:
        notes.append(
            f"Not measured: {archive.name}, since FluidSynth or its soundfont FluidR3 is not"
            f" installed (Debian: {PACKAGES})."
        )
        return None
    made = render_archive(archive, out / "rendered", synthesizer, processes=processes, tell=tell)
    notes += [f"Not rendered: {name}: {why}" for name, why in made.failed.items()]
    return made.folder


def _check(
    data: Path | None,
    music: Sequence[Path],
    playlists: int,
    tracks: int,
    seconds: float,
    sound: int | None,
    processes: int | None,
) -> None:
    problem = ""
    if data is None and not music:
        problem = "neither --data nor --music names a folder"
    elif not 1 <= playlists <= MOST_PLAYLISTS:
        problem = f"{playlists} playlists are not between 1 and {MOST_PLAYLISTS}"
    elif not 2 <= tracks <= 12:
        problem = f"{tracks} tracks of a playlist are not between 2 and 12"
    elif not SHORTEST <= seconds <= LONGEST:
        problem = f"{seconds:g} seconds per track are not between {SHORTEST:g} and {LONGEST:g}"
    elif sound is not None and sound < 0:
        problem = f"{sound} playlists cannot be heard"
    elif processes is not None and processes < 1:
        problem = f"{processes} processes are not enough"
    if problem:
        raise BadEvaluationRequestError(
            "The evaluation cannot be run so", why=problem, next_step="ask for something else"
        )
