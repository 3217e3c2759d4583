"""Saving a playlist to Spotify: asked for once, written by a job, resumed after any failure."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any, Protocol

from sqlalchemy import Engine

from hooklist_errors import HooklistError
from webapp.jobs import Job, JobCancelled, JobContext, JobError, JobParked, Jobs
from webapp.services.saving.cover import CoverUploads
from webapp.services.saving.errors import NothingToSave, TooMuchToSave
from webapp.services.saving.links import Search, gone_tracks, linked, unlinked
from webapp.services.saving.plan import LeftOut, SavePlan, plan_save
from webapp.services.saving.recipe import PAUSES, Playlists, Recipe, Saved
from webapp.spotify.connections import Connection
from webapp.spotify.errors import (
    SpotifyBudgetSpent,
    SpotifyError,
    SpotifyNotFound,
    SpotifyQuotaExceeded,
    SpotifyRateLimited,
    SpotifyReconnect,
    SpotifyRefused,
    SpotifyScopeMissing,
    SpotifyUnavailable,
)
from webapp.spotify.objects import Page, SpotifyTrack
from webapp.spotify.scopes import save_scopes
from webapp.store.engine import once_more, writing
from webapp.store.errors import PlaylistChanged, SaveUnknown, StoreError
from webapp.store.playlists import Playlist
from webapp.store.playlists import Playlists as PlaylistStore
from webapp.store.saves import Save, Saves

SAVE_JOB = "save"
SAVE_LANE = "save"
MOST_TRACKS = 500
ATTEMPTS = 5
"""So many workers may die at one save before it is given up."""

WAITS_FOR_LOGIN = (SpotifyReconnect.code, SpotifyScopeMissing.code)
_ACTIVE = ("queued", "parked", "running")
_SHORTEST_PAUSE, _LONGEST_PAUSE = 5.0, 900.0


class Account(Playlists, Protocol):
    """What is needed of Spotify: `webapp.spotify.UserSpotify`."""

    def search(self, query: str) -> Page[SpotifyTrack]:
        """Find tracks."""

    def track(self, track_id: str) -> SpotifyTrack:
        """Return one track."""

    def upload_cover(self, playlist_id: str, jpeg: bytes) -> None:
        """Give a playlist a picture."""


class SpotifyUsers(Protocol):
    """The gateway: `webapp.spotify.Gateway`."""

    def for_user(self, user_id: str) -> Account:
        """Return Spotify as a user sees it."""

    def connection(self, user_id: str) -> Connection | None:
        """Return how the user is connected."""


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
        self._spotify = spotify
        self._clock = clock
        self._sleep = sleep
        self._pauses = pauses
        self.covers = CoverUploads(engine, saves, playlists, jobs, spotify.for_user, clock)

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
        _check(plan)
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
        """Do the work of a job: write the save, or leave it so that another run can go on.

        Raises
        ------
        JobParked
            If Spotify wants to be left alone, is away, or the user has to log in.
        HooklistError
            If it cannot be saved at all.
        """
        save_id, user_id = str(context.payload["save_id"]), context.user_id
        login = self._logged_in_at(user_id)
        try:
            save = self._saves.get(save_id, user_id)
            while not self._write(context, self._link(context, save)):
                # It was changed while it was written; what is wanted now is written instead.
                save = self._saves.get(save_id, user_id)
        except (SaveUnknown, StoreError):
            raise
        except JobCancelled as error:
            self._saves.update(save_id, state="failed", error_code=error.code)
            raise
        except JobError:
            raise
        except SpotifyError as error:
            raise self._set_aside(context.job, save_id, error, login) from error
        except HooklistError as error:
            self._saves.update(save_id, state="failed", error_code=error.code)
            raise

    def _link(self, context: JobContext, save: Save) -> Save:
        """Look at Spotify for the tracks whose ids are not known yet; return the save with them.

        A list that is changed meanwhile is read anew, and what was found is not asked again.
        """
        spotify = self._spotify.for_user(save.user_id)
        search = cache(lambda query: spotify.search(query).items)
        again = False
        while True:
            playlist = self._playlists.get(save.playlist_id, save.user_id)
            places = unlinked(playlist.tracks)
            if not places:
                return self._start_again(save, playlist.tracks) if again else save
            try:
                return self._start_again(save, self._looked_up(context, playlist, places, search))
            except PlaylistChanged:
                again = True

    def _looked_up(
        self,
        context: JobContext,
        playlist: Playlist,
        places: Sequence[int],
        search: Search,
    ) -> list[dict[str, Any]]:
        learnt: dict[int, dict[str, Any]] = {}
        try:
            for done, place in enumerate(places):
                context.progress("looking", done, len(places))
                context.check()
                learnt[place] = linked(playlist.tracks[place], search)
        finally:
            # What was found before Spotify asked for a pause need not be asked again.
            playlist = self._playlists.learn(
                playlist.id, playlist.user_id, version=playlist.version, learnt=learnt
            )
        return playlist.tracks

    def _write(self, context: JobContext, save: Save) -> bool:
        """Write a save to its end; False if it was changed meanwhile."""
        notebook = _Notebook(self._saves, save, context)
        recipe = Recipe(
            self._spotify.for_user(save.user_id),
            notebook,
            sleep=self._sleep,
            pauses=self._pauses,
        )
        try:
            saved = recipe.run(save)
        except SpotifyRefused:
            # One id that Spotify has given up spoils the whole hundred it is written with.
            if not self._leave_out_gone(context, save):
                raise
            return False
        try:
            left_out = self.plan(save.playlist_id, save.user_id).left_out
            with context.completing(_result(saved, left_out)) as connection:
                now = self._saves.update(
                    save.id,
                    state="done",
                    written=saved.tracks,
                    spotify_playlist_id=saved.playlist_id,
                    spotify_url=saved.url,
                    connection=connection,
                )
                if _wanted(now) != _wanted(save):
                    raise _ChangedMeanwhile
                self.covers.ask(now, connection)
        except _ChangedMeanwhile:
            return False
        self._jobs.announce()
        return True

    def _leave_out_gone(self, context: JobContext, save: Save) -> bool:
        """Leave out the tracks that Spotify no longer has; return whether there were any."""
        playlist = self._playlists.get(save.playlist_id, save.user_id)
        spotify = self._spotify.for_user(save.user_id)

        def exists(track_id: str) -> bool:
            context.check()
            try:
                spotify.track(track_id)
            except (SpotifyNotFound, SpotifyRefused):
                return False
            return True

        context.progress("looking", 0, len(save.uris))
        gone = gone_tracks(playlist.tracks, exists)
        if not gone:
            return False
        playlist = self._playlists.learn(
            playlist.id, save.user_id, version=playlist.version, learnt=gone
        )
        self._start_again(save, playlist.tracks)
        return True

    def _start_again(self, save: Save, tracks: Sequence[Mapping[str, Any]]) -> Save:
        """Return the save with the tracks that can be saved now."""
        plan = plan_save(tracks)
        _check(plan)
        return self._saves.start(
            save.user_id,
            save.playlist_id,
            name=save.name,
            public=save.public,
            uris=plan.uris,
            description=save.description,
        )

    def _logged_in_at(self, user_id: str | None) -> float | None:
        connection = self._spotify.connection(user_id) if user_id else None
        return connection.authorized_at if connection else None

    def _set_aside(
        self, job: Job, save_id: str, error: SpotifyError, login: float | None
    ) -> HooklistError:
        """Note why a save does not go on, and return what tells the worker whether it will."""
        until: float | None = None
        by_login = isinstance(error, SpotifyReconnect | SpotifyScopeMissing)
        if isinstance(error, SpotifyRateLimited | SpotifyQuotaExceeded | SpotifyBudgetSpent):
            until = error.until or self._clock() + (error.retry_after or _SHORTEST_PAUSE)
        elif isinstance(error, SpotifyUnavailable):
            # The longer it has lasted, the more patient: half as long again.
            waited = max(0.0, self._clock() - job.created_at) / 2
            pause = max(error.retry_after or 0.0, waited, _SHORTEST_PAUSE)
            until = self._clock() + min(pause, _LONGEST_PAUSE)
        elif not by_login:
            self._saves.update(save_id, state="failed", error_code=error.code)
            return error
        self._saves.update(save_id, state="parked", error_code=error.code, parked_until=until)
        return JobParked(
            error.what,
            reason=error.code,
            until=until,
            # Who agrees while the save is on its way aside must not have to log in once more.
            happened=(lambda: self._logged_in_at(job.user_id) != login) if by_login else None,
            which=error.which,
            why=error.why,
            kept="what is written so far is kept, and the save goes on from there",
            next_step=error.next_step,
            details={**error.details, "code": error.code},
        )

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


class _ChangedMeanwhile(Exception):
    """The save was asked for anew with other tracks or another name while it was written."""


class _Notebook:
    """Notes in the save's row and tells the job; stops the run if the job is to stop."""

    def __init__(self, saves: Saves, save: Save, context: JobContext) -> None:
        self._saves = saves
        self._save = save
        self._context = context

    def playlist(self, playlist_id: str | None, url: str | None) -> None:
        self._saves.update(
            self._save.id, state="writing", spotify_playlist_id=playlist_id, spotify_url=url
        )

    def attempt(self) -> None:
        self._context.check()
        self._saves.update(self._save.id, state="writing")

    def step(self, name: str, done: int, total: int) -> None:
        if name == "writing":
            self._saves.update(self._save.id, state="writing", written=done)
        self._context.progress(name, done, total)
        self._context.check()


def _wanted(save: Save) -> tuple[str, str, bool, tuple[str, ...]]:
    return (save.name, save.description, save.public, save.uris)


def _told(error: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """Return a job's error under the code of its cause: that it is parked is told elsewhere."""
    if error is None:
        return None
    cause = error.get("details", {}).get("code")
    return {**error, "code": cause} if cause else error


def _check(plan: SavePlan) -> None:
    if not plan.uris and not plan.to_look_for:
        raise NothingToSave(
            "There is nothing to save",
            why="none of the tracks is known at Spotify",
            kept="the playlist is kept here",
            next_step="make a playlist from a catalogue whose tracks carry Spotify ids",
        )
    count = len(plan.uris) + plan.to_look_for
    if count > MOST_TRACKS:
        raise TooMuchToSave(
            "The playlist cannot be saved",
            why=f"it has {count} tracks, {MOST_TRACKS} may be saved at once",
            next_step="make a shorter one",
        )


def _result(saved: Saved, left_out: tuple[LeftOut, ...]) -> dict[str, Any]:
    return {
        "url": saved.url,
        "spotify_playlist_id": saved.playlist_id,
        "tracks": saved.tracks,
        "substituted": saved.substituted,
        "left_out": [asdict(track) for track in left_out],
    }
