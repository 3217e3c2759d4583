"""What other labelled tables teach about titles, names and sound, as inputs of a classifier.

A small table knows little about words and few artists; other tables, even with other labels, know
more. Three things are learned from them: what pieces of titles say (`words`), what pieces of
artists' names say, and how labels sound (a small network with one sigmoid per label). What they
answer for a row are inputs of the classifier, which learns what to make of them.

Rows of an artist that the classifier is judged on must not be among the rows learned from here;
`without_artists` takes them out.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from recommender.catalogue.names import normalise_artist
from recommender.genres.table import GenreTable
from recommender.genres.words import WordTable, learn_words

Matrix = np.ndarray[Any, np.dtype[np.float32]]

LEAST_ROWS = 60
"""A label needs this many rows to be learned from."""
MOST_LABELS = 24
HIDDEN = 96
SOUND_COLUMNS = (
    "danceability", "energy", "loudness", "speechiness", "acousticness", "instrumentalness",
    "liveness", "valence", "tempo", "duration", "key", "mode",
)  # fmt: skip
_SKEWED = {"speechiness", "acousticness", "instrumentalness", "liveness", "duration"}


@dataclass(frozen=True)
class Lesson:
    """Rows of other tables with their labels, several per row.

    Attributes
    ----------
    table
        The rows.
    labels
        For each row its labels.
    """

    table: GenreTable
    labels: tuple[tuple[str, ...], ...]

    def without_artists(self, artists: Collection[str]) -> Lesson:
        """Return the rows on which none of these (normalised) artists is credited."""
        barred = set(artists)
        kept = [
            row
            for row, names in enumerate(self.table.artists)
            if not any(normalise_artist(name) in barred for name in names)
        ]
        return Lesson(self.table.take(kept), tuple(self.labels[row] for row in kept))


@dataclass(frozen=True)
class Hints:
    """What was learned.

    Attributes
    ----------
    labels
        The labels known here.
    titles, credits
        Log-odds of pieces of titles with albums, and of artists' names.
    mean, deviation
        Of the sound's columns.
    layers
        Weights and biases of the network, from the input on.
    """

    labels: tuple[str, ...]
    titles: WordTable
    credits: WordTable
    mean: Matrix
    deviation: Matrix
    layers: tuple[tuple[Matrix, Matrix], ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the inputs, in order."""
        return tuple(
            f"{kind}: {label}"
            for kind in ("title hints", "name hints", "sound hints")
            for label in self.labels
        )

    def __call__(self, table: GenreTable) -> Matrix:
        """Return rows × 3 · labels, float32."""
        sound = ((_sound(table.numbers, len(table)) - self.mean) / self.deviation).clip(-4, 4)
        return np.concatenate(
            [
                self.titles.scores(_title_texts(table)),
                self.credits.scores(table.credits),
                self._network(np.nan_to_num(sound).astype(np.float32)),
            ],
            axis=1,
        )

    def _network(self, rows: Matrix) -> Matrix:
        signal = rows
        for at, (weights, bias) in enumerate(self.layers):
            signal = signal @ weights + bias
            if at < len(self.layers) - 1:
                signal = np.maximum(signal, 0.0)
        # The sigmoid's logit itself, bounded: a tree splits it alike, a kernel sees it better.
        return np.clip(signal, -7.0, 7.0)


def learn_hints(lesson: Lesson, *, first: Collection[str] = (), seed: int = 0) -> Hints | None:
    """Learn from other tables; None if no label has `LEAST_ROWS` rows.

    Parameters
    ----------
    lesson
        Rows and labels.
    first
        Labels to keep before those with more rows.
    seed
        Of the network's start and its batches.
    """
    from recommender.genres.packages import need

    counts: dict[str, int] = {}
    for labels in lesson.labels:
        for label in set(labels):
            counts[label] = counts.get(label, 0) + 1
    known = [label for label, count in counts.items() if count >= LEAST_ROWS]
    known.sort(key=lambda label: (label not in first, -counts[label], label))
    known = known[:MOST_LABELS]
    if not known:
        return None
    place = {label: at for at, label in enumerate(known)}
    belongs = np.zeros((len(lesson.labels), len(known)), np.int8)
    for row, labels in enumerate(lesson.labels):
        for label in labels:
            if label in place:
                belongs[row, place[label]] = 1
    sound = _sound(lesson.table.numbers, len(lesson.table))
    mean, deviation = np.zeros(sound.shape[1]), np.ones(sound.shape[1])
    known_any = ~np.isnan(sound).all(axis=0)
    mean[known_any] = np.nanmean(sound[:, known_any], axis=0)
    deviation[known_any] = np.maximum(np.nanstd(sound[:, known_any], axis=0), 1e-6)
    scaled = np.nan_to_num(((sound - mean) / deviation).clip(-4, 4))
    network = need("sklearn.neural_network").MLPClassifier(
        (HIDDEN,),
        early_stopping=len(scaled) >= 1_000,
        max_iter=8,
        n_iter_no_change=3,
        batch_size=min(512, len(scaled)),
        learning_rate_init=3e-3,
        random_state=seed,
    )
    from recommender.genres.packages import quietly

    with quietly():
        network.fit(scaled, belongs if len(known) > 1 else belongs[:, 0])
    return Hints(
        labels=tuple(known),
        titles=learn_words(_title_texts(lesson.table), belongs),
        credits=learn_words(lesson.table.credits, belongs),
        mean=mean.astype(np.float32),
        deviation=deviation.astype(np.float32),
        layers=tuple(
            (w.astype(np.float32), b.astype(np.float32))
            for w, b in zip(network.coefs_, network.intercepts_, strict=True)
        ),
    )


def _title_texts(table: GenreTable) -> list[str]:
    return [f"{a} | {b}" if b else a for a, b in zip(table.titles, table.albums, strict=True)]


def _sound(numbers: Mapping[str, Any], rows: int) -> np.ndarray[Any, Any]:
    missing = np.full(rows, np.nan)
    columns: list[Any] = []
    for name in SOUND_COLUMNS:
        values = numbers.get(name, missing)
        if name in _SKEWED:
            values = np.log(np.maximum(values, 1e-4))
        if name == "key":
            angle = 2.0 * np.pi * ((values * 7) % 12) / 12.0
            columns += [np.cos(angle), np.sin(angle)]
        else:
            columns.append(values)
    return np.column_stack(columns)


def joined(tables: Sequence[Lesson]) -> Lesson:
    """Return several lessons as one; columns that one lacks are missing there."""
    names = list(dict.fromkeys(name for one in tables for name in one.table.numbers))
    numbers = {
        name: np.concatenate(
            [one.table.numbers.get(name, np.full(len(one.table), np.nan)) for one in tables]
        )
        for name in names
    }

    def chained(field: str) -> tuple[Any, ...]:
        return tuple(value for one in tables for value in getattr(one.table, field))

    table = GenreTable(
        numbers=numbers,
        artists=chained("artists"),
        credits=chained("credits"),
        titles=chained("titles"),
        albums=chained("albums"),
        rows=sum(one.table.rows for one in tables),
    )
    return Lesson(table, tuple(labels for one in tables for labels in one.labels))
