"""From what somebody wrote to genres."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from hooklist_genres.spelling import key, words
from hooklist_genres.vocabulary import Genre, id3v1_names, vocabulary

MOST_LABELS = 16
"""Labels kept of one text."""

_MOST_CHARACTERS = 1_000
_MOST_WORDS = 6
"""A label with more words than this is a sentence, not a genre with words around it."""

_VAGUE = frozenset({"mood", "world", "electronic"})
"""Families that say little of how a track is built: a second label is asked first."""

_NUMBERED = re.compile(r"\s*\((\d{1,3})\)")
_BETWEEN_LABELS = re.compile(r"[;|\0\n\r\t•·；｜,、，>]|::|\s[-–—]\s")
_MAYBE_BETWEEN_LABELS = re.compile(r"[/\\／]")
"""Also part of names: "Hip-Hop/Rap", "Singer/Songwriter"."""

_JOINERS = frozenset({"and", "und", "et", "y", "e", "og", "och", "и"})


def resolve(text: str) -> Genre | None:
    """Return the genre that a text names, or None if it names none.

    Of several labels the first that tells a style counts; one that only tells a family
    ("rock; indie rock") gives way to a finer one of the same family.

    Parameters
    ----------
    text
        A genre as people and programs write it: "Hip-Hop/Rap", "electronica; techno", "(17)Rock",
        "17", "Klassik". Only its first 1,000 characters are read.
    """
    found = resolve_all(text)
    if not found:
        return None
    first = next((genre for genre in found if genre.family not in _VAGUE), found[0])
    if first in vocabulary().heads:
        finer = (g for g in found if g.family == first.family and g not in vocabulary().heads)
        return next(finer, first)
    return first


def resolve_all(text: str) -> tuple[Genre, ...]:
    """Return every genre that a text names, each once, in its order, 16 at most.

    A separator that is part of a name ("R&B", "Singer/Songwriter") does not separate.
    """
    return _resolved(text[:_MOST_CHARACTERS])


def says_nothing(text: str) -> bool:
    """Return whether a text is what people write where they know no genre ("Other", "?", "").

    A name of somebody's own that is not in the vocabulary says something, if not to us.
    """
    nothing = vocabulary().nothing
    for label in _BETWEEN_LABELS.split(text[:_MOST_CHARACTERS]):
        name = key(words(label))
        if name and name not in nothing and not (name.isdigit() and resolve(label) is None):
            return False
    return True


@lru_cache(maxsize=4_096)
def _resolved(text: str) -> tuple[Genre, ...]:
    return tuple(dict.fromkeys(_labels(text)))[:MOST_LABELS]


def _labels(text: str) -> Iterator[Genre]:
    while number := _NUMBERED.match(text):
        yield from _of_number(number.group(1))
        text = text[number.end() :]
    for label in _BETWEEN_LABELS.split(text):
        digits = label.strip()
        if digits.isascii() and digits.isdigit() and len(digits) <= 3:
            yield from _of_number(digits)
        else:
            yield from _of_label(label)


def _of_number(digits: str) -> Iterator[Genre]:
    number, names = int(digits), id3v1_names()
    if number < len(names):
        yield from _of_label(names[number])


def _of_label(label: str) -> Iterator[Genre]:
    whole = _exactly(words(label))
    if whole is not None:
        yield whole
        return
    for piece in _MAYBE_BETWEEN_LABELS.split(label):
        yield from _joined(words(piece))


def _exactly(parts: tuple[str, ...]) -> Genre | None:
    return vocabulary().by_key.get(key(parts))


def _joined(parts: tuple[str, ...]) -> Iterator[Genre]:
    """Yield the genres of "swedish pop and rock", but one of "contemporary r and b"."""
    if (exact := _exactly(parts)) is not None:
        yield exact
        return
    pieces = _without_joiners(parts)
    found = [_exactly(piece) or _inside(piece) for piece in pieces]
    whole = _inside(parts) if None in found else None
    yield from [whole] if whole is not None else filter(None, found)


def _without_joiners(parts: tuple[str, ...]) -> list[tuple[str, ...]]:
    pieces: list[list[str]] = [[]]
    for part in parts:
        if part in _JOINERS:
            pieces.append([])
        else:
            pieces[-1].append(part)
    return [tuple(piece) for piece in pieces if piece]


def _inside(parts: tuple[str, ...]) -> Genre | None:
    """Return the genre of the longest known name at the end of a label, else at its start.

    English says what it is last ("swedish hip hop"), Romance languages say it first
    ("rock argentino").
    """
    if not 1 < len(parts) <= _MOST_WORDS:
        return None
    tails = (parts[at:] for at in range(1, len(parts)))
    heads = (parts[:at] for at in range(len(parts) - 1, 0, -1))
    names = (key(some) for some in (*tails, *heads))
    found = [vocabulary().by_key[name] for name in names if name in vocabulary().inside]
    return next((genre for genre in found if genre.family not in _VAGUE), next(iter(found), None))
