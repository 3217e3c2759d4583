"""The command line's trailer: file names in, plain data out."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from highlighter.audio.tags import genre_tag
from highlighter.trailer.licences import forbids_derivatives
from highlighter.trailer.make import make_trailer
from highlighter.trailer.model import NoDerivatives, Order, Progress, Trailer, TrailerTrack


def trailer_of_files(
    files: Sequence[Path],
    out: Path,
    *,
    seconds_per_track: float = 12.0,
    order: Order = "keep",
    total_seconds: float | None = None,
    mixing: bool = True,
    no_derivatives: NoDerivatives = "cut",
    progress: Progress | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> dict[str, Any]:
    """Make a trailer of audio files, named by their tags; return `as_json` of it.

    Parameters, and errors raised, as for `make_trailer`. ``skipped`` in the answer is empty if
    every file is heard.
    """
    trailer = make_trailer(
        [track_of_file(file) for file in files],
        out,
        seconds_per_track=seconds_per_track,
        order=order,
        total_seconds=total_seconds,
        mixing=mixing,
        no_derivatives=no_derivatives,
        title=out.stem,
        progress=progress,
        should_stop=should_stop,
    )
    return as_json(trailer)


def as_json(trailer: Trailer) -> dict[str, Any]:
    """Return a trailer as JSON can carry it: seconds to the millisecond, levels to 0.01 dB."""
    return {
        "file": str(trailer.file),
        "duration": round(trailer.duration, 3),
        "lufs": _level(trailer.lufs),
        "true_peak_dbtp": _level(trailer.true_peak_dbtp),
        "limited": round(trailer.limited, 4),
        "chapters": [
            {
                "file": str(chapter.file),
                "title": chapter.title,
                "artists": list(chapter.artists),
                "start": round(chapter.start, 3),
                "end": round(chapter.end, 3),
                "source_start": round(chapter.source_start, 3),
                "source_end": round(chapter.source_end, 3),
                "transition": chapter.transition,
                "transition_seconds": round(chapter.transition_seconds, 3),
                "reason": chapter.reason,
                "stretch": round(chapter.rate, 6),
                "beats": chapter.beats,
                "kept": round(chapter.kept, 3),
            }
            for chapter in trailer.chapters
        ],
        "skipped": [
            {"file": str(one.file), "error": one.error_code, "reason": one.reason}
            for one in trailer.skipped
        ],
        "peaks": list(trailer.peaks),
    }


def track_of_file(file: Path) -> TrailerTrack:
    """Return a file as a track, with title, artists, genre and licence from its tags if it has any.

    A file without readable tags is named by its file name; whether it can be played is found out
    later.
    """
    import mutagen

    try:
        tags = mutagen.File(file, easy=True)
    except (mutagen.MutagenError, OSError, ValueError):
        tags = None

    def values(name: str) -> tuple[str, ...]:
        # Formats without easy names refuse unknown ones instead of having none.
        try:
            found = tags.get(name) if tags is not None else None
        except (KeyError, ValueError):
            found = None
        return tuple(str(value).strip() for value in found or () if str(value).strip())

    licences = [*values("license"), *values("copyright")]
    return TrailerTrack(
        file=file,
        title=next(iter(values("title")), ""),
        artists=values("artist"),
        genre=genre_tag(file) or None,
        attribution=next(iter(licences), ""),
        no_derivatives=any(forbids_derivatives(licence) for licence in licences),
    )


def _level(value: float) -> float | None:
    return round(value, 2) if math.isfinite(value) else None
