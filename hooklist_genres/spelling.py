"""Spellings that mean the same name: case, spaces, hyphens, diacritics, "&" and "n"."""

from __future__ import annotations

import re
import unicodedata

_DIACRITICS = re.compile("[\u0300-\u036f]")
_AND = re.compile(r"\s*[&+]\s*")
_NO_WORD = re.compile(r"[^a-z0-9]+")
_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ı": "i", "ß": "ss", "æ": "ae", "œ": "oe"})


def words(text: str) -> tuple[str, ...]:
    """Return the words of a label, folded so that two spellings of one name have the same words.

    NFKC and casefold; marks on Latin, Greek and Cyrillic letters off; "&", "+" and a lone "n" are
    "and"; everything else that is no letter, mark or digit separates.
    """
    if text.isascii():
        return _with_and(_NO_WORD.sub(" ", _AND.sub(" and ", text.lower())).split())
    folded = unicodedata.normalize("NFKC", text).casefold()
    folded = _DIACRITICS.sub("", unicodedata.normalize("NFD", folded))
    folded = unicodedata.normalize("NFC", folded).translate(_LETTERS)
    folded = _AND.sub(" and ", folded)
    # Marks are halves of letters in Indic and Thai scripts; `\w` would leave them out.
    kept = "".join(letter if unicodedata.category(letter)[0] in "LMN" else " " for letter in folded)
    return _with_and(kept.split())


def _with_and(parts: list[str]) -> tuple[str, ...]:
    return tuple("and" if part == "n" else part for part in parts)


def key(parts: tuple[str, ...]) -> str:
    """Return what a vocabulary is looked up by: words written together ("Hip-Hop" is "hiphop")."""
    return "".join(parts)
