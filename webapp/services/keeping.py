"""What becomes of playlists after they were made: deleted and had back, emptied out, copied."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from webapp.errors import InvalidRequest
from webapp.jobs.errors import TooManyJobs
from webapp.store.engine import writing
from webapp.store.errors import PlaylistUnknown

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from webapp.jobs import Jobs
    from webapp.services.trailer_requests import TrailerRequests
    from webapp.services.trailers import TrailerService
    from webapp.store import Playlist, PlaylistBin, Playlists


class KeepingService:
    """Keeps, copies and throws away playlists.

    Parameters
    ----------
    engine
        The database.
    playlists, bin_, jobs
        What is kept.
    trailers, requests
        Trailers, and asking for them.
    """

    def __init__(
        self,
        engine: Engine,
        playlists: Playlists,
        bin_: PlaylistBin,
        jobs: Jobs,
        trailers: TrailerService,
        requests: TrailerRequests,
    ) -> None:
        self._engine = engine
        self._playlists = playlists
        self._bin = bin_
        self._jobs = jobs
        self._trailers = trailers
        self._requests = requests

    def erase(self, user_id: str, playlist_id: str) -> None:
        """Delete a playlist and its files for good.

        Raises
        ------
        PlaylistUnknown
            If there is none, or it is another user's.
        """
        self._trailers.remove(self._playlists.delete(playlist_id, user_id))

    def restore(self, user_id: str, playlist_id: str) -> None:
        """Take a playlist out of the bin again; a trailer that was being made is made.

        Raises
        ------
        PlaylistUnknown
            If there is none, or it is another user's.
        """
        self._bin.restore(playlist_id, user_id)
        self._requests.go_on(self._playlists.get(playlist_id, user_id))

    def empty(self, user_id: str) -> int:
        """Delete everything in the user's bin for good; return how many playlists that were."""
        gone = 0
        while found := self._bin.contents(user_id):
            for playlist_id in found:
                self._erase_if_there(user_id, playlist_id)
                gone += 1
        return gone

    def purge(self) -> int:
        """Delete for good what was in a bin for longer than it is kept; return how many."""
        gone = 0
        while found := self._bin.outdated():
            for playlist_id, user_id in found:
                self._erase_if_there(user_id, playlist_id)
                gone += 1
        return gone

    def duplicate(self, user_id: str, playlist_id: str, title: str) -> Playlist:
        """Return a copy of a playlist, with its trailer: it may be changed and saved by itself.

        Parameters
        ----------
        user_id, playlist_id
            Whose, and which.
        title
            Of the copy.

        Raises
        ------
        PlaylistUnknown
            If there is none, or it is another user's.
        InvalidRequest
            If it was not made completely.
        """
        source = self._playlists.get(playlist_id, user_id)
        if source.state != "ready":
            raise InvalidRequest(
                "There is nothing to copy",
                which=source.title,
                why="this playlist has no tracks yet",
                next_step="wait until it is made, or make it again",
            )
        waits: TooManyJobs | None = None
        with writing(self._engine) as connection:
            made = self._copy(source, title, connection)
            if not self._copy_trailer(source, made, connection):
                try:
                    self._requests.ask(made, connection)
                except TooManyJobs as error:
                    waits = error
        copy = self._playlists.get(made.id, user_id)
        if waits is not None:
            self._requests.put_off(copy, waits)
        self._jobs.announce()
        return copy

    def _copy(self, source: Playlist, title: str, connection: Connection) -> Playlist:
        made = self._playlists.create(
            source.user_id,
            title=title,
            seeds=source.seeds,
            options=source.options,
            connection=connection,
        )
        return self._playlists.set_ready(
            made.id,
            tracks=source.tracks,
            catalogue_version=source.catalogue_version,
            notes=source.notes,
            connection=connection,
        )

    def _copy_trailer(self, source: Playlist, made: Playlist, connection: Connection) -> bool:
        """Give the copy the trailer that is there; return whether there was one."""
        file = self._trailers.file_of(source)
        if file is None or source.trailer_state != "ready":
            return False
        own = file.with_name(f"{made.id}-{made.version}{file.suffix}")
        try:
            _twin(file, own)
        except OSError:
            return False  # a new one is asked for
        trailer = {**(source.trailer or {}), "file": own.name}
        self._playlists.set_trailer(made.id, "ready", trailer, connection=connection)
        return True

    def _erase_if_there(self, user_id: str, playlist_id: str) -> None:
        try:
            self.erase(user_id, playlist_id)
        except PlaylistUnknown:
            return  # somebody else was quicker


def _twin(file: Path, twin: Path) -> None:
    """Let a second name have the same sound; a file is never written to again."""
    try:
        os.link(file, twin)
    except OSError:
        shutil.copyfile(file, twin)
