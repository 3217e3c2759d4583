"""Searching the library as ``GET /search`` does, field filters included."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from standin.identifiers import stable_number
from standin.library import Track, fold

_FILTER = re.compile(r"\b(track|artist|album|isrc|year|genre|upc|tag):", re.IGNORECASE)
_YEARS = re.compile(r"(\d{4})(?:-(\d{4}))?")


@dataclass(frozen=True)
class Query:
    """A parsed search: free words and field filters, all of which must hold."""

    words: tuple[str, ...]
    filters: tuple[tuple[str, str], ...]


def parse_query(text: str) -> Query:
    """Split a search into free words and filters.

    A filter's value is quoted, or goes up to the next filter.
    """
    starts = list(_FILTER.finditer(text))
    ends = [*(match.start() for match in starts), len(text)][1:]
    free = text[: starts[0].start()] if starts else text
    filters = []
    for match, end in zip(starts, ends, strict=True):
        value = text[match.end() : end].strip()
        quoted = re.match(r'"([^"]*)"(.*)', value, re.DOTALL)
        if quoted:
            value, rest = quoted.groups()
            free += " " + rest
        filters.append((match.group(1).lower(), value))
    return Query(tuple(fold(free).split()), tuple(filters))


def search_tracks(tracks: Iterable[Track], query: Query) -> list[Track]:
    """Return the matching tracks, best first; ties in an order that never changes."""
    found = [track for track in tracks if _matches(track, query)]
    return sorted(found, key=lambda track: (*_rank(track, query.words), stable_number(track.id)))


def _matches(track: Track, query: Query) -> bool:
    words = set(" ".join(track.folded).split())
    text = " ".join(track.folded)
    if not all(word in words or f" {word}" in f" {text}" for word in query.words):
        return False
    return all(_holds(track, name, value) for name, value in query.filters)


def _holds(track: Track, name: str, value: str) -> bool:
    title, artists, album = track.folded
    if name == "isrc":
        return track.isrc.upper() == re.sub(r"[^0-9A-Za-z]", "", value).upper() != ""
    if name == "year":
        years = _YEARS.fullmatch(value)
        if years is None or track.year is None:
            return False
        return int(years[1]) <= track.year <= int(years[2] or years[1])
    text = {"track": title, "artist": artists, "album": album, "genre": fold(track.genre)}.get(name)
    # upc: and tag: name albums, of which this library knows too little.
    return text is not None and all(f" {word}" in f" {text}" for word in fold(value).split())


def _rank(track: Track, words: Sequence[str]) -> tuple[int, int]:
    """Rank by where the words stand as a phrase, then by how much else the title says."""
    title, artists, _ = track.folded
    phrase = " ".join(words)
    if not phrase or title == phrase:
        place = 0
    elif title.startswith(phrase):
        place = 1
    elif artists == phrase:
        place = 2
    else:
        place = 3 if phrase in title else 4
    return place, len(title.split())
