"""Answers that need no listening, and two that need little: what every other is compared with."""

from __future__ import annotations

import zlib
from collections.abc import Callable

import numpy as np

from highlighter.evaluation.metrics import Floats

RANDOM = "random"
LOUDEST = "loudest"
MOST_REPEATED = "most repeated"

DRAWS = 100
"""Random clips per song."""

POSITIONS: dict[str, Callable[[float, float], float]] = {
    "start": lambda duration, seconds: 0.0,
    "middle": lambda duration, seconds: 0.5 * (duration - seconds),
    "at 45 s": lambda duration, seconds: min(45.0, duration - seconds),
    "80 % of the slack": lambda duration, seconds: 0.8 * (duration - seconds),
}
"""Rules about position: (seconds of the song, seconds of the clip) → start."""

SLACK_WHERE_SILENT = 45.0
"""Where a peer that answers nothing is taken to start."""


def random_starts(name: str, duration: float, seconds: float, seed: int = 0) -> Floats:
    """Return (100,) starts anywhere in a song; they depend on its name, not on the other songs."""
    rng = np.random.default_rng([seed, zlib.crc32(name.encode())])
    return rng.uniform(0.0, max(0.0, duration - seconds), DRAWS)


def highest_mean(values: Floats, rate: float, seconds: float, duration: float) -> float:
    """Return the start of the window in which a curve is highest in the mean; the first of equals.

    Parameters
    ----------
    values
        (n,), value i standing for the time from i / `rate` on.
    rate
        Values per second.
    seconds
        Length of the window.
    duration
        Seconds of the song.
    """
    length = max(1, min(values.size, round(seconds * rate)))
    total = np.concatenate([[0.0], np.cumsum(values)])
    means = total[length:] - total[:-length]
    return float(min(int(means.argmax()) / rate, max(0.0, duration - seconds)))
