"""Local search: exchange tracks with the pool and rearrange, as long as that pays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from recommender.sequence.line import Line
from recommender.sequence.permute import EPSILON, permute

ROUNDS = 12
"""How often exchanging and rearranging take turns at most; it settles after two to four."""

_EXCHANGE_ROUNDS = 20
_PERMUTE_ROUNDS = 100
_SHUFFLES = 4


class Limit(Protocol):
    """What else an exchange must keep, such as the length in total."""

    def forbids(self, line: Line, place: int) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Return which tracks may not stand on a place instead of the one there, bool (P,)."""

    def forbids_everywhere(self, line: Line) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Return `forbids` of every place, bool (places, P)."""


def improve(line: Line, out_of_time: Callable[[], bool], limit: Limit | None = None) -> None:
    """Make a full line cheaper until nothing helps, or time or rounds are up."""
    for turn in range(ROUNDS):
        exchanged = exchange(line, out_of_time, limit)
        if turn and not exchanged:
            # The order was the best there is before this, and nothing has changed since.
            return
        permuted = permute(line, _PERMUTE_ROUNDS, out_of_time)
        if out_of_time() or not permuted:
            return


def exchange(line: Line, out_of_time: Callable[[], bool], limit: Limit | None = None) -> bool:
    """Exchange tracks with the pool while that pays; say whether any was."""
    changed = False
    for _ in range(_EXCHANGE_ROUNDS):
        if out_of_time() or not _exchange_once(line, limit):
            break
        changed = True
    return changed


def _exchange_once(line: Line, limit: Limit | None) -> bool:
    """Weigh every place with every track, then exchange where it gains most first."""
    barred = line.barred_everywhere()
    if limit is not None:
        barred |= limit.forbids_everywhere(line)
    gains = np.where(barred, np.inf, line.costs).min(axis=1) - line.current()
    changed = False
    for place in np.argsort(gains, kind="stable").tolist():
        if gains[place] >= -EPSILON:
            break
        # An exchange before this one may have changed both costs and what is allowed.
        here = line.barred_instead(place)
        if limit is not None:
            here |= limit.forbids(line, place)
        costs = np.where(here, np.inf, line.costs[place])
        track = int(costs.argmin())
        if costs[track] < line.costs[place, line.order[place]] - EPSILON:
            line.exchange(place, track)
            changed = True
    return changed


def kick(line: Line, turn: int, limit: Limit | None = None) -> None:
    """Shake a full line: some random exchanges, and a stretch shuffled.

    Parameters
    ----------
    line
        Left as good or bad as it comes; `improve` follows.
    turn
        Seeds the chance.
    limit
        What exchanges must keep.
    """
    chance = np.random.default_rng(turn)
    for _ in range(turn % 3):
        place = int(chance.choice(line.free))
        barred = line.barred_instead(place)
        if limit is not None:
            barred |= limit.forbids(line, place)
        allowed = np.flatnonzero(~barred)
        if len(allowed):
            track = int(chance.choice(allowed))
            if track != line.order[place]:
                line.exchange(place, track)
    first = int(chance.integers(0, len(line.free)))
    mixed = line.free[first : first + int(chance.integers(2, max(len(line.free), 3) + 1))]
    for _ in range(_SHUFFLES):
        shaken = list(line.order)
        for place, came_from in zip(mixed, chance.permutation(mixed).tolist(), strict=True):
            shaken[place] = line.order[came_from]
        if line.may_stand_as(shaken):
            line.reorder(shaken)
            return
