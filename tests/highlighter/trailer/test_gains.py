"""How far fragments are raised: as far as what the whole needs leaves, so that neighbours fit."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from highlighter.trailer.gains import (
    MOST_BOOST,
    MOST_MASTER_BOOST,
    SURE_BOOST,
    TARGET_LUFS,
    Played,
    boost_bound,
    gain_for,
    mean_loudness,
)

LOUD = Played(12.0, -10.0, -0.5)

played = st.builds(
    lambda seconds, loudness, crest: Played(seconds, loudness, loudness + crest),
    seconds=st.floats(2.0, 60.0),
    loudness=st.floats(-80.0, 0.0),
    crest=st.floats(3.0, 25.0),
)


def levels(fragments: list[Played], bound: float) -> list[tuple[float, float]]:
    return [
        (one.seconds, one.loudness + gain_for(one.loudness, one.peak, bound)) for one in fragments
    ]


def test_one_quiet_fragment_comes_up_to_its_neighbours():
    quiet = Played(12.0, -29.5, -17.5)
    bound = boost_bound([LOUD] * 4 + [quiet] + [LOUD] * 5)
    steps = TARGET_LUFS - (quiet.loudness + gain_for(quiet.loudness, quiet.peak, bound))
    assert steps < 1.5
    assert TARGET_LUFS - (quiet.loudness + gain_for(quiet.loudness, quiet.peak)) > 3.0


def test_where_nothing_is_quiet_the_bound_changes_nothing():
    assert gain_for(-20.0, -10.0, boost_bound([LOUD, LOUD])) == gain_for(-20.0, -10.0) == 6.0


def test_where_all_are_quiet_the_whole_keeps_its_share():
    assert boost_bound([Played(12.0, -50.0, -38.0)] * 5) == SURE_BOOST
    assert boost_bound([Played(12.0, -math.inf, -math.inf)]) == SURE_BOOST


def test_peaks_bound_a_gain_whatever_the_bound():
    assert gain_for(-29.5, -3.0, MOST_BOOST) == pytest.approx(9.5)


@given(fragments=st.lists(played, min_size=1, max_size=12))
def test_a_fragment_and_the_whole_together_are_raised_by_15_db_at_most(fragments):
    bound = boost_bound(fragments)
    assert SURE_BOOST <= bound <= MOST_BOOST
    whole = TARGET_LUFS - mean_loudness(levels(fragments, bound))
    if bound > SURE_BOOST:
        assert bound + whole <= SURE_BOOST + MOST_MASTER_BOOST


@given(fragments=st.lists(played, min_size=1, max_size=12))
def test_no_fragment_stands_lower_than_with_the_least_bound(fragments):
    before, after = levels(fragments, SURE_BOOST), levels(fragments, boost_bound(fragments))
    assert all(
        one[1] <= other[1] <= max(one[1], TARGET_LUFS)
        for one, other in zip(before, after, strict=True)
    )


def test_the_mean_leaves_out_what_is_far_below_the_rest():
    """ITU-R BS.1770-4: 10 LU below the mean does not count, nor does what is below −70 LUFS."""
    assert mean_loudness([(10.0, -14.0), (10.0, -14.0), (10.0, -40.0)]) == pytest.approx(-14.0)
    assert mean_loudness([(10.0, -14.0), (30.0, -80.0)]) == pytest.approx(-14.0)
    assert mean_loudness([(10.0, -14.0), (10.0, -20.0)]) == pytest.approx(
        10.0 * math.log10((10.0**-1.4 + 10.0**-2.0) / 2.0)
    )
    assert mean_loudness([(10.0, -80.0)]) == mean_loudness([]) == -math.inf
