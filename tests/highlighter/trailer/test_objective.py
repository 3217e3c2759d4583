"""What a step and a cut cost."""

from __future__ import annotations

import pytest

from highlighter.trailer.objective import (
    Character,
    cut_cost,
    key_steps,
    step_cost,
    tempo_cost,
    tempo_gap,
)


@pytest.mark.parametrize(
    ("first", "second", "gap"),
    [(120.0, 120.0, 0.0), (60.0, 121.0, 1 / 120), (100.0, 110.0, 0.1), (180.0, 45.0, 0.0)],
)
def test_a_tempo_gap_folds_octaves_away(first, second, gap):
    assert tempo_gap(first, second) == pytest.approx(gap, abs=1e-9)
    assert tempo_gap(second, first) == pytest.approx(gap, abs=1e-9)


@pytest.mark.parametrize(
    ("first", "second", "steps"),
    [
        ((0, 1), (0, 1), 0),  # C major, C major
        ((0, 1), (7, 1), 1),  # G major: a fifth up
        ((0, 1), (5, 1), 1),  # F major: a fifth down
        ((0, 1), (9, 0), 1),  # A minor: the relative key
        ((0, 1), (4, 0), 2),  # E minor
        ((0, 1), (0, 0), 4),  # C minor
        ((0, 1), (6, 1), 6),  # F sharp major: across the wheel
        ((9, 0), (4, 0), 1),  # A minor, E minor
    ],
)
def test_keys_lie_on_the_camelot_wheel(first, second, steps):
    assert key_steps(first, second) == steps
    assert key_steps(second, first) == steps


def test_unknown_values_cost_neither_nothing_nor_the_most():
    known = Character(120.0, 0, 1, -14.0, 0.0, 0.0, 0.0, 0.0)
    close = step_cost(known, known)
    unknown = step_cost(Character(), known)
    far = step_cost(
        Character(120.0, 0, 1, -8.0, 0.0, 9.0, 1.0, 1.0),
        Character(170.0, 6, 1, -24.0, 0.0, 0.0, 1.0, 1.0),
    )
    assert close == 0.0
    assert close < unknown < far == pytest.approx(2.0)


def test_a_gap_that_can_be_matched_costs_far_less_than_one_that_cannot():
    costs = [tempo_cost(gap) for gap in (0.0, 0.02, 0.04, 0.041, 0.08, 0.12, 0.3)]
    assert costs == sorted(costs)
    assert costs[0] == 0.0
    assert costs[3] - costs[2] > 0.5
    assert costs[-1] == costs[-2] == 1.0


def test_energy_is_compared_where_the_two_tracks_meet():
    soft_end = Character(opening=0.0, closing=-6.0)
    soft_start = Character(opening=-6.0, closing=0.0)
    assert step_cost(soft_end, soft_start) < step_cost(soft_start, soft_start)


def test_a_cut_is_cheaper_on_firmer_ground_and_nearer_to_the_highlight():
    grounds = [cut_cost(ground, 0.5, 12.0) for ground in ("phrase", "downbeat", "beat", "free")]
    assert grounds == sorted(grounds)
    assert len(set(grounds)) == 4
    assert cut_cost("beat", 0.1, 12.0) < cut_cost("beat", -0.4, 12.0)
    # A phrase five seconds away loses more of twelve seconds than it is worth.
    assert cut_cost("phrase", 5.0, 12.0) > cut_cost("free", 0.0, 12.0)
