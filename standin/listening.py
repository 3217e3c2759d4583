"""What each person has listened to and liked, derived from the library and the person's name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from standin.identifiers import stable_number
from standin.library import Artist, Library, Track
from standin.people import Person, hostile_tracks
from standin.playlists import DAY, drawn

TimeRange = Literal["short_term", "medium_term", "long_term"]
TIME_RANGES: tuple[str, ...] = get_args(TimeRange)
MAX_RECENT = 50
"""Spotify remembers no more than the last 50 plays."""

# How many tracks a person's lists hold at most, by kind of list.
_SIZES: dict[str, dict[str, int]] = {
    "rich": {"top": 180, "recent": MAX_RECENT, "liked": 240},
    "second": {"top": 60, "recent": 30, "liked": 45},
    "free": {"top": 25, "recent": 12, "liked": 20},
    "outsider": {"top": 10, "recent": 5, "liked": 10},
    "hostile": {"top": 40, "recent": 20, "liked": 40},
}


@dataclass(frozen=True)
class Play:
    """One play of a track; the time in Unix milliseconds."""

    track: Track
    played_at_ms: int
    context: str
    """URI of the playlist or album it was played from, or empty."""


@dataclass(frozen=True)
class Liked:
    """One liked song; the time in Unix seconds."""

    track: Track
    added_at: float


def top_tracks(library: Library, person: Person, time_range: str) -> list[Track]:
    """Return the most played tracks of a time range, most played first."""
    # The ranges overlap as real ones do: each draws its favourites from the next longer one.
    size = _size(person, "top")
    pool = _known(library, person, "top")[:size]
    share = {"short_term": 0.4, "medium_term": 0.7, "long_term": 1.0}[time_range]
    kept = pool[: max(1, round(len(pool) * share))] if pool else []
    return drawn(kept, person.key, "order", time_range)


def top_artists(library: Library, person: Person, time_range: str) -> list[Artist]:
    """Return the artists of the most played tracks, in the order they first appear there."""
    found: dict[str, Artist] = {}
    for track in top_tracks(library, person, time_range):
        for artist in track.artist_objects:
            found.setdefault(artist.id, artist)
    return list(found.values())


def recent_plays(library: Library, person: Person, born: float) -> list[Play]:
    """Return the last plays, newest first, all before `born` (Unix seconds).

    Now and then a track is played twice, as people do.
    """
    pool = _known(library, person, "recent")[: _size(person, "recent")]
    at_ms = int(born * 1000)
    plays = []
    for number in range(_size(person, "recent") if pool else 0):
        draw = stable_number(person.key, "play", number)
        track = pool[0 if number % 17 == 16 else number % len(pool)]
        at_ms -= track.duration_ms + draw % 400_000
        context = track.album_object.id if draw % 3 == 0 else ""
        plays.append(Play(track, at_ms, f"spotify:album:{context}" if context else ""))
    return plays


def liked_songs(library: Library, person: Person, born: float) -> list[Liked]:
    """Return the liked songs, newest first."""
    pool = _known(library, person, "liked")[: _size(person, "liked")]
    return [Liked(track, born - (number + 1) * 0.7 * DAY) for number, track in enumerate(pool)]


def known_tracks(library: Library, person: Person | None) -> Sequence[Track]:
    """Return every track this person can look up."""
    if person is not None and person.key == "hostile":
        return (*library.tracks, *hostile_tracks(library))
    return library.tracks


def _known(library: Library, person: Person, purpose: str) -> list[Track]:
    ordinary = drawn(library.tracks, person.key, purpose)
    if person.key != "hostile":
        return ordinary
    return [*drawn(hostile_tracks(library), person.key, purpose), *ordinary]


def _size(person: Person, kind: str) -> int:
    return _SIZES.get(person.key, {}).get(kind, 0)
