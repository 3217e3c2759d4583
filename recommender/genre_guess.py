"""Asking a classifier of genres about a track, with what is known of it under our names.

A model's columns keep the names and units of the table it was trained on (``duration_ms``,
``Danceability``); they are found among ours by the rules that find a catalogue's columns in a
foreign table.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Protocol

from hooklist_genres import MODEL, Labelled, says_nothing
from recommender.catalogue.columns import map_columns, plain_name

LEAST_KNOWN = 0.5
"""Share of a model's columns that must be known: its confidence was measured on whole rows."""

_ROWS_AT_ONCE = 8_192

_TEXTS = ("title", "album", "artists")
"""A classifier may listen to names, too; they never count as known columns."""

Row = Mapping[str, Any]


class Prediction(Protocol):
    """What a classifier says of one row."""

    @property
    def genre(self) -> str:
        """The most probable label."""

    @property
    def confidence(self) -> float:
        """Its calibrated probability, 0 to 1."""


class Classifier(Protocol):
    """A trained classifier, such as `recommender.genres.serving.load_classifier` gives."""

    @property
    def columns(self) -> Sequence[str]:
        """The numbers it looks at, as its training table called them."""

    @property
    def threshold(self) -> float:
        """The confidence from which its answer is worth more than none."""

    def predict(self, rows: Sequence[Mapping[str, Any]], /) -> Sequence[Prediction]:
        """Return one prediction per row.

        Rows are by the names of `columns`, None where unknown, with `title`, `album` and `artists`
        where they are known.
        """


class GenreGuesser:
    """Estimates genres where nobody stated one.

    Parameters
    ----------
    classifier
        Asked in pieces of some thousand rows.
    """

    def __init__(self, classifier: Classifier) -> None:
        self._classifier = classifier
        self._ours = _ours_by_theirs(classifier.columns)

    @property
    def needs(self) -> frozenset[str]:
        """Our names of what the classifier looks at; its own where we have no such name."""
        return frozenset(name for name, _ in self._ours.values())

    def guess(self, rows: Iterable[Row]) -> Iterator[Labelled | None]:
        """Yield for each row the genre, or None where the classifier is not sure enough.

        Parameters
        ----------
        rows
            By our names, in our units, with `title`, `album` and `artists` where they are known;
            numbers that the classifier does not know are passed over. Of a row with less than half
            of its columns known nothing is said.
        """
        pending = iter(rows)
        while piece := list(islice(pending, _ROWS_AT_ONCE)):
            yield from self._guess_piece([self._theirs(row) for row in piece])

    def _guess_piece(self, rows: list[dict[str, Any]]) -> Iterator[Labelled | None]:
        telling = [at for at, row in enumerate(rows) if self._tells(row)]
        found: list[Labelled | None] = [None] * len(rows)
        if telling:
            predictions = self._classifier.predict([rows[at] for at in telling])
            for at, prediction in zip(telling, predictions, strict=True):
                sure = prediction.confidence >= self._classifier.threshold
                if sure and not says_nothing(prediction.genre):
                    found[at] = Labelled(prediction.genre, MODEL, float(prediction.confidence))
        yield from found

    def _tells(self, row: Row) -> bool:
        known = sum(row[name] is not None for name in self._ours)
        return known > 0 and known >= LEAST_KNOWN * len(self._ours)

    def _theirs(self, row: Row) -> dict[str, Any]:
        values: dict[str, Any] = {name: row[name] for name in _TEXTS if name in row}
        for theirs, (ours, scale) in self._ours.items():
            value = row.get(ours)
            values[theirs] = None if value is None else value * scale
        return values


def _ours_by_theirs(columns: Sequence[str]) -> dict[str, tuple[str, float]]:
    """Return for each of a model's columns our name and what our unit is multiplied with."""
    mapped = map_columns(columns)
    found = {column: (column, 1.0) for column in columns}
    for ours, header in mapped.headers.items():
        scale = 100.0 if ours in mapped.percent else 1.0
        if ours == "duration" and plain_name(header).endswith("ms"):
            scale = 1_000.0
        found[header] = (ours, scale)
    return found
