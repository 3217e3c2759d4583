"""Seeded choice that gives the same answer in every process and on every Python version.

``random`` and ``numpy.random`` only promise their low-level streams, not what ``choice`` does with
them, and a title or a chord must never change because an interpreter was updated.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")

_MASK = (1 << 64) - 1


class Dice:
    """A stream of choices grown from a few words (SplitMix64; Steele, Lea & Flood 2014).

    Parameters
    ----------
    *words
        What the stream is for; equal words give an equal stream.
    """

    def __init__(self, *words: object) -> None:
        self._words = tuple(str(word) for word in words)
        digest = hashlib.sha256("\x1f".join(self._words).encode()).digest()
        self._state = int.from_bytes(digest[:8], "big")

    def fork(self, *words: object) -> Dice:
        """Return an independent stream for a part of this one's subject."""
        return Dice(*self._words, *words)

    def bits(self) -> int:
        """Return the next 64 random bits."""
        self._state = (self._state + 0x9E3779B97F4A7C15) & _MASK
        mixed = self._state
        mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
        return mixed ^ (mixed >> 31)

    def random(self) -> float:
        """Return a number in [0, 1)."""
        return (self.bits() >> 11) / (1 << 53)

    def below(self, count: int) -> int:
        """Return an integer from 0 to `count` - 1."""
        return self.bits() * count >> 64

    def between(self, low: float, high: float) -> float:
        """Return a number in [`low`, `high`)."""
        return low + (high - low) * self.random()

    def whole(self, low: int, high: int) -> int:
        """Return an integer from `low` to `high`, both included."""
        return low + self.below(high - low + 1)

    def chance(self, probability: float) -> bool:
        """Return True with the given probability."""
        return self.random() < probability

    def pick(self, options: Sequence[T]) -> T:
        """Return one of `options`, all equally likely."""
        return options[self.below(len(options))]

    def weighted(self, options: Sequence[tuple[T, float]]) -> T:
        """Return one of `options`, given as (value, weight) pairs."""
        mark = self.random() * sum(weight for _, weight in options)
        for value, weight in options:
            mark -= weight
            if mark < 0:
                return value
        return options[-1][0]

    def bell(self) -> float:
        """Return a number around 0 with standard deviation 1, never beyond about 3.5."""
        return (sum(self.random() for _ in range(4)) - 2.0) * 1.7320508

    def shuffled(self, options: Sequence[T]) -> list[T]:
        """Return `options` in random order (Fisher-Yates)."""
        order = list(options)
        for last in range(len(order) - 1, 0, -1):
            other = self.below(last + 1)
            order[last], order[other] = order[other], order[last]
        return order
