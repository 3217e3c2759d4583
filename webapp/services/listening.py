"""Hearing files and rendering trailers in child processes, so that no file can end the worker."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hooklist_genres import UNKNOWN, Labelled
from webapp.services.materials import Highlighted
from webapp.services.studies import HIGHLIGHT_SECONDS, Study
from webapp.services.trailer_style import PLAIN_STYLE, TrailerStyle

if TYPE_CHECKING:
    from highlighter.audio import Limits

MATERIAL = "material-"
"""How the names of the hearing of parts begin, whatever its version."""
METHOD = "heard-2"
"""Names the way of listening; raised whenever its answers change, so that files are heard anew."""

STATISTICS_METHOD = "sound-1"
"""The same for what classifiers of genres are asked with."""

LISTEN_SECONDS = 300.0
RENDER_SECONDS = 15 * 60.0
RENDER_MEGABYTES = 3_072


def method() -> str:
    """Return `METHOD` with the network that is installed: with another one files are heard anew."""
    from highlighter.highlight.network import MODEL

    try:
        manifest = MODEL.with_suffix(".json").read_bytes()
    except OSError:
        return METHOD
    return f"{METHOD}-{hashlib.sha256(manifest).hexdigest()[:12]}"


def listen(file: Path, label: Labelled = UNKNOWN, *, limits: Limits | None = None) -> Study:
    """Hear one file as music of a genre; see `highlighter.study.study`.

    Parameters
    ----------
    file, label
        What to hear, and as what.
    limits
        Narrower bounds than those of files that the operator chose.

    Raises
    ------
    hooklist_errors.HooklistError
        With a code of ``audio.…``, also when the file killed the process that heard it.
    """
    from highlighter.audio import DEFAULT_LIMITS
    from highlighter.sandbox import run_isolated
    from highlighter.study import study

    analysis, highlight = run_isolated(
        study,
        str(file),
        HIGHLIGHT_SECONDS,
        genre=label.genre or None,
        genre_confidence=label.estimated,
        timeout=LISTEN_SECONDS,
        limits=limits or DEFAULT_LIMITS,
    )
    return Study(
        analysis.to_json() | {"features": analysis.catalogue_features()},
        highlight.to_json() | {"track": analysis.duration},
    )


def material_method() -> str:
    """Return what names the hearing of parts for trailers, and the network it is done with."""
    from highlighter.rhythm.network import MODEL
    from highlighter.trailer.heard import VERSION

    try:
        manifest = MODEL.with_suffix(".json").read_bytes()
    except OSError:
        manifest = b""
    return f"{MATERIAL}{VERSION}-{hashlib.sha256(manifest).hexdigest()[:12]}"


def hear(part: Highlighted) -> Mapping[str, Any]:
    """Hear what a trailer has to know of a part of a file; see `highlighter.trailer.hear`.

    Raises
    ------
    hooklist_errors.HooklistError
        With a code of ``audio.…`` or ``trailer.…``.
    """
    from highlighter.sandbox import run_isolated
    from highlighter.trailer import TrailerTrack
    from highlighter.trailer import hear as hear_part

    track = TrailerTrack(part.file, start=part.start, end=part.end, key=part.key, mode=part.mode)
    material: Mapping[str, Any] = run_isolated(hear_part, track, timeout=LISTEN_SECONDS)
    return material


def listen_to_statistics(file: Path, label: Labelled = UNKNOWN) -> Study:
    """Hear what a classifier of genres may want to know of a file; there is no highlight.

    Raises
    ------
    hooklist_errors.HooklistError
        With a code of ``audio.…``.
    """
    from highlighter.analysis import analyse
    from highlighter.commands import features_of
    from highlighter.sandbox import run_isolated

    analysis = run_isolated(analyse, str(file), statistics=True, timeout=LISTEN_SECONDS)
    return Study({"features": features_of(analysis)}, {})


def render(
    tracks: Sequence[Mapping[str, Any]],
    out: Path,
    *,
    seconds_per_track: float,
    title: str,
    style: TrailerStyle = PLAIN_STYLE,
    total_seconds: float | None = None,
    live: Path | None = None,
    progress: Callable[[int, int, str], None],
    should_stop: Callable[[], bool],
) -> dict[str, Any]:
    """Render a trailer of what `webapp.services.trailers.track_spec` made of the tracks.

    Raises
    ------
    hooklist_errors.HooklistError
        With a code of ``trailer.…`` or ``audio.…``.
    """
    from highlighter.sandbox import run_isolated
    from highlighter.trailer import TrailerTrack, forbids_derivatives, make_trailer
    from highlighter.trailer.commands import as_json

    made = run_isolated(
        make_trailer,
        [
            TrailerTrack(
                file=Path(track["file"]),
                title=track["title"],
                artists=tuple(track["artists"]),
                start=track["start"],
                end=track["end"],
                # Beats are those around the highlight, by what knows how sure it is of them.
                material=track.get("material"),
                key=track["key"],
                mode=track["mode"],
                genre=track["genre"],
                genre_confidence=track["genre_confidence"],
                attribution=track["attribution"],
                no_derivatives=forbids_derivatives(track["licence"]),
            )
            for track in tracks
        ],
        out,
        seconds_per_track=seconds_per_track,
        total_seconds=total_seconds,
        title=title,
        mixing=style.mixing,
        order=style.order,
        no_derivatives=style.no_derivatives,
        live=live,
        progress=progress,
        should_stop=should_stop,
        timeout=RENDER_SECONDS,
        memory_mb=RENDER_MEGABYTES,
    )
    # Rendering is the last step of a playlist: an idle worker need not keep its children.
    close_listeners()
    return as_json(made)


def close_listeners() -> None:
    """End the child processes; the next file starts new ones."""
    from highlighter.sandbox import close_shared_pool

    close_shared_pool()
