"""Phrases on bars whose contents are known."""

from __future__ import annotations

import numpy as np
import pytest

from highlighter.rhythm.phrases import phrase_starts
from highlighter.rhythm.spectrum import BANDS, FRAME_RATE

BAR = 2.0


def music(letters: str, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return levels and downbeats of bars that sound as their letters do."""
    random = np.random.default_rng(seed)
    sounds = {letter: random.random(BANDS) for letter in sorted(set(letters))}
    rows = round(BAR * FRAME_RATE)
    levels = np.concatenate([np.tile(sounds[letter], (rows, 1)) for letter in letters])
    levels = levels + random.normal(0.0, 0.05, levels.shape)
    downbeats = np.arange(len(letters)) * rows / FRAME_RATE
    return levels.astype(np.float32), downbeats


@pytest.mark.parametrize("lead", range(4))
def test_phrases_begin_where_the_sound_changes(lead: int) -> None:
    levels, downbeats = music("X" * lead + "AAAABBBBAAAACCCC")
    found = phrase_starts(levels, downbeats)
    assert {lead + 4, lead + 8, lead + 12} <= set(found.bars.tolist())
    assert set(found.bars % 4) == {lead % 4}
    assert found.confidence > 0.5


def test_eight_bars_may_be_one_phrase() -> None:
    levels, downbeats = music("AAAAAAAABBBBBBBBAAAAAAAA")
    found = phrase_starts(levels, downbeats)
    strong = found.bars[found.strengths > 0.6].tolist()
    assert strong == [8, 16]


def test_where_all_bars_are_alike_no_phrase_is_sure() -> None:
    confidences = [phrase_starts(*music("A" * 24, seed)).confidence for seed in range(6)]
    assert np.mean(confidences) < 0.5


@pytest.mark.parametrize("count", range(4))
def test_fewer_than_four_bars_have_no_phrases(count: int) -> None:
    levels, downbeats = music("AAAA")
    found = phrase_starts(levels, downbeats[:count])
    assert found.bars.size == 0
    assert found.confidence == 0.0
