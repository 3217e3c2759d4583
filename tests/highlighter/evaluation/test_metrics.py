"""Scores of clips and curves, against values worked out by hand and by others."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from highlighter.evaluation.metrics import (
    best_iou,
    best_precision,
    each_second,
    frame_auc,
    frame_f1,
    mean_of_starts,
    merged,
    scores,
    seconds_of_chorus,
    share_of,
    smoothed_to_unit,
)

TWO = ((60.0, 80.0), (120.0, 160.0))


@pytest.mark.parametrize(
    ("shift", "golden"), [(0.0, 1.0), (3.0, 27 / 33), (10.0, 0.5), (15.0, 1 / 3)]
)
def test_two_windows_of_one_length_overlap_by_thirty_less_over_thirty_more(
    shift: float, golden: float
) -> None:
    assert scores(40.0 + shift, 70.0 + shift, [(40.0, 70.0)]).iou == pytest.approx(golden)


def test_the_share_inside_counts_every_chorus_and_the_ratio_only_the_best() -> None:
    # From 70 to 130 s: 10 s of the first chorus and 10 of the second.
    found = scores(70.0, 130.0, TWO)
    assert found.precision == pytest.approx(20 / 60)
    assert found.hit50 == 0.0
    assert found.iou == pytest.approx(max(10 / (60 + 20 - 10), 10 / (60 + 40 - 10)))
    assert found.st3 == 0.0


def test_half_inside_is_a_hit_in_spite_of_rounding() -> None:
    assert scores(45.1, 75.1, [(60.1, 80.0)]).hit50 == 1.0
    assert scores(45.0, 75.0, [(60.1, 80.0)]).hit50 == 0.0


@pytest.mark.parametrize(("start", "near"), [(57.0, 1.0), (63.0, 1.0), (56.9, 0.0), (63.1, 0.0)])
def test_a_start_is_near_within_three_seconds_on_either_side(start: float, near: float) -> None:
    assert scores(start, start + 30.0, TWO).st3 == near


def test_choruses_less_than_two_seconds_apart_are_one() -> None:
    assert merged([(30.0, 40.0), (10.0, 20.0), (21.9, 28.0)]) == ((10.0, 28.0), (30.0, 40.0))
    assert merged([(10.0, 20.0), (12.0, 15.0)]) == ((10.0, 20.0),)
    # The start of the second half is then no start of a chorus.
    assert scores(40.0, 70.0, [(10.0, 39.0), (40.0, 70.0)]).st3 == 0.0


def test_the_clip_counts_as_long_as_it_is() -> None:
    assert scores(60.0, 90.0, TWO).precision == pytest.approx(20 / 30)
    assert scores(60.0, 80.0, TWO).precision == 1.0


@pytest.mark.parametrize(
    ("start", "end", "choruses", "duration"),
    [
        (30.0, 30.0, TWO, None),
        (-1.0, 29.0, TWO, None),
        (0.0, math.nan, TWO, None),
        (0.0, 30.0, (), None),
        (0.0, 30.0, ((5.0, 5.0),), None),
        (0.0, 30.0, ((5.0, math.inf),), None),
        (0.0, 30.0, ((5.0,),), None),
        (180.0, 210.0, TWO, 200.0),
    ],
)
def test_what_is_no_clip_or_no_chorus_has_no_scores(
    start: float, end: float, choruses: tuple[tuple[float, ...], ...], duration: float | None
) -> None:
    with pytest.raises(ValueError):
        scores(start, end, choruses, duration)


def test_the_best_possible_clip_is_the_first_that_nothing_beats() -> None:
    assert best_precision(200.0, 30.0, TWO) == 120.0  # 120 to 130 are all inside: the first
    assert best_iou(200.0, 30.0, TWO) == 120.0
    assert best_precision(200.0, 30.0, [(60.1, 80.1)]) == 50.25  # all starts from 50.1 to 60.1
    assert best_precision(30.0, 30.0, [(5.0, 10.0)]) == 0.0
    # Much of two choruses, or all of one: the two oracles differ.
    near = [(10.0, 24.0), (27.0, 40.0)]
    assert best_precision(60.0, 30.0, near) == 10.0
    assert scores(10.0, 40.0, near).precision == pytest.approx(27 / 30)


@given(
    st.floats(0.0, 170.0),
    st.lists(
        st.tuples(st.floats(0.0, 150.0), st.floats(3.0, 40.0)).map(lambda p: (p[0], p[0] + p[1])),
        min_size=1,
        max_size=5,
    ),
)
def test_no_clip_beats_the_best_possible_one_by_more_than_its_step(
    start: float, choruses: list[tuple[float, float]]
) -> None:
    any_clip = scores(start, start + 30.0, choruses)
    found = best_precision(200.0, 30.0, choruses)
    best = scores(found, found + 30.0, choruses)
    assert 0.0 <= any_clip.precision <= best.precision + 0.25 / 30.0 + 1e-9
    found = best_iou(200.0, 30.0, choruses)
    assert any_clip.iou <= scores(found, found + 30.0, choruses).iou + 0.5 / 33.0 + 1e-9
    assert 0.0 <= any_clip.iou <= 1.0


def test_the_mean_of_many_starts_is_that_of_single_ones() -> None:
    starts = [0.0, 40.0, 59.0, 130.0]
    singly = np.mean([scores(one, one + 30.0, TWO).as_array() for one in starts], axis=0)
    np.testing.assert_allclose(mean_of_starts(starts, 30.0, TWO).as_array(), singly)


def test_random_clips_lie_inside_as_much_as_the_song_is_chorus() -> None:
    starts = np.linspace(0.0, 970.0, 20_000)
    found = mean_of_starts(starts, 30.0, [(300.0, 500.0)])
    assert found.precision == pytest.approx(200 / 970, abs=0.002)


def test_the_area_under_the_curve_is_the_reference_s(rng: np.random.Generator) -> None:
    from sklearn.metrics import roc_auc_score

    for _ in range(20):
        inside = rng.random(200) < 0.35
        values = np.round(rng.random(200) + 0.3 * inside, 1)  # many are equal
        assert frame_auc(values, inside) == pytest.approx(roc_auc_score(inside, values))


def test_a_curve_that_tells_nothing_has_an_area_of_one_half() -> None:
    inside = np.array([True, False, False, True])
    assert frame_auc(np.ones(4), inside) == 0.5
    assert frame_auc(np.array([0.9, 0.1, 0.2, 0.8]), inside) == 1.0
    assert frame_auc(np.array([0.1, 0.9, 0.8, 0.2]), inside) == 0.0
    assert math.isnan(frame_auc(np.ones(4), np.ones(4, dtype=bool)))


def test_the_median_is_the_reference_s_away_from_the_ends(rng: np.random.Generator) -> None:
    from scipy.ndimage import median_filter

    values = rng.random(100)
    unit = (values - values.min()) / (values.max() - values.min())
    np.testing.assert_allclose(smoothed_to_unit(values), median_filter(unit, 9, mode="nearest"))


def test_seconds_called_chorus_are_scored_as_by_the_reference(rng: np.random.Generator) -> None:
    from scipy.ndimage import median_filter
    from sklearn.metrics import f1_score

    inside = seconds_of_chorus([(20.0, 50.0), (80.0, 120.0)], 180.0)
    values = inside + rng.normal(0.0, 0.6, 180)
    unit = (values - values.min()) / (values.max() - values.min())
    golden = f1_score(inside, median_filter(unit, 9, mode="nearest") >= 0.5)
    assert frame_f1(values, inside) == pytest.approx(golden)


def test_a_short_dip_is_smoothed_away_and_a_flat_curve_calls_nothing() -> None:
    inside = seconds_of_chorus([(20.0, 50.0)], 100.0)
    values = inside.astype(float)
    values[30:33] = 0.0
    assert frame_f1(values, inside) == 1.0
    assert frame_f1(np.ones(100), inside) == 0.0
    assert math.isnan(frame_f1(values, np.zeros(100, dtype=bool)))


def test_a_second_is_chorus_where_its_middle_is() -> None:
    assert seconds_of_chorus([(1.5, 3.4)], 5.9).tolist() == [False, True, True, False, False]


def test_a_curve_is_read_in_the_middle_of_each_second() -> None:
    np.testing.assert_allclose(each_second([0.0, 1.0, 2.0, 3.0], 1.0, 4.0), [0.0, 1.0, 2.0, 3.0])
    # At 2 Hz the values stand for 0.25, 0.75 … s; past its end a curve holds its last value.
    np.testing.assert_allclose(each_second([0.0, 1.0, 2.0, 3.0], 2.0, 3.0), [0.5, 2.5, 3.0])


def test_a_share_of_nothing_is_unknown() -> None:
    assert share_of(0.3, 0.6) == 0.5
    assert math.isnan(share_of(0.0, 0.0))
