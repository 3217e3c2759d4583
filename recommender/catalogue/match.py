"""Which row is this track: by id, ISRC, or name and length, never the wrong version silently."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from recommender.catalogue.keys import song_key
from recommender.catalogue.names import (
    Likeness,
    Title,
    artists_as_one,
    compare_versions,
    normalise_artist,
    parse_title,
)
from recommender.catalogue.schema import Track
from recommender.catalogue.values import parse_isrc, spotify_id_of

if TYPE_CHECKING:
    from recommender.catalogue.store import Catalogue

MATCH_SECONDS = 3.0
"""Lengths further apart than this are not one recording."""

_MAX_CANDIDATES = 200
_MAX_ARTISTS = 8

How = Literal["id", "isrc", "name", "name-remaster", "name-without-duration"]


@dataclass(frozen=True)
class ForeignTrack:
    """A track as somebody else names it; anything may be missing.

    Attributes
    ----------
    spotify_id
        An id, URI or link, or any id of the catalogue.
    isrc
        With or without hyphens.
    title, artists
        As shown.
    duration
        Seconds, or None.
    """

    spotify_id: str = ""
    isrc: str = ""
    title: str = ""
    artists: tuple[str, ...] = ()
    duration: float | None = None


@dataclass(frozen=True)
class Match:
    """A row that is the foreign track.

    Attributes
    ----------
    track
        The row.
    how
        "id"; "isrc"; "name" (artist, title, version and length agree); "name-remaster" (the same,
        and only the mastering is another); "name-without-duration" (artist, title and version
        agree, one side has no length).
    confidence
        0–1: how often such a match is the same recording, as a rule of thumb and not a measurement.
    """

    track: Track
    how: How
    confidence: float


_CONFIDENCE: dict[How, float] = {
    "id": 1.0,
    "isrc": 0.98,
    "name": 0.92,
    "name-remaster": 0.8,
    "name-without-duration": 0.6,
}


def find_match(catalogue: Catalogue, track: ForeignTrack) -> Match | None:
    """Find the row that is `track`, or None when no row surely is.

    The order is id, then ISRC, then name. An ISRC is believed only while version and length do not
    contradict it: in the wild one code now and then covers two recordings.
    """
    if track.spotify_id:
        row = catalogue.row_of(spotify_id_of(track.spotify_id) or track.spotify_id)
        if row is not None:
            return _match(catalogue, row, "id")
    theirs = parse_title(track.title) if track.title else None
    isrc = parse_isrc(track.isrc)
    if isrc:
        found = [row for row in catalogue.by_isrc(isrc) if _agrees(catalogue, row, track, theirs)]
        if found:
            return _match(catalogue, _best(catalogue, found, track), "isrc")
    if theirs is None or not track.artists:
        return None
    return _match_by_name(catalogue, track, theirs)


def _match(catalogue: Catalogue, row: int, how: How) -> Match:
    return Match(catalogue.row(row), how, _CONFIDENCE[how])


def _agrees(catalogue: Catalogue, row: int, track: ForeignTrack, theirs: Title | None) -> bool:
    """Whether nothing speaks against an ISRC's row."""
    apart = _seconds_apart(catalogue, row, track)
    if apart is not None and apart > MATCH_SECONDS:
        return False
    title = catalogue.text("title", row)
    if theirs is None or not title:
        return True
    return compare_versions(parse_title(title), theirs) != "different"


def _match_by_name(catalogue: Catalogue, track: ForeignTrack, theirs: Title) -> Match | None:
    ranked: dict[How, list[int]] = {}
    for row in _named_alike(catalogue, track, theirs):
        likeness = compare_versions(parse_title(catalogue.text("title", row)), theirs)
        how = _how(likeness, _seconds_apart(catalogue, row, track))
        if how:
            ranked.setdefault(how, []).append(row)
    kinds: tuple[How, ...] = ("name", "name-remaster", "name-without-duration")
    for how in kinds:
        if how in ranked:
            return _match(catalogue, _best(catalogue, ranked[how], track), how)
    return None


def _how(likeness: Likeness, apart: float | None) -> How | None:
    if likeness == "different" or (apart is not None and apart > MATCH_SECONDS):
        return None
    if apart is None:
        # Nothing but the name is known: then the name has to be all the same.
        return "name-without-duration" if likeness == "same" else None
    return "name-remaster" if likeness == "remaster" else "name"


def _named_alike(catalogue: Catalogue, track: ForeignTrack, theirs: Title) -> list[int]:
    """Return rows with the same song name by one of the same artists."""
    names = {normalise_artist(name) for name in track.artists[:_MAX_ARTISTS]}
    # "Simon & Garfunkel" may be one name there and two here.
    together = artists_as_one(track.artists)
    for name in track.artists[:_MAX_ARTISTS]:
        names.update(parts_of_name(name))
    if len(track.artists) > 1:
        names.add(normalise_artist(" & ".join(track.artists)))
    ours = {normalise_artist(name) for name in track.artists}
    found: dict[int, None] = {}
    for name in sorted(names):
        for row in catalogue.by_song(song_key(name, theirs.base)):
            if len(found) >= _MAX_CANDIDATES:
                break
            if row not in found and _credited_alike(catalogue, row, ours, together, theirs):
                found[row] = None
    return sorted(found)


def parts_of_name(name: str) -> set[str]:
    """Return the normalised names in a name that may be several ("Simon & Garfunkel")."""
    pieces = name.replace("&", ",").replace(" and ", ",").replace(" x ", ",").split(",")
    return (
        {normalise_artist(piece) for piece in pieces if piece.strip()} if len(pieces) > 1 else set()
    )


def _credited_alike(
    catalogue: Catalogue, row: int, ours: set[str], together: str, theirs: Title
) -> bool:
    """Compare the texts themselves: the key that led here is only a hash."""
    if parse_title(catalogue.text("title", row)).base != theirs.base:
        return False
    names = catalogue.credits(row)
    if ours & {normalise_artist(name) for name in names}:
        return True
    return bool(together) and artists_as_one(names) == together


def _seconds_apart(catalogue: Catalogue, row: int, track: ForeignTrack) -> float | None:
    if track.duration is None:
        return None
    ours = float(catalogue.numbers("duration", [row])[0])
    return None if ours != ours else abs(ours - track.duration)


def _best(catalogue: Catalogue, rows: list[int], track: ForeignTrack) -> int:
    """Return the row closest in length, then the most popular, then the first."""

    def merit(row: int) -> tuple[float, float, int]:
        apart = _seconds_apart(catalogue, row, track)
        popularity = float(catalogue.numbers("popularity", [row])[0])
        known = popularity if popularity == popularity else -1.0
        return (round(apart) if apart is not None else 99, -known, row)

    return min(rows, key=merit)
