"""What every form of the taste space has in common."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from recommender.space.measures import Doubles, Floats


class TasteSpace(Protocol):
    """A fitted space: near, by Euclidean distance of the vectors, means alike."""

    @property
    def name(self) -> str:
        """Which form it is."""

    @property
    def dimensions(self) -> int:
        """Length of a vector."""

    @property
    def artist_affinity(self) -> float:
        """How much nearer the seeds' own artists count by default, in median random distances."""

    @property
    def feature_quantiles(self) -> Floats:
        """Shape (13, 1001): each feature's quantiles, NaN where unknown everywhere."""

    @property
    def distance_quantiles(self) -> Floats:
        """Shape (1001,): quantiles of the distance between two random tracks."""

    def percentile(self, distances: np.ndarray[Any, Any]) -> Doubles:
        """Return for each distance how many of 100 random pairs of tracks are further apart."""

    def facts(self) -> dict[str, Any]:
        """Return what the manifest says about the fit."""

    def save(self, path: Path) -> None:
        """Write the space as plain arrays."""


@dataclass(frozen=True)
class Fitted:
    """A space with the vectors of the rows it was fitted on.

    Attributes
    ----------
    space
        The space.
    placed
        Rising row numbers that have a vector: those with a genre or a feature besides duration.
    vectors
        Shape (len(placed), d), float32.
    """

    space: TasteSpace
    placed: np.ndarray[Any, np.dtype[np.int32]]
    vectors: Floats = field(repr=False)

    def save(self, folder: Path) -> dict[str, Any]:
        """Write the space and the vectors; return what the manifest says about them."""
        self.space.save(folder / "space.npz")
        np.save(folder / "placed.npy", self.placed, allow_pickle=False)
        np.save(folder / "vectors.npy", self.vectors, allow_pickle=False)
        return {
            "name": self.space.name,
            "dimensions": self.space.dimensions,
            "placed": len(self.placed),
            **self.space.facts(),
        }
