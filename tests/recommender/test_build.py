"""Building: counts that add up, refusals, and values that mean unknown."""

from __future__ import annotations

import json

from recommender import RowsSource, TableSource, build_catalogue, open_catalogue
from recommender.catalogue import build as build_module
from tests.recommender.built import ID_A, built, row


def test_a_row_comes_out_as_it_went_in(tmp_path):
    given_row = {
        "id": ID_A,
        "title": "Title",
        "artists": ["One", "Two"],
        "album": "Album",
        "year": 1999,
        "duration": 201.5,
        "explicit": True,
        "isrc": "USSM10804556",
        "spotify_id": ID_A,
        "genre": "pop",
        "subgenre": "dance pop",
        "popularity": 61,
        "danceability": 0.734,
        "energy": 0.0,
        "key": 0,
        "loudness": -6.311,
        "mode": 1,
        "tempo": 119.968,
        "time_signature": 4,
        "source": "mine",
        "licence": "CC0-1.0",
        "audio": "demo:x",
    }
    _, catalogue, _ = built(tmp_path, RowsSource("rows", [given_row]))
    track = catalogue.get(ID_A)
    row = track.to_row()
    features = row.pop("features")
    for name, value in given_row.items():
        assert (features[name] if name in features and name != "duration" else row[name]) == value
    assert features["valence"] is None
    assert features["duration"] == 201.5
    json.dumps(track.to_row())


def test_the_same_rows_as_csv_parquet_and_in_hand_make_the_same_tracks(tmp_path, songs, write_csv):
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = songs(60)
    table = write_csv(tmp_path / "t.csv", rows)
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "t.parquet")
    sources = (
        TableSource(table),
        TableSource(tmp_path / "t.parquet"),
        RowsSource("t", rows),
    )
    tracks = []
    for number, source in enumerate(sources):
        build_catalogue([source], tmp_path / str(number))
        tracks.append(list(open_catalogue(tmp_path / str(number))))
    assert tracks[0] == tracks[1] == tracks[2]
    assert len(tracks[0]) == 60


def test_every_refused_row_is_listed_with_its_reason(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text(
        "id,title,artist,energy\n"
        "a,A,X,0.5\n"
        ",,X,0.5\n"
        "b,B\n"
        "c,,,\n"
        f"{'x' * 300},D,X,0.5\n"
        "e,E,X,0.1,surplus\n"
        ",Untold,X,\n",
        encoding="utf-8",
    )
    report, _, rejects = built(tmp_path, TableSource(path))
    assert (report.read, report.accepted, report.rejected) == (7, 2, 5)
    assert [(int(r["line"]), r["reason"].split(":")[0]) for r in rejects] == [
        (3, "neither an id nor a title"),
        (4, "malformed line"),
        (5, "nothing but an id"),
        (6, "an id longer than 200 characters"),
        (7, "malformed line"),
    ]
    assert all(r["source"] == "t" for r in rejects)
    assert "surplus" in rejects[-1]["raw"]


def test_a_value_out_of_range_is_forgotten_and_noted(tmp_path):
    report, catalogue, _ = built(
        tmp_path,
        RowsSource(
            "r",
            [row(energy=1.5, valence=0.5, tempo=900, loudness=-300, popularity=140, duration=-1)],
        ),
    )
    track = catalogue.get("a")
    assert track.features["energy"] is track.features["tempo"] is track.features["loudness"] is None
    assert track.popularity is track.duration is None
    assert track.features["valence"] == 0.5
    assert report.notes == {
        "energy out of range": 1,
        "tempo out of range": 1,
        "loudness out of range": 1,
        "popularity out of range": 1,
    }


def test_zero_and_minus_one_are_unknown_where_they_say_so(tmp_path):
    _, catalogue, _ = built(
        tmp_path,
        RowsSource("r", [row(tempo=0, time_signature=0, key=-1, popularity=-1, energy=0, mode=0)]),
    )
    track = catalogue.get("a")
    for name in ("tempo", "time_signature", "key"):
        assert track.features[name] is None
    assert track.popularity is None
    assert (track.features["energy"], track.features["mode"]) == (0.0, 0.0)


def test_the_zeros_of_a_failed_analysis_are_unknown(tmp_path):
    failed = row(tempo=0, danceability=0, speechiness=0, valence=0)
    honest = row(id="b", tempo=120, danceability=0, speechiness=0, valence=0)
    _, catalogue, _ = built(tmp_path, RowsSource("r", [failed, honest]))
    assert catalogue.get("a").features["valence"] is None
    assert catalogue.get("b").features["valence"] == 0.0


def test_a_percent_column_is_scaled(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("id,title,energy_%\na,A,80\n", encoding="utf-8")
    _, catalogue, _ = built(tmp_path, TableSource(path))
    assert catalogue.get("a").features["energy"] == 0.8


def test_relative_audio_is_beside_its_table(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("id,title,audio\na,A,music/a.flac\nb,B,demo:b\nc,C,/x/c.mp3\n")
    _, catalogue, _ = built(tmp_path, TableSource(path))
    assert catalogue.get("a").audio == str(tmp_path.resolve() / "music/a.flac")
    assert (catalogue.get("b").audio, catalogue.get("c").audio) == ("demo:b", "/x/c.mp3")


def test_source_and_licence_are_kept_or_taken_from_the_table(tmp_path):
    own = row(source="own", licence="CC-BY-4.0")
    _, catalogue, _ = built(
        tmp_path, RowsSource("name", [own, row(id="b", title="B")], licence="CC0-1.0")
    )
    assert (catalogue.get("a").source, catalogue.get("a").licence) == ("own", "CC-BY-4.0")
    assert (catalogue.get("b").source, catalogue.get("b").licence) == ("name", "CC0-1.0")


def test_a_row_without_id_gets_the_same_id_everywhere(tmp_path):
    nameless = {k: v for k, v in row().items() if k != "id"}
    ids = []
    for place in ("1", "2"):
        _, catalogue, _ = built(tmp_path / place, RowsSource(place, [nameless]))
        ids.append(next(iter(catalogue)).id)
    assert ids[0] == ids[1] != ""


# Merging


def test_the_report_is_plain_json(tmp_path):
    report = build_catalogue([RowsSource("r", [row()])], tmp_path / "c")
    assert json.loads(json.dumps(report.to_json()))["accepted"] == 1
    assert build_module.REJECTS in report.to_json()["rejects"]
