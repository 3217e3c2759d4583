"""What a stored table says of its tracks, as arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from recommender.catalogue.names import normalise
from recommender.catalogue.schema import FEATURES
from recommender.space.measures import Floats

if TYPE_CHECKING:
    import pyarrow as pa

Rows = np.ndarray[Any, np.dtype[np.int64]]


def table_features(table: pa.Table) -> Floats:
    """Return a stored table's features, shape (n, 13) in the order of `FEATURES`, NaN unknown."""
    columns = [
        table.column(name).fill_null(float("nan")).to_numpy().astype(np.float32)
        for name in FEATURES
    ]
    return np.stack(columns, axis=1) if columns else np.zeros((0, len(FEATURES)), np.float32)


def normalised_genres(table: pa.Table) -> list[str]:
    """Return each row's genre, normalised, empty where unknown."""
    spelt: dict[str, str] = {}
    genres = []
    for genre in table.column("genre").to_pylist():
        if genre not in spelt:
            spelt[genre] = normalise(genre) if genre else ""
        genres.append(spelt[genre])
    return genres


def texts_of(table: pa.Table, name: str, rows: Rows) -> list[str]:
    """Return some rows' texts of a column, empty where unknown."""
    return [text or "" for text in table.column(name).take(rows).to_pylist()]


def codes_of(table: pa.Table, name: str, rows: Rows) -> Rows:
    """Return a number for each of some rows' texts of a column, -1 where unknown.

    Texts are told apart by their normalised form.
    """
    import pyarrow.compute as pc

    texts = table.column(name).take(rows).combine_chunks().dictionary_encode()
    numbers: dict[str, int] = {}
    # One more at the end, which is where -1 points.
    code_of = np.full(len(texts.dictionary) + 1, -1, dtype=np.int64)
    for at, text in enumerate(texts.dictionary.to_pylist()):
        spelt = normalise(text) if text else ""
        if spelt:
            code_of[at] = numbers.setdefault(spelt, len(numbers))
    codes: Rows = code_of[pc.fill_null(texts.indices, -1).to_numpy(zero_copy_only=False)]
    return codes


def placed_rows(features: Floats, genres: Sequence[str]) -> Rows:
    """Return the rising rows that get a vector: with a genre or a feature besides duration."""
    sounds = [at for at, feature in enumerate(FEATURES) if feature != "duration"]
    has_genre = np.fromiter((bool(genre) for genre in genres), dtype=bool, count=len(genres))
    return np.flatnonzero((~np.isnan(features[:, sounds])).any(axis=1) | has_genre)
