from __future__ import annotations

import math

import numpy as np
import pytest

from highlighter.analysis import analyse_sound, listen_to
from highlighter.audio import Audio
from highlighter.errors import AudioBadRequestError
from highlighter.highlight import Highlight, find_highlight, highlight_of, interest, route
from highlighter.highlight.similarity import along_diagonals, repeats
from highlighter.highlight.strategies import Energy, Heard, Repetition
from highlighter.highlight.window import best_window, snapped

RATE = 22_050


def sung(seconds: float, seed: int, gain: float) -> np.ndarray:
    """Return a passage of its own melody and timbre: notes of half a second from one seed."""
    rng = np.random.default_rng(seed)
    t = np.arange(round(RATE * 0.5)) / RATE
    shape = np.minimum(1.0, 40.0 * t) * np.exp(-2.0 * t)
    notes = []
    for _ in range(math.ceil(seconds / 0.5)):
        hertz = 110.0 * 2.0 ** (rng.integers(0, 30) / 12.0)
        overtones = rng.uniform(0.0, 1.0, 5) / np.arange(1, 6)
        tone = sum(a * np.sin(2 * np.pi * hertz * (n + 1) * t) for n, a in enumerate(overtones))
        notes.append(shape * (tone + 0.05 * rng.standard_normal(t.size)))
    sound = np.concatenate(notes)[: round(RATE * seconds)]
    return gain * sound / max(1e-9, np.abs(sound).max())


def song(*sections: tuple[float, int, float]) -> Audio:
    parts = np.concatenate([sung(*section) for section in sections])
    return Audio(parts.astype(np.float32)[:, None], RATE)


CHORUS = 99


@pytest.fixture(scope="module")
def verse_and_chorus() -> Audio:
    """Return 170 s whose only passage that comes back begins at 30, 85 and 140 s."""
    return song((30, 1, 0.4), (25, CHORUS, 0.5), (30, 2, 0.4), (25, CHORUS, 0.5), (30, 3, 0.4),
                (25, CHORUS, 0.5), (5, 4, 0.3))  # fmt: skip


def heard(audio: Audio) -> Heard:
    sound = listen_to(audio)
    return Heard(sound, analyse_sound(sound), route(None))


def test_the_passage_that_comes_back_is_the_highlight(verse_and_chorus: Audio) -> None:
    highlight = find_highlight(verse_and_chorus, seconds=25.0)
    assert highlight.strategy in ("network", "repetition")
    nearest = min((30.0, 85.0, 140.0), key=lambda start: abs(start - highlight.start))
    assert abs(highlight.start - nearest) < 6.0  # three quarters of it, or more, are inside
    assert highlight.confidence > 0.3
    found = Repetition().find(heard(verse_and_chorus), 25.0)
    assert found is not None
    assert min(abs(start - found.start) for start in (30.0, 85.0, 140.0)) < 6.0
    assert "comes back" in found.reason


def test_what_comes_back_wins_over_what_is_merely_a_little_louder() -> None:
    audio = song((30, 1, 0.4), (25, CHORUS, 0.4), (30, 2, 0.5), (25, CHORUS, 0.4), (30, 3, 0.45))
    found = Repetition().find(heard(audio), 25.0)
    assert found is not None
    assert min(abs(found.start - 30.0), abs(found.start - 85.0)) < 6.0


def test_of_equal_repeats_the_louder_one_is_taken() -> None:
    audio = song((30, 1, 0.3), (25, CHORUS, 0.25), (30, 2, 0.3), (25, CHORUS, 0.6), (30, 3, 0.3))
    assert find_highlight(audio, seconds=25.0).start == pytest.approx(85.0, abs=4.0)


def test_where_nothing_comes_back_the_most_forceful_passage_is_taken() -> None:
    rng = np.random.default_rng(0)
    level = np.interp(
        np.arange(120 * RATE) / RATE, [0, 40, 60, 80, 120], [0.02, 0.02, 0.4, 0.02, 0.02]
    )
    audio = Audio((level * rng.standard_normal(level.size)).astype(np.float32)[:, None], RATE)
    assert Repetition().find(heard(audio), 20.0) is None
    found = Energy().find(heard(audio), 20.0)
    assert found is not None
    assert found.start == pytest.approx(50.0, abs=4.0)
    assert find_highlight(audio, seconds=20.0).start == pytest.approx(50.0, abs=8.0)


@pytest.mark.parametrize("kind", ["silence", "offset", "noise"])
def test_where_nothing_stands_out_a_rule_decides_and_claims_nothing(kind: str) -> None:
    length = 90 * RATE
    signal = {
        "silence": np.zeros(length),
        "offset": np.full(length, 0.4),
        "noise": 0.1 * np.random.default_rng(0).standard_normal(length),
    }[kind]
    highlight = find_highlight(Audio(signal.astype(np.float32)[:, None], RATE))
    assert highlight.strategy == "fixed"
    assert highlight.confidence == 0.0
    assert (highlight.start, highlight.end) == (18.0, 48.0)


@pytest.mark.parametrize("seconds", [1 / RATE, 0.2, 7.0, 29.9])
def test_a_track_no_longer_than_asked_for_is_answered_whole(seconds: float) -> None:
    audio = Audio(sung(seconds, 1, 0.5).astype(np.float32)[:, None], RATE)
    highlight = find_highlight(audio)
    assert highlight.strategy == "whole"
    assert highlight.start == 0.0
    assert highlight.end == pytest.approx(audio.duration, abs=0.001)


@pytest.mark.parametrize("seconds", [8.0, 15.0, 30.0, 45.5, 60.0])
def test_the_window_has_the_asked_length_and_lies_in_the_track(
    verse_and_chorus: Audio, seconds: float
) -> None:
    highlight = find_highlight(verse_and_chorus, seconds=seconds)
    assert highlight.end - highlight.start == pytest.approx(seconds, rel=0.05)
    assert highlight.duration == pytest.approx(highlight.end - highlight.start, abs=0.002)
    assert highlight.start >= 0.0
    assert highlight.end <= verse_and_chorus.duration + 0.001
    assert 0.0 <= highlight.confidence <= 1.0


def test_a_passage_behind_the_first_two_hundred_seconds_is_found() -> None:
    audio = song((120, 1, 0.3), (110, 2, 0.3), (25, CHORUS, 0.5), (20, 3, 0.3), (25, CHORUS, 0.5))
    assert find_highlight(audio, seconds=25.0).start > 200.0


def test_the_start_is_on_a_beat_where_the_beat_is_sure(verse_and_chorus: Audio) -> None:
    sound = listen_to(verse_and_chorus)
    analysis = analyse_sound(sound)
    assert analysis.bpm_confidence >= 0.35
    highlight = highlight_of(sound, analysis, seconds=20.0)
    assert min(abs(beat - highlight.start) for beat in analysis.beats) < 0.002


def test_the_answer_is_the_same_each_time_and_in_stereo(verse_and_chorus: Audio) -> None:
    once = find_highlight(verse_and_chorus)
    assert find_highlight(verse_and_chorus) == once
    both = Audio(np.repeat(verse_and_chorus.samples, 2, axis=1), RATE)
    assert find_highlight(both).start == pytest.approx(once.start, abs=0.05)


@pytest.mark.parametrize("seconds", [0.0, 7.9, 60.1, -5.0, float("nan"), float("inf")])
def test_a_length_out_of_range_is_refused(verse_and_chorus: Audio, seconds: float) -> None:
    with pytest.raises(AudioBadRequestError, match="8 to 60"):
        find_highlight(verse_and_chorus, seconds=seconds)


def test_an_hour_is_answered_in_blocks_with_more_than_a_value_per_second() -> None:
    minutes = [
        sung(60.0, seed % 7, 0.2 + 0.05 * (seed % 3)).astype(np.float32) for seed in range(7)
    ]
    hour = np.concatenate([minutes[n % 7] for n in range(60)])
    sound = listen_to(Audio(hour[:, None], RATE))
    curve = interest(sound)
    assert curve.values.size == pytest.approx(3600 * curve.rate, rel=0.01)
    assert 1.0 <= curve.rate <= 4.0
    highlight = highlight_of(sound, analyse_sound(sound), seconds=30.0)
    assert highlight.strategy in ("network", "repetition")
    assert highlight.duration == pytest.approx(30.0, rel=0.05)


def test_interest_is_a_curve_from_nothing_to_one(verse_and_chorus: Audio) -> None:
    curve = interest(listen_to(verse_and_chorus))
    assert curve.values.size == pytest.approx(verse_and_chorus.duration * curve.rate, abs=3)
    assert 0.0 <= curve.values.min() < curve.values.max() <= 1.0
    inside = curve.repetition[round(35 * curve.rate) : round(50 * curve.rate)].mean()
    outside = curve.repetition[round(60 * curve.rate) : round(78 * curve.rate)].mean()
    assert inside > outside + 0.3


def test_a_highlight_survives_its_json() -> None:
    highlight = Highlight(1.5, 31.5, 30.0, "repetition", 0.7, "it comes back")
    assert Highlight.from_json(highlight.to_json()) == highlight


@pytest.mark.parametrize("length", [1, 2, 3, 5, 8, 13])
def test_means_along_diagonals_are_those_of_a_plain_loop(length: int) -> None:
    matrix = np.random.default_rng(0).standard_normal((20, 20)).astype(np.float32)
    ours = along_diagonals(matrix, length)
    assert ours.shape == (21 - length, 21 - length)
    if length in (1, 2, 8):  # powers of two are exact; others weigh the middle twice
        plain = np.mean([matrix[3 + k, 9 + k] for k in range(length)])
        assert ours[3, 9] == pytest.approx(plain, abs=1e-5)
    assert along_diagonals(np.ones((20, 20), np.float32), length) == pytest.approx(1.0)


def test_rows_that_come_back_stand_out_in_a_known_matrix() -> None:
    rng = np.random.default_rng(0)
    rows = rng.standard_normal((120, 16))
    rows[80:100] = rows[20:40]
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    found = repeats((rows @ rows.T).astype(np.float32), 10, 20)
    assert set(np.argsort(found)[-20:]) <= set(range(15, 45)) | set(range(75, 105))
    assert not repeats(np.ones((20, 20), np.float32), 10, 20).any()  # too short to come back


def test_the_best_window_is_the_one_with_the_most_interest_inside() -> None:
    values = np.zeros(200)
    values[120:160] = 1.0
    choice = best_window(values, 2.0, 20.0, 100.0)
    assert choice.start == pytest.approx(60.0, abs=0.6)
    assert choice.margin > 0.9
    assert best_window(np.full(200, 0.5), 2.0, 20.0, 100.0).margin == 0.0


def test_snapping_takes_the_nearest_beat_within_reach_and_inside_the_track() -> None:
    beats = (9.0, 9.6, 10.4, 70.1)
    assert snapped(10.0, beats, 100.0, 0.5) == 9.6 or snapped(10.0, beats, 100.0, 0.5) == 10.4
    assert snapped(9.9, beats, 100.0, 0.5) == 9.6
    assert snapped(10.0, beats, 9.8, 0.5) == 9.6
    assert snapped(50.0, beats, 100.0, 0.5) == 50.0
    assert snapped(70.0, beats, 70.0, 0.5) == 70.0
