"""Hearing files and rendering trailers in child processes, so that no file can end the worker."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from inspect import signature
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hooklist_genres import UNKNOWN, Labelled
from webapp.services.studies import HIGHLIGHT_SECONDS, Study
from webapp.services.trailer_style import TrailerStyle

if TYPE_CHECKING:
    from highlighter.audio import Limits

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
    from highlighter.sandbox import run_isolated
    from highlighter.study import study

    analysis, highlight = run_isolated(
        study,
        str(file),
        HIGHLIGHT_SECONDS,
        genre=label.genre or None,
        genre_confidence=label.estimated,
        timeout=LISTEN_SECONDS,
        **({} if limits is None else {"limits": limits}),
    )
    return Study(
        analysis.to_json() | {"features": analysis.catalogue_features()},
        highlight.to_json() | {"track": analysis.duration},
    )


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
    style: TrailerStyle,
    total_seconds: float | None = None,
    live: Path,
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
                # Beats are found anew around the highlight, by what knows how sure it is of them.
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
        **({"live": live} if "live" in signature(make_trailer).parameters else {}),
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
