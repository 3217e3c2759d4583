"""The job of a save: what is wanted is written to Spotify, or left so that another run goes on."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from functools import cache
from typing import Any

from hooklist_errors import HooklistError
from webapp.jobs import Job, JobCancelled, JobContext, JobError, JobParked, Jobs
from webapp.services.saving.accounts import SpotifyUsers
from webapp.services.saving.cover import CoverUploads
from webapp.services.saving.links import Search, gone_tracks, linked, unlinked
from webapp.services.saving.plan import LeftOut, check_plan, plan_save
from webapp.services.saving.recipe import PAUSES, Recipe, Saved
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
from webapp.store.errors import PlaylistChanged, SaveUnknown, StoreError
from webapp.store.playlists import Playlist
from webapp.store.playlists import Playlists as PlaylistStore
from webapp.store.saves import Save, Saves

_SHORTEST_PAUSE, _LONGEST_PAUSE = 5.0, 900.0


class SaveWriting:
    """Writes saves.

    Parameters
    ----------
    saves, playlists, jobs
        The store.
    spotify
        The gateway.
    covers
        Asked for a cover once a list is written.
    clock, sleep
        Seconds since the epoch; waits.
    pauses
        Seconds before each look at what Spotify may show late.
    """

    def __init__(
        self,
        saves: Saves,
        playlists: PlaylistStore,
        jobs: Jobs,
        spotify: SpotifyUsers,
        covers: CoverUploads,
        *,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
        pauses: tuple[float, ...] = PAUSES,
    ) -> None:
        self._saves = saves
        self._playlists = playlists
        self._jobs = jobs
        self._spotify = spotify
        self._covers = covers
        self._clock = clock
        self._sleep = sleep
        self._pauses = pauses

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
            tracks = self._playlists.get(save.playlist_id, save.user_id).tracks
            left_out = plan_save(tracks).left_out
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
                self._covers.ask(now, connection)
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
        check_plan(plan)
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


def _result(saved: Saved, left_out: tuple[LeftOut, ...]) -> dict[str, Any]:
    return {
        "url": saved.url,
        "spotify_playlist_id": saved.playlist_id,
        "tracks": saved.tracks,
        "substituted": saved.substituted,
        "left_out": [asdict(track) for track in left_out],
    }
