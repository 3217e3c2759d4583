from __future__ import annotations

import numpy as np
import pytest

from recommender.catalogue.decimals import short_decimals

DRAWN = np.random.default_rng(0)


@pytest.mark.parametrize(
    "values",
    [
        np.round(DRAWN.random(5_000) * 1_000, 3),
        DRAWN.random(5_000),
        10.0 ** DRAWN.uniform(-40, 38, 5_000) * DRAWN.choice([-1, 1], 5_000),
        [0.0, -0.0, 1.0, 0.1, 0.734, 213.573, 1e6, 16_777_216, 123_456_789, 99_999.95, np.inf],
        [np.nextafter(np.float32(10.0**power), np.float32(0)) for power in range(-30, 30)],
    ],
    ids=["as in tables", "of all digits", "of all sizes", "odd ones", "below powers of ten"],
)
def test_a_stored_number_comes_back_as_the_decimal_it_prints_as(values):
    stored = np.asarray(values, dtype=np.float32)
    assert short_decimals(stored).tolist() == [float(str(value)) for value in stored]


def test_unknown_numbers_stay_unknown_in_any_shape():
    found = short_decimals(np.array([[np.nan, 0.5], [0.25, np.nan]], dtype=np.float32))
    assert np.array_equal(found, [[np.nan, 0.5], [0.25, np.nan]], equal_nan=True)
