"""Saving a playlist to Spotify: asked for once, written by a job, resumed after any failure."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine

from webapp.jobs import Job, JobContext, Jobs
from webapp.services.saving.accounts import SpotifyUsers
from webapp.services.saving.cover import CoverUploads
from webapp.services.saving.plan import LeftOut, SavePlan, check_plan, plan_save
from webapp.services.saving.recipe import PAUSES
from webapp.services.saving.writing import SaveWriting
from webapp.spotify.errors import SpotifyReconnect, SpotifyScopeMissing
from webapp.spotify.scopes import save_scopes
from webapp.store.engine import once_more, writing
from webapp.store.playlists import Playlists as PlaylistStore
from webapp.store.saves import Save, Saves

SAVE_JOB = "save"
SAVE_LANE = "save"
ATTEMPTS = 5
"""So many workers may die at one save before it is given up."""

WAITS_FOR_LOGIN = (SpotifyReconnect.code, SpotifyScopeMissing.code)
_ACTIVE = ("queued", "parked", "running")


@dataclass(frozen=True, slots=True)
class SaveStatus:
    """How a save is doing, for the page.

    Attributes
    ----------
    save
        The save: its state, how much is written, its link, until when it is parked.
    job
        The job that works on it, or did last; None if that is forgotten.
    left_out
        Tracks that are not saved because Spotify does not have them as far as we know.
    error
        Why it failed or waits, as plain data (``code``, ``what``, ``why``, …); None if it does not.
    scopes
        What the user has to agree to so that it can go on; empty if it does not wait for that.
    """

    save: Save
    job: Job | None
    left_out: tuple[LeftOut, ...]
    error: Mapping[str, Any] | None
    scopes: frozenset[str]

    @property
    def state(self) -> str:
        """``pending``, ``writing``, ``parked``, ``done`` or ``failed``; the job's end counts."""
        ended = self.job is not None and self.job.state in {"failed", "cancelled"}
        return "failed" if ended and self.save.state != "done" else self.save.state


class SaveService:
    """Saves.

    Parameters
    ----------
    engine
        The database.
    saves, playlists, jobs
        The store.
    spotify
        The gateway.
    clock, sleep
        Seconds since the epoch; waits.
    pauses
        Seconds before each look at what Spotify may show late.
    """

    def __init__(
        self,
        engine: Engine,
        saves: Saves,
        playlists: PlaylistStore,
        jobs: Jobs,
        spotify: SpotifyUsers,
        *,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
        pauses: tuple[float, ...] = PAUSES,
    ) -> None:
        self._engine = engine
        self._saves = saves
        self._playlists = playlists
        self._jobs = jobs
        self.covers = CoverUploads(engine, saves, playlists, jobs, spotify.for_user, clock)
        self._work = SaveWriting(
            saves,
            playlists,
            jobs,
            spotify,
            self.covers,
            clock=clock,
            sleep=sleep,
            pauses=pauses,
        )

    def plan(self, playlist_id: str, user_id: str) -> SavePlan:
        """Return what a save would write and leave out.

        Raises
        ------
        PlaylistUnknown
            If there is no such playlist, or it is another user's.
        """
        return plan_save(self._playlists.get(playlist_id, user_id).tracks)

    def start(
        self,
        user_id: str,
        playlist_id: str,
        *,
        name: str = "",
        public: bool = False,
        description: str = "",
        cover: bool | None = None,
    ) -> Save:
        """Ask for a save; asking again, or twice at once, gives the same one.

        Parameters
        ----------
        user_id, playlist_id
            Whose, and which.
        name
            In Spotify; the playlist's title if empty.
        public
            Whether it shows on the user's profile.
        description
            In Spotify; a marker is added to it.
        cover
            Whether Hooklist's cover is wanted there; None leaves what was wanted before.

        Raises
        ------
        PlaylistUnknown
            If there is no such playlist, or it is another user's.
        NothingToSave, TooMuchToSave
            If no track can be saved, or more than 500.
        TooManyJobs
            If too many saves of the user wait already.
        """
        playlist = self._playlists.get(playlist_id, user_id)
        plan = plan_save(playlist.tracks)
        check_plan(plan)
        wanted: dict[str, Any] = {
            "name": " ".join(name.split()) or playlist.title or "Hooklist",
            "public": public,
            "uris": plan.uris,
            "description": description,
            "cover": cover,
        }

        def start() -> Save:
            with writing(self._engine) as connection:
                save = self._saves.start(user_id, playlist_id, **wanted, connection=connection)
                # The save's row is locked by now: of two clicks the second sees the first's job.
                if save.state == "done":
                    if save.cover_digest is None:
                        self.covers.ask(save, connection)
                    return save
                if self._active_job(save) is not None:
                    return save
                self._jobs.enqueue(
                    SAVE_JOB,
                    {"save_id": save.id},
                    user_id=user_id,
                    lane=SAVE_LANE,
                    max_attempts=ATTEMPTS,
                    connection=connection,
                )
                if save.state == "pending":
                    return save
                # Its job ended without it, called off or crashed.
                return self._saves.update(save.id, state="pending", connection=connection)

        save = once_more(start, which="save")
        self._jobs.announce()
        return save

    def status(
        self, user_id: str, playlist_id: str, plan: SavePlan | None = None
    ) -> SaveStatus | None:
        """Return how the save of a playlist is doing; None if nobody has asked for one.

        Parameters
        ----------
        user_id, playlist_id
            Whose, and which.
        plan
            Of the playlist, if it is known already; else the playlist is read for it.

        Raises
        ------
        PlaylistUnknown
            If there is no such playlist, or it is another user's.
        """
        left_out = (plan or self.plan(playlist_id, user_id)).left_out
        save = self._saves.of_playlist(playlist_id, user_id)
        if save is None:
            return None
        job = self._active_job(save) or self._last_job(save)
        wants = (
            save_scopes(public=save.public, cover=save.cover)
            if save.error_code in WAITS_FOR_LOGIN
            else ()
        )
        error = None if save.state == "done" or job is None else _told(job.error)
        return SaveStatus(save, job, left_out, error, frozenset(wants))

    def resume_parked(self, user_id: str) -> int:
        """Let saves go on that waited for the user to log in; to be called after each login.

        Returns
        -------
        int
            How many.
        """
        unparked = sum(self._jobs.unpark(user_id, reason=reason) for reason in WAITS_FOR_LOGIN)
        self.covers.ask_again(user_id)
        return unparked

    def task(self, context: JobContext) -> None:
        """Do the work of a `SAVE_JOB`; see `SaveWriting.task`."""
        self._work.task(context)

    def _active_job(self, save: Save) -> Job | None:
        return self._job_of(save, _ACTIVE)

    def _last_job(self, save: Save) -> Job | None:
        return self._job_of(save, None)

    def _job_of(self, save: Save, states: Any) -> Job | None:
        # A user has few active jobs, and looks at a save soon after it was asked for.
        for job in self._jobs.list(save.user_id, states=states, limit=100):
            if job.kind == SAVE_JOB and job.payload.get("save_id") == save.id:
                return job
        return None


def _told(error: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """Return a job's error under the code of its cause: that it is parked is told elsewhere."""
    if error is None:
        return None
    cause = error.get("details", {}).get("code")
    return {**error, "code": cause} if cause else error
