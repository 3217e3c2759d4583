"""What a catalogue is on disk: files with digests, damage that is named."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from recommender import open_catalogue
from recommender.errors import (
    CatalogueCorrupt,
    CatalogueMissing,
)


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
