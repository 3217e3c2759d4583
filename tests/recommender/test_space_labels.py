"""What an artist's labelled tracks tell of its others."""

from __future__ import annotations

import numpy as np

from recommender.space.artists import Artists
from recommender.space.labels import soft_labels
from recommender.space.pairs import ClassPairs


def told(classes, names):
    soft = soft_labels(np.array(classes), Artists.of(names))
    triples = zip(soft.rows, soft.classes, soft.confidence, strict=True)
    return {(int(row), int(label)): round(float(sure), 6) for row, label, sure in triples}


def test_a_rows_own_label_is_sure_and_nothing_is_added_to_it():
    assert told([3, 1], [["a"], ["a"]]) == {(0, 3): 1.0, (1, 1): 1.0}


def test_an_unlabelled_row_is_told_by_its_artists_others_the_surer_the_more_agree():
    assert told([0, -1], [["a"], ["a"]])[1, 0] == 0.5
    assert told([0, 0, 0, -1], [["a"]] * 4)[3, 0] == 0.75
    mixed = told([0, 0, 1, -1], [["a"]] * 4)
    assert (mixed[3, 0], mixed[3, 1]) == (0.5, 0.25)


def test_two_artists_share_what_they_tell():
    assert told([0, -1], [["a"], ["a", "b"]])[1, 0] == 0.25


def test_nothing_is_told_without_any_label_or_artist():
    assert told([-1, -1], [["a"], ["a"]]) == {}
    assert told([0, -1], [["a"], []]) == {(0, 0): 1.0}


def test_pairs_are_drawn_as_often_as_both_are_believed():
    confidence = np.array([1.0, 1.0, 0.1, 0.1])
    pairs = ClassPairs(np.arange(4), np.zeros(4, dtype=np.int64), confidence)
    left, right, _ = pairs(np.random.default_rng(0), 4_000)
    assert len(left) == 4_000
    sure = (left < 2) & (right < 2)
    unsure = (left >= 2) & (right >= 2)
    assert sure.mean() > 0.4
    assert unsure.mean() < 0.05


def test_pairs_come_however_little_is_believed():
    pairs = ClassPairs(np.arange(3), np.zeros(3, dtype=np.int64), np.full(3, 1e-6))
    assert len(pairs(np.random.default_rng(0), 50)[0]) == 50
