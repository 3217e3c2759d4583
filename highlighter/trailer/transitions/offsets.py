"""Whether two tracks' tracked beats will meet, before anything is rendered."""

from __future__ import annotations

import math
from collections.abc import Sequence

CLOSE = 0.012
"""Seconds, root mean square, that matched beats may lie apart."""

_FARTHEST = 0.030  # seconds that any one of them may
_FEWEST = 3


def apart(first: Sequence[float], second: Sequence[float], half: float) -> str:
    """Return why two tracks' beats do not meet within a transition; empty where they do.

    Parameters
    ----------
    first, second
        Beats of each, in order, in seconds of the trailer from the transition's middle.
    half
        Seconds from there to either end of the transition.
    """
    ones = [time for time in first if abs(time) <= half + 0.05]
    others = [time for time in second if abs(time) <= half + 0.05]
    if len(ones) > len(others):
        ones, others = others, ones
    if len(ones) < min(_FEWEST, len(others)) or not ones:
        return "too few beats were heard where the two tracks meet"
    gaps = [min(abs(time - other) for other in others) for time in ones]
    spread = math.sqrt(sum(gap * gap for gap in gaps) / len(gaps))
    if spread > CLOSE or max(gaps) > _FARTHEST:
        return f"their beats would lie up to {max(gaps) * 1000.0:.0f} ms apart"
    return ""
