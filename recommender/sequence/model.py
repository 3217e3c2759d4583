"""What is put in order, how it should be shaped, and what came of it: plain frozen values."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

Floats = np.ndarray[Any, np.dtype[np.float32]]

WINDOW = 30
"""The artist cap holds in every run of so many tracks."""

LENGTH_TOLERANCE = 15.0
"""Seconds by which a playlist fitted to a time may miss it."""

CURVE_WEIGHT = 0.75
"""Median distances that missing the curve by the whole energy range costs at one place."""

FLOW_WEIGHT = 0.3
"""Median distances that the worst transition costs at flow 1."""

CURVE_TOLERANCE = 0.15
"""A curve counts as missed when the mean deviation from it is more than this energy rank."""


@dataclass(frozen=True)
class Spacing:
    """How often and how close an artist may come.

    Attributes
    ----------
    cap
        At most so many tracks by one artist among any `WINDOW` in a row; None for no cap.
    gap
        At least so many other tracks between two by one artist; 0 lets them touch.
    """

    cap: int | None = 2
    gap: int = 5


@dataclass(frozen=True)
class Curve:
    """The energy wanted along a playlist.

    Attributes
    ----------
    points
        (position 0–1, energy rank 0–1), positions rising; straight between them and level
        outside the first and last.
    """

    points: tuple[tuple[float, float], ...]

    def targets(self, places: int) -> Floats:
        """Return the energy rank wanted at each of so many places, float32 (places,)."""
        at = np.linspace(0.0, 1.0, places) if places > 1 else np.zeros(places)
        positions, energies = zip(*self.points, strict=True)
        wanted: Floats = np.interp(at, positions, energies).astype(np.float32)
        return wanted


@dataclass(frozen=True, eq=False)
class Pool:
    """The P tracks that may come, as arrays; a track is its position in them.

    Attributes
    ----------
    cost
        float32 (P,): how far a track is from what is wanted, in median distances of the
        catalogue's random pairs, lower is better, never NaN. Or (places, P) when it differs along
        the playlist (a bridge); rows are spread evenly over however many places there come to be.
    energy
        float32 (P,): rank in the catalogue, 0–1. NaN where unknown, as in the next four.
    tempo
        float32 (P,): beats a minute.
    key, mode
        float32 (P,): pitch class 0–11 with 0 for C, and 1 for major, 0 for minor.
    seconds
        float32 (P,): length.
    artists
        P tuples of artist codes, guests too; a track without any is bound by no rule.
    songs
        P tuples of what makes two tracks the same song: sharing one value is enough. A track
        needs none to be itself.
    """

    cost: Floats
    energy: Floats
    tempo: Floats
    key: Floats
    mode: Floats
    seconds: Floats
    artists: Sequence[Sequence[int]]
    songs: Sequence[Sequence[Hashable]]

    def __len__(self) -> int:
        """Return P."""
        return len(self.artists)


@dataclass(frozen=True)
class Shape:
    """What a playlist should be like.

    Attributes
    ----------
    length
        Tracks, at least 1; ignored when `seconds` is given, and one of the two must be.
    seconds
        Time in total, fitted within `LENGTH_TOLERANCE` where the pool allows.
    spacing
        The rule for artists.
    curve
        The energy wanted, from `curve_of`; None for any.
    flow
        0–1: how much neighbours alike in tempo and key count.
    kept
        Place (from 0) → position in the pool of the track that stands there whatever else. The
        rules for artists and songs do not bind kept tracks among themselves.
    """

    length: int | None = 30
    seconds: float | None = None
    spacing: Spacing = field(default_factory=Spacing)
    curve: Curve | None = None
    flow: float = 0.5
    kept: Mapping[int, int] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Objective:
    """The sum that was made small, term by term, in median distances.

    Attributes
    ----------
    fit
        The tracks' costs, summed.
    curve
        `CURVE_WEIGHT` × the deviations from the curve, summed.
    flow
        `FLOW_WEIGHT` × flow × the transitions' roughness (0–1 each), summed.
    """

    fit: float = 0.0
    curve: float = 0.0
    flow: float = 0.0

    @property
    def total(self) -> float:
        """The sum of the terms."""
        return self.fit + self.curve + self.flow

    def to_json(self) -> dict[str, float]:
        """Return term → value, with the total."""
        return {
            "fit": round(self.fit, 6),
            "curve": round(self.curve, 6),
            "flow": round(self.flow, 6),
            "total": round(self.total, 6),
        }


@dataclass(frozen=True)
class Unmet:
    """Something that could not be had as asked, or that had to be assumed.

    Attributes
    ----------
    code
        Stable: "length_missed" {asked_seconds, got_seconds}, "lengths_assumed" {tracks, seconds},
        "curve_missed" {deviation}, "spacing_relaxed" {asked, gap}, "artist_cap_relaxed"
        {asked, cap}, "too_few_tracks" {asked, found} ("asked" is None when a time was asked).
    values
        The numbers that say by how much.
    """

    code: str
    values: Mapping[str, float | int | None] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Arranged:
    """A playlist as positions in the pool.

    Attributes
    ----------
    order
        Positions in playing order, none twice.
    objective
        What the order costs.
    unmet
        What could not be met, hardest first; empty when all was.
    seconds
        Length in total, unknown lengths counted as the pool's median (0 if none is known).
    settled
        Whether the search ended by itself; False when the time limit cut it short, and the same
        call may then give another order on a faster machine.
    """

    order: tuple[int, ...]
    objective: Objective
    unmet: tuple[Unmet, ...] = ()
    seconds: float = 0.0
    settled: bool = True
