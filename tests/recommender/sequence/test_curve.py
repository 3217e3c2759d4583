from __future__ import annotations

import numpy as np
import pytest

from recommender.errors import BadRequest
from recommender.sequence import PRESETS, Curve, curve_of

SPREAD = np.linspace(0, 1, 101, dtype=np.float32)
LOUD = np.linspace(0.7, 0.9, 50, dtype=np.float32)


def test_points_are_meant_as_drawn_and_joined_by_straight_lines():
    curve = curve_of([(0.0, 0.2), (0.5, 1.0), (1.0, 0.0)], LOUD)
    assert curve.targets(5) == pytest.approx([0.2, 0.6, 1.0, 0.5, 0.0])


def test_before_the_first_point_and_after_the_last_it_is_level():
    assert Curve(((0.4, 0.3), (0.6, 0.7))).targets(3) == pytest.approx([0.3, 0.5, 0.7])


def test_a_single_place_has_the_curves_start():
    assert curve_of("rise", SPREAD).targets(1) == pytest.approx([0.1])


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_stays_within_what_the_pool_can_reach(name):
    targets = curve_of(name, LOUD).targets(40)
    assert targets.min() >= LOUD.min()
    assert targets.max() <= LOUD.max()


def test_a_rise_rises_and_cooling_down_is_its_mirror():
    rise = curve_of("rise", SPREAD).targets(20)
    assert (np.diff(rise) > 0).all()
    assert curve_of("cool-down", SPREAD).targets(20) == pytest.approx(rise[::-1])


def test_a_peak_comes_after_the_middle_and_a_wave_has_two():
    assert curve_of("peak", SPREAD).targets(41).argmax() == 26
    wave = curve_of("wave", SPREAD).targets(41)
    inside = wave[1:-1]
    assert ((inside > wave[:-2]) & (inside > wave[2:])).sum() == 2


def test_flat_is_where_most_of_the_tracks_are():
    energy = np.array([0.1, 0.8, 0.8, 0.8, 0.9], dtype=np.float32)
    assert curve_of("flat", energy).targets(3) == pytest.approx([0.8] * 3)


def test_unknown_energies_do_not_shape_a_preset():
    unknown = np.full(30, np.nan, dtype=np.float32)
    mixed = np.concatenate([LOUD, unknown])
    assert curve_of("rise", mixed).points == curve_of("rise", LOUD).points
    assert np.isfinite(curve_of("rise", unknown).targets(4)).all()


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ("steep", "flat, rise, wave, peak, cool-down"),
        ([], "1 to 200 points"),
        (None, "preset's name"),
        ([(0, 0.5)] * 201, "1 to 200 points"),
        ([(0.0, 0.5), (0.0, 0.6)], "positions must rise"),
        ([(0.0, 1.5)], "from 0 to 1"),
        ([(0.0, float("nan"))], "from 0 to 1"),
        ([(0.0, True)], "from 0 to 1"),
        ([("0", 0.5)], "from 0 to 1"),
        ([(0.0, 0.5, 1.0)], "point 0"),
        (["ab"], "point 0"),
    ],
)
def test_a_curve_that_is_none_is_refused_with_the_reason(wanted, told):
    with pytest.raises(BadRequest) as caught:
        curve_of(wanted, SPREAD)
    assert told in str(caught.value)
