from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.sequence.flow import (
    KEY_ROUGHNESS,
    Flow,
    tempo_distance,
    wheel_codes,
    wheel_steps,
)

C, D_FLAT, D, E_FLAT, E, F, F_SHARP, G, A_FLAT, A, B_FLAT, B = range(12)
MINOR, MAJOR = 0, 1


def floats(*values):
    return np.array(values, dtype=np.float32)


def steps(one, other):
    codes = wheel_codes(floats(one[0], other[0]), floats(one[1], other[1]))
    return int(wheel_steps(codes[:1], codes[1:])[0])


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [
        ((C, MAJOR), (C, MAJOR), 0),
        ((C, MAJOR), (G, MAJOR), 1),  # 8B, 9B
        ((C, MAJOR), (F, MAJOR), 1),  # 8B, 7B
        ((C, MAJOR), (A, MINOR), 1),  # 8B, 8A: relative
        ((A, MINOR), (E, MINOR), 1),  # 8A, 9A
        ((C, MAJOR), (E, MINOR), 2),  # 8B, 9A
        ((C, MAJOR), (D, MAJOR), 2),  # 8B, 10B
        ((C, MAJOR), (C, MINOR), 4),  # 8B, 5A: the parallel key is far on the wheel
        ((C, MAJOR), (F_SHARP, MAJOR), 6),
        ((C, MAJOR), (E_FLAT, MINOR), 7),
    ],
)
def test_keys_are_as_far_apart_as_on_the_camelot_wheel(one, other, apart):
    assert steps(one, other) == apart
    assert steps(other, one) == apart


def test_the_wheel_has_twelve_hours_of_two_keys():
    key, mode = np.meshgrid(np.arange(12), np.arange(2))
    codes = wheel_codes(key.ravel().astype(np.float32), mode.ravel().astype(np.float32))
    assert sorted(codes.tolist()) == list(range(24))


@pytest.mark.parametrize("bad", [(np.nan, 1), (3, np.nan), (-1, 1), (12, 0), (4, 2)])
def test_half_known_or_impossible_keys_are_unknown(bad):
    assert wheel_codes(floats(bad[0]), floats(bad[1])).tolist() == [24]


def test_tempo_is_compared_with_octaves_folded():
    far = tempo_distance(floats(120, 120, 120, 90), floats(120, 60, 120 * 2**0.5, 100))
    assert far == pytest.approx([0, 0, 1, 2 * np.log2(100 / 90)], abs=1e-5)


def test_a_step_costs_half_by_tempo_and_half_by_key():
    flow = Flow(floats(100, 100, 120), floats(C, G, F_SHARP), floats(1, 1, 1), weight=2.0)
    tempo = 2 * np.log2(1.2)
    assert flow.steps_from(0) == pytest.approx(
        [0, KEY_ROUGHNESS[1], tempo + KEY_ROUGHNESS[6]], abs=1e-5
    )


def test_unknown_is_as_rough_as_the_pool_on_average():
    chance = np.random.default_rng(3)
    tempo = chance.uniform(60, 200, 400).astype(np.float32)
    key, mode = (chance.integers(0, n, 400).astype(np.float32) for n in (12, 2))
    known = Flow(tempo, key, mode, 1.0)
    mean = np.mean([known.steps_from(track) for track in range(400)])
    unknown = Flow(np.append(tempo, np.nan), np.append(key, np.nan), np.append(mode, np.nan), 1.0)
    assert unknown.steps_from(400) == pytest.approx(np.full(401, mean), abs=0.01)
    assert unknown.steps_from(0)[400] == pytest.approx(mean, abs=0.01)


def test_a_pool_of_which_nothing_is_known_flows_anyhow():
    nothing = floats(np.nan, np.nan, 0)
    flow = Flow(nothing, nothing, nothing, 1.0)
    assert (flow.steps_from(1) == flow.steps_from(0)).all()
    assert np.isfinite(flow.along([0, 1, 2])).all()


values = st.floats(30, 300) | st.just(float("nan"))


@given(st.lists(st.tuples(values, st.integers(-1, 12), st.integers(0, 1)), min_size=2, max_size=12))
def test_a_step_costs_the_same_both_ways_and_however_it_is_asked(tracks):
    tempo, key, mode = (floats(*column) for column in zip(*tracks, strict=True))
    flow = Flow(tempo, key, mode, 1.0)
    table = np.stack([flow.steps_from(track) for track in range(len(tracks))])
    assert table == pytest.approx(table.T, abs=1e-6)
    assert table.min() >= 0
    assert table.max() <= 1 + 1e-6
    order = list(range(len(tracks)))
    assert flow.along(order) == pytest.approx(table.diagonal(1), abs=1e-6)
