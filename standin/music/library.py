"""The catalogue of the generated library: who made which track. Needs no numpy and no rendering."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from string import ascii_lowercase, ascii_uppercase, digits

from standin.music.dice import Dice
from standin.music.errors import TrackUnknown
from standin.music.form import Plan, plan_track
from standin.music.names import ARTISTS, Artist, album_for, classical_title, titles_for
from standin.music.styles import GENRES

_BASE62 = digits + ascii_lowercase + ascii_uppercase
_ALBUM_SIZES = (5, 4, 5, 4)
_EXPLICIT = {"hip-hop": 0.4, "metal": 0.15, "r&b": 0.1, "rock": 0.06}


@dataclass(frozen=True, slots=True)
class TrackSpec:
    """What a shop window knows about a track.

    Parameters
    ----------
    id
        22 characters of base62, in the shape of a Spotify id.
    artists
        One or two names.
    year
        Year of release.
    duration
        Seconds; exactly the length that `render` gives, to the millisecond.
    isrc
        In the shape of ISO 3901; the country code XX is assigned to nobody.
    genre
        One of `GENRES`.
    popularity
        0 to 100.
    """

    id: str
    title: str
    artists: tuple[str, ...]
    album: str
    year: int
    duration: float
    explicit: bool
    isrc: str
    genre: str
    popularity: int

    @property
    def duration_ms(self) -> int:
        """Length in whole milliseconds, as Spotify tells it."""
        return round(self.duration * 1000)


@lru_cache(maxsize=1)
def library() -> tuple[TrackSpec, ...]:
    """Return every track of the library, always the same and in the same order."""
    tracks: list[TrackSpec] = []
    for number, artist in enumerate(ARTISTS):
        tracks.extend(_album(artist, number))
    return tuple(tracks)


@lru_cache(maxsize=1)
def _by_id() -> dict[str, TrackSpec]:
    return {spec.id: spec for spec in library()}


def track(track_id: str) -> TrackSpec:
    """Return one track's metadata.

    Raises
    ------
    TrackUnknown
        If the library has no such id.
    """
    spec = _by_id().get(track_id)
    if spec is None:
        raise TrackUnknown(track_id)
    return spec


@lru_cache(maxsize=512)
def plan_of(track_id: str) -> Plan:
    """Return a track's plan (key, tempo, sections, beats).

    Raises
    ------
    TrackUnknown
        If the library has no such id.
    """
    return plan_track(track_id, track(track_id).genre)


def track_id(artist: str, index: int) -> str:
    """Return the id of an artist's `index`-th track: 128 bits of SHA-256 in base62."""
    number = int.from_bytes(hashlib.sha256(f"{artist}\x1f{index}".encode()).digest()[:16], "big")
    letters = []
    for _ in range(22):
        number, digit = divmod(number, 62)
        letters.append(_BASE62[digit])
    return "".join(reversed(letters))


def _album(artist: Artist, number: int) -> list[TrackSpec]:
    dice = Dice("album", artist.name)
    place = number % len(_ALBUM_SIZES)
    size = _ALBUM_SIZES[place]
    titles = titles_for(artist, size, dice)
    album = album_for(artist, titles, dice)
    year = dice.whole(1996, 2025)
    fame = dice.whole(8, 62)
    colleagues = [
        other.name for other in ARTISTS if other.genre == artist.genre and other != artist
    ]
    specs = []
    for index, plain_title in enumerate(titles):
        identifier = track_id(artist.name, index)
        genre = artist.second_genre if artist.second_genre and index == size - 1 else artist.genre
        plan = plan_track(identifier, genre)
        title = plain_title
        if artist.genre == "classical":
            title = classical_title(artist.language, plain_title, index, plan.tonic, plan.minor)
        guest = dice.chance(0.1) and artist.genre not in ("classical", "ambient")
        artists = (artist.name, dice.pick(colleagues)) if guest else (artist.name,)
        specs.append(
            TrackSpec(
                id=identifier,
                title=title,
                artists=artists,
                album=album,
                year=year,
                duration=plan.duration,
                explicit=dice.chance(_EXPLICIT.get(genre, 0.0)),
                isrc=f"XXHK{GENRES.index(genre) % 10}{year % 100:02d}{number:03d}{index:02d}",
                genre=genre,
                popularity=min(99, max(1, fame + round(9 * dice.bell()))),
            )
        )
    return specs
