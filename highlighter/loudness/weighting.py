"""The K-weighting of ITU-R BS.1770-4, at any sample rate, run as matrix products.

It is a fourth-order recursive filter. Within a row of 64 samples it is one triangular Toeplitz
product, between rows a scan over four states: the recursive filter itself, not an approximation of
it, which needs neither `scipy.signal` (most of a second to import) nor a loop over samples.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from highlighter.loudness.arrays import Float32, Float64, product

LOWEST_SAMPLE_RATE = 4_000
"""Hz; below it the K-weighting's shelf (1.68 kHz) would lie above half the sample rate."""

ROW = 64  # samples that are filtered by one matrix product


@dataclass(frozen=True, slots=True)
class RowFilter:
    """The K-weighting of one sample rate, ready to be applied to rows of `ROW` samples."""

    within: Float32  # (row, row) input → output
    leave: Float32  # (row, 4) input → state after the row
    enter: Float32  # (4, row) state before the row → output
    steps: tuple[Float64, ...]  # (4, 4) each: state over 1, 2, 4, … rows, transposed


@dataclass(frozen=True, slots=True)
class Biquad:
    """A section of second order: feed-forward b0 to b2, feedback a1 and a2 with a0 = 1."""

    b: tuple[float, float, float]
    a: tuple[float, float]


def k_weighting(sample_rate: int) -> tuple[Biquad, Biquad]:
    """Return the two sections of the K-weighting (head shelf, then high pass) at `sample_rate`.

    The analogue prototypes behind BS.1770's 48 kHz coefficients, taken to any rate by the bilinear
    transform (B. De Man, *Evaluation of implementations of the EBU R128 loudness measurement*,
    AES 145, 2018).

    Parameters
    ----------
    sample_rate
        Hz, at least `LOWEST_SAMPLE_RATE`.

    Raises
    ------
    ValueError
        The sample rate is too low for the filter to exist.
    """
    if sample_rate < LOWEST_SAMPLE_RATE:
        raise ValueError(
            f"loudness needs a sample rate of at least {LOWEST_SAMPLE_RATE} Hz, not {sample_rate}"
        )
    k = math.tan(math.pi * 1681.974450955533 / sample_rate)
    q = 0.7071752369554196
    high = 10.0 ** (3.999843853973347 / 20.0)
    band = high**0.4996667741545416
    a0 = 1.0 + k / q + k * k
    shelf = Biquad(
        b=(
            (high + band * k / q + k * k) / a0,
            2.0 * (k * k - high) / a0,
            (high - band * k / q + k * k) / a0,
        ),
        a=(2.0 * (k * k - 1.0) / a0, (1.0 - k / q + k * k) / a0),
    )
    k = math.tan(math.pi * 38.13547087602444 / sample_rate)
    q = 0.5003270373238773
    a0 = 1.0 + k / q + k * k
    # The standard's numerator is 1, −2, 1 and stays undivided by a0.
    high_pass = Biquad(b=(1.0, -2.0, 1.0), a=(2.0 * (k * k - 1.0) / a0, (1.0 - k / q + k * k) / a0))
    return shelf, high_pass


@lru_cache(maxsize=16)
def row_filter(sample_rate: int) -> RowFilter:
    """Return the K-weighting of a sample rate as matrices; errors as of `k_weighting`."""
    spaces = []
    for section in k_weighting(sample_rate):
        (b0, b1, b2), (a1, a2) = section.b, section.a
        spaces.append(
            (
                np.array([[-a1, 1.0], [-a2, 0.0]]),
                np.array([b1 - a1 * b0, b2 - a2 * b0]),
                np.array([1.0, 0.0]),
                b0,
            )
        )
    (first_a, first_b, first_c, first_d), (second_a, second_b, second_c, second_d) = spaces
    a = np.zeros((4, 4))
    a[:2, :2], a[2:, 2:], a[2:, :2] = first_a, second_a, np.outer(second_b, first_c)
    b = np.concatenate([first_b, second_b * first_d])
    c = np.concatenate([second_d * first_c, second_c])

    enter = np.empty((4, ROW))
    leave = np.empty((ROW, 4))
    power = np.eye(4)
    for index in range(ROW):
        enter[:, index] = c @ power
        leave[ROW - 1 - index] = power @ b
        power = power @ a
    response = np.concatenate([[first_d * second_d], b @ enter[:, :-1]])
    lag = np.arange(ROW)[None, :] - np.arange(ROW)[:, None]
    within = np.where(lag >= 0, response[np.maximum(lag, 0)], 0.0)

    steps: list[Float64] = []
    while np.abs(power).max() > 1e-12 and len(steps) < 24:
        steps.append(power.T.copy())
        power = power @ power
    return RowFilter(
        within.astype(np.float32), leave.astype(np.float32), enter.astype(np.float32), tuple(steps)
    )


def filter_rows(design: RowFilter, signal: Float32, state: Float64) -> tuple[Float32, Float64]:
    """K-weight (channels, whole rows) from `state`, (channels, 4); return it and the new state."""
    channels, length = signal.shape
    rows = signal.reshape(channels, length // ROW, ROW)
    flat = rows.reshape(-1, ROW)
    left = product(flat, design.leave).reshape(channels, -1, 4)
    states = np.concatenate([state[:, None, :], left.astype(np.float64)], axis=1)
    shift = 1
    for step in design.steps:
        if shift >= states.shape[1]:
            break
        states[:, shift:] += states[:, :-shift] @ step
        shift *= 2
    weighted = product(flat, design.within)
    weighted += product(states[:, :-1].astype(np.float32).reshape(-1, 4), design.enter)
    return weighted.reshape(channels, length), states[:, -1].copy()
