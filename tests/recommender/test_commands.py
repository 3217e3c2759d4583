from __future__ import annotations

import json

import pytest

from recommender import recommend_batch, recommend_seeds
from recommender.errors import BatchUnreadable, CatalogueMissing
from recommender.wishes import Wishes


def answers(tmp_path, catalogue, *lines):
    asked, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    asked.write_bytes(
        b"".join(
            line if isinstance(line, bytes) else f"{json.dumps(line)}\n".encode() for line in lines
        )
    )
    report = recommend_batch(catalogue, asked, out)
    return report, [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]


def test_seeds_are_answered_with_a_playlist(clusters_dir):
    assert len(recommend_seeds(clusters_dir, ["s0000"], Wishes(length=7)).tracks) == 7


def test_a_batch_is_answered_line_by_line(tmp_path, clusters_dir, clusters):
    report, out = answers(
        tmp_path,
        clusters_dir,
        {"seeds": ["s0000"], "k": 5},
        {"seeds": ["s0001", "s0002"], "k": 3, "exclude_seed_artists": True},
    )
    assert (report.lines, report.failed, report.exit_status) == (2, 0, 0)
    expected = clusters.recommend(
        ["s0000"], Wishes(length=5, artist_cap=None, gap=0, titled_only=False, ranked=True)
    )
    assert out[0] == {"tracks": [item.track.id for item in expected.tracks]}
    blind = [clusters.catalogue.get(track) for track in out[1]["tracks"]]
    barred = {clusters.catalogue.get(seed).artists[0] for seed in ("s0001", "s0002")}
    assert len(blind) == 3
    assert not barred & {track.artists[0] for track in blind}


def test_k_is_500_by_default_and_short_answers_are_no_failure(tmp_path, clusters_dir):
    report, out = answers(tmp_path, clusters_dir, {"seeds": ["s0000"]})
    assert len(out[0]["tracks"]) == 239
    assert report.failed == 0


def test_a_bad_line_is_answered_in_its_place_and_the_status_is_1(tmp_path, clusters_dir):
    bad = [
        b"not json\n",
        b"\n",
        b"[]\n",
        b"\xff\xfe\n",
        b"[" * 100_000 + b"\n",
        {"k": 5},
        {"seeds": "s0000"},
        {"seeds": []},
        {"seeds": ["nobody"]},
        {"seeds": [1]},
        {"seeds": ["s0000"], "k": 0},
        {"seeds": ["s0000"], "k": "five"},
        {"seeds": ["s0000"], "exclude_seed_artists": "yes"},
        {"seeds": ["s0000"], "artist_cap": -1},
    ]
    good = {"seeds": ["s0000", "nobody"], "k": 2}
    report, out = answers(tmp_path, clusters_dir, good, *bad, good)
    assert (report.lines, report.failed, report.exit_status) == (len(bad) + 2, len(bad), 1)
    assert len(out[0]["tracks"]) == len(out[-1]["tracks"]) == 2
    assert all(set(line) == {"error", "code"} and line["error"] for line in out[1:-1])
    assert "nobody" in out[9]["error"]


def test_a_batch_may_ask_for_the_rules_of_a_playlist(tmp_path, clusters_dir, clusters):
    _, out = answers(tmp_path, clusters_dir, {"seeds": ["s0000"], "k": 20, "artist_cap": 1})
    artists = [clusters.catalogue.get(track).artists[0] for track in out[0]["tracks"]]
    assert len(set(artists)) == 20


def test_an_empty_batch_has_an_empty_answer(tmp_path, clusters_dir):
    report, out = answers(tmp_path, clusters_dir)
    assert (report.lines, out) == (0, [])


def test_a_missing_batch_is_named_and_nothing_is_written(tmp_path, clusters_dir):
    with pytest.raises(BatchUnreadable, match=r"gone\.jsonl"):
        recommend_batch(clusters_dir, tmp_path / "gone.jsonl", tmp_path / "out.jsonl")
    assert list(tmp_path.iterdir()) == []


def test_a_missing_catalogue_is_named(tmp_path):
    with pytest.raises(CatalogueMissing, match="nowhere"):
        recommend_seeds(tmp_path / "nowhere", ["a"])


def test_a_line_may_have_any_wish(tmp_path, clusters_dir, clusters):
    lines = [
        {"seeds": ["s0000"], "k": 10, "popularity": 1.0},
        {"seeds": ["s0000"], "length": 10, "filters": {"genres": ["metal"]}},
        {"seeds": ["s0000"], "minutes": 30},
        {"seeds": ["s0000", "s0002"], "k": 12, "bridge": True},
        {"seeds": ["s0000"], "k": 6, "kept": {"2": "s0010"}},
        {"seeds": ["s0000"], "k": 8, "exclude": ["s0006"], "note": "passed over"},
    ]
    report, out = answers(tmp_path, clusters_dir, *lines)
    assert report.failed == 0
    catalogue = clusters.catalogue
    found = [[catalogue.get(one) for one in line["tracks"]] for line in out]
    plain = clusters.recommend(["s0000"], Wishes(length=10, artist_cap=None, gap=0, ranked=True))
    assert sum(track.popularity for track in found[0]) > sum(
        item.track.popularity for item in plain.tracks
    )
    assert [track.genre for track in found[1]] == ["metal"] * 10
    assert abs(sum(track.duration for track in found[2]) - 1800) <= 15
    assert (len(found[3]), found[3][0].genre, found[3][-1].genre) == (12, "techno", "metal")
    assert out[4]["tracks"][2] == "s0010"
    assert "s0006" not in out[5]["tracks"]


def test_a_wish_that_cannot_be_met_is_told_on_its_line(tmp_path, clusters_dir):
    lines = [
        {"seeds": ["s0000"], "popularty": 1.0},
        {"seeds": ["s0000"], "exclude_seed_artist": True},
        {"seeds": ["s0000"], "filters": {"year": [1990, 2000]}},
        {"seeds": ["s0000"], "k": 5, "length": 6},
        {"seeds": ["s0000"], "familiarity": 0.5, "exclude_seed_artists": True},
        {"seeds": ["s0000"], "filters": {"years": [2000, 1990]}},
        {"seeds": ["s0000"], "filters": {"genres": ["polka"]}},
        {"seeds": ["s0000"], "curve": "sideways"},
    ]
    report, out = answers(tmp_path, clusters_dir, *lines)
    assert report.failed == len(lines)
    said = [line["error"] for line in out]
    assert '"popularity"' in said[0]
    assert '"exclude_seed_artists"' in said[1]
    assert [line["code"] for line in out].count("recommend.nothing_left") == 1
