"""No artist is both learned from and asked about, unless the split says that it leaks."""

from __future__ import annotations

import numpy as np

from recommender.genres.splits import folds_of, groups_of, random_folds
from recommender.genres.table import GenreTable


def table(*credits: str) -> GenreTable:
    names = tuple(tuple(part for part in text.split(";") if part) for text in credits)
    blank = ("",) * len(credits)
    return GenreTable({}, artists=names, credits=credits, titles=blank, albums=blank)


def test_spellings_of_one_artist_are_one_group() -> None:
    groups = groups_of(table("The Beatles", "beatles", "Björk", "Bjork"), "by artist")
    assert groups.tolist() == [0, 0, 1, 1]


def test_only_the_first_artist_counts_unless_all_credits_are_connected() -> None:
    songs = table("A;B", "B", "C;B", "D")
    assert len(set(groups_of(songs, "by artist"))) == 4
    connected = groups_of(songs, "by connected artists")
    assert connected[0] == connected[1] == connected[2] != connected[3]


def test_a_credit_as_written_tells_apart_what_an_artist_does_with_others() -> None:
    assert groups_of(table("A;B", "A", "A;B"), "by credit as written").tolist() == [0, 1, 0]


def test_rows_without_an_artist_are_groups_of_their_own() -> None:
    assert len(set(groups_of(table("", "", "A"), "by artist"))) == 3


def test_a_group_is_never_split_and_classes_are_spread_over_the_folds() -> None:
    random = np.random.default_rng(1)
    groups = np.repeat(np.arange(60), 5)
    classes = np.repeat(random.integers(0, 3, 60), 5)
    folds = folds_of(classes, groups, 5, seed=2)
    assert all(len(set(folds[groups == one])) == 1 for one in range(60))
    shares = [np.mean(classes[folds == fold] == 0) for fold in range(5)]
    assert max(shares) - min(shares) < 0.15
    assert np.bincount(folds).min() >= 40


def test_the_same_seed_deals_the_same_folds() -> None:
    classes, groups = np.arange(40) % 2, np.arange(40)
    assert np.array_equal(folds_of(classes, groups, 4), folds_of(classes, groups, 4))
    assert not np.array_equal(random_folds(classes, 4), random_folds(classes, 4, seed=1))


def test_the_random_split_has_every_class_in_every_fold() -> None:
    classes = np.repeat([0, 1, 2], [50, 10, 5])
    folds = random_folds(classes, 5)
    assert all(set(classes[folds == fold]) == {0, 1, 2} for fold in range(5))
