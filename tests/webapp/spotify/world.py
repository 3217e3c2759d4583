"""A whole small Hooklist around the gateway: real store, real stand-in Spotify, real HTTP."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from standin.harness import Standin
from standin.samples import sample_tracks
from webapp.jobs import Jobs, Worker
from webapp.services.save import SaveService
from webapp.spotify import Gateway, OAuth, SpotifyConfig, UserSpotify, save_scopes
from webapp.store import (
    Cooldowns,
    Logins,
    Playlists,
    Saves,
    Sessions,
    Tokens,
    Users,
    migrate,
    open_engine,
    open_ephemeral,
)

REDIRECT = "http://127.0.0.1:8000/callback"
KEY = "a key that is long enough for a test"


class SteppingClock:
    """The wall clock, and as much beside it as a test wants."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


class World:
    """Everything the gateway needs.

    A second `World` on the same database is another process as far as Hooklist can tell: its own
    transport, budget, breaker and cache.
    """

    def __init__(
        self,
        spotify: Standin,
        database: Path,
        clock: SteppingClock | None = None,
        **config: Any,
    ) -> None:
        self.spotify = spotify
        self.database = database
        self.clock = clock or SteppingClock()
        self.engine = open_engine(f"sqlite:///{database}")
        self.users = Users(self.engine, self.clock)
        self.sessions = Sessions(self.engine, self.clock)
        self.logins = Logins(self.engine, self.clock)
        self.tokens = Tokens(self.engine, [KEY], self.clock)
        self.cooldowns = Cooldowns(self.engine, self.clock)
        self.playlists = Playlists(self.engine, self.clock)
        self.saves = Saves(self.engine, self.clock)
        self.jobs = Jobs(self.engine, self.clock, lease=0.6)
        self.ephemeral = open_ephemeral()
        self.config = replace(config_for(spotify), **config)
        self.oauth = OAuth(
            self.config,
            users=self.users,
            logins=self.logins,
            tokens=self.tokens,
            cooldowns=self.cooldowns,
            clock=self.clock,
        )
        self.gateway = Gateway(
            self.config,
            oauth=self.oauth,
            ephemeral=self.ephemeral,
            cooldowns=self.cooldowns,
            clock=self.clock,
        )
        self.save = SaveService(
            self.engine,
            self.saves,
            self.playlists,
            self.jobs,
            self.gateway,
            clock=self.clock,
            pauses=(0.0, 0.05, 0.1),
        )

    def another(self, **config: Any) -> World:
        """Return another process on the same database, with the same clock."""
        return World(self.spotify, self.database, self.clock, **config)

    def new_session(self) -> str:
        """Return the id of a new browser session."""
        return self.sessions.create()[0]

    def log_in(self, person: str = "rich", *, save: bool = True, session: str = "") -> str:
        """Log a person in as their browser would; return the user's id."""
        session = session or self.new_session()
        url = self.oauth.start_login(
            session, scopes=save_scopes(public=False) if save else (), next="/seeds"
        )
        return self.come_back(session, self.spotify.login(url, person)).user.id

    def come_back(self, session: str, callback: str) -> Any:
        """Open the address that Spotify sent the browser back to."""
        return self.oauth.finish_login(session, query_of(callback))

    def user(self, person: str = "rich") -> UserSpotify:
        """Log a person in and return Spotify as they see it."""
        return self.gateway.for_user(self.log_in(person))

    def worker(self) -> Worker:
        """Return a worker that does saves."""
        return Worker(self.jobs, {"save": self.save.task}, poll=(0.02, 0.05), clock=self.clock)

    def playlist(self, user_id: str, tracks: int, *, without_id: int = 0) -> str:
        """Make a playlist of so many of the stand-in's tracks; return its id."""
        rows = sample_tracks(500)[:tracks]
        plain: list[dict[str, Any]] = [
            {"spotify_id": row["id"], "title": row["title"], "artists": list(row["artists"])}
            for row in rows
        ]
        plain[1:1] = [
            {"spotify_id": "", "title": f"Only here {number}", "artists": ["Nobody"]}
            for number in range(without_id)
        ]
        made = self.playlists.create(user_id, title="Evening", seeds=[], options={})
        self.playlists.set_ready(made.id, tracks=plain, notes=[], catalogue_version="1")
        return made.id

    def close(self) -> None:
        self.oauth.transport.close()
        self.ephemeral.close()
        self.engine.dispose()


def config_for(spotify: Standin) -> SpotifyConfig:
    """Return a configuration that asks the stand-in, and quickly."""
    return SpotifyConfig(
        client_id=spotify.client_id,
        client_secret=spotify.client_secret or "",
        redirect_uri=REDIRECT,
        accounts_url=spotify.url,
        api_url=spotify.api_url,
        open_url=spotify.open_url,
        image_origins=(spotify.url,),
        deadline=5.0,
        read_timeout=5.0,
        pause=0.02,
        rate=1000.0,
        burst=1000.0,
        user_rate=1000.0,
        user_burst=1000.0,
    )


def query_of(address: str) -> dict[str, str]:
    """Return the parameters of an address."""
    return dict(parse_qsl(urlsplit(address).query))


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a migrated database to be copied."""
    path = tmp_path_factory.mktemp("empty") / "hooklist.db"
    engine = open_engine(f"sqlite:///{path}")
    migrate(engine)
    engine.dispose()
    return path


@pytest.fixture
def spotify() -> Iterator[Standin]:
    """Return a stand-in Spotify."""
    with Standin.thread(redirect_uris=[REDIRECT], library=big_library()) as running:
        yield running


@pytest.fixture
def world(spotify: Standin, empty_database: Path, tmp_path: Path) -> Iterator[World]:
    """Return a small Hooklist."""
    with a_world(spotify, empty_database, tmp_path) as made:
        yield made


@contextmanager
def a_world(spotify: Standin, empty: Path, folder: Path, **config: Any) -> Iterator[World]:
    """Open a small Hooklist on a database of its own."""
    path = folder / "hooklist.db"
    shutil.copyfile(empty, path)
    made = World(spotify, path, **config)
    try:
        yield made
    finally:
        made.close()


def big_library() -> tuple[Any, ...]:
    """Return 500 tracks, as many as a save may have."""
    return tuple(sample_tracks(500))
