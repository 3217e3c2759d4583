"""What a highlight is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from highlighter.highlight.router import Route

SHORTEST, LONGEST, USUAL = 8.0, 60.0, 30.0
"""Seconds a highlight may be asked to last, and its usual length."""


@dataclass(frozen=True, slots=True)
class Highlight:
    """The seconds of a track worth hearing first.

    Attributes
    ----------
    start, end, duration
        Seconds; `duration` is `end` − `start`.
    strategy
        `repetition`, `energy`, `fixed` or `whole`.
    confidence
        0 to 1: how far the window stands out among all windows of the track, and on what evidence.
    reason
        One sentence for people.
    route
        What the genre asked to be looked for, and why; None where nobody asked for a route.
    """

    start: float
    end: float
    duration: float
    strategy: str
    confidence: float
    reason: str = ""
    route: Route | None = None

    def to_json(self) -> dict[str, Any]:
        """Return plain values that `json.dumps` takes as they are."""
        return {
            "start": self.start,
            "end": self.end,
            "duration": self.duration,
            "strategy": self.strategy,
            "confidence": self.confidence,
            "reason": self.reason,
            "route": None if self.route is None else self.route.to_json(),
        }

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> Highlight:
        """Return what `to_json` was made from."""
        return cls(
            start=float(plain["start"]),
            end=float(plain["end"]),
            duration=float(plain["duration"]),
            strategy=str(plain["strategy"]),
            confidence=float(plain["confidence"]),
            reason=str(plain.get("reason", "")),
            route=Route.from_json(plain["route"]) if plain.get("route") else None,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Interest:
    """A curve over the track of how worth hearing each moment is.

    Attributes
    ----------
    values
        (n,) 0 to 1.
    rate
        Values per second.
    repetition
        (n,) 0 to 1: the part of it that comes from repetition.
    energy
        (n,) 0 to 1: the part of it that comes from loudness.
    repeats
        0 to 1: how strongly the track repeats itself at all.
    contrast
        Decibels between its loud and its quiet passages.
    """

    values: NDArray[np.float64]
    rate: float
    repetition: NDArray[np.float64]
    energy: NDArray[np.float64]
    repeats: float
    contrast: float
