"""Which tracks belong together, as classes to draw pairs from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from recommender.space.encoder import Pairs

_ATTEMPTS = 4

Doubles = np.ndarray[Any, np.dtype[np.float64]]
Rows = np.ndarray[Any, np.dtype[np.int64]]


class ClassPairs:
    """Draws pairs of rows of one class, classes by the square root of their size.

    The root lies between "each class alike", which is all about artists with two tracks, and
    "each row alike", which is all about the prolific.

    Parameters
    ----------
    rows, classes
        Which row is of which class, both of shape (m,); a row may have several classes.
    confidence
        Shape (m,), 0 to 1: a pair is drawn as often as both its rows belong to the class; all
        surely do when None.
    """

    def __init__(self, rows: Rows, classes: Rows, confidence: Doubles | None = None) -> None:
        order = np.argsort(classes, kind="stable")
        self._confidence = None if confidence is None else confidence[order]
        self._rows = np.asarray(rows, dtype=np.int64)[order]
        ordered = np.asarray(classes)[order]
        starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
        if len(ordered) == 0:
            starts = starts[:0]
        sizes = np.diff(np.concatenate([starts, [len(ordered)]]))
        several = sizes >= 2
        self._starts, self._sizes = starts[several], sizes[several]
        self._upto = np.cumsum(np.sqrt(self._sizes))

    def __len__(self) -> int:
        """How many classes have a pair."""
        return len(self._starts)

    def __call__(self, random: np.random.Generator, count: int) -> tuple[Rows, Rows, Rows]:
        """Return `count` pairs and the number of the class of each."""
        if self._confidence is None:
            return self._drawn(random, count)[:3]
        return self._sure(random, count)

    def _sure(self, random: np.random.Generator, count: int) -> tuple[Rows, Rows, Rows]:
        """Draw pairs until enough of them are believed; at last any will do."""
        parts: list[tuple[Rows, Rows, Rows]] = []
        missing = count
        for attempt in range(_ATTEMPTS):
            left, right, drawn, belief = self._drawn(random, 2 * missing)
            kept = np.flatnonzero(random.random(len(belief)) < belief)
            if attempt == _ATTEMPTS - 1:
                kept = np.argsort(-belief, kind="stable")
            kept = kept[:missing]
            parts.append((left[kept], right[kept], drawn[kept]))
            missing -= len(kept)
            if not missing:
                break
        return (
            np.concatenate([part[0] for part in parts]),
            np.concatenate([part[1] for part in parts]),
            np.concatenate([part[2] for part in parts]),
        )

    def _drawn(self, random: np.random.Generator, count: int) -> tuple[Rows, Rows, Rows, Doubles]:
        """Return pairs, their classes, and how surely both rows belong."""
        drawn = np.searchsorted(self._upto, random.random(count) * self._upto[-1], side="right")
        drawn = np.minimum(drawn, len(self._upto) - 1)
        sizes = self._sizes[drawn]
        one = (random.random(count) * sizes).astype(np.int64)
        other = (one + 1 + (random.random(count) * (sizes - 1)).astype(np.int64)) % sizes
        starts = self._starts[drawn]
        left, right = starts + one, starts + other
        sure = np.ones(count) if self._confidence is None else self._confidence
        belief = sure if self._confidence is None else sure[left] * sure[right]
        return self._rows[left], self._rows[right], drawn, belief


def mixture(kinds: Sequence[tuple[float, ClassPairs]]) -> Pairs:
    """Return a drawer of pairs of several kinds in given shares; kinds without a pair are left out.

    Raises
    ------
    ValueError
        No kind has a pair.
    """
    used = [(share, pairs) for share, pairs in kinds if len(pairs)]
    if not used:
        raise ValueError("no two tracks belong together")
    whole = sum(share for share, _ in used)

    def draw(random: np.random.Generator, count: int) -> tuple[Rows, Rows, Rows]:
        left = count
        parts = []
        offset = 0
        for at, (share, pairs) in enumerate(used):
            wanted = left if at == len(used) - 1 else round(count * share / whole)
            one, other, classes = pairs(random, wanted)
            parts.append((one, other, classes + offset))
            offset += len(pairs)
            left -= wanted
        return (
            np.concatenate([part[0] for part in parts]),
            np.concatenate([part[1] for part in parts]),
            np.concatenate([part[2] for part in parts]),
        )

    return draw
