"""Playlists: what one is, and the ones every person is given."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from standin.identifiers import base62, stable_number
from standin.library import Library, Track
from standin.people import BY_KEY, HOSTILE_TITLES, PEOPLE, Person, hostile_tracks

MAX_ITEMS = 10_000
DAY = 86_400.0


@dataclass(frozen=True)
class Entry:
    """One place in a playlist.

    Attributes
    ----------
    kind
        ``null`` is a place whose track is no longer available.
    uri
        Empty for ``null``.
    added_at
        Unix seconds.
    added_by
        Key of the person.
    """

    kind: Literal["track", "episode", "local", "null"]
    uri: str
    added_at: float
    added_by: str


@dataclass
class Playlist:
    """A playlist as it is now.

    Attributes
    ----------
    owner
        A person's key, or ``spotify`` for editorial ones.
    entries
        In order, at most `MAX_ITEMS`.
    snapshots
        Every version's id, newest last.
    followers
        Keys of the people in whose library it is; deleting a playlist only takes the owner out.
    collaborators
        Keys of the people other than the owner who may read and write it.
    image
        An uploaded JPEG as base64 text, or empty.
    given
        Part of a person's given library rather than made by a request.
    """

    id: str
    name: str
    owner: str
    description: str = ""
    public: bool = True
    collaborative: bool = False
    entries: list[Entry] = field(default_factory=list)
    snapshots: list[str] = field(default_factory=list)
    followers: list[str] = field(default_factory=list)
    collaborators: list[str] = field(default_factory=list)
    image: str = ""
    created_at: float = 0.0
    given: bool = False

    @property
    def snapshot_id(self) -> str:
        """The current version."""
        return self.snapshots[-1]

    @property
    def uri(self) -> str:
        """Its Spotify URI."""
        return f"spotify:playlist:{self.id}"

    def open_to(self, person: str) -> bool:
        """Tell whether `person` may read and change the contents."""
        return person == self.owner or (self.collaborative and person in self.collaborators)

    def changed(self) -> None:
        """Give the playlist a new version."""
        # Clients may only compare them, so all that counts is that none repeats.
        number = len(self.snapshots) + 1
        self.snapshots.append(f"AAAA{number:04d}" + base62("snapshot", self.id, number, length=24))

    def to_json(self) -> dict[str, Any]:
        """Return plain values, for keeping."""
        plain = {name: getattr(self, name) for name in self.__dataclass_fields__}
        plain["entries"] = [[e.kind, e.uri, e.added_at, e.added_by] for e in self.entries]
        return plain

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> Playlist:
        """Make a playlist again from `to_json`."""
        return cls(**{**plain, "entries": [Entry(*entry) for entry in plain["entries"]]})


def drawn(library: Sequence[Track], *purpose: object) -> list[Track]:
    """Return all tracks in an order that depends only on their ids and on `purpose`."""
    # Multiplying by a random odd number shuffles 64-bit numbers well enough (Dietzfelbinger et
    # al. 1997), and is some twenty times quicker than hashing every id again.
    factor = stable_number(*purpose) % 2**64 | 1
    return sorted(library, key=lambda track: track.number * factor % 2**64)


def given_playlists(library: Library, born: float) -> list[Playlist]:
    """Return the playlists that people have before the app ever writes one.

    Parameters
    ----------
    library
        Where the tracks come from; smaller libraries repeat.
    born
        Unix time the stand-in began; the playlists are older than that.
    """
    made = [*_foreign(library, born), *_odd(library, born), *_shared(library, born)]
    for person, plans in _PLANS.items():
        made += [
            _plain(library, person, name, size, born - (10 + number) * DAY, public)
            for number, (name, size, public) in enumerate(plans)
        ]
    return made + _hostile(library, born)


_PLANS: dict[str, tuple[tuple[str, int, bool], ...]] = {
    "rich": (
        ("Three for the road", 3, True),
        ("Thirty at thirty", 30, False),
        ("The long one", 250, True),
        ("Nothing in here yet", 0, False),
        *(
            (f"{name} {year}", 8 + 7 * number % 40, number % 3 == 0)
            for number, (name, year) in enumerate(
                (name, year)
                for year in range(2026, 2020, -1)
                for name in ("Winter", "Spring", "Summer")
            )
        ),
    ),
    "second": (("Sasha's mornings", 12, True), ("Sasha's evenings", 40, False)),
    "free": (("Between the ads", 20, True),),
    "outsider": (("Outside", 10, True),),
}


def _plain(
    library: Library, person: str, name: str, size: int, at: float, public: bool
) -> Playlist:
    pool = drawn(library.tracks, "playlist", person, name)
    tracks = [pool[index % len(pool)] for index in range(size)] if pool else []
    return make_playlist(
        base62("playlist", person, name), name, person, tracks, at, public=public, given=True
    )


def make_playlist(
    playlist_id: str,
    name: str,
    owner: str,
    tracks: Iterable[Track],
    at: float,
    *,
    public: bool = True,
    given: bool = False,
) -> Playlist:
    """Make a playlist of `tracks`, in its owner's library."""
    playlist = Playlist(
        id=playlist_id,
        name=name,
        owner=owner,
        public=public,
        entries=[
            Entry("track", track.uri, at + index, owner) for index, track in enumerate(tracks)
        ],
        followers=[owner] if owner in BY_KEY else [],
        created_at=at,
        given=given,
    )
    playlist.changed()
    return playlist


def _foreign(library: Library, born: float) -> list[Playlist]:
    followed = []
    for name, owner in (("Fresh Finds (editorial)", "spotify"), ("Sasha's public mix", "second")):
        playlist = _plain(library, owner, name, 50, born - 60 * DAY, True)
        playlist.followers = [p.key for p in PEOPLE if p.key in {"rich", "hostile", owner}]
        followed.append(playlist)
    return followed


def _odd(library: Library, born: float) -> list[Playlist]:
    """One playlist with every kind of item an app must survive."""
    at = born - 30 * DAY
    playlist = _plain(library, "rich", "Odds and ends", 6, at, True)
    playlist.description = "A track gone, a file of my own, an episode, and a track twice"
    local = "spotify:local:Garage+Band:Demo+Tape:First+Take:184"
    playlist.entries[1:1] = [Entry("null", "", at, "rich"), Entry("local", local, at, "rich")]
    playlist.entries[4:4] = [Entry("episode", episode_uri(), at, "rich"), playlist.entries[0]]
    return [playlist]


def _shared(library: Library, born: float) -> list[Playlist]:
    playlist = _plain(library, "second", "Road trip, together", 15, born - 20 * DAY, False)
    playlist.collaborative = True
    playlist.collaborators = ["rich"]
    playlist.followers = ["second", "rich"]
    return [playlist]


def _hostile(library: Library, born: float) -> list[Playlist]:
    tracks = hostile_tracks(library)
    made = []
    # The last title is empty, which Spotify does not allow as a playlist's name.
    for number, name in enumerate(HOSTILE_TITLES[:-1]):
        turned = [*tracks[number:], *tracks[:number]]
        playlist_id = base62("hostile playlist", number)
        playlist = make_playlist(
            playlist_id, name[:100], "hostile", turned, born - number * DAY, given=True
        )
        playlist.description = HOSTILE_TITLES[0]
        made.append(playlist)
    return made


def episode_uri() -> str:
    """Return the URI of the one podcast episode there is."""
    return f"spotify:episode:{base62('episode', 1)}"


def owner_of(playlist: Playlist) -> Person:
    """Return the owner; Spotify itself for editorial playlists."""
    return BY_KEY.get(playlist.owner) or SPOTIFY


SPOTIFY = Person("spotify", "Spotify", "makes editorial playlists.")
