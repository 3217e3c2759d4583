"""What every part's tests share: the development data, where it is there."""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]

# Where Python is told to keep no bytecode, as it often is in containers, each of the hundreds of
# processes that the tests start, many of them apart in a sandbox, would compile all it imports.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# librosa, the reference of some tests, compiles itself at first use and keeps the result in files.
# Of two workers that did so at once on a fresh machine one has crashed: each has its own files.
os.environ.setdefault(
    "NUMBA_CACHE_DIR",
    str(ROOT / ".pytest_cache" / "numba" / os.environ.get("PYTEST_XDIST_WORKER", "alone")),
)


def data_folder() -> Path | None:
    """Return the folder of development data, or None where there is none."""
    named = os.environ.get("HOOKLIST_DATA")
    folder = Path(named) if named else ROOT.parent / "shared" / "data"
    return folder if (folder / "README.md").is_file() else None


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the development data's folder; skip, saying so, where it is absent."""
    folder = data_folder()
    if folder is None:
        pytest.skip("the development data is not beside this checkout (HOOKLIST_DATA names it)")
    return folder


def hurry(connection: Any, *_: object) -> None:
    """Let SQLite not wait for the disk: no test cuts the power."""
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA synchronous=OFF")


@pytest.fixture(scope="session", autouse=True)
def _no_test_waits_for_the_disk() -> Iterator[None]:
    from sqlalchemy import event
    from sqlalchemy.pool import Pool

    event.listen(Pool, "checkout", hurry)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _: None)
        yield
    event.remove(Pool, "checkout", hurry)


@pytest.fixture
def as_shipped() -> Iterator[None]:
    """Let databases be as careful as outside of tests."""
    from sqlalchemy import event
    from sqlalchemy.pool import Pool

    event.remove(Pool, "checkout", hurry)
    yield
    event.listen(Pool, "checkout", hurry)


# Tests that share something costly, a server, a cupboard of odd sounds, a compiler, run in one
# worker, so that it is made once. By address: pytest-xdist 3.8's own groups do nothing on pytest 9.
GROUPS = {
    "tests/standin/music/test_sound.py": "generated music",
    "tests/highlighter/test_pathological_sound.py": "odd sounds",
    "tests/highlighter/test_real_songs.py": "real songs",
    "tests/highlighter/test_frames_and_spectra.py": "beside librosa",
    "tests/highlighter/test_key.py": "beside librosa",
    "tests/highlighter/test_running_median.py": "beside librosa",
    "tests/highlighter/test_sound_frames.py": "beside librosa",
    "tests/highlighter/test_timbre_statistics.py": "beside librosa",
}
BROWSING = ("tests/browser/", "tests/standin/test_browser.py")
HEAVY = (
    "tests/browser/test_every_screen.py",
    "tests/browser/test_journey.py",
    "tests/browser/test_hands.py",
    "tests/browser/test_moments.py",
    "postgres",
    "tests/recommender/test_realdata.py",
    "tests/webapp/test_genre_model_commands.py",
    "tests/webapp/test_cli.py",
    "tests/webapp/test_demo.py",
    "tests/recommender/sequence/test_exact.py",
    "tests/recommender/genres/test_realdata.py",
    "tests/highlighter/training/songs/test_corpus.py",
    "beside librosa",
    "odd sounds",
    "tests/highlighter/evaluation/trailers/test_evaluate_trailer.py",
    "tests/highlighter/trailer/test_make_mixing.py",
    "tests/highlighter/trailer/test_real_songs.py",
    "tests/highlighter/training/architectures/test_architectures_of_the_field.py",
)
"""What takes longest: it begins first, so that no worker is left alone with it at the end."""


def group_of(nodeid: str) -> str:
    """Return what a test shares with others; its file, for what a module makes once."""
    if "postgres" in nodeid.lower():
        return "postgres"
    file = nodeid.partition("::")[0]
    return GROUPS.get(file, file)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give each group of tests to one worker, and those with a browser to the same one.

    A browser uses more than one core: two at a time would wait for each other. Whoever has nothing
    else left helps with them at the end.
    """
    from xdist.scheduler import LoadGroupScheduling

    class ByAddress(LoadGroupScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            return group_of(nodeid)

        def _assign_work_unit(self, node: Any) -> None:
            browses = node is self.nodes[0]

            def turn(group: str) -> tuple[bool, int, int]:
                place = HEAVY.index(group) if group in HEAVY else len(HEAVY)
                other = group.startswith(BROWSING) != browses
                return other, place, -len(self.workqueue[group])

            self.workqueue.move_to_end(min(self.workqueue, key=turn), last=False)
            super()._assign_work_unit(node)

    return ByAddress(config, log)


def find_browser() -> str | None:
    """Return where Chromium is, or None.

    The one without a window comes first: it shows the same for half of the processor time.
    """
    names = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
    return next((path for name in names if (path := shutil.which(name))), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Return a running Chromium, one for all tests; skip, or fail if one is required."""
    path = find_browser()
    if path is None:
        reason = "there is no Chromium on this machine"
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail(f"{reason}, and REQUIRE_BROWSER=1 asks for one")
        pytest.skip(reason)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path)
        yield opened
        opened.close()
