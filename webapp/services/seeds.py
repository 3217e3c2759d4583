"""Picking seeds: tracks of the user's account, found by where they look, marked if we know them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from hooklist_errors import HooklistError
from webapp.errors import InvalidRequest
from webapp.services.generation import MOST_SEEDS, match_seeds
from webapp.services.pasted_links import MOST_LINES, PastedLine, read_lines
from webapp.store.values import digest

if TYPE_CHECKING:
    from recommender import Recommender
    from webapp.spotify.objects import Page, SpotifyPlaylist, SpotifyTrack
    from webapp.spotify.reading import TimeRange, UserReading


class Accounts(Protocol):
    """The gateway: `webapp.spotify.Gateway`."""

    def for_user(self, user_id: str) -> UserReading:
        """Return the way to one user's account."""
        ...


class Recommenders(Protocol):
    """Whoever holds the recommender of the moment."""

    def get(self) -> Recommender:
        """Return it, or raise a `HooklistError` if there is none."""
        ...


@dataclass(frozen=True, slots=True)
class Seed:
    """A track that a playlist can grow from, as it is kept in the basket.

    Attributes
    ----------
    spotify_id
        22 characters; empty for a track of the catalogue that has none.
    title, artists, album
        As Spotify writes them; shown escaped.
    duration
        Seconds, or None.
    isrc
        Twelve characters, or empty.
    cover
        Address of the cover, or empty.
    url
        Its page at Spotify, or empty.
    """

    spotify_id: str
    title: str
    artists: tuple[str, ...]
    album: str
    duration: float | None
    isrc: str
    cover: str
    url: str

    @classmethod
    def of(cls, track: SpotifyTrack) -> Seed:
        """Return the seed of a track from the gateway."""
        return cls(
            spotify_id=track.id,
            title=track.title,
            artists=track.artists,
            album=track.album,
            duration=track.duration,
            isrc=track.isrc,
            cover=track.image_url,
            url=track.url,
        )

    @property
    def key(self) -> str:
        """What it is called in the basket: its Spotify id, or a digest of its name."""
        if self.spotify_id:
            return self.spotify_id
        name = "\n".join((self.isrc, self.title, *self.artists))
        return f"n{digest(name)[:31]}"

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Seed:
        """Return the seed that `to_data` made plain data of."""
        return cls(**{**data, "artists": tuple(data["artists"])})

    def to_data(self) -> dict[str, Any]:
        """Return the seed as plain data."""
        return {**asdict(self), "artists": list(self.artists)}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A track that may become a seed.

    Attributes
    ----------
    seed
        The track.
    in_catalogue
        Whether the catalogue has it; None if there is no catalogue to ask.
    """

    seed: Seed
    in_catalogue: bool | None


@dataclass(frozen=True, slots=True)
class Candidates:
    """A page of tracks that may become seeds.

    Attributes
    ----------
    items
        In Spotify's order.
    total
        Of the whole list; None if unknown.
    next_offset
        Where the next page begins; None if this is the last.
    skipped
        Left out: no longer available, local files, episodes.
    stale
        Whether this is an earlier answer, because Spotify cannot be reached.
    """

    items: tuple[Candidate, ...]
    total: int | None
    next_offset: int | None
    skipped: int
    stale: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a pasted line.

    Attributes
    ----------
    line
        As it was read.
    candidate
        The track, where the line led to one.
    error
        Why a track could not be had, where it could not.
    """

    line: PastedLine
    candidate: Candidate | None = None
    error: HooklistError | None = None


class SeedService:
    """Finds tracks to pick from, one user's at a time.

    Every method asks Spotify and may raise what the gateway raises (``spotify.…``).

    Parameters
    ----------
    accounts
        The gateway.
    recommenders
        Holder of the recommender; its catalogue tells which tracks we know.
    """

    def __init__(self, accounts: Accounts, recommenders: Recommenders) -> None:
        self._accounts = accounts
        self._recommenders = recommenders

    def top(self, user_id: str, span: TimeRange, offset: int = 0) -> Candidates:
        """Return the tracks the user hears most, in a span of time."""
        return self._marked(self._accounts.for_user(user_id).top_tracks(span, offset))

    def recent(self, user_id: str) -> Candidates:
        """Return what the user has just heard."""
        return self._marked(self._accounts.for_user(user_id).recently_played())

    def liked(self, user_id: str, offset: int = 0) -> Candidates:
        """Return the user's liked songs."""
        return self._marked(self._accounts.for_user(user_id).liked(offset))

    def playlists(self, user_id: str, offset: int = 0) -> Page[SpotifyPlaylist]:
        """Return the playlists in the user's library."""
        return self._accounts.for_user(user_id).playlists(offset)

    def playlist(self, user_id: str, playlist_id: str, offset: int = 0) -> Candidates:
        """Return the tracks of one of the user's own playlists."""
        return self._marked(self._accounts.for_user(user_id).playlist_items(playlist_id, offset))

    def search(self, user_id: str, text: str, offset: int = 0) -> Candidates:
        """Return tracks that fit a search."""
        return self._marked(self._accounts.for_user(user_id).search(text, offset))

    def pasted(self, user_id: str, text: str, *, open_url: str) -> tuple[Verdict, ...]:
        """Return a verdict on each line of pasted text.

        A track that Spotify does not have is a verdict. Once Spotify cannot be asked any more, the
        remaining lines carry the same error, and it is not asked again.

        Parameters
        ----------
        user_id
            Whose account is asked.
        text
            As pasted.
        open_url
            Where links lead, beside Spotify's own address: the stand-in's.

        Raises
        ------
        InvalidRequest
            If there is nothing in the text.
        """
        lines = read_lines(text, open_host=urlsplit(open_url).netloc)
        if not lines:
            raise InvalidRequest(
                "Nothing was looked up",
                why="no line has anything in it",
                next_step="paste links to tracks, one on each line",
            )
        reading = self._accounts.for_user(user_id)
        found: list[tuple[PastedLine, SpotifyTrack | None, HooklistError | None]] = []
        broken: HooklistError | None = None
        for line in lines:
            track: SpotifyTrack | None = None
            error = broken
            if line.kind == "track" and broken is None:
                try:
                    track = reading.track(line.track_id)
                except HooklistError as raised:
                    error = raised
                    if raised.code not in {"spotify.not_found", "spotify.refused"}:
                        broken = raised
            found.append((line, track, error if line.kind == "track" else None))
        candidates = iter(self._candidates([track for _, track, _ in found if track is not None]))
        return tuple(
            Verdict(line, next(candidates) if track is not None else None, error)
            for line, track, error in found
        )

    def _marked(self, page: Page[SpotifyTrack]) -> Candidates:
        return Candidates(
            items=tuple(self._candidates(page.items)),
            total=page.total,
            next_offset=page.next_offset,
            skipped=page.skipped,
            stale=page.stale,
        )

    def _candidates(self, tracks: Any) -> list[Candidate]:
        seeds = [Seed.of(track) for track in tracks]
        try:
            recommender = self._recommenders.get()
        except HooklistError:
            return [Candidate(seed, None) for seed in seeds]
        matches = match_seeds(recommender, [seed.to_data() for seed in seeds])
        return [
            Candidate(seed, match is not None) for seed, match in zip(seeds, matches, strict=True)
        ]


def with_seed(basket: tuple[Seed, ...], seed: Seed) -> tuple[Seed, ...]:
    """Return the basket with one more seed; one that is in it already changes nothing.

    Raises
    ------
    InvalidRequest
        If the basket is full.
    """
    if any(inside.key == seed.key for inside in basket):
        return basket
    if len(basket) >= MOST_SEEDS:
        raise InvalidRequest(
            "The track was not added",
            which=seed.title,
            why=f"the basket holds {MOST_SEEDS} seeds and is full",
            kept="the seeds in the basket",
            next_step="remove one first",
        )
    return (*basket, seed)


def without_seed(basket: tuple[Seed, ...], key: str) -> tuple[Seed, ...]:
    """Return the basket without a seed."""
    return tuple(seed for seed in basket if seed.key != key)


__all__ = [
    "MOST_LINES",
    "MOST_SEEDS",
    "Candidate",
    "Candidates",
    "Seed",
    "SeedService",
    "Verdict",
    "with_seed",
    "without_seed",
]
