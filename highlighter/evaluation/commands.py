"""What ``hooklist evaluate highlights --data DIR --out DIR`` runs."""

from __future__ import annotations

import os
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from highlighter.evaluation.cache import AnswerCache
from highlighter.evaluation.errors import (
    BadEvaluationRequestError,
    NoLabelledSongsError,
    ReportNotWrittenError,
)
from highlighter.evaluation.hear import Answer
from highlighter.evaluation.listening import HeardSong, Tell, hear_all
from highlighter.evaluation.measure import (
    Measured,
    failed_answers,
    measure,
    reason_to_leave_out,
)
from highlighter.evaluation.models import find_models
from highlighter.evaluation.peer import ADAPTER, PYCHORUS, Peer, ask_all
from highlighter.evaluation.render import PACKAGES, find_synthesizer, render_archive
from highlighter.evaluation.report import Heading, write_report
from highlighter.evaluation.songs import Song, read_songs, rwc_archive
from highlighter.highlight import USUAL, check_seconds

MOST_PROCESSES = 8


@dataclass(frozen=True, slots=True)
class Report:
    """What an evaluation came to.

    Attributes
    ----------
    path
        ``report.md``; ``songs.html``, tables and plots are beside it.
    measured
        Data set by data set.
    failures
        Sentences: files that could not be heard, answers of ours that failed.
    notes
        Sentences about what was not measured.
    seconds
        How long it took.
    """

    path: Path
    measured: tuple[Measured, ...]
    failures: tuple[str, ...]
    notes: tuple[str, ...]
    seconds: float


def evaluate_highlights(
    data: Path | str,
    out: Path | str,
    *,
    seconds: float = USUAL,
    songs: int | None = None,
    rendered: Path | None = None,
    models: Path | None = None,
    peer_python: Path | None = None,
    peer_adapter: Path = ADAPTER,
    processes: int | None = None,
    tell: Tell = lambda step: None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Report:
    """Measure the default, every strategy and every baseline on labelled songs; write the report.

    Parameters
    ----------
    data
        See `highlighter.evaluation.songs.read_songs`.
    out
        The folder to write; what was heard and rendered is kept in it, so that a second run is
        quick.
    seconds
        Length of the clips, 8 to 60.
    songs
        Only the first so many songs with choruses of each data set; all when None.
    rendered
        A folder with the archive's songs as ``NAME.wav``; rendered into `out` when None.
    models
        A folder of ``.onnx`` files to ask, too.
    peer_python
        An interpreter that has pychorus; it is not asked when None.
    peer_adapter
        The script that asks it.
    processes
        Songs at once; as many as there are processors, at most 8, when None.
    tell
        Told what was done.
    now
        The clock that dates the report.

    Raises
    ------
    NoLabelledSongsError, LabelsUnreadableError, ArchiveUnsafeError
        There is nothing to measure on, or it cannot be read.
    BadEvaluationRequestError, AudioBadRequestError
        An option makes no sense.
    ReportNotWrittenError
        The folder cannot be written.
    """
    begun = time.monotonic()
    check_seconds(seconds)
    out = Path(out)
    workers = _processes(processes)
    asked_models = _models(models)
    _check_number("songs", songs)
    _check_peer(peer_python, peer_adapter)
    try:
        out.mkdir(parents=True, exist_ok=True)
        found = _find_songs(Path(data), out, rendered, songs, workers, tell)
        cache = AnswerCache(out / "answers")
        heard = hear_all(
            [song for song in found.songs if song.choruses],
            seconds,
            cache,
            models=asked_models,
            processes=workers,
            tell=tell,
        )
        heard = [_explained(one, found.not_rendered) for one in heard]
        notes, peer = list(found.notes), None
        if peer_python is None:
            notes.append("pychorus, since no interpreter that has it was named (--peer-python).")
        else:
            peer = _peer_answers(Peer(peer_python, cache, peer_adapter), heard, seconds, tell)
        measured = tuple(_measured(found.songs, heard, seconds, peer))
        took = time.monotonic() - begun
        heading = Heading(now().isoformat(timespec="seconds"), seconds, took, tuple(notes))
        path = write_report(out, heading, measured)
    except OSError as error:
        raise ReportNotWrittenError(
            "The report cannot be written",
            which=str(error.filename or out),
            why=error.strerror or str(error),
            next_step="name another folder with --out",
        ) from error
    return Report(path, measured, tuple(_failures(measured)), tuple(notes), took)


@dataclass(frozen=True, slots=True)
class _Songs:
    """What there is to hear, what is not there and why, and which songs could not be rendered."""

    songs: tuple[Song, ...]
    notes: tuple[str, ...]
    not_rendered: Mapping[str, str]


def _find_songs(
    data: Path, out: Path, rendered: Path | None, most: int | None, processes: int, tell: Tell
) -> _Songs:
    archive = rwc_archive(data)
    notes, failed = "", {}
    if archive is not None and rendered is None:
        synthesizer = find_synthesizer()
        if synthesizer is None:
            notes = (
                f"{archive.name}, since FluidSynth or its soundfont FluidR3 is not installed"
                f" (Debian: {PACKAGES})."
            )
        else:
            names = {song.path.stem for song in _first(read_songs(data, out), most)}
            made = render_archive(
                archive,
                out / "rendered",
                synthesizer,
                only=names.__contains__,
                processes=processes,
                tell=tell,
            )
            rendered, failed = made.folder, made.failed
    found = _first(read_songs(data, rendered), most)
    if not any(song.choruses for song in found):
        raise NoLabelledSongsError(
            "There is no song to evaluate highlights with",
            which=str(data),
            why=notes or "no chorus is marked in any of them",
            next_step=f"install {PACKAGES}, or mark choruses in songs.json",
        )
    return _Songs(tuple(found), (notes,) if notes else (), failed)


def _explained(heard: HeardSong, not_rendered: Mapping[str, str]) -> HeardSong:
    why = not_rendered.get(heard.song.path.stem)
    if heard.listening is not None or why is None:
        return heard
    return replace(heard, error=f"It could not be rendered: {why}")


def _first(songs: Sequence[Song], most: int | None) -> list[Song]:
    """Return the first songs with choruses of each data set; without a bound, all songs."""
    if most is None:
        return list(songs)
    taken: dict[str, list[Song]] = {}
    for song in songs:
        group = taken.setdefault(song.data_set, [])
        if song.choruses and len(group) < most:
            group.append(song)
    return [song for group in taken.values() for song in group]


def _measured(
    songs: Sequence[Song],
    heard: Sequence[HeardSong],
    seconds: float,
    peer: Mapping[str, Mapping[str, Answer]] | None,
) -> Iterator[Measured]:
    for name in dict.fromkeys(song.data_set for song in songs):
        group = [one for one in heard if one.song.data_set == name]
        unmarked = [one for one in songs if one.data_set == name and not one.choruses]
        yield measure(name, group, seconds, None if peer is None else peer.get(name, {}), unmarked)


def _peer_answers(
    peer: Peer, heard: Sequence[HeardSong], seconds: float, tell: Tell
) -> dict[str, Mapping[str, Answer]]:
    scored = [
        (one, one.listening.duration)
        for one in heard
        if one.listening is not None
        and not reason_to_leave_out(one.song, one.listening.duration, seconds)
    ]
    asked = [(one.song.path, one.content, duration) for one, duration in scored]
    answers = ask_all(peer, asked, seconds, tell)
    found: dict[str, dict[str, Answer]] = defaultdict(dict)
    for (one, _), answer in zip(scored, answers, strict=True):
        found[one.song.data_set][one.song.name] = answer
    return dict(found)


def _failures(measured: Sequence[Measured]) -> list[str]:
    failures = []
    for one in measured:
        failures += [f"{song.name}: {why}" for song, why in one.failed]
        failures += [
            f"{song}: {row}: {why}" for row, song, why in failed_answers(one) if row != PYCHORUS
        ]
    return failures


def _processes(asked: int | None) -> int:
    _check_number("processes", asked)
    return min(MOST_PROCESSES, asked or os.cpu_count() or 1)


def _check_number(name: str, value: int | None) -> None:
    if value is not None and value < 1:
        raise BadEvaluationRequestError(
            "The evaluation cannot be run so", which=f"{name} {value}", why="1 is the least"
        )


def _models(folder: Path | None) -> list[Path]:
    if folder is None:
        return []
    found = find_models(folder) if folder.is_dir() else []
    if not found:
        raise BadEvaluationRequestError(
            "There are no models to ask",
            which=str(folder),
            why="it is no folder with .onnx files",
            next_step="name one with --models, or leave it out",
        )
    return found


def _check_peer(python: Path | None, adapter: Path) -> None:
    if python is None:
        return
    for path, what in ((python, "interpreter"), (adapter, "adapter script")):
        if not path.is_file():
            raise BadEvaluationRequestError(
                "pychorus cannot be asked",
                which=str(path),
                why=f"there is no such {what}",
                next_step="name an interpreter that has pychorus, from a checkout of this project",
            )
