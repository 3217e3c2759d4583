"""Puts the objects together, once, for the web server, the worker and the tests alike."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING

from flask import current_app

from hooklist_errors import HooklistError
from webapp.chores import chores_of
from webapp.jobs import Jobs, Task
from webapp.services.audio_library import AudioLibrary, AudioSources, DemoAudio, FolderAudio
from webapp.services.bringing import BringingService
from webapp.services.feedback.happenings import Happenings
from webapp.services.feedback.listening_test import ListeningTest
from webapp.services.generation import PLAYLIST_JOB, TRAILER_JOB, GenerationService
from webapp.services.highlights_moved import Highlights
from webapp.services.keeping import KeepingService
from webapp.services.live_sound import LiveSounds
from webapp.services.materials import Materials
from webapp.services.most_replayed import MostReplayed
from webapp.services.revision import RevisionService
from webapp.services.save import SAVE_JOB, SaveService
from webapp.services.saving.cover import COVER_JOB
from webapp.services.seeds import SeedService
from webapp.services.setup_check import SetupCheck
from webapp.services.sharing import Sharing
from webapp.services.spotify_highlights import SpotifyHighlights
from webapp.services.starters import Starters
from webapp.services.studies import Studies
from webapp.services.trailer_choices import TrailerChoices
from webapp.services.trailer_requests import TrailerRequests
from webapp.services.trailer_style import TrailerStyle
from webapp.services.trailers import TrailerService
from webapp.services.uploads.bounds import UploadBounds, bounds_of
from webapp.services.uploads.cutting import HighlightFiles
from webapp.services.uploads.hearing import UploadHearing
from webapp.services.uploads.idle_children import IdleChildren
from webapp.services.uploads.mixing import MIX_JOB, MixService
from webapp.services.uploads.service import HEAR_JOB, UploadService
from webapp.services.uploads.shelf import Shelf
from webapp.services.uploads.taking import UploadTaking
from webapp.settings import Settings
from webapp.spotify import Gateway, OAuth
from webapp.store import (
    Cooldowns,
    Drafts,
    Ephemeral,
    FeedbackMessages,
    HeardCounts,
    ListenerEvents,
    ListeningVotes,
    Logins,
    MovedHighlights,
    PlaylistBin,
    Playlists,
    PlaylistSteps,
    Ratings,
    Saves,
    Sessions,
    SharedLinks,
    Thumbs,
    Tokens,
    TrackStudies,
    Uploads,
    Users,
    Wakeup,
    migrate,
    open_engine,
    open_ephemeral,
)
from webapp.store.tallies import Tallies
from webapp.store.worker_signs import WorkerSigns

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine

    from recommender import RecommenderHolder

log = logging.getLogger(__name__)

Clock = Callable[[], float]
WAKEUP = "jobs"


@dataclass(frozen=True)
class Services:
    """Everything a face needs. Parts are made when first asked for, so a worker pays for its own.

    Parameters
    ----------
    settings
        What the operator decided.
    engine
        The database, migrated.
    ephemeral
        Cache, counters and wake-up calls.
    clock
        Seconds since the epoch.
    """

    settings: Settings
    engine: Engine
    ephemeral: Ephemeral
    clock: Clock = time.time

    @cached_property
    def wakeup(self) -> Wakeup:
        """Rouses the workers."""
        return self.ephemeral.wakeup(WAKEUP)

    @cached_property
    def users(self) -> Users:
        """The users."""
        return Users(self.engine, self.clock)

    @cached_property
    def sessions(self) -> Sessions:
        """The browsers' sessions."""
        return Sessions(self.engine, self.clock)

    @cached_property
    def logins(self) -> Logins:
        """Logins that have begun."""
        return Logins(self.engine, self.clock)

    @cached_property
    def tokens(self) -> Tokens:
        """The users' Spotify tokens, encrypted."""
        return Tokens(self.engine, self.settings.secret_keys, self.clock)

    @cached_property
    def playlists(self) -> Playlists:
        """The playlists."""
        return Playlists(self.engine, self.clock)

    @cached_property
    def drafts(self) -> Drafts:
        """What each user is choosing."""
        return Drafts(self.engine, self.clock)

    @cached_property
    def saves(self) -> Saves:
        """What is being saved to Spotify, and what has been."""
        return Saves(self.engine, self.clock)

    @cached_property
    def cooldowns(self) -> Cooldowns:
        """Until when Spotify wants to be left alone."""
        return Cooldowns(self.engine, self.clock)

    @cached_property
    def jobs(self) -> Jobs:
        """The job table."""
        return Jobs(self.engine, self.clock, wakeup=self.wakeup)

    @cached_property
    def tallies(self) -> Tallies:
        """How often something happened, by day."""
        return Tallies(self.engine, self.clock)

    @cached_property
    def worker_signs(self) -> WorkerSigns:
        """Which workers are there."""
        return WorkerSigns(self.engine, self.clock)

    @cached_property
    def setup_check(self) -> SetupCheck:
        """Whether the Spotify app is set up as it must be."""
        return SetupCheck(self.settings, self.oauth, self.spotify, self.tallies, self.clock)

    @cached_property
    def oauth(self) -> OAuth:
        """Logging in with Spotify."""
        return OAuth(
            self.settings,
            users=self.users,
            logins=self.logins,
            tokens=self.tokens,
            clock=self.clock,
            tally=self.tallies.add,
        )

    @cached_property
    def spotify(self) -> Gateway:
        """The only way to Spotify."""
        return Gateway(
            self.settings,
            oauth=self.oauth,
            ephemeral=self.ephemeral,
            cooldowns=self.cooldowns,
            clock=self.clock,
            tally=self.tallies.add,
        )

    @cached_property
    def recommendations(self) -> RecommenderHolder:
        """The recommender over the catalogue of the moment."""
        from recommender import RecommenderHolder

        return RecommenderHolder(self.settings.catalogue_path)

    @cached_property
    def audio(self) -> AudioSources:
        """Where audio comes from."""
        libraries: list[AudioLibrary] = [FolderAudio()]
        if self.settings.demo_audio_url:
            url, folder = self.settings.demo_audio_url, self.settings.audio_cache_path
            libraries.append(DemoAudio(url, folder))
        return AudioSources(tuple(libraries))

    @cached_property
    def studies(self) -> Studies:
        """What is known of each audio file."""
        from webapp.services.listening import listen, method

        return Studies(self.track_studies, listen, method())

    @cached_property
    def seeds(self) -> SeedService:
        """Picking seeds."""
        return SeedService(self.spotify, self.recommendations)

    @cached_property
    def starters(self) -> Starters:
        """Tracks to begin with where an account has none."""
        return Starters(self.recommendations, self.settings.spotify_open_url)

    @cached_property
    def generation(self) -> GenerationService:
        """Making playlists."""
        return GenerationService(
            self.engine,
            self.jobs,
            self.playlists,
            self.recommendations,
            self.audio,
            self.thumbs,
        )

    @cached_property
    def revision(self) -> RevisionService:
        """Changing playlists that are there."""
        return RevisionService(
            self.engine,
            self.jobs,
            self.playlists,
            PlaylistSteps(self.engine, self.clock),
            self.recommendations,
            self.audio,
            self.thumbs,
            clock=self.clock,
        )

    @cached_property
    def thumbs(self) -> Thumbs:
        """What each user wants more or less of."""
        return Thumbs(self.engine, self.clock)

    @cached_property
    def ratings(self) -> Ratings:
        """How good users find highlights and trailers."""
        return Ratings(self.engine, self.clock)

    @cached_property
    def events(self) -> ListenerEvents:
        """What happened, without who it was."""
        return ListenerEvents(self.engine, self.clock)

    @cached_property
    def happenings(self) -> Happenings:
        """Writes down what happens in a visit."""
        return Happenings(self.events, self.ephemeral, self.settings.secret_keys[0], self.clock)

    @cached_property
    def messages(self) -> FeedbackMessages:
        """What people write to the operator."""
        return FeedbackMessages(self.engine, self.clock)

    @cached_property
    def votes(self) -> ListeningVotes:
        """Votes of the blind listening test."""
        return ListeningVotes(self.engine, self.clock)

    @cached_property
    def listening_test(self) -> ListeningTest:
        """The blind listening test."""
        return ListeningTest(self.settings.listening_test_dir)

    @cached_property
    def trailer_requests(self) -> TrailerRequests:
        """Asking for trailers."""
        return TrailerRequests(self.engine, self.jobs, self.playlists)

    @cached_property
    def most_replayed(self) -> MostReplayed:
        """What listeners hear, skip and replay."""
        return MostReplayed(
            HeardCounts(self.engine, self.clock),
            MovedHighlights(self.engine, self.clock),
            self.ephemeral,
            self.settings.secret_keys[0],
            self.clock,
        )

    @cached_property
    def spotify_highlights(self) -> SpotifyHighlights:
        """Where tracks are heard that only Spotify can play."""
        return SpotifyHighlights(MovedHighlights(self.engine, self.clock))

    @cached_property
    def highlights(self) -> Highlights:
        """Where a listener hears each track."""
        return Highlights(
            self.engine,
            playlists=self.playlists,
            moved=MovedHighlights(self.engine, self.clock),
            studies=self.track_studies,
            jobs=self.jobs,
            most_replayed=self.most_replayed,
            trailers=self.trailer_requests,
            clock=self.clock,
        )

    @cached_property
    def track_studies(self) -> TrackStudies:
        """What is known of each sound."""
        return TrackStudies(self.engine, self.clock)

    @cached_property
    def trailers(self) -> TrailerService:
        """Making trailers."""
        from webapp.services.listening import hear, material_method, render

        return TrailerService(
            self.playlists,
            self.audio,
            self.studies,
            self.highlights,
            render,
            self.settings.trailers_path,
            self.settings.trailer_seconds,
            TrailerStyle(mixing=self.settings.mixing, no_derivatives=self.settings.no_derivatives),
            Materials(self.track_studies, hear, material_method()),
        )

    @cached_property
    def trailer_choices(self) -> TrailerChoices:
        """How listeners want their trailers joined."""
        return TrailerChoices(self.engine, self.playlists, self.jobs, self.trailer_requests)

    @cached_property
    def live_sounds(self) -> LiveSounds:
        """Trailers heard while they are made; each listener holds a thread of the server."""
        return LiveSounds(self.settings.threads // 4)

    @cached_property
    def upload_bounds(self) -> UploadBounds:
        """How much of their own visitors may bring."""
        return bounds_of(self.settings)

    @cached_property
    def upload_shelf(self) -> Shelf:
        """Where visitors' own files lie."""
        return Shelf(self.settings.uploads_path)

    @cached_property
    def uploads(self) -> UploadService:
        """Visitors' own files."""
        return UploadService(
            self.engine,
            uploads=Uploads(self.engine, self.clock),
            studies=self.track_studies,
            jobs=self.jobs,
            shelf=self.upload_shelf,
            bounds=self.upload_bounds,
            clock=self.clock,
        )

    @cached_property
    def upload_taking(self) -> UploadTaking:
        """Taking visitors' own files in."""
        return UploadTaking(
            self.engine,
            service=self.uploads,
            uploads=Uploads(self.engine, self.clock),
            jobs=self.jobs,
            shelf=self.upload_shelf,
            bounds=self.upload_bounds,
            clock=self.clock,
        )

    @cached_property
    def upload_hearing(self) -> UploadHearing:
        """Hearing visitors' own files, within the bounds for strangers."""
        from webapp.services.listening import listen, method

        heard = partial(listen, limits=self.upload_bounds.for_decoding())
        studies = Studies(self.track_studies, heard, method(), uploaded=True)
        kept = Uploads(self.engine, self.clock)
        return UploadHearing(
            self.uploads, kept, self.jobs, self.upload_shelf, studies, self.idle_children
        )

    @cached_property
    def idle_children(self) -> IdleChildren:
        """Lets go of processes that decode, a while after the last file."""
        from webapp.services.listening import close_listeners

        return IdleChildren(close_listeners)

    @cached_property
    def highlight_files(self) -> HighlightFiles:
        """Highlights of visitors' own files, as files."""
        return HighlightFiles(self.upload_shelf, self.upload_bounds, self.idle_children)

    @cached_property
    def mixes(self) -> MixService:
        """Mixes of visitors' own files."""
        from webapp.services.listening import hear, material_method, render

        return MixService(
            self.engine,
            service=self.uploads,
            uploads=Uploads(self.engine, self.clock),
            studies=self.track_studies,
            jobs=self.jobs,
            shelf=self.upload_shelf,
            render=render,
            materials=Materials(self.track_studies, hear, material_method()),
            style=TrailerStyle(
                mixing=self.settings.mixing, no_derivatives=self.settings.no_derivatives
            ),
        )

    @cached_property
    def save(self) -> SaveService:
        """Saving playlists to Spotify."""
        return SaveService(self.engine, self.saves, self.playlists, self.jobs, self.spotify)

    @cached_property
    def bringing(self) -> BringingService:
        """Tracks of lists that somebody brings."""
        return BringingService(self.spotify, self.recommendations, self.settings.spotify_open_url)

    @cached_property
    def sharing(self) -> Sharing:
        """Read-only links to playlists."""
        return Sharing(SharedLinks(self.engine, self.clock), self.settings.secret_keys)

    @cached_property
    def bin(self) -> PlaylistBin:
        """Playlists that were deleted and can still be had back."""
        return PlaylistBin(self.engine, self.clock)

    @cached_property
    def keeping(self) -> KeepingService:
        """What becomes of playlists after they were made."""
        return KeepingService(
            self.engine,
            self.playlists,
            self.bin,
            self.jobs,
            self.trailers,
            self.trailer_requests,
        )

    def web_tasks(self) -> dict[str, Task]:
        """Return the jobs that the web server does itself: light ones that need the index."""
        return {PLAYLIST_JOB: self.generation.make_playlist}

    def worker_tasks(self) -> dict[str, Task]:
        """Return the jobs that worker processes do: whatever is slow or decodes audio."""
        return {
            TRAILER_JOB: self.trailers.make_trailer,
            SAVE_JOB: self.save.task,
            COVER_JOB: self.save.covers.task,
            HEAR_JOB: self.upload_hearing.hear,
            MIX_JOB: self.mixes.mix,
        }

    def chores(self) -> tuple[Callable[[], object], ...]:
        """Return what a worker tidies up about once an hour."""
        return chores_of(self)

    def say_goodbye(self, worker_id: str) -> None:
        """Forget a worker that ends, and write what was counted; a database that fails is left."""
        try:
            self.worker_signs.leave(worker_id)
            self.tallies.flush()
        except HooklistError as error:
            log.info("nothing more could be written: %s", error)

    def close(self) -> None:
        """Let go of connections and threads."""
        self.ephemeral.close()
        self.engine.dispose()


def open_services(
    settings: Settings, *, clock: Clock = time.time, ephemeral: Path | None = None
) -> Services:
    """Open the database, bring it up to date, and return the services over it.

    Parameters
    ----------
    settings
        What the operator decided.
    clock
        Seconds since the epoch.
    ephemeral
        A file that several processes of this machine share what need not be kept in.

    Raises
    ------
    hooklist_errors.HooklistError
        If the database cannot be used (``store.…``).
    """
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    engine = open_engine(settings.database, connections=settings.threads + 8)
    migrate(engine)
    return Services(settings, engine, open_ephemeral(settings.redis_url, file=ephemeral), clock)


def services() -> Services:
    """Return the services of the current web application."""
    found: Services = current_app.extensions["hooklist"]
    return found
