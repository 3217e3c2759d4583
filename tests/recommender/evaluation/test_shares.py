"""Golden values of the earlier system's metrics, worked by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from recommender.evaluation import shares


def test_the_genre_share_counts_equal_genres():
    assert shares.correct_genre_share(
        ["pop", "rock"], [["pop", "rap", "pop"], ["rock", "folk", "jazz"]]
    ) == pytest.approx(3 / 6)


def test_pairs_with_an_unknown_genre_are_left_out():
    assert shares.correct_genre_share(["pop", ""], [["pop", ""], ["pop", "rap"]]) == 1.0
    assert math.isnan(shares.correct_genre_share([""], [["pop"]]))


def test_the_multiple_genre_share_asks_for_one_in_common():
    queries = [["pop", "rnb"], ["jazz"]]
    found = [[["pop", "rock"], ["country", "rnb"], ["metal"]], [["folk"], ["jazz"], ["soul"]]]
    assert shares.correct_multiple_genre_share(queries, found) == pytest.approx(3 / 6)


def test_the_album_share_counts_equal_albums():
    assert shares.correct_album_share(["A"], [["A", "B", "A", "C"]]) == 0.5


def test_the_artist_share_asks_for_one_in_common():
    assert shares.correct_artist_share([{"x", "y"}], [[{"y", "z"}, {"z"}]]) == 0.5


def test_the_year_difference_is_in_years():
    apart = shares.year_mean_diff(np.array([2000.0]), [np.array([1990.0, 2002.0, np.nan])])
    assert apart == pytest.approx(6.0)


def test_the_sound_difference_is_the_length_of_the_relative_differences():
    query = np.array([[0.5, 100.0]])
    # |0.5 − 0.25| / 0.5 = 0.5 and |100 − 125| / 125 = 0.2.
    found = [np.array([[0.25, 125.0]])]
    assert shares.sound_parameters_diff(query, found) == pytest.approx(math.hypot(0.5, 0.2))


def test_loudness_is_divided_by_the_louder_of_the_two():
    found = [np.array([[-5.0]])]
    assert shares.sound_parameters_diff(np.array([[-10.0]]), found) == pytest.approx(1.0)


def test_equal_zeros_do_not_differ_and_unknown_values_do_not_count():
    query = np.array([[0.0, np.nan]])
    assert shares.sound_parameters_diff(query, [np.array([[0.0, 1.0]])]) == 0.0
    assert math.isnan(shares.sound_parameters_diff(query, [np.array([[np.nan, 1.0]])]))
