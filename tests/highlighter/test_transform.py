from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from scipy import fft

from highlighter.analysis import transform

ROWS = np.random.default_rng(3).standard_normal((7, 512)).astype(np.float32)


@pytest.fixture(autouse=True)
def _chosen_anew() -> Iterator[None]:
    transform._transform.cache_clear()
    yield
    transform._transform.cache_clear()


def test_the_transform_is_that_of_scipy_in_single_precision() -> None:
    ours = transform.rfft(ROWS)
    assert ours.dtype == np.complex64
    np.testing.assert_array_equal(ours, fft.rfft(ROWS, axis=1))


def test_rows_may_overlap_as_windows_of_a_signal_do() -> None:
    windows = np.lib.stride_tricks.sliding_window_view(ROWS.ravel(), 512)[::128]
    np.testing.assert_allclose(transform.rfft(windows), np.fft.rfft(windows), atol=1e-3)


@pytest.mark.parametrize("failure", [ImportError, AttributeError, OSError])
def test_another_scipy_is_asked_by_its_front_door(
    monkeypatch: pytest.MonkeyPatch, failure: type[Exception]
) -> None:
    def gone() -> None:
        raise failure("not in this release")

    monkeypatch.setattr(transform, "_kernel", gone)
    np.testing.assert_array_equal(transform.rfft(ROWS), fft.rfft(ROWS, axis=1))


def test_a_kernel_that_computes_something_else_is_not_believed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Changed:
        @staticmethod
        def r2c(rows: np.ndarray, *_: object) -> np.ndarray:
            return np.zeros((rows.shape[0], rows.shape[1] // 2 + 1), dtype=np.complex64)

    monkeypatch.setattr(transform, "_kernel", Changed)
    np.testing.assert_array_equal(transform.rfft(ROWS), fft.rfft(ROWS, axis=1))
