"""The genre of a row: what was stated, who stated it, and what a classifier says otherwise."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hooklist_genres import MODEL, TABLE, TAG, says_nothing
from recommender.catalogue.schema import STORED_FEATURES

if TYPE_CHECKING:
    import pyarrow as pa

    from recommender.genre_guess import GenreGuesser

_TRUST = {TABLE: 0, TAG: 1, MODEL: 2}
_NO_TRUST = len(_TRUST)
_GENRE_COLUMNS = ("genre", "genre_source", "genre_confidence")
_TELLING = (*STORED_FEATURES, "duration", "popularity", "explicit", "year")
"""What of a row a classifier may have been trained on, besides its names."""
_NAMES = ("title", "album", "artists")


@dataclass(frozen=True)
class StatedGenres:
    """The genres of some rows, by row; empty names are unknown."""

    names: list[str]
    sources: list[str]
    confidences: list[float]


def stated_genres(
    names: Sequence[str],
    sources: Sequence[str],
    confidences: np.ndarray[Any, np.dtype[np.float64]],
    notes: Counter[str],
) -> StatedGenres:
    """Return what rows state of their genres.

    Parameters
    ----------
    names
        As they were written, cleaned.
    sources
        Who says so, where the rows say that; anything but `TAG` and `MODEL` is a table.
    confidences
        Shape (n,): probabilities of estimated genres, NaN where unknown.
    notes
        Counts names such as "Other", which say nothing and are forgotten.
    """
    empty = {name: says_nothing(name) for name in set(names)}
    kept: list[str] = []
    who: list[str] = []
    sure: list[float] = []
    for name, source, confidence in zip(names, sources, confidences.tolist(), strict=True):
        if empty[name]:
            if name:
                notes["genre says nothing"] += 1
            kept.append("")
            who.append("")
            sure.append(0.0)
            continue
        kept.append(name)
        who.append(source if source in _TRUST else TABLE)
        # NaN is not above 0, so an estimate without a number counts for nothing.
        sure.append(min(1.0, max(0.0, confidence)) if who[-1] == MODEL else 1.0)
    return StatedGenres(kept, who, sure)


def most_trusted_genre(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the genre columns of the row that is believed most; of equals, of the first."""
    best = min(rows, key=lambda row: _TRUST.get(row["genre_source"], _NO_TRUST))
    return {name: best[name] for name in _GENRE_COLUMNS}


def with_guesses(table: pa.Table, guesser: GenreGuesser) -> pa.Table:
    """Return rows with a genre where they named none and the classifier is sure enough.

    Parameters
    ----------
    table
        Rows in the catalogue's schema, their features on the scale of public tables.
    guesser
        Asked for rows with neither genre nor subgenre.
    """
    import pyarrow as pa

    genres, subgenres = (table.column(name).to_pylist() for name in ("genre", "subgenre"))
    rows = [at for at, said in enumerate(zip(genres, subgenres, strict=True)) if not any(said)]
    if not rows:
        return table
    sources = table.column("genre_source").to_pylist()
    confidences = table.column("genre_confidence").to_pylist()
    found = guesser.guess(_features(table, rows, guesser.needs))
    for row, label in zip(rows, found, strict=True):
        if label is not None:
            genres[row], sources[row] = label.genre, label.source
            confidences[row] = label.confidence
    for name, values in zip(_GENRE_COLUMNS, (genres, sources, confidences), strict=True):
        at = table.schema.get_field_index(name)
        kind = table.schema.field(at)
        table = table.set_column(at, kind, pa.array(values, kind.type))
    return table


def counts_by_source(table: pa.Table) -> dict[str, int]:
    """Return how many rows have their genre from whom; those without one are ``unknown``."""
    counts = Counter(table.column("genre_source").to_pylist())
    return {**{source: counts[source] for source in _TRUST}, "unknown": counts[""] + counts[None]}


def _features(
    table: pa.Table, rows: Sequence[int], needed: frozenset[str]
) -> Iterator[dict[str, Any]]:
    import pyarrow as pa

    names = [name for name in _TELLING if name in needed]
    some = table.select([*names, *_NAMES]).take(pa.array(rows, pa.int64()))
    numbers = {name: some.column(name).to_pylist() for name in names}
    texts = {name: some.column(name).to_pylist() for name in _NAMES}
    for at in range(len(rows)):
        yield {name: values[at] for name, values in texts.items()} | {
            name: None if values[at] is None else float(values[at])
            for name, values in numbers.items()
        }
