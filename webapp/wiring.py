"""Puts the objects together, once, for the web server, the worker and the tests alike."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from flask import current_app

from hooklist_errors import HooklistError
from webapp.chores import chores_of
from webapp.jobs import Task
from webapp.parts.stores import Clock
from webapp.parts.uploads import UploadParts
from webapp.services.audio_library import AudioLibrary, AudioSources, DemoAudio, FolderAudio
from webapp.services.bringing import BringingService
from webapp.services.feedback.happenings import Happenings
from webapp.services.feedback.listening_test import ListeningTest
from webapp.services.generation import PLAYLIST_JOB, TRAILER_JOB, GenerationService
from webapp.services.highlights_moved import Highlights
from webapp.services.keeping import KeepingService
from webapp.services.liked_songs import LikedSongs
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
from webapp.services.uploads.mixing import MIX_JOB
from webapp.services.uploads.service import HEAR_JOB
from webapp.settings import Settings
from webapp.spotify import Gateway, OAuth
from webapp.store import (
    HeardCounts,
    MovedHighlights,
    PlaylistSteps,
    SharedLinks,
    migrate,
    open_engine,
    open_ephemeral,
)

if TYPE_CHECKING:
    from pathlib import Path

    from recommender import RecommenderHolder

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Services(UploadParts):
    """Everything a face needs. Parts are made when first asked for, so a worker pays for its own.

    Parameters as of `Stores`: what the operator decided, the database, what need not be kept, and
    the clock.
    """

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
            LikedSongs(self.spotify, self.ephemeral),
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
    def happenings(self) -> Happenings:
        """Writes down what happens in a visit."""
        return Happenings(self.events, self.ephemeral, self.settings.secret_keys[0], self.clock)

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
