"""What may be asked of a trailer, and which tracks may be in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from highlighter.trailer.errors import (
    BadTrailerRequestError,
    NoDerivativesError,
    NothingToPlayError,
)
from highlighter.trailer.model import NoDerivatives, Order, Skipped, TrailerTrack
from highlighter.trailer.plan import LONGEST, SHORTEST

MOST_TRACKS = 200


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for; see `highlighter.trailer.make_trailer` for each of its parts."""

    tracks: tuple[TrailerTrack, ...]
    out: Path
    seconds_per_track: float
    order: Order
    total_seconds: float | None
    mixing: bool
    no_derivatives: NoDerivatives
    title: str


def check_request(request: Request) -> None:
    """Raise `NothingToPlayError` or `BadTrailerRequestError` for what cannot be made."""
    tracks = request.tracks
    if not tracks:
        raise NothingToPlayError(
            "A trailer needs at least one track",
            next_step="give one or more audio files",
            details={"skipped": []},
        )
    problem = ""
    each = request.seconds_per_track
    if request.total_seconds is not None:
        each = request.total_seconds / len(tracks)
    if len(tracks) > MOST_TRACKS:
        problem = f"{len(tracks)} tracks are more than the {MOST_TRACKS} that are allowed"
    elif not SHORTEST <= each <= LONGEST:
        problem = f"{each:g} seconds per track are not between {SHORTEST:g} and {LONGEST:g}"
    elif request.order not in ("keep", "flow"):
        problem = f"the order {request.order!r} is neither 'keep' nor 'flow'"
    elif request.no_derivatives not in ("cut", "leave-out"):
        problem = f"{request.no_derivatives!r} for such licences is neither 'cut' nor 'leave-out'"
    if problem:
        raise BadTrailerRequestError(
            "This trailer cannot be made", why=problem, next_step="ask for something else"
        )


def allowed(
    tracks: Sequence[TrailerTrack], no_derivatives: NoDerivatives
) -> tuple[list[TrailerTrack], list[Skipped]]:
    """Return the tracks that may be played, and those that are left out for their licence."""
    allowed: list[TrailerTrack] = []
    left_out: list[Skipped] = []
    for track in tracks:
        if track.no_derivatives and no_derivatives == "leave-out":
            error = NoDerivativesError(
                "The track is left out",
                which=track.file.name,
                why="its licence forbids derivatives, and a trailer is one",
                next_step="have such tracks played between silences instead, or choose another",
            )
            left_out.append(Skipped(track.file, error.code, str(error)))
        else:
            allowed.append(track)
    return allowed, left_out
