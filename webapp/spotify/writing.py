"""Writing playlists, and reading back what was written: nothing here comes from a cache."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from webapp.spotify.errors import SpotifyNotFound, SpotifyRefused, SpotifyUnreadable
from webapp.spotify.objects import PlaylistSummary, contained, count, is_id
from webapp.spotify.reading import MOST, UserReading
from webapp.spotify.scopes import COVER, SAVE_PRIVATE, SAVE_PUBLIC
from webapp.spotify.web_api import Call
from webapp.store.values import plain_text

MOST_WRITTEN = 100
"""Tracks per call."""

LONGEST_NAME = 100
LONGEST_DESCRIPTION = 300
PAGES_SEARCHED = 40
"""Pages of the user's playlists that are looked through for one of ours, the newest first."""

_TRACK_URI = re.compile(r"spotify:track:[A-Za-z0-9]{22}\Z")
_SUMMARY_FIELDS = "id,name,description,public,snapshot_id,owner(id)"
_URI_FIELDS = "total,next,items(is_local,item(uri),track(uri))"


@dataclass(frozen=True, slots=True)
class Written:
    """What a playlist holds, as Spotify tells it.

    Attributes
    ----------
    total
        How many items, by Spotify's count.
    uris
        Of the items in order; None for one that cannot be seen (no longer available).
    """

    total: int
    uris: tuple[str | None, ...]


class UserWriting(UserReading):
    """Writes for one user. No write is repeated by itself: see `webapp.services.save`."""

    def create_playlist(
        self, name: str, *, public: bool = False, description: str = ""
    ) -> PlaylistSummary:
        """Make an empty playlist.

        Raises
        ------
        SpotifyUnavailable
            It may have been made all the same: look with `find_own` before trying again.
        """
        what = "The playlist could not be created"
        body = _details(name, public, description)
        sent = self._write(
            what,
            lambda client: client._post("me/playlists", payload=body),
            public=public,
        )
        return self._summary(sent, what)

    def change_details(
        self, playlist_id: str, name: str, *, public: bool, description: str = ""
    ) -> None:
        """Give a playlist of the user's another name, description or publicity."""
        body = _details(name, public, description)
        self._write(
            "The playlist could not be renamed",
            lambda client: client._put(f"playlists/{_id(playlist_id)}", payload=body),
            public=public,
        )

    def replace_items(self, playlist_id: str, uris: Sequence[str]) -> str:
        """Let a playlist hold up to 100 tracks and nothing else; doing it twice does no harm.

        Returns
        -------
        str
            The name of its new state (snapshot).
        """
        body = {"uris": track_uris(uris)}
        sent = self._write(
            "The playlist could not be written",
            lambda client: client._put(f"playlists/{_id(playlist_id)}/items", payload=body),
            playlist=playlist_id,
        )
        return _snapshot(sent)

    def add_items(self, playlist_id: str, uris: Sequence[str], position: int) -> str:
        """Put up to 100 tracks into a playlist at a position; doing it twice adds them twice.

        Returns
        -------
        str
            The name of its new state (snapshot).
        """
        # spotipy's own method sends a bare array, which is not the documented form.
        body = {"uris": track_uris(uris), "position": position}
        sent = self._write(
            "The playlist could not be written",
            lambda client: client._post(f"playlists/{_id(playlist_id)}/items", payload=body),
            playlist=playlist_id,
        )
        return _snapshot(sent)

    def playlist_summary(self, playlist_id: str) -> PlaylistSummary:
        """Return what a playlist is called, as it is now.

        Raises
        ------
        SpotifyNotFound
            If there is none.
        """
        what = "The playlist could not be read"
        path = f"playlists/{_id(playlist_id)}"
        sent = self._ask(Call(what, lambda client: client._get(path, fields=_SUMMARY_FIELDS)))
        return self._summary(sent, what)

    def find_own(self, marker: str) -> PlaylistSummary | None:
        """Return the user's own playlist whose description holds `marker`, or None.

        Raises
        ------
        ValueError
            If the marker is empty: every description holds that.
        """
        if not marker:
            raise ValueError("a marker is needed")
        my_id, offset = self.me().id, 0
        for _ in range(PAGES_SEARCHED):
            sent = self._ask(self._playlists_call(offset))
            page = self._reader.page(sent, offset, lambda e: self._reader.summary(e, my_id))
            for found in page.items:
                # Somebody else could copy a marker into a playlist that the user then follows.
                if found.own and marker in found.description:
                    return found
            if page.next_offset is None:
                return None
            offset = page.next_offset
        return None

    def upload_cover(self, playlist_id: str, jpeg: bytes) -> None:
        """Give a playlist of the user's a picture; doing it twice does no harm.

        Parameters
        ----------
        playlist_id
            A playlist of the user's.
        jpeg
            At most 192 kB, as Spotify takes 256 kB of base64.

        Raises
        ------
        SpotifyScopeMissing
            If the user has not agreed to that.
        """
        text = b64encode(jpeg).decode("ascii")
        path = f"playlists/{_id(playlist_id)}/images"
        self._ask(
            Call(
                "The cover could not be put there",
                lambda client: client._put(path, payload=text, content_type="image/jpeg"),
                needs=(COVER,),
                repeatable=False,
                playlist=playlist_id,
            )
        )

    def item_total(self, playlist_id: str) -> int:
        """Return how many items a playlist holds, as it is now."""
        return _total(self._items(playlist_id, 0, 1, "total"))

    def written(self, playlist_id: str, at_most: int) -> Written:
        """Return everything a playlist holds, as it is now.

        Parameters
        ----------
        playlist_id
            A playlist of the user's.
        at_most
            Items to read; one that holds more is read no further.
        """
        uris: list[str | None] = []
        while True:
            sent = self._items(playlist_id, len(uris), MOST, _URI_FIELDS)
            entries = sent.get("items") if isinstance(sent, dict) else None
            total = _total(sent)
            if not isinstance(entries, list):
                raise _unreadable("there is no list in it")
            uris += [_uri(entry) for entry in entries]
            if not entries or len(uris) >= min(total, at_most) or not sent.get("next"):
                return Written(total, tuple(uris))

    def _items(self, playlist_id: str, offset: int, limit: int, fields: str) -> Any:
        path = f"playlists/{_id(playlist_id)}/items"
        return self._ask(
            Call(
                "The playlist could not be read back",
                lambda client: client._get(path, limit=limit, offset=offset, fields=fields),
                needs=("playlist-read-private",),
                playlist=playlist_id,
            )
        )

    def _write(self, what: str, ask: Any, *, public: bool = False, playlist: str = "") -> Any:
        needs = (SAVE_PUBLIC,) if public else () if playlist else (SAVE_PRIVATE,)
        return self._ask(Call(what, ask, needs=needs, repeatable=False, playlist=playlist))

    def _summary(self, sent: Any, what: str) -> PlaylistSummary:
        found = self._reader.summary(sent, self.me().id)
        if found is None:
            raise SpotifyUnreadable(
                what, why="the answer names no playlist", next_step="try again", retry_after=5.0
            )
        return found


def _details(name: str, public: bool, description: str) -> dict[str, Any]:
    # Spotify refuses an empty name, and a line break in a description.
    return {
        "name": " ".join(plain_text(name).split())[:LONGEST_NAME] or "Hooklist",
        "public": public,
        "description": " ".join(plain_text(description).split())[:LONGEST_DESCRIPTION],
    }


def track_uris(uris: Sequence[str]) -> list[str]:
    """Return the addresses as a list, each checked to be a track of Spotify's.

    Raises
    ------
    SpotifyRefused
        Naming the first that is none; or if they are more than one call takes.
    """
    wrong = [uri for uri in uris if not _TRACK_URI.match(uri)]
    if wrong or len(uris) > MOST_WRITTEN:
        raise SpotifyRefused(
            "Spotify was not asked",
            which=wrong[0][:60] if wrong else "",
            why="this is no track of Spotify's" if wrong else f"more than {MOST_WRITTEN} at once",
        )
    return list(uris)


def _id(playlist_id: str) -> str:
    if not is_id(playlist_id):
        raise SpotifyNotFound(
            "There is no such playlist",
            which=playlist_id[:60],
            why="this is no id of Spotify's",
            next_step="save the playlist again",
        )
    return playlist_id


def _snapshot(sent: Any) -> str:
    told = sent.get("snapshot_id") if isinstance(sent, dict) else None
    return told[:200] if isinstance(told, str) else ""


def _total(sent: Any) -> int:
    total = count(sent.get("total")) if isinstance(sent, dict) else None
    if total is None:
        raise _unreadable("it does not tell how many tracks there are")
    return total


def _uri(entry: Any) -> str | None:
    inside = contained(entry)
    uri = inside.get("uri") if isinstance(inside, dict) else None
    return uri if isinstance(uri, str) else None


def _unreadable(why: str) -> SpotifyUnreadable:
    return SpotifyUnreadable(
        "The playlist could not be read back", why=why, next_step="try again", retry_after=5.0
    )
