"""Each strategy finds what it looks for in music that was made so that the answer is known."""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass

import numpy as np
import pytest

from highlighter.analysis import analyse_sound, listen_to
from highlighter.audio import Audio
from highlighter.errors import HighlightModelError
from highlighter.highlight import find_highlight, route
from highlighter.highlight.network import Curves
from highlighter.highlight.strategies import ByNetwork, Climax, Densest, Drop, Heard, Theme
from highlighter.highlight.tokens import Tokens

RATE = 22_050


def heard(samples: np.ndarray, genre: str = "") -> Heard:
    sound = listen_to(Audio(samples.astype(np.float32)[:, None], RATE))
    return Heard(sound, analyse_sound(sound), route(genre))


def tone(seconds: float, hertz: float, overtones: int = 4) -> np.ndarray:
    t = np.arange(round(RATE * seconds)) / RATE
    wave = sum(np.sin(2 * np.pi * hertz * n * t) / n**1.3 for n in range(1, overtones + 1))
    return wave * np.minimum(1.0, np.minimum(60.0 * t, 60.0 * (t[-1] - t + 1e-3)))


def chord(seconds: float, root: int, overtones: int = 3) -> np.ndarray:
    return sum(tone(seconds, 110.0 * 2 ** ((root + step) / 12), overtones) for step in (0, 4, 7))


def club(plan: str, bpm: float = 128.0, seed: int = 0) -> np.ndarray:
    """Return one bar per letter: `k` kick, bass and hats, `b` a break of pads, `i` hats alone."""
    rng = np.random.default_rng(seed)
    beat = 60.0 / bpm
    size = round(RATE * beat)
    t = np.arange(size) / RATE
    kick = np.sin(2 * np.pi * (50.0 * t + 8.0 * (1 - np.exp(-30.0 * t)))) * np.exp(-9.0 * t)
    hat = rng.standard_normal(size) * np.exp(-60.0 * t)
    bars = []
    for number, letter in enumerate(plan):
        root = (0, 5, 7, 3)[number % 4]
        pad = 0.12 * chord(4 * size / RATE, root)[: 4 * size]
        beats = np.zeros(4 * size)
        for place in range(4):
            part = slice(place * size, (place + 1) * size)
            off = np.roll(hat, size // 2)
            if letter == "k":
                bass = 0.4 * np.sin(2 * np.pi * 55.0 * 2 ** (root / 12) * t)
                beats[part] += 0.8 * kick + bass + 0.15 * off
            elif letter == "i":
                beats[part] += 0.15 * (hat + off)
        bars.append(beats + pad[: beats.size])
    return 0.4 * np.concatenate(bars)


@pytest.mark.parametrize(
    ("plan", "drop", "genre"),
    [
        ("i" * 16 + "k" * 32 + "b" * 16 + "k" * 32 + "i" * 16, 64, "techno"),
        ("k" * 32 + "b" * 16 + "k" * 48 + "i" * 8, 48, "trance"),
        ("k" * 16 + "b" * 8 + "k" * 16 + "i" * 16, 24, "dubstep"),
    ],
)
def test_the_drop_is_the_bar_at_which_kick_and_bass_return(
    plan: str, drop: int, genre: str
) -> None:
    beat = 60.0 / 128.0
    found = Drop().find(heard(club(plan), genre), 20.0)
    assert found is not None
    assert found.start == pytest.approx(drop * 4 * beat, abs=0.6 * beat)
    assert found.confidence > 0.4
    curve = found.curve
    after = curve.values[round((drop * 4 * beat + 2) * curve.rate)]
    before = curve.values[round((drop * 4 * beat - 6) * curve.rate)]
    assert after > before + 0.4


def test_a_track_that_always_drives_has_no_drop() -> None:
    assert Drop().find(heard(club("k" * 64), "techno"), 20.0) is None


def test_techno_is_answered_with_its_drop_and_pop_is_not() -> None:
    samples = club("i" * 8 + "k" * 16 + "b" * 8 + "k" * 24).astype(np.float32)[:, None]
    by_drop = find_highlight(Audio(samples, RATE), seconds=16.0, genre="techno")
    assert by_drop.strategy == "drop"
    assert by_drop.start == pytest.approx(32 * 4 * 60.0 / 128.0, abs=0.4)
    assert find_highlight(Audio(samples, RATE), seconds=16.0, genre="pop").strategy != "drop"
    unsure = find_highlight(
        Audio(samples, RATE), seconds=16.0, genre="techno", genre_confidence=0.3
    )
    assert unsure.strategy != "drop"  # a guess never forces a heuristic


def melody(bars: int, seed: int, overtones: int = 5) -> np.ndarray:
    """Return bars of 2 s: eighths of a melody over the chords of a blues."""
    rng = np.random.default_rng(seed)
    changes = (0, 5, 0, 0, 5, 5, 0, 0)
    parts = []
    for bar in range(bars):
        root = changes[bar % 8]
        steps = root + rng.choice([0, 2, 4, 7, 9, 12, 14, 16], 8)
        lead = np.concatenate([tone(0.25, 220.0 * 2 ** (step / 12), overtones) for step in steps])
        parts.append(0.5 * lead + 0.15 * chord(2.0, root)[: lead.size])
    return 0.3 * np.concatenate(parts)


def test_the_theme_is_what_is_stated_early_and_again_at_the_end() -> None:
    first, middle = melody(4, 1), melody(4, 2)
    theme = np.concatenate([first, first, middle, first])  # A A B A, 32 s
    solos = np.concatenate([melody(16, seed, 2 + seed % 6) for seed in range(10, 13)])
    intro, coda = 0.5 * melody(4, 77, 2), 0.3 * melody(2, 78, 2)
    found = Theme().find(heard(np.concatenate([intro, theme, solos, theme, coda])), 30.0)
    assert found is not None
    assert "theme" in found.reason
    assert found.start == pytest.approx(8.0, abs=4.0)
    assert found.confidence > 0.4


def test_without_a_theme_the_most_energetic_chorus_is_taken() -> None:
    choruses = [(0.2 + 0.8 * (seed == 5)) * melody(8, seed, 1 + seed) for seed in range(8)]
    found = Theme().find(heard(np.concatenate(choruses)), 16.0)
    assert found is not None
    assert "energetic" in found.reason
    assert found.start == pytest.approx(80.0, abs=3.0)


def phrases_of(levels: list[float], seconds: float = 10.0) -> np.ndarray:
    """Return a phrase of strings for each level, with a breath of half a second after each."""
    rng = np.random.default_rng(5)
    parts = []
    for gain in levels:
        notes = [chord(0.5, int(rng.integers(0, 12)), 6) for _ in range(round(2 * seconds) - 1)]
        sound = np.concatenate(notes)
        parts += [gain * sound, np.zeros(round(RATE * 0.5))]
    return 0.1 * np.concatenate(parts)


def test_the_climax_is_reached_from_below_and_begins_with_a_phrase() -> None:
    levels = [0.05, 0.06, 0.05, 0.1, 0.2, 0.45, 1.0, 0.9, 0.1, 0.05, 0.06, 0.05]
    found = Climax().find(heard(phrases_of(levels)), 30.0)
    assert found is not None
    assert 40.0 <= found.start <= 55.0  # the crescendo begins at 40 s
    assert found.start < 60.0 < found.end - 5.0  # and leads to the loudest phrase, from 60 s
    assert abs(found.start / 10.0 - round(found.start / 10.0)) < 0.1  # phrases begin every 10 s
    assert found.confidence > 0.4


def test_a_piece_without_dynamics_has_no_climax() -> None:
    assert Climax().find(heard(phrases_of([1.0] * 10)), 30.0) is None


def test_the_densest_passage_is_where_most_happens_at_once() -> None:
    rng = np.random.default_rng(3)
    samples = np.zeros(RATE * 150)
    for second in range(148):
        many = 14 if 70 <= second < 100 else 1
        for _ in range(many):
            at = round(RATE * (second + rng.uniform(0.0, 1.0)))
            note = tone(0.5, float(rng.choice([110, 165, 247, 370, 554, 831, 1245, 1867, 2800])), 5)
            samples[at : at + note.size] += 0.1 * note[: samples.size - at]
    found = Densest().find(heard(samples), 24.0)
    assert found is not None
    assert 68.0 <= found.start <= 78.0
    assert found.confidence > 0.4


@dataclass
class Oracle:
    """Stands for a network that knows: a chorus from 40 s on, and again from 90 s, surer."""

    fails: bool = False

    def curves(self, seen: Tokens) -> Curves:
        if self.fails:
            raise HighlightModelError("It fails", which="x", why="it must", next_step="none")
        t = np.arange(seen.values.shape[0]) / seen.rate
        interest = np.where((t > 40) & (t < 60), 0.7, 0.1) + np.where((t > 90) & (t < 110), 0.9, 0)
        starts = np.exp(-0.5 * ((t - 90.0) / 1.0) ** 2)
        return Curves(np.clip(interest, 0.0, 1.0), starts, seen.rate)

    def confidence(self, best: float) -> float:
        return best


def test_the_network_is_believed_where_it_is_sure_of_a_chorus() -> None:
    samples = np.concatenate([melody(4, seed) for seed in range(18)])
    alone = ByNetwork(lambda: Oracle(), share=1.0)  # type: ignore[arg-type, return-value]
    found = alone.find(heard(samples), 20.0)
    assert found is not None
    assert found.start == pytest.approx(90.0, abs=3.0)
    assert found.confidence > 0.5
    assert "network" in found.reason


def test_a_long_track_is_shown_to_the_network_in_blocks_at_its_usual_rate() -> None:
    seen: list[tuple[int, float]] = []

    class Watching(Oracle):
        def curves(self, given: Tokens) -> Curves:
            seen.append((given.values.shape[0], given.rate))
            return super().curves(given)

    once = heard(np.concatenate([melody(4, seed) for seed in range(6)]))
    many = 20
    sound = type(once.sound)(
        **{
            **{name: getattr(once.sound, name) for name in once.sound.__slots__},
            "duration": many * once.sound.duration,
            "bands": np.tile(once.sound.bands, (many, 1)),
            "chroma": np.tile(once.sound.chroma, (many, 1)),
            "onsets": np.tile(once.sound.onsets, many),
        }
    )
    found = ByNetwork(lambda: Watching()).find(Heard(sound, once.analysis, once.route), 30.0)  # type: ignore[arg-type, return-value]
    assert found is not None
    assert len(seen) == math.ceil(sound.duration / 300.0)
    assert all(count <= 2_048 and 2.6 < rate < 2.8 for count, rate in seen)
    assert found.end <= sound.duration


def test_without_a_network_or_with_a_broken_one_the_next_is_asked(
    caplog: pytest.LogCaptureFixture,
) -> None:
    track = heard(np.concatenate([melody(8, 1), 0.3 * melody(8, 2), melody(8, 1)]))
    assert ByNetwork(lambda: None).find(track, 20.0) is None
    assert not caplog.records
    with caplog.at_level(logging.WARNING):
        assert ByNetwork(lambda: Oracle(fails=True)).find(track, 20.0) is None  # type: ignore[arg-type, return-value]
    assert "without the network" in caplog.text
