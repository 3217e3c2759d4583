"""Which index a catalogue gets, what is measured of it, and what a damaged one says."""

from __future__ import annotations

import json

import numpy as np
import pytest

from recommender.errors import CatalogueCorrupt
from recommender.index import FlatIndex, build_index, choose, open_index
from recommender.index.ivf import CODES
from recommender.index.segments import MOVED


def clouds(count: int = 4_000) -> np.ndarray:
    random = np.random.default_rng(7)
    centres = random.standard_normal((30, 10)) * 2
    picked = centres[random.integers(0, 30, count)]
    return (picked + random.standard_normal((count, 10))).astype(np.float32)


def test_few_vectors_are_compared_one_by_one_and_many_go_into_lists(tmp_path, monkeypatch):
    monkeypatch.setattr(choose, "IVF_FROM", 1_000)
    assert build_index(clouds(999), tmp_path)["kind"] == "flat"
    assert not list(tmp_path.iterdir())
    assert build_index(clouds(1_000), tmp_path)["kind"] == "ivf"
    assert build_index(clouds(1_000), tmp_path, metric="l1")["kind"] == "flat"


def test_the_facts_say_what_recall_was_measured_and_survive_json(tmp_path):
    vectors = clouds()
    facts = json.loads(json.dumps(build_index(vectors, tmp_path, kind="ivf")))
    assert facts["recall_at_30"] >= 0.98
    assert facts["filtered_recall_at_30"] >= 0.98
    assert facts["measured_queries"] >= 100
    index = open_index(tmp_path, vectors, facts)
    assert (index.kind, len(index)) == ("ivf", 4_000)
    assert index.save(tmp_path) == facts, "what was measured stays with the index"


def test_the_measured_recall_is_what_new_queries_get(tmp_path):
    vectors = clouds()
    index = open_index(tmp_path, vectors, build_index(vectors, tmp_path, kind="ivf"))
    queries = vectors[np.random.default_rng(99).integers(0, 4_000, 200)] + np.float32(0.05)
    found, truth = index.search(queries, 30)[1], FlatIndex(vectors).search(queries, 30)[1]
    hits = [np.isin(right, left).mean() for left, right in zip(found, truth, strict=True)]
    assert np.mean(hits) >= 0.98


def test_many_vectors_that_are_the_same_do_no_harm(tmp_path):
    vectors = clouds()
    vectors[::2] = vectors[0]
    facts = build_index(vectors, tmp_path, kind="ivf")
    assert facts["recall_at_30"] >= 0.98
    index = open_index(tmp_path, vectors, facts)
    distances, positions = index.search(vectors[[0, 1, 3]], 40)
    assert (distances[0] < 1e-3).all()
    assert (positions >= 0).all()
    truth = FlatIndex(vectors).search(vectors[[1, 3]], 40)[0]
    np.testing.assert_allclose(distances[1:], truth, atol=0.2)


def test_the_same_vectors_give_the_same_bytes(tmp_path):
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        build_index(clouds(), tmp_path / name, kind="ivf")
    one, other = (tmp_path / name / CODES for name in ("one", "other"))
    assert one.read_bytes() == other.read_bytes()


def test_saving_links_what_has_not_changed(tmp_path):
    vectors = clouds()
    index = open_index(tmp_path, vectors, build_index(vectors, tmp_path, kind="ivf"))
    (tmp_path / "next").mkdir()
    index.save(tmp_path / "next")
    assert (tmp_path / "next" / CODES).samefile(tmp_path / CODES)


@pytest.mark.parametrize("facts", [None, "flat"])
def test_a_catalogue_from_before_opens_flat(tmp_path, facts):
    assert open_index(tmp_path, clouds(9), facts).kind == "flat"


@pytest.mark.parametrize(
    "damage",
    [
        {"kind": "tree"},
        {"metric": "cosine"},
        {"main": 10**9},
        {"main": 3_999},
        {"probes": 7},
        {"depth": "deep"},
        {"removed": 4},
        {"moved": 4_000},
        {"moved": None},
    ],
)
def test_facts_that_make_no_sense_are_told_as_damage(tmp_path, damage):
    vectors = clouds()
    facts = build_index(vectors, tmp_path, kind="ivf")
    with pytest.raises(CatalogueCorrupt):
        open_index(tmp_path, vectors, {**facts, **damage})


@pytest.mark.parametrize("what", ["missing", "cut", "other vectors", "no index"])
def test_a_damaged_file_is_told_by_its_name(tmp_path, what):
    vectors = clouds()
    facts = build_index(vectors, tmp_path, kind="ivf")
    file = tmp_path / CODES
    whole = file.read_bytes()
    file.unlink()
    if what == "cut":
        file.write_bytes(whole[: len(whole) // 2])
    elif what == "no index":
        file.write_bytes(b"\0" * 1_000)
    elif what == "other vectors":
        build_index(clouds(3_000), tmp_path, kind="ivf")
    with pytest.raises(CatalogueCorrupt) as caught:
        open_index(tmp_path, vectors, facts)
    assert caught.value.details["file"] == CODES


@pytest.mark.parametrize(
    "vectors",
    [np.zeros((3, 2)), np.zeros(3, dtype=np.float32), np.zeros((4, 2), dtype=np.float32).T],
)
def test_vectors_of_the_wrong_kind_are_refused(tmp_path, vectors):
    with pytest.raises(ValueError, match="float32"):
        build_index(vectors, tmp_path)


def test_nothing_cannot_be_put_into_lists(tmp_path):
    assert build_index(np.zeros((0, 3), dtype=np.float32), tmp_path, kind="ivf")["kind"] == "flat"


def test_not_every_kind_serves_every_metric(tmp_path):
    with pytest.raises(ValueError, match="l1"):
        build_index(clouds(100), tmp_path, kind="ivf", metric="l1")
    with pytest.raises(ValueError, match="tree"):
        build_index(clouds(100), tmp_path, kind="tree")


def test_where_vectors_moved_to_must_be_where_they_are(tmp_path):
    vectors = clouds()
    index = open_index(tmp_path, vectors, build_index(vectors, tmp_path, kind="ivf"))
    index.remove(np.arange(10))
    index.compact()
    facts = index.save(tmp_path)
    assert open_index(tmp_path, index.vectors, facts).capacity == 3_990
    moved = np.load(tmp_path / MOVED)
    np.save(tmp_path / MOVED, np.roll(moved, 1) * 0)
    with pytest.raises(CatalogueCorrupt, match="moved"):
        open_index(tmp_path, index.vectors, facts)
    (tmp_path / MOVED).unlink()
    with pytest.raises(CatalogueCorrupt, match=MOVED):
        open_index(tmp_path, index.vectors, facts)
