"""Parts of uploads that need no browser: names, bytes, children."""

from __future__ import annotations

import doctest
import io
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.services.highlights_moved import placed
from webapp.services.uploads import cutting, mixing, taking
from webapp.services.uploads.bounds import UploadBounds
from webapp.services.uploads.cutting import HighlightFiles
from webapp.services.uploads.errors import CuttersBusy, UploadKind, UploadTooLarge, UploadUnknown
from webapp.services.uploads.idle_children import IdleChildren
from webapp.services.uploads.inspection import ending_of
from webapp.services.uploads.receiving import receive
from webapp.services.uploads.shelf import Shelf
from webapp.store import Upload


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


def test_no_more_requests_wait_for_a_highlight_than_leave_the_server_free(tmp_path: Path) -> None:
    bounds = UploadBounds(1, 1, 1, 1, 1.0, 1.0)
    files = HighlightFiles(Shelf(tmp_path), bounds, IdleChildren(lambda: None, 60.0))
    upload = Upload(
        "a" * 32, "b" * 32, 0, "x.wav", "c" * 32, 1, None, "ready", True, None, None, None, None,
        0.0, 0.0, 0.0,
    )  # fmt: skip
    found = {"start": 0.0, "end": 1.0, "track": 9.0, "strategy": "loudest", "confidence": 0.5}
    here = placed(found, None, None)
    for _ in range(cutting.CUTTERS + cutting.WAITING):
        assert files._places.acquire(blocking=False)
    begun = time.monotonic()
    with pytest.raises(CuttersBusy):
        files.of(upload, here)
    assert time.monotonic() - begun < cutting.PATIENCE_SECONDS / 2
    files._places.release()
    with pytest.raises(UploadUnknown):  # a place is free again: it looks for the file
        files.of(upload, here)
    assert files._places.acquire(blocking=False)
