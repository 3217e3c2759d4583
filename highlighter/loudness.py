"""Loudness and true peak by ITU-R BS.1770-4, of arrays or of a stream of blocks.

What is measured, and where it is written down:

* integrated loudness: K-weighting, 400 ms blocks with 75 % overlap, an absolute gate at −70 LUFS
  and a relative gate 10 LU below (ITU-R BS.1770-4 annex 1);
* momentary (400 ms) and short-term (3 s) loudness (EBU Tech 3341), loudness range (EBU Tech 3342);
* true peak on a signal oversampled four times (ITU-R BS.1770-4 annex 2).

The K-weighting is a fourth-order recursive filter. It is run here as matrix products: within a row
of 64 samples as one triangular Toeplitz product, between rows as a scan over four states. That is
the recursive filter itself, not an approximation of it, and needs neither `scipy.signal` (which
costs most of a second to import) nor a loop over samples.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]

SILENCE = -math.inf
"""What a measure answers where there is nothing to hear, in LUFS or dBTP."""

LOWEST_SAMPLE_RATE = 4_000
"""Hz; below it the K-weighting's shelf (1.68 kHz) would lie above half the sample rate."""

_ABSOLUTE_GATE = -70.0  # LUFS
_RELATIVE_GATE = -10.0  # LU
_RANGE_GATE = -20.0  # LU, EBU Tech 3342
_OFFSET = -0.691  # LUFS of a full-scale 997 Hz sine in one channel, made −3.01
_HOPS_PER_SECOND = 10
_HOPS_PER_BLOCK = 4  # 400 ms
_HOPS_PER_SHORT_TERM = 30  # 3 s

_ROW = 64  # samples that are filtered by one matrix product
_CHUNK_ROWS = 2_048  # rows held at once: 131,072 samples of a channel

_GROUP = 48  # rows of a product; larger ones BLAS would share among threads, see `_product`

_PEAK_ROW = 32
_PEAK_TAPS = 24  # of each of the interpolator's phases; even
_PEAK_CHUNK = 1 << 17
_KAISER_BETA = 6.0

# Weights of ITU-R BS.1770-4 table 4 for the usual orders of channels; bass effects count nothing.
_WEIGHTS: dict[int, tuple[float, ...]] = {
    1: (1.0,),
    2: (1.0, 1.0),
    3: (1.0, 1.0, 1.0),
    4: (1.0, 1.0, 1.41, 1.41),
    5: (1.0, 1.0, 1.0, 1.41, 1.41),
    6: (1.0, 1.0, 1.0, 0.0, 1.41, 1.41),
    8: (1.0, 1.0, 1.0, 0.0, 1.0, 1.0, 1.41, 1.41),
}


@dataclass(frozen=True, slots=True)
class _RowFilter:
    """The K-weighting of one sample rate, ready to be applied to rows of `_ROW` samples."""

    within: Float32  # (row, row) input → output
    leave: Float32  # (row, 4) input → state after the row
    enter: Float32  # (4, row) state before the row → output
    steps: tuple[Float64, ...]  # (4, 4) each: state over 1, 2, 4, … rows, transposed


@dataclass(frozen=True, slots=True)
class _Biquad:
    b: tuple[float, float, float]
    a: tuple[float, float]  # a1, a2, with a0 = 1


def k_weighting(sample_rate: int) -> tuple[_Biquad, _Biquad]:
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
    shelf = _Biquad(
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
    high_pass = _Biquad(
        b=(1.0, -2.0, 1.0), a=(2.0 * (k * k - 1.0) / a0, (1.0 - k / q + k * k) / a0)
    )
    return shelf, high_pass


@lru_cache(maxsize=16)
def _row_filter(sample_rate: int) -> _RowFilter:
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

    enter = np.empty((4, _ROW))
    leave = np.empty((_ROW, 4))
    power = np.eye(4)
    for index in range(_ROW):
        enter[:, index] = c @ power
        leave[_ROW - 1 - index] = power @ b
        power = power @ a
    response = np.concatenate([[first_d * second_d], b @ enter[:, :-1]])
    lag = np.arange(_ROW)[None, :] - np.arange(_ROW)[:, None]
    within = np.where(lag >= 0, response[np.maximum(lag, 0)], 0.0)

    steps: list[Float64] = []
    while np.abs(power).max() > 1e-12 and len(steps) < 24:
        steps.append(power.T.copy())
        power = power @ power
    return _RowFilter(
        within.astype(np.float32), leave.astype(np.float32), enter.astype(np.float32), tuple(steps)
    )


@lru_cache(maxsize=8)
def _interpolator(factor: int) -> Float32:
    """Return (row + taps − 1, row · (factor − 1)): a row's samples → the values between them."""
    half = _PEAK_TAPS // 2
    place = np.arange(_PEAK_TAPS) - (half - 1)
    matrix = np.zeros((_PEAK_ROW + _PEAK_TAPS - 1, _PEAK_ROW, factor - 1))
    for phase in range(1, factor):
        distance = place - phase / factor
        window = np.i0(_KAISER_BETA * np.sqrt(np.maximum(0.0, 1.0 - (distance / half) ** 2)))
        taps = np.sinc(distance) * window / np.i0(_KAISER_BETA)
        taps /= taps.sum()
        for index in range(_PEAK_ROW):
            matrix[index : index + _PEAK_TAPS, index, phase - 1] = taps
    return matrix.reshape(matrix.shape[0], -1).astype(np.float32)


def oversampling_factor(sample_rate: int) -> int:
    """Return how many times BS.1770-4 annex 2 has a signal of `sample_rate` oversampled."""
    if sample_rate < 96_000:
        return 4
    return 2 if sample_rate < 192_000 else 1


def peak_envelope(samples: ArrayLike, sample_rate: int) -> Float32:
    """Return the largest magnitude at and just after each sample, between the samples too.

    Parameters
    ----------
    samples
        (n,) or (n, channels), full scale at ±1. Silence is assumed on both sides.
    sample_rate
        Hz; decides how many values are interpolated between two samples (3 below 96 kHz).

    Returns
    -------
    (n,) float32, over all channels, ≥ 0.
    """
    signal = _as_frames(samples)
    frames, channels = signal.shape
    envelope = np.zeros(frames, dtype=np.float32)
    factor = oversampling_factor(sample_rate)
    before = _PEAK_TAPS // 2 - 1
    for channel in range(channels):
        for start in range(0, frames, _PEAK_CHUNK):
            stop = min(start + _PEAK_CHUNK, frames)
            rows = -(-(stop - start) // _PEAK_ROW)
            padded = np.zeros(rows * _PEAK_ROW + _PEAK_TAPS - 1, dtype=np.float32)
            low, high = max(0, start - before), min(frames, start - before + padded.size)
            padded[low - start + before : high - start + before] = signal[low:high, channel]
            own = np.abs(padded[before : before + stop - start])
            if factor > 1:
                windows = np.lib.stride_tricks.sliding_window_view(
                    padded, _PEAK_ROW + _PEAK_TAPS - 1
                )[::_PEAK_ROW]
                between = _product(np.ascontiguousarray(windows), _interpolator(factor))
                np.abs(between, out=between)
                between = between.reshape(-1, factor - 1)[: stop - start]
                for phase in range(factor - 1):
                    np.maximum(own, between[:, phase], out=own)
            np.maximum(envelope[start:stop], own, out=envelope[start:stop])
    return envelope


def true_peak(samples: ArrayLike, sample_rate: int) -> float:
    """Return the true peak in dBTP (0 = full scale); `SILENCE` where every sample is zero.

    Parameters
    ----------
    samples
        (n,) or (n, channels), full scale at ±1.
    sample_rate
        Hz.
    """
    envelope = peak_envelope(samples, sample_rate)
    return decibels(float(envelope.max())) if envelope.size else SILENCE


class LoudnessMeter:
    """Measures a signal handed over block by block, in bounded memory.

    Kept per second of signal: ten numbers.

    Parameters
    ----------
    sample_rate
        Hz, at least `LOWEST_SAMPLE_RATE`.
    channels
        Number of channels, ≥ 1.
    channel_weights
        One weight per channel; by default those of BS.1770-4 for the usual order of that many
        channels (left, right, centre, low-frequency effects, surrounds), 1 each for other counts.

    Raises
    ------
    ValueError
        The sample rate is too low, or the weights do not fit the channels.
    """

    def __init__(
        self, sample_rate: int, channels: int, channel_weights: Sequence[float] | None = None
    ) -> None:
        if channels < 1:
            raise ValueError("loudness needs at least one channel")
        weights = channel_weights or _WEIGHTS.get(channels) or (1.0,) * channels
        if len(weights) != channels:
            raise ValueError(f"{len(weights)} channel weights for {channels} channels")
        self.sample_rate = sample_rate
        self.channels = channels
        self._weights = np.asarray(weights, dtype=np.float64)
        self._filter = _row_filter(sample_rate)
        self._state = np.zeros((channels, 4))
        self._waiting = np.zeros((channels, 0), dtype=np.float32)
        self._frames = 0
        self._energies: list[float] = []  # weighted sum of squares of each whole hop
        self._open_energy = 0.0
        self._open_frames = 0

    def push(self, samples: ArrayLike) -> None:
        """Measure the next `samples`, (n,) for one channel or (n, channels), full scale at ±1.

        Raises
        ------
        ValueError
            The number of channels is another than the meter's.
        """
        frames = _as_frames(samples)
        if frames.shape[1] != self.channels:
            raise ValueError(f"{frames.shape[1]} channels for a meter of {self.channels}")
        step = _ROW * _CHUNK_ROWS
        for start in range(0, frames.shape[0], step):
            chunk = np.concatenate([self._waiting, frames[start : start + step].T], axis=1)
            whole = chunk.shape[1] // _ROW * _ROW
            self._waiting = chunk[:, whole:].copy()
            if whole:
                weighted, self._state = _filter_rows(self._filter, chunk[:, :whole], self._state)
                self._collect(weighted)

    def _collect(self, weighted: Float32) -> None:
        position, end = 0, weighted.shape[1]
        while position < end:
            boundary = self._hop_start(len(self._energies) + 1)
            take = min(end - position, boundary - self._frames)
            for channel, weight in enumerate(self._weights):
                part = weighted[channel, position : position + take]
                self._open_energy += float(weight) * float(np.dot(part, part))
            self._frames += take
            self._open_frames += take
            position += take
            if self._frames == boundary:
                self._energies.append(self._open_energy)
                self._open_energy, self._open_frames = 0.0, 0

    def _hop_start(self, index: int) -> int:
        return (index * self.sample_rate + _HOPS_PER_SECOND // 2) // _HOPS_PER_SECOND

    def _hops(self) -> tuple[Float64, float]:
        """Return the energies of the whole hops so far, and that of the begun one."""
        if not self._waiting.shape[1]:
            return np.asarray(self._energies), self._open_energy
        # A copy is run to its end, so that measuring does not disturb what is still to come.
        ending = LoudnessMeter.__new__(LoudnessMeter)
        ending.__dict__.update(self.__dict__)
        ending._energies = self._energies.copy()
        rest = self._waiting.shape[1]
        padded = np.pad(self._waiting, ((0, 0), (0, _ROW - rest)))
        weighted, _ = _filter_rows(self._filter, padded, self._state)
        ending._collect(weighted[:, :rest])
        return np.asarray(ending._energies), ending._open_energy

    @property
    def duration(self) -> float:
        """Seconds measured so far."""
        return (self._frames + self._waiting.shape[1]) / self.sample_rate

    def _powers(self, hops_per_window: int) -> Float64:
        """Return the mean square in every window that a 100 ms hop begins."""
        energies, _ = self._hops()
        if energies.size < hops_per_window:
            return np.zeros(0)
        total = np.concatenate([[0.0], np.cumsum(energies)])
        starts = np.array([self._hop_start(index) for index in range(total.size)])
        frames = starts[hops_per_window:] - starts[:-hops_per_window]
        sums = np.maximum(total[hops_per_window:] - total[:-hops_per_window], 0.0)
        return np.asarray(sums / frames, dtype=np.float64)

    def integrated(self) -> float:
        """Return the gated loudness so far, in LUFS; `SILENCE` where nothing passes the gates.

        A signal shorter than one block (400 ms), for which the standard has no answer, is measured
        as a whole, under the absolute gate only.
        """
        powers = self._powers(_HOPS_PER_BLOCK)
        if not powers.size:
            energies, rest = self._hops()
            frames = round(self.duration * self.sample_rate)
            if not frames:
                return SILENCE
            loudness = float(_to_lufs(np.array([(energies.sum() + rest) / frames]))[0])
            return loudness if loudness > _ABSOLUTE_GATE else SILENCE
        return _gated(powers)

    def hops(self) -> Float64:
        """Return the loudness of each whole 100 ms so far, ungated, in LUFS.

        `integrated_of_hops` and its siblings make of any stretch of them what a meter would.
        """
        return _to_lufs(self._powers(1))

    def momentary(self) -> Float64:
        """Return the loudness of each 400 ms window, ten a second, in LUFS."""
        return _to_lufs(self._powers(_HOPS_PER_BLOCK))

    def short_term(self) -> Float64:
        """Return the loudness of each 3 s window, ten a second, in LUFS; empty below 3 s."""
        return _to_lufs(self._powers(_HOPS_PER_SHORT_TERM))

    def loudness_range(self) -> float:
        """Return the loudness range of EBU Tech 3342 in LU; 0 below 3 s or for silence."""
        return range_of(self.short_term())


def range_of(short_term: Float64) -> float:
    """Return the loudness range of EBU Tech 3342, in LU, of short-term loudness ten times a second.

    0 where there is none, and for silence.
    """
    loudness = short_term[short_term > _ABSOLUTE_GATE]
    if not loudness.size:
        return 0.0
    mean = float(_to_lufs(np.array([np.mean(10.0 ** ((loudness - _OFFSET) / 10.0))]))[0])
    low, high = np.percentile(loudness[loudness > mean + _RANGE_GATE], [10.0, 95.0])
    return float(high - low)


def integrated_of_hops(hops: Float64) -> float:
    """Return the gated loudness, in LUFS, of neighbouring values of `LoudnessMeter.hops`.

    `SILENCE` where nothing passes the gates; less than 400 ms are measured as a whole.
    """
    if 0 < hops.size < _HOPS_PER_BLOCK:
        whole = float(_to_lufs(np.array([_from_lufs(hops).mean()]))[0])
        return whole if whole > _ABSOLUTE_GATE else SILENCE
    powers = _means(_from_lufs(hops), _HOPS_PER_BLOCK)
    return _gated(powers) if powers.size else SILENCE


def short_term_of_hops(hops: Float64) -> Float64:
    """Return the loudness of each 3 s among neighbouring values of `LoudnessMeter.hops`, LUFS."""
    return _to_lufs(_means(_from_lufs(hops), _HOPS_PER_SHORT_TERM))


def _from_lufs(loudness: Float64) -> Float64:
    return np.asarray(10.0 ** ((loudness - _OFFSET) / 10.0), dtype=np.float64)


def _means(values: Float64, width: int) -> Float64:
    if values.size < width:
        return np.zeros(0)
    total = np.concatenate([[0.0], np.cumsum(values)])
    return np.asarray(np.maximum(total[width:] - total[:-width], 0.0) / width, dtype=np.float64)


def integrated_loudness(
    samples: ArrayLike, sample_rate: int, *, channel_weights: Sequence[float] | None = None
) -> float:
    """Return the integrated loudness of a whole signal in LUFS (ITU-R BS.1770-4).

    Parameters
    ----------
    samples
        (n,) or (n, channels), full scale at ±1.
    sample_rate
        Hz, at least `LOWEST_SAMPLE_RATE`.
    channel_weights
        See `LoudnessMeter`. A signal on two channels is 3 LU louder than on one.

    Returns
    -------
    LUFS, or `SILENCE` (−inf) where no block is louder than −70 LUFS. A signal shorter than 400 ms
    is measured as a whole.

    Raises
    ------
    ValueError
        The sample rate is too low, or the weights do not fit the channels.
    """
    return _measured(samples, sample_rate, channel_weights).integrated()


def short_term_loudness(
    samples: ArrayLike, sample_rate: int, *, channel_weights: Sequence[float] | None = None
) -> Float64:
    """Return the loudness of each 3 s window, one every 100 ms, in LUFS (EBU Tech 3341).

    Parameters and errors as for `integrated_loudness`; empty for signals shorter than 3 s.
    """
    return _measured(samples, sample_rate, channel_weights).short_term()


def decibels(amplitude: float) -> float:
    """Return 20·log10 of an amplitude ≥ 0, `SILENCE` for zero."""
    return 20.0 * math.log10(amplitude) if amplitude > 0.0 else SILENCE


def _measured(
    samples: ArrayLike, sample_rate: int, channel_weights: Sequence[float] | None
) -> LoudnessMeter:
    frames = _as_frames(samples)
    meter = LoudnessMeter(sample_rate, frames.shape[1], channel_weights)
    meter.push(frames)
    return meter


def _as_frames(samples: ArrayLike) -> Float32:
    frames = np.asarray(samples, dtype=np.float32)
    if frames.ndim == 1:
        frames = frames[:, None]
    if frames.ndim != 2 or frames.shape[1] == 0:
        raise ValueError(f"samples must be (n,) or (n, channels), not {frames.shape}")
    return frames


def _filter_rows(design: _RowFilter, signal: Float32, state: Float64) -> tuple[Float32, Float64]:
    """K-weight (channels, whole rows) from `state`, (channels, 4); return it and the new state."""
    channels, length = signal.shape
    rows = signal.reshape(channels, length // _ROW, _ROW)
    flat = rows.reshape(-1, _ROW)
    left = _product(flat, design.leave).reshape(channels, -1, 4)
    states = np.concatenate([state[:, None, :], left.astype(np.float64)], axis=1)
    shift = 1
    for step in design.steps:
        if shift >= states.shape[1]:
            break
        states[:, shift:] += states[:, :-shift] @ step
        shift *= 2
    weighted = _product(flat, design.within)
    weighted += _product(states[:, :-1].astype(np.float32).reshape(-1, 4), design.enter)
    return weighted.reshape(channels, length), states[:, -1].copy()


def _product(rows: Float32, matrix: Float32) -> Float32:
    """Return (n, k) `rows` times (k, m) `matrix`, on the caller's own processor core.

    OpenBLAS shares products of more than 2¹⁸ multiplications among its threads, which then wait for
    each other in a loop: on a machine that is busy anyway that triples the time. So it is given
    a stack of smaller ones.
    """
    whole = rows.shape[0] // _GROUP * _GROUP
    result = np.empty((rows.shape[0], matrix.shape[1]), dtype=np.float32)
    np.matmul(
        rows[:whole].reshape(-1, _GROUP, rows.shape[1]),
        matrix,
        out=result[:whole].reshape(-1, _GROUP, matrix.shape[1]),
    )
    np.matmul(rows[whole:], matrix, out=result[whole:])
    return result


def _to_lufs(powers: Float64) -> Float64:
    with np.errstate(divide="ignore"):
        return np.asarray(_OFFSET + 10.0 * np.log10(powers), dtype=np.float64)


def _gated(powers: Float64) -> float:
    loudness = _to_lufs(powers)
    heard = powers[loudness > _ABSOLUTE_GATE]
    if not heard.size:
        return SILENCE
    gate = _to_lufs(np.array([heard.mean()]))[0] + _RELATIVE_GATE
    # The absolute gate holds beside the relative one.
    kept = powers[loudness > max(float(gate), _ABSOLUTE_GATE)]
    return float(_to_lufs(np.array([kept.mean()]))[0])
