"""One tempo for tracks in a row."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from highlighter.trailer.transitions.kinds import MOST_STRETCH
from highlighter.trailer.transitions.tempi import common_tempi


def periods(*tempi: float) -> list[float]:
    return [60.0 / tempo for tempo in tempi]


def test_a_pair_meets_in_the_middle():
    found = common_tempi(periods(120.0, 124.0), [True])
    assert found.matched == (True,)
    slower, faster = found.rates
    assert slower > 1.0 > faster
    assert 120.0 * slower == pytest.approx(124.0 * faster)
    assert slower - 1.0 == pytest.approx(1.0 - faster, abs=0.001)


def test_octaves_are_folded():
    found = common_tempi(periods(70.0, 141.0, 35.2), [True, True])
    assert found.matched == (True, True)
    assert 70.0 * found.rates[0] * 2 == pytest.approx(141.0 * found.rates[1])
    assert 35.2 * found.rates[2] * 4 == pytest.approx(141.0 * found.rates[1])


def test_a_run_that_creeps_away_is_broken_where_that_costs_least():
    found = common_tempi(periods(120.0, 122.4, 125.0, 127.4, 130.0), [True] * 4)
    assert 1 <= found.matched.count(False) <= 2
    assert found.matched.count(True) >= 2


def test_tracks_without_beats_play_as_they_are():
    found = common_tempi([None, 0.5, None], [False, False])
    assert found.rates == (1.0, 1.0, 1.0)
    assert found.matched == (False, False)


@given(
    tempi=st.lists(st.floats(40.0, 220.0), min_size=1, max_size=9),
    choice=st.integers(0, 511),
)
def test_no_transition_stretches_more_than_is_allowed(tempi, choice):
    wanted = [bool(choice >> place & 1) for place in range(len(tempi) - 1)]
    found = common_tempi(periods(*tempi), wanted)
    heard = [tempo * rate for tempo, rate in zip(tempi, found.rates, strict=True)]
    for place, (one, other) in enumerate(pairwise(range(len(tempi)))):
        if not found.matched[place]:
            continue
        assert wanted[place]
        total = abs(found.rates[one] - 1.0) + abs(found.rates[other] - 1.0)
        assert total <= MOST_STRETCH + 1e-4
        octaves = math.log2(heard[one] / heard[other])
        assert abs(octaves - round(octaves)) < 0.002
    assert common_tempi(periods(*tempi), wanted) == found
