"""Artists by name: which of a catalogue's artists somebody means, spelt in whatever way.

A name stands for the artist whom the catalogue spells alike once both are normalised: in upper or
lower case, with or without accents and a leading "the". Parts of names are no names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from recommender.catalogue.names import normalise_artist
from recommender.catalogue.plain import flags, indices, numbers

if TYPE_CHECKING:
    import pyarrow as pa

    from recommender.catalogue.store import Catalogue

_FOLDED = "[$'`&+]"
"""ASCII characters that normalising turns into letters or drops between them."""

_BETWEEN = r"[\W_]+"
_AROUND = r"[\W_]*(?:the)?[\W_]*"

_NAMES_KEPT = 1_024
_MOST_COMMAS = 4
"""So many neighbours between commas may be one name ("Crosby, Stills, Nash & Young")."""

Codes = np.ndarray[Any, np.dtype[np.int32]]


@dataclass(frozen=True)
class Named:
    """Whom some names mean.

    Attributes
    ----------
    artists
        The code of each artist the catalogue has, by the name it was asked by.
    unknown
        Names that are no artist's here.
    """

    artists: dict[str, int]
    unknown: tuple[str, ...]

    @property
    def codes(self) -> frozenset[int]:
        """The artists' codes."""
        return frozenset(self.artists.values())


@dataclass(frozen=True)
class _Spellings:
    """How a catalogue spells its artists.

    Attributes
    ----------
    texts
        Each spelling once.
    codes
        Shape (n,), the artist each stands for.
    odd
        By normalised name the artists in whose spelling letters are not as they are normalised.
    """

    texts: pa.StringArray
    codes: Codes
    odd: dict[str, int]


class ArtistNames:
    """Finds a catalogue's artists by name; safe to share between threads.

    Spellings are read when a name is first asked for, and each name is looked for once.

    Parameters
    ----------
    catalogue
        The tracks.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._known: dict[str, int | None] = {}

    def named(self, entries: Iterable[str]) -> Named:
        """Return whom entries mean.

        Parameters
        ----------
        entries
            Each one name, or several with commas between. An entry that is an artist as a whole
            is that artist ("Tyler, The Creator"); of others, neighbours that together are one
            are that one ("ABBA, Tyler, The Creator").
        """
        artists: dict[str, int] = {}
        unknown: dict[str, None] = {}
        for entry in entries:
            for name in self._parted(entry):
                code = self.code_of(name)
                if code is None:
                    unknown.setdefault(name)
                else:
                    artists.setdefault(name, code)
        return Named(artists, tuple(unknown))

    def code_of(self, name: str) -> int | None:
        """Return the code of the artist of a name; None if the catalogue has none."""
        wanted = normalise_artist(name)
        if wanted in (known := self._known):
            return known[wanted]
        code = self._found(wanted)
        if len(known) >= _NAMES_KEPT:
            # Another thread may be reading the old one.
            self._known = known = {}
        known[wanted] = code
        return code

    def _parted(self, entry: str) -> list[str]:
        """Return the names of an entry, each as long as it can be."""
        if self.code_of(entry) is not None:
            return [entry]
        parts = [part.strip() for part in entry.split(",") if part.strip()]
        names, start = [], 0
        while start < len(parts):
            together = (
                parts[start:end] for end in range(min(start + _MOST_COMMAS, len(parts)), start, -1)
            )
            one = next(
                some
                for some in together
                if len(some) == 1 or self.code_of(", ".join(some)) is not None
            )
            names.append(", ".join(one))
            start += len(one)
        return names

    def _found(self, wanted: str) -> int | None:
        import pyarrow.compute as pc

        spellings = self._spellings
        if wanted in spellings.odd:
            return spellings.odd[wanted]
        if not wanted or not wanted.isascii():
            return None  # all other spellings have the letters of their normal form
        # Arrow finds the letters quickly; only there is it asked whether they are the whole name.
        words = wanted.split()
        letters = pc.match_substring(spellings.texts, max(words, key=len), ignore_case=True)
        at = np.flatnonzero(flags(letters))
        texts = spellings.texts.take(indices(at))
        alone = _BETWEEN.join(map(re.escape, words))
        whole = f"(?i)^{_AROUND}{alone}{_AROUND}$"
        may = np.flatnonzero(flags(pc.match_substring_regex(texts, whole)))
        for place, text in zip(may, texts.take(indices(may)).to_pylist(), strict=True):
            if normalise_artist(text) == wanted:
                return int(spellings.codes[at[place]])
        return None

    @cached_property
    def _spellings(self) -> _Spellings:
        import pyarrow as pa
        import pyarrow.compute as pc

        credited = [column.flatten() for column in self._catalogue.column("artists")]
        if not credited:
            return _Spellings(pa.array([], pa.string()), np.zeros(0, dtype=np.int32), {})
        encoded = pa.concat_arrays(credited).dictionary_encode()
        texts = encoded.dictionary
        codes = np.zeros(len(texts), dtype=np.int32)
        codes[numbers(encoded.indices)] = self._catalogue.artist_credits()[1]
        folded = pc.or_(
            pc.invert(pc.string_is_ascii(texts)), pc.match_substring_regex(texts, _FOLDED)
        )
        at = np.flatnonzero(flags(folded))
        odd = {
            normalise_artist(text): int(codes[place])
            for place, text in zip(at, texts.take(indices(at)).to_pylist(), strict=True)
        }
        return _Spellings(texts, codes, odd)
