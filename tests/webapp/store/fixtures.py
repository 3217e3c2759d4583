"""Fixtures of the contract suites: each test that takes `engine` runs on SQLite and PostgreSQL."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.webapp.store.servers import SteppingClock, ValkeyServer, empty, postgres_server
from webapp.store import User, Users, migrate, open_engine

POSTGRES = pytest.param("postgres", marks=pytest.mark.postgres)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """Return the URL of a private PostgreSQL's migrated database."""
    with postgres_server() as url:
        yield url


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a migrated SQLite database to be copied."""
    path = tmp_path_factory.mktemp("migrated") / "hooklist.db"
    engine = open_engine(f"sqlite:///{path}")
    migrate(engine)
    engine.dispose()
    return path


@pytest.fixture
def sqlite_url(migrated_file: Path, tmp_path: Path) -> str:
    """Return the URL of an empty, migrated SQLite database."""
    path = tmp_path / "hooklist.db"
    shutil.copyfile(migrated_file, path)
    return f"sqlite:///{path}"


@pytest.fixture(params=["sqlite", POSTGRES])
def database_url(request: pytest.FixtureRequest) -> str:
    """Return the URL of an empty, migrated database of each kind."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """Return an engine on an empty, migrated database of each kind."""
    engine = open_engine(database_url)
    if engine.dialect.name == "postgresql":
        empty(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def clock() -> SteppingClock:
    """Return a wall clock that stands still until it is told otherwise."""
    return SteppingClock()


@pytest.fixture
def monotonic() -> SteppingClock:
    """Return a monotonic clock that stands still until it is told otherwise."""
    return SteppingClock(1000.0)


@pytest.fixture
def ada(engine: Engine) -> User:
    """Return a user."""
    return Users(engine).upsert("ada", "Ada")


@pytest.fixture
def bob(engine: Engine) -> User:
    """Return another user."""
    return Users(engine).upsert("bob", "Bob")


@pytest.fixture
def valkey() -> Iterator[ValkeyServer]:
    """Return a running Valkey."""
    with tempfile.TemporaryDirectory(prefix="hlvk-", dir="/tmp") as folder:
        server = ValkeyServer(Path(folder))
        server.start()
        try:
            yield server
        finally:
            server.kill()
