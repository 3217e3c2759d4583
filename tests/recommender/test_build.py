"""Building: counts that add up, merging, refusals, versions."""

from __future__ import annotations

import csv
import fcntl
import json
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recommender import RowsSource, TableSource, build_catalogue, open_catalogue
from recommender.catalogue import build as build_module
from recommender.errors import (
    CatalogueBusy,
    CatalogueCorrupt,
    CatalogueEmpty,
    CatalogueMissing,
    CatalogueUnwritable,
    SourceUnreadable,
)

ID_A = "4uLU6hMCjMI75M1A2tKUQC"
ID_B = "0VjIjW4GlUZAMYd2vXMi3b"


def row(**values):
    return {"id": "a", "title": "A", "artists": ["X"], "duration": 200.0, "energy": 0.5} | values


def built(tmp_path: Path, *sources):
    out = tmp_path / "catalogue"
    report = build_catalogue(sources, out)
    assert report.accepted + report.merged + report.rejected == report.read
    assert len(open_catalogue(out)) == report.accepted
    with report.rejects.open(encoding="utf-8", newline="") as stream:
        rejects = list(csv.DictReader(stream))
    assert len(rejects) == report.rejected
    return report, open_catalogue(out), rejects


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


def test_the_same_id_is_one_track_and_fills_what_is_missing(tmp_path):
    first = row(id=ID_A, valence=None, genre="rock")
    second = row(id=ID_A, energy=0.9, valence=0.4, genre="pop", isrc="USSM10804556")
    report, catalogue, _ = built(tmp_path, RowsSource("r", [first, second]))
    track = catalogue.get(ID_A)
    assert (report.merged, len(catalogue)) == (1, 1)
    assert (track.features["energy"], track.features["valence"]) == (0.5, 0.4)
    assert (track.genre, track.isrc) == ("rock", "USSM10804556")


def test_the_same_spotify_id_under_two_ids_is_one_track_found_by_both(tmp_path):
    rows = [row(id="mine", spotify_id=ID_A), row(id=ID_A)]
    _, catalogue, _ = built(tmp_path, RowsSource("r", rows))
    assert len(catalogue) == 1
    assert catalogue.get("mine") == catalogue.get(ID_A)


@pytest.mark.parametrize(
    ("other", "merged"),
    [
        ({"duration": 202.0}, True),
        ({"duration": None}, True),
        ({"duration": 230.0}, False),
        ({"title": "A (Live)"}, False),
        ({"title": "A - Remastered"}, True),
        ({"title": "Ah"}, True),
    ],
)
def test_the_same_isrc_is_one_track_unless_version_or_length_speak_against_it(
    tmp_path, other, merged
):
    rows = [row(id=ID_A, isrc="USSM10804556"), row(id=ID_B, isrc="USSM10804556") | other]
    report, catalogue, _ = built(tmp_path, RowsSource("r", rows))
    assert report.merged == merged
    assert (catalogue.get(ID_A).id == catalogue.get(ID_B).id) is merged


@pytest.mark.parametrize(
    ("other", "merged"),
    [
        ({}, True),
        ({"title": "a!", "artists": ["x"]}, True),
        ({"duration": 200.8}, True),
        ({"duration": 203.0}, False),
        ({"duration": None}, False),
        ({"title": "A - Live"}, False),
        ({"artists": ["Y"]}, False),
        ({"album": "Another"}, False),
        ({"spotify_id": ID_B}, False),
    ],
)
def test_between_sources_the_same_name_and_length_is_one_track_unless_an_id_contradicts(
    tmp_path, other, merged
):
    table = RowsSource("table", [row(id=ID_A, album="The album")])
    folder = RowsSource("folder", [row(id="file-1", audio="/m/a.flac") | other])
    report, catalogue, _ = built(tmp_path, table, folder)
    assert report.merged == merged
    if merged:
        assert catalogue.get("file-1").id == ID_A
        assert catalogue.get(ID_A).audio == "/m/a.flac"


def test_within_one_source_two_ids_are_two_tracks(tmp_path):
    report, _, _ = built(tmp_path, RowsSource("r", [row(id="1"), row(id="2")]))
    assert report.merged == 0


def test_two_spotify_ids_are_not_joined_through_a_third_row(tmp_path):
    report, catalogue, _ = built(
        tmp_path,
        RowsSource("one", [row(id=ID_A), row(id=ID_B)]),
        RowsSource("two", [row(id="file")]),
    )
    assert report.merged == 1
    assert catalogue.get(ID_A).id != catalogue.get(ID_B).id


def test_a_bare_number_means_another_track_in_another_table(tmp_path):
    report, catalogue, _ = built(
        tmp_path,
        RowsSource("one", [row(id="7", title="First")]),
        RowsSource("two", [row(id="7", title="Second")]),
    )
    assert (report.merged, report.renamed) == (0, 1)
    assert catalogue.get("7").title == "First"
    assert catalogue.get("two:7").title == "Second"


def test_names_and_numbers_of_one_id_may_come_from_two_tables(tmp_path):
    _, catalogue, _ = built(
        tmp_path,
        RowsSource("names", [{"id": "k7", "title": "A", "artists": ["X"]}]),
        RowsSource("numbers", [{"id": "k7", "energy": 0.3}]),
    )
    assert (catalogue.get("k7").title, catalogue.get("k7").features["energy"]) == ("A", 0.3)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "id": st.sampled_from(["", "a", "b", "7", ID_A, ID_B, "x" * 300]),
                "title": st.sampled_from(["", "A", "A (Live)", "B", "\x00"]),
                "artists": st.sampled_from([[], ["X"], ["X", "Y"]]),
                "duration": st.sampled_from([None, 200.0, 201.0, 400.0, -1, "soon"]),
                "isrc": st.sampled_from(["", "USSM10804556", "bad"]),
                "energy": st.sampled_from([None, 0.5, 7, "?"]),
            }
        ),
        max_size=12,
    ),
    st.lists(st.sampled_from(["a", "7", ID_A]), max_size=4),
)  # fmt: skip
def test_the_counts_always_add_up_and_ids_are_unique(tmp_path_factory, rows, others):
    folder = tmp_path_factory.mktemp("counts")
    sources = [RowsSource("r", rows), RowsSource("o", [row(id=own) for own in others])]
    usable = RowsSource("u", [row(id="usable")])
    report, catalogue, _ = built(folder, *sources, usable)
    assert report.read == len(rows) + len(others) + 1
    ids = [track.id for track in catalogue]
    assert len(ids) == len(set(ids))
    assert all(catalogue.get(own).id == own for own in ids)


# Versions


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


def test_a_folder_without_a_catalogue_says_how_to_build_one(tmp_path):
    with pytest.raises(CatalogueMissing, match="hooklist catalogue build"):
        open_catalogue(tmp_path)


@pytest.fixture
def copied(tmp_path, clusters_dir) -> Path:
    shutil.copytree(clusters_dir, tmp_path / "copy")
    return tmp_path / "copy"


def artefacts() -> list[str]:
    return [
        "tracks.arrow", "space.npz", "vectors.npy", "placed.npy", "songs.npy", "song_hash.npy",
        "song_row.npy", "id_hash.npy", "id_row.npy", "isrc_hash.npy", "isrc_row.npy",
        "artist_codes.npy", "artist_offsets.npy",
    ]  # fmt: skip


def test_the_manifest_lists_every_file_with_its_digest(clusters_dir):
    manifest = open_catalogue(clusters_dir).manifest
    assert sorted(manifest["files"]) == sorted(artefacts())
    assert manifest["counts"]["accepted"] == 240


@pytest.mark.parametrize("name", artefacts())
@pytest.mark.parametrize("damage", ["gone", "cut", "changed"])
def test_a_damaged_file_is_named(copied, name, damage):
    path = copied / "versions" / "000001" / name
    content = path.read_bytes()
    if damage == "gone":
        path.unlink()
    elif damage == "cut":
        path.write_bytes(content[: len(content) // 2])
    else:
        path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(CatalogueCorrupt) as caught:
        open_catalogue(copied)
    assert caught.value.details["file"] == name
    assert caught.value.code == "catalogue.corrupt"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"files": {}}',
        '{"schema": 99, "files": {}}',
        '{"schema": 1, "files": {"../x": {"bytes": 1, "sha256": ""}}}',
    ],
)
def test_a_damaged_manifest_is_named(copied, text):
    (copied / "versions" / "000001" / "manifest.json").write_text(text)
    with pytest.raises(CatalogueCorrupt, match=r"manifest\.json"):
        open_catalogue(copied)


@pytest.mark.parametrize("text", ["", "../../etc", "banana", "000099"])
def test_a_damaged_pointer_is_named(copied, text):
    (copied / "CURRENT").write_text(text)
    with pytest.raises(CatalogueCorrupt, match=r"CURRENT|000099"):
        open_catalogue(copied)


def test_nothing_in_a_catalogue_needs_unpickling(clusters_dir):
    import numpy as np

    for path in (clusters_dir / "versions" / "000001").glob("*.np*"):
        loaded = np.load(path, allow_pickle=False)
        if path.suffix == ".npz":
            assert all(loaded[name].dtype != object for name in loaded.files)


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


def test_the_report_is_plain_json(tmp_path):
    report = build_catalogue([RowsSource("r", [row()])], tmp_path / "c")
    assert json.loads(json.dumps(report.to_json()))["accepted"] == 1
    assert build_module.REJECTS in report.to_json()["rejects"]
