"""What every strategy promises, whatever it is given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from highlighter.analysis import Sound, analyse_sound, listen_to
from highlighter.audio import Audio
from highlighter.highlight import Curve, Highlight, find_highlight, highlight_of, route
from highlighter.highlight.network import Curves
from highlighter.highlight.strategies import ALL, ByNetwork, Found, Heard, Strategy
from highlighter.highlight.tokens import Tokens

RATE = 11_025
LENGTHS = (8.0, 30.0, 60.0)
ROUTES = ("pop", "techno", "dubstep", "jazz", "classical", "ambient", "")


class Loudness:
    """Stands for the network where none is shipped: louder is more of a chorus."""

    def curves(self, seen: Tokens) -> Curves:
        force = seen.values[:, 36].astype(np.float64)
        told = 1.0 / (1.0 + np.exp(6.0 * (1.3 - force)))
        return Curves(told, np.zeros(force.size), seen.rate)

    def confidence(self, best: float) -> float:
        return best


def some_network() -> ByNetwork:
    return ByNetwork(lambda: Loudness())  # type: ignore[arg-type, return-value]


STRATEGIES: tuple[Strategy, ...] = tuple(
    some_network() if strategy.name == "network" else strategy for strategy in ALL
)
EACH = pytest.mark.parametrize("strategy", STRATEGIES, ids=lambda strategy: strategy.name)


PLAN = (0, 1, 2, 3, 4, 2, 5, 6, 7, 8)
"""Sections of 16 s; 2 is the chorus, is played early and, after a break, late and louder."""


def song(seconds: float = 150.0, gain: float = 1.0) -> np.ndarray:
    """Return the sections of `PLAN` on a beat of 120 BPM, in a room that is not quiet."""
    t = np.arange(RATE // 2) / RATE
    parts = []
    for beat in range(round(2 * seconds)):
        section = PLAN[beat // 32]
        chorus = section == 2
        loud = (1.0 if beat >= 128 else 0.8) if chorus else 0.15 + 0.05 * section
        step = np.random.default_rng(100 * section + beat % 32).integers(0, 24)
        wave = sum(
            np.sin(2 * np.pi * 110 * 2 ** (step / 12) * n * t) / n for n in range(1, 3 + section)
        )
        kick = np.sin(2 * np.pi * 55 * t) * np.exp(-12 * t) * (section in (2, 3))
        hat = np.random.default_rng(beat).standard_normal(t.size) * np.exp(-50 * t)
        parts.append(loud * (0.3 * wave * np.exp(-3 * t) + kick + (0.1 + 0.3 * chorus) * hat))
    room = 0.03 * np.random.default_rng(9).standard_normal(len(parts) * t.size)
    return 0.3 * gain * (np.concatenate(parts) + room)


def silence() -> np.ndarray:
    return np.zeros(100 * RATE)


def noise() -> np.ndarray:
    return 0.1 * np.random.default_rng(0).standard_normal(100 * RATE)


def clicks() -> np.ndarray:
    samples = np.zeros(100 * RATE)
    samples[:: RATE // 2] = 0.9
    return samples


def tone() -> np.ndarray:
    return 0.3 * np.sin(2 * np.pi * 440 * np.arange(100 * RATE) / RATE)


def barely_longer() -> np.ndarray:
    return song(60.5)


SOUNDS: dict[str, Callable[[], np.ndarray]] = {
    made.__name__: made for made in (song, silence, noise, clicks, tone, barely_longer)
}


def hear(samples: np.ndarray) -> Sound:
    return listen_to(Audio(samples.astype(np.float32)[:, None], RATE))


@pytest.fixture(scope="module")
def sounds() -> dict[str, Sound]:
    return {name: hear(made()) for name, made in SOUNDS.items()}


def heard(sound: Sound, genre: str = "") -> Heard:
    return Heard(sound, analyse_sound(sound), route(genre))


@pytest.fixture(scope="module")
def tracks(sounds: dict[str, Sound]) -> dict[str, Heard]:
    return {name: heard(sound) for name, sound in sounds.items()}


@pytest.fixture(scope="module")
def songs() -> list[Heard]:
    """Return the song twice, and then 6 dB quieter."""
    return [heard(hear(song(gain=gain)), "techno") for gain in (1.0, 1.0, 0.5)]


def check(found: Found, duration: float, seconds: float) -> None:
    assert 0.0 <= found.start < found.end <= duration + 1e-6
    assert found.end - found.start == pytest.approx(seconds, rel=0.05)
    assert 1.0 <= found.curve.rate <= 4.0
    assert found.curve.values.size == pytest.approx(duration * found.curve.rate, rel=2e-3, abs=3)
    assert np.isfinite(found.curve.values).all()
    assert found.curve.values.min() >= 0.0
    assert found.curve.values.max() <= 1.0
    assert 0.0 <= found.confidence <= 1.0
    assert len(found.reason) > 20
    assert not found.reason.endswith(".")


@EACH
@pytest.mark.parametrize("name", SOUNDS)
def test_an_answer_lies_inside_the_track_and_has_the_asked_length(
    strategy: Strategy, name: str, tracks: dict[str, Heard]
) -> None:
    for seconds in LENGTHS:
        found = strategy.find(tracks[name], seconds)
        if found is not None:
            check(found, tracks[name].sound.duration, seconds)
        else:
            assert strategy.name != "fixed"


@EACH
def test_the_same_track_has_the_same_answer_at_any_level(
    strategy: Strategy, songs: list[Heard]
) -> None:
    once, again, quiet = (strategy.find(track, 20.0) for track in songs)
    assert once is not None, "music with sections is what every strategy has an answer for"
    assert again is not None
    assert quiet is not None
    assert (once.start, once.end, once.confidence) == (again.start, again.end, again.confidence)
    np.testing.assert_array_equal(once.curve.values, again.curve.values)
    assert quiet.start == pytest.approx(once.start, abs=0.55)  # a beat
    assert quiet.confidence == pytest.approx(once.confidence, abs=0.15)
    assert np.abs(quiet.curve.values - once.curve.values).mean() < 0.08


@EACH
@pytest.mark.parametrize("name", ["silence", "tone"])
def test_where_nothing_happens_nobody_is_sure(
    strategy: Strategy, name: str, tracks: dict[str, Heard]
) -> None:
    if strategy.name == "network":
        pytest.skip("what a network makes of silence is its training's affair")
    found = strategy.find(tracks[name], 20.0)
    assert found is None or found.confidence < 0.25


@pytest.fixture(scope="module")
def three_hours(sounds: dict[str, Sound]) -> Heard:
    """Return three hours that change: the song again and again, at levels that drift."""
    one = sounds["song"]
    times = 72
    drift = 0.2 + 0.8 * np.abs(np.sin(np.arange(times * one.bands.shape[0]) / 9_000.0))
    sound = replace(
        one,
        duration=times * one.duration,
        bands=(np.tile(one.bands, (times, 1)) * drift[:, None]).astype(np.float32),
        chroma=np.tile(one.chroma, (times, 1)),
        onsets=np.tile(one.onsets, times),
    )
    analysis = analyse_sound(one)
    beats = np.arange(0.25, sound.duration, 0.5)
    return Heard(sound, replace(analysis, beats=tuple(beats.tolist())), route("techno"))


@EACH
def test_three_hours_are_answered_like_any_track(strategy: Strategy, three_hours: Heard) -> None:
    found = strategy.find(three_hours, 30.0)
    if found is not None:
        check(found, three_hours.sound.duration, 30.0)
        values, rate = found.curve.kept()
        assert len(values) <= 3_600
        assert len(values) / rate == pytest.approx(three_hours.sound.duration, rel=0.01)
    else:
        assert strategy.name in ("drop", "theme")  # the same all over: nothing returns, or is early


@pytest.mark.parametrize("genre", ROUTES)
@pytest.mark.parametrize("seconds", [0.001, 1.0, 9.0])
def test_a_track_of_a_second_is_answered_whole_for_every_genre(genre: str, seconds: float) -> None:
    audio = Audio(song(seconds + 0.5)[: max(1, round(RATE * seconds)), None].astype("f4"), RATE)
    highlight = find_highlight(audio, seconds=10.0, genre=genre)
    assert highlight.strategy == "whole"
    assert highlight.end == pytest.approx(audio.duration, abs=0.001)


@pytest.mark.parametrize("genre", ROUTES)
@pytest.mark.parametrize("name", SOUNDS)
def test_every_genre_has_an_answer_for_every_sound(
    name: str, genre: str, tracks: dict[str, Heard]
) -> None:
    sound = tracks[name].sound
    highlight = highlight_of(sound, tracks[name].analysis, seconds=30.0, genre=genre)
    assert highlight.end - highlight.start == pytest.approx(30.0, rel=0.05)
    assert 0.0 <= highlight.start < highlight.end <= sound.duration + 0.001
    assert all(0 <= value <= 100 for value in highlight.curve)
    assert len(highlight.curve) == pytest.approx(sound.duration * highlight.curve_rate, abs=2)
    assert 0.5 <= highlight.curve_rate <= 1.5
    assert Highlight.from_json(highlight.to_json()) == highlight
    if name in ("silence", "tone"):
        assert highlight.strategy == "fixed"
        assert highlight.confidence == 0.0


def test_a_curve_is_kept_by_its_greatest_values_in_hundredths() -> None:
    values = np.zeros(100)
    values[[3, 50]] = [0.555, 2.0]
    kept, rate = Curve(values, 2.69).kept()
    assert rate == pytest.approx(2.69 / 3, abs=1e-6)
    assert len(kept) == 34
    assert (kept[1], kept[16], sum(kept)) == (56, 100, 156)
    assert Curve(np.zeros(0), 2.0).kept() == ((), 0.0)
    many, slow = Curve(np.ones(10_000), 1.0).kept()
    assert len(many) <= 3_600
    assert len(many) / slow == pytest.approx(10_000, rel=0.001)
