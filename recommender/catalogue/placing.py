"""Where rows that come to a catalogue stand in its space, which is not fitted again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from recommender.catalogue.change import Change, Rows
from recommender.space.artists import Artists
from recommender.space.placement import artist_means

if TYPE_CHECKING:
    import pyarrow as pa

    from recommender.space import TasteSpace

Floats = np.ndarray[Any, np.dtype[np.float32]]


def place_added(
    space: TasteSpace, change: Change, table: pa.Table, placed: Rows, vectors: Floats
) -> tuple[Rows, Floats]:
    """Place the rows that come in a space as it is.

    Parameters
    ----------
    space
        Not fitted again.
    change
        What comes.
    table
        The rows there were.
    placed, vectors
        Shapes (m,) and (m, d): the rows among them that have a vector, rising, and these.

    Returns
    -------
    rows, vectors
        Rising numbers of those coming rows that have a place, and their vectors.
    """
    import pyarrow as pa

    coming = change.table
    if not coming.num_rows:
        return np.zeros(0, dtype=np.int64), vectors[:0]
    everyone = Artists.of_table(pa.concat_tables([table, coming]).select(["artists"]))
    new = everyone.of_each(np.arange(table.num_rows, table.num_rows + coming.num_rows))
    rows, found = space.encode_rows(coming, artist_means(new, everyone, vectors, placed))
    stood = change.stood[rows]
    at = np.minimum(np.searchsorted(placed, stood), max(len(placed) - 1, 0))
    same = np.flatnonzero((stood >= 0) & (placed[at] == stood)) if len(placed) else at[:0]
    found[same] = vectors[at[same]]
    return rows, np.ascontiguousarray(found, dtype=np.float32)
