"""``hooklist catalogue``: what each command prints, and its exit status."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from webapp.cli import main


def write(path: Path, lines: list[str]) -> Path:
    path.write_text("\n".join(["id,title,artists,tempo,energy,genre", *lines]) + "\n")
    return path


@pytest.fixture
def built(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    lines = [f"t{n},Song {n},Artist {n % 7},{90 + n},0.{n:02},rock" for n in range(40)]
    table = write(tmp_path / "first.csv", [*lines, ",,,,,"])
    out = tmp_path / "catalogue"
    assert main(["catalogue", "build", str(table), "--out", str(out)]) == 0
    said = capsys.readouterr().out
    assert "41 read = 40 accepted + 0 merged + 1 rejected" in said
    assert "rejects.csv" in said
    return out


def test_adding_says_what_became_of_every_row(built: Path, tmp_path: Path, capsys) -> None:
    lines = ["n1,New,Artist 1,100,0.5,rock", "t3,Song 3,Artist 3,,,rock", ",,,,,"]
    more = write(tmp_path / "more.csv", lines)
    assert main(["catalogue", "add", str(more), "--out", str(built)]) == 0
    said = capsys.readouterr().out
    assert "3 read = 1 new + 1 merged + 1 rejected; 41 tracks now" in said
    assert "version 000002" in said
    assert "a build would fit" not in said


def test_adding_much_advises_a_build(built: Path, tmp_path: Path, capsys) -> None:
    lines = [f"n{n},New {n},Artist 1,100,0.5,rock" for n in range(30)]
    more = write(tmp_path / "more.csv", lines)
    assert main(["catalogue", "add", str(more), "--out", str(built), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["new"], report["tracks"]) == (30, 70)
    assert report["since_build"] == {"added": 30, "removed": 0}
    again = write(tmp_path / "again.csv", ["m,Another,Artist 2,100,0.5,rock"])
    assert main(["catalogue", "add", str(again), "--out", str(built)]) == 0
    assert "31 tracks were added since" in capsys.readouterr().out


def test_a_source_that_cannot_be_read_leaves_the_catalogue(built: Path, tmp_path: Path, capsys):
    (tmp_path / "no.parquet").write_bytes(b"not one")
    assert main(["catalogue", "add", str(tmp_path / "no.parquet"), "--out", str(built)]) == 1
    assert "no.parquet" in capsys.readouterr().err
    assert (built / "CURRENT").read_text().strip() == "000001"


def test_removing_tells_the_ids_that_are_not_there(built: Path, capsys) -> None:
    assert main(["catalogue", "remove", "t1", "t2", "--out", str(built)]) == 0
    assert "2 removed; 38 tracks now" in capsys.readouterr().out
    assert main(["catalogue", "remove", "t1", "t5", "--out", str(built), "--json"]) == 1
    told = capsys.readouterr()
    assert "t1: no track of the catalogue has this id" in told.err
    assert json.loads(told.out)["removed"] == 1


def test_removing_from_nowhere_is_told(tmp_path: Path, capsys) -> None:
    assert main(["catalogue", "remove", "t1", "--out", str(tmp_path / "none")]) == 1
    assert "There is no catalogue here" in capsys.readouterr().err
