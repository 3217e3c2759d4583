"""What goes into a trailer and what comes out of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

Order = Literal["keep", "flow"]

Progress = Callable[[int, int, str], None]
"""Called with (steps done, steps in all, stage); see `STAGES`."""

NoDerivatives = Literal["cut", "leave-out"]
"""What becomes of a track whose licence forbids derivatives: played between silences, or not."""

STAGES = ("listening", "planning", "mixing", "checking", "writing", "done")
"""The stages a progress callback is told, in the order they come.

What is mixed is written at once; `writing` is told only where it has to be written again, and
`checking` then once more.
"""


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
    downbeats, downbeat_confidence
        First beats of bars among `beats`, and how sure they are, 0 to 1; empty where not known.
    phrases, phrase_confidence
        Starts of phrases in seconds of the file, and how sure they are, 0 to 1.
    vocals
        Spans with singing in seconds of the file, where somebody listened for them.
    material
        What `highlighter.trailer.hear` found out about this file around this `start`. It is looked
        through: what is of another version, window or length of the file, or does not reach as far
        as is needed, is not used, and the track is listened to instead.
    no_derivatives
        Whether its licence forbids to mix it
        (`highlighter.trailer.licences.forbids_derivatives`).
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
    downbeats: tuple[float, ...] = ()
    downbeat_confidence: float = 0.0
    phrases: tuple[float, ...] = ()
    phrase_confidence: float = 0.0
    vocals: tuple[tuple[float, float], ...] | None = None
    no_derivatives: bool = False
    material: Mapping[str, Any] | None = None

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

    Chapters lie end to end: one ends and the next starts in the middle of their transition.
    ``source_start + (t - start) · rate`` is what is heard of the track at time t.

    Parameters
    ----------
    file, title, artists
        Of the track, as given.
    start, end
        Seconds of the trailer.
    source_start, source_end
        Seconds of the track.
    transition
        How the chapter is entered: ``"start"`` for the first, else ``"beat-matched"``,
        ``"assisted"``, ``"plain"``, ``"breath"`` or ``"cut"``.
    transition_seconds
        How long that transition lasts, half of it before `start`; 0 for the first.
    reason
        Why that kind of transition, in one clause of English.
    rate
        Seconds of the track per second of the trailer: 1 where it plays at its own tempo.
    beats
        How many beats a beat-matched transition lasts; else 0.
    kept
        Share, 0 to 1, of the start of the highlight, as much of it as was asked for and as there
        is, that is heard between `source_start` and `source_end`. 1 but for cuts that were moved.
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
    rate: float = 1.0
    beats: int = 0
    kept: float = 1.0


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
    limited
        Share of the samples, 0 to 1, that the limiter turned down by more than 0.1 dB.
    """

    file: Path
    duration: float
    lufs: float
    true_peak_dbtp: float
    chapters: tuple[Chapter, ...]
    skipped: tuple[Skipped, ...]
    peaks: tuple[float, ...]
    limited: float = 0.0
