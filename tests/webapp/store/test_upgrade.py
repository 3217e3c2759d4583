from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, text

from webapp.jobs import Jobs
from webapp.store import (
    Drafts,
    Meta,
    Playlists,
    Saves,
    SharedLinks,
    TrackStudies,
    Users,
    migrate,
    open_engine,
    reading,
)
from webapp.store.errors import StoreBusy, StoreError, StoreTooNew, StoreUnavailable
from webapp.store.migrations import HEAD, SCRIPTS
from webapp.store.schema import METADATA

NEXT = '''
"""A change that SQLite can only make by copying the table."""
import sqlalchemy as sa
from alembic import op

revision = "{head}"
down_revision = "{before}"


def upgrade() -> None:
    with op.batch_alter_table("playlist") as table:
        table.alter_column("title", type_=sa.String(500), existing_type=sa.Text())
        table.add_column(sa.Column("mood", sa.Text(), nullable=True))
    {more}
'''


def next_release(tmp_path: Path, more: str = "") -> Path:
    """Return migrations with one more step than ours."""
    scripts = tmp_path / "scripts"
    shutil.copytree(SCRIPTS, scripts, ignore=shutil.ignore_patterns("__pycache__"))
    step = NEXT.format(head="next", before=HEAD, more=more)
    (scripts / "versions" / "next.py").write_text(step)
    return scripts


def test_the_head_that_is_written_down_is_the_last_step() -> None:
    assert ScriptDirectory(str(SCRIPTS)).get_current_head() == HEAD


def test_the_migrations_make_the_tables_of_the_schema(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []


def test_the_checks_of_the_schema_are_in_the_database(engine: Engine) -> None:
    # Alembic's comparison leaves them out.
    inspector = inspect(engine)
    for table in METADATA.sorted_tables:
        wanted = {c.name for c in table.constraints if type(c).__name__ == "CheckConstraint"}
        found = {check["name"] for check in inspector.get_check_constraints(table.name)}
        assert found == wanted, table.name


def test_an_empty_database_gets_its_tables_and_the_second_time_costs_nothing(
    tmp_path: Path,
) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/hooklist.db")
    assert migrate(engine) is None
    assert migrate(engine) == HEAD
    assert list(tmp_path.glob("*before*")) == [], "there was nothing to copy"
    engine.dispose()
    code = (
        "import sys; from webapp.store import open_engine, migrate;"
        f"migrate(open_engine('sqlite:///{tmp_path}/hooklist.db'));"
        "sys.exit('alembic' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], timeout=60).returncode == 0


def test_processes_that_start_at_once_all_find_the_tables(tmp_path: Path) -> None:
    code = (
        "import sys; from webapp.store import open_engine, migrate, Meta;"
        "engine = open_engine(sys.argv[1]); migrate(engine); Meta(engine).set('x', 1)"
    )
    url = f"sqlite:///{tmp_path}/hooklist.db"
    started = [subprocess.Popen([sys.executable, "-c", code, url]) for _ in range(2)]
    assert [process.wait(60) for process in started] == [0, 0]


@pytest.mark.postgres
def test_threads_that_migrate_postgresql_at_once_do_it_once(postgres_url: str) -> None:
    admin = open_engine(postgres_url, connections=1).execution_options(isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text("DROP DATABASE IF EXISTS fresh"))
        connection.execute(text("CREATE DATABASE fresh"))
    url = postgres_url.replace("/postgres?", "/fresh?")
    results: list[object] = []

    def start() -> None:
        try:
            engine = open_engine(url)
            results.append(migrate(engine))
            engine.dispose()
        except Exception as error:
            results.append(error)

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, results)) == [HEAD, HEAD, HEAD, "None"]
    with admin.connect() as connection:
        connection.execute(text("DROP DATABASE fresh"))


def filled(engine: Engine) -> str:
    ada = Users(engine).upsert("ada", "Ada")
    playlist = Playlists(engine).create(ada.id, title="t", seeds=[], options={})
    Saves(engine).start(ada.id, playlist.id, name="n", public=False, uris=["u"])
    return playlist.id


def test_an_upgrade_keeps_every_row_and_leaves_a_copy_of_the_old(
    sqlite_url: str, tmp_path: Path
) -> None:
    engine = open_engine(sqlite_url)
    playlist_id = filled(engine)
    assert migrate(engine, scripts=next_release(tmp_path), head="next") == HEAD
    with reading(engine) as connection:
        row = connection.execute(text("SELECT id, mood FROM playlist")).one()
        # A table made anew with foreign keys on would have taken the saves along.
        assert connection.execute(text("SELECT count(*) FROM save")).scalar_one() == 1
    assert tuple(row) == (playlist_id, None)
    copy = Path(str(engine.url.database)).with_name("hooklist.db.before-next")
    assert copy.stat().st_mode & 0o777 == 0o600
    with closing(sqlite3.connect(copy)) as old:
        assert old.execute("SELECT version_num FROM alembic_version").fetchall() == [(HEAD,)]
        assert old.execute("SELECT id FROM playlist").fetchall() == [(playlist_id,)]
    engine.dispose()


def earlier_release(tmp_path: Path, last: str) -> Path:
    """Return our migrations up to one of them."""
    scripts = tmp_path / "earlier"
    shutil.copytree(SCRIPTS, scripts, ignore=shutil.ignore_patterns("__pycache__"))
    for step in (scripts / "versions").glob("0*.py"):
        if step.name > f"{last}_~":
            step.unlink()
    return scripts


def check_upgrade_from(engine: Engine, scripts: Path, last: str) -> None:
    """Make the tables of an earlier release, fill them as it did, and bring them up to date."""
    migrate(engine, scripts=scripts, head=last)
    with engine.begin() as connection:
        for row in (
            'INSERT INTO "user" (id, spotify_account_id, display_name, created_at, last_seen)'
            " VALUES ('u', 'ada', 'Ada', 1, 1)",
            "INSERT INTO playlist (id, user_id, title, seeds, options, tracks, notes,"
            " catalogue_version, state, version, trailer_state, created_at, updated_at)"
            " VALUES ('p', 'u', 'Mine', '[]', '{}', '[]', '[]', '1', 'ready', 3, 'none', 1, 1)",
            "INSERT INTO save (id, user_id, playlist_id, name, description, public, uris, marker,"
            " state, written, created_at, updated_at)"
            " VALUES ('s', 'u', 'p', 'Mine', '', TRUE, '[]', 'm', 'done', 0, 1, 1)",
            "INSERT INTO track_study (content_key, method, analysis, created_at, updated_at)"
            " VALUES ('sound', '1', '{}', 1, 1)",
            *(
                "INSERT INTO job (id, kind, lane, payload, state, attempts, max_attempts, fence,"
                " beat, cancel_asked, step, done, total, message, created_at, updated_at)"
                f" VALUES ('j{at}', '{at}', 'work', '{{}}', 'queued', 0, 3, 0, 0, FALSE, '', 0, 0,"
                f" '', {at}, 1)"
                for at in (9, 5, 7)
            ),
        ):
            connection.execute(text(row))
        connection.execute(
            text(
                "INSERT INTO session (id_hash, user_id, handle, data, label, created_at, last_seen,"
                " idle_expires_at, expires_at) VALUES (:id, 'u', :id, :data, '', 1, :at, 9, 9)"
            ),
            [
                {"id": "b", "at": 3, "data": '{"basket":["b"],"shape":{"minutes":"3"},"x":1}'},
                {"id": "a", "at": 2, "data": '{"basket":["a"]}'},
                {"id": "c", "at": 4, "data": "{}"},
            ],
        )
    assert migrate(engine) == last
    playlist = Playlists(engine).get("p", "u")
    assert (playlist.version, playlist.deleted_at) == (3, None)
    save = Saves(engine).of_playlist("p", "u")
    assert save is not None
    assert (save.public, save.cover, save.cover_digest, save.cover_error) == (
        True,
        False,
        None,
        None,
    )
    assert SharedLinks(engine).of_playlist("p", "u") is None
    assert Drafts(engine).get("u") == {"basket": ["b"], "shape": {"minutes": "3"}}
    study = TrackStudies(engine).get("sound", "1")
    assert study is not None
    assert not study.uploaded
    jobs = Jobs(engine)
    # Users' jobs of the next release stand behind what waits already.
    jobs.enqueue("new", {}, user_id="u")
    taken = [jobs.claim("w") for _ in range(4)]
    assert [job and job.kind for job in taken] == ["5", "7", "9", "new"]
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []


def test_rows_of_the_release_before_uploads_sharing_and_feedback_are_kept(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'earlier.db'}")
    check_upgrade_from(engine, earlier_release(tmp_path, "0003"), "0003")
    engine.dispose()


@pytest.mark.postgres
def test_postgresql_keeps_the_rows_of_the_release_before_those_too(
    postgres_url: str, tmp_path: Path
) -> None:
    admin = open_engine(postgres_url, connections=1).execution_options(isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text("CREATE DATABASE earlier"))
    engine = open_engine(postgres_url.replace("/postgres?", "/earlier?"))
    check_upgrade_from(engine, earlier_release(tmp_path, "0003"), "0003")
    engine.dispose()
    with admin.connect() as connection:
        connection.execute(text("DROP DATABASE earlier"))


@pytest.mark.postgres
def test_postgresql_is_upgraded_with_its_rows(postgres_url: str, tmp_path: Path) -> None:
    admin = open_engine(postgres_url, connections=1).execution_options(isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text("CREATE DATABASE older"))
    engine = open_engine(postgres_url.replace("/postgres?", "/older?"))
    migrate(engine)
    playlist_id = filled(engine)
    assert migrate(engine, scripts=next_release(tmp_path), head="next") == HEAD
    with reading(engine) as connection:
        assert tuple(connection.execute(text("SELECT id, mood FROM playlist")).one()) == (
            playlist_id,
            None,
        )
    engine.dispose()
    with admin.connect() as connection:
        connection.execute(text("DROP DATABASE older"))


@pytest.mark.parametrize(
    "more", ["raise RuntimeError('mistake')", "op.execute('DELETE FROM user')"]
)
def test_an_upgrade_that_fails_leaves_the_database_as_it_was(
    sqlite_url: str, tmp_path: Path, more: str
) -> None:
    engine = open_engine(sqlite_url)
    playlist_id = filled(engine)
    with pytest.raises((RuntimeError, StoreError), match=r"mistake|point at others"):
        migrate(engine, scripts=next_release(tmp_path, more), head="next")
    assert migrate(engine) == HEAD
    with reading(engine) as connection:
        assert connection.execute(text("SELECT id FROM playlist")).scalar_one() == playlist_id
        columns = {column["name"] for column in inspect(connection).get_columns("playlist")}
    assert "mood" not in columns
    engine.dispose()


def test_the_database_of_a_later_release_is_not_touched(sqlite_url: str) -> None:
    engine = open_engine(sqlite_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreTooNew, match="9999") as refused:
        migrate(engine)
    assert "later release" in refused.value.why
    engine.dispose()


def test_without_room_for_the_copy_nothing_is_changed(sqlite_url: str, tmp_path: Path) -> None:
    engine = open_engine(sqlite_url)
    filled(engine)
    # A folder where the copy is to go stands for every reason not to be able to write it.
    Path(str(engine.url.database)).with_name("hooklist.db.before-next").mkdir()
    with pytest.raises(StoreUnavailable, match="copy that is made before"):
        migrate(engine, scripts=next_release(tmp_path), head="next")
    assert migrate(engine) == HEAD
    assert list(Path(str(engine.url.database)).parent.glob("*.part")) == []
    engine.dispose()


def test_waiting_for_another_migration_has_an_end(sqlite_url: str, tmp_path: Path) -> None:
    engine = open_engine(sqlite_url)
    scripts = next_release(tmp_path)
    with closing(sqlite3.connect(str(engine.url.database), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        begun = time.monotonic()
        with pytest.raises(StoreBusy):
            migrate(engine, scripts=scripts, head="next", lock_seconds=0.3)
        assert time.monotonic() - begun < 3
        other.execute("ROLLBACK")
    assert migrate(engine, scripts=scripts, head="next", lock_seconds=5) == HEAD
    Meta(engine).set("x", 1)
    engine.dispose()
