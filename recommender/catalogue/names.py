"""Titles and artists as people mean them: normalised, with the version told apart from the song.

Two recordings of one song differ by words in brackets or after a dash ("Live at Wembley", "2011
Remaster", "Tiësto Remix", "Sped Up"). `parse_title` separates those words from the song's name, so
that a match can say *same song, other version* instead of silently taking the wrong one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from recommender.catalogue.versions import (
    DETAIL_FILLER,
    KINDS,
    NAMED_KINDS,
    NEUTRAL,
    OTHER_VERSION,
    REMASTER,
    REMASTER_FILLER,
    SONG_WORDS,
    TOLD_BY_WORDS,
    YEAR,
)

_LETTERS = str.maketrans(
    {
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "æ": "ae",
        "œ": "oe",
        "ı": "i",
        "’": "",
        "‘": "",
        "'": "",
        "ʼ": "",
        "`": "",
        "´": "",
        "&": " and ",
        "+": " and ",
    }
)
# Only the marks that sit on Latin, Greek and Cyrillic letters: elsewhere a mark is a letter's half.
_DIACRITICS = re.compile("[\u0300-\u036f]")
_DOLLAR_AS_S = re.compile(r"(?<=\w)\$|\$(?=\w)")
_NOT_WORD = re.compile(r"[\W_]+")
_JOINERS = re.compile(r"\b(?:and|y|et|und|with|vs)\b")
_THE = re.compile(r"^the (?=\S)")


@lru_cache(maxsize=65_536)
def normalise(text: str) -> str:
    """Return `text` in the form in which two spellings of one name are equal.

    NFKC and casefold, diacritics off (Latin, Greek, Cyrillic), ``&`` and ``+`` as "and",
    apostrophes dropped, every other punctuation a single space. Letters of every script are kept.
    A name made of punctuation only ("!!!") keeps its punctuation, because nothing else names it.
    """
    if text.isascii():
        folded = text.lower()
    else:
        folded = unicodedata.normalize("NFKC", text).casefold()
        folded = _DIACRITICS.sub("", unicodedata.normalize("NFD", folded))
        folded = unicodedata.normalize("NFC", folded)
    folded = _DOLLAR_AS_S.sub("s", folded.translate(_LETTERS))
    words = _words_of(folded)
    return words or " ".join(text.casefold().split())


def _words_of(folded: str) -> str:
    if folded.isascii():
        return _NOT_WORD.sub(" ", folded).strip()
    # `\w` leaves out combining marks, which in Indic and Thai scripts are parts of words.
    kept = (
        character if character.isalnum() or unicodedata.category(character)[0] == "M" else " "
        for character in folded
    )
    return " ".join("".join(kept).split())


def normalise_artist(name: str) -> str:
    """Return an artist's name normalised, without a leading "the" or a trailing ", the"."""
    text = normalise(re.sub(r",\s*the\s*$", "", name, flags=re.IGNORECASE))
    return _THE.sub("", text)


def artists_as_one(artists: Sequence[str]) -> str:
    """Return all credited artists as one order-free key, however the source had joined them.

    "Simon & Garfunkel", ("Simon", "Garfunkel") and "Garfunkel, Simon" have the same key.
    """
    words: list[str] = []
    for artist in artists:
        name = normalise_artist(artist)
        # An artist may be called "Y" or "And".
        words.extend(_JOINERS.sub(" ", name).split() or name.split())
    return " ".join(sorted(words))


@dataclass(frozen=True)
class Title:
    """A title taken apart.

    Attributes
    ----------
    base
        The song's name, normalised, without version words and featured artists.
    versions
        What makes this recording another one, as ``(kind, detail)``: ("live", "wembley"),
        ("remix", "tiesto"), ("sped up", ""). Empty for the plain recording.
    remaster
        None, or the year (may be empty) of a remaster: the same recording, newly mastered.
    featured
        Artists named in the title by "feat.", "ft.", "with".
    """

    base: str
    versions: frozenset[tuple[str, str]] = frozenset()
    remaster: str | None = None
    featured: tuple[str, ...] = ()


_BRACKETS = re.compile(r"\(([^()]*)\)|\[([^\[\]]*)\]|\{([^{}]*)\}|（([^（）]*)）|【([^【】]*)】")
_DASH = re.compile(r"\s+[-–—~]+\s+|\s*[–—]\s+|\s+/\s+")
_FEATURED = re.compile(r"^(?:feat|ft|featuring|with|w/)(?:\.|\b)\s*(?P<who>.+)$", re.IGNORECASE)
_FEATURED_TAIL = re.compile(r"\s(?:feat\.?|ft\.|featuring)\s+(?P<who>.+)$", re.IGNORECASE)
_SPLIT_FEATURED = re.compile(r"\s*(?:,|&|\band\b|\+)\s*", re.IGNORECASE)


@lru_cache(maxsize=65_536)
def parse_title(title: str) -> Title:
    """Take a title apart into the song's name, its version and its featured artists.

    Only words in brackets or after a spaced dash can make a version: "Live Forever" and "Remix to
    Ignition" are songs, "Forever (Live)" and "Ignition - Remix" are versions.
    """
    featured: list[str] = []
    versions: set[tuple[str, str]] = set()
    remaster: list[str] = []

    def judge(segment: str) -> bool:
        """Note what a segment says; False when it is a part of the song's name."""
        who = _FEATURED.match(segment.strip())
        if who:
            featured.extend(name for name in _SPLIT_FEATURED.split(who["who"]) if name.strip())
            return True
        return _judge_version(normalise(segment), versions, remaster)

    def bracket(found: re.Match[str]) -> str:
        inner = next(group for group in found.groups() if group is not None)
        return " " if inner.strip() and judge(inner) else found.group(0)

    rest = title
    while True:
        shorter = _BRACKETS.sub(bracket, rest)
        if shorter == rest:
            break
        rest = shorter
    head, *tails = _DASH.split(rest.strip())
    kept = [head, *(tail for tail in tails if tail.strip() and not judge(tail))]
    text = " ".join(kept)
    tail = _FEATURED_TAIL.search(text)
    if tail and tail.start() > 0:
        featured.extend(name for name in _SPLIT_FEATURED.split(tail["who"]) if name.strip())
        text = text[: tail.start()]
    base = normalise(text) if text.strip() else normalise(title)
    return Title(
        base=base,
        versions=frozenset(versions),
        remaster=max(remaster) if remaster else None,
        featured=tuple(name.strip() for name in featured),
    )


def _judge_version(segment: str, versions: set[tuple[str, str]], remaster: list[str]) -> bool:
    """Add what a normalised segment says about the version; False when it says nothing."""
    said, version, year = _judged(segment)
    if version is not None:
        versions.add(version)
    if year is not None:
        remaster.append(year)
    return said


@lru_cache(maxsize=65_536)
def _judged(segment: str) -> tuple[bool, tuple[str, str] | None, str | None]:
    """Return whether a normalised segment says anything; the version; the remaster's year.

    "Live" and "Remastered 2011" stand behind thousands of titles.
    """
    remaster = None
    if REMASTER.search(segment):
        year = YEAR.search(segment)
        remaster = year.group(0) if year else ""
        segment = " ".join(YEAR.sub(" ", REMASTER.sub(" ", segment)).split())
        segment = " ".join(REMASTER_FILLER.sub(" ", segment).split())
        if not segment:
            return True, None, remaster
    if NEUTRAL.match(segment):
        return True, None, remaster
    for kind, words in KINDS:
        if words.search(segment):
            said_more = segment if kind in TOLD_BY_WORDS else words.sub(" ", segment)
            detail = " ".join(DETAIL_FILLER.sub(" ", said_more).split())
            return True, (kind, detail), remaster
    other = OTHER_VERSION.match(segment)
    if other and not SONG_WORDS.match(segment):
        return True, ("version", other["detail"]), remaster
    return remaster is not None, None, remaster


def _details(title: Title) -> dict[str, str]:
    by_kind: dict[str, str] = {}
    for kind, detail in sorted(title.versions):
        by_kind[kind] = f"{by_kind.get(kind, '')} {detail}".strip()
    return by_kind


Likeness = Literal["same", "remaster", "unsure", "different"]


def compare_versions(ours: Title, theirs: Title) -> Likeness:
    """Say whether two titles of one song name the same recording.

    Returns
    -------
    str
        "same"; "remaster" when only the mastering differs (the same recording if the durations
        agree too); "unsure" when one says less than the other ("Live" and "Live at Wembley");
        "different" otherwise.
    """
    if {kind for kind, _ in ours.versions} != {kind for kind, _ in theirs.versions}:
        return "different"
    unsure = False
    left, right = _details(ours), _details(theirs)
    for kind, detail in left.items():
        if detail == right[kind]:
            continue
        if kind in NAMED_KINDS or (detail and right[kind]):
            return "different"
        unsure = True
    if unsure:
        return "unsure"
    return "same" if ours.remaster == theirs.remaster else "remaster"
