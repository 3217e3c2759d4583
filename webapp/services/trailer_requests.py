"""Asking for trailers: one job for each version of a list of tracks, called off when outdated."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from hooklist_errors import HooklistError
from webapp.jobs.errors import TooManyJobs
from webapp.jobs.job import describe
from webapp.store.engine import writing
from webapp.store.errors import PlaylistChanged

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from webapp.jobs import Job, Jobs, JobState
    from webapp.store import Playlist, Playlists

TRAILER_JOB = "trailer"

_UNDER_WAY: tuple[JobState, ...] = ("queued", "parked", "running")


class TrailerRequests:
    """Asks for the trailers of playlists.

    Parameters
    ----------
    engine
        The database.
    jobs, playlists
        What is kept.
    """

    def __init__(self, engine: Engine, jobs: Jobs, playlists: Playlists) -> None:
        self._engine = engine
        self._jobs = jobs
        self._playlists = playlists

    def ask(
        self, playlist: Playlist, connection: Connection, *, run_at: float | None = None
    ) -> Playlist:
        """Ask for the trailer of a playlist's present tracks, unless none of them can be heard.

        Parameters
        ----------
        playlist
            As `connection` has written it.
        connection
            The open transaction in which its tracks came to be; `Jobs.announce` is the caller's to
            call after its commit.
        run_at
            Not before this, in seconds since the epoch.

        Returns
        -------
        Playlist
            As it is now.

        Raises
        ------
        TooManyJobs
            If too many trailers of the user wait already. Nothing was written for this one.
        """
        if not any(track.get("audio") for track in playlist.tracks):
            return self._playlists.set_trailer(playlist.id, "none", connection=connection)
        self._enqueue(playlist, connection, run_at)
        # What an earlier trailer failed of has nothing to do with this one.
        failed_before = "error" in (playlist.trailer or {})
        return self._playlists.set_trailer(
            playlist.id, "pending", {} if failed_before else None, connection=connection
        )

    def again(self, playlist: Playlist) -> None:
        """Ask once more for a trailer that failed, was called off, or whose file is lost.

        Raises
        ------
        TooManyJobs
            If too many trailers of the user wait already.
        webapp.store.errors.PlaylistChanged
            If the playlist has another version by now.
        """
        job = self.job_of(playlist)
        if job is not None and job.state in {"failed", "cancelled"}:
            self._jobs.retry(job.id, playlist.user_id)
        with writing(self._engine) as connection:
            if job is None or job.state == "done":
                # A key is used up with its job; "done" without a file asks under another one.
                again = f"{_key(playlist)}:{job.id}" if job is not None else None
                self._enqueue(playlist, connection, None, key=again)
            self._playlists.set_trailer(
                playlist.id, "pending", if_version=playlist.version, connection=connection
            )
        self._jobs.announce()

    def go_on(self, playlist: Playlist) -> None:
        """Ask anew for a trailer that is waited for although nothing makes it any more.

        So it is with a playlist that was in the bin when the turn of its trailer came.
        """
        job = self.job_of(playlist)
        if playlist.trailer_state != "pending" or (job is not None and not job.is_over):
            return
        try:
            self.again(playlist)
        except TooManyJobs as error:
            self.put_off(playlist, error)
        except PlaylistChanged:
            return  # whoever changed it has asked

    def put_off(self, playlist: Playlist, error: TooManyJobs) -> None:
        """Write down that a trailer could not be asked for; *Try again* is then offered."""
        with suppress(HooklistError):  # deleted or changed meanwhile: then nobody waits for it
            self._playlists.set_trailer(
                playlist.id, "failed", {"error": describe(error)}, if_version=playlist.version
            )

    def job_of(self, playlist: Playlist) -> Job | None:
        """Return the job that makes the trailer of the present tracks, or made it."""
        job = self._jobs.find(_key(playlist), playlist.user_id)
        while job is not None and job.state == "done":
            later = self._jobs.find(f"{_key(playlist)}:{job.id}", playlist.user_id)
            if later is None:
                break
            job = later
        return job

    def call_off_outdated(self, playlist: Playlist) -> None:
        """Call off the trailers of earlier lists of tracks.

        Only saves work: a job that is not called off finds out itself that it is outdated.
        """
        with suppress(HooklistError):
            for job in self._jobs.list(playlist.user_id, states=_UNDER_WAY, limit=100):
                of_playlist = job.payload.get("playlist_id") == playlist.id
                outdated = job.payload.get("version") != playlist.version
                if job.kind == TRAILER_JOB and of_playlist and outdated:
                    self._jobs.cancel(job.id, playlist.user_id)

    def _enqueue(
        self,
        playlist: Playlist,
        connection: Connection,
        run_at: float | None,
        *,
        key: str | None = None,
    ) -> None:
        self._jobs.enqueue(
            TRAILER_JOB,
            {"playlist_id": playlist.id, "version": playlist.version},
            user_id=playlist.user_id,
            key=key or _key(playlist),
            lane=TRAILER_JOB,
            run_at=run_at,
            connection=connection,
        )


def _key(playlist: Playlist) -> str:
    return f"{TRAILER_JOB}:{playlist.id}:{playlist.version}"
