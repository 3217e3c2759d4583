"""What a highlight is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from highlighter.highlight.router import Route

SHORTEST, LONGEST, USUAL = 8.0, 60.0, 30.0
"""Seconds a highlight may be asked to last, and its usual length."""


CURVE_STEPS = 100
"""A highlight's own curve is kept in whole steps of its height: 0 to this."""

_KEPT_RATE = 1.0
_MOST_KEPT = 3_600


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """How worth hearing each moment of a track is.

    Attributes
    ----------
    values
        (n,) 0 to 1; value `i` speaks for the seconds from `i / rate` to `(i + 1) / rate`.
    rate
        Values per second: 1 to 4.
    """

    values: NDArray[np.float64]
    rate: float

    def kept(self) -> tuple[tuple[int, ...], float]:
        """Return the curve as pages and reports keep it, and its values per second.

        Whole steps 0 to `CURVE_STEPS`, the largest of each second or so; of tracks beyond an hour,
        of each span that leaves 3,600 of them. Empty, at 0 per second, where there is no curve.
        """
        if self.values.size == 0:
            return (), 0.0
        span = max(1, round(self.rate / _KEPT_RATE), math.ceil(self.values.size / _MOST_KEPT))
        rest = -self.values.size % span
        padded = np.concatenate([self.values, np.repeat(self.values[-1], rest)])
        highest = padded.reshape(-1, span).max(axis=1)
        steps = np.rint(np.clip(highest, 0.0, 1.0) * CURVE_STEPS).astype(int)
        return tuple(steps.tolist()), round(self.rate / span, 6)


@dataclass(frozen=True, slots=True)
class Highlight:
    """The seconds of a track worth hearing first.

    Attributes
    ----------
    start, end, duration
        Seconds; `duration` is `end` − `start`.
    strategy
        What found it: `network`, `repetition`, `energy`, `drop`, `theme`, `climax`, `densest`,
        `fixed`; `whole` for a short track; `listeners` or `chosen` where people did.
    confidence
        0 to 1: how likely it is what such a strategy looks for.
    reason
        One sentence for people.
    route
        What the genre asked to be looked for, and why; None where nobody asked for a route.
    curve
        How worth hearing each part of the track is, 0 to `CURVE_STEPS`; empty where unknown.
    curve_rate
        Values of `curve` per second, about 1; 0 where there are none.
    """

    start: float
    end: float
    duration: float
    strategy: str
    confidence: float
    reason: str = ""
    route: Route | None = None
    curve: tuple[int, ...] = ()
    curve_rate: float = 0.0

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
            "curve": list(self.curve),
            "curve_rate": self.curve_rate,
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
            curve=_steps(plain.get("curve") or ()),
            curve_rate=float(plain.get("curve_rate") or 0.0),
        )


def _steps(values: Sequence[Any]) -> tuple[int, ...]:
    return tuple(min(CURVE_STEPS, max(0, int(value))) for value in values)


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
