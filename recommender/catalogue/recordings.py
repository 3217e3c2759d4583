"""Whether two descriptions, neither of them a row, are of one recording."""

from __future__ import annotations

from recommender.catalogue.match import MATCH_SECONDS, ForeignTrack
from recommender.catalogue.names import (
    artists_as_one,
    compare_versions,
    normalise_artist,
    parse_title,
)
from recommender.catalogue.values import parse_isrc


def same_recording(one: ForeignTrack, other: ForeignTrack) -> bool:
    """Return whether both are surely the same version of the same song.

    The rule of `recommender.catalogue.match`, symmetric: titles agree in name and version (another
    mastering counts as the same), an artist agrees, and lengths are within `MATCH_SECONDS`. Equal
    ISRCs stand in for the artist, never for version or length.

    Parameters
    ----------
    one, other
        As somebody names them; without a title on both sides nothing is sure.
    """
    if not one.title or not other.title:
        return False
    ours, theirs = parse_title(one.title), parse_title(other.title)
    if ours.base != theirs.base:
        return False
    likeness = compare_versions(ours, theirs)
    if likeness == "different":
        return False
    if one.duration is None or other.duration is None:
        if likeness != "same":
            return False
    elif abs(one.duration - other.duration) > MATCH_SECONDS:
        return False
    isrc = parse_isrc(one.isrc)
    return bool(isrc and isrc == parse_isrc(other.isrc)) or _artist_agrees(one, other)


def _artist_agrees(one: ForeignTrack, other: ForeignTrack) -> bool:
    ours = {normalise_artist(name) for name in one.artists}
    theirs = {normalise_artist(name) for name in other.artists}
    if ours & theirs:
        return True
    together = artists_as_one(one.artists)
    return bool(together) and together == artists_as_one(other.artists)
