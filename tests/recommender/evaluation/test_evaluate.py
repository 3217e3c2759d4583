"""The whole command on a small made-up catalogue whose playlists keep to its clusters."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime

import numpy as np
import pytest

from recommender.errors import EvaluationDataMissing
from recommender.evaluation import suite
from recommender.evaluation.commands import evaluate_recommender
from recommender.evaluation.data import read_data


@pytest.fixture(scope="module")
def folder(songs, write_csv, tmp_path_factory):
    folder = tmp_path_factory.mktemp("evaluation")
    rows = songs(600)
    write_csv(folder / "tracks.csv", rows)
    random = np.random.default_rng(0)
    lines = []
    for number in range(12):
        cluster = [row["id"] for row in rows if int(row["id"][1:]) % 6 == number % 6]
        source = "tidytuesday" if number >= 9 else "listeners"
        tracks = random.choice(cluster, 25, replace=False).tolist()
        lines.append(json.dumps({"source": source, "tracks": [*tracks, "not known"]}))
    (folder / "playlists.jsonl").write_text("\n".join(lines) + "\n")
    return folder


@pytest.fixture(scope="module")
def report(folder, tmp_path_factory):
    out = tmp_path_factory.mktemp("report") / "deep" / "er"
    clock = datetime(2026, 11, 21, tzinfo=UTC)
    return evaluate_recommender(folder, out, served=True, now=lambda: clock)


def test_each_source_is_measured_with_and_without_genres_but_for_what_would_leak(report):
    found = {(one.source, one.genres) for one in report.sources}
    assert found == {("listeners", True), ("listeners", False), ("tidytuesday", False)}


def test_what_knows_the_clusters_beats_chance_and_random_does_not(report):
    first = report.sources[0]
    chance = first.chance["NDCG@500"]
    assert first.measured[suite.RANDOM].mean("NDCG@500") == pytest.approx(chance, rel=0.4)
    for name in (suite.BASE, suite.LEARNED, suite.LISTENED, suite.EARLIER):
        assert first.measured[name].mean("R-precision") > 3 * first.chance["R-precision"]


def test_the_formula_and_the_served_catalogue_agree(report):
    first = report.sources[0]
    formula, served = first.measured[suite.LEARNED], first.measured[suite.SERVED]
    for metric in ("R-precision", "recall@100", "blind recall@30"):
        assert served.mean(metric) == pytest.approx(formula.mean(metric), abs=0.08)


def test_the_report_and_the_tables_say_the_same(report):
    text = report.path.read_text()
    first = report.sources[0]
    for name, measured in first.measured.items():
        assert f"| {name} | {measured.mean('R-precision'):.4f} (" in text
    with (report.path.parent / "metrics.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    (row,) = [
        row
        for row in rows
        if row["source"] == "listeners"
        and row["genres"] == "given"
        and row["ranking"] == suite.LEARNED
        and row["metric"] == "recall@500"
    ]
    assert float(row["value"]) == pytest.approx(first.measured[suite.LEARNED].mean("recall@500"))
    assert float(row["low"]) <= float(row["value"]) <= float(row["high"])
    assert "2026-11-21" in text
    for plot in report.path.parent.glob("*.svg"):
        assert f"]({plot.name})" in text


def test_blanked_genres_are_nowhere_to_be_seen(folder):
    blanked = suite.without_genres(read_data(folder))
    assert set(blanked.table.column("genre").to_pylist()) == {""}
    assert set(blanked.table.column("subgenre").to_pylist()) == {""}


def test_the_earlier_systems_metrics_are_given_where_the_table_has_the_columns(report):
    shares = report.sources[0].shares[suite.EARLIER]
    assert shares["CorrectGenreShare"] > 0.9
    assert np.isnan(report.sources[1].shares[suite.EARLIER]["CorrectGenreShare"])
    assert 0.0 <= shares["CorrectArtistShare"] <= 1.0
    assert shares["YearMeanDiff"] >= 0.0


def test_playlists_that_are_too_short_are_refused_with_the_reason(folder, tmp_path):
    (tmp_path / "tracks.csv").write_bytes((folder / "tracks.csv").read_bytes())
    (tmp_path / "playlists.jsonl").write_text('{"tracks": ["s0001"]}\n')
    with pytest.raises(EvaluationDataMissing, match="15 tracks"):
        evaluate_recommender(tmp_path, tmp_path / "out")
