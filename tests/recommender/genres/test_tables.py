"""Reading labelled tables: what is used, what is left out and said, what is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recommender.errors import SourceUnreadable
from recommender.genres.errors import LabelMissing, NoFeatures
from recommender.genres.reading import read_blocks, read_table

Rows = list[dict[str, Any]]
Write = Callable[..., Path]


def test_known_columns_get_the_catalogues_names_and_units(
    make_songs: Callable[..., Rows], write: Write
) -> None:
    table = read_table(write(make_songs(30)), label="genre")
    assert "danceability" in table.numbers
    assert 180 <= table.numbers["duration"].min() <= 220  # milliseconds became seconds
    assert table.labels[:3] == ("techno", "folk", "metal")
    assert table.artists[0] == ("techno artist 0",)
    assert table.titles[0] == "Warehouse 0"


def test_a_rows_number_and_the_label_itself_are_never_features(
    make_songs: Callable[..., Rows], write: Write
) -> None:
    rows = [
        {"": at, "order": 3 * at, **row, "genre": at % 3} for at, row in enumerate(make_songs(60))
    ]
    table = read_table(write(rows), label="genre")
    assert not {"", "order", "genre", "track_id"} & set(table.numbers)
    assert any("order" in note for note in table.notes)


def test_a_column_can_be_left_out(make_songs: Callable[..., Rows], write: Write) -> None:
    table = read_table(write(make_songs(30)), label="genre", leave_out=["Tempo"])
    assert "tempo" not in table.numbers


def test_a_table_without_the_label_is_refused_with_its_columns(
    make_songs: Callable[..., Rows], write: Write
) -> None:
    with pytest.raises(LabelMissing, match=r"style.*danceability"):
        read_table(write(make_songs(10)), label="style")


def test_an_empty_label_column_is_refused(make_songs: Callable[..., Rows], write: Write) -> None:
    rows = [{**row, "genre": ""} for row in make_songs(10)]
    with pytest.raises(LabelMissing, match="empty"):
        read_table(write(rows), label="genre")


def test_text_in_a_column_of_numbers_counts_as_missing_and_is_counted(
    make_songs: Callable[..., Rows], write: Write
) -> None:
    rows = make_songs(30)
    rows[3]["tempo"], rows[4]["tempo"] = "fast", "?"
    table = read_table(write(rows), label="genre")
    assert np.isnan(table.numbers["tempo"][[3, 4]]).all()
    assert "tempo: 1 cells are no numbers and count as missing" in table.notes


def test_nan_and_infinities_count_as_missing_and_infinities_are_told(
    make_songs: Callable[..., Rows], write: Write
) -> None:
    rows = make_songs(30)
    rows[0]["energy"], rows[1]["energy"], rows[2]["energy"] = "nan", "inf", "-Infinity"
    table = read_table(write(rows), label="genre")
    assert np.isnan(table.numbers["energy"][:3]).all()
    assert "2 infinite values count as missing" in table.notes


def test_impossible_values_of_known_columns_count_as_missing(
    make_songs: Callable[..., Rows], write: Write
) -> None:
    rows = make_songs(30)
    rows[0]["tempo"], rows[1]["duration_ms"], rows[2]["key"] = 0, -1, -1
    table = read_table(write(rows), label="genre")
    missing = [np.isnan(table.numbers[name]).sum() for name in ("tempo", "duration", "key")]
    assert missing == [1, 1, 1]


def test_a_table_of_texts_only_has_no_features(write: Write) -> None:
    rows = [{"title": "A", "mood": "calm", "genre": "folk"}] * 3
    with pytest.raises(NoFeatures, match="mood"):
        read_table(write(rows), label="genre")


def test_a_missing_file_and_an_empty_one_are_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(SourceUnreadable, match="nowhere"):
        read_table(tmp_path / "nowhere.csv", label="genre")
    header = tmp_path / "header.csv"
    header.write_text("energy,genre\n")
    with pytest.raises(SourceUnreadable, match="no rows"):
        read_table(header, label="genre")


def test_a_long_table_is_sampled_uniformly_and_said_so(
    make_songs: Callable[..., Rows], write: Write
) -> None:
    path = write(make_songs(3_000))
    table = read_table(path, label="genre", max_rows=600, seed=5)
    assert (len(table), table.rows) == (600, 3_000)
    assert "600 of 3000 rows were kept, a uniform sample (seed 5)" in table.notes
    numbers = [int(title.split()[1]) for title in table.titles]
    assert len(set(numbers)) == 600
    # A uniform sample's mean is 1,500 ± 35; five standard errors are allowed.
    assert abs(np.mean(numbers) - 1_500) < 175
    for row in (0, 599):  # texts and numbers of one row stay together
        again = read_table(path, label="genre")
        assert again.numbers["tempo"][numbers[row]] == table.numbers["tempo"][row]


def test_parquet_is_read_like_text(make_songs: Callable[..., Rows], tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = tmp_path / "table.parquet"
    pq.write_table(pa.Table.from_pylist(make_songs(30)), path)
    table = read_table(path, label="genre")
    assert len(table) == 30
    assert "danceability" in table.numbers
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(SourceUnreadable, match=r"table\.parquet"):
        read_table(path, label="genre")


def test_blocks_keep_every_row_as_it_was_written(
    make_songs: Callable[..., Rows], write: Write
) -> None:
    rows = make_songs(30)
    (block,) = read_blocks(write(rows))
    assert block.headers == tuple(rows[0])
    assert [cells[0] for cells in block.cells] == [row["track_id"] for row in rows]
    assert len(block.table) == 30


def test_a_known_column_that_begins_empty_is_read_all_the_same(
    make_songs: Callable[..., Rows], write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recommender.genres.reading.CHUNK", 10)
    rows = [{**row, "energy": "" if at < 15 else 0.5} for at, row in enumerate(make_songs(30))]
    table = read_table(write(rows), label="genre")
    assert np.isnan(table.numbers["energy"]).sum() == 15
