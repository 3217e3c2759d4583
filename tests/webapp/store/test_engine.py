from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from webapp.jobs import Jobs
from webapp.store import Meta, User, Users, open_engine, reading, writing
from webapp.store.engine import translated
from webapp.store.errors import (
    StoreBusy,
    StoreDamaged,
    StoreError,
    StoreFull,
    StoreMisconfigured,
    StoreReadOnly,
    StoreUnavailable,
)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("", "it is no URL"),
        ("hooklist.db", "it is no URL"),
        ("mysql://user:secret@host/name", "only sqlite and postgresql"),
        ("sqlite://", "it names no file"),
        ("sqlite:///:memory:", "it names no file"),
    ],
)
def test_an_address_that_cannot_work_is_refused_without_showing_its_password(
    url: str, why: str
) -> None:
    with pytest.raises(StoreMisconfigured, match=why) as refused:
        open_engine(url)
    assert "secret" not in str(refused.value)
    assert "sqlite:///" in refused.value.next_step


def test_sqlite_is_set_up_to_lose_nothing(sqlite_url: str, as_shipped: None) -> None:
    engine = open_engine(sqlite_url)
    with reading(engine) as connection:

        def pragma(name: str) -> object:
            return connection.execute(text(f"PRAGMA {name}")).scalar_one()

        assert pragma("journal_mode") == "wal"
        assert pragma("synchronous") == 2
        assert pragma("foreign_keys") == 1
        assert pragma("busy_timeout") == 10_000
    engine.dispose()


def test_the_database_file_is_its_owners_alone(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/new/folder/hooklist.db")
    with writing(engine) as connection:
        connection.execute(text("CREATE TABLE x (y)"))
    for path in (tmp_path / "new" / "folder").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    engine.dispose()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreUnavailable, match=r"file/hooklist\.db"):
        open_engine(f"sqlite:///{tmp_path}/file/hooklist.db")


HOLD = """
import sqlite3, sys, time
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN EXCLUSIVE")
print("locked", flush=True)
time.sleep(float(sys.argv[2]))
connection.execute("COMMIT")
"""


def hold(url: str, seconds: float) -> subprocess.Popen[str]:
    path = url.removeprefix("sqlite:///")
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, path, str(seconds)], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "locked\n"
    return holder


def test_a_database_locked_by_another_program_is_waited_for(sqlite_url: str) -> None:
    engine = open_engine(sqlite_url)
    holder = hold(sqlite_url, 2.0)
    begun = time.monotonic()
    user = Users(engine).upsert("ada")
    assert 1.0 < time.monotonic() - begun < 9
    assert Users(engine).get(user.id) == user
    assert holder.wait(10) == 0
    engine.dispose()


def test_the_wait_for_a_lock_has_an_end_and_reading_goes_on(sqlite_url: str) -> None:
    engine = open_engine(sqlite_url, busy_seconds=0.3)
    Meta(engine).set("x", 1)
    holder = hold(sqlite_url, 3.0)
    begun = time.monotonic()
    with pytest.raises(StoreBusy, match="busy for too long"):
        Users(engine).upsert("ada")
    assert 0.2 < time.monotonic() - begun < 2
    assert Meta(engine).get("x") == 1
    holder.kill()
    holder.wait()
    Users(engine).upsert("ada")
    engine.dispose()


@pytest.mark.postgres
def test_postgresqls_wait_for_a_lock_has_an_end(postgres_url: str) -> None:
    engine = open_engine(postgres_url, busy_seconds=0.3)
    user = Users(engine).upsert("locked")
    with writing(engine) as connection:
        connection.execute(text('SELECT 1 FROM "user" WHERE id = :id FOR UPDATE'), {"id": user.id})
        begun = time.monotonic()
        with pytest.raises(StoreBusy):
            Users(engine).upsert("locked")
    assert 0.2 < time.monotonic() - begun < 2
    engine.dispose()


def test_no_free_connection_is_an_error_after_a_while(sqlite_url: str) -> None:
    engine = open_engine(sqlite_url, connections=2, busy_seconds=0.2)
    with reading(engine), reading(engine), pytest.raises(StoreBusy, match="connections"):
        Meta(engine).get("x")
    engine.dispose()


def test_a_postgresql_that_is_not_there_is_told_in_time() -> None:
    engine = open_engine("postgresql://nobody:secret@127.0.0.1:1/none")
    begun = time.monotonic()
    with pytest.raises(StoreUnavailable, match="does not answer") as refused:
        Meta(engine).get("x")
    assert time.monotonic() - begun < 6
    assert "secret" not in str(refused.value)


@pytest.mark.postgres
def test_a_postgresql_that_restarts_is_told_once_at_most_and_used_again(
    postgres_url: str,
) -> None:
    engine = open_engine(postgres_url)
    with writing(engine) as connection:
        connection.execute(text("SELECT 1"))
        with open_engine(postgres_url, connections=1).begin() as other:
            other.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
                )
            )
        with pytest.raises(StoreUnavailable), translated():
            connection.execute(text("SELECT 1"))
        connection.invalidate()
        connection.rollback()
    # Connections in the pool that died with it are noticed before they are used.
    for _ in range(3):
        Meta(engine).set("x", 1)
    engine.dispose()


def test_a_full_disk_is_told_as_such_and_harms_nothing(sqlite_url: str) -> None:
    engine = open_engine(sqlite_url, connections=2)
    ada = Users(engine).upsert("ada")
    jobs = Jobs(engine)
    job = jobs.enqueue("k", {}, user_id=ada.id)
    limit_pages(engine, growth=2)
    with pytest.raises(StoreFull, match="no room left") as refused:
        Meta(engine).set("big", "x" * 100_000)
    assert refused.value.code == "store.full"
    # What is there can be read and changed in place, and there is no half-written rest.
    claimed = jobs.claim("worker")
    assert claimed is not None
    assert claimed.id == job.id
    with reading(engine) as connection:
        assert connection.execute(text("PRAGMA integrity_check")).scalar_one() == "ok"
        assert connection.execute(text("PRAGMA foreign_key_check")).all() == []
    # Space returns.
    limit_pages(engine, growth=100_000)
    Meta(engine).set("big", "x" * 100_000)
    engine.dispose()


def limit_pages(engine: Engine, *, growth: int) -> None:
    """Set the largest size of the database for every connection of the pool."""

    def limit(connection: sqlite3.Connection) -> None:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages + growth}")

    on_each_connection(engine, limit)


def on_each_connection(engine: Engine, do: Callable[[sqlite3.Connection], object]) -> None:
    """Do something on both connections of a pool of two, outside of transactions."""
    taken = [engine.raw_connection() for _ in range(2)]
    for proxy in taken:
        assert isinstance(proxy.driver_connection, sqlite3.Connection)
        do(proxy.driver_connection)
    for proxy in taken:
        proxy.close()


def test_a_read_only_database_is_told_as_such(sqlite_url: str) -> None:
    engine = open_engine(sqlite_url, connections=2)
    on_each_connection(engine, lambda connection: connection.execute("PRAGMA query_only = ON"))
    with pytest.raises(StoreReadOnly, match="cannot be written"):
        Users(engine).upsert("ada")
    engine.dispose()


@pytest.mark.postgres
def test_a_read_only_postgresql_is_told_as_such(postgres_url: str) -> None:
    engine = open_engine(postgres_url + "&options=-c%20default_transaction_read_only%3Don")
    with pytest.raises(StoreReadOnly):
        Users(engine).upsert("ada")
    engine.dispose()


def test_a_file_that_is_no_database_is_told_as_such(tmp_path: Path) -> None:
    path = tmp_path / "hooklist.db"
    path.write_bytes(b"this is no database" * 1000)
    with pytest.raises(StoreDamaged, match="damaged"):
        Meta(open_engine(f"sqlite:///{path}")).get("x")


def test_a_killed_process_leaves_a_whole_database(sqlite_url: str) -> None:
    code = """
import sys
from webapp.store import Users, open_engine
users = Users(open_engine(sys.argv[1]))
for number in range(10_000):
    users.upsert(f"user-{number}")
    print(number, flush=True)
"""
    writer = subprocess.Popen(
        [sys.executable, "-c", code, sqlite_url], stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout is not None
    for _ in range(20):
        writer.stdout.readline()
    writer.kill()
    told = 19 + len(writer.stdout.read().splitlines())
    writer.wait()
    engine = open_engine(sqlite_url)
    with reading(engine) as connection:
        assert connection.execute(text("PRAGMA integrity_check")).scalar_one() == "ok"
        count = connection.execute(text('SELECT count(*) FROM "user"')).scalar_one()
    # Everything that was told as done is there.
    assert told < count <= told + 2
    engine.dispose()


def test_many_threads_write_at_once_without_an_error(engine: Engine, ada: User) -> None:
    errors: list[BaseException] = []

    def write(number: int) -> None:
        try:
            for step in range(10):
                Meta(engine).set(f"{number}", step)
        except StoreError as error:
            errors.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert [Meta(engine).get(str(number)) for number in range(16)] == [9] * 16


def test_importing_the_store_costs_little() -> None:
    code = "import sys, webapp.store; print(*{'sqlalchemy', 'alembic', 'redis'} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=Path(__file__).resolve().parents[3],
        env={**os.environ},
    )
    assert (done.returncode, done.stdout) == (0, "\n"), done.stderr


def test_sqlite_knows_what_we_ask_of_it() -> None:
    # RETURNING came with 3.35.
    assert sqlite3.sqlite_version_info >= (3, 35)
