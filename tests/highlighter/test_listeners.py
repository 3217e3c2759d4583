"""Listeners move a highlight where they agree, and nowhere else."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from benchmarks.listeners import (
    DURATION,
    FRAGMENT,
    WINDOW,
    population,
    simulate,
    track_of,
    usual_among,
)
from highlighter.highlight.listeners import (
    LEAST_OFFERS,
    Counts,
    Listened,
    Usual,
    blended,
    counts_of,
    decided,
    listened,
    usual_of,
)
from highlighter.highlight.model import Curve

HILLS = np.full(DURATION, 0.2)
HILLS[40:70], HILLS[100:130] = 0.8, 0.7
MODEL = Curve(HILLS, 1.0)


def counts(**spans: tuple[int, int, int]) -> Counts:
    """Return counts with so many of a kind from a second to another."""
    rows = {}
    for kind, (first, end, times) in spans.items():
        row = np.zeros(DURATION, np.int64)
        row[first:end] = times
        rows[kind] = row.tolist()
    return counts_of(**rows, duration=DURATION)


def choice(some: Counts) -> float | None:
    found = decided(MODEL, 40.0, 70.0, listened(some), DURATION)
    return None if found is None else found.start


def test_without_counts_the_curve_is_the_models_to_the_last_bit() -> None:
    said = listened(counts())
    assert said.total_evidence == 0.0
    assert blended(MODEL, said.curve, said.evidence) is MODEL
    assert choice(counts()) is None


def test_where_nothing_was_offered_the_curve_is_the_models_to_the_last_bit() -> None:
    said = listened(counts(skipped=(40, 52, 500)))
    together = blended(MODEL, said.curve, said.evidence)
    assert_array_equal(together.values[90:], MODEL.values[90:])
    assert together.values[42] < 0.5


def test_listeners_who_love_another_passage_move_the_highlight_there() -> None:
    random = np.random.default_rng(1)
    tracks = [track_of(1, random) for _ in range(8)]  # 100 to 130 s; the model prefers 40 to 70
    others = population("plain", 12, random)
    simulate(others + tracks, 150, random, learn=True)
    starts = np.array([track.start(usual_among(others + tracks)) for track in tracks])
    assert all(abs(track.models - 40) < 5 for track in tracks)
    assert np.median(np.abs(starts - 100)) <= 3
    assert np.mean(np.abs(starts - 100) < 8) >= 0.75


def test_listeners_without_a_preference_leave_it_where_it_is() -> None:
    random = np.random.default_rng(2)
    tracks = [track_of(None, random) for _ in range(20)]
    simulate(tracks, 150, random, learn=True)
    usual = usual_among(tracks)
    moved = [track for track in tracks if abs(track.start(usual) - track.models) > 5]
    assert len(moved) <= 1


def test_complex_music_gains_most_from_its_listeners() -> None:
    regrets = {}
    for complexity in ("plain", "complex"):
        for learn in (False, True):
            random = np.random.default_rng(3)
            regret = simulate(population(complexity, 24, random), 120, random, learn=learn)
            regrets[complexity, learn] = float(regret[-30:].mean())
    assert regrets["complex", True] < 0.35 * regrets["complex", False]
    gain = {
        complexity: regrets[complexity, False] - regrets[complexity, True]
        for complexity in ("plain", "complex")
    }
    assert gain["complex"] > gain["plain"] > 0.0


def test_nobody_moves_a_highlight_alone() -> None:
    # The most that one person can say: everything skipped here, chosen and replayed there.
    alone = counts_of(
        skipped=[0] * 40 + [1] * 30,
        heard=[0] * 100 + [1] * 30,
        replayed=[0] * 100 + [1] * 30,
        chosen=[(100.0, 130.0)],
        duration=DURATION,
    )
    said = listened(alone)
    assert said.total_evidence == 0.0
    assert choice(alone) is None


def test_enough_listeners_who_choose_a_passage_are_followed() -> None:
    few = counts_of(chosen=[(150.0, 180.0)] * int(LEAST_OFFERS), duration=DURATION)
    many = counts_of(chosen=[(150.0, 180.0)] * 40, duration=DURATION)
    assert choice(few) is None
    found = choice(many)
    assert found is not None
    assert abs(found - 150) <= 6


def test_being_heard_more_often_is_no_merit() -> None:
    # Both passages are treated alike; one was offered a hundred times as often.
    some = Counts(*np.zeros((4, DURATION)))
    for first, offers in ((40, 4_000.0), (100, 40.0)):
        here = slice(first, first + 30)
        some.heard[here], some.skipped[here] = 0.8 * offers, 0.2 * offers
        some.replayed[here] = 0.05 * offers
    curve = listened(some, Usual(skipped=0.2, replayed=0.05)).curve.values
    assert curve[55] == pytest.approx(0.5, abs=0.01)
    assert curve[115] == pytest.approx(0.5, abs=0.01)


def test_replays_raise_and_skips_lower_and_more_offers_say_more() -> None:
    usual = Usual()
    loved = listened(counts(heard=(100, 130, 50), replayed=(100, 130, 25)), usual)
    left = listened(counts(skipped=(100, 130, 50)), usual)
    assert loved.curve.values[115] > 0.9
    assert left.curve.values[115] < 0.1
    evidence = [
        listened(counts(heard=(100, 130, times))).total_evidence for times in (4, 5, 10, 40, 1000)
    ]
    assert evidence[0] == 0.0
    assert evidence == sorted(evidence)
    assert 0.0 < evidence[1] < evidence[-1] < 1.0


def test_a_replay_of_one_listener_many_times_is_one_listeners() -> None:
    mad = listened(counts(heard=(100, 130, 20), replayed=(100, 130, 9_000)))
    all_of_them = listened(counts(heard=(100, 130, 20), replayed=(100, 130, 20)))
    assert_array_equal(mad.curve.values, all_of_them.curve.values)


def test_what_is_usual_is_learnt_slowly() -> None:
    assert usual_of(0, 0, 0) == Usual()
    assert usual_of(10, 0, 10).replayed == pytest.approx(Usual().replayed, abs=0.01)
    much = usual_of(600_000, 400_000, 100_000)
    assert (much.skipped, much.replayed) == pytest.approx((0.4, 0.1), abs=0.01)


@pytest.mark.parametrize(
    "curve",
    [Curve(np.empty(0), 0.0), Curve(np.array([0.5]), 1.0), Curve(np.full(50, np.pi / 4), 2)],
)
def test_a_track_without_a_curve_or_shorter_than_its_window_stays(curve: Curve) -> None:
    said = listened(counts_of(skipped=[99] * 25, duration=25.0))
    assert decided(curve, 0.0, 25.0, said, 25.0) is None
    assert blended(curve, said.curve, said.evidence).values.shape == curve.values.shape


@given(
    rows=st.lists(st.lists(st.integers(-5, 10**6), max_size=90), min_size=3, max_size=3),
    duration=st.floats(1.0, 80.0),
    chosen=st.lists(st.tuples(st.floats(-10, 100), st.floats(-10, 100)), max_size=4),
    rate=st.sampled_from([0.5, 1.0, 2.69, 4.0]),
)
def test_whatever_was_counted_curves_stay_between_0_and_1(
    rows: list[list[int]], duration: float, chosen: list[tuple[float, float]], rate: float
) -> None:
    some = counts_of(*rows, chosen=chosen, duration=duration)
    said = listened(some)
    size = int(np.ceil(duration))
    for row in (said.curve.values, said.evidence):
        assert row.shape == (size,)
        assert np.isfinite(row).all()
        assert ((row >= 0) & (row <= 1)).all()
    curve = Curve(np.linspace(0, 1, max(2, round(duration * rate))), rate)
    together = blended(curve, said.curve, said.evidence)
    assert ((together.values >= 0) & (together.values <= 1)).all()
    found = decided(curve, 0.0, duration / 2, said, duration)
    if found is not None:
        assert 0.0 <= found.start < found.end <= duration + 0.001
        assert 0.0 <= found.confidence <= 1.0


def test_a_highlight_is_moved_for_a_gain_only() -> None:
    said = Listened(Curve(np.full(DURATION, 0.5), 1.0), np.full(DURATION, 0.9), np.zeros(DURATION))
    assert decided(MODEL, 40.0, 70.0, said, DURATION) is None
    # A strategy that chose another place than the curve's best keeps it, too.
    assert decided(MODEL, 150.0, 180.0, said, DURATION) is None
    assert FRAGMENT < WINDOW
