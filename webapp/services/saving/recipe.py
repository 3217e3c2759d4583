"""Writing a playlist so that no fault duplicates or drops a track.

Spotify knows no idempotency keys, so every step is either harmless to repeat or looked at before
it is repeated: the playlist is found again by a marker in its description; the first 100 tracks
replace whatever is there; each further 100 are added only if the count says that they belong there
now; if the answer to that is lost and the count does not show them, everything is begun anew with
the replacement; and in the end all is read back and compared. Counts and lists may be late, so each
is looked at several times.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from webapp.services.saving.errors import SaveDiffers
from webapp.spotify.errors import SpotifyNotFound, SpotifyUnavailable
from webapp.spotify.objects import PlaylistSummary
from webapp.spotify.writing import LONGEST_DESCRIPTION, LONGEST_NAME, MOST_WRITTEN, Written
from webapp.store.saves import Save

PAUSES = (0.0, 0.5, 1.0, 2.0, 4.0)
"""Seconds before each look at what Spotify may show late."""

RESTARTS = 2
"""So often the whole list is written anew if it reads back wrong."""


class Playlists(Protocol):
    """What is needed of Spotify: `webapp.spotify.gateway.UserSpotify`."""

    def create_playlist(
        self, name: str, *, public: bool = ..., description: str = ...
    ) -> PlaylistSummary:
        """Make an empty one."""

    def change_details(
        self, playlist_id: str, name: str, *, public: bool, description: str = ...
    ) -> None:
        """Rename one."""

    def replace_items(self, playlist_id: str, uris: Sequence[str]) -> str:
        """Let it hold up to 100 tracks."""

    def add_items(self, playlist_id: str, uris: Sequence[str], position: int) -> str:
        """Put up to 100 more into it."""

    def playlist_summary(self, playlist_id: str) -> PlaylistSummary:
        """Return what it is called."""

    def find_own(self, marker: str) -> PlaylistSummary | None:
        """Find one by its description."""

    def item_total(self, playlist_id: str) -> int:
        """Count its items."""

    def written(self, playlist_id: str, at_most: int) -> Written:
        """Read it back."""


class Notebook(Protocol):
    """Where it is noted how far the save is; each may raise to stop it."""

    def playlist(self, playlist_id: str | None, url: str | None) -> None:
        """Note which playlist it is; None if the one that was noted is gone."""

    def attempt(self) -> None:
        """Note that a playlist is about to be created."""

    def step(self, name: str, done: int, total: int) -> None:
        """Note the progress; `done` tracks are known to be written."""


@dataclass(frozen=True, slots=True)
class Saved:
    """A playlist that holds what was to be saved.

    Attributes
    ----------
    substituted
        Tracks that Spotify shows as other ones of its own (another release of the same recording).
    """

    playlist_id: str
    url: str
    tracks: int
    substituted: int


class Recipe:
    """One run of a save.

    Parameters
    ----------
    spotify
        As the user sees it.
    notebook
        Where it is noted how far it is.
    sleep
        Waits.
    pauses
        Seconds before each look at what Spotify may show late.
    """

    def __init__(
        self,
        spotify: Playlists,
        notebook: Notebook,
        *,
        sleep: Callable[[float], None] = time.sleep,
        pauses: tuple[float, ...] = PAUSES,
    ) -> None:
        self._spotify = spotify
        self._notebook = notebook
        self._sleep = sleep
        self._pauses = pauses
        self._doubt = False

    def run(self, save: Save) -> Saved:
        """Write the save, from wherever an earlier run has left it.

        Raises
        ------
        SaveDiffers
            If what Spotify shows stays another list than the one that was written.
        SpotifyError
            As the gateway; another run goes on from here.
        """
        total = len(save.uris)
        self._notebook.step("finding", 0, total)
        playlist = self._playlist(save)
        self._describe(save, playlist)
        substituted = self._write(playlist.id, save.uris)
        return Saved(playlist.id, playlist.url, total, substituted)

    # -- the playlist ------------------------------------------------------------------------

    def _playlist(self, save: Save) -> PlaylistSummary:
        """Return the playlist to write: noted before, found again, or new."""
        if save.spotify_playlist_id:
            try:
                return self._spotify.playlist_summary(save.spotify_playlist_id)
            except SpotifyNotFound:
                self._notebook.playlist(None, None)
        fresh = save.state == "pending" and save.updated_at == save.created_at
        # Nothing can be there yet if no run has begun; otherwise always look first.
        found = None if fresh else self._spotify.find_own(marker_of(save))
        if found is None:
            found = self._create(save)
        self._notebook.playlist(found.id, found.url)
        return found

    def _create(self, save: Save) -> PlaylistSummary:
        self._notebook.attempt()
        try:
            return self._spotify.create_playlist(
                save.name, public=save.public, description=description_of(save)
            )
        except SpotifyUnavailable:
            # It may have been made all the same.
            for _ in self._looks():
                found = self._spotify.find_own(marker_of(save))
                if found is not None:
                    return found
            # The next run looks again, later, before it creates.
            raise

    def _describe(self, save: Save, playlist: PlaylistSummary) -> None:
        renamed = playlist.name != " ".join(save.name.split())[:LONGEST_NAME]
        if renamed or playlist.public not in (None, save.public):
            self._spotify.change_details(
                playlist.id, save.name, public=save.public, description=description_of(save)
            )

    # -- its tracks --------------------------------------------------------------------------

    def _write(self, playlist_id: str, uris: Sequence[str]) -> int:
        """Write the tracks and return how many Spotify shows as others of its own."""
        before: frozenset[int] | None = None
        for _ in range(RESTARTS + 1):
            if self._write_once(playlist_id, uris):
                differing = self._compare(playlist_id, uris)
                # The same few places again, in a list of the right length: nobody interfered,
                # Spotify shows another release of these tracks.
                if differing is not None and (not differing or differing == before):
                    return len(differing)
                before = differing
        raise SaveDiffers(
            "The playlist in Spotify is not the one that was saved",
            why="it reads back differently although it was written several times; perhaps it is "
            "being changed elsewhere",
            kept="the playlist here is complete",
            next_step="save again, and leave the playlist in Spotify alone meanwhile",
        )

    def _write_once(self, playlist_id: str, uris: Sequence[str]) -> bool:
        """Write everything; False if it has to be begun anew.

        It always begins with the replacement: what an earlier run wrote is then of no importance,
        not even if Spotify's counts are late and hide some of it.
        """
        total = len(uris)
        self._notebook.step("writing", 0, total)
        self._replace(playlist_id, uris[:MOST_WRITTEN])
        offset = min(MOST_WRITTEN, total)
        self._notebook.step("writing", offset, total)
        while offset < total:
            chunk = uris[offset : offset + MOST_WRITTEN]
            if not self._append(playlist_id, chunk, offset):
                return False
            offset += len(chunk)
            self._notebook.step("writing", offset, total)
        return True

    def _replace(self, playlist_id: str, uris: Sequence[str]) -> None:
        problem: SpotifyUnavailable | None = None
        for _ in self._looks():
            try:
                self._spotify.replace_items(playlist_id, uris)
            except SpotifyUnavailable as error:
                problem = error
            else:
                return
        assert problem is not None  # noqa: S101 - there is at least one look
        raise problem

    def _append(self, playlist_id: str, chunk: Sequence[str], offset: int) -> bool:
        """Add the tracks that belong at `offset`; False if it is not certain that they are there.

        A lost answer is never answered by adding once more: the count could be late, and hide that
        they are there.
        """
        if not self._counts(playlist_id, offset):
            return False
        try:
            self._spotify.add_items(playlist_id, chunk, offset)
        except SpotifyUnavailable:
            doubted, self._doubt = self._doubt, True
            if self._counts(playlist_id, offset + len(chunk)):
                return True
            if doubted:
                raise
            return False
        return True

    def _counts(self, playlist_id: str, expected: int) -> bool:
        """Return whether Spotify counts so many tracks, now or a little later."""
        return any(self._spotify.item_total(playlist_id) == expected for _ in self._looks())

    def _compare(self, playlist_id: str, uris: Sequence[str]) -> frozenset[int] | None:
        """Return the places that differ; None if there are more or fewer tracks than written."""
        differing: frozenset[int] | None = None
        for _ in self._looks():
            self._notebook.step("checking", len(uris), len(uris))
            differing = self._read_back(playlist_id, uris)
            if differing == frozenset():
                break
        if differing == frozenset() and self._doubt:
            # A request whose answer was lost may still have come into effect after that.
            self._sleep(self._pauses[-1])
            differing = self._read_back(playlist_id, uris)
        return differing

    def _read_back(self, playlist_id: str, uris: Sequence[str]) -> frozenset[int] | None:
        read = self._spotify.written(playlist_id, len(uris) + 1)
        if read.total != len(uris) or len(read.uris) != len(uris):
            return None
        # None is there but cannot be seen, such as a track gone from the user's country.
        places = enumerate(zip(read.uris, uris, strict=True))
        return frozenset(at for at, (there, own) in places if there not in (None, own))

    def _looks(self) -> Iterator[None]:
        for pause in self._pauses:
            if pause:
                self._sleep(pause)
            yield


def marker_of(save: Save) -> str:
    """Return what the description of a save's playlist holds, so that it can be found again."""
    return f"tm:{save.marker}"


def description_of(save: Save) -> str:
    """Return the description of a save's playlist; the marker always has room."""
    marker = marker_of(save)
    text = " ".join(save.description.split())[: LONGEST_DESCRIPTION - len(marker) - 1]
    return f"{text} {marker}".strip()
