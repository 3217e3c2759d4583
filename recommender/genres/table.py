"""A labelled table as training sees it: numbers, texts, artists; of a long one a uniform sample."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from recommender.catalogue.values import parse_artists

Numbers = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class GenreTable:
    """Rows to learn from or to answer.

    Attributes
    ----------
    numbers
        Column → float64 values, one per row, NaN where not known; the catalogue's own names and
        units (`duration` in seconds) for the columns it knows.
    labels
        One text per row, "" where there is none; empty when no label was asked for.
    artists
        The credited artists of each row, in their order.
    credits
        The same as one text, as the table writes it.
    titles, albums
        "" where not known.
    rows
        How many rows the table has; more than are here if it was sampled.
    notes
        What was left out, changed or counted, in sentences.
    """

    numbers: Mapping[str, Numbers]
    labels: tuple[str, ...] = ()
    artists: tuple[tuple[str, ...], ...] = ()
    credits: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    albums: tuple[str, ...] = ()
    rows: int = 0
    notes: tuple[str, ...] = field(default=(), compare=False)

    def __len__(self) -> int:
        return len(self.titles)

    def take(self, rows: Sequence[int] | np.ndarray[Any, Any]) -> GenreTable:
        """Return these rows, in this order."""
        at = [int(row) for row in rows]
        return replace(
            self,
            numbers={name: values[at] for name, values in self.numbers.items()},
            labels=tuple(self.labels[i] for i in at) if self.labels else (),
            artists=tuple(self.artists[i] for i in at),
            credits=tuple(self.credits[i] for i in at),
            titles=tuple(self.titles[i] for i in at),
            albums=tuple(self.albums[i] for i in at),
            rows=len(at),
        )

    def only(self, columns: Sequence[str]) -> GenreTable:
        """Return the table with these columns of numbers only."""
        return replace(self, numbers={name: self.numbers[name] for name in columns})


class Reservoir:
    """A uniform sample of a stream, of bounded size (algorithm R: Vitter 1985).

    Parameters
    ----------
    size
        Rows kept.
    seed
        Of the choice.
    """

    def __init__(self, size: int, seed: int) -> None:
        self._size = size
        self._random = random.Random(seed)  # noqa: S311 - a sample, no secret
        self._numbers = np.empty((0, 0))
        self._texts: list[tuple[str, ...]] = []
        self.seen = 0

    def start(self, columns: int) -> None:
        """Begin, with so many columns of numbers."""
        self._numbers = np.empty((0, columns))

    def offer(self, block: Numbers, texts: Sequence[tuple[str, ...]]) -> None:
        """Take in rows: numbers (rows × columns), and label, credits, title, album of each."""
        free = max(self._size - len(self._texts), 0)
        if free:
            self._numbers = np.concatenate([self._numbers, block[:free]])
            self._texts.extend(texts[:free])
            self.seen += min(free, len(texts))
        for row in range(free, len(texts)):
            self.seen += 1
            at = self._random.randrange(self.seen)
            if at < self._size:
                self._numbers[at] = block[row]
                self._texts[at] = texts[row]

    def table(self, names: Sequence[str], *, with_labels: bool, notes: Sequence[str]) -> GenreTable:
        """Return what was kept."""
        columns = list(zip(*self._texts, strict=True)) or [(), (), (), ()]
        labels, credits_, titles, albums = columns
        return GenreTable(
            numbers={name: self._numbers[:, at].copy() for at, name in enumerate(names)},
            labels=tuple(labels) if with_labels else (),
            artists=tuple(parse_artists(text) for text in credits_),
            credits=tuple(credits_),
            titles=tuple(titles),
            albums=tuple(albums),
            rows=self.seen,
            notes=tuple(notes),
        )
