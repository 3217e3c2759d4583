"""Rows are added to a catalogue and taken out of it, with no fit and no new index."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recommender import (
    Recommender,
    RecommenderHolder,
    RowsSource,
    append_to_catalogue,
    build_catalogue,
    open_catalogue,
    remove_from_catalogue,
)
from recommender.errors import CatalogueBusy, CatalogueCorrupt, CatalogueEmpty, CatalogueMissing
from recommender.index import choose
from recommender.wishes import Wishes

Songs = Callable[..., list[dict[str, Any]]]


def rows_named(songs: Songs, prefix: str, count: int, seed: int = 9) -> list[dict[str, Any]]:
    """Return other tracks by the same artists."""
    return [
        {**row, "id": f"{prefix}{row['id']}", "title": f"{prefix} {row['title']}"}
        for row in songs(count, seed)
    ]


def add(out: Path, rows: Iterable[Mapping[str, Any]], name: str = "more"):
    return append_to_catalogue([RowsSource(name, list(rows))], out)


def folder_of(out: Path) -> Path:
    return open_catalogue(out).folder


def neighbours(recommender: Recommender, track_id: str, count: int = 8) -> list[str]:
    """Return the ids of the tracks nearest to one, by comparing with every live vector."""
    index, placed = recommender.index, recommender.placed
    rows, vectors = recommender.vectors_of([recommender.catalogue.row_of(track_id)])
    assert rows
    _, at = index.search(vectors, count)
    found = [int(placed[one]) for one in at[0] if one >= 0]
    return [recommender.catalogue.text("id", row) for row in found]


def assert_consistent(out: Path, ids: Sequence[str]) -> Recommender:
    """Hold every kept part of a catalogue to the others."""
    recommender = Recommender.open(out)
    catalogue, placed = recommender.catalogue, recommender.placed
    assert [track.id for track in catalogue] == list(ids)
    assert catalogue.manifest["counts"]["accepted"] == len(ids)
    assert (np.diff(placed) > 0).all()
    assert len(placed) == len(recommender.index) == recommender.index.capacity
    assert len(placed) == len(recommender.vectors) == catalogue.manifest["space"]["placed"]
    for number, one in enumerate(ids):
        assert catalogue.row_of(one) == number
        track = catalogue.row(number)
        if track.isrc:
            assert number in catalogue.by_isrc(track.isrc)
        rows, vectors = recommender.vectors_of([number])
        if rows:
            far, at = recommender.index.search(vectors, 1)
            assert far[0, 0] < 1e-3
            twin = recommender.vectors[at[0, 0]]
            np.testing.assert_allclose(twin, vectors[0], atol=1e-3)
        assert len(catalogue.artists_of(number)) == len(set(track.artists))
    return recommender


@pytest.fixture(params=["base", "learned"])
def space(request) -> str:
    return request.param


@pytest.fixture(scope="session")
def built(tmp_path_factory, songs: Songs) -> Callable[[str], Path]:
    """Return the folder of a catalogue of 120 tracks in a space, built once; not to be changed."""
    folders: dict[str, Path] = {}

    def of(space: str) -> Path:
        if space not in folders:
            folders[space] = tmp_path_factory.mktemp(space)
            build_catalogue([RowsSource("first", songs(120))], folders[space], space=space)
        return folders[space]

    return of


@pytest.fixture
def out(tmp_path: Path, built: Callable[[str], Path], space: str) -> Path:
    """Return the folder of a catalogue of 120 tracks, to be changed."""
    return Path(shutil.copytree(built(space), tmp_path / "c"))


FIRST = [f"s{number:04d}" for number in range(120)]


def test_added_tracks_are_found_and_recommended(out, songs):
    before = Recommender.open(out)
    more = rows_named(songs, "new-", 30)
    report = add(out, more)
    assert (report.read, report.new, report.merged, report.rejected) == (30, 30, 0, 0)
    assert report.version == "000002"
    now = assert_consistent(out, [*FIRST, *(row["id"] for row in more)])
    assert now.catalogue.search("new- song 3", 3)[0].id == "new-s0003"
    playlist = now.recommend(["s0003", "s0009"], Wishes(length=60))
    assert any(item.track.id.startswith("new-") for item in playlist.tracks)
    assert len(before.catalogue) == 120, "who had the old version goes on reading it"


def test_a_vector_that_was_there_stays_and_a_new_one_stands_by_its_artist(out, songs, space):
    before = Recommender.open(out)
    add(out, rows_named(songs, "new-", 30))
    now = Recommender.open(out)
    np.testing.assert_array_equal(now.vectors[:120], before.vectors)
    near = neighbours(now, "new-s0005", 12)
    genre = now.catalogue.get("new-s0005").genre
    same = [now.catalogue.get(one).genre == genre for one in near]
    assert np.mean(same) >= 0.75


def test_the_space_is_not_fitted_again(out, songs, monkeypatch):
    from recommender import space as spaces

    monkeypatch.setattr(spaces, "fit_space", lambda *a, **k: pytest.fail("fitted"))
    monkeypatch.setattr(choose, "build_index", lambda *a, **k: pytest.fail("indexed"))
    old = folder_of(out) / "space.npz"
    add(out, rows_named(songs, "new-", 3))
    assert (folder_of(out) / "space.npz").samefile(old)


def test_what_was_removed_is_gone_everywhere(out):
    gone = ["s0003", "s0004", "s0119"]
    report = remove_from_catalogue(gone, out)
    assert (report.removed, report.unknown, report.tracks) == (3, (), 117)
    now = assert_consistent(out, [one for one in FIRST if one not in gone])
    assert all(now.catalogue.row_of(one) is None for one in gone)
    assert now.catalogue.search("song 119", 3) == () or all(
        track.id != "s0119" for track in now.catalogue.search("song 119", 3)
    )
    listed = now.recommend(["s0009"], Wishes(length=100)).tracks
    assert not {item.track.id for item in listed} & set(gone)


def test_ids_that_are_not_there_are_told_and_the_others_removed(out):
    report = remove_from_catalogue(["s0001", "nobody", "s0001"], out)
    assert (report.removed, report.unknown) == (1, ("nobody",))


def test_removing_nothing_makes_no_version(out):
    report = remove_from_catalogue(["nobody"], out)
    assert (report.removed, report.version) == (0, "000001")
    assert folder_of(out).name == "000001"


def test_a_catalogue_cannot_be_emptied(out):
    with pytest.raises(CatalogueEmpty, match="left"):
        remove_from_catalogue(FIRST, out)
    assert len(open_catalogue(out)) == 120


def test_a_duplicate_goes_into_the_row_that_is_there(out, songs):
    report = add(out, songs(120)[:5], "first")
    assert (report.new, report.merged, report.version) == (0, 5, "000001")
    assert_consistent(out, FIRST)


def test_a_duplicate_fills_what_is_unknown_and_keeps_its_vector(out, songs):
    vector = Recommender.open(out).vectors[7].copy()
    known = {**songs(120)[7], "isrc": "DEA120000001"}
    report = add(out, [known], "labels")
    assert (report.new, report.merged, report.tracks) == (0, 1, 120)
    now = assert_consistent(out, [one for one in FIRST if one != "s0007"] + ["s0007"])
    assert now.catalogue.get("s0007").isrc == "DEA120000001"
    assert now.catalogue.get("s0007").source == "first"
    np.testing.assert_array_equal(now.vectors_of([119])[1][0], vector)


def test_a_row_without_features_gets_its_place_when_they_come(tmp_path, songs):
    whole = songs(60)
    bare = {"id": whole[5]["id"], "title": whole[5]["title"], "artists": whole[5]["artists"]}
    first = [*whole[:5], bare, *whole[6:]]
    build_catalogue([RowsSource("first", first)], tmp_path, space="base")
    assert Recommender.open(tmp_path).vectors_of([5])[0] == []
    add(tmp_path, [whole[5]], "features")
    ids = [row["id"] for row in whole]
    now = assert_consistent(tmp_path, [one for one in ids if one != "s0005"] + ["s0005"])
    assert now.vectors_of([59])[0] == [59]


def test_a_removed_row_never_lends_its_place_to_a_row_without_features(tmp_path, songs):
    whole = songs(30)
    rows = [whole[0], {"id": "bare", "title": "Bare"}, *whole[1:]]
    build_catalogue([RowsSource("first", rows)], tmp_path, space="base")
    remove_from_catalogue([whole[1]["id"], whole[0]["id"]], tmp_path)
    ids = ["bare", *(row["id"] for row in whole[2:])]
    now = assert_consistent(tmp_path, ids)
    assert now.vectors_of([0])[0] == []


def test_rows_of_one_recording_by_isrc_or_by_name_become_one(out, songs):
    by_name = {**songs(120)[11], "id": "other-id"}
    report = add(out, [by_name], "elsewhere")
    assert (report.new, report.merged) == (0, 1)
    assert open_catalogue(out).get("other-id").id == "s0011"
    again = add(out, [by_name], "elsewhere")
    assert (again.new, again.merged) == (0, 1), "an id that was merged is known"
    assert again.version == report.version
    remove_from_catalogue(["other-id"], out)
    assert open_catalogue(out).get("s0011") is None


def test_an_id_that_means_another_track_gets_its_sources_name_once(tmp_path, songs):
    numbered = [{**row, "id": str(at)} for at, row in enumerate(songs(30))]
    build_catalogue([RowsSource("first", numbered)], tmp_path, space="base")
    others = [
        {"id": "3", "title": "Quite another", "artists": ["Somebody"], "genre": "folk"},
        {"id": "40", "title": "New", "artists": ["Somebody"], "genre": "folk"},
    ]
    report = add(tmp_path, others, "more")
    assert (report.new, report.renamed) == (2, 1)
    assert open_catalogue(tmp_path).get("more:3").title == "Quite another"
    again = add(tmp_path, others, "more")
    assert (again.new, again.merged) == (0, 2)
    assert_consistent(tmp_path, [*(str(at) for at in range(30)), "more:3", "40"])


def test_bad_rows_are_listed_and_the_good_ones_added(out, songs):
    report = add(out, [*rows_named(songs, "new-", 2), {"artists": ["Nobody"]}, "nonsense"])
    assert (report.read, report.new, report.rejected) == (4, 2, 2)
    assert "neither an id nor a title" in report.rejects.read_text()
    with pytest.raises(CatalogueEmpty, match="No usable"):
        add(out, [{"artists": ["Nobody"]}])
    assert len(open_catalogue(out)) == 122


def test_the_manifest_tells_what_came_since_the_build(out, songs):
    add(out, rows_named(songs, "a-", 10))
    remove_from_catalogue(["s0001", "a-s0001"], out)
    report = add(out, rows_named(songs, "b-", 5))
    assert report.since_build == {"added": 15, "removed": 2}
    manifest = open_catalogue(out).manifest
    counts = manifest["counts"]
    assert counts == {
        "read": 135, "accepted": 133, "merged": 0, "rejected": 0, "removed": 2,
    }  # fmt: skip
    assert [source["name"] for source in manifest["sources"]] == ["first", "more", "more"]
    assert manifest["space"]["placed"] == 133


def test_after_many_changes_all_is_as_if_built_of_what_is_left(out, songs):
    random = np.random.default_rng(4)
    ids = list(FIRST)
    for step in range(6):
        more = rows_named(songs, f"{step}-", 20, seed=step)
        add(out, more)
        ids += [row["id"] for row in more]
        gone = set(random.permutation(ids)[:15].tolist())
        remove_from_catalogue(gone, out)
        ids = [one for one in ids if one not in gone]
        now = assert_consistent(out, ids)
    assert not {i.track.id for i in now.recommend(ids[:2], Wishes(length=150)).tracks} - set(ids)
    assert len(list((out / "versions").iterdir())) == 2, "old versions are pruned"


def test_a_new_build_starts_afresh(out, songs):
    add(out, rows_named(songs, "new-", 10))
    remove_from_catalogue(["s0001"], out)
    build_catalogue([RowsSource("first", songs(50))], out, space="base")
    manifest = open_catalogue(out).manifest
    assert "since_build" not in manifest
    assert_consistent(out, FIRST[:50])


def test_a_large_catalogues_lists_are_kept_under_a_second_name(tmp_path, songs, monkeypatch):
    monkeypatch.setattr(choose, "IVF_FROM", 500)
    build_catalogue([RowsSource("first", songs(1_500))], tmp_path, space="base")
    lists = (folder_of(tmp_path) / "index_ivf.faiss").stat()
    add(tmp_path, rows_named(songs, "new-", 12))
    remove_from_catalogue(["s0001"], tmp_path)
    assert os.path.samestat((folder_of(tmp_path) / "index_ivf.faiss").stat(), lists)
    now = Recommender.open(tmp_path)
    assert (now.index.kind, len(now.index), now.index.capacity) == ("ivf", 1_511, 1_511)
    assert neighbours(now, "new-s0003", 1) == ["new-s0003"]


def test_there_has_to_be_a_catalogue(tmp_path, songs):
    with pytest.raises(CatalogueMissing):
        add(tmp_path / "none", songs(3))
    with pytest.raises(CatalogueMissing):
        remove_from_catalogue(["s0001"], tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_two_cannot_write_at_once(out, songs):
    from recommender.catalogue.artefacts import build_lock

    with build_lock(out), pytest.raises(CatalogueBusy):
        add(out, songs(3))


def test_a_damaged_catalogue_is_not_carried_on(out, songs):
    (folder_of(out) / "placed.npy").unlink()
    with pytest.raises(CatalogueCorrupt, match=r"placed\.npy"):
        add(out, rows_named(songs, "new-", 3))


def test_playlists_are_made_while_versions_come_and_go(tmp_path, songs):
    build_catalogue([RowsSource("first", songs(240))], tmp_path, space="base")
    holder = RecommenderHolder(tmp_path, check_seconds=0.0)
    holder.get()
    seeds, wrong, made, stop = ["s0010", "s0016"], [], [], threading.Event()

    def recommend() -> None:
        while not stop.is_set():
            try:
                recommender = holder.get()
                playlist = recommender.recommend(seeds, Wishes(length=20))
                ids = [item.track.id for item in playlist.tracks]
                if len(set(ids)) != 20 or not all(one in recommender.catalogue for one in ids):
                    wrong.append(f"{playlist.version}: {ids}")
                made.append(playlist.version)
            except Exception as error:
                wrong.append(repr(error))
                return

    threads = [threading.Thread(target=recommend) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        for step in range(5):
            add(tmp_path, rows_named(songs, f"{step}-", 12, seed=step))
            remove_from_catalogue([f"s{100 + step:04d}", f"{step}-s0001"], tmp_path)
            holder.wait(20)
        build_catalogue([RowsSource("first", songs(120))], tmp_path, space="base")
        holder.get()
        holder.wait(20)
    finally:
        stop.set()
        for thread in threads:
            thread.join(30)
    assert wrong == []
    assert holder.last_error is None
    assert len(holder.get().catalogue) == 120
    assert len(set(made)) >= 3, "several versions answered"
