"""What is known of every track, as columns to reckon with: read once per version, then shared.

Every column has shape (n,), by row.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from recommender.artist_names import ArtistNames
from recommender.catalogue.names import normalise
from recommender.catalogue.plain import flags, indices, known, numbers

if TYPE_CHECKING:
    from recommender.catalogue.store import Catalogue

_PARTS = re.compile(r"[;,/|]")
_FOLDED = "[$'`&+]"
"""Characters that normalising turns into letters or drops between them."""

_PHRASES_KEPT = 256

Floats = np.ndarray[Any, np.dtype[np.float32]]
Bytes = np.ndarray[Any, np.dtype[np.int8]]
Codes = np.ndarray[Any, np.dtype[np.int32]]
Mask = np.ndarray[Any, np.dtype[np.bool_]]
Rows = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True)
class Coded:
    """A text column as numbers.

    Attributes
    ----------
    codes
        Shape (n,): which of `names` each row has; -1 where unknown.
    names
        Each value as it is stored.
    wholes
        Each value's normalised name.
    parts
        The same, and the names of its parts where it lists several ("Pop; Rock").
    """

    codes: Codes
    names: tuple[str, ...]
    wholes: tuple[str, ...]
    parts: tuple[frozenset[str], ...]

    def having(self, wanted: Iterable[str]) -> Mask:
        """Return for each row whether it has any of some names, compared normalised."""
        names = {normalise(name) for name in wanted}
        return self._rows([not names.isdisjoint(parts) for parts in self.parts])

    def where(self, wanted: Callable[[str], bool]) -> Mask:
        """Return for each row whether its value, as it is stored, is wanted; unknown ones never."""
        return self._rows([wanted(name) for name in self.names])

    def _rows(self, values: list[bool]) -> Mask:
        # One more at the end, which is where code -1 points: an unknown value never passes.
        result: Mask = np.array([*values, False])[self.codes]
        return result


class Facets:
    """Columns of a catalogue, each read when first asked for; safe to share between threads.

    Parameters
    ----------
    catalogue
        The tracks.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._worded: dict[str, Rows] = {}

    def __len__(self) -> int:
        return len(self._catalogue)

    @cached_property
    def year(self) -> Floats:
        """Year of release, NaN where unknown."""
        return self._catalogue.numbers("year")

    @cached_property
    def tempo(self) -> Floats:
        """Beats per minute, NaN where unknown."""
        return self._catalogue.numbers("tempo")

    @cached_property
    def seconds(self) -> Floats:
        """Length, NaN where unknown."""
        return self._catalogue.numbers("duration")

    @cached_property
    def key(self) -> Bytes:
        """Pitch class, 0 for C; -1 where unknown."""
        return _small(self._catalogue.numbers("key"))

    @cached_property
    def mode(self) -> Bytes:
        """1 for major, 0 for minor; -1 where unknown."""
        return _small(self._catalogue.numbers("mode"))

    @cached_property
    def energy(self) -> Floats:
        """Rank of the energy in the catalogue, 0–1, NaN where unknown."""
        return ranks(self._catalogue.numbers("energy"))

    @cached_property
    def popularity(self) -> Floats:
        """Rank of the popularity among the known ones, 0–1; NaN where unknown."""
        return ranks(self._catalogue.numbers("popularity"))

    @cached_property
    def explicit(self) -> Bytes:
        """1 for explicit, 0 for not, -1 where nobody said."""
        said = [
            np.where(known(column), flags(column).astype(np.int8), np.int8(-1))
            for column in self._catalogue.column("explicit")
        ]
        return _joined(said, np.int8)

    @cached_property
    def titled(self) -> Mask:
        """Whether there is a title."""
        return self._catalogue.titled()

    @cached_property
    def artist_names(self) -> ArtistNames:
        """The artists, by name."""
        return ArtistNames(self._catalogue)

    def by_artists(self, names: Iterable[str]) -> Rows:
        """Return the rows credited to any of some artists, rising; see `ArtistNames.named`."""
        return self._catalogue.rows_by_artists(self.artist_names.named(names).codes)

    @cached_property
    def genre(self) -> Coded:
        """The genre."""
        return self._coded("genre")

    @cached_property
    def subgenre(self) -> Coded:
        """The finer genre."""
        return self._coded("subgenre")

    @cached_property
    def source(self) -> Coded:
        """Where the row is from; one merged from several lists them all."""
        return self._coded("source")

    def worded(self, phrase: str) -> Rows:
        """Return the rows whose title or album has a phrase as whole words, normalised; rising.

        The last word may have an s more: "Santa's" is spelt "santas" when normalised.
        """
        wanted = normalise(phrase)
        found = self._worded.get(wanted)
        if found is None:
            found = np.union1d(self._titles_with(wanted), self._albums_with(wanted))
            if len(self._worded) >= _PHRASES_KEPT:
                self._worded.clear()
            self._worded[wanted] = found
        return found

    def _titles_with(self, wanted: str) -> Rows:
        return self._having("search_text", wanted, _contain, lambda text: text.split("\n", 1)[0])

    def _albums_with(self, wanted: str) -> Rows:
        return self._having("album", wanted, _may_contain, normalise)

    def _having(
        self,
        name: str,
        wanted: str,
        look: Callable[[Any, str], Any],
        spelt: Callable[[str], str],
    ) -> Rows:
        rows, start = [], 0
        for column in self._catalogue.column(name):
            # Arrow finds the letters quickly; only there is it asked whether they are whole words.
            at = np.flatnonzero(flags(look(column, wanted)))
            texts = column.take(indices(at)).to_pylist()
            whole = re.compile(rf"(?<!\S){re.escape(wanted)}s?(?!\S)")
            hits = [whole.search(spelt(text)) is not None for text in texts]
            rows.append(at[np.array(hits, dtype=bool)] + start)
            start += len(column)
        return np.concatenate(rows) if rows else np.zeros(0, dtype=np.int64)

    def _coded(self, name: str) -> Coded:
        import pyarrow as pa

        codes: list[Codes] = []
        names: dict[str, int] = {}
        for column in self._catalogue.column(name):
            if not pa.types.is_dictionary(column.type):
                column = column.dictionary_encode()
            own = [text or "" for text in column.dictionary.to_pylist()]
            table = np.array(
                [names.setdefault(text, len(names)) if text else -1 for text in own] + [-1],
                dtype=np.int32,
            )
            codes.append(table[np.where(known(column), numbers(column.indices), len(own))])
        return Coded(
            _joined(codes, np.int32),
            tuple(names),
            tuple(map(normalise, names)),
            tuple(map(parts_of, names)),
        )


def parts_of(name: str) -> frozenset[str]:
    """Return a name normalised, and its parts where it lists several."""
    parts = {normalise(part) for part in (name, *_PARTS.split(name))}
    return frozenset(part for part in parts if part)


def ranks(values: Floats) -> Floats:
    """Return each value's rank among the known ones, 0–1, equal values alike, NaN where unknown."""
    known = np.flatnonzero(~np.isnan(values))
    result = np.full(len(values), np.nan, dtype=np.float32)
    if len(known):
        ordered = np.sort(values[known])
        below = np.searchsorted(ordered, values[known], side="left")
        upto = np.searchsorted(ordered, values[known], side="right")
        result[known] = (below + upto) / (2.0 * len(known))
    return result


def _small(values: Floats) -> Bytes:
    result: Bytes = np.nan_to_num(values, nan=-1.0).astype(np.int8)
    return result


def _joined(pieces: list[Any], kind: Any) -> np.ndarray[Any, Any]:
    whole = np.concatenate(pieces) if pieces else np.zeros(0)
    return whole.astype(kind, copy=False)


def _contain(column: Any, wanted: str) -> Any:
    import pyarrow.compute as pc

    return pc.match_substring(column, wanted)


def _may_contain(column: Any, wanted: str) -> Any:
    """Say of texts as they were written whether they may have the words once normalised."""
    import pyarrow.compute as pc

    rarest = max(wanted.split() or [wanted], key=len)
    plain = pc.match_substring(column, rarest, ignore_case=True)
    folded = pc.match_substring_regex(column, _FOLDED)
    return pc.or_(pc.or_(plain, folded), pc.invert(pc.string_is_ascii(column)))
