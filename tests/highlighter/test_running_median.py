"""Running medians and the separation built on them, against scipy and librosa."""

from __future__ import annotations

import librosa
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from highlighter.analysis.running_median import medians_of_pairs, running_median
from highlighter.analysis.separation import SeparationMeter


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 1 << 30),
    size=st.integers(32, 300),
    highest=st.sampled_from([1, 3, 200, 65_535]),
)
def test_the_median_of_every_window_is_exact(seed: int, size: int, highest: int) -> None:
    values = np.random.default_rng(seed).integers(0, highest, size, np.uint16, endpoint=True)
    expected = ndimage.median_filter(values, 31)[15 : size - 16]
    assert np.array_equal(running_median(values), expected)


@pytest.mark.parametrize("highest", [1, 65_535])
def test_pairs_give_the_medians_of_every_second_window(highest: int) -> None:
    values = np.random.default_rng(3).integers(0, highest, 200, np.uint16, endpoint=True)
    expected = ndimage.median_filter(values, 31)[15:185:2]
    assert np.array_equal(medians_of_pairs(values[0::2], values[1::2], 1), expected)


@pytest.mark.parametrize("count", [1, 2, 7, 15, 16, 17, 31, 32, 33, 479, 480, 512, 513, 1100])
def test_separation_is_librosas_for_any_number_of_frames(count: int) -> None:
    magnitude = (np.random.default_rng(count).random((count, 33)) ** 4).astype(np.float32)
    expected = [(part**2).sum(axis=0)[::2] for part in librosa.decompose.hpss(magnitude.T)]
    meter = SeparationMeter(33)
    for first in range(0, count, 100):
        part = magnitude[first : first + 100]
        meter.push(part**2, part)
    found = meter.finish()
    assert found.shape == ((count + 1) // 2, 2)
    np.testing.assert_allclose(found.T, expected, rtol=0.01)


def test_silence_is_neither_harmonic_nor_percussive() -> None:
    meter = SeparationMeter(33)
    meter.push(np.zeros((40, 33), np.float32), np.zeros((40, 33), np.float32))
    assert not meter.finish().any()
