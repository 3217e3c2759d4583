"""Finding tracks by a few typed letters: one scan over normalised names, bounded by the rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from recommender.catalogue.names import normalise

if TYPE_CHECKING:
    import pyarrow as pa

_MAX_WORDS = 8
_MAX_CHARACTERS = 120

Rows = np.ndarray[Any, np.dtype[np.int64]]


def search_rows(
    batches: Sequence[pa.RecordBatch], starts: Sequence[int], text: str, limit: int
) -> Rows:
    """Return the rows whose names contain every word of `text`, best first.

    Better is, in this order: the title is the text; the title begins with it; an artist is or
    begins with it; words begin with the typed ones; then popularity.

    Parameters
    ----------
    batches
        The stored table's pieces; `search_text` is the normalised title, then one artist per line.
    starts
        The first row number of each piece.
    text
        What was typed.
    limit
        At most this many rows.
    """
    words = normalise(text[:_MAX_CHARACTERS]).split()[:_MAX_WORDS]
    if not words:
        return np.zeros(0, dtype=np.int64)
    found = [
        _search_batch(batch, start, words) for batch, start in zip(batches, starts, strict=False)
    ]
    rows = np.concatenate([rows for rows, _ in found])
    merits = np.concatenate([merits for _, merits in found])
    return rows[np.lexsort((rows, -merits))[:limit]]


def _search_batch(
    batch: pa.RecordBatch, start: int, words: Sequence[str]
) -> tuple[Rows, np.ndarray[Any, np.dtype[np.float64]]]:
    import pyarrow as pa
    import pyarrow.compute as pc

    names = batch.column("search_text")
    at: Rows | None = None
    # The longest word leaves the fewest rows for the others.
    for word in sorted(set(words), key=len, reverse=True):
        hits = np.flatnonzero(
            pc.match_substring(names, word).to_numpy(zero_copy_only=False).astype(bool)
        )
        at = hits if at is None else at[hits]
        names = names.take(pa.array(hits))
        if len(at) == 0:
            break
    assert at is not None  # noqa: S101 - there is at least one word
    if len(at) == 0:
        return at, np.zeros(0)

    def holds(function: Any, pattern: str) -> np.ndarray[Any, np.dtype[np.float64]]:
        flags: np.ndarray[Any, Any] = function(names, pattern).to_numpy(zero_copy_only=False)
        return flags.astype(np.float64)

    phrase = " ".join(words)
    merit = 64.0 * holds(pc.starts_with, phrase + "\n")
    merit += 32.0 * holds(pc.starts_with, phrase)
    merit += 24.0 * holds(pc.match_substring, "\n" + phrase)
    for word in set(words):
        begins = holds(pc.starts_with, word)
        begins = np.maximum(begins, holds(pc.match_substring, "\n" + word))
        begins = np.maximum(begins, holds(pc.match_substring, " " + word))
        merit += 16.0 / len(words) * begins
    popularity = batch.column("popularity").take(pa.array(at)).fill_null(0.0)
    merit += 0.15 * popularity.to_numpy(zero_copy_only=False)
    return at + start, merit
