"""What every form of the taste space has in common."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np

from recommender.catalogue.artefacts import corrupt, other_version
from recommender.space.measures import Doubles, Floats
from recommender.space.rows import Rows
from recommender.weights import RankingWeights

if TYPE_CHECKING:
    import pyarrow as pa

Metric = Literal["l2", "l1"]
"""Euclidean or Manhattan distance."""

VECTORS = "vectors.npy"


class TasteSpace(Protocol):
    """A fitted space: near, by its distance of the vectors, means alike."""

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

    @property
    def metric(self) -> Metric:
        """The distance in which near means alike."""

    def encode_rows(self, table: pa.Table, means: Floats | None = None) -> tuple[Rows, Floats]:
        """Place new rows in the space as it is.

        Parameters
        ----------
        table
            Rows in the stored schema.
        means
            Shape (n, d): for each row the mean of its artists' vectors, zero where they have
            none yet, as `recommender.space.placement.artist_means` gives it. None is all zero.

        Returns
        -------
        rows, vectors
            Rising numbers of those rows that get a place, shape (m,), and float32, shape (m, d).
        """

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
        Shape (len(placed), d), float32; in a file already where the fit was given a folder.
    weights
        What was learned of the ranking; None leaves the defaults.
    """

    space: TasteSpace
    placed: np.ndarray[Any, np.dtype[np.int32]]
    vectors: Floats = field(repr=False)
    weights: RankingWeights | None = None

    def save(self, folder: Path) -> dict[str, Any]:
        """Write the space and the vectors; return what the manifest says about them."""
        self.space.save(folder / "space.npz")
        np.save(folder / "placed.npy", self.placed, allow_pickle=False)
        there = folder / VECTORS
        if isinstance(self.vectors, np.memmap) and str(self.vectors.filename) == str(there):
            self.vectors.flush()
        else:
            np.save(there, self.vectors, allow_pickle=False)
        weights = {} if self.weights is None else {"weights": self.weights.to_json()}
        return {
            "name": self.space.name,
            "dimensions": self.space.dimensions,
            "placed": len(self.placed),
            "metric": self.space.metric,
            **self.space.facts(),
            **weights,
        }


def room_for(count: int, dimensions: int, folder: Path | None) -> Floats:
    """Return an array for so many vectors: in memory, or in the folder's file of them."""
    if folder is None or not count:
        return np.empty((count, dimensions), dtype=np.float32)
    return np.lib.format.open_memmap(
        folder / VECTORS, mode="w+", dtype=np.float32, shape=(count, dimensions)
    )


@contextmanager
def stored_arrays(path: Path) -> Iterator[Mapping[str, Any]]:
    """Give the arrays of a space's file.

    Raises
    ------
    CatalogueCorrupt
        The file cannot be read; or it lacks an array that is asked of it, as a file does that
        another version of the program wrote.
    """
    try:
        with np.load(path, allow_pickle=False) as stored:
            if not isinstance(stored, Mapping):
                raise ValueError("it holds no space")
            yield stored
    except KeyError as error:
        raise other_version(path, f"its space is of another form: {error.args[0]}") from error
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise corrupt(path, str(error)) from error
