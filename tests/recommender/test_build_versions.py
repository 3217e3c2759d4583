"""Building: versions, builds that fail or are killed, readers meanwhile."""

from __future__ import annotations

import fcntl
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from recommender import RowsSource, TableSource, build_catalogue, open_catalogue
from recommender.errors import (
    CatalogueBusy,
    CatalogueEmpty,
    CatalogueUnwritable,
    SourceUnreadable,
)
from tests.recommender.built import row


def test_a_second_build_is_the_next_version_and_the_last_two_are_kept(tmp_path):
    out = tmp_path / "catalogue"
    versions = [build_catalogue([RowsSource("r", [row()])], out).version for _ in range(4)]
    assert versions == ["000001", "000002", "000003", "000004"]
    assert sorted(path.name for path in (out / "versions").iterdir()) == ["000003", "000004"]
    assert open_catalogue(out).version == "000004"


def test_an_open_catalogue_outlives_its_version(tmp_path):
    out = tmp_path / "catalogue"
    build_catalogue([RowsSource("r", [row()])], out)
    old = open_catalogue(out)
    for _ in range(3):
        build_catalogue([RowsSource("r", [row(id="b")])], out)
    assert old.get("a").title == "A"
    assert old.search("A")[0].id == "a"
    assert open_catalogue(out).get("a") is None


def test_the_same_rows_make_the_same_bytes(tmp_path, songs):
    digests = []
    for place in ("1", "2"):
        build_catalogue(
            [RowsSource("r", songs(120))],
            tmp_path / place,
            now=lambda: datetime(2026, 1, 1, tzinfo=UTC),
        )
        digests.append(open_catalogue(tmp_path / place).manifest)
    assert digests[0] == digests[1]


def test_a_build_without_a_usable_row_leaves_what_is_served(tmp_path):
    out = tmp_path / "catalogue"
    build_catalogue([RowsSource("r", [row()])], out)
    with pytest.raises(CatalogueEmpty, match=r"rejects\.csv"):
        build_catalogue([RowsSource("bad", [{"id": "b"}])], out)
    assert open_catalogue(out).get("a")
    assert "nothing but an id" in (out / "rejects.csv").read_text(encoding="utf-8")
    assert [path.name for path in (out / "versions").iterdir()] == ["000001"]


def test_a_source_that_fails_half_way_leaves_what_is_served(tmp_path):
    out = tmp_path / "catalogue"
    build_catalogue([RowsSource("r", [row()])], out)
    with pytest.raises(SourceUnreadable):
        build_catalogue([RowsSource("r", [row(id="b")]), TableSource(tmp_path / "gone.csv")], out)
    assert open_catalogue(out).get("a")
    assert not list((out / "versions").glob(".building-*"))
    assert not list(out.glob(".rejects*"))


def test_two_builds_at_once_are_told_apart(tmp_path):
    out = tmp_path / "catalogue"
    build_catalogue([RowsSource("r", [row()])], out)
    with (out / ".build.lock").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(CatalogueBusy, match="catalogue"):
            build_catalogue([RowsSource("r", [row()])], out)
    build_catalogue([RowsSource("r", [row()])], out)


def test_a_build_killed_before_the_swap_leaves_the_old_version_and_no_litter(tmp_path):
    out = tmp_path / "catalogue"
    build_catalogue([RowsSource("r", [row()])], out)
    code = (
        "import os\n"
        "from recommender import RowsSource, build_catalogue\n"
        "from recommender.catalogue import build\n"
        "build.publish = lambda *_: os._exit(9)\n"
        f"build_catalogue([RowsSource('r', [{row(id='b')!r}])], {str(out)!r})\n"
    )
    done = subprocess.run([sys.executable, "-c", code], timeout=60, check=False)
    assert done.returncode == 9
    assert list((out / "versions").glob(".building-*"))
    assert open_catalogue(out).get("a")
    build_catalogue([RowsSource("r", [row(id="c")])], out)
    assert not list((out / "versions").glob(".building-*"))
    assert open_catalogue(out).get("c")


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CatalogueUnwritable, match="file"):
        build_catalogue([RowsSource("r", [row()])], tmp_path / "file" / "catalogue")


def test_progress_is_told(tmp_path, songs):
    heard = []
    build_catalogue(
        [RowsSource("r", songs(30))],
        tmp_path / "c",
        progress=lambda phase, rows: heard.append((phase, rows)),
    )
    assert [phase for phase, _ in heard] == ["read", "merge", "space", "index", "write"]


# Damage


def test_a_reader_during_builds_always_sees_one_whole_version(tmp_path):
    """Reading in this process while another one builds again and again."""
    out = tmp_path / "catalogue"
    build_catalogue([RowsSource("r", [row()])], out)
    code = (
        "from recommender import RowsSource, build_catalogue\n"
        "for number in range(8):\n"
        f"    rows = [dict({row()!r}, id=f'{{number}}-{{at}}') for at in range(number + 2)]\n"
        f"    build_catalogue([RowsSource('r', rows)], {str(out)!r})\n"
    )
    builder = subprocess.Popen([sys.executable, "-c", code])
    try:
        seen = set()
        while builder.poll() is None:
            catalogue = open_catalogue(out)
            assert len(list(catalogue)) == catalogue.manifest["counts"]["accepted"]
            seen.add(catalogue.version)
    finally:
        builder.wait(timeout=60)
    assert builder.returncode == 0
    assert open_catalogue(out).version == "000009"
    assert len(seen) >= 2
