"""What serving needs of one version of a catalogue, opened together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from recommender.affinity import ArtistAffinity
from recommender.catalogue.artefacts import corrupt
from recommender.catalogue.keys import load_array
from recommender.catalogue.store import Catalogue, open_catalogue
from recommender.facets import Facets
from recommender.filters import FilterMasks
from recommender.index import Index, open_index
from recommender.ragged import Ragged
from recommender.songs import song_keys
from recommender.space import TasteSpace, load_space
from recommender.weights import RankingWeights, load_weights
from recommender.wishes import Filters

Rows = np.ndarray[Any, np.dtype[np.int64]]
Floats = np.ndarray[Any, np.dtype[np.float32]]
Mask = np.ndarray[Any, np.dtype[np.bool_]]


@dataclass(frozen=True)
class Parts:
    """A catalogue's version with all that is computed over it; read-only, shared by threads.

    Attributes
    ----------
    catalogue
        The tracks.
    space
        The space they were placed in.
    placed
        Rising rows that have a vector.
    vectors
        Shape (len(placed), d).
    index
        Searches `vectors`.
    weights
        What counts how much in the ranking.
    """

    catalogue: Catalogue
    space: TasteSpace
    placed: np.ndarray[Any, np.dtype[np.int32]]
    vectors: Floats
    index: Index
    weights: RankingWeights

    @classmethod
    def open(cls, path: Path | str, *, verify: bool = True) -> Parts:
        """Open the current version of a catalogue.

        Raises
        ------
        CatalogueMissing, CatalogueCorrupt
            There is no catalogue, or a file of it is damaged; the error names it.
        """
        catalogue = open_catalogue(path, verify=verify)
        folder = catalogue.folder
        space = load_space(folder / "space.npz")
        arrays = {}
        for name in ("placed.npy", "vectors.npy"):
            try:
                arrays[name] = load_array(folder / name)
            except (OSError, ValueError) as error:
                raise corrupt(folder / name, str(error)) from error
        placed, vectors = arrays["placed.npy"], arrays["vectors.npy"]
        if vectors.shape != (len(placed), space.dimensions) or vectors.dtype != np.float32:
            raise corrupt(folder / "vectors.npy", "its shape is not that of the space beside it")
        index = open_index(folder, vectors, catalogue.manifest.get("index"))
        return cls(catalogue, space, placed, vectors, index, load_weights(catalogue.manifest))

    @cached_property
    def median(self) -> float:
        """Distance of two random tracks."""
        quantiles = self.space.distance_quantiles
        return float(quantiles[len(quantiles) // 2]) or 1.0

    @cached_property
    def facets(self) -> Facets:
        """The catalogue's columns."""
        return Facets(self.catalogue)

    @cached_property
    def masks(self) -> FilterMasks:
        """Which rows pass which filters."""
        return FilterMasks(self.facets, self.placed)

    @cached_property
    def songs(self) -> Ragged:
        """What makes rows the same song: sharing one number."""
        return song_keys(self.catalogue)

    @cached_property
    def artists(self) -> Ragged:
        """Each row's artists."""
        return Ragged(*self.catalogue.artist_credits())

    @cached_property
    def affinity(self) -> ArtistAffinity:
        """Which rows are by which artists."""
        return ArtistAffinity(*self.catalogue.artist_credits())

    def warm(self) -> None:
        """Compute now what the first request would otherwise wait for."""
        facets = self.facets
        _ = (
            self.median,
            self.songs,
            self.artists,
            self.affinity,
            facets.energy,
            facets.year,
            facets.seconds,
        )
        _ = (facets.tempo, facets.key, facets.mode, facets.genre, facets.subgenre)
        _ = (facets.explicit, facets.titled, facets.popularity)
        self.masks.passing(Filters(), titled_only=True)

    def positions_of(self, rows: Rows) -> tuple[Rows, Mask]:
        """Return where rows are among the placed, and which of them are there at all."""
        if not len(self.placed):
            return np.zeros(len(rows), dtype=np.int64), np.zeros(len(rows), dtype=bool)
        if len(self.placed) == len(self.catalogue):
            return rows, np.ones(len(rows), dtype=bool)
        at = np.searchsorted(self.placed, rows).clip(max=len(self.placed) - 1)
        return at.astype(np.int64), self.placed[at] == rows

    def vectors_of(self, rows: Sequence[int]) -> tuple[list[int], Floats]:
        """Return those of some rows that have a vector, and their vectors, shape (m, d)."""
        wanted = np.asarray(rows, dtype=np.int64)
        at, there = self.positions_of(wanted)
        return [int(row) for row in wanted[there]], np.ascontiguousarray(self.vectors[at[there]])
