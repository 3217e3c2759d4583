"""Reading tables: encodings, separators, broken lines, columns."""

from __future__ import annotations

import csv
import gzip
import zipfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from recommender.catalogue.columns import map_columns
from recommender.catalogue.delimited import (
    MAX_LINE,
    detect_encoding,
    detect_separator,
    read_delimited,
)
from recommender.catalogue.sources import RowsSource, TableSource
from recommender.errors import SourceColumns, SourceUnreadable

TEXT = "id,title\n1,Motörhead\n2,Ænima\n3,Déjà vu\n"


def cells(path):
    return [record.cells for record in read_delimited(path)]


@pytest.mark.parametrize(
    ("encoding", "found"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("cp1252", "cp1252"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
    ],
)
def test_the_encoding_is_detected(tmp_path, encoding, found):
    path = tmp_path / "t.csv"
    path.write_bytes(TEXT.encode(encoding))
    assert detect_encoding(path) == found
    assert cells(path)[1:] == [["1", "Motörhead"], ["2", "Ænima"], ["3", "Déjà vu"]]
    assert cells(path)[0][0].lstrip("\ufeff") == "id"


def test_one_line_in_another_encoding_does_not_spoil_the_rest(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes(TEXT.encode() + "4,Café\n".encode("cp1252") + "5,Ölüm\n".encode())
    assert cells(path)[4:] == [["4", "Café"], ["5", "Ölüm"]]
    assert cells(path)[1] == ["1", "Motörhead"]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_detected(tmp_path, separator):
    path = tmp_path / "t.csv"
    path.write_text(f"id{separator}title\n1{separator}a\n", encoding="utf-8")
    assert detect_separator(f"track_id{separator}artists{separator}tempo\n") == separator
    assert cells(path) == [["id", "title"], ["1", "a"]]


def test_a_separator_inside_a_header_name_does_not_fool(tmp_path):
    assert detect_separator('id;title;"a,b,c,d,e,f"\n') == ";"


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_every_line_ending_is_read(tmp_path, ending):
    path = tmp_path / "t.csv"
    path.write_bytes(TEXT.replace("\n", ending).encode())
    assert len(cells(path)) == 4


def test_compressed_tables_are_read(tmp_path):
    packed = tmp_path / "t.csv.gz"
    packed.write_bytes(gzip.compress(TEXT.encode()))
    zipped = tmp_path / "t.csv.zip"
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("t.csv", TEXT)
    assert len(cells(packed)) == len(cells(zipped)) == 4


def test_an_archive_of_two_tables_is_refused(tmp_path):
    zipped = tmp_path / "t.csv.zip"
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("a.csv", TEXT)
        archive.writestr("b.csv", TEXT)
    with pytest.raises(SourceUnreadable, match=r"t\.csv\.zip"):
        cells(zipped)


def test_a_gzip_that_ends_early_is_refused_with_its_name(tmp_path):
    packed = tmp_path / "cut.csv.gz"
    packed.write_bytes(gzip.compress(TEXT.encode() * 500)[:-30])
    with pytest.raises(SourceUnreadable, match=r"cut\.csv\.gz"):
        cells(packed)


def test_a_quoted_cell_may_hold_separators_quotes_and_line_breaks(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text('id,title\n1,"a ""b"", c\nd"\n2,e\n', encoding="utf-8")
    records = list(read_delimited(path))
    assert records[1].cells == ["1", 'a "b", c\nd']
    assert [record.line for record in records] == [1, 2, 4]


def test_a_line_with_too_few_or_too_many_cells_is_told_with_its_number(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("id,title\n1,a\n2\n3,b,c\n4,d\n", encoding="utf-8")
    records = list(read_delimited(path))
    assert [(record.line, bool(record.problem)) for record in records[1:]] == [
        (2, False),
        (3, True),
        (4, True),
        (5, False),
    ]
    assert "1 cells where the header has 2" in records[2].problem


def test_a_quote_never_closed_costs_its_own_line_only(tmp_path):
    path = tmp_path / "t.csv"
    lines = ["id,title", "1,a", '2,"open', *(f"{number},x" for number in range(3, 300))]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    records = list(read_delimited(path))[1:]
    assert [record.line for record in records if record.problem] == [3]
    assert [record.cells[0] for record in records if not record.problem] == [
        str(number) for number in (1, *range(3, 300))
    ]


def test_a_quote_never_closed_near_the_end_costs_its_own_line_only(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text('id,title\n1,"open\n2,b\n3,c\n', encoding="utf-8")
    records = list(read_delimited(path))[1:]
    assert [(record.line, bool(record.problem)) for record in records] == [
        (2, True),
        (3, False),
        (4, False),
    ]


def test_an_endless_line_is_refused_and_reading_goes_on(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("id,title\n1," + "x" * (MAX_LINE + 10) + "\n2,b\n", encoding="utf-8")
    records = list(read_delimited(path))[1:]
    assert records[0].problem
    assert records[-1].cells == ["2", "b"]


def test_empty_lines_are_no_rows(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("id,title\n\n1,a\n\n\n2,b\n\n", encoding="utf-8")
    assert len(cells(path)) == 3


@pytest.mark.parametrize("content", [b"", b"\n\n"])
def test_an_empty_table_is_refused_with_its_name(tmp_path, content):
    path = tmp_path / "nothing.csv"
    path.write_bytes(content)
    with pytest.raises(SourceUnreadable, match=r"nothing\.csv"):
        list(TableSource(path).chunks())


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        (
            ["track_id", "track_name", "track_artist", "track_album_name", "playlist_genre"],
            {"id": 0, "title": 1, "artists": 2, "album": 3, "genre": 4},
        ),
        (
            ["Unnamed: 0", "track_id", "artists", "album_name", "track_name", "track_genre"],
            {"id": 1, "artists": 2, "album": 3, "title": 4, "genre": 5},
        ),
        (
            ["instance_id", "artist_name", "track_name", "music_genre", "obtained_date"],
            {"id": 0, "artists": 1, "title": 2, "genre": 3},
        ),
        (["uri", "Song", "Artist", "BPM"], {"spotify_id": 0, "title": 1, "artists": 2, "tempo": 3}),
        (["trackName", "artistName"], {"title": 0, "artists": 1}),
        (["ID", "Name", "License"], {"id": 0, "title": 1, "licence": 2}),
    ],
)  # fmt: skip
def test_the_columns_of_common_tables_are_recognised(headers, expected):
    assert dict(map_columns(headers).positions) == expected


def test_the_first_alias_wins_and_the_rest_is_ignored():
    found = map_columns(["name", "title", "x", "title"])
    assert found.positions == {"title": 1}
    assert found.ignored == ("name", "x", "title")


def test_a_table_without_a_naming_column_is_refused_with_its_columns(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("tempo,energy\n120,0.5\n", encoding="utf-8")
    with pytest.raises(SourceColumns, match="tempo, energy") as caught:
        list(TableSource(path).chunks())
    assert caught.value.code == "catalogue.source_columns"


def test_a_missing_table_is_refused_with_its_name(tmp_path):
    with pytest.raises(SourceUnreadable, match=r"gone\.csv"):
        list(TableSource(tmp_path / "gone.csv").chunks())


def test_a_broken_parquet_file_is_refused_with_its_name(tmp_path):
    path = tmp_path / "t.parquet"
    path.write_bytes(b"PAR1 nonsense PAR1")
    with pytest.raises(SourceUnreadable, match=r"t\.parquet"):
        list(TableSource(path).chunks())


def test_parquet_is_read_by_the_same_names(tmp_path):
    path = tmp_path / "t.parquet"
    pq.write_table(
        pa.table({"track_id": ["a"], "artist_name": [["B", "C"]], "duration_ms": [200_000]}), path
    )
    (chunk,) = TableSource(path).chunks()
    assert chunk.columns["id"] == ["a"]
    assert chunk.columns["artists"] == [["B", "C"]]
    assert chunk.milliseconds


@pytest.mark.parametrize(
    ("header", "values", "milliseconds"),
    [
        ("duration_ms", [200_000, 180_000], True),
        ("duration_ms", [200.0, 180.0], False),
        ("duration", [200_000, 180_000], True),
        ("duration", [200.5, 4_000.0, 180.0], False),
        ("length", [30, 30], False),
        ("duration_s", [20_000], False),
    ],
)
def test_the_unit_of_durations_comes_from_name_and_size(tmp_path, header, values, milliseconds):
    path = tmp_path / "t.csv"
    with path.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["id", header])
        writer.writerows(enumerate(values))
    (chunk,) = TableSource(path).chunks()
    assert chunk.milliseconds is milliseconds


def test_rows_in_hand_may_nest_their_features():
    (chunk,) = RowsSource(
        "r", [{"id": "a", "energy": 0.2, "features": {"energy": 0.9, "tempo": 99}}, 5]
    ).chunks()
    assert (chunk.columns["energy"], chunk.columns["tempo"]) == ([0.2], [99])
    assert len(chunk.broken) == 1
