"""What Spotify's answers become: plain, checked data, whichever of their field names they use.

Every field may be missing, null, renamed or of another type; a thing without an id is left out.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Generic, TypeGuard, TypeVar

from webapp.spotify.config import SpotifyConfig
from webapp.spotify.errors import SpotifyUnreadable
from webapp.spotify.transport import Origin

ID = re.compile(r"[A-Za-z0-9]{22}\Z")
_COVER_WIDTH = 160

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class SpotifyTrack:
    """A track. Texts are others' and shown escaped.

    Attributes
    ----------
    id, uri
        22 characters; ``spotify:track:…``.
    artists
        In their credited order.
    duration
        Seconds, or None.
    isrc
        Upper case, or empty.
    explicit
        None if not told.
    image_url
        Of the cover, about 300 pixels wide; empty if there is none.
    url
        Its page at Spotify.
    playable
        False if Spotify says that it is not available to the user.
    """

    id: str
    uri: str
    title: str
    artists: tuple[str, ...]
    album: str
    duration: float | None
    isrc: str
    explicit: bool | None
    image_url: str
    url: str
    playable: bool


@dataclass(frozen=True, slots=True)
class SpotifyPlaylist:
    """A playlist in the user's library.

    Attributes
    ----------
    owner
        The owner's name.
    own
        Whether it is the user's or shared with them, so that its tracks can be read.
    total
        Tracks in it; None if not told.
    """

    id: str
    name: str
    owner: str
    own: bool
    total: int | None
    image_url: str
    url: str


@dataclass(frozen=True, slots=True)
class PlaylistSummary:
    """What saving needs to know of a playlist.

    Attributes
    ----------
    description
        As it was written, without Spotify's HTML escapes.
    public
        None if not told.
    own
        Whether the user is its owner.
    snapshot
        Names its state; empty if not told.
    """

    id: str
    name: str
    description: str
    public: bool | None
    own: bool
    snapshot: str
    url: str


@dataclass(frozen=True, slots=True)
class Profile:
    """Who the user is.

    Attributes
    ----------
    account
        What we know the account by: its ``account_id``, which never changes; ``id:`` and its id
        where Spotify sends none.
    id
        Its public name, which playlists give as their owner.
    name
        To be shown; may be empty.
    """

    account: str
    id: str
    name: str
    image_url: str
    url: str


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """A page of a list.

    Attributes
    ----------
    items
        Those we can use.
    total
        Of the whole list, all kinds of items counted; None if not told.
    offset, next_offset
        Where it begins, and where the next one does; None if this is the last.
    skipped
        Items left out of this page: no longer available, local files, episodes.
    stale
        Whether it is an earlier answer, shown because Spotify cannot be reached.
    """

    items: tuple[Item, ...]
    total: int | None
    offset: int
    next_offset: int | None
    skipped: int
    stale: bool = field(default=False)

    def old(self) -> Page[Item]:
        """Return the page marked as an earlier answer."""
        return replace(self, stale=True)


def to_plain(page: Page[Any]) -> dict[str, Any]:
    """Return a page as JSON data, for the cache."""
    return asdict(page)


def page_from(plain: Mapping[str, Any], kind: Callable[..., Item]) -> Page[Item]:
    """Return the page that `to_plain` made JSON of."""
    items = tuple(
        kind(**{k: tuple(v) if isinstance(v, list) else v for k, v in item.items()})
        for item in plain["items"]
    )
    return Page(**{**plain, "items": items})


class Reader:
    """Reads Spotify's objects.

    Parameters
    ----------
    config
        For links, and for where covers may come from.
    """

    def __init__(self, config: SpotifyConfig) -> None:
        self._open_url = config.open_url
        self._images = frozenset(Origin.of(url) for url in config.image_origins)

    def track(self, sent: Any) -> SpotifyTrack | None:
        """Return a track; None for what is none: null, a local file, an episode."""
        if not isinstance(sent, dict) or sent.get("is_local") is True:
            return None
        track_id = sent.get("id")
        if not is_id(track_id) or sent.get("type", "track") != "track":
            return None
        album = _dict(sent.get("album"))
        restricted = isinstance(sent.get("restrictions"), dict)
        explicit = sent.get("explicit")
        return SpotifyTrack(
            id=track_id,
            # Made here instead of believed: what is written back must be what was read.
            uri=f"spotify:track:{track_id}",
            title=_text(sent.get("name")),
            artists=tuple(_text(artist.get("name")) for artist in _dicts(sent.get("artists"))),
            album=_text(album.get("name")),
            duration=_seconds(sent.get("duration_ms")),
            isrc=_isrc(_dict(sent.get("external_ids")).get("isrc")),
            explicit=explicit if isinstance(explicit, bool) else None,
            image_url=self.image(album.get("images")),
            url=f"{self._open_url}/track/{track_id}",
            playable=sent.get("is_playable") is not False and not restricted,
        )

    def playlist(self, sent: Any, my_id: str) -> SpotifyPlaylist | None:
        """Return a playlist; `my_id` is the user's public name."""
        if not isinstance(sent, dict) or not is_id(sent.get("id")):
            return None
        owner = _dict(sent.get("owner"))
        contents = _dict(sent.get("items")) or _dict(sent.get("tracks"))
        return SpotifyPlaylist(
            id=sent["id"],
            name=_text(sent.get("name")),
            owner=_text(owner.get("display_name")) or _text(owner.get("id")),
            own=_is(owner.get("id"), my_id) or sent.get("collaborative") is True,
            total=count(contents.get("total")),
            image_url=self.image(sent.get("images")),
            url=f"{self._open_url}/playlist/{sent['id']}",
        )

    def summary(self, sent: Any, my_id: str) -> PlaylistSummary | None:
        """Return what saving needs to know of a playlist."""
        if not isinstance(sent, dict) or not is_id(sent.get("id")):
            return None
        public = sent.get("public")
        return PlaylistSummary(
            id=sent["id"],
            name=_text(sent.get("name")),
            description=html.unescape(_text(sent.get("description"))),
            public=public if isinstance(public, bool) else None,
            own=_is(_dict(sent.get("owner")).get("id"), my_id),
            snapshot=_text(sent.get("snapshot_id")),
            url=f"{self._open_url}/playlist/{sent['id']}",
        )

    def profile(self, sent: Any) -> Profile:
        """Return who the user is.

        Raises
        ------
        SpotifyUnreadable
            If the answer names no account.
        """
        sent = _dict(sent)
        account, public = _name(sent.get("account_id")), _name(sent.get("id"))
        if not account and not public:
            raise SpotifyUnreadable(
                "Spotify did not tell whose account this is",
                why="its answer names none",
                next_step="try again in a minute",
                retry_after=15.0,
            )
        return Profile(
            # The prefix keeps somebody's public name from ever being another's account id.
            account=account or f"id:{public}",
            id=public or account,
            name=_text(sent.get("display_name"))[:200],
            image_url=self.image(sent.get("images")),
            url=f"{self._open_url}/user/{public}" if public else self._open_url,
        )

    def image(self, sent: Any) -> str:
        """Return the smallest image that is wide enough, from an origin that may be shown."""
        usable: list[tuple[int, str]] = [
            (width if (width := count(image.get("width"))) else 300, image["url"])
            for image in _dicts(sent)
            if isinstance(image.get("url"), str)
            and len(image["url"]) <= 1000
            and Origin.of(image["url"]) in self._images
        ]
        wide = [entry for entry in usable if entry[0] >= _COVER_WIDTH]
        if wide:
            return min(wide, key=lambda entry: entry[0])[1]
        return max(usable, key=lambda entry: entry[0])[1] if usable else ""

    def page(
        self,
        sent: Any,
        offset: int,
        read: Callable[[Any], Item | None],
        *,
        last_offset: int = 100_000,
    ) -> Page[Item]:
        """Return a page; the next one is found by counting, never by following an address.

        Parameters
        ----------
        sent
            A paging object.
        offset
            That was asked for.
        read
            Makes an item of what is in ``items``, or None.
        last_offset
            Beyond this Spotify gives nothing.

        Raises
        ------
        SpotifyUnreadable
            If there is no list in it.
        """
        raw = sent.get("items") if isinstance(sent, dict) else None
        if not isinstance(raw, list):
            raise SpotifyUnreadable(
                "Spotify's answer cannot be read",
                why="there is no list in it",
                next_step="try again in a minute",
                retry_after=15.0,
            )
        items = tuple(item for entry in raw if (item := read(entry)) is not None)
        after = offset + len(raw)
        more = bool(raw) and isinstance(sent.get("next"), str) and after <= last_offset
        return Page(
            items=items,
            total=count(sent.get("total")),
            offset=offset,
            next_offset=after if more else None,
            skipped=len(raw) - len(items),
        )


def contained(entry: Any) -> Any:
    """Return the track inside an entry of a playlist or list, under its new or its old name."""
    if not isinstance(entry, dict) or entry.get("is_local") is True:
        return None
    return entry.get("item") or entry.get("track")


def is_id(value: Any) -> TypeGuard[str]:
    """Tell whether `value` has the form of Spotify's ids."""
    return isinstance(value, str) and ID.match(value) is not None


def unique(tracks: Sequence[SpotifyTrack]) -> tuple[SpotifyTrack, ...]:
    """Return the tracks without repetitions, each where it came first."""
    first: dict[str, SpotifyTrack] = {}
    for track in tracks:
        first.setdefault(track.id, track)
    return tuple(first.values())


def count(value: Any) -> int | None:
    """Return a count that makes sense, or None."""
    plain = isinstance(value, int) and not isinstance(value, bool)
    return value if plain and 0 <= value < 10_000_000 else None


def _is(value: Any, expected: str) -> bool:
    return bool(expected) and isinstance(value, str) and value == expected


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _text(value: Any) -> str:
    return value[:1000].replace("\x00", "") if isinstance(value, str) else ""


def _name(value: Any) -> str:
    return value if isinstance(value, str) and 0 < len(value) <= 200 else ""


def _isrc(value: Any) -> str:
    plain = value.replace("-", "").strip().upper() if isinstance(value, str) else ""
    return plain if len(plain) == 12 and plain.isalnum() and plain.isascii() else ""


def _seconds(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value / 1000 if 0 < value < 1e9 else None
