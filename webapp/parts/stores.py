"""What is kept: a repository for each subject, the job table, what need not outlive a process."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from webapp.jobs import Jobs
from webapp.settings import Settings
from webapp.store import (
    Cooldowns,
    Drafts,
    Ephemeral,
    FeedbackMessages,
    ListenerEvents,
    ListeningVotes,
    Logins,
    PlaylistBin,
    Playlists,
    Ratings,
    Saves,
    Sessions,
    Thumbs,
    Tokens,
    TrackStudies,
    Users,
    Wakeup,
)
from webapp.store.tallies import Tallies
from webapp.store.worker_signs import WorkerSigns

if TYPE_CHECKING:
    from sqlalchemy import Engine

Clock = Callable[[], float]
WAKEUP = "jobs"


@dataclass(frozen=True)
class Stores:
    """What is kept, in the database and beside it. Each part is made when it is first asked for.

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
    def messages(self) -> FeedbackMessages:
        """What people write to the operator."""
        return FeedbackMessages(self.engine, self.clock)

    @cached_property
    def votes(self) -> ListeningVotes:
        """Votes of the blind listening test."""
        return ListeningVotes(self.engine, self.clock)

    @cached_property
    def track_studies(self) -> TrackStudies:
        """What is known of each sound."""
        return TrackStudies(self.engine, self.clock)

    @cached_property
    def bin(self) -> PlaylistBin:
        """Playlists that were deleted and can still be had back."""
        return PlaylistBin(self.engine, self.clock)
