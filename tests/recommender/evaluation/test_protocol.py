from __future__ import annotations

import json

import numpy as np
import pytest

from recommender.errors import EvaluationDataMissing, PlaylistsUnreadable
from recommender.evaluation.data import EvaluationData, read_data
from recommender.evaluation.protocol import FOLDS, SEEDS, draw_cases, training_playlists
from recommender.evaluation.rankers import ranked_list
from recommender.human_playlists import HumanPlaylist
from recommender.space.artists import Artists


@pytest.fixture
def data():
    random = np.random.default_rng(0)
    playlists = tuple(
        HumanPlaylist("people", f"p{n}", random.choice(400, 15 + n, replace=False))
        for n in range(20)
    )
    names = [[f"artist {row % 50}"] for row in range(400)]
    return EvaluationData(None, Artists.of(names), playlists)


def test_seeds_and_targets_are_a_playlist_taken_apart(data):
    for case in draw_cases(data, "people"):
        rows = np.concatenate([case.seeds, case.targets])
        assert len(case.seeds) == SEEDS
        assert sorted(rows) == sorted(data.playlists[case.playlist].rows)


def test_blind_targets_have_other_artists_than_the_seeds(data):
    for case in draw_cases(data, "people"):
        seed_artists = set(case.seeds % 50)
        assert all(row % 50 not in seed_artists for row in case.blind_targets)
        assert all(row % 50 in seed_artists for row in case.barred)
        assert set(case.seeds) <= set(case.barred)


def test_short_playlists_and_other_sources_are_not_asked_about(data):
    short = HumanPlaylist("people", "short", np.arange(14))
    other = HumanPlaylist("others", "other", np.arange(30))
    more = EvaluationData(None, data.artists, (*data.playlists, short, other))
    assert {case.playlist for case in draw_cases(more, "people")} == set(range(20))


def test_the_same_seed_draws_the_same_questions(data):
    one, two = draw_cases(data, "people", seed=4), draw_cases(data, "people", seed=4)
    assert all(
        (a.seeds == b.seeds).all() and a.fold == b.fold for a, b in zip(one, two, strict=True)
    )
    other = draw_cases(data, "people", seed=5)
    assert any((a.seeds != b.seeds).any() for a, b in zip(one, other, strict=True))


def test_a_playlist_keeps_its_fold_over_the_draws(data):
    folds = {}
    for case in draw_cases(data, "people", draws=3):
        assert folds.setdefault(case.playlist, case.fold) == case.fold
    assert set(folds.values()) == set(range(FOLDS))


def test_nothing_is_learned_from_the_playlists_that_are_asked_about(data):
    cases = draw_cases(data, "people")
    for fold in range(FOLDS):
        held = [data.playlists[case.playlist].rows for case in cases if case.fold == fold]
        learned = {tuple(rows) for rows in training_playlists(data, cases, fold)}
        assert len(learned) + len(held) == len(data.playlists)
        assert not any(tuple(rows) in learned for rows in held)


def test_nor_from_copies_of_them_under_another_name(data):
    copy = HumanPlaylist("others", "copy", data.playlists[0].rows[:10])
    more = EvaluationData(None, data.artists, (*data.playlists, copy))
    cases = draw_cases(more, "people")
    fold = next(case.fold for case in cases if case.playlist == 0)
    assert not any(set(rows) == set(copy.rows) for rows in training_playlists(more, cases, fold))


def test_a_ranking_leaves_out_what_is_excluded_and_keeps_ties_in_order():
    distances = np.array([[3.0, 1.0, 1.0, 0.0, 2.0]], dtype=np.float32)
    excluded = np.array([False, False, False, True, False])
    assert ranked_list(distances, excluded, 3).tolist() == [1, 2, 4]
    assert ranked_list(distances, excluded, 99).tolist() == [1, 2, 4, 0]


def test_rankings_of_single_seeds_are_taken_in_turn_each_track_once():
    distances = np.array([[0, 1, 2, 3], [1, 0, 3, 2]], dtype=np.float32)
    assert ranked_list(distances, np.zeros(4, bool), 4).tolist() == [0, 1, 2, 3]
    distances = np.array([[0, 1, 2, 3], [0, 3, 2, 1]], dtype=np.float32)
    assert ranked_list(distances, np.zeros(4, bool), 3).tolist() == [0, 1, 3]


def test_what_is_infinitely_far_does_not_come():
    distances = np.array([[np.inf, 1.0]], dtype=np.float32)
    assert ranked_list(distances, np.zeros(2, bool)).tolist() == [1]


def test_a_folder_without_tracks_is_refused_with_what_was_looked_for(tmp_path):
    with pytest.raises(EvaluationDataMissing, match=r"tracks\.csv\.gz"):
        read_data(tmp_path)


def test_a_broken_line_of_the_playlists_is_named(tmp_path):
    (tmp_path / "tracks.csv").write_text("id,title\na,A\nb,B\n")
    path = tmp_path / "playlists.jsonl"
    path.write_text(json.dumps({"tracks": ["a"]}) + "\n{broken\n")
    with pytest.raises(PlaylistsUnreadable, match="line 2"):
        read_data(tmp_path)
    path.write_text('{"tracks": ["a", "b", "a", "unknown", 7]}\n')
    (found,) = read_data(tmp_path).playlists
    assert found.rows.tolist() == [0, 1]
