"""The energy wanted along a playlist: presets that the pool can meet, or points as drawn."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from recommender.errors import BadRequest
from recommender.sequence.model import Curve, Floats

PRESETS: dict[str, tuple[tuple[float, float], ...]] = {
    "flat": ((0.0, 0.5), (1.0, 0.5)),
    "rise": ((0.0, 0.0), (1.0, 1.0)),
    "wave": tuple(
        (step / 16, 0.5 - 0.5 * math.cos(4.0 * math.pi * step / 16)) for step in range(17)
    ),
    "peak": ((0.0, 0.0), (0.65, 1.0), (1.0, 0.25)),
    "cool-down": ((0.0, 1.0), (1.0, 0.0)),
}
"""Name → (position, height): 0 is the pool's low energy, 1 its high one. A wave is low, high, low,
high, low; a peak comes at two thirds."""

MAX_POINTS = 200

_REACH = (0.1, 0.9)


def check_curve(wanted: object) -> None:
    """Raise `BadRequest` unless `wanted` is a preset's name or drawn points.

    Points are (position, energy), both 0–1, positions rising, 1 to `MAX_POINTS` of them.
    """
    if isinstance(wanted, str):
        if wanted not in PRESETS:
            raise BadRequest(
                "There is no such energy curve",
                which=f"curve={wanted!r}"[:100],
                next_step=f"name one of {', '.join(PRESETS)}, or give points",
            )
        return
    if not isinstance(wanted, Sequence) or not 1 <= len(wanted) <= MAX_POINTS:
        raise _bad(wanted, f"it must be a preset's name or 1 to {MAX_POINTS} points")
    before = -1.0
    for at, point in enumerate(wanted):
        if (
            not isinstance(point, Sequence)
            or isinstance(point, str)
            or len(point) != 2
            or not all(_is_share(value) for value in point)
        ):
            raise _bad(point, f"point {at} must be a position and an energy, both from 0 to 1")
        if point[0] <= before:
            raise _bad(point, f"positions must rise, and point {at} does not come after {before:g}")
        before = float(point[0])


def curve_of(wanted: str | Sequence[Sequence[float]], pool_energy: Floats) -> Curve:
    """Return the curve wanted.

    Parameters
    ----------
    wanted
        A preset's name, mapped into the middle 80 % of the energies that the pool has, so that it
        can be met; or points (position 0–1, energy rank 0–1) that are meant as they are.
    pool_energy
        float32 (P,): energy ranks 0–1, NaN where unknown.

    Raises
    ------
    BadRequest
        There is no such preset, or the points are not points on a rising line.
    """
    check_curve(wanted)
    if not isinstance(wanted, str):
        return Curve(tuple((float(at), float(energy)) for at, energy in wanted))
    known = pool_energy[np.isfinite(pool_energy)]
    low, high = np.quantile(known, _REACH).tolist() if len(known) else (0.0, 1.0)
    shape = PRESETS[wanted]
    if wanted == "flat":
        # The middle of the tracks there are, not of their range: most of them stand there.
        middle = float(np.median(known)) if len(known) else 0.5
        return Curve(tuple((at, middle) for at, _ in shape))
    return Curve(tuple((at, low + (high - low) * height) for at, height in shape))


def _is_share(value: object) -> bool:
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and 0.0 <= float(value) <= 1.0
    )


def _bad(wanted: object, why: str) -> BadRequest:
    return BadRequest("The energy curve cannot be read", which=f"curve: {wanted!r}"[:100], why=why)
