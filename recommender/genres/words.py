"""What titles and names say about a genre: a naive Bayes over hashed pieces of words.

Pieces are the words and their letter groups of 2 to 4 with their ends marked; each is hashed into
one of `BUCKETS` places (feature hashing: Weinberger et al. 2009). What is learned is one table of
log-odds; no text is kept. Words that name a genre are taken out first, so that a compilation called
"Blues Classics" does not answer for its tracks.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

Matrix = np.ndarray[Any, np.dtype[np.float32]]
Places = np.ndarray[Any, np.dtype[np.int64]]

BUCKETS = 1 << 15
SMOOTHING = 5.0
"""Rows' worth of belief that a piece says nothing."""
LEAST_ROWS = 3
"""A piece that fewer rows have is not listened to."""
MOST_LETTERS = 120

_NAMES_GENRE = re.compile(
    r"hip[- ]?hop|\brap\b|[kj][- ]?pop|\bmetal\b|indian?\b|classical|klassik|\bblues\b|\brock\b"
    r"|\bjazz\b|techno|\bhouse\b|\bpunk\b|reggae|country|\bsoul\b|\bfolk\b|\bedm\b|trance|disco"
    r"|latin[ao]?\b|electronic|ambient|\bpop\b|opera\b|flamenco|samba|salsa|tango|gospel|grunge"
)
_WORDS = re.compile(r"\w+|[^\w\s]")


@lru_cache(maxsize=262_144)
def pieces(text: str) -> tuple[int, ...]:
    """Return the places of a text's pieces, each once, sorted."""
    plain = _NAMES_GENRE.sub(" ", text[:MOST_LETTERS].casefold())
    found: set[str] = set()
    for word in _WORDS.findall(plain):
        marked = f" {word} "
        found.add(marked)
        for size in (2, 3, 4):
            found.update(marked[at : at + size] for at in range(len(marked) - size + 1))
    return tuple(sorted({zlib.crc32(one.encode()) % BUCKETS for one in found}))


@dataclass(frozen=True)
class WordTable:
    """Log-odds of pieces for labels.

    Attributes
    ----------
    weights
        Float32 (`BUCKETS` × labels): log P(piece | label) − log P(piece); 0 for rare pieces.
    """

    weights: Matrix

    def scores(self, texts: Sequence[str]) -> Matrix:
        """Return for each text the sum of its pieces' log-odds over the root of their number.

        Returns
        -------
        ndarray
            Float32 (texts × labels); 0 for an empty text.
        """
        out = np.zeros((len(texts), self.weights.shape[1]), np.float32)
        for row, text in enumerate(texts):
            at = pieces(text)
            if at:
                out[row] = self.weights[list(at)].sum(axis=0) / np.sqrt(len(at))
        return out


def learn_words(texts: Sequence[str], belongs: np.ndarray[Any, Any]) -> WordTable:
    """Count pieces by label.

    Parameters
    ----------
    texts
        One per row.
    belongs
        Rows × labels, 1 where the row has the label, else 0.
    """
    labels = belongs.shape[1]
    counts = np.zeros((BUCKETS, labels), np.float64)
    rows = np.zeros(BUCKETS, np.float64)
    of_label = belongs.sum(axis=0)
    for text, mine in zip(texts, belongs, strict=True):
        at = list(pieces(text))
        rows[at] += 1.0
        for label in np.flatnonzero(mine):
            counts[at, label] += 1.0
    overall = rows[:, None] / max(len(texts), 1)
    given = (counts + SMOOTHING * overall) / (of_label + SMOOTHING)
    heard = rows >= LEAST_ROWS
    weights = np.zeros((BUCKETS, labels), np.float32)
    weights[heard] = np.log(given[heard] / overall[heard])
    return WordTable(weights)


_SCRIPTS = (
    ("hangul", "[\uac00-\ud7a3\u3131-\u318e]"),
    ("kana or han", "[\u3040-\u30ff\u4e00-\u9fff]"),
    ("indic", "[\u0900-\u0dff]"),
    ("cyrillic", "[\u0400-\u04ff]"),
    ("arabic or hebrew", "[\u0590-\u06ff]"),
    ("accented", "[\u00c0-\u024f]"),
    ("digits", "[0-9]"),
    ("brackets", r"[(\[]"),
    ("spaced dashes", " [-–] "),
    ("colons", ":"),
    ("commas", ","),
    ("from a film", r"\bfrom [\"“]|soundtrack|\bost\b"),
    ("catalogue of works", r"\b(?:op|no|bwv|k|hob|act)\.? ?\d|\b(?:major|minor|sonata|concerto)\b"),
    ("featuring", r"\bfeat\b|\bft\b|\bremix\b"),
)
_COUNTED = tuple((name, re.compile(pattern)) for name, pattern in _SCRIPTS)
WRITING = (*(f"title: {name}" for name, _ in _SCRIPTS), "title: letters", "title: words")
"""Names of what `writing` tells."""


def writing(texts: Sequence[str]) -> Matrix:
    """Return how titles are written: scripts, punctuation, kinds of words.

    Returns
    -------
    ndarray
        Float32 (texts × len(`WRITING`)), log(1 + count) each.
    """
    out = np.zeros((len(texts), len(WRITING)), np.float32)
    for row, text in enumerate(texts):
        plain = text.casefold()
        counted = [len(pattern.findall(plain)) for _, pattern in _COUNTED]
        out[row] = [*counted, len(plain), len(plain.split())]
    return np.log1p(out)
