"""The models alone, on activations whose best path is known."""

from __future__ import annotations

import numpy as np
import pytest

from highlighter.rhythm.bar_pointer import bars_of, beat_path
from highlighter.rhythm.confidence import SURE, Evidence, bar_confidence, beat_confidence

RATE = 100.0


def activation(places: np.ndarray, count: int, height: float = 0.9) -> np.ndarray:
    curve = np.full(count, 0.02)
    curve[places] = height
    return curve


@pytest.mark.parametrize("interval", [28, 33, 50, 71, 100, 150])
def test_even_peaks_are_the_beats(interval: int) -> None:
    places = np.arange(17, 3000, interval)
    # As long as a beat's onset lasts in the model.
    wide = places[:, None] + np.arange(max(1, round(interval / 16)))
    path = beat_path(activation(wide[wide < 3000], 3000), RATE)
    assert path is not None
    assert path.frames.size == places.size
    assert np.abs(path.frames - places).max() <= 1
    assert np.median(path.intervals) == interval


def test_a_missing_peak_is_bridged_and_an_extra_one_passed_over() -> None:
    places = np.arange(20, 3000, 50)
    curve = activation(np.delete(places, [10, 25, 26]), 3000)
    curve[[20 + 12 * 50 + 21, 20 + 30 * 50 + 33]] = 0.8
    path = beat_path(curve, RATE)
    assert path is not None
    assert np.abs(path.frames - places).max() <= 3


def test_a_tempo_that_grows_is_followed() -> None:
    intervals = np.round(np.linspace(60, 45, 55)).astype(int)
    places = 10 + np.concatenate([[0], np.cumsum(intervals)])
    path = beat_path(activation(places, int(places[-1]) + 30), RATE)
    assert path is not None
    assert np.abs(path.frames[: places.size] - places).max() <= 3


def test_moved_peaks_move_the_path() -> None:
    random = np.random.default_rng(0)
    curve = np.clip(activation(np.arange(9, 240, 40), 240) + random.normal(0, 0.02, 240), 0.01, 0.9)
    for move in (0, 7):
        path = beat_path(np.roll(curve, move), RATE)
        assert path is not None
        assert np.abs(path.frames[:6] - np.arange(9 + move, 240, 40)).max() <= 1


@pytest.mark.parametrize("count", [0, 1, 40])
def test_too_little_has_no_path(count: int) -> None:
    assert beat_path(np.full(count, 0.1), RATE) is None


@pytest.mark.parametrize("first", range(4))
def test_bars_of_four_are_counted_from_where_they_begin(first: int) -> None:
    downbeats = np.full(48, 0.05)
    downbeats[first::4] = 0.8
    bars = bars_of(downbeats)
    assert bars is not None
    assert bars.metre == 4
    assert np.flatnonzero(bars.positions == 0).tolist() == list(range(first, 48, 4))
    assert bars.metre_certainty > 0.99
    assert bars.certainty[first::4].min() > 0.9


def test_bars_of_three_are_told_from_bars_of_four() -> None:
    downbeats = np.full(48, 0.05)
    downbeats[1::3] = 0.7
    bars = bars_of(downbeats)
    assert bars is not None
    assert bars.metre == 3
    assert np.flatnonzero(bars.positions == 0).tolist() == list(range(1, 48, 3))


def test_a_beat_too_many_moves_the_bars_once() -> None:
    downbeats = np.full(49, 0.03)
    downbeats[[*range(0, 24, 4), *range(25, 49, 4)]] = 0.9
    bars = bars_of(downbeats)
    assert bars is not None
    assert np.flatnonzero(bars.positions == 0).tolist() == [*range(0, 24, 4), *range(25, 49, 4)]


def test_where_nothing_tells_bars_apart_none_is_certain() -> None:
    bars = bars_of(np.full(40, 0.25))
    assert bars is not None
    assert bars.certainty.max() < 0.4


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_beats_have_no_bars(count: int) -> None:
    assert bars_of(np.full(count, 0.5)) is None


def test_bars_that_go_on_evenly_do_not_slip_and_those_that_break_off_do() -> None:
    begins = np.tile([0.9, 0.05, 0.05, 0.05], 8)
    even = bars_of(begins)
    # One beat is missing in the middle: a bar of three among bars of four.
    broken = bars_of(np.delete(begins, 13))
    assert even is not None
    assert broken is not None
    assert (even.metre, even.slips) == (4, 0)
    assert (broken.metre, broken.slips) == (4, 1)
    # However certain each of them seems, a broken count is not called sure.
    assert bar_confidence(even, 1.0) > SURE
    assert bar_confidence(broken, 1.0) < 0.6


def test_where_as_much_begins_between_beats_only_a_clear_network_is_believed() -> None:
    def sure(strength: float, between: float) -> float:
        return beat_confidence(
            Evidence(
                strength=strength,
                alternation=0.0,
                unevenness=0.01,
                drift=0.001,
                agreement=1.0,
                octave_agreement=1.0,
                tempo_share=0.95,
                between=between,
                drummed=0.3,
            )
        )

    assert sure(0.45, 0.5) == sure(0.8, 1.2) == 1.0
    assert sure(0.45, 1.05) < 0.1
