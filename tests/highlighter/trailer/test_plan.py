"""What is heard when, decided from numbers alone."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from highlighter.trailer.plan import (
    LONGEST_JOIN,
    MOST_BOOST,
    TARGET_LUFS,
    Material,
    make_plan,
)


def material(**changes) -> Material:
    """Return a track whose highlight begins at 60 s, with 120 BPM beats from 55.2 s on."""
    values = {
        "wanted_start": 60.0,
        "available_start": 57.0,
        "available_end": 76.0,
        "loudness": -10.0,
        "peak": -0.5,
        "beats": tuple(55.2 + 0.5 * beat for beat in range(42)),
        "beat_confidence": 0.9,
    }
    return Material(**(values | changes))


materials = st.builds(
    lambda start, before, length, confidence, period, loudness: Material(
        wanted_start=start,
        available_start=max(0.0, start - before),
        available_end=max(0.0, start - before) + length,
        loudness=loudness,
        peak=loudness + 12.0,
        beats=tuple(start - 5.0 + period * beat for beat in range(60)),
        beat_confidence=confidence,
    ),
    start=st.floats(0.0, 300.0),
    before=st.floats(0.0, 4.0),
    length=st.floats(0.5, 40.0),
    confidence=st.floats(0.0, 1.0),
    period=st.floats(0.25, 1.6),
    loudness=st.floats(-60.0, 0.0),
)


@given(
    tracks=st.lists(materials, min_size=1, max_size=14),
    seconds=st.floats(2.0, 30.0),
    order=st.sampled_from(["keep", "flow"]),
)
@settings(max_examples=80, deadline=None)
def test_every_plan_holds_together(tracks, seconds, order):
    plan = make_plan(tracks, seconds=seconds, order=order)
    assert sorted(one.track for one in plan.fragments) == list(range(len(tracks)))
    assert plan.fragments[0].start == 0.0
    assert plan.fragments[0].lead == 0.0
    assert plan.fragments[-1].tail == 0.0
    assert len(plan.joins) == len(tracks) - 1
    for join, (before, after) in zip(plan.joins, pairwise(plan.fragments), strict=True):
        assert before.end == after.start == join.middle
        assert before.tail == after.lead == join.seconds / 2.0
        assert 0.0 < join.seconds <= LONGEST_JOIN
    for one in plan.fragments:
        track = tracks[one.track]
        length = one.end - one.start
        assert length == pytest.approx(one.source_end - one.source_start)
        assert 0.0 < length <= seconds + 1.0
        # At most two tracks ever sound together.
        assert one.lead + one.tail <= length + 1e-9
        assert one.source_start - one.lead >= track.available_start - 1e-9
        assert one.source_end + one.tail <= track.available_end + 1e-9
        assert one.gain <= MOST_BOOST
    assert make_plan(tracks, seconds=seconds, order=order) == plan


def test_a_fragment_starts_and_ends_on_a_beat():
    plan = make_plan([material(), material()], seconds=12.0)
    for one in plan.fragments:
        assert one.starts_on_beat
        assert one.ends_on_beat
        assert one.source_start == pytest.approx(60.2)
        assert one.source_end == pytest.approx(72.2)


def test_doubtful_beats_are_not_cut_on_and_the_reason_says_so():
    plan = make_plan([material(), material(beat_confidence=0.2)], seconds=12.0)
    assert plan.fragments[1].source_start == 60.0
    assert not plan.fragments[1].starts_on_beat
    assert plan.joins[0].kind == "plain"
    assert "only the first track" in plan.joins[0].reason


def test_a_beat_too_far_away_is_not_waited_for():
    plan = make_plan([material(beats=(57.5, 74.0))], seconds=12.0)
    assert plan.fragments[0].source_start == 60.0
    assert plan.fragments[0].source_end == 72.0


@pytest.mark.parametrize(("seconds", "longest"), [(12.0, 2.4), (30.0, 2.5), (5.0, 1.0), (2.0, 0.4)])
def test_joins_are_shorter_where_fragments_are(seconds, longest):
    plan = make_plan([material(available_end=100.0)] * 3, seconds=seconds)
    assert [join.seconds for join in plan.joins] == pytest.approx([longest, longest])


def test_ten_tracks_of_twelve_seconds_last_two_minutes():
    assert make_plan([material()] * 10, seconds=12.0).duration == pytest.approx(120.0, abs=5.0)


def test_a_track_of_three_seconds_is_heard_whole_but_for_the_joins():
    short = Material(0.0, 0.0, 3.0, -12.0, -1.0)
    plan = make_plan([short, short, short], seconds=12.0)
    assert [one.end - one.start for one in plan.fragments] == pytest.approx([2.7, 2.4, 2.7])
    assert plan.fragments[1].source_start == pytest.approx(0.3)


def test_a_highlight_at_the_very_end_starts_earlier_rather_than_being_cut_short():
    plan = make_plan([material(wanted_start=74.0, beats=())], seconds=12.0)
    assert plan.fragments[0].source_start == pytest.approx(64.0)
    assert plan.fragments[0].source_end == pytest.approx(76.0)


@pytest.mark.parametrize(
    ("loudness", "peak", "gain"),
    [
        (-8.0, 0.0, -6.0),
        (TARGET_LUFS, -1.0, 0.0),
        (-20.0, -10.0, 6.0),
        (-50.0, -40.0, MOST_BOOST),  # noise stays low
        (-25.0, -1.0, 7.5),  # its peaks would need more limiting than is fair
        (-25.0, 8.0, 0.0),
    ],
)
def test_gains_meet_the_target_within_fair_bounds(loudness, peak, gain):
    plan = make_plan([material(loudness=loudness, peak=peak)], seconds=12.0)
    assert plan.fragments[0].gain == pytest.approx(gain)


def test_flow_brings_equal_tempi_together_and_keep_does_not_touch_the_order():
    tracks = [material(tempo=tempo, key=0, mode=1) for tempo in (90.0, 140.0, 92.0, 138.0)]
    kept = make_plan(tracks, seconds=12.0, order="keep")
    assert [one.track for one in kept.fragments] == [0, 1, 2, 3]
    flowing = make_plan(tracks, seconds=12.0, order="flow")
    places = [one.track for one in flowing.fragments]
    assert abs(places.index(0) - places.index(2)) == 1
    assert abs(places.index(1) - places.index(3)) == 1
