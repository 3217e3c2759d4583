"""Drawing one of several, with its type kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

_T = TypeVar("_T")


def one(choices: Sequence[_T], random: np.random.Generator) -> _T:
    """Return one of `choices`, each as likely."""
    return choices[int(random.integers(len(choices)))]


def sometimes(
    chance: float, low: float, high: float, otherwise: float, random: np.random.Generator
) -> float:
    """Return a number between `low` and `high` with that chance, else `otherwise`."""
    drawn = float(random.uniform(low, high))
    return drawn if random.random() < chance else otherwise
