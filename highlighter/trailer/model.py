"""What goes into a trailer and what comes out of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Order = Literal["keep", "flow"]

Progress = Callable[[int, int, str], None]
"""Called with (steps done, steps in all, stage); see `STAGES`."""

STAGES = ("listening", "planning", "mixing", "writing", "checking", "done")
"""The stages a progress callback is told, in the order they come."""


@dataclass(frozen=True, slots=True)
class TrailerTrack:
    """One track of the playlist, with what is already known about it.

    Parameters
    ----------
    file
        The audio file.
    title, artists
        What the chapter is called; the file's name where both are missing.
    start, end
        The highlight in seconds of the file, where it is known; else it is found. `end` alone is
        not enough, `start` alone is.
    beats
        Times of beats in seconds of the file, in order; None where they were never looked for
        (they are then, around the highlight), empty where the track is known to have none.
    beat_confidence
        How sure those beats are, 0 to 1.
    tempo
        Beats per minute, where known; only the order `flow` looks at it.
    key, mode
        Pitch class 0 to 11 (0 = C) and 1 for major, 0 for minor; only the order `flow` looks.
    genre, genre_confidence
        Help to find the highlight; the confidence is None where the genre was stated.
    attribution
        Author, licence and source as they have to be named; written into the file.
    """

    file: Path
    title: str = ""
    artists: tuple[str, ...] = ()
    start: float | None = None
    end: float | None = None
    beats: tuple[float, ...] | None = None
    beat_confidence: float = 1.0
    tempo: float | None = None
    key: int | None = None
    mode: int | None = None
    genre: str | None = None
    genre_confidence: float | None = None
    attribution: str = ""

    @property
    def label(self) -> str:
        """What a listener sees: "artists – title", or what there is of it."""
        names = ", ".join(name for name in self.artists if name)
        if names and self.title:
            return f"{names} – {self.title}"
        return self.title or self.file.stem


@dataclass(frozen=True, slots=True)
class Chapter:
    """Where a track is heard in the trailer, and where that is in the track.

    Chapters lie end to end: one ends and the next starts in the middle of their join. Both spans
    are equally long, and ``source_start + (t - start)`` is what is heard at time t.

    Parameters
    ----------
    file, title, artists
        Of the track, as given.
    start, end
        Seconds of the trailer.
    source_start, source_end
        Seconds of the track.
    transition
        How the chapter is entered: ``"start"`` for the first, else the kind of join.
    transition_seconds
        How long the two tracks sound together around `start`; 0 for the first.
    reason
        Why that kind of join, in one clause of English.
    """

    file: Path
    title: str
    artists: tuple[str, ...]
    start: float
    end: float
    source_start: float
    source_end: float
    transition: str
    transition_seconds: float
    reason: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """A track that is not in the trailer, and why.

    Parameters
    ----------
    file
        Of the track, as given.
    error_code
        Stable and dotted, for example ``audio.unreadable``.
    reason
        One sentence.
    """

    file: Path
    error_code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Trailer:
    """A finished trailer.

    Parameters
    ----------
    file
        Where it lies.
    duration
        Seconds.
    lufs
        Integrated loudness of the decoded file (ITU-R BS.1770-4), LUFS.
    true_peak_dbtp
        True peak of the decoded file, dBTP.
    chapters
        One per track heard, in order of time.
    skipped
        The tracks that are not in it, in the order given.
    peaks
        Largest magnitude in each of about 600 equal spans of time, 0 to 1, for a waveform.
    """

    file: Path
    duration: float
    lufs: float
    true_peak_dbtp: float
    chapters: tuple[Chapter, ...]
    skipped: tuple[Skipped, ...]
    peaks: tuple[float, ...]
