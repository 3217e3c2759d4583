"""Which tracks are the same song: by ISRC, or by an artist and the title without its version.

A remaster, a live take, a radio edit and the album's own track have one name once the version's
words are off; so no two of them come in one playlist, whatever their lengths.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from recommender.catalogue.keys import KeyIndex
from recommender.ragged import Ragged

if TYPE_CHECKING:
    from recommender.catalogue.store import Catalogue

Numbers = np.ndarray[Any, np.dtype[np.int32]]


def song_keys(catalogue: Catalogue) -> Ragged:
    """Return for each row what makes it the same song as another that shares it.

    A row has a number for each credited artist with the song's name, and one for its ISRC; one that
    has neither name nor ISRC has none.
    """
    songs, isrcs = (KeyIndex.load(catalogue.folder, name) for name in ("song", "isrc"))
    named = _numbered(songs, 0)
    recorded = _numbered(isrcs, int(named[-1]) + 1 if len(named) else 0)
    return Ragged.of_pairs(
        np.concatenate([songs.rows, isrcs.rows]).astype(np.int64),
        np.concatenate([named, recorded]),
        len(catalogue),
    )


def keys_of(songs: Ragged, rows: Iterable[int]) -> frozenset[int]:
    """Return the keys of several rows together."""
    every = np.fromiter(rows, dtype=np.int64)
    return frozenset(key for keys in songs.of_rows(every) for key in keys)


def _numbered(keys: KeyIndex, first: int) -> Numbers:
    """Return a small number per key, rising from `first`, equal for equal hashes."""
    if not len(keys.hashes):
        return np.zeros(0, dtype=np.int32)
    changes = np.concatenate([[0], keys.hashes[1:] != keys.hashes[:-1]])
    result: Numbers = (first + np.cumsum(changes)).astype(np.int32)
    return result
