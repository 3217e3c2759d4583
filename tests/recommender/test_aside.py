"""A version's tables are the same whoever writes them, and are written whatever happens."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import pytest

from recommender import RowsSource
from recommender.catalogue import aside
from recommender.catalogue.aside import tables_aside
from recommender.catalogue.gather import gather
from recommender.catalogue.tables import write_tables


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    rows = [
        {
            "id": f"r{at}",
            "title": f"Song {at} - Live",
            "artists": ["A; B"[: 1 + at % 4]],
            "genre": "x",
        }
        for at in range(40)
    ]
    rejects = tmp_path_factory.mktemp("rejects") / "rejects.csv"
    return gather([RowsSource("s", rows)], rejects, lambda phase, rows: None).table


@pytest.fixture
def cores(monkeypatch):
    def set_to(number):
        monkeypatch.setattr(aside, "_cores", lambda: number)

    set_to(2)
    return set_to


def digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


@pytest.fixture
def written(table, tmp_path):
    folder = tmp_path / "direct"
    folder.mkdir()
    write_tables(table, folder)
    return digests(folder)


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "aside"
    folder.mkdir()
    return folder


def test_a_second_process_writes_the_same_bytes(table, written, folder, cores, monkeypatch):
    monkeypatch.setattr(aside, "write_tables", pytest.fail)
    with tables_aside(table, folder, least=1) as finish:
        finish()
    assert digests(folder) == written


def test_few_rows_or_one_core_start_no_process(table, written, folder, cores, monkeypatch):
    monkeypatch.setattr(aside.subprocess, "Popen", pytest.fail)
    with tables_aside(table, folder) as finish:
        finish()
    assert digests(folder) == written
    cores(1)
    with tables_aside(table, folder, least=1) as finish:
        finish()
    assert digests(folder) == written


@pytest.mark.parametrize("program", ["/bin/false", "/nonexistent/python"])
def test_a_process_that_fails_is_made_good(table, written, folder, cores, monkeypatch, program):
    monkeypatch.setattr(sys, "executable", program)
    with tables_aside(table, folder, least=1) as finish:
        finish()
    assert digests(folder) == written


def test_a_process_that_does_not_end_is_not_waited_for(
    table, written, folder, cores, monkeypatch, tmp_path
):
    slow = tmp_path / "slow"
    slow.write_text("#!/bin/sh\nexec sleep 60\n")
    slow.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(slow))
    with tables_aside(table, folder, least=1, waited=0.2) as finish:
        finish()
    assert digests(folder) == written


def test_a_build_that_fails_leaves_no_process_behind(table, folder, cores, monkeypatch, tmp_path):
    slow = tmp_path / "slow"
    slow.write_text("#!/bin/sh\nexec sleep 60\n")
    slow.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(slow))
    started = []
    begun = aside._begun

    def noted(*given):
        started.append(begun(*given))
        return started[0]

    monkeypatch.setattr(aside, "_begun", noted)
    with pytest.raises(KeyError), tables_aside(table, folder, least=1):
        raise KeyError
    assert started[0].returncode is not None
    assert list(folder.iterdir()) == []
