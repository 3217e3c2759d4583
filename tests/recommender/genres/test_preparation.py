"""What each step does to a column, learned on training rows only."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from recommender.genres.errors import GenreOptions, NoFeatures
from recommender.genres.preparation import OTHER, STEPS, fit_preparation, merge_rare
from recommender.genres.table import GenreTable


def table(titles: tuple[str, ...] | None = None, **numbers: Any) -> GenreTable:
    columns = {name: np.asarray(values, np.float64) for name, values in numbers.items()}
    rows = len(next(iter(columns.values())))
    blank = ("",) * rows
    return GenreTable(
        columns, artists=((),) * rows, credits=blank, titles=titles or blank, albums=blank
    )


def test_missing_values_become_the_median_and_an_input_of_their_own() -> None:
    ready = fit_preparation(table(energy=[1, 2, np.nan, 9]), steps=["missing"])
    assert ready.inputs == ("energy", "energy: known")
    assert ready(table(energy=[np.nan, np.inf, 5])).tolist() == [[2, 0], [2, 0], [5, 1]]


def test_without_the_step_medians_are_filled_in_all_the_same() -> None:
    ready = fit_preparation(table(energy=[1, 2, np.nan, 9]), steps=[])
    assert ready(table(energy=[np.nan])).tolist() == [[2]]


def test_outliers_are_set_to_the_bound_of_the_training_rows() -> None:
    ready = fit_preparation(table(energy=[*range(101)]), steps=["iqr"])
    # Quartiles 25 and 75: bounds 25 − 3·50 and 75 + 3·50.
    assert ready(table(energy=[1e9, -1e9, 50])).ravel().tolist() == [225, -125, 50]


def test_skewed_positive_columns_are_logged_and_others_are_not() -> None:
    random = np.random.default_rng(0)
    skewed, even = random.lognormal(0, 1, 500), random.normal(5, 1, 500)
    ready = fit_preparation(table(skewed=skewed, even=even), steps=["log"])
    out = ready(table(skewed=skewed, even=even))
    assert np.corrcoef(out[:, 0], np.log(skewed))[0, 1] > 0.999
    assert np.array_equal(out[:, 1], even)


def test_scaling_is_that_of_the_training_rows() -> None:
    ready = fit_preparation(table(energy=[0, 10], still=[3, 3]), steps=["scale"])
    assert ready(table(energy=[5, 20], still=[3, 4])).tolist() == [[0, 0], [3, 1]]


def test_neighbours_on_the_circle_of_fifths_are_near_and_relative_keys_are_one() -> None:
    ready = fit_preparation(table(key=[*range(12)], mode=[1] * 12), steps=["circle"])
    at = {name: ready.inputs.index(name) for name in ready.inputs if "fifths" in name}
    out = ready(table(key=[0, 7, 6, 9], mode=[1, 1, 1, 0]))[:, list(at.values())]
    c_major, g_major, f_sharp_major, a_minor = out
    assert np.linalg.norm(c_major - g_major) == pytest.approx(2 * np.sin(np.pi / 12))
    assert np.linalg.norm(c_major - f_sharp_major) == pytest.approx(2)
    assert np.allclose(c_major, a_minor)


def test_how_a_title_is_written_is_told() -> None:
    titles = ("봄날", 'Tum Hi Ho (From "Aashiqui 2")', "Sonata No. 11 in A Major, K. 331", "Loop")
    ready = fit_preparation(table(titles, energy=[1, 2, 3, 4]), steps=["writing"])
    out = ready(table(titles, energy=[1, 2, 3, 4]))

    def column(name: str) -> list[bool]:
        return (out[:, ready.inputs.index(f"title: {name}")] > 0).tolist()

    assert column("hangul") == [True, False, False, False]
    assert column("from a film") == [False, True, False, False]
    assert column("catalogue of works") == [False, False, True, False]


def test_rare_classes_become_one_and_a_single_rare_one_stays_itself() -> None:
    labels = ("rock",) * 60 + ("polka",) * 3 + ("yodel",) * 2
    merged, count = merge_rare(labels)
    assert (merged.count("rock"), merged.count(OTHER), count) == (60, 5, 2)
    assert merge_rare(("rock",) * 60 + ("polka",)) == (("rock",) * 60 + ("polka",), 0)


def test_small_classes_of_a_small_table_are_not_rare() -> None:
    labels = ("rock",) * 12 + ("polka",) * 8 + ("yodel",) * 9
    assert merge_rare(labels) == (labels, 0)


@pytest.mark.parametrize("steps", [[], list(STEPS), ["scale"], ["log", "iqr"]])
def test_what_comes_out_is_finite_whatever_goes_in(steps: list[str]) -> None:
    wild = table(energy=[np.nan, np.inf, -np.inf, 0, 1e300], key=[0, 5, np.nan, 3, 11])
    ready = fit_preparation(table(energy=[0, 0, 1, 2, 3], key=[0, 1, 2, 3, 4]), steps=steps)
    assert np.isfinite(ready(wild)).all()


def test_an_unknown_step_and_rows_without_any_value_are_refused() -> None:
    with pytest.raises(GenreOptions, match="sparkle"):
        fit_preparation(table(energy=[1, 2]), steps=["sparkle"])
    with pytest.raises(NoFeatures):
        fit_preparation(table(energy=[np.nan, np.nan]))
    with pytest.raises(NoFeatures, match="energy"):
        fit_preparation(table(energy=[1, 2]))(table(tempo=[1]))
