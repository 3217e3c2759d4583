"""A catalogue keeps who says what a track's genre is, and asks a model only where nobody does."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from recommender import (
    RowsSource,
    TableSource,
    append_to_catalogue,
    build_catalogue,
    open_catalogue,
)
from recommender.catalogue.sources import RawChunk
from recommender.errors import CatalogueCorrupt
from recommender.genre_guess import GenreGuesser


@dataclass(frozen=True)
class Said:
    genre: str
    confidence: float


@dataclass
class ByEnergy:
    """A simple classifier: loud is techno, quiet is ambient, and the middle it does not know."""

    columns: Sequence[str] = ("energy", "duration_ms")
    threshold: float = 0.7
    asked: list[Mapping[str, float | None]] = field(default_factory=list)

    def predict(self, rows: Sequence[Mapping[str, float | None]], /) -> list[Said]:
        self.asked += rows
        energies = [row["energy"] or 0.0 for row in rows]
        return [Said("techno" if e > 0.5 else "ambient", 0.5 + abs(e - 0.5)) for e in energies]


class Heard:
    """A source whose features were measured by us."""

    licence = ""

    def __init__(self, *rows: Mapping[str, Any]) -> None:
        self.name = "folder"
        self._rows = rows

    def chunks(self):
        names = {name for row in self._rows for name in row}
        columns = {name: [row.get(name) for row in self._rows] for name in names}
        yield RawChunk(columns=columns, lines=range(1, len(self._rows) + 1), heard=True)


def row(number: int, **values: Any) -> dict[str, Any]:
    usual = {"id": f"t{number}", "title": f"Song {number}", "artists": [f"Artist {number}"]}
    return usual | {"duration": 100.0 + 10 * number, "energy": 0.5} | values


def built(tmp_path: Path, *sources: Any, model: ByEnergy | None = None):
    guesser = None if model is None else GenreGuesser(model)
    report = build_catalogue(sources, tmp_path / "catalogue", guesser=guesser)
    assert sum(report.genres.values()) == report.accepted
    catalogue = open_catalogue(tmp_path / "catalogue")
    assert catalogue.manifest["genres"] == report.genres
    return report, {track.id: track for track in catalogue}


def known(track: Any) -> tuple[str, str, float]:
    return track.genre, track.genre_source, track.genre_confidence


def test_a_genre_that_a_table_states_is_kept_as_it_was_written(tmp_path: Path) -> None:
    rows = [row(1, genre="Hip-Hop/Rap"), row(2, genre="My own thing"), row(3, genre="")]
    report, tracks = built(tmp_path, RowsSource("rows", rows))
    assert known(tracks["t1"]) == ("Hip-Hop/Rap", "table", 1.0)
    assert known(tracks["t2"]) == ("My own thing", "table", 1.0)
    assert known(tracks["t3"]) == ("", "", 0.0)
    assert report.genres == {"table": 2, "tag": 0, "model": 0, "unknown": 1}
    assert tracks["t1"].labelled.to_json()["genre_family"] == "hip-hop"


@pytest.mark.parametrize("nothing", ["Other", "unknown", "12", "Unclassifiable", "不明"])
def test_a_name_that_says_nothing_is_unknown_and_counted(tmp_path: Path, nothing: str) -> None:
    report, tracks = built(tmp_path, RowsSource("rows", [row(1, genre=nothing), row(2)]))
    assert known(tracks["t1"]) == ("", "", 0.0)
    assert report.notes == {"genre says nothing": 1}


def test_a_model_fills_what_nobody_states_where_it_is_sure(tmp_path: Path) -> None:
    rows = [
        row(1, energy=0.95),
        row(2, energy=0.05),
        row(3, energy=0.6),
        row(4, energy=0.9, genre="polka"),
        row(5, energy=0.9, genre="Other"),
        row(6, energy=0.9, subgenre="dance pop"),
        row(7, energy=None, duration=None),
    ]
    model = ByEnergy()
    report, tracks = built(tmp_path, RowsSource("rows", rows), model=model)
    assert known(tracks["t1"]) == ("techno", "model", pytest.approx(0.95))
    assert known(tracks["t2"]) == ("ambient", "model", pytest.approx(0.95))
    assert known(tracks["t3"]) == ("", "", 0.0)  # it said 0.6
    assert known(tracks["t4"]) == ("polka", "table", 1.0)
    assert known(tracks["t5"]) == ("techno", "model", pytest.approx(0.9))
    assert known(tracks["t6"]) == ("", "", 0.0)
    assert known(tracks["t7"]) == ("", "", 0.0)
    assert report.genres == {"table": 1, "tag": 0, "model": 3, "unknown": 3}
    assert [asked["duration_ms"] for asked in model.asked] == [110e3, 120e3, 130e3, 150e3]


def test_without_a_model_nothing_is_filled(tmp_path: Path) -> None:
    report, _ = built(tmp_path, RowsSource("rows", [row(1, energy=0.95)]))
    assert report.genres["unknown"] == 1


def test_a_model_of_tables_is_not_asked_about_our_own_measurements(tmp_path: Path) -> None:
    model = ByEnergy()
    heard = Heard(row(1, energy=0.95), row(2, energy=0.9, genre="Jazz", genre_source="tag"))
    _, tracks = built(tmp_path, heard, model=model)
    assert known(tracks["t1"]) == ("", "", 0.0)
    assert known(tracks["t2"]) == ("Jazz", "tag", 1.0)
    assert model.asked == []


def test_rows_may_bring_what_was_estimated_elsewhere(tmp_path: Path) -> None:
    rows = [
        row(1, genre="techno", genre_source="model", genre_confidence=0.81),
        row(2, genre="techno", genre_source="model", genre_confidence=None),
        row(3, genre="techno", genre_source="model", genre_confidence=7.0),
        row(4, genre="techno", genre_source="somebody", genre_confidence=0.2),
        row(5, genre="", genre_source="tag", genre_confidence=0.9),
    ]
    _, tracks = built(tmp_path, RowsSource("rows", rows))
    assert known(tracks["t1"]) == ("techno", "model", pytest.approx(0.81))
    assert known(tracks["t2"]) == ("techno", "model", 0.0)
    assert known(tracks["t3"]) == ("techno", "model", 1.0)
    assert known(tracks["t4"]) == ("techno", "table", 1.0)
    assert known(tracks["t5"]) == ("", "", 0.0)


def same(number: int, **values: Any) -> dict[str, Any]:
    return row(number, isrc=f"USSM1080455{number}") | values


@pytest.mark.parametrize("first_is_table", [True, False])
def test_of_one_recording_the_tables_genre_wins_over_the_tags(
    tmp_path: Path, first_is_table: bool
) -> None:
    table = RowsSource("table", [same(1, genre="Techno", id="of table")])
    folder = Heard(same(1, genre="Pop", genre_source="tag", id="of folder"))
    sources = (table, folder) if first_is_table else (folder, table)
    report, tracks = built(tmp_path, *sources)
    assert report.merged == 1
    (track,) = tracks.values()
    assert known(track) == ("Techno", "table", 1.0)


def test_of_one_recording_a_tag_wins_over_a_model(tmp_path: Path) -> None:
    table = RowsSource("table", [same(1, energy=0.95, id="of table")])
    folder = Heard(same(1, genre="Folk", genre_source="tag", id="of folder"))
    _, tracks = built(tmp_path, table, folder, model=ByEnergy())
    (track,) = tracks.values()
    assert known(track) == ("Folk", "tag", 1.0)


def test_rows_added_later_are_filled_and_counted_too(tmp_path: Path) -> None:
    built(tmp_path, RowsSource("rows", [row(n, genre="rock") for n in range(20)]))
    guesser = GenreGuesser(ByEnergy())
    more = RowsSource("more", [row(30, energy=0.99), row(31, energy=0.5), row(3, genre="folk")])
    append_to_catalogue([more], tmp_path / "catalogue", guesser=guesser)
    catalogue = open_catalogue(tmp_path / "catalogue")
    assert known(catalogue.get("t30")) == ("techno", "model", pytest.approx(0.99))
    assert known(catalogue.get("t3")) == ("rock", "table", 1.0)  # the first table's
    assert catalogue.manifest["genres"] == {"table": 20, "tag": 0, "model": 1, "unknown": 1}


def test_a_table_that_comes_later_corrects_a_models_guess(tmp_path: Path) -> None:
    built(tmp_path, RowsSource("rows", [row(1, energy=0.95), row(2)]), model=ByEnergy())
    append_to_catalogue(
        [RowsSource("more", [row(1, genre="gabber")])], tmp_path / "catalogue", guesser=None
    )
    catalogue = open_catalogue(tmp_path / "catalogue")
    assert known(catalogue.get("t1")) == ("gabber", "table", 1.0)


def test_a_csv_table_is_filled_as_rows_are(tmp_path: Path) -> None:
    path = tmp_path / "tracks.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["id", "title", "artist", "energy", "duration_ms", "genre"])
        writer.writerows([f"t{n}", f"Song {n}", "X", 0.9, 60_000 + n, ""] for n in range(50))
    report, tracks = built(tmp_path, TableSource(path), model=ByEnergy())
    assert report.genres["model"] == 50
    assert {track.genre for track in tracks.values()} == {"techno"}


def test_a_catalogue_of_before_is_refused_with_what_to_do(tmp_path: Path) -> None:
    built(tmp_path, RowsSource("rows", [row(1)]))
    manifest = next((tmp_path / "catalogue" / "versions").glob("*/manifest.json"))
    facts = json.loads(manifest.read_text(encoding="utf-8")) | {"schema": 1}
    manifest.write_text(json.dumps(facts), encoding="utf-8")
    with pytest.raises(CatalogueCorrupt, match=r"schema 1.*reads schema 2.*build it again"):
        open_catalogue(tmp_path / "catalogue")
