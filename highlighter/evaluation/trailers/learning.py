"""One track, heard once: its highlight, and what a plan may know of it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from highlighter.audio import probe
from highlighter.evaluation.cache import file_hash
from highlighter.evaluation.trailers.keeping import Kept
from highlighter.evaluation.trailers.pool import PoolTrack
from highlighter.evaluation.trailers.work import Workers
from highlighter.study import study
from highlighter.trailer import TrailerTrack
from highlighter.trailer.commands import track_of_file
from highlighter.trailer.excerpts import ExcerptStore
from highlighter.trailer.listen import HIGHLIGHT_SECONDS, MATERIAL_SECONDS, hear, listen
from highlighter.trailer.material import Material

RATE = 44_100
"""Hz at which everything is listened to; that of MP3."""


@dataclass(frozen=True, slots=True)
class Learnt:
    """What listening to a track told.

    Attributes
    ----------
    track
        Ready for `highlighter.trailer.make_trailer`: with highlight, tempo and key, and all that a
        trailer has to know of it, as the web keeps it.
    material
        What the plan knows.
    bpm
        Beats per minute of the whole track, None where none was found.
    """

    track: TrailerTrack
    material: Material
    bpm: float | None


@dataclass(frozen=True, slots=True)
class Known:
    """A track of the pool with what listening told.

    Attributes
    ----------
    pool
        With its truth.
    content
        SHA-256 of the file.
    learnt
        What was heard.
    """

    pool: PoolTrack
    content: str
    learnt: Learnt

    @property
    def tempo(self) -> float | None:
        """Beats per minute around the highlight, or of the whole track."""
        return self.learnt.material.tempo

    @property
    def key(self) -> tuple[int, int] | None:
        """Pitch class and mode, as heard."""
        material = self.learnt.material
        if material.key is None or material.mode is None:
            return None
        return material.key, material.mode


def learn(path: str, genre: str, seconds: float) -> Learnt:
    """Study a file and listen to its highlight, as a trailer of it would.

    Parameters
    ----------
    path
        The file.
    genre
        As stated; the file's own tag where empty.
    seconds
        That a trailer plays of it.

    Raises
    ------
    HooklistError
        The file cannot be read, or is silent.
    """
    track = track_of_file(Path(path))
    if genre:
        track = replace(track, genre=genre)
    bpm: float | None = None
    if (probe(track.file).duration or seconds + 1.0) > seconds:
        analysis, highlight = study(
            track.file,
            HIGHLIGHT_SECONDS,
            genre=track.genre,
            genre_confidence=track.genre_confidence,
        )
        bpm = analysis.bpm
        track = replace(
            track,
            start=highlight.start,
            end=highlight.end,
            tempo=analysis.bpm,
            key=analysis.pitch_class,
            mode=analysis.mode,
        )
    else:
        track = replace(track, start=0.0)
    track = replace(track, material=hear(track, max(seconds, MATERIAL_SECONDS)))
    with tempfile.TemporaryDirectory() as folder, ExcerptStore(RATE, Path(folder)) as store:
        material = listen(track, seconds, store)
    return Learnt(track, material, bpm)


def learn_all(
    tracks: Sequence[PoolTrack],
    seconds: float,
    kept: Kept,
    code: str,
    workers: Workers,
    tell: Callable[[str], None],
) -> tuple[list[Known], list[str]]:
    """Return what is known of each track that can be heard, and a sentence for each that cannot.

    Parameters
    ----------
    tracks
        The pool.
    seconds
        That a trailer plays of each.
    kept
        Where answers are kept.
    code
        Hash of what listens.
    workers
        Hear them.
    tell
        Told what was done.
    """

    def one(track: PoolTrack) -> Known | str:
        try:
            content = file_hash(track.path)
        except OSError as error:
            return f"{track.path.name}: {error.strerror}"
        key = kept.key("learnt", content, track.path.absolute(), track.genre, seconds, code)
        learnt = kept.get(key, Learnt)
        if learnt is None:
            found = workers.run(learn, str(track.path), track.genre, seconds)
            if isinstance(found, str):
                return f"{track.path.name}: {found}"
            learnt = found
            kept.put(key, learnt)
        return Known(track, content, learnt)

    answers = workers.each(one, tracks, lambda done: _told(done, len(tracks), tell))
    known = [answer for answer in answers if isinstance(answer, Known)]
    return known, [answer for answer in answers if isinstance(answer, str)]


def _told(done: int, count: int, tell: Callable[[str], None]) -> None:
    if done % 10 == 0 or done == count:
        tell(f"heard {done}/{count}")
