"""Measuring the loudness of a stream of blocks, or of a whole signal."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from highlighter.loudness.arrays import Float32, Float64, as_frames
from highlighter.loudness.gating import (
    ABSOLUTE_GATE,
    HOPS_PER_BLOCK,
    HOPS_PER_SHORT_TERM,
    gated,
    range_of,
)
from highlighter.loudness.scale import SILENCE, to_lufs
from highlighter.loudness.weighting import ROW, filter_rows, row_filter

_HOPS_PER_SECOND = 10
_CHUNK_ROWS = 2_048  # rows held at once: 131,072 samples of a channel

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
        self._filter = row_filter(sample_rate)
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
        frames = as_frames(samples)
        if frames.shape[1] != self.channels:
            raise ValueError(f"{frames.shape[1]} channels for a meter of {self.channels}")
        step = ROW * _CHUNK_ROWS
        for start in range(0, frames.shape[0], step):
            chunk = np.concatenate([self._waiting, frames[start : start + step].T], axis=1)
            whole = chunk.shape[1] // ROW * ROW
            self._waiting = chunk[:, whole:].copy()
            if whole:
                weighted, self._state = filter_rows(self._filter, chunk[:, :whole], self._state)
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
        padded = np.pad(self._waiting, ((0, 0), (0, ROW - rest)))
        weighted, _ = filter_rows(self._filter, padded, self._state)
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
        powers = self._powers(HOPS_PER_BLOCK)
        if not powers.size:
            energies, rest = self._hops()
            frames = round(self.duration * self.sample_rate)
            if not frames:
                return SILENCE
            loudness = float(to_lufs(np.array([(energies.sum() + rest) / frames]))[0])
            return loudness if loudness > ABSOLUTE_GATE else SILENCE
        return gated(powers)

    def hops(self) -> Float64:
        """Return the loudness of each whole 100 ms so far, ungated, in LUFS.

        `integrated_of_hops` and its siblings make of any stretch of them what a meter would.
        """
        return to_lufs(self._powers(1))

    def momentary(self) -> Float64:
        """Return the loudness of each 400 ms window, ten a second, in LUFS."""
        return to_lufs(self._powers(HOPS_PER_BLOCK))

    def short_term(self) -> Float64:
        """Return the loudness of each 3 s window, ten a second, in LUFS; empty below 3 s."""
        return to_lufs(self._powers(HOPS_PER_SHORT_TERM))

    def loudness_range(self) -> float:
        """Return the loudness range of EBU Tech 3342 in LU; 0 below 3 s or for silence."""
        return range_of(self.short_term())


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


def _measured(
    samples: ArrayLike, sample_rate: int, channel_weights: Sequence[float] | None
) -> LoudnessMeter:
    frames = as_frames(samples)
    meter = LoudnessMeter(sample_rate, frames.shape[1], channel_weights)
    meter.push(frames)
    return meter
