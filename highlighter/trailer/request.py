"""What may be asked of a trailer, and which tracks may be in it."""

from __future__ import annotations

from collections.abc import Sequence

from highlighter.trailer.errors import (
    BadTrailerRequestError,
    NoDerivativesError,
    NothingToPlayError,
)
from highlighter.trailer.model import NoDerivatives, Skipped, TrailerTrack
from highlighter.trailer.plan import LONGEST, SHORTEST

MOST_TRACKS = 200


def check_request(
    tracks: Sequence[TrailerTrack],
    seconds: float,
    total: float | None,
    order: str,
    no_derivatives: str,
) -> None:
    """Raise `NothingToPlayError` or `BadTrailerRequestError` for what cannot be made.

    Parameters
    ----------
    tracks, seconds, total, order, no_derivatives
        As given to `highlighter.trailer.make_trailer`.
    """
    if not tracks:
        raise NothingToPlayError(
            "A trailer needs at least one track",
            next_step="give one or more audio files",
            details={"skipped": []},
        )
    problem = ""
    each = seconds if total is None else total / len(tracks)
    if len(tracks) > MOST_TRACKS:
        problem = f"{len(tracks)} tracks are more than the {MOST_TRACKS} that are allowed"
    elif not SHORTEST <= each <= LONGEST:
        problem = f"{each:g} seconds per track are not between {SHORTEST:g} and {LONGEST:g}"
    elif order not in ("keep", "flow"):
        problem = f"the order {order!r} is neither 'keep' nor 'flow'"
    elif no_derivatives not in ("cut", "leave-out"):
        problem = f"{no_derivatives!r} for such licences is neither 'cut' nor 'leave-out'"
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
