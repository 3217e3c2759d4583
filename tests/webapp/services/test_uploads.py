"""Parts of uploads that need no browser: names, bytes, children."""

from __future__ import annotations

import doctest
import io
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.services.uploads import mixing, taking
from webapp.services.uploads.errors import UploadKind, UploadTooLarge
from webapp.services.uploads.idle_children import IdleChildren
from webapp.services.uploads.inspection import ending_of
from webapp.services.uploads.receiving import receive
from webapp.services.uploads.shelf import Shelf


@pytest.mark.parametrize("module", [mixing, taking])
def test_the_examples_of_the_docstrings_hold(module: object) -> None:
    found = doctest.testmod(module)  # type: ignore[arg-type]
    assert found.attempted > 0
    assert found.failed == 0


@given(st.text(max_size=500))
def test_a_name_as_it_is_shown_is_one_line_that_every_database_holds(name: str) -> None:
    shown = taking.clean_name(name)
    assert 1 <= len(shown) <= 200
    assert shown.isprintable()
    assert "/" not in shown
    shown.encode("utf-8")


@pytest.mark.parametrize("name", ["a.mp3", "A.FLAC", "x.y.m4a", "ü.opus"])
def test_endings_are_read_whatever_their_case(name: str) -> None:
    assert ending_of(name) == "." + name.rpartition(".")[2].lower()


@pytest.mark.parametrize("name", ["a.exe", "a", "", ".mp3", "a.mp3.html", "a.wma"])
def test_other_endings_are_refused(name: str) -> None:
    with pytest.raises(UploadKind):
        ending_of(name)


def test_what_comes_is_counted_whatever_was_announced(tmp_path: Path) -> None:
    class Endless(io.RawIOBase):
        asked = 0

        def read(self, size: int = -1) -> bytes:
            self.asked += size
            return bytes(size)

    endless = Endless()
    with (tmp_path / "x").open("wb") as target, pytest.raises(UploadTooLarge):
        receive(endless, target, most=1_000_000, announced=10, name="x")  # type: ignore[arg-type]
    assert endless.asked < 2_000_000
    assert (tmp_path / "x").stat().st_size <= 1_000_000


@pytest.mark.parametrize("name", ["../x", "a/b", "", ".hidden", "x" * 65, "a\0b"])
def test_the_shelf_knows_no_names_but_its_own(tmp_path: Path, name: str) -> None:
    shelf = Shelf(tmp_path)
    with pytest.raises(ValueError, match="name"):
        shelf.place("a" * 32, name)
    with pytest.raises(ValueError, match="name"):
        shelf.place("../" + "a" * 29, "ok")


def test_a_new_file_is_its_owners_alone(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "uploads")
    name, file = shelf.create("a" * 32)
    file.close()
    path = shelf.place("a" * 32, name)
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0


def test_children_are_let_go_once_nobody_used_them_for_a_while() -> None:
    closed = threading.Event()
    children = IdleChildren(closed.set, 0.05)
    for _ in range(3):
        children.used()
    assert closed.wait(5)
