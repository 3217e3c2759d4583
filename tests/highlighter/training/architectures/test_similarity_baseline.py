"""The curve that needs no training."""

from __future__ import annotations

import numpy as np

from highlighter.training.architectures.similarity_baseline import curve


def test_a_loud_passage_that_comes_back_lies_above_a_soft_one_that_does_not() -> None:
    rng = np.random.default_rng(5)
    rate = 86.13 / 16
    part = round(20 * rate)
    chorus, colour = rng.random((part, 12)) ** 4, rng.random((part, 40))
    chroma, bands = rng.random((5 * part, 12)) ** 4, 0.05 * rng.random((5 * part, 40))
    for first in (part, 3 * part):
        chroma[first : first + part], bands[first : first + part] = chorus, colour
    found = curve(chroma.astype(np.float32), bands.astype(np.float32), 100.0)
    assert abs(found.values.size / found.rate - 100.0) < 1.0
    assert 0.0 <= found.values.min() <= found.values.max() <= 1.0
    second = found.values.size / 100.0
    inside = found.values[round(24 * second) : round(36 * second)].mean()
    outside = found.values[round(44 * second) : round(56 * second)].mean()
    assert inside > outside + 0.3


def test_silence_gives_a_curve_that_prefers_nothing() -> None:
    found = curve(np.zeros((400, 12), np.float32), np.zeros((400, 40), np.float32), 74.3)
    assert np.ptp(found.values) == 0.0
