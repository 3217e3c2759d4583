"""The taste space: a track becomes a vector; near means alike. Its forms, by name.

``base``
    The 13 features and the genre, by principal components.
``learned``
    Learned from which of the catalogue's tracks share an artist, album, genre or playlist.
``reference``
    What an earlier system did: 141 principal components and Manhattan distance.
``auto``
    ``learned`` where the catalogue is large enough to learn from, else ``base``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recommender.catalogue.artefacts import other_version
from recommender.errors import BadRequest
from recommender.space.artists import Artists
from recommender.space.base import Space, fit_base
from recommender.space.form import Fitted, TasteSpace, stored_arrays
from recommender.space.learned import LearnedSpace, fit_learned
from recommender.space.reference import ReferenceSpace, fit_reference
from recommender.space.rows import Rows, table_features

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = [
    "AUTO",
    "SPACES",
    "Fitted",
    "LearnedSpace",
    "ReferenceSpace",
    "Space",
    "TasteSpace",
    "check_space",
    "fit_space",
    "load_space",
    "table_features",
]

SPACES: Mapping[str, Callable[[Any, Sequence[Rows], Path | None], Fitted]] = {
    "base": fit_base,
    "learned": fit_learned,
    "reference": fit_reference,
}
"""The forms a catalogue can be built with, by name."""

AUTO = "auto"
LEARNABLE_TRACKS = 2_000
"""Tracks by artists of two or more that ``auto`` asks for before it learns.

A smaller catalogue has too few pairs for more than to learn them by heart.
"""

_LOADERS: Mapping[str, Callable[[Path], TasteSpace]] = {
    "base": Space.load,
    "learned": LearnedSpace.load,
    "reference": ReferenceSpace.load,
}


def check_space(name: str) -> None:
    """Raise `BadRequest` if there is no space of that name, saying which there are."""
    if name != AUTO and name not in SPACES:
        names = ", ".join([AUTO, *SPACES])
        raise BadRequest("There is no such space", which=name, next_step=f"take one of {names}")


def fit_space(
    table: pa.Table, name: str = AUTO, playlists: Sequence[Rows] = (), *, folder: Path | None = None
) -> Fitted:
    """Fit a named space on a stored table and place its rows in it.

    Parameters
    ----------
    table
        Rows in the stored schema.
    name
        One of `SPACES`, or ``auto``.
    playlists
        Rows of playlists that people made, for the forms that learn from them.
    folder
        Where the vectors are written at once, so that they need no memory; `Fitted.save` then
        has to be given the same folder. None keeps them in memory.

    Raises
    ------
    BadRequest
        There is no space of that name.
    """
    from threadpoolctl import threadpool_limits

    check_space(name)
    if name == AUTO:
        name = "learned" if _learnable(table) else "base"
    # The products are small. Split among threads they wait for each other, and on a machine that
    # does other work too they take ten times as long.
    with threadpool_limits(limits=1, user_api="blas"):
        return SPACES[name](table, playlists, folder)


def _learnable(table: pa.Table) -> bool:
    if table.num_rows < LEARNABLE_TRACKS:
        return False
    import pyarrow.compute as pc

    # Spellings apart there are at most as many of two or more: that is told faster.
    names = pc.list_flatten(table.column("artists"))
    counts = pc.struct_field(pc.value_counts(names), "counts")
    several = pc.sum(pc.filter(counts, pc.greater(counts, 1))).as_py() or 0
    if several >= LEARNABLE_TRACKS:
        return True
    tracks = Artists.of_table(table).tracks()
    return int(tracks[tracks >= 2].sum()) >= LEARNABLE_TRACKS


def load_space(path: Path) -> TasteSpace:
    """Read a space of whichever form back.

    Raises
    ------
    CatalogueCorrupt
        The file is missing or does not hold a space.
    """
    with stored_arrays(path) as stored:
        name = str(stored["name"])
    if name not in _LOADERS:
        raise other_version(path, f"it holds a space of an unknown form, {name[:40]!r}")
    return _LOADERS[name](path)
