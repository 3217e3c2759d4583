"""Putting Hooklist's cover on a saved playlist: a job of its own, so that no save fails by it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from webapp.jobs.errors import JobParked, TooManyJobs
from webapp.services.covers.design import cover_of
from webapp.services.covers.picture import to_jpeg
from webapp.spotify.errors import (
    SpotifyBudgetSpent,
    SpotifyError,
    SpotifyQuotaExceeded,
    SpotifyRateLimited,
    SpotifyReconnect,
    SpotifyScopeMissing,
    SpotifyUnavailable,
)
from webapp.store.engine import writing

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from webapp.jobs import JobContext, Jobs
    from webapp.store import Playlists
    from webapp.store.saves import Save, Saves

COVER_JOB = "cover"
ATTEMPTS = 5
WAITS_FOR_LOGIN = (SpotifyReconnect.code, SpotifyScopeMissing.code)
_PAUSE, _PATIENCE = 60.0, 86_400.0
"""Seconds until Spotify is tried again while it is away; and for how long it is."""


class CoverAccount(Protocol):
    """What is needed of Spotify: `webapp.spotify.UserSpotify`."""

    def upload_cover(self, playlist_id: str, jpeg: bytes) -> None:
        """Give a playlist a picture."""


class CoverUploads:
    """Puts covers where they belong.

    Parameters
    ----------
    engine
        The database.
    saves, playlists, jobs
        What is kept.
    account
        Returns Spotify as a user sees it.
    clock
        Seconds since the epoch.
    """

    def __init__(
        self,
        engine: Engine,
        saves: Saves,
        playlists: Playlists,
        jobs: Jobs,
        account: Callable[[str], CoverAccount],
        clock: Callable[[], float],
    ) -> None:
        self._engine = engine
        self._saves = saves
        self._playlists = playlists
        self._jobs = jobs
        self._account = account
        self._clock = clock

    def ask(self, save: Save, connection: Connection) -> None:
        """Ask for a cover to be put on a playlist that was saved just now, if one is wanted."""
        if not save.cover:
            return
        try:
            self._jobs.enqueue(
                COVER_JOB,
                {"save_id": save.id},
                user_id=save.user_id,
                lane=COVER_JOB,
                max_attempts=ATTEMPTS,
                connection=connection,
            )
        except TooManyJobs as error:
            # The save itself must not fail by that: its page offers to try again.
            self._saves.note_cover(save.id, error=error.code, connection=connection)

    def ask_again(self, user_id: str) -> int:
        """Ask again for covers that wanted a login or a permission; to be called after a login.

        Returns
        -------
        int
            How many.
        """
        asked = 0
        for reason in WAITS_FOR_LOGIN:
            for save in self._saves.without_cover(user_id, reason):
                with writing(self._engine) as connection:
                    self._saves.note_cover(save.id, connection=connection)
                    self.ask(save, connection)
                asked += 1
        if asked:
            self._jobs.announce()
        return asked

    def task(self, context: JobContext) -> dict[str, Any]:
        """Put a cover on a playlist. Doing it twice does no harm, so any worker may begin anew.

        Raises
        ------
        JobParked
            If Spotify wants to be left alone, or is away.
        SaveUnknown, PlaylistUnknown
            If it was deleted meanwhile.
        """
        save = self._saves.get(str(context.payload["save_id"]), context.user_id)
        playlist = self._playlists.get(save.playlist_id, save.user_id)
        if not save.cover or save.spotify_playlist_id is None:
            return {"cover": "not wanted"}
        jpeg = to_jpeg(cover_of(playlist.tracks))
        digest = hashlib.sha256(jpeg).hexdigest()
        if digest != save.cover_digest or save.cover_error:
            context.check()
            try:
                self._account(save.user_id).upload_cover(save.spotify_playlist_id, jpeg)
            except SpotifyError as error:
                self._set_aside(context, error)
                # The playlist is there; only its picture is not, and its page says why.
                self._saves.note_cover(save.id, error=error.code)
                return {"cover": error.code}
        self._saves.note_cover(save.id, digest=digest)
        return {"cover": "there"}

    def _set_aside(self, context: JobContext, error: SpotifyError) -> None:
        """Raise what lets the job wait, if waiting helps."""
        until: float | None = None
        now = self._clock()
        if isinstance(error, SpotifyRateLimited | SpotifyQuotaExceeded | SpotifyBudgetSpent):
            until = error.until or now + (error.retry_after or _PAUSE)
        elif isinstance(error, SpotifyUnavailable) and now < context.job.created_at + _PATIENCE:
            until = now + max(_PAUSE, error.retry_after or 0.0)
        if until is not None:
            raise JobParked(
                error.what,
                reason=error.code,
                until=until,
                why=error.why,
                kept="the playlist is saved; only its cover waits",
                details={"code": error.code},
            ) from error
