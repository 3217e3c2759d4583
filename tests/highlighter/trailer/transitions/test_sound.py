"""How transitions sound, measured on noise that has nothing in common."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from highlighter.trailer.bands import low_pass
from highlighter.trailer.transitions.sound import fade_curve, heard

RATE = 44_100


@dataclass(frozen=True)
class How:
    kind: str
    style: str = ""
    beat_seconds: float = 0.5
    fade: float = 0.0
    gap: float = 0.0


def noise(seconds: float, seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    return (0.1 * random.normal(size=(round(seconds * RATE), 2))).astype(np.float32)


def level(samples: np.ndarray) -> float:
    return float(10.0 * np.log10(np.mean(samples**2) + 1e-12))


EVERY = [
    How("plain"),
    How("beat-matched"),
    How("assisted", "echo"),
    How("assisted", "filter"),
    How("breath", fade=1.5, gap=0.4),
    How("cut", "fades", fade=0.3),
    How("cut", "silence", fade=0.01, gap=0.3),
]


@pytest.mark.parametrize("how", EVERY, ids=lambda how: f"{how.kind} {how.style}")
def test_a_transition_meets_what_lies_around_it_without_a_step(how):
    leaving, entering = noise(4.0, 1), noise(4.0, 2)
    found = heard(how, leaving, entering, RATE)
    assert found.shape == leaving.shape
    assert np.abs(found[:20] - leaving[:20]).max() < 2e-3
    assert np.abs(found[-20:] - entering[-20:]).max() < 2e-2
    assert np.array_equal(found, heard(how, leaving, entering, RATE))


@pytest.mark.parametrize("seconds", [1.5, 2.4, 8.0])
@pytest.mark.parametrize("kind", ["plain", "beat-matched"])
def test_energy_stays_flat_across_unrelated_sounds(kind, seconds):
    """In whole, and in the bass and above it each by itself."""
    leaving, entering = noise(seconds, 1), noise(seconds, 2)
    found = heard(How(kind), leaving, entering, RATE)
    for before, after in ((leaving, found), (leaving - low_pass(leaving, 300.0, RATE),) * 2):
        usual = level(before)
        pieces = np.array_split(after, 6)
        assert [level(piece) for piece in pieces] == pytest.approx([usual] * 6, abs=0.5)
    low = low_pass(found, 120.0, RATE)
    usual = level(low_pass(leaving, 120.0, RATE))
    # Bass noise itself wavers by some tenths of a dB over half a second.
    pieces = np.array_split(low, 3)
    assert [level(piece) for piece in pieces] == pytest.approx([usual] * 3, abs=1.5)


def test_the_bass_changes_hands_in_the_middle_at_once():
    seconds = 4.0
    place = np.arange(round(seconds * RATE)) / RATE
    tones = [
        np.repeat(np.sin(2 * np.pi * hertz * place)[:, None], 2, axis=1).astype(np.float32)
        for hertz in (55.0, 80.0)
    ]
    found = heard(How("beat-matched"), *tones, RATE)[:, 0]
    before = np.abs(np.fft.rfft(found[RATE : 2 * RATE - RATE // 5], RATE))
    after = np.abs(np.fft.rfft(found[2 * RATE + RATE // 5 : 3 * RATE], RATE))
    assert before[55] > 50.0 * before[80] * 0.2
    assert int(before.argmax()) == pytest.approx(55, abs=2)
    assert int(after.argmax()) == pytest.approx(80, abs=2)
    assert before[80] < 0.1 * before[55]
    assert after[55] < 0.1 * after[80]


def test_above_the_bass_both_are_heard_in_the_middle():
    place = np.arange(4 * RATE) / RATE
    tones = [
        np.repeat(np.sin(2 * np.pi * hertz * place)[:, None], 2, axis=1).astype(np.float32)
        for hertz in (1_000.0, 1_500.0)
    ]
    found = heard(How("beat-matched"), *tones, RATE)[:, 0]
    middle = np.abs(np.fft.rfft(found[2 * RATE - RATE // 20 : 2 * RATE + RATE // 20], RATE))
    assert middle[1_000] == pytest.approx(middle[1_500], rel=0.1)


def test_a_breath_is_silent_in_its_middle_and_nowhere_else():
    found = heard(How("breath", fade=1.5, gap=0.4), noise(4.0, 1), noise(4.0, 2), RATE)
    gap = round(0.19 * RATE)
    assert np.abs(found[2 * RATE - gap : 2 * RATE + gap]).max() == 0.0
    assert level(found[: RATE // 2]) > -22.0
    assert level(found[-RATE // 2 :]) > -22.0


def test_a_cut_with_fades_lets_neither_sound_over_the_other():
    ones = np.ones((RATE, 2), dtype=np.float32)
    found = heard(How("cut", "fades", fade=0.3), ones, -ones, RATE)[:, 0]
    assert (found[: RATE // 2] >= 0.0).all()
    assert (found[RATE // 2 :] <= 0.0).all()
    assert found[round(0.19 * RATE)] == 1.0
    assert found[round(0.81 * RATE)] == -1.0


@pytest.mark.parametrize("style", ["echo", "filter"])
def test_an_assisted_entry_is_at_full_level_on_its_beat(style):
    silence, entering = np.zeros((4 * RATE, 2), dtype=np.float32), noise(4.0, 2)
    found = heard(How("assisted", style), silence, entering, RATE)
    assert np.allclose(found[2 * RATE - 300 :], entering[2 * RATE - 300 :], atol=1e-6)
    assert np.abs(found[: 2 * RATE - 1_000]).max() == 0.0


def test_echoes_die_away_a_beat_apart_and_leave_the_bass_alone():
    leaving = noise(4.0, 1)
    silence = np.zeros_like(leaving)
    found = heard(How("assisted", "echo", beat_seconds=0.5), leaving, silence, RATE)
    beats = [found[2 * RATE + RATE // 2 * n : 2 * RATE + RATE // 2 * (n + 1)] for n in range(3)]
    levels = [level(beat) for beat in beats]
    assert np.diff(levels) == pytest.approx([-6.0, -6.0], abs=0.5)
    assert level(low_pass(found[2 * RATE :], 120.0, RATE)) < level(found[2 * RATE :]) - 40.0


def test_a_filter_closes_before_the_second_track_enters():
    leaving = noise(4.0, 1)
    found = heard(How("assisted", "filter"), leaving, np.zeros_like(leaving), RATE)
    bright = found - low_pass(found, 2_000.0, RATE)
    start, end = bright[: RATE // 2], bright[2 * RATE - RATE // 2 : 2 * RATE - RATE // 20]
    assert level(start) > level(end) + 15.0
    assert level(found[2 * RATE - RATE // 4 : 2 * RATE - RATE // 20]) > -60.0


def test_fade_curves_add_up_in_energy():
    curve = fade_curve(1_000)[:, 0].astype(float)
    assert np.allclose(curve**2 + curve[::-1] ** 2, 1.0, atol=1e-6)
    assert fade_curve(0).shape == (0, 1)
