"""From a curve to the seconds that are played: weights, beats, bars, phrases."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from highlighter.analysis import analyse_sound, listen_to
from highlighter.audio import Audio
from highlighter.highlight.phrases import Phrases, phrases
from highlighter.highlight.window import LENGTH_TOLERANCE, best_window, settled

RATE = 11_025


def grid(
    starts: tuple[float, ...] = (),
    *,
    strength: float = 0.8,
    beat: float = 0.9,
    downbeat: float = 0.9,
    until: float = 120.0,
) -> Phrases:
    beats = np.arange(0.0, until, 0.5)
    return Phrases(
        beats, beats[::4], np.array(starts), np.full(len(starts), strength), beat, downbeat
    )


def test_of_two_windows_with_the_chorus_the_one_that_begins_with_it_is_taken() -> None:
    values = np.zeros(400)
    values[200:240] = 1.0  # 20 s of a 30 s window
    plain = best_window(values, 2.0, 30.0, 200.0, 0.0, fading=False)
    assert 90.0 <= plain.start <= 100.0  # anywhere, as long as all of it is inside
    assert best_window(values, 2.0, 30.0, 200.0).start == pytest.approx(100.0, abs=0.5)


def test_a_pre_chorus_is_heard_with_its_chorus() -> None:
    values = np.full(400, 0.1)
    values[160:180] = 0.7  # ten seconds that lead up to
    values[180:220] = 1.0  # twenty of chorus
    values[220:240] = 0.1
    assert best_window(values, 2.0, 30.0, 200.0).start == pytest.approx(80.0, abs=2.0)


def test_what_begins_there_counts_where_it_is_told() -> None:
    values = np.full(400, 0.5)
    begins = np.zeros(400)
    begins[123] = 0.2
    assert best_window(values, 2.0, 30.0, 200.0, begins=begins).start == pytest.approx(61.5)


def test_the_start_goes_to_a_phrase_where_bars_are_sure() -> None:
    assert settled(31.2, 30.0, 120.0, grid((32.0,)))[0] == 32.0
    assert settled(31.2, 30.0, 120.0, grid((34.0,)))[0] == 31.0  # too far: the nearest beat
    assert settled(31.2, 30.0, 120.0, grid((32.0,), strength=0.1))[0] == 31.0  # nothing changes
    assert settled(31.2, 30.0, 120.0, grid((31.9, 30.0)))[0] == 31.9


def test_an_unsure_downbeat_is_passed_over_for_a_beat_and_an_unsure_beat_for_nothing() -> None:
    assert settled(31.2, 30.0, 120.0, grid((32.0,), downbeat=0.1)) == (31.0, 61.0)
    unsure = settled(31.2, 30.0, 120.0, grid((32.0,), downbeat=0.1, beat=0.2))
    assert unsure == (31.2, 61.2)


def test_the_end_goes_to_a_phrase_that_costs_little() -> None:
    assert settled(32.0, 30.0, 120.0, grid((32.0, 63.2))) == (32.0, 63.2)
    assert settled(32.0, 30.0, 120.0, grid((32.0, 60.8))) == (32.0, 60.8)
    assert settled(32.0, 30.0, 120.0, grid((32.0, 64.0))) == (32.0, 62.0)  # 2 s are too many
    assert settled(32.0, 30.0, 62.0, grid((32.0, 63.0))) == (32.0, 62.0)  # behind the track's end


@given(
    start=st.floats(-5.0, 200.0),
    seconds=st.floats(8.0, 60.0),
    spare=st.floats(0.0, 120.0),
    starts=st.lists(st.floats(0.0, 200.0), max_size=20),
    sure=st.floats(0.0, 1.0),
)
@settings(max_examples=200, deadline=None)
def test_whatever_the_grid_the_window_is_inside_and_about_as_long_as_asked(
    start: float, seconds: float, spare: float, starts: list[float], sure: float
) -> None:
    total = seconds + spare
    some = grid(tuple(sorted(starts)), downbeat=sure, beat=sure, until=total)
    begin, end = settled(start, seconds, total, some)
    assert 0.0 <= begin < end <= total + 1e-9
    assert abs(end - begin - seconds) <= LENGTH_TOLERANCE * seconds + 1e-9


def piece(meter: int, bars: int, section: int = 8, seed: int = 0) -> np.ndarray:
    """Return beats of half a second: a new chord each bar, a new colour each section."""
    rng = np.random.default_rng(seed)
    t = np.arange(RATE // 2) / RATE
    fade = np.minimum(1.0, 80.0 * t) * np.exp(-2.5 * t)
    parts = []
    root = 0
    for bar in range(bars):
        root = (root + int(rng.integers(1, 11))) % 12
        overtones = 2 + 5 * ((bar // section) % 2)
        for _ in range(meter):
            wave = np.zeros(t.size)
            for step in (0, 4, 7):
                hertz = 110.0 * 2.0 ** ((root + step) / 12)
                wave += sum(np.sin(2 * np.pi * hertz * n * t) / n for n in range(1, overtones + 1))
            parts.append(fade * wave + 0.05 * rng.standard_normal(t.size) * np.exp(-40 * t))
    return 0.1 * np.concatenate(parts)


def told(samples: np.ndarray) -> Phrases:
    sound = listen_to(Audio(samples.astype(np.float32)[:, None], RATE))
    return phrases(sound, analyse_sound(sound))


@pytest.mark.parametrize("upbeats", [0, 1, 3])
def test_bars_begin_where_harmony_changes(upbeats: int) -> None:
    samples = piece(4, 48)[(4 - upbeats) % 4 * (RATE // 2) :]
    found = told(samples)
    assert found.downbeat_confidence >= 0.3
    first = 0.5 * upbeats
    away = np.abs((found.downbeats - first + 1.0) % 2.0 - 1.0)
    assert np.median(away) < 0.1


def test_phrases_begin_where_the_sections_do() -> None:
    found = told(piece(4, 64))
    sections = np.arange(16.0, 120.0, 16.0)
    near = np.abs(found.starts[:, None] - sections[None, :]).min(axis=0)
    assert (near < 0.3).all()
    places = np.abs(found.starts[:, None] - sections[None, :]).argmin(axis=0)
    others = np.setdiff1d(np.arange(found.starts.size), places)
    assert found.strengths[places].mean() > found.strengths[others].mean() + 0.3


def test_a_waltz_has_beats_and_no_sure_bars() -> None:
    found = told(piece(3, 60, section=100))
    assert found.beats.size > 100
    assert found.downbeat_confidence < 0.3


def test_without_beats_there_is_an_empty_grid() -> None:
    samples = 0.1 * np.random.default_rng(0).standard_normal(60 * RATE)
    sound = listen_to(Audio(samples.astype(np.float32)[:, None], RATE))
    analysis = replace(analyse_sound(sound), bpm=None, bpm_confidence=0.0, beats=())
    found = phrases(sound, analysis)
    assert found.starts.size == found.downbeats.size == 0
    assert found.downbeat_confidence == 0.0
    assert settled(10.0, 20.0, 60.0, found) == (10.0, 30.0)
