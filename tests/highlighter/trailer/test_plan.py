"""What is heard when, decided from numbers alone."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from highlighter.trailer.gains import MOST_BOOST, SURE_BOOST, TARGET_LUFS
from highlighter.trailer.material import Material
from highlighter.trailer.plan import make_plan, shares


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
        downbeats=tuple(start - 5.0 + period * beat for beat in range(1, 60, 4)),
        downbeat_confidence=confidence,
        key=int(10.0 * start) % 12,
        mode=1,
        breathes="it breathes" if length > 38.0 else "",
        no_derivatives=length < 2.0,
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
    mixing=st.booleans(),
    total=st.none() | st.floats(5.0, 120.0),
)
@settings(max_examples=100, deadline=None)
def test_every_plan_holds_together(tracks, seconds, order, mixing, total):
    asked = {"seconds": seconds, "order": order, "mixing": mixing, "total_seconds": total}
    plan = make_plan(tracks, **asked)
    assert sorted(one.track for one in plan.fragments) == list(range(len(tracks)))
    assert plan.fragments[0].start == 0.0
    assert plan.fragments[0].lead == 0.0
    assert plan.fragments[-1].tail == 0.0
    assert len(plan.joins) == len(tracks) - 1
    for join, (before, after) in zip(plan.joins, pairwise(plan.fragments), strict=True):
        assert before.end == after.start == join.middle
        together = join.kind in ("plain", "beat-matched")
        assert before.tail == after.lead == (join.seconds / 2.0 if together else 0.0)
        assert join.seconds > 0.0
        assert join.reason
        # At most two tracks ever sound together.
        assert join.seconds <= min(before.end - before.start, after.end - after.start) + 1e-9
        assert 2.0 * join.fade + join.gap <= join.seconds + 1e-9
        if not mixing:
            assert join.kind == "cut"
        if join.kind == "beat-matched":
            assert abs(before.rate - 1.0) + abs(after.rate - 1.0) <= 0.0401
            assert "free" not in (before.ends_on, after.starts_on)
    for one in plan.fragments:
        track = tracks[one.track]
        length = one.end - one.start
        assert length * one.rate == pytest.approx(one.source_end - one.source_start)
        assert length > 0.0
        if total is None:
            assert length <= 1.4 * seconds + 2.0
        assert one.source_start - one.lead * one.rate >= track.available_start - 1e-6
        assert one.source_end + one.tail * one.rate <= track.available_end + 1e-6
        assert one.gain <= MOST_BOOST
        if track.no_derivatives:
            assert one.rate == 1.0
    assert make_plan(tracks, **asked) == plan


def test_a_fragment_starts_and_ends_on_a_beat():
    plan = make_plan([material(), material()], seconds=12.0)
    for one in plan.fragments:
        assert one.starts_on == one.ends_on == "beat"
        assert one.source_start == pytest.approx(60.2)
        assert one.source_end == pytest.approx(72.2)


def test_a_bar_is_worth_more_than_a_beat_and_a_phrase_more_than_a_bar():
    bars = {"downbeats": tuple(55.7 + 2.0 * bar for bar in range(10)), "downbeat_confidence": 0.9}
    assert make_plan([material(**bars)], seconds=12.0).fragments[0].source_start == 59.7
    phrases = {"phrases": (61.7,), "phrase_confidence": 0.9}
    [phrased] = make_plan([material(**bars, **phrases)], seconds=12.0).fragments
    assert phrased.source_start == pytest.approx(59.7)  # two seconds of highlight for a phrase
    phrases["phrases"] = (60.7,)
    plan = make_plan([material(beats=(), beat_confidence=0.0, **phrases)], seconds=12.0)
    assert plan.fragments[0].source_start == 60.7
    assert plan.fragments[0].starts_on == "phrase"


def test_doubtful_beats_are_not_cut_on_and_the_reason_says_so():
    plan = make_plan([material(), material(beat_confidence=0.2)], seconds=12.0)
    assert plan.fragments[1].source_start == 60.0
    assert plan.fragments[1].starts_on == "free"
    assert (plan.joins[0].kind, plan.joins[0].style) == ("assisted", "echo")
    assert "only the first track" in plan.joins[0].reason


def test_a_beat_too_far_away_is_not_waited_for():
    plan = make_plan([material(beats=(57.5, 74.0))], seconds=12.0)
    assert plan.fragments[0].source_start == 60.0
    assert plan.fragments[0].source_end == 72.0


def test_matched_tracks_share_one_tempo_and_meet_on_a_downbeat():
    def track(tempo: float, first: float) -> Material:
        beats = tuple(first + 60.0 / tempo * beat for beat in range(60))
        return material(
            beats=beats,
            downbeats=beats[1::4],
            downbeat_confidence=0.9,
            available_start=52.0,
            available_end=84.0,
        )

    tracks = [track(120.0, 50.03), track(122.0, 50.21), track(119.0, 50.4)]
    plan = make_plan(tracks, seconds=12.0)
    tempi = [tempo * one.rate for tempo, one in zip((120, 122, 119), plan.fragments, strict=True)]
    assert tempi == pytest.approx([tempi[0]] * 3)
    assert [join.kind for join in plan.joins] == ["beat-matched"] * 2
    for join, (before, after) in zip(plan.joins, pairwise(plan.fragments), strict=True):
        assert join.beats in (4, 8, 16)
        assert join.seconds == pytest.approx(join.beats * 60.0 / tempi[0])
        assert before.ends_on == after.starts_on == "downbeat"
        for cut, number in ((before.source_end, before.track), (after.source_start, after.track)):
            assert min(abs(cut - time) for time in tracks[number].downbeats) < 1e-6
        assert "downbeat on downbeat" in join.reason


def test_clashing_keys_are_not_left_together_for_long():
    beats = tuple(50.2 + 0.5 * beat for beat in range(80))
    wide = {"available_start": 50.0, "available_end": 90.0, "beats": beats}
    far = make_plan(
        [material(key=0, mode=1, **wide), material(key=6, mode=1, **wide)], seconds=20.0
    )
    near = make_plan([material(key=0, mode=1, **wide)] * 2, seconds=20.0)
    assert far.joins[0].beats == 4 < near.joins[0].beats
    assert "6 steps apart" in far.joins[0].reason


@pytest.mark.parametrize(("seconds", "longest"), [(12.0, 2.4), (30.0, 3.0), (5.0, 1.5), (2.0, 0.8)])
def test_crossfades_are_shorter_where_fragments_are(seconds, longest):
    plan = make_plan([material(available_end=100.0, beats=())] * 3, seconds=seconds)
    assert [join.seconds for join in plan.joins] == pytest.approx([longest, longest])


def test_slow_beats_are_cut_on_where_four_of_them_would_take_too_long():
    beats = tuple(40.0 + 1.5 * beat for beat in range(40))
    slow = material(beats=beats, available_start=40.0, available_end=95.0)
    plan = make_plan([slow, slow], seconds=10.0)
    assert plan.joins[0].kind == "assisted"
    assert "four beats" in plan.joins[0].reason
    longer = make_plan([slow, slow], seconds=20.0)
    assert (longer.joins[0].kind, longer.joins[0].beats) == ("beat-matched", 4)


def test_very_fast_beats_are_matched_for_sixteen():
    beats = tuple(40.0 + 60.0 / 220.0 * beat for beat in range(200))
    fast = material(beats=beats, available_start=45.0, available_end=90.0)
    plan = make_plan([fast, fast], seconds=12.0)
    assert (plan.joins[0].kind, plan.joins[0].beats) == ("beat-matched", 16)


def test_ten_tracks_of_twelve_seconds_last_two_minutes():
    assert make_plan([material()] * 10, seconds=12.0).duration == pytest.approx(120.0, abs=5.0)


@pytest.mark.parametrize("total", [45.0, 60.0, 97.3])
@pytest.mark.parametrize("order", ["keep", "flow"])
@pytest.mark.parametrize("short", [None, 121.0, 150.0])
def test_the_whole_lasts_as_long_as_was_asked(total, order, short):
    tracks = [
        material(
            beats=tuple(50.0 + 60.0 / tempo * beat for beat in range(90)),
            downbeats=tuple(50.0 + 60.0 / tempo * beat for beat in range(0, 90, 4)),
            downbeat_confidence=0.9,
            available_start=50.0,
            available_end=90.0 if tempo != short else 64.0,
        )
        for tempo in (88.0, 121.0, 123.0, 124.0, 150.0)
    ]
    plan = make_plan(tracks, seconds=99.0, order=order, total_seconds=total)
    assert plan.duration == pytest.approx(total, abs=1.0 if short else 0.02)


def test_a_whole_longer_than_what_there_is_ends_where_that_ends():
    plan = make_plan([material()] * 2, seconds=12.0, total_seconds=100.0)
    assert 30.0 < plan.duration < 38.0


def test_lengths_are_shared_alike_where_there_is_enough():
    assert shares([30.0, 30.0, 30.0], 45.0) == pytest.approx((15.0, 15.0, 15.0))
    assert shares([4.0, 30.0, 30.0], 45.0) == pytest.approx((4.0, 20.5, 20.5))
    assert shares([4.0, 5.0], 45.0) == pytest.approx((4.0, 5.0))


def test_a_track_of_three_seconds_is_heard_whole_but_for_the_joins():
    short = Material(0.0, 0.0, 3.0, -12.0, -1.0)
    plan = make_plan([short, short, short], seconds=12.0)
    assert [one.end - one.start for one in plan.fragments] == pytest.approx([2.4, 1.8, 2.4])
    assert plan.fragments[1].source_start == pytest.approx(0.6)


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
        (-50.0, -40.0, SURE_BOOST),  # noise stays low
        (-25.0, -1.0, 7.5),  # its peaks would need more limiting than is fair
        (-25.0, 8.0, 0.0),
    ],
)
def test_gains_meet_the_target_within_fair_bounds(loudness, peak, gain):
    plan = make_plan([material(loudness=loudness, peak=peak)], seconds=12.0)
    assert plan.fragments[0].gain == pytest.approx(gain)


def test_flow_brings_equal_tempi_together_and_keep_does_not_touch_the_order():
    tracks = [
        material(tempo=tempo, beats=(), key=0, mode=1) for tempo in (90.0, 140.0, 92.0, 138.0)
    ]
    kept = make_plan(tracks, seconds=12.0, order="keep")
    assert [one.track for one in kept.fragments] == [0, 1, 2, 3]
    flowing = make_plan(tracks, seconds=12.0, order="flow")
    places = [one.track for one in flowing.fragments]
    assert abs(places.index(0) - places.index(2)) == 1
    assert abs(places.index(1) - places.index(3)) == 1
