"""Whether a pool and a shape can be worked with, said before any work is done."""

from __future__ import annotations

import numpy as np

from recommender.errors import BadRequest
from recommender.sequence.model import Pool, Shape

MOST_PLACES = 10_000


def check(pool: Pool, shape: Shape) -> None:
    """Raise `BadRequest` naming what is wrong with a pool or a shape, if anything is."""
    _check_pool(pool)
    _check_shape(shape)
    _check_kept(shape, len(pool))


def _check_pool(pool: Pool) -> None:
    size = len(pool)
    if (
        pool.cost.ndim not in (1, 2)
        or pool.cost.shape[-1] != size
        or not len(pool.cost) >= (pool.cost.ndim - 1)
    ):
        raise _bad("cost", pool.cost.shape, f"it must have one column for each of {size} tracks")
    for name in ("energy", "tempo", "key", "mode", "seconds"):
        shape = getattr(pool, name).shape
        if shape != (size,):
            raise _bad(name, shape, f"it must have one value for each of {size} tracks")
    if len(pool.songs) != size:
        raise _bad("songs", len(pool.songs), f"it must have one entry for each of {size} tracks")
    if not np.isfinite(pool.cost).all():
        track = int(np.flatnonzero(~np.isfinite(pool.cost).reshape(-1, size).all(axis=0))[0])
        raise _bad("cost", f"track {track}", "every cost must be a finite number")


def _check_shape(shape: Shape) -> None:
    if shape.seconds is None:
        if not isinstance(shape.length, int) or not 1 <= shape.length <= MOST_PLACES:
            raise _bad("length", shape.length, f"it must be 1 to {MOST_PLACES}, or give a time")
    elif not 0 < shape.seconds < float("inf"):
        raise _bad("seconds", shape.seconds, "it must be more than 0")
    if not 0.0 <= shape.flow <= 1.0:
        raise _bad("flow", shape.flow, "it must be from 0 to 1")
    cap, gap = shape.spacing.cap, shape.spacing.gap
    if cap is not None and cap < 1:
        raise _bad("cap", cap, "it must be at least 1, or none")
    if gap < 0:
        raise _bad("gap", gap, "it must not be negative")


def _check_kept(shape: Shape, size: int) -> None:
    tracks: set[int] = set()
    for place, track in shape.kept.items():
        if place < 0 or place >= MOST_PLACES:
            raise _bad("kept", f"place {place}", f"places go from 0 to {MOST_PLACES - 1}")
        if shape.seconds is None and shape.length is not None and place >= shape.length:
            raise _bad("kept", f"place {place}", f"the playlist has {shape.length} places, from 0")
        if not 0 <= track < size:
            raise _bad("kept", f"track {track}", f"the pool has {size} tracks, from 0")
        if track in tracks:
            raise _bad("kept", f"track {track}", "a track can stand on one place only")
        tracks.add(track)


def _bad(name: str, value: object, why: str) -> BadRequest:
    return BadRequest("The playlist cannot be arranged", which=f"{name}={value!r}"[:100], why=why)
