"""What the encoder is told of a track: its sound as Gaussian numbers, its title as hashed tokens.

Neither popularity nor any metadata's absence is among it: in a table put together from several
sources a missing value tells the source, and that would be learned in place of taste.
"""

from __future__ import annotations

import re
import zlib
from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from recommender.catalogue.names import parse_title
from recommender.catalogue.schema import FEATURES
from recommender.space.measures import QUANTILES, Floats

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

Counts = np.ndarray[Any, np.dtype[Any]]

TOKENS = 8_192
"""Buckets that the tokens of titles are hashed into."""

RANKED = tuple(name for name in FEATURES if name not in ("key", "mode", "time_signature"))
"""Features given by their rank: whatever their skew, each becomes normally distributed."""

SOUND_INPUTS = len(RANKED) + 6
"""Beside the ranks: key and tempo octave as points on circles, mode, share of unknown features."""

_SOUNDS = [at for at, name in enumerate(FEATURES) if name not in ("duration", "time_signature")]
_KEY, _MODE, _TEMPO = (FEATURES.index(name) for name in ("key", "mode", "tempo"))
_MAX_Z = 3.0
_WORD = re.compile(r"\w+")
_KEPT_WORDS = 200_000
_SET_APART = re.compile(r"[(\[{（【~/–—-]")
_FIFTH = 7
"""Semitones of a fifth: neighbours on the circle of fifths share most notes."""


@dataclass(frozen=True)
class SoundScale:
    """How features become inputs.

    Attributes
    ----------
    quantiles
        Shape (13, 1001), as `feature_quantiles`.
    mode_mean
        The share of tracks in major.
    """

    quantiles: Floats
    mode_mean: float

    @classmethod
    def of(cls, features: Floats, quantiles: Floats) -> SoundScale:
        """Return the scale of some tracks' features, shape (n, 13)."""
        mode = features[:, _MODE]
        known = mode[~np.isnan(mode)]
        return cls(quantiles, float(known.mean()) if len(known) else 0.5)

    def inputs(self, features: np.ndarray[Any, Any]) -> Floats:
        """Return the encoder's inputs, float32, shape (n, `SOUND_INPUTS`).

        An unknown value is put in the middle; the share of a track's sound features that are
        unknown is an input of its own.
        """
        values = np.asarray(features, dtype=np.float32)
        columns = [self._ranks(values[:, at], at) for at in map(FEATURES.index, RANKED)]
        fifths = 2.0 * np.pi * (values[:, _KEY] * _FIFTH % 12.0) / 12.0
        octave = 2.0 * np.pi * np.log2(np.maximum(values[:, _TEMPO], 1.0))
        root2 = np.sqrt(2.0)
        columns += [root2 * turn(angle) for angle in (fifths, octave) for turn in (np.cos, np.sin)]
        columns.append(2.0 * (values[:, _MODE] - self.mode_mean))
        columns.append(np.isnan(values[:, _SOUNDS]).mean(axis=1))
        inputs: Floats = np.nan_to_num(np.stack(columns, axis=1)).astype(np.float32)
        return inputs

    def _ranks(self, values: Floats, at: int) -> np.ndarray[Any, Any]:
        """Return each value's rank as a standard normal number, NaN where unknown."""
        from scipy.special import ndtri

        grid = self.quantiles[at]
        if np.isnan(grid[0]):
            return np.full(len(values), np.nan)
        # Many tracks have one value (instrumentalness 0): such a value's rank is its middle one.
        below = np.searchsorted(grid, values, side="left")
        upto = np.searchsorted(grid, values, side="right")
        ranks = (np.arange(2 * QUANTILES + 1) / 2.0) / QUANTILES
        numbers = np.clip(ndtri(np.clip(ranks, 1e-6, 1.0 - 1e-6)), -_MAX_Z, _MAX_Z)
        return np.where(np.isnan(values), np.nan, numbers[below + upto])


@lru_cache(maxsize=_KEPT_WORDS)
def _word_tokens(word: str) -> tuple[int, ...]:
    bounded = f"<{word}>"
    runs = range(len(bounded) - 2)
    if word.isascii():
        # A letter is a byte, so that they are written once for all runs.
        letters = bounded.encode()
        written = [letters[at : at + 3] for at in runs]
    else:
        written = [bounded[at : at + 3].encode() for at in runs]
    written.append(word.encode())
    return tuple({zlib.crc32(token) % TOKENS for token in written})


def title_tokens(title: str) -> list[int]:
    """Return the buckets of a title's words and of their runs of three letters, rising.

    They tell language, script and manner ("remix", "live", "Op."): a title's words are few, and
    letters make words never met before look like their relatives. CRC-32 is the hash, since it is
    the same everywhere.
    """
    words = _WORD.findall(title.lower())
    return sorted({bucket for word in words for bucket in _word_tokens(word)})


def title_matrix(titles: Iterable[str]) -> csr_matrix:
    """Return titles as rows of a sparse matrix, shape (n, `TOKENS`), each of length 1 or empty."""
    from scipy.sparse import csr_matrix

    numbers = _Numbers()
    words = array("i")
    ends = array("i", [0])
    for title in titles:
        if title:
            words.extend(map(numbers.__getitem__, _WORD.findall(title.lower())))
        ends.append(len(words))
    upto, buckets = _buckets_of(numbers, np.array(words), np.array(ends))
    counts = np.diff(upto)
    weights = np.repeat(1.0 / np.sqrt(np.maximum(counts, 1)), counts).astype(np.float32)
    return csr_matrix((weights, buckets, upto), shape=(len(counts), TOKENS))


class _Numbers(dict[str, int]):
    """Numbers words as they are met."""

    def __missing__(self, word: str) -> int:
        self[word] = number = len(self)
        return number


def _buckets_of(words: Iterable[str], at: Counts, ends: Counts) -> tuple[Counts, Counts]:
    """Return where each title's buckets end, and these, rising and each once.

    Parameters
    ----------
    words
        The different words, in the order of their numbers.
    at
        The words' numbers, title after title.
    ends
        Where each title's words end, after a 0.
    """
    tokens = [_word_tokens(word) for word in words]
    sizes = np.fromiter(map(len, tokens), dtype=np.int64, count=len(tokens))
    starts = np.cumsum(sizes) - sizes
    every = np.fromiter((one for some in tokens for one in some), np.int64, int(sizes.sum()))
    counts = sizes[at]
    within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    titles = np.repeat(np.arange(len(ends) - 1), np.diff(ends))
    keys = np.repeat(titles * TOKENS, counts) + every[np.repeat(starts[at], counts) + within]
    keys.sort()
    keys = keys[np.concatenate([[True], keys[1:] != keys[:-1]])] if len(keys) else keys
    upto = np.searchsorted(keys, np.arange(len(ends)) * TOKENS)
    return upto.astype(np.int32), (keys % TOKENS).astype(np.int32)


def version_flags(titles: Iterable[str]) -> Floats:
    """Return 1 for each title of a live recording, a remix, a karaoke …, else 0, shape (n,)."""
    flags = array("f")
    for title in titles:
        # Only what is set apart by one of these can name a version.
        told = _SET_APART.search(title)
        flags.append(1.0 if told and parse_title(title).versions else 0.0)
    return np.array(flags, dtype=np.float32)


@dataclass(frozen=True)
class Inputs:
    """What the encoder is told of some tracks.

    Attributes
    ----------
    sounds
        Shape (n, `SOUND_INPUTS`), float32.
    titles
        Shape (n, `TOKENS`).
    """

    sounds: Floats
    titles: csr_matrix

    @classmethod
    def of(cls, scale: SoundScale, features: np.ndarray[Any, Any], titles: Iterable[str]) -> Inputs:
        """Return the inputs of tracks with these features, shape (n, 13), and titles."""
        return cls(scale.inputs(features), title_matrix(titles))
